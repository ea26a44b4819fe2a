"""The language server, driven by a client over standard input and output."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from policyengine.shipped import shipped
from tests.lsp_desk import Editor, document, edited, position, uri

SHARED = """policy "Shared 💊 words"
setting told_within is 7 days "Ours to choose"
define cto.in_force as started_on is on or before as_at and ended_on is after as_at
gather event from cto by started_on, hospital_stay by discharged_at
"""
RULES = """policy "Rules"

rule A-1 "told when an order starts"
  severity high
  source "MHA 1983 s.132A"
  for each cto as order where in_force
  let first be earliest rights_discussion where (spoken)
  unless order.ended_on is within told_within after order.started_on
    because "the order ended"
  must have a rights_discussion within told_within after order.started_on
    where outcome is "understood" and spoken
  say "Due by {deadline}, for the order of {order.started_on}."

example "on the last day" for A-1 as at 2026-02-01
  given cto: started_on 2026-01-01
  given rights_discussion: date 2026-01-08, spoken yes, outcome understood
  expect met

example "a day late" for A-1 as at 2026-02-01
  given cto: started_on 2026-01-01
  given rights_discussion: date 2026-01-09, spoken yes, outcome understood
  expect met late
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    schema = shipped("rules")
    (made / "schema.yaml").write_bytes((schema / "schema.yaml").read_bytes())
    (made / "codes").mkdir()
    for codes in (schema / "codes").iterdir():
        (made / "codes" / codes.name).write_bytes(codes.read_bytes())
    (made / "shared.policy").write_text(SHARED, "utf-8")
    (made / "rules.policy").write_text(RULES, "utf-8")
    return made


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editor]:
    with Editor(folder) as editor:
        editor.open(folder / "shared.policy")
        editor.open(folder / "rules.policy")
        editor.settled()
        yield editor


@pytest.fixture
def rules(editor: Editor, folder: Path) -> Iterator[Path]:
    """The file of rules; as it was, when a test is done with it."""
    yield folder / "rules.policy"
    editor.type(folder / "rules.policy", RULES)
    editor.type(folder / "shared.policy", SHARED)
    editor.settled()


def hover(editor: Editor, path: Path, words: str, inside: int = 0) -> str:
    found = editor.ask("text_document_hover", types.HoverParams(**editor.at(path, words, inside)))
    return "" if found is None else found.contents.value


def completed(editor: Editor, path: Path, words: str, inside: int) -> list[str]:
    params = types.CompletionParams(**editor.at(path, words, inside))
    found = editor.ask("text_document_completion", params)
    return [item.label for item in sorted(found.items, key=lambda item: item.sort_text)]


def whole(path: Path, text: str) -> Any:
    end = types.Position(text.count("\n") + 1, 0)
    return {"text_document": document(path), "range": types.Range(types.Position(0, 0), end)}


def actions(editor: Editor, path: Path, text: str) -> list[types.CodeAction]:
    params = types.CodeActionParams(**whole(path, text), context=types.CodeActionContext([]))
    return list(editor.ask("text_document_code_action", params))


def test_the_server_says_what_it_can(editor: Editor) -> None:
    can = editor.server.capabilities
    assert can.position_encoding == "utf-16"
    assert can.execute_command_provider is not None
    assert can.execute_command_provider.commands == ("trustpolicy.runExamples",)
    assert [each.method for each in editor.watched] == ["workspace/didChangeWatchedFiles"]
    for provider in (
        *(can.hover_provider, can.completion_provider, can.definition_provider),
        *(can.references_provider, can.rename_provider, can.document_symbol_provider),
        *(can.document_formatting_provider, can.code_action_provider, can.inlay_hint_provider),
        *(can.code_lens_provider, can.workspace_symbol_provider, can.document_highlight_provider),
    ):
        assert provider


# --- messages -----------------------------------------------------------------------------------


def test_a_sound_file_earns_remarks_only(editor: Editor, rules: Path) -> None:
    assert editor.codes(rules) == ["LNT002", "LNT008"]
    kinds = {each.severity for each in editor.told[uri(rules)]}
    assert kinds == {types.DiagnosticSeverity.Warning}


