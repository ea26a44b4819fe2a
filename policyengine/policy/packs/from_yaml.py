"""`pack.yaml`, read strictly: every mistake is a message with its place.

pack: riverside
version: 3
extends: ../national
settings:
  rights_window:
    is: 5 days
    why: The board asks for more than the national standard.
titles:
  CP-09:
    title: Seen within three days of leaving a ward
    why: The words that our teams use.
tightens:
  CTO-01: Written explanations are ours to check; the rule is in rights.policy.
disables:
  AB-01: No ward of ours takes part.
schema:
  codes: ...
  kinds: ...
"""

from __future__ import annotations

from pathlib import Path

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats import Entry, Mapping, Node, load_yaml, read_source
from policyengine.policy.packs.model import NAME, Pack, RuleChange, SettingChange
from policyengine.policy.packs.values import override_of
from policyengine.schema.reading import Reading
from policyengine.source import Span

_KEYS = ("pack", "version", "extends", "settings", "titles", "tightens", "disables", "schema")
_OF_OVERLAYS = _KEYS[3:]


def read_pack(folder: Path) -> tuple[Pack | None, list[Diagnostic]]:
    """The pack of a folder that holds a `pack.yaml`; None where there are mistakes in it."""
    source, faults = read_source(folder / NAME)
    if source is None:
        return None, list(faults)
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if notes.has_errors:
        return None, notes.notes
    reading = Reading(notes)
    start = Span(source, 0, 0)
    body = Mapping((), start) if root is None else reading.mapping(root, "a pack")
    if body is None:
        return None, notes.notes
    reading.only(body, _KEYS, "a pack")
    name, version = _said(body, "pack", start, reading), _said(body, "version", start, reading)
    extends = None if (node := body.get("extends")) is None else reading.text(node, "`extends`")
    if body.get("extends") is None:
        _no_changes(body, reading)
    pack = Pack(
        folder=folder,
        source=source,
        name=name,
        version=version,
        extends=None if extends is None else extends.text.strip(),
        extends_span=None if extends is None else extends.span,
        settings=tuple(_settings(body, reading)),
        rules=(*_titles(body, reading), *_tightens(body, reading), *_disables(body, reading)),
        schema=_schema(body, reading),
    )
    return (None if notes.has_errors else pack), notes.notes


def _said(body: Mapping, key: str, start: Span, reading: Reading) -> str:
    node = body.get(key)
    if node is None:
        what = "its name" if key == "pack" else "which of its versions this is"
        hints = (f"write `{key}: ...` at the top of {NAME}",)
        reading.fault("PAK001", start, f"a pack says {what}, under `{key}`", hints=hints)
        return ""
    return " ".join((reading.words(node, f"`{key}`") or "").split())


def _no_changes(body: Mapping, reading: Reading) -> None:
    """A base says its name and version alone."""
    for entry in body.entries:
        if entry.key.text in _OF_OVERLAYS:
            message = f"`{entry.key.text}` changes a base, and this pack does not say which"
            hints = ("add `extends: FOLDER`, or `extends: shipped`",)
            reading.fault("PAK001", entry.key.span, message, hints=hints)


def _entries(body: Mapping, key: str, reading: Reading) -> tuple[Entry, ...]:
    node = body.get(key)
    inner = None if node is None else reading.mapping(node, f"`{key}`")
    return inner.entries if inner is not None else ()


def _settings(body: Mapping, reading: Reading) -> list[SettingChange]:
    found = []
    for entry in _entries(body, "settings", reading):
        name = entry.key.text
        inner = _two(entry, "settings", ("is", "why"), reading)
        value = None if inner is None else inner.get("is")
        why = "" if inner is None else _why(inner, "why", reading)
        if inner is not None and value is None:
            message = f"the setting `{name}` needs a value, under `is`"
            reading.fault("PAK001", entry.key.span, message)
        made = None if value is None else override_of(entry.key, value, reading)
        if made is not None:
            found.append(SettingChange(name, made, why, entry.key.span))
    return found


def _titles(body: Mapping, reading: Reading) -> list[RuleChange]:
    found = []
    for entry in _entries(body, "titles", reading):
        inner = _two(entry, "titles", ("title", "why"), reading)
        title = None if inner is None else inner.get("title")
        if inner is not None and title is None:
            message = f"the new title of {entry.key.text} is missing, under `title`"
            reading.fault("PAK001", entry.key.span, message)
        text = reading.words(title, "a title")
        if inner is not None and text:
            why, words = _why(inner, "why", reading), " ".join(text.split())
            found.append(RuleChange(entry.key.text, "retitled", why, entry.key.span, words))
    return found


def _tightens(body: Mapping, reading: Reading) -> list[RuleChange]:
    return [
        RuleChange(each.key.text, "tightened", _reason(each, reading), each.key.span)
        for each in _entries(body, "tightens", reading)
    ]


def _disables(body: Mapping, reading: Reading) -> list[RuleChange]:
    return [
        RuleChange(each.key.text, "disabled", _reason(each, reading), each.key.span)
        for each in _entries(body, "disables", reading)
    ]


def _two(entry: Entry, of: str, keys: tuple[str, str], reading: Reading) -> Mapping | None:
    """`{is: ..., why: ...}`."""
    if not isinstance(entry.value, Mapping):
        message = f"`{entry.key.text}` under `{of}` needs `{keys[0]}` and `{keys[1]}`"
        hints = (f"write `{entry.key.text}: {{{keys[0]}: ..., {keys[1]}: ...}}`",)
        reading.fault("PAK001", entry.key.span, message, hints=hints)
        return None
    reading.only(entry.value, keys, f"`{entry.key.text}`")
    return entry.value


def _why(body: Mapping, key: str, reading: Reading) -> str:
    node = body.get(key)
    if node is None:
        message = "an overlay says why it changes what the base says"
        reading.fault("PAK001", body.span, message, hints=("add `why: ...`",))
        return ""
    return " ".join((reading.words(node, f"`{key}`") or "").split())


def _reason(entry: Entry, reading: Reading) -> str:
    node = entry.value
    if isinstance(node, Mapping):
        reading.only(node, ("why",), f"`{entry.key.text}`")
        return _why(node, "why", reading)
    if getattr(node, "is_empty", False):
        message = "an overlay says why it changes what the base says"
        hints = (f"write `{entry.key.text}: the reason`",)
        reading.fault("PAK001", entry.key.span, message, hints=hints)
        return ""
    return " ".join((reading.words(node, f"the reason for {entry.key.text}") or "").split())


def _schema(body: Mapping, reading: Reading) -> Mapping | None:
    node: Node | None = body.get("schema")
    inner = None if node is None else reading.mapping(node, "`schema`")
    if inner is not None:
        reading.only(inner, ("codes", "kinds"), "what an overlay adds to the schema")
    return inner
