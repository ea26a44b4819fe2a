"""`fields` and `codes` of a mapping: each held against the schema's own fields and code lists."""

from collections.abc import Mapping as Table
from typing import Final

from policyengine.formats import Mapping, Node, Scalar
from policyengine.imports.json_path import path_fault
from policyengine.imports.model import (
    FieldMapping,
    Format,
    LookUp,
    Manner,
    Meaning,
    Source,
    Take,
    Translation,
    ValueSource,
)
from policyengine.imports.values_from_yaml import (
    MANNERS,
    NAME,
    SHAPE,
    TAKES,
    choice,
    manner,
    value_source,
)
from policyengine.schema.model import Field, FieldType, Kind, Schema
from policyengine.schema.reading import Reading, did_you_mean

KEYS: Final = (
    *sorted(TAKES),
    "with",
    "then",
    "look_up",
    "codes",
    "leading_zeros",
    "check",
    *sorted(MANNERS),
)
JSON: Final = frozenset({Format.JSON, Format.JSONL, Format.NDJSON})
_JSON_SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
_CODED: Final = frozenset({FieldType.CODE, FieldType.YES_NO, FieldType.TEXT})
_MOST_ZEROS: Final = 30


def is_json(source: Source) -> bool:
    """Whether the columns of a source are paths."""
    if source.format is not None:
        return source.format in JSON
    return all(each.lower().endswith(_JSON_SUFFIXES) for each in source.files)


def check_paths(value: ValueSource | None, source: Source, reading: Reading) -> None:
    """Of a source of JSON, every column must be a path."""
    if value is None or value.take is Take.VALUE or not is_json(source) or value.span is None:
        return
    for name in value.names:
        if (why := path_fault(name)) is not None:
            reading.fault(SHAPE, value.span, why)