def test_all_mistakes_are_told_at_once_while_a_rule_is_half_written(
    editor: Editor, rules: Path
) -> None:
    text = RULES.replace("must have a rights_discussion", "must have a rights_discusion")
    text = text.replace("severity high", "severity hihg").replace(
        "expect met late", "expect met la"
    )
    editor.type(rules, text)
    editor.until_told(rules, "SYN002", "NAM001", "SYN001")
    places = [each.range.start.line for each in editor.told[uri(rules)]]
    assert places == sorted(places)
    assert {position(text, "hihg").line, position(text, "met la").line} <= set(places)


def test_a_mistake_says_what_was_found_and_why_and_the_mend(editor: Editor, rules: Path) -> None:
    editor.type(
        rules, RULES.replace("after order.started_on\n    where", "after order.started\n    where")
    )
    editor.until_told(rules, "NAM002")
    (told,) = editor.told[uri(rules)]
    assert "did you mean `started_on`?" in told.message
    assert told.source == "trustpolicy"


def test_a_mistake_in_one_file_shows_in_the_other_and_goes(editor: Editor, rules: Path) -> None:
    shared = rules.parent / "shared.policy"
    editor.type(shared, SHARED.replace("told_within", "told_by"))
    editor.until_told(rules, "NAM003", "NAM003")
    editor.type(shared, SHARED)
    editor.until(lambda: "NAM003" not in editor.codes(rules))


def test_a_remark_of_what_nothing_uses_is_shown_faded(editor: Editor, rules: Path) -> None:
    (let,) = (each for each in editor.told[uri(rules)] if each.code == "LNT008")
    assert list(let.tags or ()) == [types.DiagnosticTag.Unnecessary]


def test_a_file_that_was_not_saved_counts_as_it_stands_in_the_editor(
    editor: Editor, rules: Path
) -> None:
    other = rules.parent / "new.policy"
    editor.open(other, 'policy "New"\nrule A-1 "again" must show case.date_of_birth is recorded\n')
    editor.until(lambda: "NAM007" in [*editor.codes(other), *editor.codes(rules)])
    editor.close(other)
    editor.until(lambda: "NAM007" not in [*editor.codes(other), *editor.codes(rules)])


def test_files_of_other_sorts_are_passed_over(editor: Editor, folder: Path) -> None:
    other = folder / "notes.yaml"
    editor.open(other, "rule: 1\n")
    assert hover(editor, other, "rule") == ""
    editor.type(other, "policy\n")
    editor.close(other)
    assert hover(editor, folder / "rules.policy", "A-1") != ""
    assert editor.codes(other) == []


def test_rules_and_schema_may_be_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.policy").write_text(
            f'policy "{name}"\nsetting s is 7 days\n', "utf-8"
        )
    with Editor(tmp_path, rules=["two"], schema=str(shipped("rules") / "schema.yaml")) as editor:
        editor.open(tmp_path / "two" / "x.policy")
        editor.until_told(tmp_path / "two" / "x.policy", "LNT006")
        editor.open(tmp_path / "one" / "x.policy")
        editor.until_told(tmp_path / "one" / "x.policy", "NAM006")


def test_a_page_of_markdown_is_read_in_its_blocks(editor: Editor, folder: Path) -> None:
    page = folder / "page.policy.md"
    text = '# Prose 💊 `rule`\n\n```policy\npolicy "Page"\nsetting other is 7 dayz\n```\n'
    editor.open(page, text)
    editor.until_told(page, "SYN012")
    assert editor.told[uri(page)][0].range.start == position(text, "dayz")
    editor.type(page, text.replace("dayz", "days"))
    editor.until_told(page, "LNT006")
    editor.close(page)
    editor.until_told(page)


