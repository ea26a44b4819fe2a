"""What each name in a file means, as far as the file could be read, whatever is wrong elsewhere.

The same rules as `policy.names` and its neighbours; a test holds the two together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Literal

from policyengine.policy.context import Vocabulary
from policyengine.schema.model import Field, FieldType
from policyengine.source import Span
from policyengine.syntax import tree
from policyengine.syntax.tree import Name, Node

Sort = Literal["kind", "gather", "field", "define", "setting", "rule", "let", "alias", "code"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """What is named. `of` is the kind of a field or a definition, the list of a code, and for a
    `let` or an alias the file and the place that made it."""

    sort: Sort
    name: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name at a place. `makes` if it is the place that gives the thing its name; `kind` is the
    kind of record that the name stands for, if it does."""

    span: Span
    symbol: Symbol
    makes: bool = False
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What an expression is, as far as names need it: the kind of its record, its code list."""

    kind: str | None = None
    codes: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in sight, and the kind of the record whose fields stand bare."""

    names: Mapping[str, tuple[Symbol, Sight]] = field(default_factory=dict)
    looked_at: str | None = None

    def with_name(self, name: str, symbol: Symbol, sight: Sight) -> "Scope":
        """With one more name in sight."""
        return replace(self, names={**self.names, name: (symbol, sight)})


_NOTHING = Sight()
_CASE = Symbol("kind", "case")


def occurrences(file: tree.PolicyFile, words: Vocabulary) -> list[Occurrence]:
    """Every name of a file that means something, in the order of their places."""
    reading = _Reading(words)
    for item in file.items:
        reading.item(item)
    return sorted(reading.found, key=lambda each: (each.span.start, each.span.end))


