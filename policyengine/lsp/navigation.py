"""Where a name is made, where else it stands, and giving it another."""

import re

from lsprotocol import types

from policyengine.formats import Mapping, load_yaml, read_source
from policyengine.lsp.hover import name_at
from policyengine.lsp.names import Occurrence, Symbol
from policyengine.lsp.places import range_of
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.uris import uri_of
from policyengine.policy.load import schema_beside
from policyengine.source import Span
from policyengine.syntax.words import RESERVED

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RULE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
_OF_THE_SCHEMA = ("kind", "field", "code")


class RenameError(Exception):
    """Why a name cannot be given, in words for the author."""


def definition(rule_set: RuleSet, path: str, offset: int) -> list[types.Location]:
    """Where the name at an offset is made: in a rule file, or in the schema."""
    name = name_at(rule_set, path, offset)
    if name is None:
        return []
    if name.symbol.sort in _OF_THE_SCHEMA:
        found = _in_schema(rule_set, name.symbol)
        return [] if found is None else [_location(found)]
    makers = [n for n in rule_set.all_names() if n.makes and n.symbol == name.symbol]
    return [_location(maker.span) for maker in makers]


def references(rule_set: RuleSet, path: str, offset: int, *, makers: bool) -> list[types.Location]:
    """Every place of the name at an offset; `makers`: where it is made too."""
    return [
        _location(each.span) for each in _all_of(rule_set, path, offset) if makers or not each.makes
    ]


def highlights(rule_set: RuleSet, path: str, offset: int) -> list[types.DocumentHighlight]:
    """The places of the name at an offset in its own file."""
    return [
        types.DocumentHighlight(
            range_of(each.span),
            types.DocumentHighlightKind.Write if each.makes else types.DocumentHighlightKind.Read,
        )
        for each in _all_of(rule_set, path, offset)
        if each.span.file.name == path
    ]


def renamable(rule_set: RuleSet, path: str, offset: int) -> Occurrence | None:
    """The name at an offset, if the rule files are what gives it."""
    name = name_at(rule_set, path, offset)
    if name is None or name.symbol.sort in _OF_THE_SCHEMA:
        return None
    return name


def rename(rule_set: RuleSet, path: str, offset: int, new: str) -> dict[str, list[types.TextEdit]]:
    """The edits, by file, that give the name at an offset another everywhere in the rule set.

    Raises RenameError where it is not the rule files' to give, or the new one cannot be.
    """
    name = renamable(rule_set, path, offset)
    if name is None:
        raise RenameError(
            "only rules, settings, definitions, gathered kinds, lets and aliases "
            "can be renamed here: kinds, fields and codes are the schema's"
        )
    checked = rule_set.check()
    _check_form(name.symbol, new)
    _check_free(rule_set, name.symbol, new)
    edits: dict[str, list[types.TextEdit]] = {}
    for each in _all_of(rule_set, path, offset):
        doc = checked.documents[each.span.file.name]
        if any(note.span is not None and note.code.startswith("SYN") for note in doc.notes):
            raise RenameError(f"mend the mistakes in {doc.path} first: it cannot be read whole")
        edits.setdefault(doc.path, []).append(types.TextEdit(range_of(each.span), new))
    return edits


def _check_form(symbol: Symbol, new: str) -> None:
    if symbol.sort == "rule":
        if not _RULE.fullmatch(new):
            raise RenameError("a rule's id is capitals, digits and hyphens, such as CTO-01")
    elif not _NAME.fullmatch(new):
        raise RenameError("a name is lower case letters, digits and underscores")
    elif new in RESERVED and symbol.sort != "define":
        raise RenameError(f"`{new}` is a word of the language, and cannot stand as a name")


def _check_free(rule_set: RuleSet, symbol: Symbol, new: str) -> None:
    words = rule_set.check().words
    if words is None:
        return
    taken = False
    match symbol.sort:
        case "rule":
            taken = new in rule_set.check().rules
        case "setting":
            taken = new in words.settings
        case "gather":
            taken = new in words.schema.kinds
        case "define":
            taken = new in words.members(symbol.of)
        case _:
            taken = new == "case" or new in words.schema.kinds
    if taken and new != symbol.name:
        raise RenameError(f"`{new}` is taken already")


def _all_of(rule_set: RuleSet, path: str, offset: int) -> list[Occurrence]:
    name = name_at(rule_set, path, offset)
    if name is None:
        return []
    seen: dict[Span, Occurrence] = {}
    for each in rule_set.all_names():
        # `cto` in `cto.started_on` of an alias is the alias: only what is written so is renamed
        if each.symbol == name.symbol:
            seen.setdefault(each.span, each)
    return list(seen.values())


def _in_schema(rule_set: RuleSet, symbol: Symbol) -> Span | None:
    """The place of a kind, a field or a list of codes in the schema's file."""
    source, _ = read_source(rule_set.schema_path or schema_beside(rule_set.roots or ["."]))
    root = None if source is None else load_yaml(source)[0]
    if symbol.sort == "code":
        return _key(root, "codes", symbol.of)
    kind = symbol.name if symbol.sort == "kind" else symbol.of
    within = () if symbol.sort == "kind" else ("fields", symbol.name)
    return _key(root, "kinds", kind, *within)


def _key(node: object, *way: str) -> Span | None:
    found: Span | None = None
    for step in way:
        entries = node.entries if isinstance(node, Mapping) else ()
        entry = next((each for each in entries if each.key.text == step), None)
        if entry is None:
            return None
        found, node = entry.key.span, entry.value
    return found


def _location(span: Span) -> types.Location:
    return types.Location(uri_of(span.file.name), range_of(span))
