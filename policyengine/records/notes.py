"""Sentences for standard error about what an export holds and the schema does not know.

A key is shown only if it looks like a name, for in a broken export a key can be anything:
somebody's name, or a control sequence.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from policyengine.formats import suggestion
from policyengine.records.model import LoadReport
from policyengine.records.typing import KindTyping

_MOST: Final = 20
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.IGNORECASE | re.ASCII)


def is_plain(name: str) -> bool:
    """Whether a word looks like a name of this schema or another."""
    return _NAME.fullmatch(name) is not None


def shown(name: str) -> str:
    """A name in backquotes, or a word for one that is not plain enough to print."""
    return f"`{name}`" if is_plain(name) else "(a name that is not plain)"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing."""
    near = suggestion(name, known) if is_plain(name) else None
    return f"; did you mean `{near}`?" if near else ""


def noted_keys(typing: KindTyping, keys: Mapping[str, object], load: LoadReport) -> None:
    """Note each key of a row that its kind does not have, once for each walk."""
    new = keys.keys() - typing.known - typing.ignored
    if not new or len(typing.ignored) > 50 * _MOST:
        return
    typing.ignored |= new
    for key in sorted(new):
        noted(typing.kind.name, key, typing.names, load)


def noted(kind: str, key: str, known: Collection[str], load: LoadReport) -> None:
    """Note that a column, or a key, is not in the schema and was ignored."""
    where = f"{kind}.{key}" if is_plain(key) else f"{kind}: {shown(key)}"
    start = f"{where} is not in the schema and was ignored"
    if any(note.startswith(start) for note in load.notes):
        return
    of_kind = sum(note.startswith((f"{kind}.", f"{kind}:")) for note in load.notes)
    if of_kind < _MOST:
        load.notes.append(start + did_you_mean(key, known))
    elif of_kind == _MOST:
        load.notes.append(f"{kind}: and more that are not in the schema")


def noted_kind(name: str, kinds: Collection[str], load: LoadReport) -> None:
    """Note that a kind is not in the schema, once."""
    start = f"kind {shown(name)} is not in the schema; its rows were rejected"
    if not any(note.startswith(start) for note in load.notes) and len(load.notes) < 10 * _MOST:
        load.notes.append(start + did_you_mean(name, kinds))