class _Reading:
    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self.found: list[Occurrence] = []

    def item(self, item: tree.Item) -> None:
        """What stands at top level."""
        scope = Scope({"case": (_CASE, Sight("case"))})
        match item:
            case tree.Setting(name=name):
                self._note(name.span, Symbol("setting", name.text), makes=True)
            case tree.Define():
                self._define(item, scope)
            case tree.Gather():
                self._gather(item, scope)
            case tree.RuleItem():
                self._note(item.id.span, Symbol("rule", item.id.text), makes=True)
                self._clauses(item, scope)
            case tree.Example():
                self._example(item)
            case _:
                pass

    # --- items ----------------------------------------------------------------------------------

    def _define(self, item: tree.Define, scope: Scope) -> None:
        kind = self._kind(item.kind)
        symbol = Symbol("define", item.name.text, kind or item.kind.text)
        self._note(_bare(item.name), symbol, makes=True)
        scope = self._bound(None, kind, scope)
        if item.previous is not None:
            scope = self._alias(item.previous, kind, scope)
        self._see(item.value, replace(scope, looked_at=kind))

    def _gather(self, item: tree.Gather, scope: Scope) -> None:
        self._note(item.name.span, Symbol("gather", item.name.text), makes=True)
        for source in item.sources:
            kind = self._kind(source.kind)
            self._member(kind, source.field)
            if source.where is not None:
                inner = self._bound(None, kind, scope)
                self._see(source.where, replace(inner, looked_at=kind))

    def _clauses(self, item: tree.RuleItem, scope: Scope) -> None:
        """In the order of sight: the subject, then the lets, then all else."""
        for clause in item.clauses:
            if isinstance(clause, tree.ForEach):
                scope = self._for_each(clause, scope)
        for clause in item.clauses:
            if isinstance(clause, tree.Let):
                sight = self._see(clause.value, scope)
                symbol = Symbol("let", clause.name.text, _place(clause.name.span))
                self._note(clause.name.span, symbol, makes=True, kind=sight.kind)
                scope = scope.with_name(clause.name.text, symbol, sight)
        for clause in item.clauses:
            if isinstance(clause, tree.DutyClause):
                self._duty(clause.duty, scope)
            elif not isinstance(clause, tree.ForEach | tree.Let | tree.SeverityClause | tree.Tags):
                self._see(clause, scope)

    def _for_each(self, clause: tree.ForEach, scope: Scope) -> Scope:
        kind = self._kind(clause.kind)
        scope = self._bound(clause.alias, kind, scope)
        if clause.where is not None:
            self._see(clause.where, replace(scope, looked_at=kind))
        if clause.previous is not None:
            scope = self._alias(clause.previous, kind, scope)
        other = clause.companion
        if other is not None:
            second = self._kind(other.kind)
            scope = self._bound(other.alias, second, scope)
            if other.where is not None:
                self._see(other.where, replace(scope, looked_at=second))
        return scope

    def _duty(self, duty: tree.Duty, scope: Scope) -> None:
        match duty:
            case (
                tree.Have(what=what, window=window, where=where, alias=alias)
                | tree.NotHave(what=what, window=window, where=where, alias=alias)
            ):
                if window is not None:
                    self._see(window, scope)
                if len(what.parts) > 1:
                    self._see(what, scope)
                    owner = self._ends_at(what.parts[:-1], scope)
                    inner = replace(scope, looked_at=owner)
                else:
                    kind = self._kind(what.parts[0])
                    inner = self._bound(alias, kind, scope)
                    inner = replace(inner, looked_at=kind)
                if where is not None:
                    self._see(where, inner)
            case _:
                self._see(duty, scope)

    def _example(self, item: tree.Example) -> None:
        if item.rule is not None:
            self._note(item.rule.span, Symbol("rule", item.rule.text))
        for given in item.givens:
            match given:
                case tree.Given():
                    kind = self._kind(given.kind)
                    for each in given.fields:
                        declared = self._member(kind, each.field)
                        self._given_code(each.value, declared)
                case tree.GivenSetting(name=name):
                    self._note(name.span, Symbol("setting", name.text))
                case tree.GivenNoHistory(kind=name):
                    self._kind(name)
        for expect in item.expects:
            if expect.rule is not None:
                self._note(expect.rule.span, Symbol("rule", expect.rule.text))

    def _given_code(self, value: tree.Expr, declared: Field | None) -> None:
        if declared is None or declared.type is not FieldType.CODE:
            return
        self._code(value, declared.target)

    # --- expressions ----------------------------------------------------------------------------

    def _see(self, node: object, scope: Scope) -> Sight:
        """Note every name within, and say what the whole is."""
        match node:
            case tree.Path():
                return self._path(node, scope)
            case tree.Pick(kind=kind, alias=alias, where=where):
                found = self._set(kind, alias, (where,), scope)
                return Sight(found)
            case (
                tree.ThereIs(kind=kind, alias=alias, where=where)
                | tree.NumberOf(kind=kind, alias=alias, where=where)
            ):
                self._set(kind, alias, (where,), scope)
            case tree.Every(kind=kind, alias=alias, where=where, has=has):
                self._set(kind, alias, (where, has), scope)
            case tree.Aggregate(kind=kind, field=name, where=where):
                self._member(self._set(kind, None, (where,), scope), name)
            case tree.NewWordsSinceAny(text=text, kind=kind, field=name, where=where):
                self._see(text, scope)
                self._member(self._set(kind, None, (where,), scope), name)
            case tree.Compare(left=left, right=right):
                one, other = self._see(left, scope), self._see(right, scope)
                self._code(right, one.codes)
                self._code(left, other.codes)
            case tree.IsOneOf(value=value, options=options):
                sight = self._see(value, scope)
                for option in options:
                    self._see(option, scope)
                    self._code(option, sight.codes)
            case tree.Choice(options=options, otherwise=otherwise):
                for value, condition in options:
                    self._see(value, scope)
                    self._see(condition, scope)
                return self._see(otherwise, scope)
            case _:
                for child in _children(node):
                    self._see(child, scope)
        return _NOTHING

    def _set(
        self, kind: Name, alias: Name | None, within: tuple[object, ...], scope: Scope
    ) -> str | None:
        found = self._kind(kind)
        inner = replace(self._bound(alias, found, scope), looked_at=found)
        for each in within:
            if each is not None:
                self._see(each, inner)
        return found

    def _path(self, path: tree.Path, scope: Scope) -> Sight:
        first, *steps = path.parts
        sight = self._first(first, scope, dotted=bool(steps))
        for step in steps:
            declared = self._member(sight.kind, step)
            sight = self._sight_of(declared, sight.kind, step.text)
        return sight

    def _first(self, name: Name, scope: Scope, *, dotted: bool) -> Sight:
        bound = scope.names.get(name.text)
        if bound is not None:
            symbol, sight = bound
            self._note(name.span, symbol, kind=sight.kind)
            return sight
        kind = scope.looked_at
        if kind is not None and self._has(kind, name.text):
            declared = self._member(kind, name)
            return self._sight_of(declared, kind, name.text)
        if not dotted and name.text in self._words.settings:
            self._note(name.span, Symbol("setting", name.text))
        return _NOTHING

    def _ends_at(self, parts: tuple[Name, ...], scope: Scope) -> str | None:
        """The kind of record that a path leads to; its names are noted already."""
        trial = _Reading(self._words)
        span = parts[0].span.to(parts[-1].span)
        return trial._path(tree.Path(span=span, parts=parts), scope).kind

    # --- what names mean ------------------------------------------------------------------------

    def _has(self, kind: str, name: str) -> bool:
        known = self._words.schema.kinds.get(kind)
        in_schema = known is not None and name in known.fields
        return in_schema or (kind, name) in self._words.defines or name == "id"

    def _member(self, kind: str | None, name: Name) -> Field | None:
        """Note a field or a definition of a kind; the declared field, if it is one."""
        known = None if kind is None else self._words.schema.kinds.get(kind)
        if kind is None or known is None:
            return None
        declared = known.fields.get(name.text)
        if declared is not None:
            self._note(_bare(name), Symbol("field", name.text, kind))
        elif (kind, name.text) in self._words.defines:
            self._note(_bare(name), Symbol("define", name.text, kind))
        return declared

    def _sight_of(self, declared: Field | None, kind: str | None, name: str) -> Sight:
        if declared is not None:
            if declared.type is FieldType.REF:
                return Sight(declared.target)
            return Sight(None, declared.target) if declared.type is FieldType.CODE else _NOTHING
        type_ = self._words.types.get((kind or "", name))
        if type_ is None:
            return Sight(kind) if name == "id" else _NOTHING
        if type_.is_linked:
            return Sight(type_.of)
        return Sight(None, type_.of)

    def _kind(self, name: Name) -> str | None:
        """Note a kind, by its name or its plural."""
        found = self._words.kind(name.text, plural=True)
        if found is None:
            return None
        gathered = found.name in self._words.gathers
        self._note(name.span, Symbol("gather" if gathered else "kind", found.name))
        return found.name

    def _bound(self, alias: Name | None, found: str | None, scope: Scope) -> Scope:
        """With a record in sight: by its alias, or by its kind."""
        if alias is not None:
            return self._alias(alias, found, scope)
        if found is None:
            return scope
        sort: Sort = "gather" if found in self._words.gathers else "kind"
        return scope.with_name(found, Symbol(sort, found), Sight(found))

    def _alias(self, alias: Name, kind: str | None, scope: Scope) -> Scope:
        symbol = Symbol("alias", alias.text, _place(alias.span))
        self._note(alias.span, symbol, makes=True, kind=kind)
        return scope.with_name(alias.text, symbol, Sight(kind))

    def _code(self, value: object, codes: str | None) -> None:
        if codes is None:
            return
        known = self._words.schema.codes.get(codes)
        match value:
            case tree.TextLiteral(value=text, span=span):
                pass
            case tree.Path(parts=(Name(text=text),), span=span):
                pass
            case _:
                return
        if known is not None and text in known.codes:
            self._note(span, Symbol("code", text, codes))

    def _note(
        self, span: Span, symbol: Symbol, *, makes: bool = False, kind: str | None = None
    ) -> None:
        if symbol.sort in ("kind", "gather"):
            kind = symbol.name
        self.found.append(Occurrence(span, symbol, makes, kind))


def _bare(name: Name) -> Span:
    """A name without the dot before it."""
    span = name.span
    return Span(span.file, span.start + 1, span.end) if span.text.startswith(".") else span


def _place(span: Span) -> str:
    return f"{span.file.name}:{span.start}"


def _children(node: object) -> Iterator[object]:
    """The nodes right inside a node, in the order in which they were written."""
    if isinstance(node, tuple):
        yield from node
    elif isinstance(node, Node) and is_dataclass(node):
        for each in fields(node):
            value = getattr(node, each.name)
            if isinstance(value, Node | tuple):
                yield value
