"""Relations that grow a column at a time, and the one statement that they are written as.

A relation starts from a source and a base of columns that are asked for as they are needed. On
top stand layers: projections, joins with what a child relation came to, look-ups by a key.
Every column has a name of its own in the whole program (`x17`), so that a child passes its
parent's columns on under their own names, and an expression says by its names what it needs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Sql = str
_NAME: Final = re.compile(r"'(?:[^']|'')*'|\bx\d+\b")  # a text, or the name of a column
_ATOM: Final = re.compile(r"x\d+|-?\d+|NULL|TRUE|FALSE")
_BITS: Final = 60  # flags in one whole number
_PART: Final = re.compile(r"'(?:[^']|'')*'|\brx\d+_(?:\d+|all)\b")  # a text, or a part's name


def names_in(sql: Sql) -> list[str]:
    """The names of columns in an expression, and not in the texts that it holds."""
    return [name for name in _NAME.findall(sql) if name[0] != "'"]


def as_table(statement: Sql) -> Sql:
    """A statement as what another may join: its columns' names are none of that other's."""
    own = _NAME.sub(lambda name: name[0] if name[0][0] == "'" else f"y{name[0][1:]}", statement)
    return f"({own})"


@dataclass(eq=False, slots=True)
class Layer:
    """Columns that are added together. `source` is None for a projection; `{under}` in it
    stands for the layer below. `is_kept`: it makes or leaves out rows, whoever needs its columns.
    """

    columns: dict[str, Sql] = field(default_factory=dict)
    source: Sql | None = None
    child: Relation | None = None
    keys: tuple[str, ...] = ()
    is_kept: bool = False


class TooLateError(Exception):
    """A join that is shared would have to know what is found out above it."""


class Program:
    """Gives names, and collects the parts of one statement in the order in which they build.
    `shares`: joins of the same records are one."""

    def __init__(self, *, shares: bool = True) -> None:
        self.shares = shares
        self._next = 0
        self.parts: list[tuple[str, Sql]] = []

    def name(self) -> str:
        """A new name of a column."""
        self._next += 1
        return f"x{self._next}"

    def relation(
        self, source: Sql, keys: tuple[Sql, ...], optional: dict[str, Sql] | None = None
    ) -> Relation:
        """A relation over a source; `keys` tell its rows apart. `optional` are joins that neither
        make nor leave out rows, by alias: written where a column of theirs is needed."""
        made = Relation(self, source, keys, None)
        made.optional = optional or {}
        return made

    def statement(self, relation: Relation, columns: dict[str, Sql], where: Sql = "") -> Sql:
        """One statement that gives these columns of a relation."""
        named = {name: relation.add(sql) for name, sql in columns.items()}
        if where:
            where = relation.add(where)
        needed = [each for sql in (*named.values(), where) for each in names_in(sql)]
        relation.settle(set(needed))
        chosen = ", ".join(f"{sql} AS {name}" for name, sql in named.items())
        asked = f"SELECT {chosen} FROM {relation.write()}{f' WHERE {where}' if where else ''}"
        return self._together(asked)

    def _together(self, asked: Sql) -> Sql:
        """The parts as one statement. What is read once stands where it is read: the database
        copies all that is below a name wherever it stands for it, which grows with the square."""
        uses = Counter(name for _, sql in (*self.parts, ("", asked)) for name in _PART.findall(sql))
        inner: dict[str, Sql] = {}

        def placed(sql: Sql) -> Sql:
            return _PART.sub(lambda name: inner.get(name[0], name[0]), sql)

        several = []
        for name, sql in self.parts:
            whole = placed(sql)
            if uses[name] > 1:
                several.append(f"{name} AS {whole}")
            else:
                inner[name] = whole
        self.parts.clear()
        named = ",\n".join(several)
        return f"{f'WITH {named}{chr(10)}' if named else ''}{placed(asked)}"


class Relation:
    """Rows under construction."""

    def __init__(
        self, program: Program, source: Sql, keys: tuple[Sql, ...], parent: Relation | None
    ) -> None:
        self.program = program
        self.parent = parent
        self.layers: list[Layer] = [Layer(source=source, is_kept=True)]
        self.optional: dict[str, Sql] = {}
        self._owner: dict[str, Layer] = {}
        self._known: dict[tuple[Layer | None, Sql], str] = {}
        self._joined: Layer | None = None
        self._lookups: dict[tuple[str, Sql], Layer] = {}
        self._children: dict[tuple[Sql, str], Relation] = {}
        self._flags: dict[Sql, str] = {}
        self._words: list[tuple[str, list[Sql]]] = []
        self._live: list[tuple[Layer, list[str], list[str]]] = []
        self._written = ""
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
            if self._is_of_parent(sql):
                known = self._above(lambda parent: parent.add(sql))
            else:
                known = self._column(self._layer_for(sql), sql)
            self._known[None, sql] = known
        return known

    def _is_of_parent(self, sql: Sql) -> bool:
        """Whether each of this one's rows would say the same as its parent's: it is reckoned once
        for all of them."""
        if self.parent is None or " OVER " in sql:
            return False
        base = self.layers[0]
        names = names_in(sql)
        own = (self._owner.get(name) for name in names)
        passed = (each is None or (each is base) for each in own)
        return bool(names) and all(passed) and all(self._is_passed(name) for name in names)

    def _is_passed(self, name: str) -> bool:
        return self.layers[0].columns.get(name, f"p.{name}") == f"p.{name}"

    def _above(self, made: Callable[[Relation], str]) -> str:
        """A column that the parent makes, and passes on."""
        assert self.parent is not None
        name = made(self.parent)
        self._need(name)
        return name

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
            raise TooLateError
        sql = layer.columns.pop(name)
        for each in names_in(sql):
            self.have(each, before)
        lower = Layer({name: sql})
        self.layers.insert(self.layers.index(before), lower)
        self._owner[name] = lower

    # --- other relations ------------------------------------------------------------------------

    def child(self, joins: Sql, key: Sql) -> Relation:
        """A relation of this one's rows (`p`) joined with others; `key` tells those apart. Raises
        `TooLateError`, here or as columns are added, where one that is shared cannot have them."""
        known = self._children.get((joins, key))
        if known is not None and self.program.shares:
            return known
        made = Relation(self.program, f"{{parent}} p {joins}", (key,), self)
        made.keys = (*(made.pass_key(each) for each in self.keys), *made.keys)
        for name in names_in(joins):
            made._need(name)
        self._children[joins, key] = made
        return made

    def join(self) -> None:
        """End a child: what it comes to is joined to its parent from here on."""
        assert self.parent is not None
        if self._joined is not None:
            return
        self._joined = Layer(source="", child=self, keys=self.keys[:-1])
        self.parent.layers.append(self._joined)

    def total(self, sql: Sql) -> str:
        """An aggregate of a joined child, as a column of its parent."""
        assert self.parent is not None
        assert self._joined is not None
        self._need(sql)
        return self.parent._column(self._joined, sql)

    def flag(self, test: Sql) -> str:
        """Whether some row of a joined child passes, as a column of its parent. Many such are the
        bits of one aggregate."""
        assert self.parent is not None
        assert self._joined is not None
        self._need(test)
        known = self._flags.get(test)
        if known is None:
            word, bit = divmod(len(self._flags), _BITS)
            if bit == 0:
                self._words.append((self.program.name(), []))
                self.parent._owner[self._words[-1][0]] = self._joined
            name, tests = self._words[word]
            tests.append(f"CASE WHEN {test} THEN {1 << bit} ELSE 0 END")
            self._joined.columns[name] = f"bit_or({' | '.join(tests)})"
            known = self.parent.add(f"((COALESCE({name}, 0) & {1 << bit}) <> 0)")
            self._flags[test] = known
        return known

    def look_up(self, table: str, key: Sql, column: str) -> str:
        """A column of the row of a table whose `key` (`{j}.id = x5`) holds; NULL without."""
        layer = self._lookups.get((table, key))
        if layer is None and self._is_of_parent(key.replace("{j}", "j")):
            return self._above(lambda parent: parent.look_up(table, key, column))
        if layer is None:
            place = self._need(key)
            alias = f"j{self.program.name()}"
            layer = Layer(
                source=f"{{under}} u LEFT JOIN {table} {alias} ON {key.replace('{j}', alias)}"
            )
            layer.keys = (alias,)
            self.layers.insert(place + 1, layer)
            self._lookups[table, key] = layer
        return self._column(layer, f"{layer.keys[0]}.{column}")

    def only(self, test: Sql) -> None:
        """Leave out the rows that do not pass, from here on."""
        self._need(test)
        self.layers.append(Layer(source=f"{{under}} u WHERE {test}", is_kept=True))

    def doubled(self, where: Sql) -> str:
        """Have those rows twice that pass, from here on: the column that is 0 or 1, a key."""
        self._need(where)
        source = f"{{under}} u JOIN (VALUES (0), (1)) t(turn) ON t.turn = 0 OR {where}"
        layer = Layer(source=source, is_kept=True)
        self.layers.append(layer)
        turn = self._column(layer, "t.turn")
        self.keys = (*self.keys, turn)
        return turn

    def of_second(self, *several: Sql) -> list[str]:
        """What columns are in the second of two rows; NULL where there is one."""
        values = [self.add(sql) for sql in several]
        keys = [*self.keys[:-1]]
        on = " AND ".join(f"w.{key} = u.{key}" for key in keys)
        turn = self.keys[-1]
        layer = Layer(source=f"{{under}} u LEFT JOIN {{under}} w ON {on} AND w.{turn} = 1")
        self.layers.append(layer)
        return [self._column(layer, f"w.{value}") for value in values]

    # --- writing --------------------------------------------------------------------------------

    def settle(self, needed: set[str]) -> set[str]:
        """Find which columns each layer makes and which it passes on, so that no other is
        written; what is needed of the parent."""
        needed, live = set(needed), []
        for layer in reversed(self.layers[1:]):
            own = [name for name in layer.columns if name in needed]
            if not own and not layer.is_kept:
                continue
            needed -= set(own)
            passed = sorted(needed)
            live.append((layer, own, passed))
            if layer.child is not None:
                needed |= layer.child._settled_for(layer, own) | set(layer.keys)
                continue
            for text in (*(layer.columns[name] for name in own), layer.source or ""):
                needed.update(names_in(text))
        base = self.layers[0]
        live.append((base, [name for name in base.columns if name in needed], []))
        self._live = live[::-1]
        return needed

    def _settled_for(self, layer: Layer, own: list[str]) -> set[str]:
        """Settle a child for the totals that its parent needs; what it needs of the parent."""
        totals = {each for name in own for each in names_in(layer.columns[name])}
        needed = self.settle(totals | set(layer.keys))
        base = self.layers[0]
        of_parent = {sql for name, sql in base.columns.items() if name in needed}
        return {sql[2:] for sql in of_parent if sql.startswith("p.")} | set(
            names_in(base.source or "")
        )

    def write(self) -> str:
        """Write every layer that is needed; the name of the topmost."""
        for place, (layer, own, passed) in enumerate(self._live):
            self._written = self._write(place, layer, own, passed)
        return self._written

    def _write(self, place: int, layer: Layer, own: list[str], passed: list[str]) -> str:
        name, under = f"{self._name}_{place}", self._written
        made = [f"{layer.columns[column]} AS {column}" for column in own]
        if place == 0:
            source = layer.source or ""
            if self.parent is not None:
                source = source.replace("{parent}", self.parent._written)
            used = {layer.columns[column].partition(".")[0] for column in own}
            joins = [sql for alias, sql in self.optional.items() if alias in used]
            sql = f"(SELECT {', '.join(made) or '1'} FROM {' '.join([source, *joins])})"
        elif layer.child is not None:
            grouped = self._write_child(layer, layer.child, own)
            kept = [f"u.{each}" for each in passed] + [f"a.{each}" for each in own]
            on = " AND ".join(f"a.{key} = u.{key}" for key in layer.keys)
            sql = f"(SELECT {', '.join(kept)} FROM {under} u LEFT JOIN {grouped} a ON {on})"
        elif layer.source is not None:
            kept = [f"u.{each}" for each in passed]
            sql = f"(SELECT {', '.join([*kept, *made])} FROM {layer.source})"
            sql = sql.replace("{under}", under)
        else:
            sql = f"(SELECT {', '.join([*passed, *made])} FROM {under})"
        self.program.parts.append((name, sql))
        return name

    def _write_child(self, layer: Layer, child: Relation, own: list[str]) -> str:
        top, grouped, keys = child.write(), f"{child._name}_all", ", ".join(layer.keys)
        totals = ", ".join(f"{layer.columns[column]} AS {column}" for column in own)
        self.program.parts.append(
            (grouped, f"(SELECT {keys}, {totals} FROM {top} GROUP BY {keys})")
        )
        return grouped

    def pass_key(self, key: str) -> str:
        """A key of the parent, here."""
        if key not in self._owner:
            self._passed_on(key)
        return key
