"""Pipelines: what is written about rule files and tests is read by who is to read it."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from policyengine.commands.exits import CANNOT_RUN, DONE, GATE, USAGE
from policyengine.report.markdown_text import markdown_text
from policyengine.report.pipelines import Level, Place, Remark
from policyengine.report.pipelines.github import annotations
from policyengine.report.pipelines.gitlab import code_quality
from policyengine.report.pipelines.sarif import sarif
from tests.commands_desk import RULES, Desk
from tests.pipeline_consumers import (
    check_gitlab,
    check_junit,
    check_sarif,
    drawn,
    runner_reads,
    sarif_schema,
)

WRONG = RULES.replace("where spoken", "where spokn")
FAILS = RULES.replace("expect met late", "expect breached")
VERBS = ("check", "test", "fmt")


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    made = Desk(tmp_path, capsys)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture(scope="session")
def schema(request: pytest.FixtureRequest) -> dict[str, Any]:
    return sarif_schema(request.config.cache.mkdir("npm"))  # type: ignore[union-attr]


def words(verb: str) -> tuple[str, ...]:
    return (verb, "rules", *(("--check",) if verb == "fmt" else ()))


# --- what each writes where all is well, where an example fails, where a rule is wrong ----------


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("rules", "codes"),
    [(RULES, (0, 0, 1)), (FAILS, (0, 1, 1)), (WRONG, (3, 3, 1)), ('policy "x', (3, 3, 3))],
    ids=["right", "an example fails", "a name is wrong", "it does not parse"],
)
def test_each_format_is_read_by_its_reader(
    desk: Desk, verb: str, rules: str, codes: tuple[int, ...], schema: dict[str, Any]
) -> None:
    (desk.rules / "orders.policy").write_text(rules)
    code = codes[VERBS.index(verb)]
    ran = {
        format_: desk.run(*words(verb), "--format", format_)
        for format_ in ("sarif", "github", "gitlab", "junit", "md")
    }
    assert {each.code for each in ran.values()} == {code}
    results = check_sarif(ran["sarif"].out, schema)["runs"][0]["results"]
    issues = check_gitlab(ran["gitlab"].out)
    check_junit(ran["junit"].out.encode())
    commands = [each for each in map(runner_reads, ran["github"].out.splitlines()) if each]
    rows = drawn(ran["md"].out).cells[1:]
    assert len(results) == len(issues) == len(commands) == len(rows)
    assert any(each["level"] == "error" for each in results) == (code != DONE)
    for each in (*results, *issues):
        assert str(desk.folder) not in json.dumps(each)


def test_a_wrong_name_is_annotated_where_it_stands(desk: Desk, schema: dict[str, Any]) -> None:
    (desk.rules / "orders.policy").write_text(WRONG)
    (result,) = check_sarif(desk.run("check", "rules", "--format", "sarif").out, schema)["runs"][0][
        "results"
    ]
    line = next(n for n, text in enumerate(WRONG.splitlines(), 1) if "spokn" in text)
    column = WRONG.splitlines()[line - 1].index("spokn") + 1
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "rules/orders.policy", "uriBaseId": "SRCROOT"}
    assert place["region"] == {
        "startLine": line,
        "startColumn": column,
        "endLine": line,
        "endColumn": column + 5,
    }
    assert result["level"] == "error"
    said = runner_reads(desk.run("check", "rules", "--format", "github").out.splitlines()[0])
    assert said is not None
    assert said[0] == "error"
    assert said[1] == {
        "file": "rules/orders.policy",
        "line": str(line),
        "endLine": str(line),
        "col": str(column),
        "endColumn": str(column + 5),
        "title": result["ruleId"],
    }
    assert "spoken" in said[2]  # did you mean


def test_an_example_that_fails_is_a_failure_of_its_file(desk: Desk) -> None:
    (desk.rules / "orders.policy").write_text(FAILS)
    ran = desk.run("test", "rules", "--format", "junit")
    assert ran.code == GATE
    (suite,) = JUnitXml.fromstring(ran.out.encode())
    assert (suite.name, suite.tests, suite.failures) == ("rules/orders.policy", 5, 1)
    failed = [case for case in suite if any(isinstance(each, Failure) for each in case.result)]
    assert [case.name for case in failed] == ["a day late"]
    assert "expected A-01 breached, but found met late" in failed[0].result[0].message


def test_a_loose_layout_is_told_at_its_first_line(desk: Desk) -> None:
    laid = desk.run("fmt", "rules")
    assert laid.code == DONE
    text = (desk.rules / "orders.policy").read_text()
    (desk.rules / "orders.policy").write_text(text.replace("  severity low", "     severity low"))
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "severity low" in each)
    ran = desk.run("fmt", "--check", "rules", "--format", "gitlab")
    assert ran.code == GATE
    (issue,) = check_gitlab(ran.out)
    assert issue["location"] == {
        "path": "rules/orders.policy",
        "lines": {"begin": line, "end": line},
    }


def test_a_format_for_pipelines_belongs_to_fmt_check(desk: Desk) -> None:
    assert desk.run("fmt", "rules", "--format", "sarif").code == USAGE
    assert desk.run("fmt", "--check", "--diff", "rules", "--format", "sarif").code == USAGE


def test_a_fingerprint_stays_when_lines_move_and_tells_twins_apart() -> None:
    def named(line: int, *more: int) -> list[str]:
        remarks = [
            Remark(
                code="X1",
                meaning="x",
                level=Level.ERROR,
                message="wrong",
                place=Place("a.policy", each, 3, each, 5, "  the line"),
            )
            for each in (line, *more)
        ]
        found = json.loads(code_quality(remarks, Path("/srv"), "a"))
        return [each["fingerprint"] for each in found]

    assert named(4) == named(9)
    assert len(set(named(4, 9))) == 2


# --- hostile words ------------------------------------------------------------------------------

HOSTILE = (
    "100% of a:b,c\n::error::gotcha\r\n::set-output name=x::y",
    "\x1b[31m\u202e\x00\ud800\ufffe]]><![CDATA[ & <script>alert(1)</script>",
    "| a | b | `code` [l](javascript:x) ![i](http://x) @someone #12 www.example.org <img src=x>",
)


def hostile(text: str) -> Remark:
    return Remark(
        code="X1,y:z",
        meaning=text,
        level=Level.WARNING,
        message=text,
        place=Place(f"rules/{text}.policy", 2, 1, 2, 4, text),
        hints=(text,),
        related=((Place(text), text),),
        mend=(Place("a.policy", 1, 1, 1, 2), text),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_of_a_remark_acts_in_a_pipeline(text: str, schema: dict[str, Any]) -> None:
    remark = hostile(text)
    root = Path("/srv/checkout")
    out = "".join(annotations([remark], root))
    (line,) = out.splitlines()
    assert all(char.isprintable() for char in line)
    read = runner_reads(line)
    assert read is not None
    assert (read[0], read[1]["title"], read[1]["line"]) == ("warning", "X1,y:z", "2")
    assert set(read[1]) == {"file", "line", "endLine", "col", "endColumn", "title"}
    assert read[2] == remark.words
    log = check_sarif(sarif([remark], "1", root), schema)
    assert log["runs"][0]["results"][0]["message"]["text"] == remark.words
    check_gitlab(code_quality([remark], root, "rules"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_word_makes_markdown(text: str) -> None:
    seen = drawn(f"| a | b |\n| --- | --- |\n| {markdown_text(text)} | {markdown_text(text)} |\n")
    assert len(seen.cells[1]) == 2
    assert not seen.tags & {"a", "img", "script", "code", "em", "strong", "h1"}
    assert seen.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    # A renderer that links what it finds in the drawn text finds nothing.
    raw = markdown_text(text)
    for bait in ("@someone", "#12", "http://", "www.example"):
        assert bait not in raw.replace("\\", "")


# --- audits -------------------------------------------------------------------------------------


def test_an_audit_is_a_suite_a_rule(desk: Desk) -> None:
    ran = desk.audit("--format", "junit")
    check_junit(ran.out.encode())
    suites = list(JUnitXml.fromstring(ran.out.encode()))
    assert [suite.name[:4] for suite in suites] == ["A-01", "A-02"]
    first = suites[0]
    # K1 met, K2 met late; K3 breached; K4 cannot be told and K5 is not due yet.
    assert (first.tests, first.failures, first.errors, first.skipped) == (5, 1, 0, 2)
    said = {case.name: case.result for case in first}
    assert not said["K1 cto o1"]
    assert isinstance(said["K3 cto o1"][0], Failure)
    assert isinstance(said["K4 cto o1"][0], Skipped)
    assert said["K4 cto o1"][0].message.startswith("cannot tell: ")
    assert "Explain it today." in said["K3 cto o1"][0].text


def test_what_cannot_be_told_is_an_error_where_it_fails_the_gate(desk: Desk) -> None:
    ran = desk.audit("--format", "junit", "--fail-on", "cannot-tell")
    first = next(iter(JUnitXml.fromstring(ran.out.encode())))
    assert (first.errors, first.skipped) == (1, 1)
    (unsure,) = [case for case in first if case.name == "K4 cto o1"]
    assert isinstance(unsure.result[0], Error)


def test_csv_says_what_the_json_says(desk: Desk) -> None:
    rows = list(csv.DictReader(io.StringIO(desk.audit("--format", "csv").out, newline="")))
    found = desk.audit("--format", "json").json["findings"]
    assert len(rows) == len(found)
    for row, finding in zip(rows, found, strict=True):
        for key in ("rule", "case", "verdict", "message"):
            assert row[key] == finding[key]
        for key in ("deadline", "done_on", "owner"):
            assert row[key] == (finding[key] or "")
        for key, empty in (("settings", "{}"), ("evidence", "[]"), ("reasons", "[]")):
            assert json.loads(row[key] or empty) == finding[key]


def test_csv_is_untouched_for_machines_and_tamed_for_people(desk: Desk) -> None:
    text = desk.cases.read_text().replace('"K3"', '"=K3+1"')
    desk.cases.write_text(text)
    assert ",=K3+1," in desk.audit("--format", "csv").out
    tamed = desk.audit("--format", "csv", "--for-people").out
    assert ",'=K3+1," in tamed
    assert tamed.startswith("\ufeff")


def test_a_summary_of_an_audit_names_nobody(desk: Desk) -> None:
    ran = desk.audit("--format", "md")
    seen = drawn(ran.out)
    assert [cell.strip() for cell in seen.cells[1][1:6]] == ["1"] * 5
    for name in ("K1", "K3", "North", "South", "Explain it today", "o1"):
        assert name not in seen.words


@pytest.mark.parametrize("verb", ["audit", "demo"])
@pytest.mark.parametrize("format_", ["sarif", "github", "gitlab"])
def test_no_finding_on_a_person_stands_beside_code(desk: Desk, verb: str, format_: str) -> None:
    where = ("--cases", str(desk.cases), "--as-at", "2026-02-01") if verb == "audit" else ()
    ran = desk.run(verb, "rules", *where, "--format", format_)
    assert (ran.code, ran.out) == (USAGE, "")


def test_the_suffix_of_the_file_gives_the_format(desk: Desk) -> None:
    for name, reads in (("r.xml", "<testsuites"), ("r.csv", "rule,title"), ("r.md", "### Policy")):
        assert desk.audit("-o", name).code == DONE
        assert reads in Path(name).read_text()
    assert desk.run("check", "rules", "-o", "r.sarif").code == DONE
    assert json.loads(Path("r.sarif").read_text())["version"] == "2.1.0"


def test_messages_go_to_standard_error_as_well(desk: Desk) -> None:
    (desk.rules / "orders.policy").write_text(WRONG)
    ran = desk.run("check", "rules", "--format", "github")
    assert ran.code == CANNOT_RUN
    assert f"rules{os.sep}orders.policy:" in ran.err
