"""The manifest of a run: what went in, what was asked, what came out. Written last.

It lets whoever holds the records show later that a report was made from these inputs by these
rules, and make it again. It names inputs by hash, so it stays with the records.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from platform import python_version

from policyengine.findings.model import Audit
from policyengine.findings.writing import setting_text
from policyengine.plan.core import Plan, SettingPlan
from policyengine.report.json_report import ENGINE
from policyengine.values.moments import Zone
from policyengine.values.verdict import Verdict

MANIFEST_VERSION = 1
# Of whose version an answer can depend: patterns, bank holidays, the clocks' changes, the grammar.
_MATTER = ("google-re2", "holidays", "jinja2", "lark", "pyyaml", "rich", "tzdata", "xlsxwriter")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file that was read or written. `rows` are the rows of a table or the lines of JSON
    lines, where they were counted."""

    name: str
    sha256: str
    bytes: int
    rows: int | None = None

    def json(self, *, rows: bool = False) -> dict[str, object]:
        """As the manifest holds it."""
        held: dict[str, object] = {"name": self.name, "sha256": self.sha256, "bytes": self.bytes}
        return {**held, "rows": self.rows} if rows else held


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, as far as it is not in its audit.

    `command` are the words that make it again, but for the names of its outputs; `output` is the
    name that was asked for. `key` is the fingerprint of the pseudonyms' key, "" where one was
    made for the run alone, None where there are no pseudonyms. `previous` is the SHA-256 of the
    manifest before this one; `kept` the file of findings that the next run can go on from.
    """

    verb: str
    command: tuple[str, ...]
    view: str | None
    key: str | None
    rules: tuple[FileEntry, ...]
    schema: FileEntry | None
    configuration: FileEntry | None
    mapping: FileEntry | None
    inputs: tuple[FileEntry, ...]
    outputs: tuple[FileEntry, ...]
    output: str | None
    encoding: str | None
    previous: str | None
    kept: FileEntry | None = None


def manifest_json(run: Run, audit: Audit, plan: Plan, zone: Zone) -> str:
    """The manifest as JSON, its keys in one order, a key a line."""
    held = {
        "manifest_version": MANIFEST_VERSION,
        "keep": "with the records: it names them by their hashes",
        "engine": {"name": ENGINE, "version": audit.engine_version},
        "versions": versions(),
        "command": list(run.command),
        "verb": run.verb,
        "view": run.view,
        "pseudonym_key": run.key,
        "as_at": audit.as_at,
        "known_by": audit.known_by,
        "rules_sha256": audit.rules_sha256,
        "rules": _entries(run.rules),
        "schema": _entry(run.schema),
        "configuration": _entry(run.configuration),
        "mapping": _entry(run.mapping),
        "cases_sha256": audit.cases_sha256,
        "cases": audit.cases,
        "inputs": [entry.json(rows=True) for entry in run.inputs],
        "rows": {
            "read": audit.rows_read,
            "kept": audit.rows_kept,
            **({"merged": audit.rows_merged} if audit.rows_merged else {}),
            "rejected": audit.rows_rejected,
        },
        "settings": {
            name: settings_in(plan.settings[name], zone) for name in sorted(plan.settings)
        },
        "targets": {row.rule: row.target for row in audit.summary if row.target is not None},
        "counts": {row.rule: _counts(row.counts) for row in audit.summary},
        "output": run.output,
        "encoding": run.encoding,
        "outputs": _entries(run.outputs),
        "previous_manifest_sha256": run.previous,
        "kept": _entry(run.kept),
    }
    lines = [f" {json.dumps(key)}: {_laid_out(value)}" for key, value in held.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _laid_out(value: object) -> str:
    """A list or an object of several things on as many lines."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"
    if isinstance(value, dict) and len(value) > 3:
        items = (f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items())
        return "{\n  " + ",\n  ".join(items) + "\n }"
    return json.dumps(value)


def _entry(entry: FileEntry | None) -> dict[str, object] | None:
    return None if entry is None else entry.json()


def _entries(entries: Iterable[FileEntry]) -> list[dict[str, object]]:
    return [entry.json() for entry in entries]


def _counts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict.value: counts[verdict] for verdict in Verdict}


def settings_in(setting: SettingPlan, zone: Zone) -> str:
    """A setting as it was used: its value, or each value with the day from which it holds."""
    if setting.options is not None:
        return ", ".join(setting_text(option, zone) for option in setting.options)
    return ", ".join(
        setting_text(value, zone) + (f" from {start.isoformat()}" if start else "")
        for start, value in setting.values
    )


def versions() -> dict[str, str]:
    """Python's version, and those of the libraries on which an answer or its form can depend."""
    found = {"python": python_version()}
    for name in _MATTER:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
