"""The cases of an export, a range at a time; where there are processors for them, several ranges
at a time, each by a process of its own: a database that judges one range seldom has work for more
than one thread, and of Python a process has one.

The processes are forked (Linux), so that nothing of the plan and of what was learnt of the export
is made twice. No thread may hold a lock then, so the database that they come from has one thread,
as has each of them; elsewhere ranges are judged one after the other, and the database has the
threads.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import connection
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from policyengine.bulk.database import BulkError, database, stopped_by
from policyengine.bulk.engine import BulkEngine, Notes, ids_of
from policyengine.bulk.loading.ranges import CAN_FORK, Folder
from policyengine.bulk.loading.room import MOST, limit_of
from policyengine.bulk.loading.walk import Walk
from policyengine.records.model import CaseRecords, Export, LoadReport

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from duckdb import DuckDBPyConnection

RANGE: Final = 10_000  # cases at a time: memory is bounded by this, whatever the export holds
MOST_HANDS: Final = 8  # ranges at a time
MANY: Final = 10_000_000  # of a rule and a case: for these it takes more memory, unasked
LEAST_MEMORY: Final = 256 << 20  # bytes: less is not divided
LEAST_CASES: Final = 8_000  # of a range that is one of several for the sake of processors
A_MOMENT: Final = 0.1  # seconds
LOST: Final = "the bulk engine stopped: a process of it ended; is there enough memory?"

Made = TypeVar("Made")
Work = Callable[[BulkEngine, Sequence[CaseRecords]], Made]
Opened = Callable[["DuckDBPyConnection"], BulkEngine]


@dataclass(frozen=True, slots=True)
class Means:
    """What the bulk engine may use. `memory` is such as `4GB`; None: as DuckDB thinks fit. `hands`
    are the ranges that are judged at a time."""

    memory: str | None = None
    threads: int | None = None
    cases_at_once: int = RANGE
    hands: int = 1


def judged(
    export: Export, how: Means, opened: Opened, work: Work[Made], notes: Notes
) -> Iterator[tuple[Sequence[str], Made]]:
    """The ids of each range of cases, and what `work` makes of it, in the order of the ranges.
    What the engines note is added to `notes`. `opened` makes an engine; it and `work` may run in
    another process, from which what is made comes back by `pickle`.

    Raises `ExportError` where a file is at fault, `BulkError` where memory or disk run out.
    """
    folder = export.bulk
    if isinstance(folder, Folder) and how.hands > 1 and folder.ids.count > how.cases_at_once:
        with _Hands(folder, export, how) as several:
            yield from several.judged(opened, work, notes)
        return
    with _one_by_one(export, how) as (con, ranges), database_faults(export):
        engine = opened(con)
        for some in ranges:
            made = work(engine, some)
            yield ids_of(some), made
        notes.add(engine.notes)


def spread(how: Means, folder: Folder, rules: int, most: int = MOST) -> Means:
    """How many cases a range is to have, at `most`, where so many rules are judged: as many as
    there is room for, and so that all hands have as much to do."""
    if how.cases_at_once != RANGE:
        return how  # somebody said
    hands = hands_of(folder, rules)
    at_once = min(most, folder.fitting(rules, hands))
    cases = folder.ids.count
    ranges = max(1, -(-cases // at_once))
    even = -(-ranges // hands) * hands
    if cases < even * min(LEAST_CASES, at_once):
        even = ranges
    return replace(how, cases_at_once=max(1, -(-cases // even)), hands=hands)


def hands_of(folder: Folder, rules: int) -> int:
    """How many ranges are judged at a time. Each takes memory of its own: for a few rules, or
    cases, there are several only where somebody said how much there is, or how many threads."""
    if folder.another is None or not CAN_FORK:
        return 1
    if not folder.is_granted:
        is_worth_it = folder.is_asked or rules * folder.ids.count >= MANY
        return min(folder.threads, MOST_HANDS) if is_worth_it else 1
    by_memory = int(limit_of(folder.con) / LEAST_MEMORY)
    return max(1, min(folder.threads, by_memory, MOST_HANDS))


@contextmanager
def _one_by_one(
    export: Export, how: Means
) -> Iterator[tuple[DuckDBPyConnection, Iterator[Sequence[CaseRecords]]]]:
    """A database, and the cases of an export, so many at a time: those that the database reads
    itself, or those that Python has read."""
    if isinstance(export.bulk, Folder):
        yield export.bulk.con, export.bulk.ranges(export, how.cases_at_once)
        return
    with database(how.memory, how.threads) as con:
        cases = export.cases()
        yield con, iter(lambda: list(islice(cases, how.cases_at_once)), [])


# --- several processes ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """What comes back of a range."""

    ids: Sequence[str]
    made: Any
    load: LoadReport
    digest: int


class _Hands:
    """Some processes, of which the first has the ranges 0, n, 2n and so on, the second 1, n + 1."""

    def __init__(self, folder: Folder, export: Export, how: Means) -> None:
        self.folder = folder
        self.export = export
        self.walk = Walk(folder, export, how.cases_at_once)
        self.count = min(how.hands, self.walk.count)
        self._ends: list[Connection] = []
        self._processes: list[multiprocessing.context.ForkProcess] = []

    def __enter__(self) -> _Hands:
        return self

    def __exit__(self, *_: object) -> None:
        """No process outlives the run: what they wrote goes with its folder."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        for end in self._ends:
            end.close()

    def judged(
        self, opened: Opened, work: Work[Made], notes: Notes
    ) -> Iterator[tuple[Sequence[str], Made]]:
        """As `side_by_side.judged` has it."""
        tables = self.folder.looked_up()
        for place in range(self.count):
            self._start(place, (tables, opened, work))
        for number in range(self.walk.count):
            part = self._said(number % self.count)
            assert isinstance(part, _Part)
            self.walk.add(number, part.load, part.digest)
            yield part.ids, part.made
        for place in range(self.count):
            notes.add(self._said(place))
        self.walk.finish()

    def _start(self, place: int, what: tuple[Any, Opened, Work[Any]]) -> None:
        fork = multiprocessing.get_context("fork")
        mine, other = fork.Pipe(duplex=False)
        process = fork.Process(target=self._run, args=(place, other, *what), daemon=True)
        with warnings.catch_warnings():  # of threads, of which none is at work here
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        other.close()
        self._ends.append(mine)
        self._processes.append(process)

    def _said(self, place: int) -> Any:
        """What a process says next. Raises what it raised."""
        end = self._ends[place]
        try:
            while not end.poll(A_MOMENT):
                pass  # another thread may have got the signal that is to end this wait
            said = pickle.loads(end.recv_bytes())  # noqa: S301 - our own process's
        except EOFError:
            raise BulkError(LOST) from None
        if isinstance(said, BaseException):
            raise said
        return said

    # --- in a process of its own ----------------------------------------------------------------

    def _run(
        self, place: int, to: Connection, tables: Any, opened: Opened, work: Work[Any]
    ) -> None:
        signal.set_wakeup_fd(-1)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)  # whoever waits has heard it too
        Thread(target=_end_with_parent, daemon=True).start()
        try:
            for said in self._parts(place, tables, opened, work):
                to.send_bytes(pickle.dumps(said, pickle.HIGHEST_PROTOCOL))
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            to.send_bytes(_as_said(error))

    def _parts(
        self, place: int, tables: Any, opened: Opened, work: Work[Any]
    ) -> Iterator[_Part | Notes]:
        with ExitStack() as stack:
            stack.enter_context(database_faults(self.export))
            assert self.folder.another is not None
            con = stack.enter_context(self.folder.another(self.count))
            own = self.folder.beside(con, tables)
            engine = opened(con)
            for number in range(place, self.walk.count, self.count):
                with self.walk.range(number, own) as some:
                    made = work(engine, some)
                yield _Part(ids_of(some), made, *self.walk.counted(number))
            yield engine.notes


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _as_said(error: BaseException) -> bytes:
    """An error for another process; of one that cannot be sent, its kind."""
    try:
        said = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        pickle.loads(said)  # noqa: S301 - it was written here
    except Exception:  # noqa: BLE001 - whatever it is
        return pickle.dumps(AssertionError(f"a process ended by {type(error).__name__}"))
    return said


@contextmanager
def database_faults(export: Export) -> Iterator[None]:
    """What the database cannot do: `ExportError` where a file is at fault, `BulkError` where
    memory or disk run out. Any other error of it is ours, and says nothing of a record."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        if isinstance(export.bulk, Folder):
            export.bulk.files.blame(error)
        stopped_by(error)
        raise AssertionError(f"the database failed: {type(error).__name__}") from None
