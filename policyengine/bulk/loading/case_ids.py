"""Cases by number: `cmap` has each spelling of a case id that a file holds, and its case's number
in the order of ids. Rows without a case are counted, and fall away."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.kind_table import PLAIN
from policyengine.bulk.loading.letters import Letters
from policyengine.bulk.loading.meanings import insert
from policyengine.bulk.loading.sources import CASE_ID, Source
from policyengine.records.clock_texts import Misfit
from policyengine.records.tables import TableFolder
from policyengine.records.typing import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CASE: Final = "case"


class CaseIds:
    """Numbers the cases of an export, and finds the case of each row."""

    def __init__(self, con: DuckDBPyConnection, reader: TableFolder, letters: Letters) -> None:
        self.con = con
        self.reader = reader
        self.letters = letters
        self.count = 0
        self.twice: set[int] = set()

    def number(self, source: Source) -> None:
        """Take the cases from their table."""
        con = self.con
        inner = source.select({"raw": source.cell(CASE_ID)})
        con.execute(
            f"CREATE TEMP TABLE raw_ids AS SELECT raw, count(*) AS n FROM ({inner}) GROUP BY raw"
        )
        self._begin()
        plain = PLAIN.format(v="raw")
        con.execute(f"INSERT INTO ids SELECT raw, raw FROM raw_ids WHERE {plain}")
        rest = con.execute(f"SELECT raw, n FROM raw_ids WHERE ({plain}) IS NOT TRUE").fetchall()
        self._odd(CASE, rest, source.coded)
        con.execute(
            "CREATE TEMP TABLE case_ids AS SELECT id, n, CAST(row_number() OVER (ORDER BY id) - 1 "
            "AS INTEGER) AS c FROM (SELECT i.id, sum(r.n) AS n FROM ids i JOIN raw_ids r "
            "ON r.raw = i.raw GROUP BY i.id)"
        )
        con.execute(
            "CREATE TEMP TABLE cmap AS SELECT i.raw, c.c, c.id "
            "FROM ids i JOIN case_ids c USING (id)"
        )
        self.count = con.execute("SELECT count(*) FROM case_ids").fetchall()[0][0]
        for c, n in con.execute("SELECT c, n FROM case_ids WHERE n > 1").fetchall():
            self.twice.add(c)
            self.reader.reject(CASE, CASE_ID, "duplicate_case_id", int(n) - 1)
        for name in ("raw_ids", "case_ids", "ids"):  # a table that is emptied keeps its memory
            con.execute(f"DROP TABLE {name}")

    def _begin(self) -> None:
        """Room for the ids that `_odd` reads."""
        self.con.execute("CREATE OR REPLACE TEMP TABLE ids (raw VARCHAR, id VARCHAR)")

    def number_of(self, case_id: str) -> int | None:
        """The number of a case by its id."""
        found = self.con.execute("SELECT c FROM cmap WHERE id = ? LIMIT 1", [case_id]).fetchall()
        return found[0][0] if found else None

    def numbers_of(self, case_ids: Collection[str]) -> dict[int, str]:
        """The ids of cases by their numbers."""
        import pyarrow as pa

        self.con.execute("CREATE OR REPLACE TEMP TABLE asked_names (id VARCHAR)")
        insert(self.con, "asked_names", pa.table({"id": pa.array(sorted(case_ids), pa.string())}))
        found = self.con.execute("SELECT c, id FROM cmap SEMI JOIN asked_names USING (id)")
        return dict(found.fetchall())

    def match(self, source: Source) -> None:
        """Count the rows of a table that belong to no case."""
        con, kind = self.con, source.kind.name
        inner = source.select({"raw": source.cell(CASE_ID)})
        without = f"FROM ({inner}) t ANTI JOIN cmap m ON m.raw = t.raw"
        lost = con.execute(f"SELECT count(*) {without}").fetchall()[0][0]
        if not lost:
            return
        plain = PLAIN.format(v="t.raw")
        rest = con.execute(
            f"SELECT t.raw, count(*) {without} WHERE ({plain}) IS NOT TRUE GROUP BY t.raw"
        ).fetchall()
        self._begin()
        kept = self._odd(kind, rest, source.coded)
        con.execute(
            "INSERT INTO cmap SELECT DISTINCT i.raw, c.c, c.id FROM ids i JOIN cmap c USING (id)"
        )
        matched = con.execute(f"SELECT count(*) {without}").fetchall()[0][0]
        blank = sum(n for _, n in rest) - kept
        self.reader.reject(kind, CASE_ID, "orphan_case", matched - blank)

    def _odd(self, kind: str, found: list[tuple[str | None, int]], coded: bool) -> int:
        """Read the ids that are not plain; how many rows have one. The others are rejected."""
        import pyarrow as pa

        raws: list[str] = []
        ids: list[str] = []
        rows = 0
        for raw, n in found:
            id = identifier(self.letters.decode(raw) if coded and raw is not None else raw)
            if isinstance(id, Misfit):
                self.reader.reject(kind, CASE_ID, id.value, n)
            elif id is None or raw is None:
                self.reader.reject(kind, CASE_ID, "blank_case_id", n)
            else:
                raws.append(raw)
                ids.append(id)
                rows += n
        if raws:
            batch = pa.table({"raw": pa.array(raws, pa.string()), "id": pa.array(ids, pa.string())})
            insert(self.con, "ids", batch)
        return rows