def test_a_schema_with_a_mistake_is_told_of(tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    text = (shipped("rules") / "schema.yaml").read_text("utf-8").partition("codes:")[0]
    schema.write_text(text + "kindz: {}\n", "utf-8")
    rules = tmp_path / "x.policy"
    rules.write_text('policy "x"\n', "utf-8")
    with Editor(tmp_path) as editor:
        editor.open(rules)
        editor.until(lambda: bool(editor.codes(schema)))


# --- hover --------------------------------------------------------------------------------------


def test_a_rule_reads_back_in_plain_english(editor: Editor, rules: Path) -> None:
    said = hover(editor, rules, "A-1")
    assert "within 7 days" in said
    assert "Thu 8 Jan 2026" in said
    assert "Who is looked at" in said


def test_a_clause_says_what_it_asks_here_and_what_it_is_for(editor: Editor, rules: Path) -> None:
    said = hover(editor, rules, "unless", 2)
    assert "the order ended" in said
    assert "exempt" in said


@pytest.mark.parametrize(
    ("words", "inside", "expected"),
    [
        ("rights_discussion", 3, "happened: `date`"),
        ("order.started_on", 8, "cto.started_on"),
        ("in_force", 1, "started_on is on or before as_at"),
        ("told_within", 1, "7 days"),
        ("understood", 1, "a code of"),
        ("order.started_on}", 1, "an alias"),
        ("first be", 1, "earliest rights_discussion"),
        ("met late", 1, "after its deadline"),
    ],
)
def test_every_name_is_described(
    editor: Editor, rules: Path, words: str, inside: int, expected: str
) -> None:
    assert expected in hover(editor, rules, words, inside)


def test_a_half_written_rule_still_says_what_its_names_are(editor: Editor, rules: Path) -> None:
    editor.type(rules, RULES.replace("severity high", "severity hi gh "))
    editor.until(lambda: bool(editor.codes(rules)))
    assert "cto.started_on" in hover(editor, rules, "order.started_on", 8)
    assert "within 7 days" in hover(editor, rules, "A-1", 1)


# --- completion ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "first", "never"),
    [
        ("\n  ", {"for each", "must", "unless"}, {"given"}),
        ("\n  for each ", {"cto", "carer", "event"}, {"told_within"}),
        ("\n  for each cto as o where o.", {"started_on", "in_force"}, {"cto"}),
        ("\n  for each cto\n  must have a ", {"rights_discussion"}, {"started_on"}),
        ("\n  for each cto\n  must have a contact within ", {"told_within"}, set()),
        ("\n  must have a contact ", {"no later than", "at least every", "within"}, {"no", "cto"}),
        ("\n  must have a contact within 7 days ", {"either side of", "after"}, {"for each"}),
        ("\n  must show any of\n    - ", {"case", "there is", "all of"}, {"for each"}),
        ("\n  must have a contact where ", {"attended"}, {"started_on"}),
        ('\n  must have a rights_discussion where outcome is "', {'"understood"'}, {"attended"}),
        ("\n  severity ", {"critical", "low"}, {"cto"}),
        ("\n  for each cto\n  when there is a carer as c where (c.", {"identified_on"}, set()),
        ('\n  for each cto\n  say "due by {', {"cto", "deadline"}, {"told"}),
        ("\n  gibberish here\n  for each cto\n  when cto.", {"started_on"}, set()),
    ],
)
def test_completion_knows_what_may_stand_here(
    editor: Editor, rules: Path, tail: str, first: set[str], never: set[str]
) -> None:
    text = f'{RULES}\nrule A-2 "half"{tail}'
    editor.type(rules, text)
    found = completed(editor, rules, text, len(text))
    assert first <= set(found)
    assert not never & set(found)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("\n  given ", {"cto", "case", "setting"}),
        ("\n  given cto o1: ", {"started_on", "ended_on"}),
        ("\n  given rights_discussion: outcome ", {"understood"}),
        ("\n  given rights_discussion: spoken ", {"yes", "no"}),
        ("\n  given cto o1: started_on 2026-01-01\n  given rights_discussion: order ", {"o1"}),
        ("\n  expect ", {"met", "met late", "cannot tell", "A-1"}),
    ],
)
def test_completion_in_an_example(
    editor: Editor, rules: Path, tail: str, expected: set[str]
) -> None:
    text = f'{RULES}\nexample "half" for A-1 as at 2026-02-01{tail}'
    editor.type(rules, text)
    assert expected <= set(completed(editor, rules, text, len(text)))


