"""A schema from its file: section 8 of the language reference, each mistake with its place."""

from collections.abc import Sequence as Items
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats import Entry, Mapping, Node, Scalar, Sequence, load_yaml, read_source
from policyengine.schema.additions import with_additions
from policyengine.schema.codes_from_yaml import read_code_lists
from policyengine.schema.kinds_from_yaml import CASE, read_kinds
from policyengine.schema.model import FieldType, Kind, OwnerRule, Schema
from policyengine.schema.reading import Reading, did_you_mean
from policyengine.source import SourceFile, Span

_KEYS = ("schema", "version", "time_zone", "calendar", "codes", "kinds")
_TEAM_TYPES = frozenset({FieldType.TEXT, FieldType.CODE, FieldType.REF})
_HOLIDAYS = ("england", "none")
_DATED = frozenset({FieldType.DATE, FieldType.DATETIME})


def load_schema(
    path: Path, additions: Items[Mapping] = ()
) -> tuple[Schema | None, list[Diagnostic]]:
    """Read a schema file. Every mistake is noted; None is returned if there is one. `additions`
    are what overlays add to it: `codes` and `kinds` as they were written."""
    source, notes = read_source(path)
    return (None, notes) if source is None else schema_from(source, path.parent, additions)


def schema_from(
    source: SourceFile, folder: Path | None = None, additions: Items[Mapping] = ()
) -> tuple[Schema | None, list[Diagnostic]]:
    """Read a schema from its text, as `load_schema` does. `folder` is where it stands: code
    lists in files of their own are looked for there."""
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if notes.has_errors:
        return None, notes.notes
    reading = Reading(notes)
    start = Span(source, 0, 0)
    if root is None:
        reading.fault("SCH002", start, "this file is empty, so it is no schema")
        return None, notes.notes
    body = reading.mapping(root, "a schema")
    if body is not None and additions:
        body = with_additions(body, folder, additions, reading)
        if notes.has_errors:
            return None, notes.notes
    schema = None if body is None else _schema(body, start, folder, reading)
    return (None if notes.has_errors else schema), notes.notes


def _schema(body: Mapping, start: Span, folder: Path | None, reading: Reading) -> Schema | None:
    reading.only(body, _KEYS, "a schema")
    name = reading.words(_needed(body, "schema", start, reading), "`schema`, its name,")
    codes = read_code_lists(body.get("codes"), folder, reading)
    kinds_node = _needed(body, "kinds", start, reading)
    kinds_body = None if kinds_node is None else reading.mapping(kinds_node, "`kinds`")
    if kinds_node is None or kinds_body is None:
        return None
    # A list at fault is known by its name all the same: one mistake, one message.
    codes_node = body.get("codes")
    names = {each.key.text for each in _entries(codes_node)} | codes.keys()
    kinds = read_kinds(kinds_body, names, reading)
    holidays, closed = _calendar(body.get("calendar"), reading)
    case_node = kinds_body.get(CASE)
    if case_node is None:
        hints = ("add `case:` under `kinds:`; the other kinds belong to it",)
        message = "the kind `case` is missing: every record belongs to a case"
        reading.fault("SCH002", kinds_node.span, message, hints=hints)
    case_body = case_node if isinstance(case_node, Mapping) else Mapping((), start)
    return Schema(
        name=name or "",
        version=reading.words(body.get("version"), "`version`") or "1",
        time_zone=_time_zone(body.get("time_zone"), reading),
        kinds=kinds,
        codes=codes,
        bank_holidays=holidays,
        closed=closed,
        died=_died(case_body.get("died"), kinds, reading),
        owner=_owner(case_body.get("owner"), kinds, reading),
    )


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _needed(body: Mapping, key: str, start: Span, reading: Reading) -> Node | None:
    node = body.get(key)
    if node is None:
        reading.fault("SCH002", start, f"a schema needs `{key}:`")
    return node


