"""Workflow commands, which a GitHub runner turns into annotations beside the line.

A runner keeps ten errors and ten warnings a step, so the gravest come first.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from policyengine.report.pipelines.remarks import Level, Place, Remark, in_order, relative
from policyengine.report.safe_text import safe_text

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def annotations(remarks: Iterable[Remark], root: Path) -> Iterator[str]:
    """A command a remark, the gravest first. Nothing in a remark can start a command of its own
    or end its line."""
    found = in_order(remarks)
    for level, command in _COMMANDS.items():
        for remark in found:
            if remark.level is level:
                yield f"::{command} {_properties(remark, root)}::{_data(remark.words)}\n"


def _properties(remark: Remark, root: Path) -> str:
    said: dict[str, object] = {}
    if remark.place is not None:
        said |= _at(remark.place, root)
    said["title"] = remark.code
    return ",".join(f"{key}={_property(str(value))}" for key, value in said.items())


def _at(place: Place, root: Path) -> dict[str, object]:
    made: dict[str, object] = {"file": relative(place.file, root), "line": place.line}
    if place.column:
        made["endLine"] = max(place.line, place.end_line)
        if place.end_line == place.line:  # a runner takes columns only within one line
            made["col"] = place.column
            made["endColumn"] = place.end_column
    return made


def _data(text: str) -> str:
    return safe_text(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
