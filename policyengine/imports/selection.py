"""Which rows of a file are records of a kind, under which key, and whose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from policyengine.imports.batches import Batch, Get, Table
from policyengine.imports.cells import plain_texts
from policyengine.imports.clock import Clock
from policyengine.imports.fault_log import FaultLog, column_of
from policyengine.imports.faults import Action, Fault
from policyengine.imports.model import Condition, Entry, OrderAs, OrderBy, ValueSource
from policyengine.imports.owners import Owners

CASE: Final = "case"
_NOWHERE: Final = "\0nowhere"  # no text holds a NUL: the readers refuse one
Comparable = tuple[bool, Decimal] | str


@dataclass(slots=True)
class Known:
    """What is known of the export as a whole while its kinds are read one by one."""

    owners: dict[str, Owners] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    died: dict[str, str] = field(default_factory=dict)
    look_ups: dict[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Selected:
    """Rows that are records: their numbers, keys and cases; `own` is False where a case's row
    stands under a former id; `faults` are those of the rows that go on nevertheless."""

    batch: Batch
    keys: list[str]
    cases: list[str]
    current: list[bool] | None = None
    faults: dict[int, list[tuple[str, Fault]]] = field(default_factory=dict)


class Selection:
    """Takes the rows of one file. With no log, nothing is counted and nothing stops the run."""

    def __init__(self, entry: Entry, table: Table, known: Known, clock: Clock) -> None:
        self.entry = entry
        self._known = known
        self.where = [_tester(each, table) for each in entry.where]
        self.out = [_tester(each.condition, table) for each in entry.leave_out]
        self._key = None if entry.key is None else plain_texts(entry.key, table, whole=True)
        self._case = None if entry.case is None else plain_texts(entry.case, table)
        self._case_tables = [known.look_ups[name] for name in entry.case_look_ups]
        through = None if entry.through is None else entry.field(entry.through)
        self.through = None if through is None else plain_texts(through.source, table)
        self.target = None if through is None else through.field.target
        self._period = None if entry.period is None else plain_texts(entry.period, table)
        self._submission = (
            None if entry.submission is None else _order(entry.submission, table, clock)
        )
        self._latest = [_order(each, table, clock) for each in entry.latest_by]

    def submissions(self, batch: Batch) -> list[tuple[str, Comparable]]:
        """The period and the submission of each row, where the mapping speaks of them."""
        if self._period is None or self._submission is None:
            return []
        return self.sent(self._wanted(batch))

    def sent(self, batch: Batch) -> list[tuple[str, Comparable]]:
        """The same of all rows, whether they are wanted or not."""
        if self._period is None or self._submission is None:
            return []
        return list(zip(self._period(batch), self._submission(batch), strict=True))

    @property
    def former(self) -> Mapping[str, str]:
        """The ids that hold no more, each with the one that does."""
        return self._known.former

    def keys(self, batch: Batch) -> list[str]:
        """The keys of rows; of cases, those that hold now."""
        keys = [""] * len(batch.numbers) if self._key is None else list(self._key(batch))
        return self._renamed(keys) if self.entry.kind.name == CASE else keys

    def cases(self, batch: Batch) -> list[str]:
        """Whose rows are, where they say so."""
        if self._case is None:
            return [""] * len(batch.numbers)
        return self._renamed(self._looked_up(self._case(batch)))

    def owners_through(self) -> Owners | None:
        """The records through which it is known whose a row is."""
        return self._known.owners.get(self.target or "")

    def owners_of_cases(self) -> Owners:
        """The cases."""
        return self._known.owners[CASE]

    def order(self, selected: Selected) -> list[tuple[Comparable | bool, ...]]:
        """What says which of several rows of one key is the later."""
        columns: list[Sequence[Comparable | bool]] = [get(selected.batch) for get in self._latest]
        if selected.current is not None:
            columns.insert(0, selected.current)
        if not columns:
            return [()] * len(selected.keys)
        return list(zip(*columns, strict=True))

    def take(
        self, batch: Batch, latest: Mapping[str, Comparable], log: FaultLog | None
    ) -> Selected:
        """The rows that are records. `latest` is the submission that counts for each period."""
        if log is not None:
            log.load.in_files += len(batch.numbers) + len(batch.faulty)
            log.load.read += len(batch.faulty)
            for number, fault in batch.faulty:
                log.reject(log.place(number), fault)
        wanted = self._wanted(batch)
        if log is not None:
            log.load.set_aside += len(batch.numbers) - len(wanted.numbers)
            log.load.read += len(wanted.numbers)
        wanted = self._not_left_out(wanted, log)
        wanted = self._submitted(wanted, latest, log)
        return self._owned(wanted, log)

    def _wanted(self, batch: Batch) -> Batch:
        for test in self.where:
            holds = test(batch)
            if not all(holds):
                batch = batch.only([place for place, yes in enumerate(holds) if yes])
        return batch

    def _not_left_out(self, batch: Batch, log: FaultLog | None) -> Batch:
        for test, each in zip(self.out, self.entry.leave_out, strict=True):
            holds = test(batch)
            if any(holds):
                if log is not None:
                    column = column_of(each.condition.column)
                    for place, yes in enumerate(holds):
                        if yes:
                            log.reject(log.place(batch.numbers[place]), each.fault, column)
                batch = batch.only([place for place, yes in enumerate(holds) if not yes])
        return batch

    def _submitted(
        self, batch: Batch, latest: Mapping[str, Comparable], log: FaultLog | None
    ) -> Batch:
        if self._period is None or self._submission is None:
            return batch
        pairs = zip(self._period(batch), self._submission(batch), strict=True)
        kept = [place for place, (period, sent) in enumerate(pairs) if latest.get(period) == sent]
        if len(kept) == len(batch.numbers):
            return batch
        if log is not None:
            log.load.merged += len(batch.numbers) - len(kept)
        return batch.only(kept)

    def _owned(self, batch: Batch, log: FaultLog | None) -> Selected:
        number = len(batch.numbers)
        keys = [""] * number if self._key is None else self._key(batch)
        made = Selected(batch, list(keys), [""] * number)
        if self.entry.kind.name == CASE:
            self._as_cases(made)
        elif self.through is not None:
            owners = self.owners_through()
            refs = self.through(batch)
            made.cases = [(owners.case_of(ref) if owners else None) or "" for ref in refs]
            self._drop(made, made.cases, Fault.ORPHAN_CASE, column_of(self._through_source()), log)
        elif self._case is not None:
            made.cases = self.cases(batch)
            column = column_of(self.entry.case)
            self._drop(made, made.cases, Fault.BLANK_CASE, column, log)
            known = self.owners_of_cases().first
            if not all(map(known.__contains__, made.cases)):
                there = [case if case in known else "" for case in made.cases]
                self._drop(made, there, Fault.ORPHAN_CASE, column, log)
        if self._key is not None:
            self._keyed(made, log)
        return made

    def _through_source(self) -> ValueSource | None:
        field = self.entry.field(self.entry.through or "")
        return None if field is None else field.source

    def _as_cases(self, made: Selected) -> None:
        """Of a case, the key is the case's id; the one that holds now, if it was renamed."""
        if self._known.former:
            now = self._renamed(made.keys)
            made.current = [old == new for old, new in zip(made.keys, now, strict=True)]
            made.keys = now
        made.cases = made.keys

    def _looked_up(self, texts: Sequence[str]) -> Sequence[str]:
        """The cases that texts lead to; what is not in a table leads to none that there is."""
        for table in self._case_tables:
            texts = [table.get(text, _NOWHERE) if text else "" for text in texts]
        return texts

    def _renamed(self, cases: Sequence[str]) -> list[str]:
        former = self._known.former
        if not former or former.keys().isdisjoint(cases):
            return list(cases)
        return [former.get(case, case) for case in cases]

    def _keyed(self, made: Selected, log: FaultLog | None) -> None:
        """A blank key: noted, or reason enough to reject the row."""
        if "" not in made.keys:
            return
        column = column_of(self.entry.key)
        if self.entry.actions[Fault.BLANK_KEY] is not Action.WARN:
            self._drop(made, made.keys, Fault.BLANK_KEY, column, log)
            return
        for place, key in enumerate(made.keys):
            if not key:
                made.faults.setdefault(place, []).append(("", Fault.BLANK_KEY))
                if log is not None:
                    number = made.batch.numbers[place]
                    log.note(log.place(number), Fault.BLANK_KEY, column)

    def _drop(
        self,
        made: Selected,
        texts: Sequence[str],
        fault: Fault,
        column: str,
        log: FaultLog | None,
    ) -> None:
        """Reject the rows of which a text is blank."""
        if "" not in texts:
            return
        kept = []
        for place, text in enumerate(texts):
            if text:
                kept.append(place)
            elif log is not None:
                log.reject(log.place(made.batch.numbers[place]), fault, column)
        made.batch = made.batch.only(kept)
        made.keys = [made.keys[place] for place in kept]
        made.cases = [made.cases[place] for place in kept]
        if made.current is not None:
            made.current = [made.current[place] for place in kept]


Tester = Callable[[Batch], list[bool]]
Ordering = Callable[[Batch], list[Comparable]]


def _tester(condition: Condition, table: Table) -> Tester:
    get = plain_texts(condition.column, table)
    texts, negated = condition.texts, condition.negated
    if condition.filled is not None:
        filled = condition.filled
        return lambda batch: [bool(text) is filled for text in get(batch)]
    return lambda batch: [(text in texts) is not negated for text in get(batch)]


def _order(by: OrderBy, table: Table, clock: Clock) -> Ordering:
    get: Get = plain_texts(by.column, table)
    match by.compared:
        case OrderAs.TEXT:
            return lambda batch: list(get(batch))
        case OrderAs.NUMBER:
            return lambda batch: [_as_number(text) for text in get(batch)]
        case OrderAs.DATE:
            return lambda batch: [_as_day(clock.instant(text)) for text in get(batch)]


def _as_number(text: str) -> tuple[bool, Decimal]:
    """A number; what is none comes before all that are."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False, Decimal(0)
    return (True, number) if number.is_finite() else (False, Decimal(0))


def _as_day(found: str | Fault) -> str:
    return "" if isinstance(found, Fault) else found
