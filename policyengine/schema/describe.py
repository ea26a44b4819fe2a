"""A schema told to people in plain lines, and to other programs as JSON Schema."""

from collections.abc import Iterator

from policyengine.schema.model import CodeList, Field, FieldType, Kind, Schema

_NUMBER = r"^\s*-?[0-9]+(\.[0-9]+)?\s*$"
_DATE = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
_DATETIME = (
    r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?\s*$"
)
_TRUTHS = [True, False, "yes", "Yes", "YES", "no", "No", "NO"]
_TRUTHS += ["true", "True", "TRUE", "false", "False", "FALSE"]


def summary(schema: Schema) -> str:
    """The schema in plain lines, for `trustpolicy schema`: kinds, fields, types and marks."""
    head = f"{schema.name}, version {schema.version}; times are those of {schema.time_zone}"
    lines = [head]
    for kind in schema.kinds.values():
        lines += ["", *_kind_lines(kind, schema)]
    if schema.codes:
        lines += ["", "codes"]
        lines += [f"  {codes.name}: {', '.join(codes.codes)}" for codes in schema.codes.values()]
    return "\n".join(lines) + "\n"


def _kind_lines(kind: Kind, schema: Schema) -> Iterator[str]:
    said = [kind.label, f"several: {kind.plural}"]
    if kind.shared:
        said.append("shared by all cases")
    if kind.sensitive is not None:
        said.append(f"sensitive: {kind.sensitive.value}")
    yield f"{kind.name} ({'; '.join(said)})"
    width = max((len(name) for name in kind.fields), default=0)
    for each in kind.fields.values():
        yield f"  {each.name:<{width}}  {_type(each)}{_marks(each, kind, schema)}"


def _type(field: Field) -> str:
    return field.type.value if field.target is None else f"{field.type.value} {field.target}"


def _marks(field: Field, kind: Kind, schema: Schema) -> str:
    marks = [word for word in ("required", "open", "planned") if getattr(field, word)]
    if field.known_from is not None:
        marks.append(f"known from {field.known_from}")
    if field.sensitive is not None:
        marks.append(f"sensitive: {field.sensitive.value}")
    marks += _parts(field, kind, schema)
    return f"  ({', '.join(marks)})" if marks else ""


def _parts(field: Field, kind: Kind, schema: Schema) -> Iterator[str]:
    """What a field is to its kind."""
    if field.name == kind.happened:
        yield "when it happened"
    if field.name == kind.recorded:
        yield "when it was recorded"
    if (field.name,) in kind.ended or (kind.name == "case" and field.name == schema.died):
        yield "ends it"
    if field.name == kind.ordered_by and kind.ordered_by != kind.happened:
        yield "its order"
    if field.name == kind.void_when:
        yield "void when yes"


def to_json_schema(schema: Schema) -> dict[str, object]:
    """A JSON Schema (2020-12) of a nested export: a list of cases, or `_shared` and `cases`.

    It refuses what would be invalid or rejected on loading; a key that the schema does not have
    is let pass, as it is when an export is read.
    """
    own = {name: kind for name, kind in schema.kinds.items() if name != "case"}
    shared = {name: _rows(name) for name, kind in own.items() if kind.shared}
    cases = {"type": "array", "items": {"$ref": "#/$defs/case"}}
    top = {
        "type": "object",
        "required": ["cases"],
        "properties": {
            "cases": cases,
            "_shared": {"type": "object", "properties": shared},
            "_complete_from": {"$ref": "#/$defs/complete_from"},
        },
    }
    definitions: dict[str, object] = {name: _record(kind, schema) for name, kind in own.items()}
    definitions["case"] = _case(schema)
    definitions["complete_from"] = _complete_from(own)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{schema.name}, version {schema.version}",
        "oneOf": [cases, top, {"$ref": "#/$defs/case"}],
        "$defs": definitions,
    }


def _rows(kind: str) -> dict[str, object]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{kind}"}}


def _complete_from(kinds: dict[str, Kind]) -> dict[str, object]:
    date = {"type": ["string", "null"], "pattern": _DATE}
    properties = dict.fromkeys(kinds, date)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _case(schema: Schema) -> dict[str, object]:
    case = schema.kinds["case"]
    properties: dict[str, object] = {
        "case_id": {"type": ["string", "integer"]},
        "_complete_from": {"$ref": "#/$defs/complete_from"},
    }
    properties |= _properties(case, schema)
    properties |= {
        name: _rows(name)
        for name, kind in schema.kinds.items()
        if name != "case" and not kind.shared
    }
    required = ["case_id", *_required(case)]
    return {
        "type": "object",
        "title": case.label,
        "required": required,
        "properties": properties,
    }


def _record(kind: Kind, schema: Schema) -> dict[str, object]:
    properties: dict[str, object] = {"id": {"type": ["string", "integer", "null"]}}
    properties |= _properties(kind, schema)
    made: dict[str, object] = {"type": "object", "title": kind.label, "properties": properties}
    if required := _required(kind):
        made["required"] = required
    return made


def _required(kind: Kind) -> list[str]:
    return [each.name for each in kind.fields.values() if each.required]


def _properties(kind: Kind, schema: Schema) -> dict[str, object]:
    return {each.name: _property(each, schema.codes) for each in kind.fields.values()}


def _property(field: Field, codes: dict[str, CodeList]) -> dict[str, object]:
    return {"title": field.label, **_shape(field, codes)}


def _shape(field: Field, codes: dict[str, CodeList]) -> dict[str, object]:
    match field.type:
        case FieldType.TEXT:
            return {"type": ["string", "integer", "null"]}
        case FieldType.REF:
            about = f"the id of a record of kind {field.target}"
            return {"type": ["string", "integer", "null"], "description": about}
        case FieldType.CODE:
            return {"enum": [*codes[field.target or ""].codes, "", None]}
        case FieldType.YES_NO:
            return {"enum": [*_TRUTHS, "", None]}
        case FieldType.NUMBER:
            return {"type": ["number", "string", "null"], "pattern": f"{_NUMBER}|^\\s*$"}
        case FieldType.DATE:
            return {"type": ["string", "null"], "pattern": f"{_DATE}|^\\s*$"}
        case FieldType.DATETIME:
            return {"type": ["string", "null"], "pattern": f"{_DATETIME}|^\\s*$"}
