"""Columns of Parquet that are of a field's own type: read as they are, not as texts.

Only where that is the same: no value of the column is out of a field's range, and no spelling of
`export.yaml` means something else. Whatever is not is read as a text, like a cell of CSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from policyengine.bulk.loading.meanings import Meanings, Profile
from policyengine.bulk.loading.sources import BOOLEAN, DATE, INTEGER, TIMESTAMP, Source
from policyengine.records.clock_texts import FIRST_YEAR, LAST_YEAR
from policyengine.records.typing import Column, read_cell
from policyengine.schema.model import Field, FieldType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Sql = str
# The day of a date as the engine has it: its ordinal.
ORDINAL: Final = "({v}::DATE - DATE '0001-01-01' + 1)::INTEGER"
SECONDS: Final = "((epoch_us({v}) - epoch_us({v}::DATE::TIMESTAMP)) // 1000000)::INTEGER"
_FITS: Final = {
    (FieldType.DATE, DATE),
    (FieldType.DATETIME, TIMESTAMP),
    (FieldType.YES_NO, BOOLEAN),
    (FieldType.NUMBER, INTEGER),
}


@dataclass(frozen=True, slots=True)
class NativeColumn:
    """A column that is read as it is. `sql` is its own, `type` its type."""

    sql: Sql
    type: str


def native_column(
    con: DuckDBPyConnection, source: Source, meanings: Meanings, of: Field, column: Column
) -> tuple[NativeColumn, Profile] | None:
    """The column of a field, and what it holds; None where it is to be read as texts."""
    type_, sql = source.natives.get(of.name, ("", ""))
    if (of.type, type_) not in _FITS or _is_spelt(meanings, type_, column):
        return None
    low, high = con.execute(f"SELECT min(v), max(v) FROM ({source.select({'v': sql})})").fetchall()[
        0
    ]
    profile = Profile(as_is=False, looked_up=False)
    if low is None:
        return NativeColumn(sql, type_), profile
    if type_ == INTEGER:
        profile.whole = max(len(str(abs(low))), len(str(abs(high))))
    elif type_ in (DATE, TIMESTAMP):
        if not (isinstance(low, date) and isinstance(high, date)):
            return None  # a date that Python does not have
        if not FIRST_YEAR <= low.year <= high.year <= LAST_YEAR:
            return None
        profile.span(low.toordinal(), high.toordinal())
        if type_ == TIMESTAMP:
            meanings.learn_all_days(low.toordinal(), high.toordinal())
    return NativeColumn(sql, type_), profile


def _is_spelt(meanings: Meanings, type_: str, column: Column) -> bool:
    """Whether some text that a value of the type would be has another meaning here."""
    if type_ == BOOLEAN:
        return read_cell(column, "true") is not True or read_cell(column, "false") is not False
    if type_ == TIMESTAMP and not meanings.can_part:
        return True
    return any(
        text[:1].isdigit() or (text[:1] == "-" and text != "-") for text in meanings.typing.spelt
    )
