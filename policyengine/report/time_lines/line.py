"""A time line before it is drawn: the days of an example, in order, each with a number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from policyengine.findings.dates import short_date
from policyengine.findings.model import Finding
from policyengine.plan import core
from policyengine.plan.core import ExamplePlan, GivenRecord, Plan
from policyengine.policy.tree_walk import walk
from policyengine.readback import Reader
from policyengine.readback.names import Names, Owner
from policyengine.schema.model import Field, FieldType
from policyengine.values.verdict import Verdict

_LONGEST = 80  # characters of a text that are shown


class Sort(Enum):
    """What a mark is."""

    EVENT = "event"
    DEADLINE = "deadline"
    AS_AT = "as at"


@dataclass(frozen=True, slots=True)
class Mark:
    """A day of the line. `day` is an ordinal with the time of day as its fraction; `number` is
    what stands beside it in the drawing and before it in the list."""

    number: int
    day: float
    when: str
    what: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the example shows of a rule: a verdict in words, of which subject, with which date."""

    words: str
    subject: str
    verdict: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """An example: its title, its outcomes, its days in order, and what has no day."""

    title: str
    outcomes: tuple[Outcome, ...]
    marks: tuple[Mark, ...]
    undated: tuple[str, ...]

    @property
    def says(self) -> str:
        """The whole line in a sentence or two, for those who cannot see it."""
        days = "; ".join(f"{mark.number}: {mark.when}, {mark.what}" for mark in self.marks)
        return f"{'. '.join(each.words for each in self.outcomes)}. {days}."


def time_line(
    reader: Reader, example: ExamplePlan, rule: str, findings: Sequence[Finding] = ()
) -> TimeLine:
    """The time line of an example, for one of the rules that it expects something of.

    `findings` are those of the example; they give the deadlines.
    """
    told = [expected for expected in example.expects if expected.rule == rule]
    asked = _asked(reader.plan, rule)
    teller = _Teller(reader.plan, reader.names, asked)
    marks, undated = [], []
    for given in example.records:
        found = list(teller.marks(given))
        marks += found
        if not found:
            undated.append(teller.told(given, dated=False))
    mine = [finding for finding in findings if finding.rule == rule]
    for deadline in dict.fromkeys(each.deadline for each in mine if each.deadline):
        marks.append((_place(deadline), short_date(deadline), _DUE, Sort.DEADLINE))
    as_at = example.as_at.isoformat()
    known = ""
    if example.known_by != example.as_at:
        known = f", from what was recorded by {short_date(example.known_by.isoformat())}"
    end = (
        example.as_at.toordinal() + 0.999,
        short_date(as_at),
        f"the as-at date{known}",
        Sort.AS_AT,
    )
    ordered = sorted([*marks, end], key=lambda each: each[0])
    return TimeLine(
        title=example.title,
        outcomes=tuple(_outcome(each, mine) for each in told),
        marks=tuple(Mark(at, *each) for at, each in enumerate(ordered, start=1)),
        undated=(*undated, *_settings(example), *_coverage(example, reader.names)),
    )


_DUE = "the time limit ends"
_Made = tuple[float, str, str, Sort]


def _outcome(expected: core.Expected, findings: Sequence[Finding]) -> Outcome:
    words = Verdict(expected.verdict).words if expected.verdict else "no finding"
    mine = [
        each for each in findings if expected.label is None or each.subject_id == expected.label
    ]
    deadline = mine[0].deadline if len(mine) == 1 else expected.deadline
    due = f", due by {short_date(deadline)}" if deadline else ""
    subject = f" for {expected.label}" if expected.label else ""
    return Outcome(f"{words[:1].upper()}{words[1:]}{subject}{due}", subject, expected.verdict)


def _settings(example: ExamplePlan) -> Iterator[str]:
    for setting in example.settings:
        values = setting.options or tuple(value for _, value in setting.values)
        told = ", ".join(str(value) for value in values)
        yield f"with the setting “{setting.name.replace('_', ' ')}” as {told}"


def _coverage(example: ExamplePlan, names: Names) -> Iterator[str]:
    for kind, day in example.no_history.items():
        yield f"no {names.kinds(kind)} from before {short_date(day.isoformat())} are held"


