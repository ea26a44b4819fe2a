"""What records and fields are called in a read-back: phrases made from the schema's labels.

Invariant: within a rule set no two kinds, and within a kind no two fields, have one phrase. Where
labels would give the same, the name of the schema is added.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from policyengine.plan.core import Plan
from policyengine.readback.words import head_ends, plural, quoted
from policyengine.schema.model import Code, FieldType


@dataclass(frozen=True, slots=True)
class Owner:
    """How the record that holds a field is spoken of: `it`, the rule's own subject, another."""

    phrase: str
    is_it: bool = False
    is_subject: bool = False
    is_near: bool = False  # the subject or its companion: `this`, where others are looked at


IT = Owner("it", is_it=True)

# What a date without a label of its own says happened, by its name without `_on` or `_at`; after
# the bar what it is called where the record is `it`.
_PHRASES = {
    "started": "{d} {o} started",
    "ended": "{d} {o} ended",
    "expires": "{d} {o} expires",
    "starts": "{d} {o} starts",
    "happened": "{d} {o} happened",
    "died": "{d} {o} died",
    "known": "{d} {o} became known",
    "from": "the first day of {o}|its first day",
    "until": "the last day of {o}|its last day",
    "due": "{d} {o} is due",
    "review": "{d} {o} is next to be reviewed",
    "admitted": "{d} of admission for {o}|its time of admission",
    "discharged": "{d} of discharge from {o}|its time of discharge",
    "set_aside": "{d} {o} was set aside",
    "sent_to_managers": "{d} {o} was sent to the managers",
    "status": "the date of the status of {o}|the date of its status",
    "next_review": "the next review day of {o}|its next review day",
    "medicine_first_given": "{d} medicine was first given under {o}",
    **{
        verb: "{d} {o} was " + verb
        for verb in (
            *("accepted", "agreed", "closed", "created", "done", "entered", "given", "heard"),
            *("identified", "made", "opened", "replaced", "reviewed", "signed", "detained"),
            *("decided", "served", "completed", "recorded", "received", "approved", "cancelled"),
        )
    },
}
_TITLED = re.compile(r"^(?:date|day|time|first day|last day|moment)\b")
_MARKS = re.compile(r"[“”()]")


class Names:
    """The phrases of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        labels = Counter(kind.label for kind in plan.schema.kinds.values())
        plurals = Counter(plural(kind.label) for kind in plan.schema.kinds.values())
        self._kinds = {
            name: _distinct(kind.label, name, labels[kind.label])
            for name, kind in plan.schema.kinds.items()
        }
        self._plurals = {
            name: _distinct(plural(kind.label), name, plurals[plural(kind.label)])
            for name, kind in plan.schema.kinds.items()
        }
        self._shape = cache(self._shape_of)
        self.label = cache(self._label)
        """The label of a field, declared or defined, told apart from every other of its kind."""

    # --- kinds and codes ------------------------------------------------------------------------

    def kind(self, name: str) -> str:
        """One record of a kind: `community treatment order`."""
        return self._kinds.get(name, name.replace("_", " "))

    def kinds(self, name: str) -> str:
        """Several: `community treatment orders`."""
        return self._plurals.get(name, name.replace("_", " ") + "s")

    def head(self, name: str) -> str:
        """The first words of a kind's label, for the record once it was named in full: `the period`
        of `period of a community treatment order`."""
        label = self.kind(name)
        head = label[:at] if (at := head_ends(label)) else label
        return label if head in ("time", "date", "day") else head

    def code(self, kind: str, field: str, value: str) -> str:
        """A code as the form shows it, in quotation marks; what is no code, as it is."""
        declared = self._plan.schema.kinds[kind].fields.get(field)
        if declared is None or declared.type is not FieldType.CODE:
            return quoted(value)
        codes = self._plan.schema.codes[declared.target or ""].codes
        code = codes.get(value)
        if code is None:
            return quoted(value)
        return quoted(_code_label(code, list(codes.values())))

    # --- fields ---------------------------------------------------------------------------------

    def _label(self, kind: str, field: str) -> str:
        text = self._text(kind, field)
        same = sum(1 for other in self._members(kind) if self._text(kind, other) == text)
        return _distinct(text, field, same)

    def field(self, kind: str, field: str, owner: Owner) -> str:
        """A field's value as a noun: `the day the order started`, `its “status”`."""
        return _filled(self._shape(kind, field), owner, self.label(kind, field))

    def _members(self, kind: str) -> list[str]:
        defined = [name for of, name in self._plan.definitions if of == kind]
        return [*self._plan.schema.kinds[kind].fields, *defined]

    def _text(self, kind: str, field: str) -> str:
        declared = self._plan.schema.kinds[kind].fields.get(field)
        return (declared.label if declared else "") or field.replace("_", " ")

    def _shape_of(self, kind: str, field: str) -> str:
        """The phrase with places for its owner; `"` where it is the label in quotation marks."""
        mine = self._wanted(kind, field)
        if mine == '"':
            return mine
        drawn = _filled(mine, IT, self.label(kind, field))
        others = [each for each in self._members(kind) if each != field]
        if any(_filled(self._wanted(kind, o), IT, self.label(kind, o)) == drawn for o in others):
            return '"'
        return mine

    def _wanted(self, kind: str, field: str) -> str:
        declared = self._plan.schema.kinds[kind].fields.get(field)
        if declared is None or declared.type not in (FieldType.DATE, FieldType.DATETIME):
            return '"'
        text = self._text(kind, field)
        if _MARKS.search(text):
            return '"'
        day = "the time" if declared.type is FieldType.DATETIME else "the day"
        stem = re.sub(r"_(?:on|at)$", "", field)
        if text == "date":
            return "date"
        if not _is_default(text, field) or stem == field:
            return _titled(text)
        found = _PHRASES.get(stem)
        if found and stem in _ENTRIES and "date_of_birth" in self._plan.schema.kinds[kind].fields:
            found = found.replace("{o}", "{o}'s entry") + f"|{day} its entry {stem}"
        return found.replace("{d}", day) if found else _titled(text)


_ENTRIES = ("started", "ended")  # of somebody: not the person ends, but what is noted of them


def _titled(text: str) -> str:
    return f"={text}" if _TITLED.match(text) else "date:"


def _is_default(text: str, field: str) -> bool:
    return text == field.replace("_", " ")


def _filled(shape: str, owner: Owner, label: str) -> str:
    if shape == "date":
        return "its date" if owner.is_it else f"the date of {owner.phrase}"
    if shape in ('"', "date:"):
        named = f"date {quoted(label)}" if shape == "date:" else quoted(label)
        if owner.is_it:
            return f"its {named}"
        told = owner.phrase.startswith("the ") and f" {owner.phrase}" in label
        return f"the {named}" + ("" if told else f" of {owner.phrase}")
    if shape.startswith("="):
        if owner.is_it:
            return f"its {shape[1:]}"
        known = owner.is_subject or owner.phrase.removeprefix("the ") in shape
        return f"the {shape[1:]}" + ("" if known else f" ({bare(owner.phrase)})")
    of_another, _, of_it = shape.partition("|")
    return of_it if of_it and owner.is_it else of_another.replace("{o}", owner.phrase)


def bare(phrase: str) -> str:
    """A phrase without its article."""
    return phrase.removeprefix("the ")


def _distinct(text: str, name: str, times: int) -> str:
    return text if times < 2 else f"{text} [{name}]"


def _code_label(code: Code, codes: list[Code]) -> str:
    same = sum(1 for other in codes if other.label == code.label)
    return _distinct(code.label, code.code, same)
