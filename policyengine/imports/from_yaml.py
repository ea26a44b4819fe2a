"""A mapping file, read whole and held against the schema before any row is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats import Mapping as Body
from policyengine.formats import Node, Scalar, Sequence, load_yaml, read_source
from policyengine.imports.faults import ACTIONS, Action, Fault, default_actions
from policyengine.imports.fields_from_yaml import Fields, check_paths
from policyengine.imports.model import Checks, Entry, Manner, Mapping, OrderBy, Source, ValueSource
from policyengine.imports.sources_from_yaml import Sources, id_map, look_ups
from policyengine.imports.values_from_yaml import (
    MANNERS,
    NAME,
    SHAPE,
    actions,
    conditions,
    day_text,
    flag,
    left_out,
    manner,
    order_by,
    orders,
    texts,
    value_source,
)
from policyengine.schema.model import FieldType, Kind, Schema
from policyengine.schema.reading import Reading, did_you_mean

CASE: Final = "case"
_TOP: Final = (
    "mapping",
    "schema",
    "extracted_on",
    "time_zone",
    "complete_from",
    "defaults",
    "sources",
    "id_map",
    "look_ups",
    "codes",
    "kinds",
    "faults",
)
_ENTRY: Final = (
    "source",
    "key",
    "case",
    "where",
    "leave_out",
    "submissions",
    "latest_by",
    "fields",
    "checks",
    "faults",
    *sorted(MANNERS),
)


def load_mapping(path: Path, schema: Schema) -> tuple[Mapping | None, list[Diagnostic]]:
    """Read a mapping file. None where there is a mistake in it; every mistake is a message with
    its place (MAP001: what is said cannot be; MAP002: there is nothing of that name)."""
    source, faults = read_source(path)
    if source is None:
        return None, faults
    root, faults = load_yaml(source)
    if faults:
        return None, faults
    notes = Notebook()
    if root is None:
        message = f"{path}: a mapping says at least where its kinds come from"
        return None, [Diagnostic(code=SHAPE, message=message)]
    reading = Reading(notes)
    body = reading.mapping(root, "a mapping")
    made = None if body is None else _Mapping(body, schema, reading).read()
    return (None if notes.has_errors else made), notes.notes


@dataclass(slots=True)
class _Whole:
    """What every kind is read with."""

    sources: Sources
    fields: Fields
    manner: Manner
    actions: dict[Fault, Action]


class _Mapping:
    def __init__(self, body: Body, schema: Schema, reading: Reading) -> None:
        self.body = body
        self.schema = schema
        self.reading = reading

    def read(self) -> Mapping:
        body, reading = self.body, self.reading
        reading.only(body, _TOP, "a mapping")
        name = reading.words(body.get("mapping"), "`mapping`") or ""
        self._schema(body.get("schema"))
        sources = Sources(body.get("sources"), reading)
        tables = look_ups(body.get("look_ups"), sources, reading)
        former = id_map(body.get("id_map"), sources, reading)
        defaults = body.get("defaults")
        inside = None if defaults is None else reading.mapping(defaults, "`defaults`")
        whole_manner = Manner()
        if inside is not None:
            reading.only(inside, sorted(MANNERS), "`defaults`")
            whole_manner = manner(inside, whole_manner, "`defaults`", reading)
        done = actions(body.get("faults"), default_actions(), "the mapping", reading)
        fields = Fields(self.schema, self._codes(), tables, reading)
        kinds = self._kinds(_Whole(sources, fields, whole_manner, done))
        return Mapping(
            name=name,
            schema=self.schema,
            kinds=kinds,
            extracted_on=day_text(body.get("extracted_on"), "`extracted_on`", reading),
            time_zone=self._zone(body.get("time_zone")),
            complete_from=self._coverage(body.get("complete_from")),
            id_map=former,
            look_ups=tables,
            actions=done,
        )

    def _schema(self, node: Node | None) -> None:
        said = self.reading.words(node, "`schema`")
        if said is not None and said != self.schema.name and node is not None:
            message = f"this mapping is for the schema `{said}`, and not for `{self.schema.name}`"
            self.reading.fault(NAME, node.span, message, hints=("`--schema FILE` names another",))

    def _zone(self, node: Node | None) -> str | None:
        said = self.reading.words(node, "`time_zone`")
        if said is None or node is None:
            return None
        try:
            return ZoneInfo(said).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = "there is no such time zone"
            self.reading.fault(NAME, node.span, message, hints=("such as `Europe/London`",))
            return None

    def _coverage(self, node: Node | None) -> dict[str, str]:
        body = None if node is None else self.reading.mapping(node, "`complete_from`")
        made: dict[str, str] = {}
        for entry in body.entries if body else ():
            if self._kind(entry.key) is not None:
                day = day_text(entry.value, f"`complete_from` of `{entry.key.text}`", self.reading)
                made[entry.key.text] = day or ""
        return made

    def _codes(self) -> dict[str, Body]:
        node = self.body.get("codes")
        body = None if node is None else self.reading.mapping(node, "`codes`")
        found = {
            entry.key.text: self.reading.mapping(entry.value, f"`codes` `{entry.key.text}`")
            for entry in (body.entries if body else ())
        }
        return {name: each for name, each in found.items() if each is not None}

    def _kind(self, key: Scalar) -> Kind | None:
        kind = self.schema.kinds.get(key.text)
        if kind is None:
            hints = (did_you_mean(key.text, self.schema.kinds),)
            message = f"there is no kind of record `{key.text}`"
            self.reading.fault(NAME, key.span, message, hints=hints)
        return kind

    def _kinds(self, whole: _Whole) -> dict[str, tuple[Entry, ...]]:
        node = self.body.get("kinds")
        body = None if node is None else self.reading.mapping(node, "`kinds`")
        made: dict[str, tuple[Entry, ...]] = {}
        for item in body.entries if body else ():
            kind = self._kind(item.key)
            if kind is None:
                continue
            nodes = item.value.items if isinstance(item.value, Sequence) else (item.value,)
            read = (_KindEntry(each, kind, whole, self.reading).read() for each in nodes)
            made[kind.name] = tuple(entry for entry in read if entry is not None)
        if CASE not in made:
            span = self.body.span if body is None else body.span
            self.reading.fault(SHAPE, span, "`kinds` does not say where the cases come from")
        return _in_order(made, self.reading)


class _KindEntry:
    """One source of one kind."""

    def __init__(self, node: Node, kind: Kind, whole: _Whole, reading: Reading) -> None:
        self.kind = kind
        self.what = f"`{kind.name}`"
        self.whole = whole
        self.reading = reading
        self.body = reading.mapping(node, self.what) or Body((), node.span)

    def read(self) -> Entry | None:
        body, reading, what = self.body, self.reading, self.what
        reading.only(body, _ENTRY, what)
        source = self.whole.sources.source(body.get("source"), what, body)
        if source is None:
            return None
        how = manner(body, self.whole.manner, what, reading)
        key = body.get("key")
        case = body.get("case")
        through = self._through(case)
        submissions = body.get("submissions")
        period, latest = self._submissions(submissions)
        entry = Entry(
            kind=self.kind,
            source=source,
            fields=self.whole.fields.read(body.get("fields"), self.kind, source, how),
            manner=how,
            key=None if key is None else value_source(key, f"`key` of {what}", reading),
            case=None
            if case is None or through
            else value_source(case, f"`case` of {what}", reading),
            case_look_ups=() if through else self._case_look_ups(case),
            through=through,
            where=conditions(body.get("where"), f"`where` of {what}", reading),
            leave_out=left_out(body.get("leave_out"), what, reading),
            period=period,
            submission=latest,
            latest_by=orders(body.get("latest_by"), f"`latest_by` of {what}", reading),
            checks=self._checks(body.get("checks")),
            actions=actions(body.get("faults"), self.whole.actions, what, reading, of_kind=True),
        )
        self._belongs(entry)
        self._paths(entry, source)
        return self._settled(entry)

    def _through(self, node: Node | None) -> str | None:
        """The reference whose case is the row's own."""
        through = node.get("through") if isinstance(node, Body) else None
        if through is None or not isinstance(node, Body):
            return None
        self.reading.only(node, ("through",), f"`case` of {self.what}")
        name = through.text if isinstance(through, Scalar) else ""
        field = self.kind.fields.get(name)
        refs = [each.name for each in self.kind.fields.values() if each.type is FieldType.REF]
        if field is None or field.type is not FieldType.REF:
            hints = (did_you_mean(name, refs),)
            message = f"`through` of {self.what} must be a reference"
            self.reading.fault(NAME, through.span, message, hints=hints)
        return name

    def _case_look_ups(self, node: Node | None) -> tuple[str, ...]:
        """The tables that lead from a column to the case."""
        if not isinstance(node, Body):
            return ()
        what = f"`case` of {self.what}"
        self.reading.only(node, ("from", "join", "first_of", "with", "then", "look_up"), what)
        named = node.get("look_up")
        known = self.whole.fields.look_ups
        names = texts(named, f"`look_up` of {what}", self.reading)
        for name in names:
            if name not in known and named is not None:
                hints = (did_you_mean(name, known),)
                message = f"`look_up` of {what}: there is no such table"
                self.reading.fault(NAME, named.span, message, hints=hints)
        return tuple(name for name in names if name in known)

    def _belongs(self, entry: Entry) -> None:
        """Whose the rows are must be said, where it can be."""
        span = self.body.span
        owned = self.kind.name != CASE and not self.kind.shared
        says = entry.case is not None or entry.through is not None
        if owned and self.body.get("case") is None:
            hint = "`case: COLUMN`, or `case: {through: REFERENCE}`"
            message = f"{self.what} does not say whose its records are"
            self.reading.fault(SHAPE, span, message, hints=(hint,))
        if not owned and says:
            message = f"{self.what} belongs to no case: leave `case` out"
            self.reading.fault(SHAPE, span, message)
        if not owned and entry.key is None and self.body.get("key") is None:
            self.reading.fault(SHAPE, span, f"{self.what} needs a `key`")
        if entry.key is None and entry.latest_by:
            self.reading.fault(SHAPE, span, f"`latest_by` of {self.what} needs a `key`")
        if entry.through is not None and entry.field(entry.through) is None:
            message = f"{self.what} takes its case through `{entry.through}`, which is not filled"
            self.reading.fault(SHAPE, span, message)
        for field in self.kind.fields.values():
            if field.required and entry.field(field.name) is None:
                message = f"{self.what} must fill `{field.name}`, which the schema requires"
                self.reading.fault(SHAPE, span, message)

    def _paths(self, entry: Entry, source: Source) -> None:
        tests = [*entry.where, *(each.condition for each in entry.leave_out)]
        also = [each.column for each in entry.latest_by]
        if entry.submission is not None:
            also.append(entry.submission.column)
        for value in (entry.key, entry.case, entry.period, *(t.column for t in tests), *also):
            check_paths(value, source, self.reading)

    def _submissions(self, node: Node | None) -> tuple[ValueSource | None, OrderBy | None]:
        body = None if node is None else self.reading.mapping(node, f"`submissions` of {self.what}")
        if body is None:
            return None, None
        what = f"`submissions` of {self.what}"
        self.reading.only(body, ("period", "latest_by"), what)
        period, latest = body.get("period"), body.get("latest_by")
        if period is None or latest is None:
            self.reading.fault(SHAPE, body.span, f"{what} needs a `period` and a `latest_by`")
            return None, None
        return (
            value_source(period, f"`period` in {what}", self.reading),
            order_by(latest, f"`latest_by` in {what}", self.reading),
        )

    def _checks(self, node: Node | None) -> Checks:
        what = f"`checks` of {self.what}"
        body = None if node is None else self.reading.mapping(node, what)
        if body is None:
            return Checks()
        self.reading.only(body, ("overlap", "while_open", "expected", "order"), what)
        pairs = []
        order = body.get("order")
        for each in order.items if isinstance(order, Sequence) else (order,) if order else ():
            pair = self._named(each, f"a pair in `order` of {what}")
            if len(pair) != 2:
                self.reading.fault(SHAPE, each.span, f"`order` of {what} holds pairs of fields")
            else:
                pairs.append((pair[0], pair[1]))
        return Checks(
            overlap=bool(flag(body.get("overlap"), f"`overlap` of {what}", self.reading)),
            while_open=self._named(body.get("while_open"), f"`while_open` of {what}"),
            expected=self._named(body.get("expected"), f"`expected` of {what}"),
            order=tuple(pairs),
        )

    def _named(self, node: Node | None, what: str) -> tuple[str, ...]:
        names = texts(node, what, self.reading)
        for name in names:
            if name not in self.kind.fields and node is not None:
                hints = (did_you_mean(name, self.kind.fields),)
                message = f"{what}: kind {self.what} has no field `{name}`"
                self.reading.fault(NAME, node.span, message, hints=hints)
        return tuple(name for name in names if name in self.kind.fields)

    def _settled(self, entry: Entry) -> Entry:
        """Of a case, a row without a key is no case."""
        if self.kind.name == CASE and entry.actions[Fault.BLANK_KEY] is Action.WARN:
            entry.actions[Fault.BLANK_KEY] = Action.REJECT
        return entry