def _asked(plan: Plan, rule: str) -> set[tuple[str, str]]:
    """The fields that a rule asks for, its definitions and gatherings included."""
    found: set[tuple[str, str]] = set()
    done: set[object] = set()
    waiting: list[object] = [each for each in plan.rules if each.id == rule]
    while waiting:
        for node in walk(waiting.pop()):
            match node:
                case core.Field(kind=kind, name=name):
                    found.add((kind, name))
                case core.Derived(kind=kind, name=name) if (kind, name) not in done:
                    done.add((kind, name))
                    waiting.append(plan.definitions[kind, name])
                case (
                    core.RecordSet(kind=kind) | core.Subject(kind=kind) | core.Companion(kind=kind)
                ):
                    gathering = plan.gatherings.get(kind)
                    if gathering is not None and kind not in done:
                        done.add(kind)
                        waiting.append(gathering.sources)
                        found |= {(source.kind, source.field) for source in gathering.sources}
                case _:
                    pass
    return found


def _place(iso: str) -> float:
    if "T" not in iso:
        return date.fromisoformat(iso).toordinal() + 0.998
    moment = datetime.fromisoformat(iso)
    return moment.toordinal() + (moment.hour * 60 + moment.minute) / 1440


class _Teller:
    """Tells of the records of an example."""

    def __init__(self, plan: Plan, names: Names, asked: set[tuple[str, str]]) -> None:
        self._plan = plan
        self._names = names
        self._asked = asked

    def marks(self, given: GivenRecord) -> Iterator[_Made]:
        """A mark for each date that counts: when it happened, when it ended, what is asked for."""
        kind = self._plan.schema.kinds[given.kind]
        first = True
        dates = [name for name in given.fields if self._is_date(kind.fields.get(name))]
        ends = {path[0] for path in kind.ended if len(path) == 1}
        if given.kind == "case":
            ends.add(self._plan.schema.died or "")
        own = ends | {kind.happened}
        wanted = [name for name in dates if name in own or (given.kind, name) in self._asked]
        for name in sorted(wanted, key=lambda each: each != kind.happened):
            value = str(given.fields[name])
            if not _is_day(value):
                continue
            day = date.fromisoformat(value[:10]).toordinal()
            place = _place(value) if "T" in value else day + 0.0
            what = self._event(given, name)
            if first:
                what += self._details(given, besides=dates)
            first = False
            yield place, short_date(value), what, Sort.EVENT

    def told(self, given: GivenRecord, *, dated: bool) -> str:
        """A record without a day: what is known of it."""
        word = self._record(given) if dated else f"{self._record(given)}, without a day"
        return (self._record(given) if given.kind == "case" else word) + self._details(given, ())

    def _record(self, given: GivenRecord) -> str:
        if given.count > 1:
            return f"{given.count} {self._names.kinds(given.kind)}"
        label = f" {given.label}" if given.label else ""
        return f"{self._names.kind(given.kind)}{label}"

    def _event(self, given: GivenRecord, field: str) -> str:
        record = self._record(given)
        words = self._names.field(given.kind, field, Owner(f"the {record}"))
        if words == f"the date of the {record}":
            return record
        for lead in ("the day the ", "the time the "):
            if words.startswith(lead):
                return words.removeprefix(lead)
        return words.removeprefix("the ")

    def _details(self, given: GivenRecord, besides: Sequence[str]) -> str:
        told = [
            self._detail(given, name, value)
            for name, value in given.fields.items()
            if name not in besides
        ]
        return f" ({'; '.join(told)})" if told else ""

    def _detail(self, given: GivenRecord, name: str, value: str | bool | Decimal | int) -> str:
        label = self._names.label(given.kind, name)
        field = self._plan.schema.kinds[given.kind].fields.get(name)
        match value:
            case bool():
                words = "yes" if value else "no"
            case str() if field is not None and field.type is FieldType.CODE:
                words = self._names.code(given.kind, name, value)
            case str() if field is not None and field.type is FieldType.TEXT:
                words = f"“{value if len(value) <= _LONGEST else value[:_LONGEST] + '…'}”"
            case str() if self._is_date(field) and _is_day(value):
                words = short_date(value)
            case _:
                words = str(value)
        return f"{label}: {words}"

    @staticmethod
    def _is_date(field: Field | None) -> bool:
        return field is not None and field.type in (FieldType.DATE, FieldType.DATETIME)


def _is_day(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