def test_what_completion_writes_takes_the_place_of_the_word(editor: Editor, rules: Path) -> None:
    text = RULES.replace('outcome is "understood"', 'outcome is "und"')
    editor.type(rules, text)
    params = types.CompletionParams(**editor.at(rules, '"und"', 4))
    items = editor.ask("text_document_completion", params).items
    (item,) = (each for each in items if each.label == '"understood"')
    assert edited(text, [item.text_edit]) == RULES


def test_nothing_is_offered_in_a_comment(editor: Editor, rules: Path) -> None:
    text = RULES + "# for each "
    editor.type(rules, text)
    assert completed(editor, rules, "# for each ", 11) == []


# --- names --------------------------------------------------------------------------------------


def places(found: list[types.Location]) -> list[tuple[str, int]]:
    return [(Path(each.uri).name, each.range.start.line) for each in found]


@pytest.mark.parametrize(
    ("words", "inside", "file", "line"),
    [
        ("told_within", 2, "shared.policy", "setting told_within"),
        ("in_force", 2, "shared.policy", "define cto.in_force"),
        ("order.started_on", 1, "rules.policy", "for each cto as order"),
        ("for A-1", 5, "rules.policy", "rule A-1"),
    ],
)
def test_a_name_leads_to_where_it_is_made(
    editor: Editor, rules: Path, words: str, inside: int, file: str, line: str
) -> None:
    params = types.DefinitionParams(**editor.at(rules, words, inside))
    found = editor.ask("text_document_definition", params)
    text = SHARED if file == "shared.policy" else RULES
    assert places(found) == [(file, position(text, line).line)]


@pytest.mark.parametrize(("words", "inside"), [("rights_discussion", 1), ("order.started_on", 8)])
def test_kinds_and_fields_lead_to_the_schema(
    editor: Editor, rules: Path, words: str, inside: int
) -> None:
    params = types.DefinitionParams(**editor.at(rules, words, inside))
    (found,) = editor.ask("text_document_definition", params)
    line = (rules.parent / "schema.yaml").read_text("utf-8").splitlines()[found.range.start.line]
    wanted = words.partition(".")[2] or words
    assert line.strip().startswith(f"{wanted}:")


def test_every_place_of_a_name_is_found(editor: Editor, rules: Path) -> None:
    params = types.ReferenceParams(
        context=types.ReferenceContext(include_declaration=True), **editor.at(rules, "told_within")
    )
    found = editor.ask("text_document_references", params)
    assert sorted(name for name, _ in places(found)) == [*["rules.policy"] * 2, "shared.policy"]
    marked = editor.ask(
        "text_document_document_highlight",
        types.DocumentHighlightParams(**editor.at(rules, "order.started_on")),
    )
    assert len(marked) == RULES.count("order.") + 1


@pytest.mark.parametrize(
    ("words", "new"),
    [
        ("told_within", "rights_window"),
        ("in_force", "current"),
        ("order.started_on", "the_order"),
        ("first be", "earliest_talk"),
        ("A-1", "RIGHTS-01"),
    ],
)
def test_a_name_is_changed_everywhere(editor: Editor, rules: Path, words: str, new: str) -> None:
    before = editor.codes(rules)
    old = words.partition(".")[0].partition(" ")[0]
    params = types.RenameParams(new_name=new, **editor.at(rules, words))
    found = editor.ask("text_document_rename", params).changes
    texts = {"rules.policy": RULES, "shared.policy": SHARED}
    for address, edits in found.items():
        name = Path(address).name
        texts[name] = edited(texts[name], edits)
    for name, text in texts.items():
        editor.type(rules.parent / name, text)
    editor.settled()
    assert editor.codes(rules) == before
    again = types.PrepareRenameParams(**editor.at(rules, new))
    assert editor.ask("text_document_prepare_rename", again).placeholder == new
    left = re.findall(rf"(?<![\w-]){old}(?![\w-])", texts["rules.policy"] + texts["shared.policy"])
    assert len(left) == (3 if old == "order" else 0)  # the title and two sentences