def _in_order(
    kinds: dict[str, tuple[Entry, ...]], reading: Reading
) -> dict[str, tuple[Entry, ...]]:
    """The case first, and every kind after those that it refers to, where there is such an order.

    Of two kinds that refer to each other one comes first; its references to the other, like
    those of a kind to itself, can be noted and no more: nothing else is known in time.
    """
    left = dict.fromkeys(name for name in (CASE, *sorted(kinds)) if name in kinds)
    made: dict[str, tuple[Entry, ...]] = {}
    while left:
        ready = [name for name in left if not (_targets(kinds[name]) & left.keys() - {name})]
        name = ready[0] if ready else next(iter(left))
        del left[name]
        made[name] = kinds[name]
        for entry in kinds[name]:
            _late(entry, made, kinds, reading)
    return made


def _late(
    entry: Entry,
    made: dict[str, tuple[Entry, ...]],
    kinds: dict[str, tuple[Entry, ...]],
    reading: Reading,
) -> None:
    """What cannot be asked of a reference to a record that is read later."""
    late = {
        each.field.name
        for each in entry.fields
        if each.field.type is FieldType.REF
        and each.field.target in kinds
        and (each.field.target not in made or each.field.target == entry.kind.name)
    }
    span = entry.source.span
    if entry.through in late and span is not None:
        message = f"the case of `{entry.kind.name}` cannot be that of a record that is read later"
        reading.fault(SHAPE, span, message)
    action = entry.actions[Fault.ORPHAN_REFERENCE]
    allowed = (Action.WARN, Action.ERROR)
    if late and action not in allowed and span is not None:
        assert action in ACTIONS[Fault.ORPHAN_REFERENCE]
        names = ", ".join(f"`{name}`" for name in sorted(late))
        message = f"`orphan_reference` of `{entry.kind.name}` can be `warn` or `error`: {names}"
        hint = "the record that is referred to is read in the same step, or later"
        reading.fault(SHAPE, span, message, hints=(hint,))


def _targets(entries: tuple[Entry, ...]) -> set[str]:
    return {
        each.field.target or ""
        for entry in entries
        for each in entry.fields
        if each.field.type is FieldType.REF
    }
