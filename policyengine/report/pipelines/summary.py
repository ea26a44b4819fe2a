"""A job's summary in Markdown: what a pipeline shows above its log.

It is read by everybody who sees the code, so an audit's is counts alone: no case stands in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from policyengine.findings.dates import counted
from policyengine.findings.model import Audit, RuleSummary
from policyengine.report.headline import is_reached, percent
from policyengine.report.markdown_text import markdown_text, row
from policyengine.report.pipelines.remarks import Level, Remark, in_order, relative
from policyengine.values.verdict import Verdict

MOST = 200  # rows of a table: a summary of more than 1 MiB is not shown at all
_MARKS = {Level.ERROR: "❌ error", Level.WARNING: "⚠️ warning", Level.NOTE: "note"}
_COUNTED = (
    ("Met", Verdict.MET),
    ("Met late", Verdict.MET_LATE),
    ("Not done", Verdict.BREACHED),
    ("Cannot tell", Verdict.CANNOT_TELL),
    ("Not yet due", Verdict.NOT_YET_DUE),
    ("Exempt", Verdict.EXEMPT),
    ("Not applicable", Verdict.NOT_APPLICABLE),
)


def remarks_summary(title: str, said: str, remarks: Iterable[Remark], root: Path) -> Iterator[str]:
    """What a check or a run of examples came to: `said`, and a table of remarks."""
    found = in_order(remarks)
    yield f"### {markdown_text(title)}\n\n{markdown_text(said)}\n"
    if not found:
        return
    yield "\n" + row("", "Where", "Code", "What") + row("---", "---", "---", "---")
    gravest = [remark for level in Level for remark in found if remark.level is level]
    for remark in gravest[:MOST]:
        cells = (_where(remark, root), remark.code, remark.words)
        yield row(_MARKS[remark.level], *map(markdown_text, cells))
    if len(gravest) > MOST:
        yield f"\nand {len(gravest) - MOST:,} more\n"


def _where(remark: Remark, root: Path) -> str:
    place = remark.place
    return "" if place is None else f"{relative(place.file, root)}:{place.line}"


def audit_summary(audit: Audit) -> Iterator[str]:
    """The counts of an audit by rule. Names of cases, teams and records are not in it."""
    totals = Counter[Verdict]()
    for line in audit.summary:
        totals.update(line.counts)
    yield f"### Policy audit as at {markdown_text(audit.as_at)}\n\n"
    said = [
        counted(audit.cases, "case"),
        f"{totals[Verdict.BREACHED]:,} not done",
        f"{totals[Verdict.CANNOT_TELL]:,} cannot be told",
    ]
    if audit.holds_load:
        said.append(audit.balance)
    yield markdown_text("; ".join(said) + ".") + "\n\n"
    yield from _table(audit.summary)
    yield (
        "\nRate: met in time, of all that were met, met late or not done, with its 95% interval. "
        "Floor and ceiling: the rate if all that cannot be told were not done, or met. No case is "
        "named here.\n"
    )


def _table(summary: Sequence[RuleSummary]) -> Iterator[str]:
    names = ["Rule", *(name for name, _ in _COUNTED), "Rate", "Floor to ceiling", "Target"]
    yield row(*names)
    yield row("---", *("---:" for _ in names[1:]))
    for line in summary:
        rule = f"**{markdown_text(line.rule)}** {markdown_text(line.title)}"
        if line.absent_kind:
            yield row(rule, "not in this export", *("" for _ in names[2:]))
            continue
        yield row(rule, *(f"{line.counts[verdict]:,}" for _, verdict in _COUNTED), *_rates(line))


def _rates(line: RuleSummary) -> tuple[str, str, str]:
    target = "" if line.target is None else percent(line.target)
    reached = is_reached(line)
    if reached is not None:
        target += " ✅ reached" if reached else " ❌ missed"
    between = ""
    if line.floor is not None and line.ceiling is not None:
        between = f"{percent(line.floor)} to {percent(line.ceiling)}"
    if line.rate is None or line.interval is None:
        return "none judged", between, target
    low, high = line.interval
    return f"{percent(line.rate)} ({percent(low)} to {percent(high)})", between, target
