"""Relations that grow a column at a time, and the one statement that they are written as.

A relation starts from a source and a base of columns that are asked for as they are needed. On
top stand layers: projections, joins with what a child relation came to, look-ups by a key.
Every column has a name of its own in the whole program (`x17`), so that a child passes its
parent's columns on under their own names, and an expression says by its names what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Sql = str
_NAME: Final = re.compile(r"'(?:[^']|'')*'|\bx\d+\b")  # a text, or the name of a column
_ATOM: Final = re.compile(r"x\d+|-?\d+|NULL|TRUE|FALSE")


def names_in(sql: Sql) -> list[str]:
    """The names of columns in an expression, and not in the texts that it holds."""
    return [name for name in _NAME.findall(sql) if name[0] != "'"]


@dataclass(eq=False, slots=True)
class Layer:
    """Columns that are added together. `source` is None for a projection; `{under}` in it
    stands for the layer below."""

    columns: dict[str, Sql] = field(default_factory=dict)
    source: Sql | None = None
    child: Relation | None = None


class Program:
    """Gives names, and collects the parts of one statement in the order in which they build."""

    def __init__(self) -> None:
        self._next = 0
        self.parts: list[tuple[str, Sql]] = []

    def name(self) -> str:
        """A new name of a column."""
        self._next += 1
        return f"x{self._next}"

    def relation(self, source: Sql, keys: tuple[Sql, ...]) -> Relation:
        """A relation over a source; `keys` tell its rows apart."""
        return Relation(self, source, keys, None)

    def statement(self, relation: Relation, columns: dict[str, Sql], where: Sql = "") -> Sql:
        """One statement that gives these columns of a relation."""
        named = [f"{relation.add(sql)} AS {name}" for name, sql in columns.items()]
        if where:
            where = f" WHERE {relation.add(where)}"
        top = relation.write()
        parts = ",\n".join(f"{name} AS {sql}" for name, sql in self.parts)
        return f"WITH {parts}\nSELECT {', '.join(named)} FROM {top}{where}"


class Relation:
    """Rows under construction."""

    def __init__(
        self, program: Program, source: Sql, keys: tuple[Sql, ...], parent: Relation | None
    ) -> None:
        self.program = program
        self.parent = parent
        self.layers: list[Layer] = [Layer(source=source)]
        self.filters: list[Sql] = []
        self._owner: dict[str, Layer] = {}
        self._known: dict[tuple[Layer | None, Sql], str] = {}
        self._joined: Layer | None = None
        self._lookups: dict[tuple[str, Sql], Layer] = {}
        self._written: list[str] = []
        self._name = f"r{program.name()}"
        self.keys = tuple(self.base(key) for key in keys)

    # --- columns --------------------------------------------------------------------------------

    def base(self, sql: Sql) -> str:
        """A column of the source."""
        return self._column(self.layers[0], sql)

    def base_of(self, alias: str) -> Callable[[str], str]:
        """The columns of one of the source's tables."""
        return lambda column: self.base(f"{alias}.{column}")

    def _column(self, layer: Layer, sql: Sql) -> str:
        known = self._known.get((layer, sql))
        if known is None:
            known = self.program.name()
            self._known[layer, sql] = known
            layer.columns[known] = sql
            self._owner[known] = layer
        return known

    def add(self, sql: Sql) -> str:
        """The name of a column with this value; an atom is its own name."""
        if _ATOM.fullmatch(sql):
            self._need(sql)
            return sql
        known = self._known.get((None, sql))
        if known is None:
            known = self._column(self._layer_for(sql), sql)
            self._known[None, sql] = known
        return known

    def _need(self, sql: Sql) -> int:
        """See that each name in an expression is here; the place of the topmost layer."""
        place = 0
        for name in names_in(sql):
            layer = self._owner.get(name)
            if layer is None:
                layer = self._passed_on(name)
            place = max(place, self.layers.index(layer))
        return place

    def _layer_for(self, sql: Sql) -> Layer:
        place = self._need(sql)
        for layer in self.layers[place + 1 :]:
            if layer.source is None:
                return layer
        self.layers.append(Layer())
        return self.layers[-1]

    def _passed_on(self, name: str) -> Layer:
        """Take a column of the parent along."""
        if self.parent is None:
            raise KeyError(name)
        self.parent.have(name, self._joined)
        base = self.layers[0]
        base.columns[name] = f"p.{name}"
        self._owner[name] = base
        return base

    def have(self, name: str, before: Layer | None) -> None:
        """See that a column stands below a layer, moving its making down if need be."""
        layer = self._owner.get(name)
        if layer is None:
            layer = self._passed_on(name)
        if before is None:
            return
        limit = self.layers.index(before)
        if self.layers.index(layer) < limit:
            return
        if layer.source is not None:
            raise AssertionError(f"{name} cannot be known so early")
        sql = layer.columns.pop(name)
        for each in names_in(sql):
            self.have(each, before)
        lower = Layer({name: sql})
        self.layers.insert(self.layers.index(before), lower)
        self._owner[name] = lower

    # --- other relations ------------------------------------------------------------------------

    def child(self, joins: Sql, key: Sql) -> Relation:
        """A relation of this one's rows (`p`) joined with others; `key` tells those apart."""
        made = Relation(self.program, f"{{parent}} p {joins}", (key,), self)
        made.keys = (*(made.pass_key(each) for each in self.keys), *made.keys)
        for name in names_in(joins):
            made._need(name)
        return made

    def join(self) -> None:
        """End a child: what it comes to is joined to its parent from here on."""
        assert self.parent is not None
        self._joined = Layer(source="", child=self)
        self.parent.layers.append(self._joined)

    def total(self, sql: Sql) -> str:
        """An aggregate of a joined child, as a column of its parent."""
        assert self.parent is not None
        assert self._joined is not None
        self._need(sql)
        return self.parent._column(self._joined, sql)

    def look_up(self, table: str, key: Sql, column: str) -> str:
        """A column of the row of a table whose `key` (`{j}.id = x5`) holds; NULL without."""
        layer = self._lookups.get((table, key))
        if layer is None:
            place = self._need(key)
            alias = f"j{self.program.name()}"
            layer = Layer(
                source=f"{{under}} u LEFT JOIN {table} {alias} ON {key.replace('{j}', alias)}"
            )
            layer.columns["alias"] = alias
            self.layers.insert(place + 1, layer)
            self._lookups[table, key] = layer
        return self._column(layer, f"{layer.columns['alias']}.{column}")

    # --- writing --------------------------------------------------------------------------------

    def write(self) -> str:
        """Write every layer; the name of the topmost."""
        for place in range(len(self._written), len(self.layers)):
            self._written.append(self._write(place, self.layers[place]))
        return self._written[-1]

    def _write(self, place: int, layer: Layer) -> str:
        name = f"{self._name}_{place}"
        alias = layer.columns.pop("alias", None)
        columns = [f"{sql} AS {column}" for column, sql in layer.columns.items()]
        under = self._written[place - 1] if place else ""
        parts = self.program.parts
        if place == 0:
            source = layer.source or ""
            if self.parent is not None:
                source = source.replace("{parent}", self.parent._written[-1])
            where = f" WHERE {' AND '.join(self.filters)}" if self.filters else ""
            sql = f"(SELECT {', '.join(columns)} FROM {source}{where})"
        elif layer.child is not None:
            sql = self._write_child(layer, layer.child, under)
        elif layer.source is not None:
            keep = ", ".join(["u.*", *columns])
            sql = f"(SELECT {keep} FROM {layer.source.replace('{under}', under)})"
            assert alias is not None
        else:
            sql = f"(SELECT {', '.join(['*', *columns])} FROM {under})"
        parts.append((name, sql))
        return name

    def _write_child(self, layer: Layer, child: Relation, under: str) -> Sql:
        keys = [child.pass_key(key) for key in self.keys]
        top = child.write()
        totals = ", ".join(f"{sql} AS {column}" for column, sql in layer.columns.items())
        grouped = f"{child._name}_all"
        if not totals:
            totals = "count(*) AS none"
        self.program.parts.append(
            (grouped, f"(SELECT {', '.join(keys)}, {totals} FROM {top} GROUP BY {', '.join(keys)})")
        )
        keep = ", ".join(["u.*", *(f"a.{column}" for column in layer.columns)])
        on = " AND ".join(f"a.{key} = u.{key}" for key in self.keys)
        return f"(SELECT {keep} FROM {under} u LEFT JOIN {grouped} a ON {on})"

    def pass_key(self, key: str) -> str:
        """A key of the parent, here."""
        if key not in self._owner:
            self._passed_on(key)
        return key
