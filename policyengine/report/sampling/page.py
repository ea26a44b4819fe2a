"""A sample as text: the frame, the exclusions, the draw; and what a review of it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

from policyengine.findings.dates import counted, long_date
from policyengine.findings.sentences import Sentences
from policyengine.report.headline import percent
from policyengine.report.safe_text import safe_text
from policyengine.report.sampling.facts import Facts
from policyengine.sampling import Agreement, Estimate
from policyengine.sampling.answers import WORDS
from policyengine.sampling.draw import METHOD
from policyengine.sampling.frame import Exclusion, FrameCase
from policyengine.sampling.review import Review

_WIDTH = 88
_ANSWERS = {"breached": "not met", "exempt": "excused", "not_applicable": "does not apply"}


def sample_text(facts: Facts, sentences: Sentences, called: str) -> str:
    """The page. `called` is what to call the export."""
    lines = [*_head(facts, called), *_frame(facts), *_exclusions(facts)]
    if facts.review is None:
        lines += _draw(facts)
    else:
        lines += _review(facts.review, sentences)
    if facts.sample is not None and facts.census is not None:
        lines += _beside(facts)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(facts: Facts, called: str) -> Iterator[str]:
    known = (
        "" if facts.known_by == facts.as_at else f", as was known by {long_date(facts.known_by)}"
    )
    yield "Audit sample"
    yield f"As at {long_date(facts.as_at)}{known}"
    rules = counted(len(facts.rules), "restricted rule" if facts.restricted else "rule")
    yield f"{counted(facts.cases, 'case')}, {rules}, {safe_text(called)}"
    yield ""
    yield f"Size: {facts.asked}. Seed: {safe_text(facts.draw.seed)}."
    yield from wrap(METHOD, _WIDTH)


def _frame(facts: Facts) -> Iterator[str]:
    yield from _heading("Frame")
    rows: list[Sequence[str]] = [
        (
            each.team,
            f"{facts.frame.cases(each.team):,}",
            f"{facts.frame.cases(each.team) - each.population:,}",
            f"{each.population:,}",
            f"{len(each.drawn):,}",
            f"{len(each.reserve):,}",
        )
        for each in facts.draw.strata
    ]
    totals = [sum(int(row[n].replace(",", "")) for row in rows) for n in range(1, 6)]
    rows.append(("All", *(f"{total:,}" for total in totals)))
    yield from _table(("Team", "Cases", "Excluded", "In frame", "Drawn", "Reserve"), rows)


def _exclusions(facts: Facts) -> Iterator[str]:
    totals = Counter[Exclusion]()
    for counts in facts.frame.excluded.values():
        totals.update(counts)
    yield from _heading("Exclusions")
    if not totals:
        yield "None: every case can be drawn."
    for why in Exclusion:
        if totals[why]:
            yield f"{totals[why]:>6,}  {why.value}"


def _draw(facts: Facts) -> Iterator[str]:
    yield from _heading("Draw")
    for stratum in facts.draw.strata:
        said = f"{counted(stratum.population, 'case')} in the frame"
        if not stratum.population:
            said = "no case can be reviewed"
        elif len(stratum.drawn) == stratum.population:
            said += ", all of them drawn"
        yield f"{safe_text(stratum.team)}: {said}"
        for place, case in enumerate(stratum.drawn, 1):
            yield f"{place:>6}  {_case(case)}"
        for place, case in enumerate(stratum.reserve, 1):
            yield f"{f'R{place}':>6}  {_case(case)}"
        yield ""


def _case(case: FrameCase) -> str:
    rules = len({finding.rule for finding in case.items})
    records = f"{counted(len(case.items), 'record')} to review"
    return f"{safe_text(case.case):<14} {records}, {counted(rules, 'rule')}"


# --- the review ---------------------------------------------------------------------------------


def _review(review: Review, sentences: Sentences) -> Iterator[str]:
    yield from _heading("Reviewer and engine")
    whole = review.overall
    yield f"{counted(whole.number, 'record')} judged by both; {_agreed(whole)}"
    yield (
        f"{counted(review.ineligible, 'case')} set aside as ineligible; "
        f"{counted(review.unanswered, 'record')} of the cases drawn not answered"
    )
    for warning in review.warnings:
        yield f"! {safe_text(warning)}"
    yield ""
    rows = [_by_rule(rule, each) for rule, each in review.rules.items()]
    yield from _table(("Rule", "Records", "Agreed", "95% interval", "Kappa", "95% interval"), rows)
    yield ""
    yield from wrap(
        "Kappa is agreement beyond chance: 1 is all of it, 0 none. It is not worked out where both "
        "gave every record one and the same answer; of few records its interval is wide.",
        _WIDTH,
    )
    yield from _table_of_answers(whole)
    yield from _differences(review, sentences)


def _agreed(whole: Agreement) -> str:
    if whole.rate is None:
        return "nothing to compare"
    kappa = "" if whole.kappa is None else f"; kappa {whole.kappa:.2f}"
    return f"{whole.agreed:,} alike ({percent(whole.rate)}){kappa}"


def _by_rule(rule: str, each: Agreement) -> tuple[str, ...]:
    kappa, between = "not worked out", ""
    if each.kappa is not None and each.kappa_interval is not None:
        kappa = f"{each.kappa:.2f}"
        between = f"{each.kappa_interval[0]:.2f} to {each.kappa_interval[1]:.2f}"
    rate = "" if each.rate is None else f"{each.agreed:,} ({percent(each.rate)})"
    return (rule, f"{each.number:,}", rate, _between(each.interval), kappa, between)


def _table_of_answers(whole: Agreement) -> Iterator[str]:
    yield from _heading("Answers (down: the reviewer; across: the engine)")
    said = {word for pair in whole.table for word in pair}
    words = [word for word in WORDS if word in said]
    rows: list[Sequence[str]] = [
        (_answer(one), *(f"{whole.table.get((one, other), 0):,}" for other in words))
        for one in words
    ]
    yield from _table(("", *map(_answer, words)), rows)


def _differences(review: Review, sentences: Sentences) -> Iterator[str]:
    yield from _heading("Where they differ")
    if not review.differences:
        yield "Nowhere."
    for each in review.differences:
        finding = each.finding
        subject = safe_text(sentences.subject(finding))
        yield f"{safe_text(finding.rule)}  {safe_text(finding.case)}, {subject}"
        engine = _answer(finding.verdict.value)
        yield f"    reviewer: {_answer(each.reviewer)}; engine: {engine}"
        because = safe_text(sentences.sentence(finding))
        found = "; ".join(map(safe_text, sentences.found(finding)))
        for text in (f"Engine: {because}", f"It found: {found}" if found else ""):
            yield from (f"    {line}" for line in wrap(text, _WIDTH - 4))


def _answer(value: str) -> str:
    return _ANSWERS.get(value, value.replace("_", " "))


# --- beside the census --------------------------------------------------------------------------


def _beside(facts: Facts) -> Iterator[str]:
    assert facts.sample is not None and facts.census is not None
    by = "the engine's own answers" if facts.review is None else "the reviewer's answers"
    yield from _heading("Sample beside census")
    yield from wrap(
        f"The sample is {by} on the cases drawn, each weighted by how many it stands for; the "
        "census is the engine's on every case of the frame.",
        _WIDTH,
    )
    rows = []
    for rule, (met, judged) in facts.census.items():
        each = facts.sample.get(rule)
        census = f"{met:,} of {judged:,} ({percent(met / judged)})" if judged else "none judged"
        inside = "" if each is None or not judged else _inside(each, met / judged)
        rows.append((rule, *_sampled(each), census, inside))
    yield from _table(("Rule", "Seen", "Sample", "95% interval", "Census", ""), rows, words=(4, 5))


def _sampled(each: Estimate | None) -> tuple[str, str, str]:
    if each is None or each.rate is None:
        return "0", "none judged", ""
    return f"{each.met:,} of {each.judged:,}", percent(each.rate), _between(each.interval)


def _inside(each: Estimate, census: float) -> str:
    if each.interval is None:
        return ""
    low, high = each.interval
    return "inside" if low - 1e-6 <= census <= high + 1e-6 else "OUTSIDE the interval"


def _between(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


# --- how it is laid out -------------------------------------------------------------------------


def _heading(words: str) -> Iterator[str]:
    yield ""
    yield words
    yield "-" * len(words)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], words: tuple[int, ...] = ()
) -> Iterator[str]:
    """Columns as wide as what stands in them; the first, and those of words, to the left."""
    lines = [tuple(map(safe_text, row)) for row in (head, *rows)]
    widths = [max(len(row[column]) for row in lines) for column in range(len(head))]
    left = {0, *words}
    for row in lines:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells)
