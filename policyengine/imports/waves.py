"""The kinds of an export, run in their order: one after the other, or, where there is much to
read, several at once in processes of their own.

A kind waits for the cases and for the kinds that its records refer to. What a process finds is
the same as if it had been found here: the tables and the report do not depend on how many there
were.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from policyengine.diagnostics import Diagnostic
from policyengine.imports.files import files_of
from policyengine.imports.kind_run import Desk, KindRun
from policyengine.imports.load_counts import FileLoad, TableLoad
from policyengine.imports.model import Mapping
from policyengine.imports.owners import Owners
from policyengine.imports.selection import CASE
from policyengine.records.errors import ExportError
from policyengine.schema.model import FieldType

MUCH: Final = 16 << 20  # bytes of files; below it, starting processes costs more than they save
MOST: Final = 4  # processes


@dataclass(slots=True)
class Ran:
    """What is left of a kind when it has run. `wrote` is False where none of its files is there;
    `owners` are kept where other kinds need them; `faults` are why it could not be run."""

    name: str
    wrote: bool = False
    loads: tuple[TableLoad, ...] = ()
    files: tuple[tuple[tuple[str, str], FileLoad], ...] = ()
    owners: Owners | None = None
    faults: tuple[Diagnostic, ...] = ()


def run_kinds(desk: Desk, folder: Path, beside: Path) -> Iterator[Ran]:
    """Run every kind, in the mapping's order of them. Raises `ExportError`."""
    mapping = desk.mapping
    made: dict[str, Ran] = {}
    for wave in waves(mapping):
        processes = _processes(desk, wave)
        ran = (
            _at_once(desk, folder, beside, wave, processes)
            if processes > 1
            else (_run(desk, folder, beside, name) for name in wave)
        )
        for each in ran:
            if each.faults:
                raise ExportError(*each.faults)
            made[each.name] = each
            desk.files.update(each.files)
            if each.owners is not None:
                desk.known.owners[each.name] = each.owners
            else:
                desk.known.owners.pop(each.name, None)
    yield from (made[name] for name in mapping.kinds)


def waves(mapping: Mapping) -> list[list[str]]:
    """The kinds in groups, each of which needs only what stands in those before it."""
    made: list[list[str]] = []
    place: dict[str, int] = {}
    for name in mapping.kinds:
        before = [place[each] for each in _targets(mapping, name) | {CASE} if each in place]
        place[name] = max(before, default=-1) + 1
        while len(made) <= place[name]:
            made.append([])
        made[place[name]].append(name)
    return made


def _targets(mapping: Mapping, name: str) -> set[str]:
    return {
        each.field.target or ""
        for entry in mapping.kinds[name]
        for each in entry.fields
        if each.field.type is FieldType.REF
    }


def _size(desk: Desk, name: str) -> int:
    return sum(
        file.path.stat().st_size
        for entry in desk.mapping.kinds[name]
        for file in files_of(entry.source, desk.folder)
    )


def _processes(desk: Desk, wave: list[str]) -> int:
    """How many processes a wave is worth."""
    if sys.platform != "linux" or len(wave) < 2:
        return 1
    if sum(_size(desk, name) for name in wave) < MUCH:
        return 1
    return min(MOST, len(wave), len(os.sched_getaffinity(0)))


def _run(desk: Desk, folder: Path, beside: Path, name: str) -> Ran:
    run = KindRun(name, desk.mapping.kinds[name], desk)
    wrote = run.run(folder / f"{name}.csv", beside / f"{name}.faults", beside / f"{name}.marks")
    needed = name == CASE or any(
        name in _targets(desk.mapping, other) for other in desk.mapping.kinds
    )
    return Ran(
        name=name,
        wrote=wrote,
        loads=tuple(run.loads),
        files=tuple(desk.files.items()),
        owners=run.kept.owners if needed and wrote else None,
    )


_inherited: list[tuple[Desk, Path, Path]] = []


def _at_once(
    desk: Desk, folder: Path, beside: Path, wave: list[str], processes: int
) -> Iterator[Ran]:
    """The kinds of a wave, the largest first, in processes that begin as copies of this one."""
    _inherited.append((desk, folder, beside))
    try:
        with _pool(desk, wave, processes) as pool:
            largest = sorted(wave, key=lambda name: (-_size(desk, name), name))
            doing = [pool.submit(_elsewhere, name) for name in largest]
            faulty: list[Ran] = []
            for done in as_completed(doing):
                ran = done.result()
                if ran.faults:
                    faulty.append(ran)
                else:
                    yield ran
            # Of several that could not be run, the same one is told of every time.
            yield from sorted(faulty, key=lambda each: wave.index(each.name))[:1]
    finally:
        _inherited.pop()


def _pool(desk: Desk, wave: list[str], number: int) -> Executor:
    """Threads where the most is done by Arrow, which lets others go on meanwhile; processes where
    it is done by Python, which does not."""
    by_columns = sum(
        file.path.stat().st_size
        for name in wave
        for entry in desk.mapping.kinds[name]
        for file in files_of(entry.source, desk.folder)
        if desk.pace.may_read_columns(file)
    )
    if 2 * by_columns > sum(_size(desk, name) for name in wave):
        return ThreadPoolExecutor(number)
    return ProcessPoolExecutor(number, mp_context=get_context("fork"))


def _elsewhere(name: str) -> Ran:
    """Run a kind in this process, which is a copy; an error goes back as what it says."""
    desk, folder, beside = _inherited[-1]
    try:
        return _run(desk, folder, beside, name)
    except ExportError as error:
        return Ran(name, faults=error.diagnostics)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        message = f"a file of the export cannot be read: {why}"
        return Ran(name, faults=(Diagnostic(code="CAS001", message=message),))
