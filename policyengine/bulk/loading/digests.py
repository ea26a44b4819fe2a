"""What a range of cases says, added up as `records.building` adds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policyengine.bulk.loading.json_tables import first_of
from policyengine.bulk.loading.kind_table import CASE
from policyengine.bulk.loading.sources import CASE_ID, ID
from policyengine.records.building import Builder
from policyengine.records.typing import identifier

if TYPE_CHECKING:
    from policyengine.bulk.loading.ranges import LoadedRange


def case_prints(one: LoadedRange) -> int:
    """The sum of the digests of the cases of a range."""
    folder = one.folder
    prints: list[list[str]] = [[] for _ in one.ids]
    for name, source in folder.sources.items():
        names = folder.typing.kinds[name].names
        columns = {"cid": source.cell(CASE_ID)}
        columns["id"] = source.cell(ID)
        columns |= {f"y{place}": source.cell(each) for place, each in enumerate(names)}
        inner = source.select(columns)
        found = one.con.execute(
            f"SELECT m.c, t.* EXCLUDE (cid) FROM ({inner}{one.where}) t JOIN cm m ON m.raw = t.cid"
        ).fetchall()
        if name == CASE:
            _cases(one, found, prints)
            continue
        decode = folder.letters.decode
        for c, given, *cells in found:
            raws: list[Any] = cells
            if source.coded:
                raws = [None if cell is None else decode(cell) for cell in cells]
            id = decode(given) if source.coded and given is not None else given
            prints[c].append(ascii((name, identifier(id), raws)))
    builder = Builder(folder.reader.schema, folder.typing)
    for each in prints:
        builder.add_digest(each)
    return builder.digest


def _cases(one: LoadedRange, found: Any, prints: list[list[str]]) -> None:
    """The fields of the cases; of several rows of one case, those of the first by what they say."""
    twice = {c: rows[CASE] for c, rows in one.raw_cases(sorted(one.twice)).items()}
    decode = one.folder.letters.decode if one.folder.sources[CASE].coded else None
    names = one.folder.typing.kinds[CASE].names
    for c, _, *cells in found:
        if c in twice:
            continue
        raws = cells
        if decode is not None:
            raws = [None if cell is None else decode(cell) for cell in cells]
        prints[c].append(ascii((one.ids[c], raws)))
    for c, rows in twice.items():
        kept = first_of(rows)
        prints[c].append(ascii((one.ids[c], [kept.get(name) for name in names])))
