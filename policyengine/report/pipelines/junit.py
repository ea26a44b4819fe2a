"""JUnit XML as Jenkins, GitLab and Azure read it: suites of cases, each passed or not.

No clock is in it (the attributes `time` and `timestamp` may be left out), so the same results give
the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.sax.saxutils import escape, quoteattr

from policyengine.report.safe_text import safe_text


class Outcome(Enum):
    """What became of a case. A skipped one was not found to be right; it says why."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCase:
    """One case. `kind` is a word for machines; `lines` is for whoever opens it."""

    name: str
    class_name: str
    outcome: Outcome = Outcome.PASSED
    kind: str = ""
    message: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Cases that belong together, with what is worth knowing of them as a whole."""

    name: str
    cases: Sequence[SuiteCase]
    properties: tuple[tuple[str, str], ...] = ()


def junit(name: str, suites: Iterable[Suite]) -> Iterator[str]:
    """The document, a piece a case. Suites are taken one by one; none is kept."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites name={_attribute(name)}>\n"
    for suite in suites:
        yield from _suite(suite)
    yield "</testsuites>\n"


def _suite(suite: Suite) -> Iterator[str]:
    counts = Counter(case.outcome for case in suite.cases)
    yield (
        f' <testsuite name={_attribute(suite.name)} tests="{len(suite.cases)}"'
        f' failures="{counts[Outcome.FAILURE]}" errors="{counts[Outcome.ERROR]}"'
        f' skipped="{counts[Outcome.SKIPPED]}">\n'
    )
    if suite.properties:
        said = "".join(
            f"   <property name={_attribute(key)} value={_attribute(value)}/>\n"
            for key, value in suite.properties
        )
        yield f"  <properties>\n{said}  </properties>\n"
    for case in suite.cases:
        yield _case(case)
    yield " </testsuite>\n"


def _case(case: SuiteCase) -> str:
    head = f"  <testcase name={_attribute(case.name)} classname={_attribute(case.class_name)}"
    outcome = case.outcome
    if outcome is Outcome.PASSED:
        return f"{head}/>\n"
    message = f" message={_attribute(case.message)}"
    if outcome is Outcome.SKIPPED:
        return f"{head}>\n   <skipped{message}/>\n  </testcase>\n"
    text = "\n".join(_text(line) for line in case.lines)
    kind = f" type={_attribute(case.kind)}"
    return f"{head}>\n   <{outcome.value}{kind}{message}>{text}</{outcome.value}>\n  </testcase>\n"


def _attribute(value: str) -> str:
    return quoteattr(safe_text(value))


def _text(line: str) -> str:
    """What XML cannot hold (controls, halves of pairs, noncharacters) is written out first."""
    return escape(safe_text(line))