def _time_zone(node: Node | None, reading: Reading) -> str:
    found = None if node is None else reading.text(node, "`time_zone`")
    if found is None:
        return "Europe/London"
    try:
        ZoneInfo(found.text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"there is no time zone `{found.text}`"
        hints = ("write it as `Europe/London`",)
        reading.fault("SCH016", found.span, message, hints=hints)
    return found.text


def _calendar(node: Node | None, reading: Reading) -> tuple[str | None, frozenset[date]]:
    body = None if node is None else reading.mapping(node, "`calendar`")
    if body is None:
        return None, frozenset()
    reading.only(body, ("bank_holidays", "closed"), "`calendar`")
    holidays_node = body.get("bank_holidays")
    holidays = None if holidays_node is None else reading.text(holidays_node, "`bank_holidays`")
    if holidays is not None and holidays.text not in _HOLIDAYS:
        hints = (did_you_mean(holidays.text, _HOLIDAYS),)
        message = f"there are no bank holidays of `{holidays.text}` here"
        reading.fault("SCH012", holidays.span, message, hints=hints)
    closed = body.get("closed")
    if closed is not None and not isinstance(closed, Sequence):
        reading.fault("SCH001", closed.span, "`closed` must be a list of dates")
    days = closed.items if isinstance(closed, Sequence) else ()
    read = {day for each in days if (day := reading.day(each, "a closed day")) is not None}
    name = None if holidays is None or holidays.text == "none" else holidays.text
    return name, frozenset(read)


def _died(node: Node | None, kinds: dict[str, Kind], reading: Reading) -> str | None:
    found = None if node is None else reading.text(node, "`died`")
    if found is None:
        return None
    named = _field_of(kinds.get(CASE), found, reading)
    if named and kinds[CASE].fields[found.text].type not in _DATED:
        message = f"`died` must be a date field of the case; `{found.text}` is none"
        reading.fault("SCH009", found.span, message)
        return None
    return found.text if named else None


def _owner(node: Node | None, kinds: dict[str, Kind], reading: Reading) -> OwnerRule | None:
    """A field of the case, or `{kind, field}`: the record whose span holds the deadline."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        text = reading.text(node, "`owner`")
        fits = text is not None and _team_field(kinds.get(CASE), text, reading)
        return OwnerRule(None, text.text) if text is not None and fits else None
    body = reading.mapping(node, "`owner`")
    if body is None:
        return None
    reading.only(body, ("kind", "field"), "`owner`")
    parts = {key: _owner_part(body, key, reading) for key in ("kind", "field")}
    kind, field = parts["kind"], parts["field"]
    if kind is None or field is None:
        return None
    if kind.text not in kinds or kind.text == CASE:
        hints = (did_you_mean(kind.text, kinds.keys() - {CASE}),)
        reading.fault("SCH010", kind.span, f"there is no kind of record `{kind.text}`", hints=hints)
        return None
    if kinds[kind.text].happened is None or kinds[kind.text].shared:
        message = f"`{kind.text}` cannot tell who answered on a day: it has no `happened`"
        reading.fault("SCH009", kind.span, message)
    fits = _team_field(kinds[kind.text], field, reading)
    return OwnerRule(kind.text, field.text) if fits else None


def _owner_part(body: Mapping, key: str, reading: Reading) -> Scalar | None:
    node = body.get(key)
    if node is None:
        reading.fault("SCH002", body.span, f"`owner` needs `{key}`")
        return None
    return reading.text(node, f"`{key}` of `owner`")


def _team_field(kind: Kind | None, name: Scalar, reading: Reading) -> bool:
    if kind is None or not _field_of(kind, name, reading):
        return False
    if kind.fields[name.text].type not in _TEAM_TYPES:
        message = f"`owner` must be a text or a code; `{name.text}` is neither"
        reading.fault("SCH009", name.span, message)
        return False
    return True


def _field_of(kind: Kind | None, name: Scalar, reading: Reading) -> bool:
    if kind is None:
        return False
    if name.text not in kind.fields:
        message = f"kind `{kind.name}` has no field `{name.text}`"
        hints = (did_you_mean(name.text, kind.fields.keys()),)
        reading.fault("SCH008", name.span, message, hints=hints)
        return False
    return True
