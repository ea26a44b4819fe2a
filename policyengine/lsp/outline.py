"""What stands in a file, as an editor's outline and its search for names show it."""

from collections.abc import Iterator

from lsprotocol import types

from policyengine.lsp.places import range_of
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.uris import uri_of
from policyengine.source import Span
from policyengine.syntax import tree

Kinds = types.SymbolKind


def document_symbols(file: tree.PolicyFile) -> list[types.DocumentSymbol]:
    """The items of a file; the examples of a rule stand below it."""
    found: list[types.DocumentSymbol] = []
    rules: dict[str, types.DocumentSymbol] = {}
    for item in file.items:
        made = _symbol(item)
        if isinstance(item, tree.RuleItem):
            rules[item.id.text] = made
            made.children = [_clause(clause) for clause in item.clauses]
        below = rules.get(_rule_of(item) or "")
        within = below is not None and below.range.end.line <= made.range.start.line
        if below is not None and within and isinstance(below.children, list):
            below.children.append(made)
            below.range = types.Range(below.range.start, made.range.end)
        else:
            found.append(made)
    return found


def workspace_symbols(rule_set: RuleSet, query: str) -> Iterator[types.WorkspaceSymbol]:
    """The items of a rule set whose name or title holds what is looked for."""
    wanted = query.lower()
    for file in rule_set.check().files:
        for item in file.items:
            made = _symbol(item)
            if wanted in f"{made.name} {made.detail or ''}".lower():
                place = types.Location(uri_of(item.span.file.name), made.range)
                yield types.WorkspaceSymbol(place, made.name, made.kind)


def _rule_of(item: tree.Item) -> str | None:
    return item.rule.text if isinstance(item, tree.Example) and item.rule is not None else None


def _symbol(item: tree.Item) -> types.DocumentSymbol:
    match item:
        case tree.Header(title=title):
            return _made(f"policy {title}", Kinds.Module, item.span, item.span)
        case tree.Setting(name=name):
            return _made(name.text, Kinds.Constant, item.span, name.span, "setting")
        case tree.Define(kind=kind, name=name):
            said = f"{kind.text}.{name.text.lstrip('.')}"
            return _made(said, Kinds.Property, item.span, name.span, "defined")
        case tree.Gather(name=name):
            return _made(name.text, Kinds.Struct, item.span, name.span, "gathered")
        case tree.RuleItem(id=rule, title=title):
            return _made(rule.text, Kinds.Class, item.span, rule.span, title)
        case tree.Example(title=title):
            return _made(title or "example", Kinds.Event, item.span, item.span, "example")
        case _:
            raise AssertionError(f"an item that has no symbol: {type(item).__name__}")


def _clause(clause: tree.Clause) -> types.DocumentSymbol:
    words = " ".join(clause.span.text.split())
    short = words if len(words) <= 60 else words[:57] + "..."
    return _made(short, Kinds.Field, clause.span, clause.span)


def _made(
    name: str, kind: Kinds, span: Span, name_span: Span, detail: str = ""
) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        name=name or "?",
        kind=kind,
        range=range_of(span),
        selection_range=range_of(name_span),
        detail=detail or None,
        children=None,
    )
