"""The statements of each rule, several rules at a time: DuckDB plans a statement on one thread,
and for a range of cases planning is a good part of the work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.database import threads_of
from policyengine.bulk.reasons import Bits
from policyengine.bulk.rules import Detail, Judged
from policyengine.bulk.terms import NotCompiledError
from policyengine.plan import core

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

MOST_AT_ONCE: Final = 4  # rules: each holds what it joins in memory
Sql = str


@dataclass(slots=True)
class Job:
    """A rule's statements: tables to make `before`, and one for each version, in such `detail`.
    `owner` is the column that names the team. `refused` says why there are none. Of several rules
    `together` has those of each, which read what `sql` gives."""

    id: str
    detail: Detail
    owner: Sql = ""
    before: list[tuple[str, Sql]] = field(default_factory=list)
    judged: list[tuple[core.Rule, Judged]] = field(default_factory=list)
    refused: NotCompiledError | None = None
    bits: Bits | None = None  # what those of its reasons mean, where they are bits
    sql: Sql = ""  # what judges several rules together
    together: list[Job] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a statement."""

    names: list[str]
    rows: list[tuple[Any, ...]]

    def dictionaries(self) -> Iterator[Mapping[str, Any]]:
        """Each row by its columns' names."""
        for row in self.rows:
            yield dict(zip(self.names, row, strict=True))


@dataclass(slots=True)
class Answer:
    """What a rule's statements said: a table or columns for each version, and the instances that
    the reference engine must judge; or that of several rules."""

    tables: list[Table] = field(default_factory=list)
    columns: list[pa.Table] = field(default_factory=list)
    escalated: Sequence[int] = ()
    together: list[Answer] = field(default_factory=list)


def run_all(
    con: DuckDBPyConnection, jobs: Iterable[Job]
) -> Iterator[tuple[Job, Answer | Exception]]:
    """Each job with its answer, or the error that it came to, in the order given."""
    threads = threads_of(con)
    if threads == 1:
        for job in jobs:
            yield job, answer_of(con, job)
        return
    many = min(threads, MOST_AT_ONCE)
    free: SimpleQueue[DuckDBPyConnection] = SimpleQueue()
    cursors = [con.cursor() for _ in range(many)]
    for cursor in cursors:
        free.put(cursor)

    def work(job: Job) -> Answer | Exception:
        cursor = free.get()
        try:
            return answer_of(cursor, job)
        finally:
            free.put(cursor)

    waiting: deque[tuple[Job, Future[Answer | Exception]]] = deque()
    with ThreadPoolExecutor(many) as pool:
        try:
            for job in jobs:  # no more answers wait in memory than a few
                if len(waiting) > 2 * many:
                    before, future = waiting.popleft()
                    yield before, future.result()
                waiting.append((job, pool.submit(work, job)))
            while waiting:
                before, future = waiting.popleft()
                yield before, future.result()
        finally:  # on the way out of an interrupt no statement goes on
            for _, future in waiting:
                future.cancel()
            if any(not future.done() for _, future in waiting):
                for cursor in cursors:
                    cursor.interrupt()
    for cursor in cursors:
        cursor.close()


def answer_of(con: DuckDBPyConnection, job: Job) -> Answer | Exception:
    """What a job comes to."""
    import duckdb

    if job.refused is not None:
        return job.refused
    try:
        for name, sql in job.before:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        if job.together:
            return _together(con, job)
        return _tallied(con, job) if job.detail is Detail.TALLY else _told(con, job)
    except duckdb.Error as error:
        return error


def _together(con: DuckDBPyConnection, job: Job) -> Answer:
    con.execute(f"CREATE OR REPLACE TEMP TABLE together AS {job.sql}")
    found = con.sql("FROM together").to_arrow_table()
    answers = []
    for each in job.together:
        ((_, judged),) = each.judged
        mine = found.select(list(judged.given.values())).rename_columns(list(judged.given))
        answers.append(_without_escalated([mine], [judged]))
    return Answer(together=answers)


def _tallied(con: DuckDBPyConnection, job: Job) -> Answer:
    """The columns of each version."""
    tables = []
    for _, judged in job.judged:
        # Asked for as columns at once, a statement would be planned twice.
        con.execute(f"CREATE OR REPLACE TEMP TABLE j AS {judged.sql}")
        tables.append(con.sql("FROM j").to_arrow_table())
    return _without_escalated(tables, [judged for _, judged in job.judged])


def _without_escalated(tables: list[pa.Table], several: Sequence[Judged]) -> Answer:
    """The columns without the cases that the reference engine must judge."""
    import numpy as np
    import pyarrow.compute as pc

    answer, escalated = Answer(columns=tables), set[int]()
    for found, judged in zip(tables, several, strict=True):
        if judged.may_escalate:
            said = pc.filter(found["cs"], found["escalated"])
            escalated |= {int(cs) for cs in said.to_pylist() if cs is not None}
    if escalated:
        out = np.fromiter(escalated, np.int64)
        for place, table in enumerate(answer.columns):
            answer.columns[place] = table.filter(~np.isin(table["cs"].to_numpy(), out))
    answer.escalated = sorted(escalated)
    return answer


def _told(con: DuckDBPyConnection, job: Job) -> Answer:
    answer, escalated = Answer(), set[int]()
    for _, judged in job.judged:
        con.execute(f"CREATE OR REPLACE TEMP TABLE j AS {judged.sql}")
        if judged.may_escalate:
            left = con.execute("SELECT DISTINCT cs FROM j WHERE escalated").fetchall()
            escalated |= {cs for (cs,) in left}
        rows = con.execute(f"SELECT j.*, {job.owner} FROM j ORDER BY j.cs, j.rid, j.pair")
        answer.tables.append(Table([each[0] for each in rows.description or ()], rows.fetchall()))
    answer.escalated = sorted(escalated)
    return answer
