"""What changed, what needs deciding, what cannot be told: three lines at the top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policyengine.findings.dates import counted
from policyengine.findings.model import Audit
from policyengine.report.charts.picture import Picture
from policyengine.report.safe_text import safe_text
from policyengine.report.views.committee import PublishedRow, PublishedSummary
from policyengine.report.views.suppression import SmallNumbers
from policyengine.trend import Assurance, Variation
from policyengine.values.verdict import Force, Gravity, Verdict

NAMED = 4  # rules named in a line


@dataclass(frozen=True, slots=True)
class Line:
    """A word in bold and what it says."""

    head: str
    text: str


def three_lines(
    summary: PublishedSummary, pictures: Sequence[Picture], places: Sequence[tuple[str, str]]
) -> tuple[Line, ...]:
    """`places` are the fields that would settle most, with how often, as published."""
    rows = {row.rule: row for row in summary.rows}
    return (
        Line("What changed", _changed(pictures, rows)),
        Line("What needs deciding", _decide(summary, pictures, rows)),
        Line("What cannot be told", _unsure(summary, places)),
    )


def waived_line(audit: Audit, small: SmallNumbers) -> Iterator[Line]:
    """How many of the duties that were not met somebody answers for, for now; where waivers are
    used. They are among those not met all the same."""
    if not audit.has_waivers:
        return
    marked = sum(
        each.waived is not None and each.verdict is Verdict.BREACHED for each in audit.findings
    )
    if not marked and not small.hides_zero:
        yield Line("What is waived", "Nothing.")
        return
    many = f"fewer than {small.threshold:,}"
    if not small.is_small(marked):
        many = f"{small.rounded(marked):,}"
    yield Line(
        "What is waived",
        f"{many} of the duties not met, which are counted as not met all the same.",
    )


def _changed(pictures: Sequence[Picture], rows: dict[str, PublishedRow]) -> str:
    read = [
        each for each in pictures if each.variation is not None and each.latest.value is not None
    ]
    if not read:
        return "There are too few periods, or too few duties in them, to say what changed."
    said = []
    for kind, words in (
        (Variation.CONCERN, "got worse"),
        (Variation.IMPROVEMENT, "got better"),
    ):
        found = [each.rule for each in read if each.variation is kind]
        if found:
            rules = counted(len(found), "rule")
            said.append(f"{rules} {words} by more than chance ({_named(found, rows)})")
    rest = sum(each.variation is Variation.COMMON for each in read)
    name = read[0].latest.name
    if not said:
        return f"In {name}, nothing varied by more than chance, in {counted(len(read), 'rule')}."
    return f"In {name}, {'; '.join(said)}. The other {rest:,} varied by no more than chance."


def _decide(
    summary: PublishedSummary, pictures: Sequence[Picture], rows: dict[str, PublishedRow]
) -> str:
    failing = [
        each.rule
        for each in pictures
        if each.assurance is Assurance.FAILING and rows[each.rule].force == Force.MUST.value
    ]
    below = [row.rule for row in summary.rows if _is_below(row)]
    said = []
    if failing:
        rules = counted(len(failing), "rule")
        said.append(
            f"{rules} cannot reach the target as things are done now ({_named(failing, rows)}): "
            "decide what is to be done differently."
        )
    others = [rule for rule in below if rule not in failing]
    if others:
        lie = "lies" if len(others) == 1 else "lie"
        said.append(
            f"{counted(len(others), 'rule')} {lie} below the target by more than chance "
            f"({_named(others, rows)})."
        )
    return " ".join(said) or "No rule lies below its target by more than chance."


def _is_below(row: PublishedRow) -> bool:
    """The whole interval lies below the target."""
    return row.target is not None and row.interval is not None and row.interval[1] < row.target


def _unsure(summary: PublishedSummary, places: Sequence[tuple[str, str]]) -> str:
    unsure = summary.total.counts[Verdict.CANNOT_TELL]
    if unsure == 0:
        return "Every duty that fell due could be judged from the record."
    number = "Some duties" if unsure is None else f"About {unsure:,} duties"
    said = f"{number} cannot be judged from the record."
    if places:
        listed = ", ".join(f"{place} ({often})" for place, often in places[:3])
        said += f" What would settle most: {listed}. Decide who sees that it is recorded."
    return said


def _named(rules: Sequence[str], rows: dict[str, PublishedRow]) -> str:
    """The gravest by id, and how many more."""
    ordered = sorted(rules, key=lambda rule: (Gravity(rows[rule].severity).rank, rule))
    more = len(ordered) - NAMED
    listed = ", ".join(safe_text(rule) for rule in ordered[:NAMED])
    return listed + (f" and {more:,} more" if more > 0 else "")
