"""The core: what both engines read. Names are settled, types are checked, sugar is gone.

Records and `let` values live in the numbered slots of a frame, one frame for each subject that is
judged: slot 0 is the case, and every alias, subject, companion and `let` of a rule has its own.
Each node keeps the span it came from, so that an explanation can quote the author.

Invariants: a node is a value; every field, kind, setting and slot named here exists; operands
have the types that the node says; a regular expression compiles in RE2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Literal

from policyengine.schema.model import Kind, Schema
from policyengine.source import Span
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment
from policyengine.values.verdict import Force, Gravity


class Domain(Enum):
    """What two compared values are."""

    NUMBER = "number"
    TEXT = "text"  # text and codes: exactly, NFC
    TRUTH = "truth"
    MOMENT = "moment"
    REF = "ref"  # records, references and ids, compared by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Any expression."""

    span: Span = field(compare=False, repr=False)


Literal_ = str | bool | Decimal | Moment | Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Const(Core):
    """A literal. A text is NFC already; a date-time is a moment of the schema's zone."""

    value: Literal_


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingValue(Core):
    """The value of a setting in force on the trigger date (S20)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsAt(Core):
    """The as-at date: a day (the end of which is meant), or the instant of an end (S14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot(Core):
    """What a slot holds: a record, or the value of a `let`. `name` is the author's word."""

    index: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Core):
    """A declared field of a record. `index` is its place in the record's values."""

    record: Core
    kind: str
    name: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdOf(Core):
    """The id of a record (`alert.id`, or a record that stands where a reference is compared)."""

    record: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Core):
    """A defined field of a record (`Plan.definitions[kind, name]`)."""

    record: Core
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Core):
    """The record that a reference points at. `ref` is a text-valued expression (a Field)."""

    ref: Core
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Core):
    """Kleene's not."""

    operand: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Core):
    """Kleene's and, over one or more."""

    items: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Core):
    """Kleene's or, over one or more."""

    items: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Core):
    """At least so many of the items are true."""

    least: int
    items: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Core):
    """`eq`, `ge`, `le`, `gt`, `lt` of two values of one domain. For MOMENT: `eq` is `is on`,
    `lt` is `is before`, `le` is `is on or before`."""

    op: Literal["eq", "ge", "le", "gt", "lt"]
    left: Core
    right: Core
    domain: Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class InList(Core):
    """One of several texts, numbers or dates: `options` are consts, or the value is looked up in
    a list setting."""

    value: Core
    options: tuple[Const, ...] = ()
    setting: str | None = None
    domain: Domain = Domain.TEXT


