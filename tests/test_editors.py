"""What editors are given: colours for every word of the language, snippets that check, and an
extension that packs."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Error, Keyword, Name, String, Token

from policyengine.commands.main import VERBS
from policyengine.lsp.lenses import RUN
from policyengine.lsp.phrases import CLAUSES as PHRASES
from policyengine.lsp.phrases import ITEMS as ITEM_PHRASES
from policyengine.lsp.phrases import VERDICTS as VERDICT_PHRASES
from policyengine.lsp.rule_set import RuleSet
from policyengine.shipped import shipped
from policyengine.source import SourceFile
from policyengine.syntax.reader import reader
from policyengine.syntax.words import EXAMPLE_CLAUSES, RULE_CLAUSES, TOP_LEVEL
from policyengine.tooling import highlighting
from policyengine.values.verdict import Verdict
from tools import editor_grammar

ROOT = Path(__file__).resolve().parents[1]
EXTENSION = ROOT / "editors" / "vscode"
RULE_FILES = sorted(Path(shipped("rules")).rglob("*.policy"))
SAMPLE = """rule CTO-01 "Rights"  # why
  severity critical
  for each cto as order where started_on is on or before as_at
  must have a rights_discussion within 7 days after order.started_on
  say "Due {deadline}"
"""


def words_of_the_language() -> set[str]:
    return {word for word in reader()._vocabulary if word[0].isalpha()}


def test_every_word_of_the_language_has_a_colour() -> None:
    known = {"yes", "no"}
    for group in (
        "ITEMS",
        "CLAUSES",
        "JOINING",
        "TIMES",
        "COUNTING",
        "UNITS",
        "VERDICTS",
        "LEVELS",
    ):
        known |= set(getattr(highlighting, group))
    assert words_of_the_language() - known == set()


def test_every_clause_and_verdict_has_its_phrase() -> None:
    assert {*RULE_CLAUSES, *EXAMPLE_CLAUSES} <= PHRASES.keys()
    assert set(TOP_LEVEL) == ITEM_PHRASES.keys()
    assert {verdict.words for verdict in Verdict} | {"no finding"} == VERDICT_PHRASES.keys()


# --- Pygments -----------------------------------------------------------------------------------


def test_pygments_finds_the_lexer() -> None:
    assert type(get_lexer_by_name("policy")) is highlighting.PolicyLexer
    assert type(get_lexer_for_filename("rights.policy")) is highlighting.PolicyLexer


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_every_shipped_file_is_lexed_to_its_end(path: Path) -> None:
    text = path.read_text("utf-8")
    tokens = list(highlighting.PolicyLexer(stripnl=False).get_tokens(text))
    assert "".join(said for _, said in tokens) == text
    assert [said for kind, said in tokens if kind in (Error, Token.Text)] == []


@pytest.mark.parametrize("text", ['"never closed', "rule", "{", "é ☃ \x00", "- - (", '"\\'])
def test_whatever_is_typed_is_lexed(text: str) -> None:
    tokens = list(highlighting.PolicyLexer(ensurenl=False, stripnl=False).get_tokens(text))
    assert "".join(said for _, said in tokens) == text


def test_words_are_told_apart_by_where_they_stand() -> None:
    text = SAMPLE + "  when order.source is recorded\n"
    tokens = [pair for pair in highlighting.PolicyLexer().get_tokens(text) if pair[1].strip()]
    assert (Name.Function, "CTO-01") in tokens
    assert (Keyword, "must") in tokens
    assert (Name.Attribute, ".source") in tokens
    assert (String.Interpol, "{deadline}") in tokens


# --- the extension ------------------------------------------------------------------------------


def manifest() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    return made


def test_the_grammar_is_what_its_maker_makes() -> None:
    assert editor_grammar.TARGET.read_text("utf-8") == editor_grammar.text()


def test_the_manifest_names_what_is_there() -> None:
    contributes = manifest()["contributes"]
    for each in (*contributes["grammars"], *contributes["snippets"], *contributes["languages"]):
        path = each.get("path") or each["configuration"]
        json.loads((EXTENSION / path).read_text("utf-8"))
    program, verb = contributes["configuration"]["properties"]["trustpolicy.command"]["default"]
    assert program == "trustpolicy"
    assert verb in VERBS
    own = {each["command"] for each in contributes["commands"]}
    assert RUN not in own  # the server tells the client of this one


def snippets() -> dict[str, str]:
    """Each snippet as it stands when nothing is changed in it."""
    made = json.loads((EXTENSION / "snippets" / "policy.json").read_text("utf-8"))
    return {name: filled("\n".join(each["body"])) for name, each in made.items()}


def filled(text: str) -> str:
    text = re.sub(r"\$\{\d+\|([^,|]*)[^|]*\|\}", r"\1", text)
    text = re.sub(r"\$\{\d+:((?:[^{}\\]|\\.|\{[^{}]*\\\})*)\}", r"\1", text)
    return re.sub(r"\$\d", "", text).replace("\\}", "}")


def in_a_file(name: str, text: str) -> str:
    head = "" if name == "Policy" else 'policy "Snippets"\n'
    if name == "Exception":
        return f'{head}rule NEW-01 "x"\n  for each cto\n  {text}\n  must show cto.started_on is recorded\n'
    if name == "Example":
        rule = 'rule NEW-01 "x"\n  for each cto\n  must show cto.started_on is recorded\n'
        return f"{head}{rule}{text}"
    return head + text


@pytest.mark.parametrize("name", snippets())
def test_a_snippet_checks_as_it_stands(name: str) -> None:
    text = in_a_file(name, snippets()[name])
    rule_set = RuleSet([], lambda _: text, shipped("rules") / "schema.yaml")
    rule_set.opened.add("snippet.policy")
    checked = rule_set.check()
    assert [note.message for note in checked.notes["snippet.policy"]] == []
    assert checked.plan is not None


def test_what_completion_writes_for_an_item_parses_as_it_stands() -> None:
    for word in ("policy", "setting"):
        text = filled(ITEM_PHRASES[word].snippet)
        source = SourceFile("x.policy", text)
        rule_set = RuleSet([], lambda _, text=source.text: text, shipped("rules") / "schema.yaml")
        rule_set.opened.add("x.policy")
        codes = [note.code for note in rule_set.check().notes["x.policy"]]
        assert [code for code in codes if code.startswith("SYN")] == []


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension, made from nothing in a folder of its own: it needs node, npm and the npm
    registry."""
    if shutil.which("npm") is None and not os.environ.get("CI"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("extension") / "vscode"
    shutil.copytree(
        EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "*.vsix")
    )
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "package"]):
        made = subprocess.run(
            ["npm", *words], cwd=folder, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
    return folder


def test_the_extension_packs(packed: Path) -> None:
    with zipfile.ZipFile(packed / "trustpolicy.vsix") as archive:
        names = set(archive.namelist())
        client = archive.read("extension/dist/extension.js").decode()
        notices = archive.read("extension/dist/THIRD-PARTY.txt").decode()
    wanted = {"package.json", "language-configuration.json", "readme.md", "LICENSE.txt"}
    wanted |= {"dist/extension.js", "dist/THIRD-PARTY.txt", "snippets/policy.json"}
    wanted |= {"syntaxes/policy.tmLanguage.json", "syntaxes/markdown.tmLanguage.json"}
    assert names == {f"extension/{name}" for name in wanted} | {
        "extension.vsixmanifest",
        "[Content_Types].xml",
    }
    assert "trustpolicy.restart" in client
    assert "vscode-languageclient" in notices
    assert "Permission is hereby granted" in notices


def scopes(folder: Path, file: Path) -> list[list[tuple[str, str]]]:
    words = ["node", "client/tokens.js", str(file)]
    made = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return [[(a, b) for a, b in json.loads(line)] for line in made.stdout.splitlines()]


def test_an_editor_colours_words_by_where_they_stand(packed: Path, tmp_path: Path) -> None:
    file = tmp_path / "sample.policy"
    file.write_text(SAMPLE, "utf-8")
    lines = scopes(packed, file)
    assert ["".join(said for said, _ in line) for line in lines] == SAMPLE.split("\n")
    found = {pair for line in lines for pair in line}
    assert ("CTO-01", "entity.name.function.rule.policy") in found
    assert ("critical", "constant.language.severity.policy") in found
    assert ("within", "keyword.other.window.policy") in found
    assert ("days", "keyword.other.unit.policy") in found
    assert (".started_on", "variable.other.member.policy") in found
    assert ("{deadline}", "meta.embedded.expression.policy") in found
    assert ("# why", "comment.line.number-sign.policy") in found


def test_no_text_runs_over_into_what_follows_it(packed: Path) -> None:
    for path in RULE_FILES[:4]:
        for line in scopes(packed, path):
            first = next((pair for pair in line if pair[0].strip()), ("", ""))
            if first[0] in ("rule", "example", "setting"):
                assert first[1] == "keyword.control.item.policy"


def started(folder: Path, *words: str) -> dict[str, list[str]]:
    """What the packed extension does in an editor's stead."""
    made = subprocess.run(
        ["node", "client/stand_in.js", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, list[str]] = json.loads(made.stdout)
    return found


def test_the_extension_starts_the_server_and_learns_what_it_can(packed: Path) -> None:
    found = started(packed, "trusted", sys.executable, "-m", "policyengine", "lsp")
    assert found == {"registered": ["trustpolicy.restart", RUN], "shown": []}


def test_the_server_is_not_started_in_a_folder_that_is_not_trusted(packed: Path) -> None:
    found = started(packed, "untrusted", sys.executable, "-c", "raise SystemExit(1)")
    assert found == {"registered": ["trustpolicy.restart"], "shown": []}


def test_a_server_that_is_not_there_is_told_of(packed: Path) -> None:
    found = started(packed, "trusted", "no-such-program")
    assert "trust-policy-engine[lsp]" in found["shown"][-1]
