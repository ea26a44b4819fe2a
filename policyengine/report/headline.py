"""The top of the report: what was audited, as at when, and the state of affairs in a sentence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from policyengine.findings.dates import counted, long_date, short_date
from policyengine.findings.model import Audit, RuleSummary
from policyengine.report.safe_text import safe_text
from policyengine.values.verdict import Gravity, Verdict

VOID = "void"  # a record entered in error: left out, and counted


@dataclass(frozen=True, slots=True)
class Headline:
    """`title` in large; `facts` in a line or two; `state` a sentence or three; `load` what became
    of the rows, and `warnings` about them."""

    title: str
    facts: tuple[str, ...]
    state: tuple[str, ...]
    load: str
    warnings: tuple[str, ...]


def headline(audit: Audit, cases_name: str) -> Headline:
    """The headline of an audit."""
    known = "" if audit.known_by == audit.as_at else f", known by {short_date(audit.known_by)}"
    rules = counted(len(audit.summary), "rule")
    cases = counted(audit.cases, "service user")
    return Headline(
        title=f"As at {long_date(audit.as_at)}{known}",
        facts=tuple(fact for fact in (cases, rules, cases_name) if fact),
        state=(*_state(audit.summary), *_standing(audit)),
        load=_load(audit),
        warnings=_warnings(audit),
    )


def _standing(audit: Audit) -> Iterator[str]:
    """How many of those not met are waived, and what a baseline leaves out."""
    if audit.has_waivers:
        open_ = Counter(each.verdict for each in audit.findings if each.waived is not None)
        breached, unsure = open_[Verdict.BREACHED], open_[Verdict.CANNOT_TELL]
        said = [f"{breached:,} of those not met"] if breached else []
        said += [f"{unsure:,} of those that cannot be told"] if unsure else []
        are = "is" if breached + unsure == 1 else "are"
        yield (
            f"Waived: {' and '.join(said)} {are} marked; no count is another."
            if said
            else ("No finding is waived.")
        )
    told = audit.since_baseline
    if told is not None:
        yield (
            f"Since the baseline of {long_date(told.as_at)}: {told.new:,} new and {told.worse:,} "
            f"worse, listed below; {told.remain:,} of it remain, {told.gone:,} are gone."
        )


def _total(summary: tuple[RuleSummary, ...], verdict: Verdict) -> int:
    return sum(row.counts[verdict] for row in summary)


def _state(summary: tuple[RuleSummary, ...]) -> tuple[str, ...]:
    met, late = _total(summary, Verdict.MET), _total(summary, Verdict.MET_LATE)
    breached, unsure = _total(summary, Verdict.BREACHED), _total(summary, Verdict.CANNOT_TELL)
    judged = met + late + breached
    if not judged and not unsure:
        return ("No duty has fallen due in these records.", *_absent(summary))
    critical = sum(
        row.counts[Verdict.BREACHED] for row in summary if row.severity == Gravity.CRITICAL.value
    )
    said = []
    if judged:
        said.append(
            f"Of {counted(judged, 'duty', 'duties')} that could be judged, {_were(met)} met in "
            f"time ({percent(met / judged)}), {_were(late)} met late and {_were(breached)} not "
            f"met{_graver(critical, breached)}."
        )
    if unsure:
        are = "more cannot be told" if judged else "duties cannot be told"
        said.append(f"{unsure:,} {are} from the record.")
    said += [*_targets(summary), *_absent(summary)]
    return tuple(said)


def _were(number: int) -> str:
    return "1 was" if number == 1 else f"{number:,} were"


def _graver(critical: int, breached: int) -> str:
    if not critical:
        return ""
    if critical == breached:
        return ", which is critical" if breached == 1 else ", all of them critical"
    return f", {critical:,} of them critical"


def _targets(summary: tuple[RuleSummary, ...]) -> list[str]:
    held = [row for row in summary if row.target is not None and row.rate is not None]
    if not held:
        return []
    reached = sum(is_reached(row) is True for row in held)
    rules = counted(len(held), "rule")
    if len(held) == 1:
        return [f"The one rule with a target {'reaches' if reached else 'does not reach'} it."]
    return [f"{reached} of the {rules} with a target {'reaches' if reached == 1 else 'reach'} it."]


def _absent(summary: tuple[RuleSummary, ...]) -> list[str]:
    """What was not judged at all, because the export has nothing of it."""
    absent = sum(row.absent_kind is not None for row in summary)
    if not absent:
        return []
    rules = "1 rule watches records" if absent == 1 else f"{absent} rules watch records"
    return [f"{rules} that this export does not hold."]


def is_reached(row: RuleSummary) -> bool | None:
    """Whether a rule's rate reaches its target; None where it has none, or nothing was judged."""
    if row.target is None or row.rate is None:
        return None
    return row.rate >= row.target


def percent(share: float) -> str:
    """A share in whole percent; never 100% unless it is all of it, never 0% unless nothing."""
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        return f"{int(share * 1000) / 10}%" if share < 0.9995 else "99.9%"
    if rounded == 0 and share > 0:
        return f"{max(0.1, round(100 * share, 1))}%"
    return f"{rounded}%"


def _load(audit: Audit) -> str:
    return audit.balance if audit.holds_load else ""


def _warnings(audit: Audit) -> tuple[str, ...]:
    said = []
    if audit.rows_rejected:
        said.append(
            f"{counted(audit.rows_rejected, 'row')} rejected: what they would say is not counted."
        )
    void = sum(rows for *_, fault, rows in audit.faults if fault == VOID)
    if void:
        them = "it does" if void == 1 else "they do"
        said.append(f"{counted(void, 'record')} entered in error: {them} not count.")
    faults = [fault for fault in audit.faults if fault[2] != VOID]
    if faults:
        kind, field, fault, rows = max(faults, key=lambda fault: fault[3])
        place = f"{kind}.{field}" if field else kind
        words = fault.replace("_", " ")
        total = counted(sum(rows for *_, rows in faults), "value")
        often = f"{safe_text(place)}, {words} ({rows:,})"
        said.append(f"{total} could not be read as declared; most often {often}.")
    return tuple(said)
