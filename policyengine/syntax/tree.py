"""The policy as its author wrote it: one class per construct, nothing resolved.

Invariant: a node is a value. It never changes, never points up, and holds no meaning; names and
types are settled in `policy`, and what is only another way of saying something is taken away
there. Spans do not count in comparisons: two layouts of one text give equal trees.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from policyengine.source import Span
from policyengine.values.durations import Duration
from policyengine.values.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything with a place in a file."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A bare word: `rights_discussion`; a rule id: `CTO-01`; a label."""

    text: str


# --- expressions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr(Node):
    """Any expression: conditions and values are one hierarchy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLiteral(Expr):
    """`"understood"`"""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(Expr):
    """`yes`, `no`"""

    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Expr):
    """`42`, `9.5`, `95 percent`"""

    value: Decimal
    percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLiteral(Expr):
    """`2026-04-01`"""

    value: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DateTimeLiteral(Expr):
    """`2026-04-01T14:30`, local time of the schema's zone"""

    value: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationLiteral(Expr):
    """`7 days`, `5 working days`"""

    value: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Expr):
    """`rights_window`, `cto.started_on`, `plan_review.plan.made_on`: one or more names"""

    parts: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsAt(Expr):
    """`as_at`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Expr):
    """`not A`"""

    operand: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Expr):
    """`A and B and C`"""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Expr):
    """`A or B or C`"""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Expr):
    """`all of (A, B)`, or itemised with `- `; `least` only for `at least N of`"""

    how: Literal["all", "any", "none", "at least"]
    items: tuple[Expr, ...]
    least: int | None = None
    itemised: bool = False


Comparator = Literal["is", "is at least", "is at most", "is more than", "is less than"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Expr):
    """`A is B`, `A is at least B`, `A is not B`; `>=` and the like are read as the words"""

    how: Comparator
    left: Expr
    right: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IsBetween(Expr):
    """`A is between B and C`, ends included"""

    value: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IsOneOf(Expr):
    """`A is one of ("x", "y")`, or of a list setting: then `options` is a single Path and
    `named` is true"""

    value: Expr
    options: tuple[Expr, ...]
    named: bool = False
    negated: bool = False


DateComparator = Literal["on", "before", "after", "on or before", "on or after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateCompare(Expr):
    """`A is on or before B`"""

    how: DateComparator
    left: Expr
    right: Expr
    negated: bool = False


Side = Literal["after", "before", "either side of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsWithin(Expr):
    """`A is within 7 days after B`"""

    event: Expr
    allowance: Expr
    side: Side
    anchor: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Expr):
    """`A is recorded`, `A is known`, `A is open`"""

    how: Literal["recorded", "known", "open"]
    operand: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTest(Expr):
    """`A mentions "words"`, `A matches "pattern"`, `A repeats B`; negated: `does not ...`"""

    how: Literal["mentions", "matches", "repeats"]
    left: Expr
    right: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ThereIs(Expr):
    """`there is a|an|no|at least N KIND [as NAME] [where (CONDITION)]`"""

    kind: Name
    none: bool = False
    least: int | None = None
    alias: Name | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Every(Expr):
    """`every KIND [as NAME] [where (A)] has (B)`"""

    kind: Name
    has: Expr
    alias: Name | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(Expr):
    """`latest KIND [as NAME] [where (A)]`, `earliest ...`"""

    which: Literal["latest", "earliest"]
    kind: Name
    alias: Name | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOf(Expr):
    """`number of KIND [as NAME] [where (A)]`"""

    kind: Name
    alias: Name | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Expr):
    """`total of KIND.FIELD [where (A)]`, `highest of`, `lowest of`"""

    how: Literal["total", "highest", "lowest"]
    kind: Name
    field: Name
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsIn(Expr):
    """`number of words in A`"""

    text: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWords(Expr):
    """`number of new words in A since B`"""

    text: Expr
    since: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWordsSinceAny(Expr):
    """`number of new words in A since any KIND.FIELD [where (B)]`"""

    text: Expr
    kind: Name
    field: Name
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity(Expr):
    """`similarity of A to B`"""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Expr):
    """`A + B`, `A - B`: numbers, or a date and a duration"""

    sign: Literal["+", "-"]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysFrom(Expr):
    """`days from A to B`"""

    start: Expr
    end: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAt(Expr):
    """`age of BIRTH at DATE`"""

    birth: Expr
    at: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOf(Expr):
    """`start of month of DATE`, `start of year of DATE`"""

    unit: Literal["month", "year"]
    date: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEnd(Expr):
    """`end of D beginning with DATE`"""

    length: Expr
    date: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodStart(Expr):
    """`start of D ending on DATE`"""

    length: Expr
    date: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeOf(Expr):
    """`later of (A, B)`, `earlier of (A, B)`"""

    which: Literal["later", "earlier"]
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Expr):
    """`A if C, B if D, otherwise E`: only in a `let`"""

    options: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr


# --- windows and duties -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Node):
    """When the event must fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(Window):
    """`within D after T [counting that day] [or the next working day]`"""

    allowance: Expr
    side: Side
    anchor: Expr
    counting_that_day: bool = False
    or_next_working_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Window):
    """`between T and T [or the next working day]`"""

    first: Expr
    last: Expr
    or_next_working_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheDayOf(Window):
    """`on the day of T`"""

    anchor: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLaterThan(Window):
    """`no later than T [or the next working day]`; `before T` has `strictly`"""

    anchor: Expr
    strictly: bool = False
    or_next_working_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeastEvery(Window):
    """`at least every D from T [while C]`"""

    interval: Expr
    anchor: Expr
    while_: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Node):
    """What `must` or `should` be. `force` is on the rule's clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Have(Duty):
    """`have [a|an|at least N] KIND [as NAME] [WINDOW] [where A]`, or `have RECORD.FIELD WINDOW`:
    then `what` has two or more parts"""

    what: Path
    least: int | None = None
    alias: Name | None = None
    window: Window | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHave(Duty):
    """`not have [a|an] KIND [as NAME] [WINDOW] [where A]`"""

    what: Path
    alias: Name | None = None
    window: Window | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Duty):
    """`show CONDITION`, `show WINDOW that CONDITION`"""

    condition: Expr
    window: Window | None = None


# --- clauses of a rule --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause(Node):
    """A clause of a rule, in the order in which they were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityClause(Clause):
    """`severity critical`"""

    level: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPoint(Clause):
    """`learning point 1`"""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags(Clause):
    """`tag carers, audit`"""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Clause):
    """`source "TEXT" [quoting "TEXT"]`"""

    text: str
    quoting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies(Clause):
    """`applies from DATE [until DATE]`, both included"""

    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion(Node):
    """`with each KIND [as NAME] [where A]`"""

    kind: Name
    alias: Name | None = None
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Clause):
    """`for each KIND [as NAME] [where A] [with its previous as P] [with each ...]`"""

    kind: Name
    alias: Name | None = None
    where: Expr | None = None
    previous: Name | None = None
    companion: Companion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Let(Clause):
    """`let NAME be EXPRESSION`"""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Clause):
    """`when CONDITION`"""

    condition: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTellIf(Clause):
    """`cannot tell if CONDITION because "TEXT"`"""

    condition: Expr
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unless(Clause):
    """`unless CONDITION because "TEXT"`"""

    condition: Expr
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyClause(Clause):
    """`must DUTY`, `should DUTY`"""

    force: Literal["must", "should"]
    duty: Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankMeansBreached(Clause):
    """`blank means breached because "TEXT"`"""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceMeansCannotTell(Clause):
    """`silence means cannot tell because "TEXT"`"""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Clause):
    """`target at least N percent`"""

    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Node):
    """A text with `{...}`: texts and expressions in turn. `{deadline}` is a Path named so."""

    parts: tuple[str | Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Clause):
    """`say "TEXT"`"""

    text: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class FixClause(Clause):
    """`fix "TEXT"`"""

    text: Template