@pytest.mark.parametrize(
    ("words", "inside", "new", "why"),
    [
        ("told_within", 1, "Told", "lower case"),
        ("told_within", 1, "every", "word of the language"),
        ("A-1", 1, "a one", "capitals"),
        ("first be", 1, "cto", "taken"),
        ("rights_discussion", 1, "talk", "schema"),
    ],
)
def test_a_name_that_cannot_be_given_is_not(
    editor: Editor, rules: Path, words: str, inside: int, new: str, why: str
) -> None:
    editor.shown.clear()
    params = types.RenameParams(new_name=new, **editor.at(rules, words, inside))
    assert editor.ask("text_document_rename", params) is None
    editor.until(lambda: bool(editor.shown))
    assert why in editor.shown[0]


def test_kinds_are_not_the_rule_files_to_rename(editor: Editor, rules: Path) -> None:
    params = types.PrepareRenameParams(**editor.at(rules, "rights_discussion", 2))
    assert editor.ask("text_document_prepare_rename", params) is None


def test_the_outline_has_rules_with_their_examples_below(editor: Editor, rules: Path) -> None:
    params = types.DocumentSymbolParams(document(rules))
    found = editor.ask("text_document_document_symbol", params)
    assert [each.name for each in found] == ["policy Rules", "A-1"]
    below = [each.name for each in found[1].children]
    assert below[-2:] == ["on the last day", "a day late"]
    everywhere = editor.ask("workspace_symbol", types.WorkspaceSymbolParams("told"))
    assert {each.name for each in everywhere} >= {"told_within", "A-1"}


# --- changes ------------------------------------------------------------------------------------


def test_a_file_is_laid_out_by_the_formatter(editor: Editor, rules: Path) -> None:
    loose = RULES.replace("\n  severity high\n  source", "\n      severity   high\n source")
    for text in (loose, loose.replace("\n", "\r\n")):
        editor.type(rules, text)
        options = types.FormattingOptions(tab_size=2, insert_spaces=True)
        params = types.DocumentFormattingParams(document(rules), options)
        edits = editor.ask("text_document_formatting", params)
        laid_out = edited(text, edits)
        assert laid_out.replace("\r\n", "\n") == _laid_out(rules, loose)
        assert ("\r\n" in laid_out) == ("\r\n" in text)
        assert sum(edit.new_text.count("\n") for edit in edits) < RULES.count("\n")


def _laid_out(path: Path, text: str) -> str:
    from policyengine.source import SourceFile
    from policyengine.tooling.fmt import format_source

    return format_source(SourceFile(str(path), text)).text


def test_a_file_with_mistakes_is_left_as_it_is(editor: Editor, rules: Path) -> None:
    editor.type(rules, RULES.replace("must have", "must hav"))
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    params = types.DocumentFormattingParams(document(rules), options)
    assert not editor.ask("text_document_formatting", params)


def test_every_did_you_mean_is_a_mend(editor: Editor, rules: Path) -> None:
    text = RULES.replace(
        "told_within after order.started_on\n    where",
        "told_withn after order.started_on\n    where",
    )
    text = text.replace('"understood" and', '"understod" and').replace(
        "given cto: started_on", "given cto: startd_on", 1
    )
    editor.type(rules, text)
    editor.until(lambda: len(editor.codes(rules)) == 3)
    found = actions(editor, rules, text)
    assert {each.title for each in found} >= {
        "Change to `told_within`",
        'Change to `"understood"`',
        "Change to `started_on`",
    }
    (everything,) = (each for each in found if each.kind == types.CodeActionKind.SourceFixAll)
    assert everything.edit is not None and everything.edit.changes is not None
    assert edited(text, list(everything.edit.changes[uri(rules)])) == RULES