Side = Literal["after", "before", "either"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsWithin(Core):
    """The event falls within the allowance after, before or either side of the anchor: the same
    meaning as the window's (S15, S16)."""

    event: Core
    allowance: Core
    side: Side
    anchor: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Core):
    """`is recorded`, `is known`, `is open`: of a Field, a Derived, a record (a pick) or a let.

    `is open` only of a Field declared open: true where it is blank (or masked by a clock)."""

    how: Literal["recorded", "known", "open"]
    operand: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions(Core):
    """The text has these words (already folded, S21) in a row."""

    text: Core
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches(Core):
    """The text has a match of this RE2 pattern."""

    text: Core
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats(Core):
    """The text has the same words as the other, in order, and at least one (S21)."""

    text: Core
    other: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """The records of a kind in this case, each put in a slot in turn, that pass a condition."""

    kind: str
    slot: int
    where: Core | None
    name: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThereIs(Core):
    """At least so many records of the set (`there is no` is a Not of one)."""

    records: RecordSet
    least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Every(Core):
    """Every record of the set has the condition; `has` sees the same slot."""

    records: RecordSet
    has: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(Core):
    """The latest or the earliest record of the set, in the order of S22: a record or nothing."""

    which: Literal["latest", "earliest"]
    records: RecordSet


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOf(Core):
    """How many records the set has: a range where some are only perhaps there (S19)."""

    records: RecordSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Core):
    """The total, highest or lowest of a number over a set. `value` reads the set's slot."""

    how: Literal["total", "highest", "lowest"]
    records: RecordSet
    value: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsIn(Core):
    """How many words a text has."""

    text: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWords(Core):
    """How many distinct words of a text another has not."""

    text: Core
    since: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWordsSinceAny(Core):
    """How many distinct words of a text none of the set's texts has. `value` reads the slot."""

    text: Core
    records: RecordSet
    value: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity(Core):
    """0 to 100 (S21)."""

    left: Core
    right: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Core):
    """Numbers: left + right, or left - right."""

    sign: Literal["+", "-"]
    left: Core
    right: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Core):
    """A date plus or minus a duration. `length` is Const, SettingValue, Slot or Choice."""

    sign: Literal["+", "-"]
    date: Core
    length: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysFrom(Core):
    """Calendar days from one to the other; negative if the other is earlier."""

    start: Core
    end: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAt(Core):
    """Whole years of age (S18)."""

    birth: Core
    at: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOf(Core):
    """The first day of the month or year."""

    unit: Literal["month", "year"]
    date: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEnd(Core):
    """The last day of the period that begins with the date (S15)."""

    length: Core
    date: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStart(Core):
    """The first day of the period that ends on the date (S15)."""

    length: Core
    date: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeOf(Core):
    """The later or the earlier of two or more dates."""

    which: Literal["later", "earlier"]
    items: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Core):
    """The first value whose condition holds (an unknown condition before it: unknown)."""

    options: tuple[tuple[Core, Core], ...]  # (value, condition)
    otherwise: Core


# --- windows: only these four shapes ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When the event must fall; `rolls` is `or the next working day`."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(Window):
    """Within the allowance of the anchor."""

    allowance: Core
    side: Side
    anchor: Core
    counting_that_day: bool = False
    rolls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Window):
    """From the first to the last. `on the day of T` is `OnDay`."""

    first: Core
    last: Core
    rolls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDay(Window):
    """On the calendar day of the anchor."""

    anchor: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLater(Window):
    """On or before the anchor; `strictly`: before it."""

    anchor: Core
    strictly: bool = False
    rolls: bool = False


OneWindow = Within | Between | OnDay | NoLater


