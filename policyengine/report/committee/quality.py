"""How good the record is: what was loaded, what could not be read, what is missing."""

from collections import Counter
from dataclasses import dataclass

from policyengine.findings.model import Audit
from policyengine.findings.sentences import Sentences
from policyengine.report.committee.figures import HIDDEN, NOTHING
from policyengine.report.doubts import place_of
from policyengine.report.safe_text import safe_text
from policyengine.report.views.suppression import SmallNumbers
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict

MOST = 25  # lines of what is missing


@dataclass(frozen=True, slots=True)
class Missing:
    """A reason why something cannot be told: in words, what would settle it, where that would
    stand, how often, and how many rules wait for it."""

    text: str
    label: str
    place: str
    often: str
    rules: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Values of a field that could not be read as declared."""

    place: str
    fault: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The page on data quality. `rows_merged` is blank where there are none. `absent` and `silent`
    are ids of rules: those whose records the export does not hold, and those by which nothing was
    judged."""

    rows_read: str
    rows_kept: str
    rows_merged: str
    rows_rejected: str
    faults: tuple[Fault, ...]
    missing: tuple[Missing, ...]
    more: int
    absent: tuple[str, ...]
    silent: tuple[str, ...]


def quality_of(audit: Audit, sentences: Sentences, small: SmallNumbers) -> Quality:
    """What there is to say of an audit's data, its small numbers hidden."""
    missing = _missing(audit, sentences, small)
    return Quality(
        rows_read=_shown(audit.rows_read, small),
        rows_kept=_shown(audit.rows_kept, small),
        rows_merged=_shown(audit.rows_merged, small) if audit.rows_merged else "",
        rows_rejected=_shown(audit.rows_rejected, small),
        faults=tuple(
            Fault(
                safe_text(f"{kind}.{field}" if field else kind),
                safe_text(fault.replace("_", " ")),
                _shown(rows, small),
            )
            for kind, field, fault, rows in sorted(audit.faults, key=lambda each: -each[3])
        ),
        missing=tuple(missing[:MOST]),
        more=max(0, len(missing) - MOST),
        absent=tuple(safe_text(row.rule) for row in audit.summary if row.absent_kind),
        silent=tuple(
            safe_text(row.rule)
            for row in audit.summary
            if not row.absent_kind and not row.judged and not row.counts[Verdict.CANNOT_TELL]
        ),
    )


def top_places(quality: Quality) -> list[tuple[str, str]]:
    """The fields that would settle most; those with small numbers are not named."""
    return [
        (each.label, each.often) for each in quality.missing if each.label and each.often != HIDDEN
    ]


def _missing(audit: Audit, sentences: Sentences, small: SmallNumbers) -> list[Missing]:
    often: Counter[_Key] = Counter()
    rules: dict[_Key, set[str]] = {}
    for finding in audit.findings:
        if finding.verdict is Verdict.CANNOT_TELL:
            for key in {_key(reason, sentences) for reason in finding.reasons}:
                often[key] += 1
                rules.setdefault(key, set()).add(finding.rule)
    return [
        Missing(
            text=safe_text(key[0]),
            label=safe_text(key[1]),
            place=safe_text(key[2]) or NOTHING,
            often=_shown(times, small),
            rules=len(rules[key]),
        )
        for key, times in sorted(often.items(), key=lambda item: (-item[1], item[0]))
    ]


_Key = tuple[str, str, str]


def _key(reason: Reason, sentences: Sentences) -> _Key:
    """The reason in words, what would settle it, and where that would stand."""
    kind = reason.kind or ""
    label = ""
    if reason.why is Why.OUTSIDE_COVERAGE:
        label = f"older {sentences.kinds(kind)}"
    elif kind and reason.field:
        label = f"“{sentences.field(kind, reason.field)}” of the {sentences.kind(kind)}"
    return sentences.reason(reason, which=False), label, place_of(reason)


def _shown(number: int, small: SmallNumbers) -> str:
    return HIDDEN if small.is_small(number) else f"{small.rounded(number):,}"
