"""Remarks on rule files and tests, for pipelines: `check`, `test` and `fmt --check`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from policyengine.commands.output import deliver

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.report.pipelines import Remark
    from policyengine.report.pipelines.junit import Suite, SuiteCase
    from policyengine.tooling.examples import ExampleResult

REMARK_FORMATS = ("junit", "sarif", "github", "gitlab", "md")
NOT_OF_PEOPLE = ("sarif", "github", "gitlab")
"""Formats that stand beside code, where all who see the code see them."""


def deliver_remarks(
    args: argparse.Namespace,
    format_: str,
    remarks: Sequence[Remark],
    said: str,
    suites: Iterable[Suite],
) -> None:
    """Send remarks in one of `REMARK_FORMATS`; `said` is what it all came to, in a sentence."""
    from policyengine import __version__
    from policyengine.report.pipelines import github, gitlab, sarif, summary
    from policyengine.report.pipelines.junit import junit

    root = Path.cwd()
    match format_:
        case "sarif":
            deliver(args, sarif.sarif(remarks, __version__, root))
        case "github":
            deliver(args, [*github.annotations(remarks, root), said + "\n"])
        case "gitlab":
            first = next(iter(args.rules), "rules")
            deliver(args, gitlab.code_quality(remarks, root, first))
        case "md":
            deliver(args, summary.remarks_summary(_TITLES[args.verb], said, remarks, root))
        case _:
            deliver(args, junit(f"trustpolicy {args.verb}", suites))


_TITLES = {"check": "Rules: check", "test": "Rules: examples", "fmt": "Rules: layout"}


def from_messages(found: Iterable[Diagnostic]) -> list[Remark]:
    """Messages as remarks."""
    from policyengine.report.pipelines import from_diagnostic

    return [from_diagnostic(note) for note in found]


def from_examples(results: Iterable[ExampleResult]) -> list[Remark]:
    """A remark for each example that did not come out as its author expects."""
    from policyengine.report.pipelines import Level, Place, Remark

    return [
        Remark(
            code="example",
            meaning="an example does not come out as its author expects",
            level=Level.ERROR,
            message=f"example `{result.example_title}`: {result.detail}",
            place=Place(result.file, result.line),
        )
        for result in results
        if not result.passed
    ]


def loose_layout(file: str, before: str, after: str) -> Remark:
    """That a file would be laid out anew, at the first line that would change."""
    from itertools import zip_longest

    from policyengine.report.pipelines import Level, Place, Remark

    pairs = zip_longest(before.splitlines(), after.splitlines())
    line = next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 1)
    return Remark(
        code="layout",
        meaning="a file is not laid out as `fmt` lays it out",
        level=Level.ERROR,
        message="from here on the file would be laid out anew",
        place=Place(file, min(line, max(1, len(before.splitlines())))),
        hints=("`trustpolicy fmt` does it",),
    )


def example_suites(results: Iterable[ExampleResult]) -> list[Suite]:
    """A suite a file, a case an example."""
    from policyengine.report.pipelines.junit import Outcome, Suite, SuiteCase

    held: dict[str, list[SuiteCase]] = {}
    for result in results:
        about = (result.example_title, _class_name(result.file))
        case = SuiteCase(name=about[0], class_name=about[1])
        if not result.passed:
            case = SuiteCase(
                name=about[0],
                class_name=about[1],
                outcome=Outcome.FAILURE,
                kind="example",
                message=result.detail,
                lines=(f"{_shown(result.file)}:{result.line}", result.detail),
            )
        held.setdefault(result.file, []).append(case)
    return [Suite(name=_shown(file), cases=cases) for file, cases in sorted(held.items())]


def remark_suites(files: Iterable[str], remarks: Iterable[Remark]) -> list[Suite]:
    """A suite a file: a case for each remark, or one that passes where there is none."""
    from policyengine.report.pipelines.junit import Suite, SuiteCase

    held: dict[str, list[SuiteCase]] = {file: [] for file in files}
    for remark in remarks:
        file = remark.place.file if remark.place else ""
        held.setdefault(file, []).append(_case(remark, file))
    return [
        Suite(
            name=_shown(file) or "as a whole",
            cases=cases or [SuiteCase(name="nothing to remark", class_name=_class_name(file))],
        )
        for file, cases in sorted(held.items())
    ]


def _case(remark: Remark, file: str) -> SuiteCase:
    from policyengine.report.pipelines import Level
    from policyengine.report.pipelines.junit import Outcome, SuiteCase

    match remark.level:
        case Level.ERROR:
            outcome = Outcome.FAILURE
        case Level.WARNING | Level.NOTE:
            outcome = Outcome.SKIPPED
        case _ as never:
            assert_never(never)
    where = f"{_shown(file)}:{remark.place.line}" if remark.place else "as a whole"
    return SuiteCase(
        name=f"{remark.code} at {where}",
        class_name=_class_name(file),
        outcome=outcome,
        kind=remark.code,
        message=remark.message,
        lines=(where, remark.message, *remark.hints),
    )


def _shown(file: str) -> str:
    from policyengine.report.pipelines.remarks import relative

    return relative(file, Path.cwd())


def _class_name(file: str) -> str:
    """As viewers of test results group them: a dot between the folders, none elsewhere."""
    return _shown(file).strip("/").replace(".", "_").replace("/", ".") or "rules"