# --- duties -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Have:
    """Duty 1: so many records of the set in the window (S7); never the subject itself."""

    records: RecordSet
    least: int
    window: OneWindow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHave:
    """Duty 2: no record of the set in the window (S9)."""

    records: RecordSet
    window: OneWindow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveField:
    """Duty 3: a date field is the event (S10). `event` is a Field or Derived; `where` sees its
    record in `slot` (the evaluator puts `event.record` there)."""

    event: Core
    record: Core
    slot: int
    where: Core | None
    window: OneWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Duty 4: a state of affairs (S11)."""

    condition: Core
    window: OneWindow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveEvery:
    """Duty 1, again and again (S12)."""

    records: RecordSet
    interval: Core
    anchor: Core
    while_: Core | None


Duty = Have | NotHave | HaveField | Show | HaveEvery


# --- rules --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """The second of a pair."""

    kind: str
    slot: int
    where: Core | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a rule watches: a kind (`case`: the case itself, in slot 0 as well as in `slot`)."""

    kind: str
    slot: int
    where: Core | None = None
    previous: int | None = None
    companion: Companion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Let:
    """A named value, put in a slot before what follows it."""

    name: str
    slot: int
    value: Core


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A condition and the author's reason."""

    condition: Core
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(Core):
    """`{deadline}` in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A `say` or `fix`: texts and values in turn."""

    parts: tuple[str | Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The duty's authority."""

    text: str
    quoting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a rule.

    `trigger` is the expression of the trigger date (S20): the window's T where it is a date field
    of the subject, else the subject's `happened`, else None: as-at. `settings` are the names of
    the settings that the rule can use, in order. `kept_open` are the ends that do not end the
    duty because T is made from them (S14), as paths of the subject's kind's `ended`;
    `ignores_death` likewise for the death of the service user. `slots` is the size of a frame.
    """

    id: str
    title: str
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)
    force: Force
    gravity: Gravity
    learning_point: int | None
    tags: tuple[str, ...]
    sources: tuple[Source, ...]
    applies_from: date | None
    applies_until: date | None
    subject: Subject
    lets: tuple[Let, ...]
    when: Core | None
    cannot_tell_if: tuple[Because, ...]
    unless: tuple[Because, ...]
    duty: Duty
    blank_means_breached: str | None
    silence_means_cannot_tell: str | None
    target: Decimal | None
    say: Message | None
    fix: Message | None
    trigger: Core | None
    kept_open: frozenset[tuple[str, ...]]
    ignores_death: bool
    settings: tuple[str, ...]
    slots: int
    policy: str = ""  # the title of the policy file it stands in
    policy_owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A derived field. It is evaluated in a frame of its own: slot 0 the case, slot 1 the
    record, slot 2 the previous one if it is used (`sees_previous`)."""

    kind: str
    name: str
    value: Core
    sees_previous: bool
    slots: int
    type: str  # `yes_no`, `number`, `date`, `datetime`, `text`, `code`, `duration`, `ref`
    target: str | None = None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherFrom:
    """One source of a gathered kind: the date field, the condition (record in slot 1, the case
    in slot 0), and for each field of the gathered kind beyond `date` and `from_kind` its index
    in the source's values."""

    kind: str
    field: str
    index: int
    where: Core | None
    slots: int
    shared: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """A gathered kind: its own `Kind` (fields `date`, `from_kind`, then the shared ones)."""

    kind: Kind
    sources: tuple[GatherFrom, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPlan:
    """A setting: dated values in order (first date None: always has been), or a list."""

    name: str
    values: tuple[tuple[date | None, Literal_], ...] = ()
    options: tuple[Literal_, ...] | None = None
    why: str | None = None
    local: bool = False  # set by a Trust's configuration
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def is_dated(self) -> bool:
        """Whether its value depends on the day: one that begins on a day is not in force before."""
        return any(start is not None for start, _ in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRecord:
    """A record of an example, as raw words by field (what an export would hold); None for the
    case's own fields."""

    kind: str
    label: str | None
    count: int
    fields: Mapping[str, str | bool | Decimal | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an example expects: verdict None is `no finding`."""

    rule: str
    verdict: str | None
    label: str | None
    deadline: str | None  # as the JSON would hold it, without offset for a date-time
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplePlan:
    """An example, checked: kinds, fields, codes and rules exist and values fit their types."""

    title: str
    as_at: date
    known_by: date
    records: tuple[GivenRecord, ...]
    settings: tuple[SettingPlan, ...]
    no_history: Mapping[str, date]
    expects: tuple[Expected, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What an overlay does to one thing of the base, or adds to it, and why. `what` is a word:
    setting, target, retitled, tightened, disabled, rule, new setting, kind, code list, fields of,
    codes of. `was` and `now` are its value or title before and after; of what is added, `now` are
    its parts."""

    what: str
    name: str
    why: str = ""
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A pack that a rule set is made of. `role`: base (which changes nothing), overlay, or
    configuration."""

    name: str
    version: str = ""
    role: str = "overlay"
    changes: tuple[LayerChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Layers:
    """The packs from the base up; and which of them each rule that is in force and each setting
    comes from: a place in `packs`."""

    packs: tuple[Layer, ...]
    rules: Mapping[str, int]
    settings: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A checked rule set. Holding one is proof that there were no errors.

    `rules` are sorted by id, then by `applies_from`. `schema` is the schema with the gathered
    kinds among its kinds. `digest` is the SHA-256 of what the rules say, whatever their order,
    files and layout (S24).
    """

    schema: Schema
    rules: tuple[Rule, ...]
    definitions: Mapping[tuple[str, str], Definition]
    gatherings: Mapping[str, Gathering]
    settings: Mapping[str, SettingPlan]
    examples: tuple[ExamplePlan, ...]
    digest: str
    layers: Layers | None = None  # where overlays are in use
