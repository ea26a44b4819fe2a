"""Every writer survives every payload: whatever stands in a record, a team's name or an author's
sentence reaches the reader as words, or as nothing, and never acts."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import JUnitXml
from openpyxl import load_workbook

from policyengine.commands.exits import DONE
from policyengine.findings.sentences import Sentences
from policyengine.report.findings_csv import findings_csv
from policyengine.report.json_report import audit_json
from policyengine.report.pipelines.audit_junit import audit_junit
from policyengine.values.verdict import Verdict
from tests.commands_desk import RULES, SCHEMA, Desk
from tests.pipeline_consumers import check_junit, drawn
from tests.report_desk import audit_of, finding, small_plan

PAYLOADS = {
    "escape": "\x1b[31mred\x1b[0m \x1b[2J",
    "link of a terminal": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "c1 and nul": "a\x9b31mb\x85c\x00d\x7f",
    "bidirectional": "abc\u202egnp\u2066x\u2069\u200b\ufeff",
    "markup": "[/] [link=http://evil.example]x[/link] [redacted] [bold]",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula with blanks": " +1+1",
    "formula behind a tab": "\t=1+1",
    "formula, wide": "\uff1d1+1",
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3",
    "number": "1e999",
    "date": "1/2",
    "url": "http://evil.example/ mailto:x@evil.example internal:Sheet1!A1",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{ 7*7 }}{% for x in y %}{{ config }} ${7*7} %s %(x)s {0}",
    "xml": "]]>&amp;<!-- --><?pi?><!DOCTYPE x>\ufffe\uffff",
    "half of a pair": "a\ud800b",
    "lines": "one\r\ntwo\rthree\u2028four",
    "markdown": "| # x\n- [a](b) ![c](d) `e` **f** <g> @somebody #12 :smile:",
    "command of a runner": "x\n::error file=a::gotcha\n::stop-commands::x",
    "quotes": '"a",\'b\',;"',
    "long": "long " * 8_000,
    "rare": "\U0001f469\u200d\U0001f4bb \U000e0041 e\u0301",
}
NO_CASES = 0  # of the half of a pair: a record with it is rejected before any writer sees it
# (the verb and its flags, the suffix of the file)
WRITERS = {
    "text": ("audit --limit 0", "txt"),
    "rich": ("audit --limit 0 --format rich --color always", "txt"),
    "json": ("audit", "json"),
    "jsonl": ("audit", "jsonl"),
    "csv": ("audit", "csv"),
    "csv for people": ("audit --for-people", "csv"),
    "junit": ("audit", "xml"),
    "md": ("audit", "md"),
    "share": ("audit --view share", "json"),
    "committee": ("audit --view committee", "txt"),
    "report html": ("report --periods 2 --small-numbers 0", "html"),
    "report md": ("report --periods 2 --small-numbers 0", "md"),
    "worklist csv": ("worklist", "csv"),
    "worklist xlsx": ("worklist -o", "xlsx"),
    "sample": ("sample --seed s --size 9 --census", "txt"),
    "sample json": ("sample --seed s --size 9 --census", "json"),
    "sheet csv": ("sample --seed s --size 9", "csv"),
    "sheet xlsx": ("sample --seed s --size 9 --sheet", "xlsx"),
}

HOSTILE_RULES = RULES.replace(
    'say "Nothing shows', 'say "{case.team} {cto.id}: nothing shows'
).replace('fix "Explain it today."', 'fix "Ask {case.team}."')


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    made = Desk(tmp_path, capsys)
    (made.rules / "schema.yaml").write_text(SCHEMA)
    (made.rules / "orders.policy").write_text(HOSTILE_RULES)
    return made


def hostile_cases(text: str) -> list[dict[str, Any]]:
    """The text as a case's id, a team's name, a record's id and a value; met and breached."""
    order = {"id": f"{text}1", "started_on": "2026-01-01"}
    told = {"id": f"{text}2", "date": "2026-01-05", "spoken": True, "outcome": text}
    return [
        {
            "case_id": f"{text}{number}",
            "team": text,
            "cto": [order],
            "rights_discussion": [told] * number,
            "leaflet": [{"id": text, "sent_on": text}],
        }
        for number in range(2)
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("writer", WRITERS)
def test_no_payload_acts(desk: Desk, writer: str, payload: str) -> None:
    text = PAYLOADS[payload]
    desk.cases.write_text("".join(json.dumps(each) + "\n" for each in hostile_cases(text)))
    words, suffix = WRITERS[writer]
    verb, *flags = words.split()
    out = desk.folder / f"out.{suffix}"
    if suffix != "xlsx":  # a workbook's flag stands there already
        flags.append("-o")
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    ran = desk.run(verb, *where, *flags, str(out), "-q")
    assert (ran.code, ran.err) == (DONE, "")
    READS[suffix](out.read_bytes(), writer)


def test_half_of_a_pair_acts_in_no_writer_should_it_reach_one(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    bad = "a\ud800b\x00"
    one = finding("HAVE-1", Verdict.BREACHED, message=bad, fix=bad, owner=bad)
    audit, sentences = audit_of(plan, one), Sentences(plan, "2026-02-01")
    as_json("".join(audit_json(audit, sentences)).encode(), "")
    check_junit("".join(audit_junit(audit, sentences)).encode())
    rows = "".join(findings_csv(audit, sentences)).encode("utf-8", "backslashreplace")
    assert b"a\\ud800b" in rows
    tamed = "".join(findings_csv(audit, sentences, for_people=True))
    assert not [char for char in tamed.strip("\ufeff") if is_hidden(char) and char not in "\r\n"]


# --- what each reader makes of it ---------------------------------------------------------------


def plain(data: bytes, writer: str) -> None:
    """A terminal obeys nothing in it but our own colours."""
    text = data.decode("utf-8")
    if writer == "rich":
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert not [char for char in text if char != "\n" and is_hidden(char)]


def is_hidden(char: str) -> bool:
    return unicodedata.category(char)[0] == "C" and char != "\u200d"


def as_json(data: bytes, _: str) -> None:
    assert data.isascii()
    assert json.loads(data)


def as_json_lines(data: bytes, _: str) -> None:
    assert data.isascii()
    assert len([json.loads(line) for line in data.splitlines()]) in (6, NO_CASES + 2)


NUMBER = re.compile(r"-?\d+")


def as_csv(data: bytes, writer: str) -> None:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    if writer == "csv":
        assert len(rows) in (5, NO_CASES + 1)
        return
    for cell in (cell for row in rows for cell in row):
        assert not [char for char in cell if is_hidden(char)]
        assert cell.strip(" \u00a0\u3000")[:1] not in set("=+@|\t\r\n\uff1d\uff0b\uff20")
        assert cell[:1] != "-" or NUMBER.fullmatch(cell)


def as_junit(data: bytes, _: str) -> None:
    check_junit(data)
    root = ElementTree.fromstring(data)
    assert {each.tag for each in root.iter()} <= {
        *("testsuites", "testsuite", "properties", "property"),
        *("testcase", "failure", "skipped"),
    }
    assert [suite.tests for suite in JUnitXml.fromstring(data)] in ([2, 2], [NO_CASES] * 2)


def as_markdown(data: bytes, writer: str) -> None:
    seen = drawn(data.decode("utf-8"))
    ours = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    if writer == "report md":
        ours |= {"h1", "h2", "ul", "li", "pre", "code", "em"}
    assert seen.tags <= ours


def as_workbook(data: bytes, _: str) -> None:
    book = load_workbook(io.BytesIO(data))
    for sheet in book:
        assert not sheet.merged_cells.ranges
        for cell in (cell for row in sheet for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
            assert len(str(cell.value).encode("utf-16-le")) // 2 <= 32_767


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.policy = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "embed", "form", "base"):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and (value or "")[:1] != "#"):
                self.bad.append(f"{tag} {name}")
            self.policy |= value == "Content-Security-Policy"


def as_html(data: bytes, _: str) -> None:
    page = _Page()
    page.feed(data.decode("utf-8"))
    assert not page.bad
    assert page.policy


READS: dict[str, Callable[[bytes, str], None]] = {
    "txt": plain,
    "json": as_json,
    "jsonl": as_json_lines,
    "csv": as_csv,
    "xml": as_junit,
    "md": as_markdown,
    "xlsx": as_workbook,
    "html": as_html,
}