def test_a_remark_can_be_allowed_with_a_reason(editor: Editor, rules: Path) -> None:
    found = actions(editor, rules, RULES)
    (allow,) = (each for each in found if each.title.startswith("Allow LNT008"))
    assert allow.edit is not None and allow.edit.changes is not None
    text = edited(RULES, list(allow.edit.changes[uri(rules)]))
    assert "\n# allow LNT008 because \nrule A-1" in text
    editor.type(rules, text.replace("because \n", "because it is kept for the next version\n"))
    editor.until_told(rules, "LNT002")


def test_what_nothing_uses_can_be_left_out(editor: Editor, rules: Path) -> None:
    found = actions(editor, rules, RULES)
    (leave,) = (each for each in found if each.title.startswith("Leave out `let first be"))
    assert leave.edit is not None and leave.edit.changes is not None
    text = edited(RULES, list(leave.edit.changes[uri(rules)]))
    assert text == RULES.replace("  let first be earliest rights_discussion where (spoken)\n", "")


# --- examples -----------------------------------------------------------------------------------


def lenses(editor: Editor, path: Path) -> list[types.CodeLens]:
    return list(editor.ask("text_document_code_lens", types.CodeLensParams(document(path))))


def test_verdicts_stand_above_their_examples(editor: Editor, rules: Path) -> None:
    titles = [each.command.title for each in lenses(editor, rules) if each.command]
    assert titles == [
        "Run 2 examples: all as expected",
        "✓ met, as expected",
        "✓ met late, as expected",
    ]
    editor.type(rules, RULES.replace("expect met late", "expect breached"))
    titles = [each.command.title for each in lenses(editor, rules) if each.command]
    assert titles[0] == "Run 2 examples: 1 not as expected"
    assert titles[2].startswith("✗ expected A-1 breached, but found met late")


def test_the_lens_runs_its_examples(editor: Editor, rules: Path) -> None:
    editor.type(rules, RULES.replace("expect met late", "expect breached"))
    for lens, ran in zip(lenses(editor, rules), (2, 1, 1), strict=True):
        editor.shown.clear()
        assert lens.command is not None
        params = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
        assert len(editor.ask("workspace_execute_command", params)) == ran
        editor.until(lambda: bool(editor.shown))
    assert "did not come out as expected" in editor.shown[0]


def test_examples_wait_while_there_are_mistakes(editor: Editor, rules: Path) -> None:
    editor.type(rules, RULES.replace("severity high", "severity hgh"))
    titles = [each.command.title for each in lenses(editor, rules) if each.command]
    assert titles[0] == "Run examples (once the mistakes are mended)"


def test_days_are_worked_out_in_the_margin(editor: Editor, rules: Path) -> None:
    params = types.InlayHintParams(**whole(rules, RULES))
    found = editor.ask("text_document_inlay_hint", params)
    labels = [each.label for each in found]
    assert labels[0].startswith("Thu 1 Jan 2026 → Thu 8 Jan 2026")
    assert labels[1:] == ["deadline 2026-01-08", "deadline 2026-01-08"]
    assert found[0].position == position(RULES, "after order.started_on\n    where", 22)


def test_without_the_library_the_verb_says_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from policyengine.commands.main import main; "
    words = [sys.executable, "-c", f"{code}sys.exit(main(['lsp']))"]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    assert made.returncode == 3
    assert "trust-policy-engine[lsp]" in made.stderr


def framed(body: str) -> bytes:
    return f"Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


def test_what_is_no_message_is_passed_over() -> None:
    start = '{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"capabilities":{}}}'
    sent = [
        b"no header at all\r\n\r\n",
        framed("no JSON: secret words"),
        framed('{"jsonrpc":"2.0","id":1,"method":"nonsense"}'),
        framed('{"jsonrpc":"2.0","id":2,"method":"initialize","params":{"secret words":1}}'),
        framed(start),
    ]
    words = [sys.executable, "-m", "policyengine", "lsp"]
    made = subprocess.run(words, input=b"".join(sent), capture_output=True, check=False, timeout=60)
    assert made.returncode == 0
    assert b'"id":7' in made.stdout.replace(b" ", b"")
    assert b"secret words" not in made.stderr
    assert b"Traceback" not in made.stderr
