"""Numbers as a committee reads them; a hidden one is `*`."""

from policyengine.report.headline import percent
from policyengine.report.views.committee import PublishedRow
from policyengine.values.verdict import Verdict

HIDDEN = "*"
NOTHING = "–"


def count(number: int | None) -> str:
    """A count, or that it is hidden."""
    return HIDDEN if number is None else f"{number:,}"


def whole(share: float) -> str:
    """A share in whole percent."""
    return f"{round(100 * share)}%"


def rate(row: PublishedRow) -> str:
    """`87%`; `at least 95%`; or that it is hidden."""
    if row.rate is not None:
        return whole(row.rate)
    if row.rate_at_least:
        return f"at least {whole(row.rate_at_least)}"
    return HIDDEN


def judged_of(row: PublishedRow) -> str:
    """`45 of 50`: kept of judged."""
    if row.counts[Verdict.MET] is None and row.judged is None:
        return HIDDEN
    return f"{count(row.counts[Verdict.MET])} of {count(row.judged)}"


def span(pair: tuple[float, float] | None) -> str:
    """`81 to 92%`, or nothing."""
    if pair is None:
        return ""
    low, high = (round(100 * each) for each in pair)
    return f"{low} to {high}%"


def bounds(row: PublishedRow) -> str:
    """Floor to ceiling, where something cannot be told."""
    if row.floor is None or row.ceiling is None or row.counts[Verdict.CANNOT_TELL] == 0:
        return ""
    return span((row.floor, row.ceiling))


def target_words(row: PublishedRow) -> str:
    """What the target is and whether it is reached, judged by the interval and not the point: a
    rate below the target whose interval holds it may be so by chance."""
    if row.target is None:
        return ""
    if row.rate is None or row.interval is None:
        least = row.rate_at_least
        reached = "reached" if least is not None and least >= row.target else ""
    elif row.rate >= row.target:
        reached = "reached"
    else:
        reached = "missed, perhaps by chance" if row.interval[1] >= row.target else "missed"
    return f"{percent(row.target)}{': ' if reached else ''}{reached}"
