"""A schema told to people and to other programs."""

import json
import re
from typing import Any

import pytest

from policyengine.schema import summary, to_json_schema
from policyengine.schema.model import Schema
from tests.records_page import SCHEMA


def definition(schema: Schema, kind: str) -> dict[str, Any]:
    found: Any = to_json_schema(schema)["$defs"]
    made: dict[str, Any] = found[kind]
    return made


def test_the_summary_names_every_kind_field_type_and_code() -> None:
    told = summary(SCHEMA)
    for kind in SCHEMA.kinds.values():
        assert f"\n{kind.name} (" in told
        for field in kind.fields.values():
            assert re.search(rf"^  {field.name} +{field.type.value}\b", told, re.MULTILINE)
    assert "  ended_on    date  (open)" in told
    assert "  started_on  date  (when it happened)" in told
    assert "  expires_on  date  (planned)" in told
    assert "  wrong       yes_no  (void when yes)" in told
    assert "staff (staff; several: staffs; shared by all cases)" in told
    assert "outcome: understood, no, 7, café, not known" in told


def test_a_json_schema_has_a_definition_for_every_kind() -> None:
    made: Any = to_json_schema(SCHEMA)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$defs"].keys() == SCHEMA.kinds.keys() | {"complete_from"}
    case = made["$defs"]["case"]
    assert case["required"] == ["case_id"]
    assert case["properties"]["talk"] == {"type": "array", "items": {"$ref": "#/$defs/talk"}}
    assert "staff" not in case["properties"]
    assert definition(SCHEMA, "audit")["required"] == ["by"]
    assert json.loads(json.dumps(made)) == made
    for pointer in re.findall(r'"#/\$defs/(\w+)"', json.dumps(made)):
        assert pointer in made["$defs"]


def test_codes_and_truths_are_listed() -> None:
    talk = definition(SCHEMA, "talk")["properties"]
    assert talk["outcome"]["enum"] == ["understood", "no", "7", "café", "not known", "", None]
    assert {True, False, "yes", "no"} <= set(talk["spoken"]["enum"])


@pytest.mark.parametrize(
    ("field", "text", "fits"),
    [
        ("date", "2026-01-31", True),
        ("date", "", True),
        ("date", "31/01/2026", False),
        ("date", "2026-01-31T10:00", False),
        ("at", "2026-01-31", True),
        ("at", "2026-01-31T10:00", True),
        ("at", "2026-01-31 10:00:59.5+01:00", True),
        ("at", "2026-01-31T10", False),
        ("minutes", "-1.5", True),
        ("minutes", "1e5", False),
    ],
)
def test_patterns_are_those_of_the_loading(field: str, text: str, fits: bool) -> None:
    pattern = definition(SCHEMA, "talk")["properties"][field]["pattern"]
    assert (re.search(pattern, text) is not None) == fits
