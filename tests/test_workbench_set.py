"""The workbench over larger rule sets, pages of Markdown, and the verb that serves it."""

import sys
import time
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.workbench.bench import Bench, inserted
from policyengine.workbench.page import result_html, status
from tests.workbench_desk import RULES, SCHEMA, desk

RULE = """
rule R{0}-01 "Rule {0}"
  severity low
  source "Trust policy, paragraph {0}"
  for each order
  must have a talk within {1} days after order.started_on

example "in time" for R{0}-01 as at 2026-02-01
  given order: started_on 2026-01-05
  given talk: held_on 2026-01-06
  expect met
"""


def test_a_set_of_200_rules_is_checked_within_150_ms_of_a_key(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, "utf-8")
    texts = {}
    for file in range(20):
        path = tmp_path / f"f{file:02}.policy"
        rules = "".join(RULE.format(10 * file + n + 100, 7) for n in range(10))
        texts[str(path)] = 'policy "P"\n  owner "O"\n' + rules
        path.write_text(texts[str(path)], "utf-8")
    bench = Bench([str(tmp_path)])
    path, text = next(iter(texts.items()))
    bench.result(path, text, "R100-01", None)
    taken = []
    for days in range(2, 9):
        began = time.process_time()
        result = bench.result(path, text.replace("within 7", f"within {days}", 1), "R100-01", None)
        result_html(result, {"called_file": bench.called, "suggestions": None})
        taken.append(time.process_time() - began)
        assert not result.stale
    assert sorted(taken)[len(taken) // 2] < 0.15, taken


def test_a_page_of_markdown_is_edited_within_its_blocks(tmp_path: Path) -> None:
    here = desk(tmp_path)
    page = here.file.with_name("more.policy.md")
    block = 'policy "P"\n  owner "O"\n' + RULE.format(300, 7).rstrip()
    text = f"# A page\n\nProse.\n\n```policy\n{block}\n```\n\nMore prose.\n"
    page.write_text(text, "utf-8")
    here.client.get("/")
    here.file = page
    assert "1 of 1 examples" in here.send(text, rule="R300-01")["status"]
    here.send(text, "suggest", rule="R300-01")
    added = here.send(text, "paste:0", rule="R300-01")["text"]
    assert added.endswith("\n```\n\nMore prose.\n") and added.startswith("# A page\n\nProse.\n")
    assert "2 of 2 examples" in here.send(added, rule="R300-01")["status"]
    form = {"new_id": "R300-02", "new_for": "order", "new_needs": "talk", "new_within": "3 days"}
    new = here.send(text, "new", **form)["text"]
    assert new.endswith("\n```\n\nMore prose.\n")
    assert not here.send(new, rule="R300-02")["stale"]


def test_a_block_is_put_between_empty_lines() -> None:
    assert inserted("a\n\nb\n", 1, "\nx\n") == "a\n\nx\n\nb\n"
    assert inserted("a\n", 1, "x") == "a\n\nx\n"
    assert inserted("a\n```\nb\n", 1, "x") == "a\n\nx\n```\nb\n"
    assert inserted("a", 1, "x") == "a\n\nx\n"


def test_two_rules_of_mistakes_in_another_file_say_where(tmp_path: Path) -> None:
    here = desk(tmp_path)
    here.file.with_name("other.policy").write_text("rule\n", "utf-8")
    here.client.get("/")
    said = here.send(RULES)
    assert said["stale"] and said["bad"] == []
    assert "in rules/other.policy, line 1" in said["html"]


def test_a_folder_without_a_sound_text_yet_says_so(tmp_path: Path) -> None:
    here = desk(tmp_path, text="rule OR-01")
    page = here.client.get("/")
    assert page.status_code == 200
    assert "What the text means is shown when it has no mistakes" in page.text


def test_a_case_load_with_nothing_of_the_kind_says_so(tmp_path: Path) -> None:
    here = desk(tmp_path, cases='{"case_id": "A"}\n')
    assert "It finds nothing to judge here" in here.send(RULES)["html"]


def test_without_a_case_load_the_page_says_how_to_give_one(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, "utf-8")
    path = tmp_path / "a.policy"
    path.write_text(RULES, "utf-8")
    bench = Bench([str(tmp_path)])
    result = bench.result(str(path), RULES, "OR-01", None)
    assert result.found is None and "--demo" in result.no_cases
    assert status(result) == "No mistakes. 2 of 2 examples as expected."


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--port", "70000"], 2, "is no port"),
        (["--port", "x"], 2, "is no port"),
        (["nowhere"], 3, "no rule files"),
        (["--as-at", "2026-01-01"], 2, "there are no cases"),
        (["--cases", "-", "--as-at", "2026-01-01"], 2, "a file or a folder"),
        (["--cases", "cases.jsonl"], 2, "--as-at is missing"),
    ],
    ids=str,
)
def test_serve_says_what_is_wrong_before_it_listens(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) == code
    assert said in capsys.readouterr().err


def test_cases_are_not_revealed_where_ci_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    assert main(["serve", "--demo", "--reveal", "identifier"]) == 2


def test_without_its_libraries_serve_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 3
    assert "trust-policy-engine[web]" in capsys.readouterr().err
