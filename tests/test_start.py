"""What a run imports: an audit of rules that were checked before needs nothing that reads, checks
or tells of rules, or that reads foreign exports. Each of these takes a part of a second."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from policyengine.schema import load_schema
from tests.tables_from_cases import rows_by_kind, write_csv

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ("policyengine.policy.settle", "policyengine.syntax.tree", "holidays")
"""What the first run needs and the next does not."""
NEVER = (
    "policyengine.imports",
    "policyengine.databases",
    "policyengine.readback",
    "policyengine.syntax.bench",
    "policyengine.syntax.reader",
    "policyengine.standing.waivers",
    "policyengine.commands.configuration_yaml",
    "policyengine.commands.trend",
    "lark",
    "interegular",
    "yaml",
    "jinja2",
)
PROGRAM = """\
import json, sys
from policyengine.commands.main import main
code = main(sys.argv[2:])
with open(sys.argv[1], "w") as out:
    json.dump(sorted(sys.modules), out)
sys.exit(code)
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command line of an audit by the bulk engine, of tables and of rules as they lie here."""
    schema, _ = load_schema(ROOT / "rules" / "schema.yaml")
    assert schema is not None
    lines = (ROOT / "rules/sample/cases.jsonl").read_text("utf-8").splitlines()[:5]
    write_csv(tmp_path / "cases", rows_by_kind(map(json.loads, lines), schema))
    rules = str(ROOT / "rules" / "community_treatment_orders")
    flags = ["--as-at", "2026-11-01", "--engine", "duckdb", "--format", "text"]
    return ["audit", rules, "--cases", str(tmp_path / "cases"), *flags]


def imported_by(words: list[str], folder: Path) -> set[str]:
    """The modules that a process has imported by its end."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "modules.json"), *words],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Policy audit" in ran.stdout
    return set(json.loads((folder / "modules.json").read_text("utf-8")))


def test_an_audit_of_rules_that_were_checked_before_imports_what_it_uses_alone(
    words: list[str], tmp_path: Path
) -> None:
    first = imported_by(words, tmp_path)
    assert first >= {*CHECKS, "yaml"}  # nothing was remembered: the names are those of our modules
    again = imported_by(words, tmp_path)
    assert again & {*CHECKS, *NEVER} == set()
    assert "duckdb" in again


@pytest.mark.parametrize("name", [*CHECKS, *NEVER])
def test_what_is_not_to_be_imported_exists(name: str) -> None:
    assert find_spec(name) is not None
