"""What a range of cases says, added up as `records.building` adds it.

The words in which a row is counted are Python's `ascii` of it. The database writes them for rows
of plain letters, which are nearly all; the others it hands over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk.loading.json_tables import first_of
from policyengine.bulk.loading.kind_table import CASE, PLAIN
from policyengine.bulk.loading.sources import CASE_ID, ID, Source
from policyengine.bulk.terms import literal
from policyengine.records.building import Builder
from policyengine.records.typing import identifier

if TYPE_CHECKING:
    from policyengine.bulk.loading.loaded_range import LoadedRange

Sql = str
ODD: Final = literal(r"[^ -~]|\\")  # what `ascii` writes otherwise than it is
_EMPTY: Final = "''"


def case_prints(one: LoadedRange) -> int:
    """The sum of the digests of the cases of a range."""
    prints: list[list[str]] = [[] for _ in one.ids]
    for name, source in one.folder.sources.items():
        if name == CASE:
            _cases(one, source, prints)
        else:
            _rows(one, source, prints)
    for own, id in zip(prints, one.ids, strict=True):
        own.extend(one.folder.said.get(id, ()))
    builder = Builder(one.folder.schema, one.folder.typing)
    for each in prints:
        builder.add_digest(each)
    return builder.digest


def _rows(one: LoadedRange, source: Source, prints: list[list[str]]) -> None:
    """The rows of a kind: its name, the row's id, what stands in its fields."""
    name = source.kind.name
    odd_id = f"(t.id <> '' AND NOT {PLAIN.format(v='t.id')}) IS TRUE"
    given = f"CASE WHEN t.id IS NULL OR t.id = '' THEN 'None' ELSE {_quoted('t.id')} END"
    start = f"{literal(f'({name!a}, ')}, {given}, ', ['"
    decode = one.folder.letters.decode if source.coded else _as_it_is
    for c, said, id, cells in _said(one, source, start, odd_id):
        prints[c].append(
            ascii((name, identifier(decode(id)), [decode(cell) for cell in cells]))
            if said is None
            else said
        )


def _cases(one: LoadedRange, source: Source, prints: list[list[str]]) -> None:
    """The fields of the cases; of several rows of one case, those of the first by what they say."""
    twice = {c: rows[CASE] for c, rows in one.raw_cases(sorted(one.twice)).items()}
    decode = one.folder.letters.decode if source.coded else _as_it_is
    plain = PLAIN.format(v="m.id")
    start = f"'(', {_quoted('m.id')}, ', ['"
    for c, said, _, cells in _said(one, source, start, f"NOT {plain}"):
        if c in twice:
            continue
        raws = [] if said is not None else [decode(cell) for cell in cells]
        prints[c].append(ascii((one.ids[c], raws)) if said is None else said)
    names = one.folder.typing.kinds[CASE].names
    for c, rows in twice.items():
        kept = first_of(rows)
        prints[c].append(ascii((one.ids[c], [kept.get(name) for name in names])))


def _as_it_is(cell: object) -> object:
    return cell


def _said(one: LoadedRange, source: Source, start: Sql, odd: Sql) -> list[tuple[Any, ...]]:
    """Each row's case, its words, or in their stead its id and its cells."""
    names = one.folder.typing.kinds[source.kind.name].names
    columns = {"cid": source.cell(CASE_ID), "id": source.cell(ID)}
    columns |= {f"y{place}": source.cell(name) for place, name in enumerate(names)}
    cells = [f"t.y{place}" for place in range(len(names))]
    there = [cell for cell, name in zip(cells, names, strict=True) if name in source.cells]
    words: list[Sql] = []
    for cell, name in zip(cells, names, strict=True):
        words.append(_word(cell) if name in source.cells else "'None'")
    if there:
        odd = f"({odd} OR regexp_matches(concat({', '.join(there)}), {ODD}))"
    listed = ", ', ', ".join(words) if words else _EMPTY
    said = f"concat({start}, {listed}, '])')"
    rows = f"FROM ({source.select(columns)}{one.where}) t JOIN cm m ON m.raw = t.cid"
    plain = one.con.execute(
        f"SELECT c, CASE WHEN odd THEN NULL ELSE said END "
        f"FROM (SELECT m.c, {odd} AS odd, {said} AS said {rows})"
    ).fetchall()
    made = [(c, said, None, None) for c, said in plain if said is not None]
    if len(made) < len(plain):
        raws = f"[{', '.join(cells)}]::VARCHAR[]"
        odds = one.con.execute(f"SELECT m.c, NULL, t.id, {raws} {rows} WHERE {odd}")
        made += odds.fetchall()
    return made


def _word(cell: Sql) -> Sql:
    return f"CASE WHEN {cell} IS NULL THEN 'None' ELSE {_quoted(cell)} END"


def _quoted(cell: Sql) -> Sql:
    """A text in quotes, as `ascii` chooses them."""
    inner = f"replace({cell}, '''', '\\''')"
    return (
        f"CASE WHEN NOT contains({cell}, '''') THEN concat('''', {cell}, '''') "
        f"WHEN NOT contains({cell}, '\"') THEN concat('\"', {cell}, '\"') "
        f"ELSE concat('''', {inner}, '''') END"
    )
