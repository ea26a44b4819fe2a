"""Neighbours of a case: one value, one record or one date that is another, near what the rule
turns on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from random import Random

from policyengine.schema.model import Field, FieldType, Schema
from policyengine.tooling.searching.drafts import day_of, fitted, moved, plain_text, stepped, words
from policyengine.tooling.searching.model import GivenValue, SmallCase, SmallRecord
from policyengine.tooling.searching.words import Vocabulary
from policyengine.values.calendar import Calendar
from policyengine.values.durations import Duration

MOST_RECORDS = 12
_NEAR = (0, 0, 0, 1, -1, 1, -1, 2, -7)


@dataclass(slots=True)
class Editor:
    """Makes neighbours of cases by the words of a rule."""

    schema: Schema
    words: Vocabulary
    calendar: Calendar
    dice: Random

    def neighbour(self, case: SmallCase) -> SmallCase:
        """A case that is one edit away, or now and then two."""
        made = self._edited(case)
        if self.dice.random() < 0.35:
            made = self._edited(made)
        return made

    def _edited(self, case: SmallCase) -> SmallCase:
        turn = self.dice.random()
        if turn < 0.62:
            return self._with_value(case)
        if turn < 0.74:
            return self._as_at_another(case)
        if turn < 0.84:
            return self._with_record(case)
        if turn < 0.90:
            return self._without_record(case)
        if turn < 0.95:
            return self._at_another_time(case)
        return self._with_history(case)

    # --- values ---------------------------------------------------------------------------------

    def _with_value(self, case: SmallCase) -> SmallCase:
        places = [at for at, one in enumerate(case.records) if self.words.fields.get(one.kind)]
        if not any(record.kind == "case" for record in case.records) and self.words.fields.get(
            "case"
        ):
            case = replace(case, records=(SmallRecord("case", ""), *case.records))
            places = [0, *(at + 1 for at in places)]
        if not places:
            return case
        at = self.dice.choice(places)
        record = case.records[at]
        name = self.dice.choice(self.words.fields[record.kind])
        declared = self.schema.kinds[record.kind].fields[name]
        value = self._value(case, record, declared)
        return case.with_record(at, record.with_value(name, value))

    def _value(self, case: SmallCase, record: SmallRecord, declared: Field) -> GivenValue | None:
        dice = self.dice
        if dice.random() < 0.12:
            return None
        match declared.type:
            case FieldType.YES_NO:
                return dice.random() < 0.5
            case FieldType.NUMBER:
                near = [each + step for each in self.words.numbers for step in (-1, 0, 1)]
                return dice.choice([*near, Decimal(0), Decimal(1), Decimal(3)])
            case FieldType.CODE:
                return dice.choice(self._codes(record.kind, declared))
            case FieldType.REF:
                labels = [one.label for one in case.records if one.kind == declared.target]
                return dice.choice(labels) if labels else None
            case FieldType.TEXT:
                return self._text(case, record, declared)
            case FieldType.DATE | FieldType.DATETIME:
                return self._date(case, record, declared)

    def _codes(self, kind: str, declared: Field) -> list[str]:
        """Those that the rule speaks of, one that it does not, one that is not known."""
        codes = self.schema.codes[declared.target or ""].codes
        spoken = self.words.texts.get((kind, declared.name), [])
        found = [code for code in spoken if code in codes]
        others = [code for code in codes.values() if code.code not in found]
        for unknown in (False, True):
            found += [code.code for code in others if code.is_unknown is unknown][:1]
        return found or list(codes)

    def _text(self, case: SmallCase, record: SmallRecord, declared: Field) -> str:
        dice = self.dice
        others = [
            value
            for one in case.records
            for name, value in one.fields.items()
            if isinstance(value, str)
            and self.schema.kinds[one.kind].fields[name].type is FieldType.TEXT
        ]
        lengths = [int(each) + step for each in self.words.numbers for step in (-1, 0, 1)]
        length = dice.choice([each for each in lengths if 0 < each < 60] or [4])
        said = [words(length, dice.randrange(20)), plain_text(declared.name, dice.randrange(3))]
        said += self.words.texts.get((record.kind, declared.name), [])
        said += [f"{words(3)} {phrase}" for phrase in self.words.mentioned]
        if others:
            before = dice.choice(others)
            said += [before, f"{before} {words(length, dice.randrange(20))}"]
        return dice.choice(said)

    # --- dates ----------------------------------------------------------------------------------

    def _date(self, case: SmallCase, record: SmallRecord, declared: Field) -> GivenValue | None:
        value: date = self._near(case)
        own = record.fields.get(declared.name)
        if declared.type is FieldType.DATETIME:
            if self.dice.random() < 0.12:
                return day_of(value)  # its time of day is not known (S16)
            if isinstance(own, datetime) and not isinstance(value, datetime):
                value = datetime.combine(value, own.time())
            value = stepped(value, 0, self.dice.choice([0, 0, 0, 1, -1]))
        return self._real(fitted(declared, value))

    def _real(self, value: GivenValue | None) -> GivenValue | None:
        """A local time that the clocks skip cannot be written down."""
        if isinstance(value, datetime) and self.calendar.zone.at_local(value) is None:
            return day_of(value)
        return value

    def _near(self, case: SmallCase) -> date:
        """A date that is as far from another as the rule counts, or a day beside it."""
        dice = self.dice
        anchor = dice.choice([*dates_of(case), case.as_at, *self.words.days])
        if self.words.durations and dice.random() < 0.7:
            length = dice.choice(self.words.durations)
            anchor = moved(anchor, self._about(length), dice.choice([1, -1]), self.calendar)
        return stepped(anchor, dice.choice(_NEAR))

    def _about(self, length: Duration) -> Duration:
        step = self.dice.choice([0, 0, 1, -1])
        return replace(length, amount=max(1, length.amount + step))

    def _as_at_another(self, case: SmallCase) -> SmallCase:
        """Another date of the run: on one of the case's own, beside it, or as far as is counted."""
        day = day_of(self._near(case))
        dates = dates_of(case)
        if dates and self.dice.random() < 0.5:
            day = day_of(stepped(self.dice.choice(dates), self.dice.choice([0, 0, 1, -1])))
        return replace(case, as_at=day) if date(1990, 1, 1) < day < date(2110, 1, 1) else case

    def _at_another_time(self, case: SmallCase) -> SmallCase:
        """The whole case so much earlier or later: to the edge of a version, to a month's end."""
        dice = self.dice
        ends = [date(2025, 8, 31), date(2026, 1, 31), date(2024, 2, 29), date(2026, 5, 1)]
        wanted = dice.choice([*self.words.days, *self.words.days, *ends])
        wanted = stepped(wanted, dice.choice([0, 0, 1, -1]))
        there = [*dates_of(case), case.as_at]
        days = (wanted - day_of(dice.choice(there))).days
        records = tuple(self._later(record, days) for record in case.records)
        return replace(case, records=records, as_at=day_of(stepped(case.as_at, days)))

    def _later(self, record: SmallRecord, days: int) -> SmallRecord:
        fields: dict[str, GivenValue] = {}
        for name, value in record.fields.items():
            if isinstance(value, date) and value.year > 2000:  # whoever is born stays as old
                fields[name] = self._real(stepped(value, days)) or value
            else:
                fields[name] = value
        return replace(record, fields=fields)

    # --- records --------------------------------------------------------------------------------

    def _with_record(self, case: SmallCase) -> SmallCase:
        """One more: a copy of one that is there (and then another in some way), or a new one."""
        if len(case.records) >= MOST_RECORDS:
            return case
        own = [record for record in case.records if record.kind != "case"]
        kinds = [kind for kind in self.words.kinds if kind != "case"]
        if own and self.dice.random() < 0.6:
            like = self.dice.choice(own)
            made = replace(like, label=new_label(case, like.kind))
            return self._with_value(replace(case, records=(*case.records, made)))
        if not kinds:
            return case
        kind = self.dice.choice(kinds)
        made = SmallRecord(kind, new_label(case, kind))
        for name in self.words.fields.get(kind, []):
            value = self._value(case, made, self.schema.kinds[kind].fields[name])
            made = made.with_value(name, value)
        return replace(case, records=(*case.records, made))

    def _without_record(self, case: SmallCase) -> SmallCase:
        if not case.records:
            return case
        return without(case, self.dice.randrange(len(case.records)), self.schema)

    def _with_history(self, case: SmallCase) -> SmallCase:
        kinds = [kind for kind in self.words.kinds if kind != "case"]
        if case.no_history or not kinds or self.dice.random() < 0.2:
            return replace(case, no_history={})
        return replace(case, no_history={self.dice.choice(kinds): day_of(self._near(case))})


def without(case: SmallCase, place: int, schema: Schema) -> SmallCase:
    """Without a record, and without the references to it."""
    gone = case.records[place]
    kept: list[SmallRecord] = []
    for at, record in enumerate(case.records):
        if at == place:
            continue
        left = record
        for name in referring(record, gone, schema):
            left = left.with_value(name, None)
        kept.append(left)
    return replace(case, records=tuple(kept))


def referring(record: SmallRecord, to: SmallRecord, schema: Schema) -> Sequence[str]:
    """The fields of a record that refer to another."""
    fields = schema.kinds[record.kind].fields
    return [
        name
        for name, value in record.fields.items()
        if fields[name].target == to.kind and value == to.label
    ]


def new_label(case: SmallCase, kind: str) -> str:
    """A label that no record of the case has."""
    stem = "".join(word[0] for word in kind.split("_"))
    taken = {record.label for record in case.records}
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def dates_of(case: SmallCase) -> list[date]:
    """Every date in the records of a case."""
    return [
        value for record in case.records for value in record.fields.values()
        if isinstance(value, date)
    ]  # fmt: skip
