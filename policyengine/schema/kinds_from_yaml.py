"""The kinds of a schema: what each says about its records, checked against its fields."""

from dataclasses import dataclass

from policyengine.formats import Entry, Mapping, Node, Scalar, Sequence
from policyengine.schema.fields_from_yaml import DATED, Fields, bad_name, read_fields
from policyengine.schema.model import Field, FieldType, Kind, Sensitivity
from policyengine.schema.names import RESERVED, as_label, is_name
from policyengine.schema.reading import Reading, did_you_mean
from policyengine.source import Span

KIND_KEYS = ("label", "plural", "fields", "sensitive")
RECORD_KEYS = ("happened", "recorded", "ended", "ordered_by", "void_when", "shared")
CASE_KEYS = ("died", "owner")
CASE = "case"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A kind whose fields are read and whose other words are not yet looked up."""

    key: Scalar
    body: Mapping
    fields: Fields

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.text


def read_kinds(body: Mapping, code_lists: set[str], reading: Reading) -> dict[str, Kind]:
    """Read `kinds`. `code_lists` are the names that a `code` field may give."""
    drafts = {
        entry.key.text: draft
        for entry in body.entries
        if (draft := _draft(entry, reading)) is not None
    }
    kinds = {name: _kind(draft, drafts, reading) for name, draft in drafts.items()}
    for draft in drafts.values():
        _check_targets(draft, drafts, code_lists, reading)
    _check_words(drafts, kinds, reading)
    return kinds


def _draft(entry: Entry, reading: Reading) -> Draft | None:
    key = entry.key
    if not is_name(key.text):
        bad_name(key, "a kind", reading)
        return None
    if key.text in RESERVED:
        message = f"`{key.text}` begins or joins an expression, so no kind can be called that"
        reading.fault("SCH006", key.span, message)
        return None
    body = reading.mapping(entry.value, f"kind `{key.text}`")
    if body is None:
        return None
    own = CASE_KEYS if key.text == CASE else RECORD_KEYS
    other = RECORD_KEYS if key.text == CASE else CASE_KEYS
    for line in body.entries:
        if line.key.text in other:
            whose = "a kind of record" if key.text == CASE else "the kind `case`"
            message = f"`{line.key.text}` belongs to {whose}, not to `{key.text}`"
            reading.fault("SCH017", line.key.span, message)
    reading.only(body, (*KIND_KEYS, *own, *other), f"kind `{key.text}`")
    node = body.get("fields")
    fields = None if node is None else reading.mapping(node, f"`fields` of kind `{key.text}`")
    return Draft(key, body, Fields() if fields is None else read_fields(fields, reading))


def _kind(draft: Draft, drafts: dict[str, Draft], reading: Reading) -> Kind:
    name, body = draft.name, draft.body
    happened = _dated(draft, "happened", reading)
    _check_known_from(draft, reading)
    return Kind(
        name=name,
        label=reading.words(body.get("label"), f"the label of kind `{name}`") or as_label(name),
        plural=_plural(draft, reading),
        fields=draft.fields.fields,
        happened=happened,
        recorded=_dated(draft, "recorded", reading),
        ended=_ended(draft, drafts, reading),
        ordered_by=_dated(draft, "ordered_by", reading) or happened,
        void_when=_void_when(draft, reading),
        sensitive=reading.choice(
            body.get("sensitive"), Sensitivity, f"`sensitive` of kind `{name}`"
        ),
        shared=reading.flag(body.get("shared"), f"`shared` of kind `{name}`"),
    )


def _plural(draft: Draft, reading: Reading) -> str:
    node = draft.body.get("plural")
    found = None if node is None else reading.text(node, f"`plural` of kind `{draft.name}`")
    if found is None:
        return f"{draft.name}s"
    if not is_name(found.text):
        bad_name(found, "a plural", reading)
    elif found.text in RESERVED:
        message = f"`{found.text}` begins or joins an expression, so it cannot be a plural"
        reading.fault("SCH006", found.span, message)
    return found.text


def field_named(place: Span, name: str, draft: Draft, reading: Reading) -> Field | None:
    """A field of a kind by its name; a fault if it has none, silence if that one is broken."""
    fields = draft.fields
    if name not in fields.declared:
        hints = (did_you_mean(name, fields.declared),)
        message = f"kind `{draft.name}` has no field `{name}`"
        reading.fault("SCH008", place, message, hints=hints)
    return fields.fields.get(name)


def _own(draft: Draft, key: str, types: frozenset[FieldType], reading: Reading) -> str | None:
    """The field of the kind that a key such as `happened` names, if it is of a fitting type."""
    node = draft.body.get(key)
    what = f"`{key}` of kind `{draft.name}`"
    found = None if node is None else reading.text(node, what)
    named = None if found is None else field_named(found.span, found.text, draft, reading)
    if found is None or named is None:
        return None
    if named.type not in types:
        wanted = " or ".join(sorted(each.value for each in types))
        message = f"{what} must be a field of type {wanted}; `{named.name}` is {named.type.value}"
        reading.fault("SCH009", found.span, message, hints=_fitting(draft, types))
        return None
    return named.name


def _fitting(draft: Draft, types: frozenset[FieldType]) -> tuple[str, ...]:
    names = [f"`{each.name}`" for each in draft.fields.fields.values() if each.type in types]
    return (f"the fields that fit: {', '.join(names[:12])}",) if names else ()


def _dated(draft: Draft, key: str, reading: Reading) -> str | None:
    return _own(draft, key, DATED, reading)


def _void_when(draft: Draft, reading: Reading) -> str | None:
    return _own(draft, "void_when", frozenset({FieldType.YES_NO}), reading)


def _check_known_from(draft: Draft, reading: Reading) -> None:
    for name, place in draft.fields.known_from.items():
        named = field_named(place.span, place.text, draft, reading)
        if named is not None and (named.type not in DATED or named.name == name):
            message = f"`known_from` of field `{name}` must be another field, of type date"
            hints = _fitting(draft, DATED)
            reading.fault("SCH009", place.span, message, hints=hints)


def _ended(draft: Draft, drafts: dict[str, Draft], reading: Reading) -> tuple[Path, ...]:
    node = draft.body.get("ended")
    if node is None:
        return ()
    nodes: tuple[Node, ...] = node.items if isinstance(node, Sequence) else (node,)
    found = (reading.text(each, f"`ended` of kind `{draft.name}`") for each in nodes)
    paths = (_path(each, draft, drafts, reading) for each in found if each is not None)
    return tuple(path for path in paths if path)


def _path(place: Scalar, draft: Draft, drafts: dict[str, Draft], reading: Reading) -> Path:
    """A path such as `order.ended_on`: references, and a date at its end. Empty if it fails."""
    steps = tuple(place.text.split("."))
    here = draft
    for step in steps[:-1]:
        named = field_named(place.span, step, here, reading)
        if named is None:
            return ()
        if named.type is not FieldType.REF:
            message = f"`{step}` is no reference, so the path cannot go on from it"
            reading.fault("SCH018", place.span, message)
            return ()
        if named.target not in drafts:
            return ()  # the reference itself is at fault, and says so
        here = drafts[named.target]
    last = field_named(place.span, steps[-1], here, reading)
    if last is not None and last.type not in DATED:
        message = f"`ended` must lead to a date; `{last.name}` is {last.type.value}"
        reading.fault("SCH009", place.span, message, hints=_fitting(here, DATED))
        return ()
    return () if last is None else steps


def _check_targets(
    draft: Draft, drafts: dict[str, Draft], code_lists: set[str], reading: Reading
) -> None:
    """Every reference leads to a kind of record, every code field has its list."""
    for each in draft.fields.fields.values():
        place = draft.fields.types[each.name]
        target = each.target or ""
        if each.type is FieldType.REF and (target not in drafts or target == CASE):
            kinds = drafts.keys() - {CASE}
            message = f"there is no kind of record `{target}` to refer to"
            reading.fault("SCH010", place, message, hints=(did_you_mean(target, kinds),))
        elif each.type is FieldType.CODE and target not in code_lists:
            hints = (did_you_mean(target, code_lists),)
            reading.fault("SCH011", place, f"there is no code list `{target}`", hints=hints)


def _check_words(drafts: dict[str, Draft], kinds: dict[str, Kind], reading: Reading) -> None:
    """No word stands for two kinds, and no field of the case is called like a kind."""
    taken = {name: name for name in kinds}
    for name, kind in kinds.items():
        other = taken.setdefault(kind.plural, name)
        if other != name:
            node = drafts[name].body.get("plural")
            place = drafts[name].key.span if node is None else node.span
            message = f"`{kind.plural}`, the plural of `{name}`, stands for `{other}` already"
            reading.fault("SCH014", place, message, hints=("give it a `plural` of its own",))
    case = drafts.get(CASE)
    for name in sorted(case.fields.declared & kinds.keys()) if case else ():
        message = f"a field of the case and a kind are both called `{name}`"
        reading.fault("SCH014", drafts[name].key.span, message)
