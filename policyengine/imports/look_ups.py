"""What is read before the kinds: tables to look things up in, and the ids that hold no more."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, TextIO

from policyengine.imports.batches import open_table
from policyengine.imports.cells import plain_texts
from policyengine.imports.fault_log import STOPS, column_of
from policyengine.imports.faults import SAYS, Action, Fault
from policyengine.imports.files import files_of
from policyengine.imports.kind_run import Desk
from policyengine.imports.load_counts import FileLoad, LoadCounts
from policyengine.imports.model import IdMap, LookUp, Source, ValueSource
from policyengine.records.errors import export_error

_MOST: Final = 2_000_000  # rows
Pair = tuple[str, str, str, int]  # a key and its value; file and row


def prepare(desk: Desk, load: LoadCounts, faults: Path) -> None:
    """Read the look-ups and the id map into what is known; what is wrong with them goes to a file,
    and is counted. Raises `ExportError`: MAP005 for a fault at which the mapping stops, CAS012 for
    a table that is too long."""
    with faults.open("w", encoding="utf-8") as out:
        for name, table in desk.mapping.look_ups.items():
            desk.known.look_ups[name] = _look_up(desk, table, load, out)
        if desk.mapping.id_map is not None:
            desk.known.former = _former(desk, desk.mapping.id_map, load, out)


def _look_up(desk: Desk, table: LookUp, load: LoadCounts, out: TextIO) -> dict[str, str]:
    """A table; of a key that has several values, none or (`warn`) the first by spelling."""
    made, repeated = _read(desk, table.source, table.key, table.value)
    fault = Fault.REPEATED_LOOK_UP
    _tell(desk, table, repeated, fault, load, out)
    if desk.mapping.actions[fault] is Action.INVALID:
        return {key: value for key, value in made.items() if key not in repeated}
    return made


def _former(desk: Desk, former: IdMap, load: LoadCounts, out: TextIO) -> dict[str, str]:
    """Each former id and the one that holds now."""
    now, repeated = _read(desk, former.source, former.old, former.new)
    table = LookUp(name="", source=former.source, key=former.old, value=former.new)
    _tell(desk, table, repeated, Fault.ID_MAP, load, out)
    made, circles = chained(now)
    if circles:
        if desk.mapping.actions[Fault.ID_MAP] is Action.ERROR:
            message = f"the table of former ids goes round in a circle ({circles} ids)"
            raise export_error(STOPS, message)
        load.faults[Fault.ID_MAP] = load.faults.get(Fault.ID_MAP, 0) + circles
    return made


def _read(
    desk: Desk, source: Source, key: ValueSource, value: ValueSource
) -> tuple[dict[str, str], set[str]]:
    """The value of each key, the first by spelling; and the keys that have several."""
    made: dict[str, str] = {}
    repeated: set[str] = set()
    for old, new, _, _ in _pairs(desk, source, key, value):
        known = made.setdefault(old, new)
        if known != new:
            repeated.add(old)
            made[old] = min(known, new)
    return made, repeated


def _tell(
    desk: Desk,
    table: LookUp,
    repeated: Collection[str],
    fault: Fault,
    load: LoadCounts,
    out: TextIO,
) -> None:
    """Write down where keys with several values stand: every row of them."""
    if not repeated:
        return
    action, column = desk.mapping.actions[fault], column_of(table.key)
    for old, _, file, row in _pairs(desk, table.source, table.key, table.value):
        if old not in repeated:
            continue
        if action is Action.ERROR:
            raise export_error(STOPS, f"{file} row {row}, column `{column}`: {SAYS[fault]}")
        line = {
            "file": file,
            "row": row,
            "column": column,
            "kind": "",
            "field": "",
            "fault": fault.value,
            "done": action.value,
        }
        out.write(json.dumps(line) + "\n")
        load.faults[fault] = load.faults.get(fault, 0) + 1


def _pairs(desk: Desk, source: Source, key: ValueSource, value: ValueSource) -> Iterator[Pair]:
    number = 0
    for file in files_of(source, desk.folder):
        table = open_table(file, source)
        desk.files[file.name, source.name] = FileLoad(
            file.name, source.name, table.said, table.sha256
        )
        keys, values = plain_texts(key, table), plain_texts(value, table)
        for batch in table.batches():
            number += len(batch.numbers)
            if number > _MOST:
                message = f"{file.name}: more than {_MOST:,} rows to look things up in"
                raise export_error("CAS012", message)
            for old, new, row in zip(keys(batch), values(batch), batch.numbers, strict=True):
                if old and new:
                    yield old, new, file.name, row


def chained(now: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """Each former id and the one that holds now, chains followed to their ends; and how many ids
    go round in a circle. Those all become the first of their circle by spelling."""
    made: dict[str, str] = {}
    circles = 0
    for old in now:
        path = [old]
        seen = {old}
        while (step := now.get(path[-1])) is not None and step not in seen:
            path.append(step)
            seen.add(step)
        last = path[-1]
        if step is not None and step != last:
            circle = path[path.index(step) :]
            last = min(circle)
            circles += old in circle
        if last != old:
            made[old] = last
    return made, circles
