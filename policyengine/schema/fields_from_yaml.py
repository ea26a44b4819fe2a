"""The fields of a kind, one by one: their types and their marks."""

from dataclasses import dataclass, field

from policyengine.formats import Mapping, Node, Scalar
from policyengine.schema.model import Field, FieldType, Sensitivity
from policyengine.schema.names import OWN_NAMES, as_label, as_name, is_name
from policyengine.schema.reading import Reading, did_you_mean
from policyengine.source import Span

FIELD_KEYS = ("type", "label", "required", "open", "planned", "known_from", "sensitive")
DATED = frozenset({FieldType.DATE, FieldType.DATETIME})
_TARGETED = {FieldType.CODE: "a code list", FieldType.REF: "a kind"}
_TYPES = {each.value: each for each in FieldType}


@dataclass(slots=True)
class Fields:
    """The fields that could be read. `broken` are those declared with a fault: whoever asks
    for one of them stays silent. `types` and `known_from` are the places to point at."""

    fields: dict[str, Field] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    types: dict[str, Span] = field(default_factory=dict)
    known_from: dict[str, Scalar] = field(default_factory=dict)

    @property
    def declared(self) -> set[str]:
        """Every name that is declared, well or badly."""
        return self.fields.keys() | self.broken


def read_fields(body: Mapping, reading: Reading) -> Fields:
    """Read the `fields` of a kind. References and code lists are not looked up yet."""
    made = Fields()
    for entry in body.entries:
        name = entry.key.text
        if not _may_be_called(entry.key, reading):
            continue
        read = _field(entry.key, entry.value, len(made.fields), made, reading)
        if read is None:
            made.broken.add(name)
        else:
            made.fields[name] = read
    return made


def _may_be_called(key: Scalar, reading: Reading) -> bool:
    if key.text in OWN_NAMES:
        message = f"`{key.text}` is there without being declared: every record has its own"
        reading.fault("SCH007", key.span, message, hints=("leave the line out",))
        return False
    if not is_name(key.text):
        bad_name(key, "a field", reading)
        return False
    return True


def bad_name(key: Scalar, what: str, reading: Reading) -> None:
    """Note that a word cannot be a name, with the name that it could be."""
    near = as_name(key.text)
    hints = (f"write `{near}`",) if near else ()
    message = f"{what} is called by lower-case letters, digits and underscores, a letter first"
    reading.fault("SCH005", key.span, message, hints=hints)


def _field(key: Scalar, node: Node, index: int, made: Fields, reading: Reading) -> Field | None:
    what = f"field `{key.text}`"
    if isinstance(node, Mapping):
        body = node
        reading.only(body, FIELD_KEYS, what)
        declared = body.get("type")
        if declared is None:
            reading.fault("SCH002", key.span, f"{what} has no `type`")
            return None
    else:
        body, declared = Mapping((), node.span), node
    typed = _type(declared, what, reading)
    if typed is None:
        return None
    type_, target, place = typed
    made.types[key.text] = place
    marks = {mark: _mark(mark, body, type_, what, reading) for mark in ("open", "planned")}
    return Field(
        name=key.text,
        type=type_,
        index=index,
        target=target,
        label=_label(key.text, body, reading),
        required=reading.flag(body.get("required"), f"`required` of {what}"),
        open=marks["open"],
        planned=marks["planned"],
        known_from=_known_from(key.text, body, made, reading),
        sensitive=reading.choice(body.get("sensitive"), Sensitivity, f"`sensitive` of {what}"),
    )


def _type(node: Node, what: str, reading: Reading) -> tuple[FieldType, str | None, Span] | None:
    """The type of a field, what it points at, and the place of that."""
    declared = reading.text(node, f"the type of {what}")
    if declared is None:
        return None
    word, _, target = declared.text.strip().partition(" ")
    target = target.strip()
    if (type_ := _TYPES.get(word)) is None:
        hints = (did_you_mean(word, _TYPES),)
        reading.fault("SCH004", declared.span, f"there is no type `{word}`", hints=hints)
        return None
    if type_ in _TARGETED and not is_name(target):
        message = f"`{word}` needs the name of {_TARGETED[type_]}: `{word} NAME`"
        reading.fault("SCH004", declared.span, message)
        return None
    if type_ not in _TARGETED and target:
        reading.fault("SCH004", declared.span, f"nothing follows the type `{word}`")
        return None
    return type_, target or None, declared.span


def _mark(mark: str, body: Mapping, type_: FieldType, what: str, reading: Reading) -> bool:
    """`open` or `planned`, which only dates can be."""
    node = body.get(mark)
    found = reading.flag(node, f"`{mark}` of {what}")
    if found and node is not None and type_ not in DATED:
        message = f"only a date can be `{mark}`; {what} is of type `{type_.value}`"
        reading.fault("SCH013", node.span, message)
        return False
    return found


def _label(name: str, body: Mapping, reading: Reading) -> str:
    return reading.words(body.get("label"), f"the label of field `{name}`") or as_label(name)


def _known_from(name: str, body: Mapping, made: Fields, reading: Reading) -> str | None:
    node = body.get("known_from")
    found = None if node is None else reading.text(node, f"`known_from` of field `{name}`")
    if found is None:
        return None
    made.known_from[name] = found
    return found.text
