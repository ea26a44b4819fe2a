"""Findings in plain English: the author's sentence where there is one, a good one where not.

Sentences are made from the finding, its rule and the labels of the schema alone. No value of a
record stands in them but its id and the dates of the events that decided.
"""

from typing import assert_never

from policyengine.findings.dates import counted, how_long, long_date, short_date
from policyengine.findings.model import Evidence, Finding
from policyengine.plan.core import (
    Derived,
    Duty,
    Field,
    Have,
    HaveEvery,
    HaveField,
    NotHave,
    Plan,
    RecordSet,
    Rule,
    SettingValue,
    Show,
    Within,
)
from policyengine.schema.model import FieldType
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict


class Sentences:
    """What can be said of the findings of one plan, as at one date."""

    def __init__(self, plan: Plan, as_at: str) -> None:
        self.layers = plan.layers
        self._schema = plan.schema
        self._as_at = as_at
        self._versions = {(rule.id, _iso(rule)): rule for rule in plan.rules}
        self._rules = {rule.id: rule for rule in plan.rules}

    def rule(self, finding: Finding) -> Rule:
        """The version of the rule that was judged."""
        found = self._versions.get((finding.rule, finding.applies_from))
        return found or self._rules[finding.rule]

    def policy(self, rule: str) -> str:
        """The title of the policy that a rule stands in."""
        return self._rules[rule].policy if rule in self._rules else ""

    def wanted_kind(self, finding: Finding) -> str:
        """The kind of record that the duty asks for, or forbids; else the subject's own."""
        duty = self.rule(finding).duty
        match duty:
            case Have() | NotHave() | HaveEvery():
                return duty.records.kind
            case HaveField() | Show():
                return finding.subject_kind
            case _ as never:
                assert_never(never)

    # --- the sentence -----------------------------------------------------------------------

    def sentence(self, finding: Finding) -> str:
        """One sentence that says what the verdict says. The author's `say`, if it is a breach."""
        if finding.message:
            return finding.message
        duty = self.rule(finding).duty
        match finding.verdict:
            case Verdict.BREACHED:
                return self._breached(finding, duty)
            case Verdict.MET:
                return self._met(finding, duty)
            case Verdict.MET_LATE:
                return self._met_late(finding, duty)
            case Verdict.NOT_YET_DUE:
                return self._not_yet_due(finding, duty)
            case Verdict.CANNOT_TELL:
                return f"{_capital(self._in_question(finding, duty))}: {self._because(finding)}."
            case Verdict.EXEMPT:
                return f"Excused: {self._because(finding) or 'an exception of the rule holds'}."
            case Verdict.NOT_APPLICABLE:
                return f"The rule does not apply{self._why_not(finding)}."
            case _ as never:
                assert_never(never)

    def _breached(self, finding: Finding, duty: Duty) -> str:
        by = _by(finding)
        match duty:
            case Have(records=records, least=1):
                return f"No {self._candidate(records)} is recorded{by}."
            case Have(records=records, least=least):
                things = self._candidates(records)
                return f"Fewer than {least} {things} are recorded{by}."
            case HaveEvery(records=records):
                if _last_done(finding) is None:
                    return f"No {self._candidate(records)} is recorded{by}."
                since = long_date(_last_done(finding) or "")
                return f"No {self._candidate(records)} is recorded after {since}; one was due{by}."
            case NotHave(records=records):
                found = [item for item in finding.evidence if item.role == "forbidden"]
                on = f" on {long_date(found[0].on)}" if found and found[0].on else ""
                return f"{_capital(self._a(records))} is recorded{on}, and there must be none."
            case HaveField(event=event):
                return f"{_capital(self._event(event))} is not recorded{by}."
            case Show():
                return f"The record does not show what the rule asks for{by}."
            case _ as never:
                assert_never(never)

    def _met(self, finding: Finding, duty: Duty) -> str:
        on = f" on {long_date(finding.done_on)}" if finding.done_on else ""
        match duty:
            case Have(records=records, least=1):
                return f"{_capital(self._a(records))} is recorded{on}, in time."
            case Have(records=records, least=least):
                number = _capital(counted_words(least))
                return f"{number} {self._candidates(records)} are recorded, in time."
            case HaveEvery(records=records):
                due = f"; the next is due{_by(finding)}" if finding.deadline else ""
                return f"{_capital(self._a(records))} is recorded{on}{due}."
            case NotHave(records=records):
                return f"No {self._candidate(records)} is recorded, as it should be."
            case HaveField(event=event):
                return f"{_capital(self._event(event))} is recorded{on}, in time."
            case Show():
                return "The record shows what the rule asks for."
            case _ as never:
                assert_never(never)

    def _met_late(self, finding: Finding, duty: Duty) -> str:
        late = self.late(finding)
        done = f" on {long_date(finding.done_on)}" if finding.done_on else ""
        thing = _capital(self._thing(duty))
        return f"{thing} is recorded{done}, {late or 'late'}."

    def _not_yet_due(self, finding: Finding, duty: Duty) -> str:
        if not finding.deadline:
            return "Nothing is due yet: what it is counted from has not happened."
        if isinstance(duty, NotHave):
            thing = self._candidate(duty.records)
            return f"No {thing} is recorded so far; the rule holds until {_until(finding)}."
        return f"{_capital(self._thing(duty))} is due{_by(finding)}."

    def _in_question(self, finding: Finding, duty: Duty) -> str:
        by = _by(finding)
        match duty:
            case NotHave():
                return f"whether there is {self._thing(duty)} cannot be told"
            case Show():
                return "whether the record shows what the rule asks for cannot be told"
            case _:
                return f"whether there is {self._thing(duty)}{by} cannot be told"

    def _because(self, finding: Finding) -> str:
        reasons = dict.fromkeys(self.reason(reason) for reason in finding.reasons)
        shown = list(reasons)[:3]
        more = len(reasons) - len(shown)
        return "; ".join(shown) + (f"; and {counted(more, 'more reason')}" if more else "")

    def _why_not(self, finding: Finding) -> str:
        because = self._because(finding)
        return f": {because}" if because else " to this record"

    # --- what was due -----------------------------------------------------------------------

    def due(self, finding: Finding) -> str:
        """What was due and by when, briefly: `a rights discussion by Thu 8 Jan 2026 (the Trust's
        standard: 7 days)`; nothing for a state of affairs with no deadline."""
        rule = self.rule(finding)
        by = f" by {short_date(finding.deadline)}" if finding.deadline else ""
        if isinstance(rule.duty, NotHave):
            until = f" until {short_date(finding.deadline)}" if finding.deadline else ""
            return f"no {self._candidate(rule.duty.records)}{until}{self._standard(finding, rule)}"
        if isinstance(rule.duty, Show) and not by:
            return ""
        return f"{self._thing(rule.duty, brief=True)}{by}{self._standard(finding, rule)}"

    def _standard(self, finding: Finding, rule: Rule) -> str:
        """A deadline that comes from a setting is the Trust's own, and is said to be."""
        duty = rule.duty
        length = duty.interval if isinstance(duty, HaveEvery) else None
        if not isinstance(duty, HaveEvery) and isinstance(duty.window, Within):
            length = duty.window.allowance
        if not isinstance(length, SettingValue):
            return ""
        value = dict(finding.settings).get(length.name)
        return f" (the Trust's standard: {value})" if value else ""

    def late(self, finding: Finding) -> str | None:
        """How late: `12 days late` for what was done, `297 days overdue` for what was not."""
        if not finding.deadline or isinstance(self.rule(finding).duty, NotHave | Show):
            return None
        if finding.verdict is Verdict.MET_LATE and finding.done_on:
            late = how_long(finding.deadline, finding.done_on)
            return f"{late} late" if late else None
        if finding.verdict is Verdict.BREACHED:
            late = how_long(finding.deadline, self._as_at)
            return f"{late} overdue" if late else None
        return None

    def _thing(self, duty: Duty, *, brief: bool = False) -> str:
        match duty:
            case Have(records=records, least=1) | HaveEvery(records=records):
                return self._a(records)
            case NotHave(records=records):
                return self._a(records)
            case Have(records=records, least=least):
                return f"at least {least} {self._candidates(records)}"
            case HaveField(event=event):
                return self._event(event, brief=brief)
            case Show():
                return "what the rule asks for"
            case _ as never:
                assert_never(never)

    def _a(self, records: RecordSet) -> str:
        words = self._candidate(records)
        return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"

    def _candidate(self, records: RecordSet) -> str:
        such = " that meets the rule" if records.where is not None else ""
        return f"{self.kind(records.kind)}{such}"

    def _candidates(self, records: RecordSet) -> str:
        such = " that meet the rule" if records.where is not None else ""
        return f"{self.kinds(records.kind)}{such}"

    def _event(self, event: object, *, brief: bool = False) -> str:
        if isinstance(event, Field | Derived):
            name = self.field(event.kind, event.name)
            of = "" if brief else f" of the {self.kind(event.kind)}"
            return f'the date "{name}"{of}'
        return "the date"

    # --- records and reasons ----------------------------------------------------------------

    def kind(self, name: str) -> str:
        """The label of a kind."""
        kind = self._schema.kinds.get(name)
        return kind.label if kind else name.replace("_", " ")

    def kinds(self, name: str) -> str:
        """The plural of a kind, in words."""
        kind = self._schema.kinds.get(name)
        return (kind.plural if kind else f"{name}s").replace("_", " ")

    def field(self, kind: str, name: str) -> str:
        """The label of a field."""
        known = self._schema.kinds.get(kind)
        field = known.fields.get(name) if known else None
        return field.label if field and field.label else name.replace("_", " ")

    def subject(self, finding: Finding) -> str:
        """The record that was judged: `community treatment order o1`; of the case, its label."""
        if finding.subject_kind == "case":
            return self.kind("case")
        return f"{self.kind(finding.subject_kind)} {finding.subject_id}"

    def found(self, finding: Finding) -> list[str]:
        """What was found, a piece each; that nothing was, where nothing was."""
        faulty = [r for r in finding.reasons if r.why is Why.INVALID and r.text]
        return [*self._found(finding), *(self.reason(reason) for reason in faulty)]

    def _found(self, finding: Finding) -> list[str]:
        records = [item for item in finding.evidence if item.role != "absent"]
        if isinstance(self.rule(finding).duty, HaveField):
            dated = [item for item in records if item.on]
            if not dated:
                return ["no date"]
            return [f"{short_date(item.on or '')}, {_ROLES.get(item.role, '')}" for item in dated]
        return [self.evidence(item) for item in records or finding.evidence]

    def evidence(self, item: Evidence) -> str:
        """A record that was looked at, when it happened, and what it is to the duty."""
        label = self.kind(item.kind) if item.kind else "record"
        if item.id is None:
            return f"no {label} that counts" if item.role == "absent" else f"{label}, not named"
        on = f", {short_date(item.on)}" if item.on else ", undated"
        return f"{label} {item.id}{on}, {_ROLES.get(item.role, item.role.replace('_', ' '))}"

    def reason(self, reason: Reason, *, which: bool = True) -> str:
        """A reason in words; `which` says whether to name the record, or only its kind."""
        place = self._place(reason, which)
        match reason.why:
            case Why.AUTHOR | Why.EXCEPTION:
                return reason.text or "the author of the rule says so"
            case Why.NOT_RECORDED:
                return f"{place} is not recorded"
            case Why.RECORDED_AS_UNKNOWN:
                return f"{place} is recorded as not known"
            case Why.INVALID if reason.text:
                return f"{place} was loaded with a fault: {reason.text}"
            case Why.INVALID:
                return f"{place} cannot be read: it is {self._misfit(reason)}"
            case Why.WITHHELD:
                return f"{place} is withheld"
            case Why.IMPRECISE_TIME:
                return f"the time of day of {place} is not recorded, and it decides"
            case Why.OUTSIDE_COVERAGE:
                return f"the export may not hold all the {self.kinds(reason.kind or 'record')}"
            case Why.NO_RECORD:
                return f"there is no {self.kind(reason.kind or 'record')} that counts"
            case Why.NO_PREVIOUS:
                return f"there is no earlier {self.kind(reason.kind or 'record')}"
            case Why.ENDED:
                return self._ended(reason)
            case _ as never:
                assert_never(never)

    def _place(self, reason: Reason, which: bool) -> str:
        kind = self.kind(reason.kind) if reason.kind else "record"
        named = which and reason.id and reason.kind != "case"
        record = f"{kind} {reason.id}" if named else f"the {kind}"
        if reason.field is None:
            return f"{record} as a whole"
        return f'"{self.field(reason.kind or "", reason.field)}" of {record}'

    def _misfit(self, reason: Reason) -> str:
        """What a value is not, by the type that its field declares."""
        kind = self._schema.kinds.get(reason.kind or "")
        field = kind.fields.get(reason.field or "") if kind else None
        return _MISFITS[field.type] if field else "not a valid value"

    def _ended(self, reason: Reason) -> str:
        if reason.kind == "case" and reason.field == self._schema.died:
            return f"the {self.kind('case')} had died"
        label = self.kind(reason.kind) if reason.kind else "record"
        return f"the {label} had ended before it was due"


_ROLES = {
    "met": "which counts",
    "late": "after the deadline",
    "forbidden": "which must not be",
    "perhaps": "which may count: the record does not say enough",
    "before_window": "too early to count",
    "after_window": "too late to count",
    "not_matching": "in time, but it does not meet the rule",
}

_MISFITS = {
    FieldType.TEXT: "not a text",
    FieldType.CODE: "not one of its codes",
    FieldType.YES_NO: "neither yes nor no",
    FieldType.NUMBER: "not a number",
    FieldType.DATE: "not a date of the calendar",
    FieldType.DATETIME: "not a date and time of the calendar",
    FieldType.REF: "not the id of a record",
}

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def counted_words(number: int) -> str:
    """A small number as a word."""
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def _iso(rule: Rule) -> str | None:
    return None if rule.applies_from is None else rule.applies_from.isoformat()


def _by(finding: Finding) -> str:
    return f" by {long_date(finding.deadline)}" if finding.deadline else ""


def _until(finding: Finding) -> str:
    return long_date(finding.deadline or "")


def _last_done(finding: Finding) -> str | None:
    days = [item.on for item in finding.evidence if item.role in ("met", "late") and item.on]
    return max(days, default=None)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
