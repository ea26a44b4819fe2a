"""What reads the pipelines' formats: schemas, parsers, and the rules of those who take them."""

import json
import os
import re
import subprocess
import tarfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from markdown_it import MarkdownIt

HERE = Path(__file__).parent
# Ships OASIS's schema of SARIF 2.1.0 as one file.
SARIF_PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SARIF_FILE = "package/lib/schemas/sarif-2.1.0-rtm.5.json"


def sarif_schema(cache: Path) -> dict[str, Any]:
    """The schema, from the npm package that ships it; kept for the next run."""
    kept = cache / "sarif-2.1.0.json"
    if not kept.exists():
        command = ["npm", "pack", "--silent", SARIF_PACKAGE, "--pack-destination", str(cache)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        except (OSError, subprocess.SubprocessError):
            if os.environ.get("CI"):
                raise
            pytest.skip("npm cannot fetch the schema of SARIF here")
        with tarfile.open(cache / done.stdout.split()[-1]) as archive:
            held = archive.extractfile(SARIF_FILE)
            assert held is not None
            kept.write_bytes(held.read())
    made: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    return made


def check_sarif(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The log, if it is one."""
    log: dict[str, Any] = json.loads(text)
    jsonschema.Draft4Validator(schema).validate(log)
    return log


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32,}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def check_gitlab(text: str) -> list[dict[str, Any]]:
    """The list, as GitLab's page on code quality asks for it; no fingerprint comes twice."""
    found: list[dict[str, Any]] = json.loads(text)
    jsonschema.Draft7Validator(GITLAB).validate(found)
    assert len({each["fingerprint"] for each in found}) == len(found)
    return found


def check_junit(data: bytes) -> None:
    """Valid against what Jenkins and GitLab read."""
    xmlschema.XMLSchema(str(HERE / "junit.xsd")).validate(data.decode("utf-8"))


COMMAND = re.compile(r"::(\w+)(?: ([^:]*?))?::(.*)")


def runner_reads(line: str) -> tuple[str, dict[str, str], str] | None:
    """A line of a log as a GitHub runner takes it: command, properties and message, each with
    its escapes undone; None for a line that is none."""
    found = COMMAND.fullmatch(line.lstrip())
    if found is None:
        return None
    said = dict(part.split("=", 1) for part in (found[2] or "").split(",") if part)
    return (
        found[1],
        {
            key: _undone(_undone(value, "%3A", ":"), "%2C", ",", last=True)
            for key, value in said.items()
        },
        _undone(found[3], last=True),
    )


def _undone(text: str, escape: str = "", char: str = "", *, last: bool = False) -> str:
    text = text.replace(escape, char) if escape else text
    if last:
        text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return text


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[list[str]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.cells and self.cells[-1]:
            self.cells[-1][-1] += data


def drawn(markdown: str) -> _Seen:
    """Markdown as it is drawn, tables included: its tags, its cells, its words."""
    seen = _Seen()
    seen.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    return seen
