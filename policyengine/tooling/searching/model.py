"""Small made-up cases, and what a search for them may ask.

A value of a record is what a person would write in an example: a date, a date-time without an
offset (local time of the schema's zone), yes or no, a number, a text (a code, or the label of a
record, where the field is one). A field that is not there is blank.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from policyengine.plan.core import Plan
from policyengine.source import Span
from policyengine.values.moments import Moment
from policyengine.values.verdict import Verdict

GivenValue = str | bool | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class SmallRecord:
    """A record of a small case. `label` is its id (of the case itself: "")."""

    kind: str
    label: str
    fields: Mapping[str, GivenValue] = field(default_factory=dict)

    def with_value(self, name: str, value: GivenValue | None) -> "SmallRecord":
        """With another value in a field; None leaves it blank."""
        fields = {key: each for key, each in self.fields.items() if key != name}
        if value is not None:
            fields[name] = value
        return replace(self, fields=fields)


@dataclass(frozen=True, slots=True)
class SmallCase:
    """A whole case that was made up, and the dates of its run. `no_history` names the kinds that
    are complete only from a day (S8)."""

    records: tuple[SmallRecord, ...]
    as_at: date
    known_by: date | None = None
    no_history: Mapping[str, date] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read: smaller is better. Coverage that has a beginning, and a
        second clock, count as records."""
        of_its_own = len(self.no_history) + (self.known_by is not None)
        values = sum(len(record.fields) for record in self.records)
        return len(self.records) + of_its_own, values

    def with_record(self, place: int, record: SmallRecord) -> "SmallCase":
        """With another record in a place."""
        changed = (*self.records[:place], record, *self.records[place + 1 :])
        return replace(self, records=changed)


@dataclass(frozen=True, slots=True)
class Row:
    """What a rule says of one subject: as much as an example can expect."""

    subject: str
    verdict: Verdict
    deadline: Moment | None


Rows = tuple[Row, ...]


# --- what may be asked ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gives:
    """The rule gives some subject this verdict; None: it makes no finding at all, although there
    is a record of the kind that it watches."""

    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Meets:
    """A condition, named by the place of its core node, is met with this truth (None: unknown)."""

    condition: Span
    truth: bool | None


@dataclass(frozen=True, slots=True)
class TellsApart:
    """Another plan's rule of the same id (a changed copy, or a later version of the rule) says
    something else: another verdict, another deadline, a finding more or less."""

    other: Plan


@dataclass(frozen=True, slots=True)
class Such:
    """Anything else: the test is asked of a case and what the rules say of it, by rule id.

    `rules` are the rules that are judged, beside the one that is searched.
    """

    test: Callable[[SmallCase, Mapping[str, Rows]], bool] = field(compare=False)
    words: str = ""
    rules: tuple[str, ...] = ()


Goal = Gives | Meets | TellsApart | Such


@dataclass(frozen=True, slots=True)
class Witness:
    """A case that shows a goal. `rows` are what the rule says of it; `decisive` is the subject
    that shows the goal, where it is one subject that does."""

    goal: Goal
    case: SmallCase
    rows: Rows
    decisive: str | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look: how many cases may be judged, and from which seed. The same effort finds
    the same witnesses on any machine."""

    cases: int = 1500
    seed: int = 1
    shrink: int = 400