class Fields:
    """Reads the fields of kinds."""

    def __init__(
        self,
        schema: Schema,
        codes: Table[str, Mapping],
        look_ups: Table[str, LookUp],
        reading: Reading,
    ) -> None:
        self.schema = schema
        self.codes = codes
        self.look_ups = look_ups
        self.reading = reading

    def read(
        self, node: Node | None, kind: Kind, source: Source, how: Manner
    ) -> tuple[FieldMapping, ...]:
        """Every field of a kind that is filled."""
        body = None if node is None else self.reading.mapping(node, f"`fields` of `{kind.name}`")
        made: list[FieldMapping] = []
        for entry in body.entries if body else ():
            field = kind.fields.get(entry.key.text)
            if field is None:
                hints = (did_you_mean(entry.key.text, kind.fields),)
                message = f"kind `{kind.name}` has no field `{entry.key.text}`"
                self.reading.fault(NAME, entry.key.span, message, hints=hints)
                continue
            found = self._field(entry.value, field, f"`{kind.name}.{field.name}`", how)
            if found is not None:
                check_paths(found.source, source, self.reading)
                made.append(found)
        return tuple(made)

    def _field(self, node: Node, field: Field, what: str, above: Manner) -> FieldMapping | None:
        source = value_source(node, what, self.reading)
        if source is None:
            return None
        body = node if isinstance(node, Mapping) else Mapping((), node.span)
        self.reading.only(body, KEYS, what)
        made = FieldMapping(
            field=field,
            source=source,
            manner=manner(body, above, what, self.reading),
            look_up=self._look_up(body.get("look_up"), what),
            codes=self._codes(body.get("codes"), field, what),
            leading_zeros=self._zeros(body.get("leading_zeros"), what),
            nhs_number=self._check(body.get("check"), field, what),
        )
        self._fixed(made, what, node)
        return made

    def _fixed(self, made: FieldMapping, what: str, node: Node) -> None:
        """A value that is always the same can be held against the schema at once."""
        if made.source.take is not Take.VALUE or made.codes is not None:
            return
        text = made.source.names[0].strip()
        wrong = (
            text not in self.schema.codes[made.field.target or ""].codes
            if made.field.type is FieldType.CODE
            else made.field.type is FieldType.YES_NO and text not in ("yes", "no")
        )
        if wrong:
            self.reading.fault(NAME, node.span, f"the `value` of {what} is none that it can have")

    def _look_up(self, node: Node | None, what: str) -> str | None:
        if node is None:
            return None
        name = node.text if isinstance(node, Scalar) else ""
        if name not in self.look_ups:
            hints = (did_you_mean(name, self.look_ups),)
            message = f"`look_up` of {what}: there is no such table"
            self.reading.fault(NAME, node.span, message, hints=hints)
            return None
        return name

    def _zeros(self, node: Node | None, what: str) -> int:
        if node is None:
            return 0
        text = node.text if isinstance(node, Scalar) else ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not 1 <= number <= _MOST_ZEROS:
            message = f"`leading_zeros` of {what} is how many digits a code has, from 1"
            self.reading.fault(SHAPE, node.span, message)
        return number

    def _check(self, node: Node | None, field: Field, what: str) -> bool:
        if node is None:
            return False
        text = node.text if isinstance(node, Scalar) else ""
        if text != "nhs_number" or field.type is not FieldType.TEXT:
            message = f"`check` of {what} can be `nhs_number`, of a text"
            self.reading.fault(SHAPE, node.span, message)
            return False
        return True

    # --- codes ----------------------------------------------------------------------------------

    def _codes(self, node: Node | None, field: Field, what: str) -> Translation | None:
        if node is None:
            return None
        if field.type not in _CODED:
            message = f"`codes` of {what}: it is {field.type.value}, and has none"
            self.reading.fault(SHAPE, node.span, message)
            return None
        body: Mapping | None
        if isinstance(node, Scalar):
            body = self.codes.get(node.text)
            if body is None:
                hints = (did_you_mean(node.text, self.codes),)
                message = f"`codes` of {what}: there is no such translation"
                self.reading.fault(NAME, node.span, message, hints=hints)
        else:
            body = self.reading.mapping(node, f"`codes` of {what}")
        made: Translation = {}
        for entry in body.entries if body else ():
            target = self._target(entry.value, field, what)
            if target is not None:
                made[entry.key.text.strip()] = target
        return made

    def _target(self, node: Node, field: Field, what: str) -> str | Meaning | None:
        """A code of the schema, or what the code means; a meaning that the list has a code for
        becomes that code."""
        if isinstance(node, Mapping):
            self.reading.only(node, ("means",), f"a code of {what}")
            said = node.get("means")
            if said is None:
                self.reading.fault(SHAPE, node.span, f"a code of {what} says what it `means`")
                return None
            means = choice(said, Meaning, f"`means` in a code of {what}", self.reading)
            return None if means is None else self._meant(means, field, what, node)
        text = node.text.strip() if isinstance(node, Scalar) else ""
        known = self._known(field)
        if not text or (known is not None and text not in known):
            hints = (did_you_mean(text, known or ()),)
            message = f"{what} has no such code" if text else f"a code of {what} becomes nothing"
            self.reading.fault(NAME, node.span, message, hints=hints if text else ())
            return None
        return text

    def _known(self, field: Field) -> tuple[str, ...] | None:
        if field.type is FieldType.YES_NO:
            return ("yes", "no")
        if field.type is FieldType.CODE:
            return tuple(self.schema.codes[field.target or ""].codes)
        return None

    def _meant(self, means: Meaning, field: Field, what: str, node: Node) -> str | Meaning | None:
        if means in (Meaning.BLANK, Meaning.WITHHELD) or field.type is not FieldType.CODE:
            if means is Meaning.NOT_APPLICABLE:
                message = f"{what} cannot say that the question does not arise"
                hint = "say `{means: blank}`, or map it to a value that the field has"
                self.reading.fault(NAME, node.span, message, hints=(hint,))
                return None
            return means
        codes = self.schema.codes[field.target or ""].codes.values()
        for code in codes:
            if code.means.value == means.value:
                return code.code
        if means is Meaning.NOT_APPLICABLE:
            message = f"the code list of {what} has no code for `does not apply`"
            self.reading.fault(NAME, node.span, message)
            return None
        return next((code.code for code in codes if code.is_unknown), means)