# --- top level ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Node):
    """Anything that stands at top level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Item):
    """`policy "TITLE"` with `owner`, `source`, `review by`"""

    title: str
    owner: str | None = None
    sources: tuple[str, ...] = ()
    review_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedValue(Node):
    """A value of a setting, from a date on (None: always has been)"""

    value: Expr
    start: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Item):
    """`setting NAME is A, B from DATE ["why"]`; a list setting has `options` and no `values`"""

    name: Name
    values: tuple[DatedValue, ...] = ()
    options: tuple[Expr, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Define(Item):
    """`define KIND.NAME [with its previous as P] as EXPRESSION`"""

    kind: Name
    name: Name
    value: Expr
    previous: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherSource(Node):
    """`KIND by FIELD [where (A)]`"""

    kind: Name
    field: Name
    where: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather(Item):
    """`gather NAME from KIND by FIELD [where (A)], ...`"""

    name: Name
    sources: tuple[GatherSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleItem(Item):
    """`rule ID "TITLE"` and its clauses"""

    id: Name
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenField(Node):
    """`started_on 2026-01-01`; the value is a literal, or a Path of one part: a label"""

    field: Name
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Node):
    """`given [N] KIND [LABEL]: FIELD VALUE, ...`; the kind may be `case`"""

    kind: Name
    fields: tuple[GivenField, ...] = ()
    count: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSetting(Node):
    """`given setting NAME is VALUE`"""

    name: Name
    values: tuple[Expr, ...]
    listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNoHistory(Node):
    """`given no history of KIND before DATE`"""

    kind: Name
    before: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Node):
    """`expect [RULE] VERDICT [for LABEL] [, deadline DATE]`; `no finding` has no verdict"""

    verdict: Verdict | None
    rule: Name | None = None
    label: str | None = None
    deadline: date | datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Item):
    """`example "WHAT IT SHOWS" [for RULE] as at DATE [known by DATE]`"""

    title: str
    as_at: date
    rule: Name | None = None
    known_by: date | None = None
    givens: tuple[Given | GivenSetting | GivenNoHistory, ...] = ()
    expects: tuple[Expect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as it stands: `text` without the `#`; `own_line` if nothing stands before it."""

    span: Span = field(compare=False)
    text: str
    own_line: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """One parsed file: what stands at top level, in order, and its comments."""

    file: object = field(compare=False, repr=False)
    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
