"""`waivers.yaml`, read strictly: every mistake is a message with its place.

longest: 6 months
waivers:
  - rule: CTO-01
    case: A0001
    reason: The person is abroad; the letter was sent.
    approver: Medical director
    from: 2026-01-01
    until: 2026-03-31
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from datetime import date
from pathlib import Path

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats import Mapping, Node, Sequence, load_yaml, read_source, suggestion
from policyengine.plan.core import Plan
from policyengine.schema.reading import Reading
from policyengine.standing.limits import Limits
from policyengine.standing.waivers import Waiver, Waivers, Whose
from policyengine.values.calendar import Calendar
from policyengine.values.verdict import Gravity

_KEYS = ("rule", "case", "team", "subject", "reason", "approver", "from", "until")


def read_waivers(
    path: Path, plan: Plan, calendar: Calendar, limits: Limits
) -> tuple[Waivers | None, list[Diagnostic]]:
    """The waivers of a file, for a checked rule set; None where there are mistakes in it."""
    source, faults = read_source(path)
    if source is None:
        return None, list(faults)
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if root is None or faults:
        return None, notes.notes
    reading = Reading(notes)
    body = reading.mapping(root, "a file of waivers")
    found: list[Waiver] = []
    if body is not None:
        reading.only(body, ("waivers",), "a file of waivers")
        listed = body.get("waivers")
        items = listed.items if isinstance(listed, Sequence) else ()
        if not isinstance(listed, Sequence):
            reading.fault("SCH001", body.span, "`waivers` must be a list")
        check = _Check(reading, plan, calendar, limits)
        found = [each for item in items if (each := check.waiver(item)) is not None]
    if notes.has_errors:
        return None, notes.notes
    return Waivers(str(path), tuple(found), limits.broad), notes.notes


class _Check:
    """Reads one waiver after another."""

    def __init__(self, reading: Reading, plan: Plan, calendar: Calendar, limits: Limits) -> None:
        self.reading = reading
        self.calendar = calendar
        self.limits = limits
        self.rules: Table[str, Gravity] = {rule.id: rule.gravity for rule in plan.rules}
        self.kinds = set(plan.schema.kinds)

    def waiver(self, node: Node) -> Waiver | None:
        """One of the list; None where something is wrong with it."""
        reading = self.reading
        body = reading.mapping(node, "a waiver")
        if body is None:
            return None
        reading.only(body, _KEYS, "a waiver")
        rule = self._rule(body)
        reason, approver = self._words(body, "reason"), self._words(body, "approver")
        first, last = self._day(body, "from"), self._day(body, "until")
        whose = self._whose(body)
        if rule is None or not reason or not approver or first is None or last is None:
            return None
        self._span_of_days(body, first, last)
        return Waiver(rule, whose, reason, approver, first, last, body.span)

    def _rule(self, body: Mapping) -> str | None:
        node = body.get("rule")
        text = None if node is None else self.reading.text(node, "the rule")
        if text is None:
            if node is None:
                self.reading.fault("WAI001", body.span, "a waiver must say which `rule` it is of")
            return None
        if text.text not in self.rules:
            meant = suggestion(text.text, self.rules)
            hints = (f"did you mean `{meant}`?",) if meant else ()
            message = f"there is no rule {text.text} to waive"
            self.reading.fault("WAI002", text.span, message, hints=hints)
            return None
        if self.rules[text.text] is Gravity.CRITICAL and not self.limits.critical:
            message = f"{text.text} is critical: it is not waived"
            hint = "`waivers: {critical: yes}` in trustpolicy.yaml would allow it"
            self.reading.fault("WAI003", text.span, message, hints=(hint,))
        return text.text

    def _words(self, body: Mapping, key: str) -> str | None:
        node = body.get(key)
        text = None if node is None else self.reading.text(node, f"the {key}")
        if text is None or not text.text.strip():
            self.reading.fault("WAI001", body.span, f"a waiver must say its `{key}`")
            return None
        return " ".join(text.text.split())

    def _day(self, body: Mapping, key: str) -> date | None:
        node = body.get(key)
        if node is None:
            self.reading.fault("WAI001", body.span, f"a waiver must say its `{key}`, a day")
            return None
        return self.reading.day(node, f"`{key}`")

    def _whose(self, body: Mapping) -> Whose:
        case = self.reading.words(body.get("case"), "the case")
        team = self.reading.words(body.get("team"), "the team")
        subject = body.get("subject")
        if subject is None:
            return Whose(case=case, team=team)
        inner = self.reading.mapping(subject, "the subject")
        if inner is None:
            return Whose(case=case, team=team)
        self.reading.only(inner, ("kind", "id"), "the subject")
        kind = self.reading.words(inner.get("kind"), "the subject's kind")
        id_ = self.reading.words(inner.get("id"), "the subject's id")
        if case is None or id_ is None:
            message = "a waiver of one subject names its `case` and the subject's `id`"
            self.reading.fault("WAI001", inner.span, message)
        if kind is not None and kind not in self.kinds:
            meant = suggestion(kind, self.kinds)
            hints = (f"did you mean `{meant}`?",) if meant else ()
            message = f"the schema has no kind `{kind}`"
            self.reading.fault("WAI002", inner.span, message, hints=hints)
        return Whose(case, kind, id_, team)

    def _span_of_days(self, body: Mapping, first: date, last: date) -> None:
        if last < first:
            self.reading.fault("WAI004", body.span, f"it ends on {last}, before {first}")
            return
        latest = self.calendar.day_after(first.toordinal(), self.limits.longest)
        if last.toordinal() > latest:
            message = f"it lasts longer than {self.limits.longest}"
            hint = f"until {date.fromordinal(latest)} at most; say it again then, if it still holds"
            self.reading.fault("WAI004", body.span, message, hints=(hint,))
