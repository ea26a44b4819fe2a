"""Sets of records (S8, S19): there is, every, number of, totals, picks, new words since any.

Each member of a set is there truly or perhaps; an unseen record outside coverage is there
perhaps, as often as may be, unless its date alone says that it is not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from policyengine.evaluate.scene import (
    Evaluated,
    Frame,
    NoRecord,
    NumberRange,
    UnsureRecord,
    order_moment,
)
from policyengine.plan import core
from policyengine.records.model import Record
from policyengine.values.moments import Moment
from policyengine.values.truth import Reason, Reasons, Truth, Unknown, Why, joined
from policyengine.values.words import distinct_words

if TYPE_CHECKING:
    from policyengine.evaluate.expressions import Compiler

Member = tuple[Record, Truth]
Records = Literal["latest", "earliest"]


class RecordsOf:
    """A record set, ready to be walked."""

    __slots__ = ("condition", "kind", "slot", "where")

    def __init__(self, compiler: Compiler, records: core.RecordSet) -> None:
        self.kind = records.kind
        self.slot = records.slot
        self.condition = records.where
        self.where = None if records.where is None else compiler.compile(records.where)

    def truth(self, frame: Frame, record: Record) -> Truth:
        """Whether a record is a member; its slot is left holding it."""
        frame.slots[self.slot] = record
        truth = True if self.where is None else self.where(frame)
        if truth is False:
            return False
        if record.perhaps:
            doubt = truth.reasons if isinstance(truth, Unknown) else ()
            return Unknown(joined(record.perhaps, doubt))
        return truth  # type: ignore[return-value]

    def members(self, frame: Frame) -> list[Member]:
        """The members, true and perhaps, in order; unseen ones apart."""
        found: list[Member] = []
        for record in frame.scene.records(self.kind):
            truth = self.truth(frame, record)
            if truth is not False:
                found.append((record, truth))
        return found

    def unseen(self, frame: Frame) -> Reasons | None:
        """Why there may be members outside coverage, or None if there cannot be."""
        record = frame.scene.unseen(self.kind)
        if record is None:
            return None
        truth = self.truth(frame, record)
        return truth.reasons if isinstance(truth, Unknown) else None


def compile_set(compiler: Compiler, node: core.Core) -> Evaluated:
    """The closure of a node that walks a set."""
    match node:
        case core.ThereIs(records=records, least=least):
            return _there_is(RecordsOf(compiler, records), least)
        case core.Every(records=records, has=has):
            return _every(RecordsOf(compiler, records), compiler.compile(has))
        case core.NumberOf(records=records):
            return _number_of(RecordsOf(compiler, records))
        case core.Pick(which=which, records=records):
            return _pick(RecordsOf(compiler, records), which)
        case core.Aggregate(how=how, records=records, value=value):
            return _aggregate(RecordsOf(compiler, records), how, compiler.compile(value))
        case core.NewWordsSinceAny(text=text, records=records, value=value):
            return _new_words_since_any(
                RecordsOf(compiler, records), compiler.compile(text), compiler.compile(value)
            )
    raise AssertionError(f"no set in {type(node).__name__}")


def _there_is(records: RecordsOf, least: int) -> Evaluated:
    def there_is(frame: Frame) -> Truth:
        sure = 0
        doubts: list[Reasons] = []
        for record in frame.scene.records(records.kind):
            truth = records.truth(frame, record)
            if truth is True:
                sure += 1
                if sure >= least:
                    return True
            elif isinstance(truth, Unknown):
                doubts.append(truth.reasons)
        unseen = records.unseen(frame)
        if unseen is not None:
            return Unknown(joined(*doubts, unseen))
        return Unknown(joined(*doubts)) if sure + len(doubts) >= least else False

    return there_is


def _every(records: RecordsOf, has: Evaluated) -> Evaluated:
    def every(frame: Frame) -> Truth:
        doubts: list[Reasons] = []
        for record in frame.scene.records(records.kind):
            counts = records.truth(frame, record)
            if counts is False:
                continue
            truth = has(frame)
            if truth is True:
                continue
            if counts is True and truth is False:
                return False
            doubts.extend(each.reasons for each in (counts, truth) if isinstance(each, Unknown))
        unseen = records.unseen(frame)
        if unseen is not None and has(frame) is not True:
            doubts.append(unseen)
        return Unknown(joined(*doubts)) if doubts else True

    return every


def _number_of(records: RecordsOf) -> Evaluated:
    def number(frame: Frame) -> object:
        members = records.members(frame)
        doubts = [truth.reasons for _, truth in members if isinstance(truth, Unknown)]
        sure = len(members) - len(doubts)
        unseen = records.unseen(frame)
        if unseen is not None:
            return NumberRange(sure, None, joined(*doubts, unseen))
        if doubts:
            return NumberRange(sure, len(members), joined(*doubts))
        return sure

    return number


def _pick(records: RecordsOf, which: Records) -> Evaluated:
    def pick(frame: Frame) -> object:
        members = records.members(frame)
        unseen = records.unseen(frame)
        if not members and unseen is None:
            return NoRecord((Reason(Why.NO_RECORD, records.kind),))
        if len(members) == 1 and unseen is None and members[0][1] is True:
            return members[0][0]
        return _first_sure(frame, records, members, unseen, which)

    return pick


def _first_sure(
    frame: Frame,
    records: RecordsOf,
    members: list[Member],
    unseen: Reasons | None,
    which: Records,
) -> object:
    """The first sure member in the order asked for, if nothing could take its place (S19)."""
    dated = [member for member in members if not _is_undated(member[0])]
    undated = [member for member in members if _is_undated(member[0])]
    doubts = [_doubt_of(record, truth) for record, truth in undated]
    taken: Record | None = None
    for record, truth in reversed(dated) if which == "latest" else dated:
        if truth is True:
            taken = record
            break
        doubts.append(truth.reasons)  # type: ignore[union-attr]
    if unseen is not None and _may_come_first(frame, records.kind, taken, which):
        doubts.append(unseen)
    if doubts:
        some = any(truth is True for _, truth in members)
        return UnsureRecord(joined(*doubts), some)
    if taken is None:
        return NoRecord((Reason(Why.NO_RECORD, records.kind),))
    return taken


def _is_undated(record: Record) -> bool:
    return record.kind.ordered_by is not None and not isinstance(order_moment(record), Moment)


def _doubt_of(record: Record, truth: Truth) -> Reasons:
    why = Reason(Why.NOT_RECORDED, record.kind.name, record.id, record.kind.ordered_by)
    return joined((why,), truth.reasons if isinstance(truth, Unknown) else ())


def _may_come_first(frame: Frame, kind: str, taken: Record | None, which: Records) -> bool:
    """Whether an unseen record could stand before the one taken."""
    unseen = frame.scene.unseen(kind)
    if taken is None or unseen is None:
        return True
    there, here = order_moment(unseen), order_moment(taken)
    if not isinstance(there, Moment) or not isinstance(here, Moment):
        return True
    return there.last >= here.day if which == "latest" else there.day <= here.last


def _aggregate(
    records: RecordsOf, how: Literal["total", "highest", "lowest"], value: Evaluated
) -> Evaluated:
    def aggregate(frame: Frame) -> object:
        doubts: list[Reasons] = []
        values: list[Decimal] = []
        for record in frame.scene.records(records.kind):
            truth = records.truth(frame, record)
            if truth is False:
                continue
            found = value(frame)
            if isinstance(truth, Unknown):
                doubts.append(truth.reasons)
            if isinstance(found, Unknown | NumberRange):
                doubts.append(found.reasons)
            elif truth is True:
                values.append(found)  # type: ignore[arg-type]
        unseen = records.unseen(frame)
        if unseen is not None:
            doubts.append(unseen)
        if doubts:
            return Unknown(joined(*doubts))
        if how == "total":
            return sum(values, Decimal(0))
        if not values:
            return Unknown((Reason(Why.NO_RECORD, records.kind),))
        return max(values) if how == "highest" else min(values)

    return aggregate


def _new_words_since_any(records: RecordsOf, text: Evaluated, value: Evaluated) -> Evaluated:
    def new_words(frame: Frame) -> object:
        said = text(frame)
        if isinstance(said, Unknown):
            return said
        new = surely_new = distinct_words(said)
        unread: list[Reasons] = []
        unsure: list[Reasons] = []
        for record in frame.scene.records(records.kind):
            truth = records.truth(frame, record)
            if truth is False:
                continue
            earlier = value(frame)
            if isinstance(earlier, Unknown):
                unread.append(earlier.reasons)
                continue
            old = distinct_words(earlier)
            surely_new -= old
            if truth is True:
                new -= old
            elif isinstance(truth, Unknown):
                unsure.append(truth.reasons)
        unseen = records.unseen(frame)
        if unseen is not None:
            unread.append(unseen)
        low = 0 if unread else len(surely_new)
        if low == len(new):
            return low
        return NumberRange(low, len(new), joined(*unread, *unsure))

    return new_words
