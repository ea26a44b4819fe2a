"""Half-written files: whatever was typed so far, everything that an editor asks has an answer."""

import random
from pathlib import Path

import pytest
from lsprotocol import types

from policyengine.lsp import actions, hints, layout, lenses, navigation, outline
from policyengine.lsp.completion import completions
from policyengine.lsp.hover import hover
from policyengine.lsp.meanings import Meanings
from policyengine.lsp.messages import messages
from policyengine.lsp.places import offset_of, position_of
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.verdicts import Verdicts
from policyengine.shipped import shipped
from policyengine.source import Span
from tests.lsp_desk import Editor

SCHEMA = shipped("rules") / "schema.yaml"
RULES = Path(shipped("rules"))
FILES = {
    "rights": RULES / "community_treatment_orders" / "rights.policy",
    "assessment": RULES / "domestic_abuse" / "assessment.policy",
    "events": RULES / "risk_review" / "events.policy",
    "carers": RULES / "carers" / "carers.policy.md",
}
MOST_TYPED = 200
"""So many characters of a rule are typed one by one; what stands before it in steps."""


class Asked:
    """A rule set of one file, of which everything is asked that an editor may ask."""

    def __init__(self, name: str) -> None:
        self.path = name
        self.text = ""
        self.rule_set = RuleSet([], lambda path: self.text, SCHEMA)
        self.rule_set.opened.add(name)
        self.meanings, self.verdicts = Meanings(), Verdicts()

    def everything(self, text: str, at: int) -> None:
        """As after a keystroke at an offset. What fails here would leave an editor unanswered."""
        self.text = text
        self.rule_set.edited()
        checked = self.rule_set.check()
        doc = checked.documents[self.path]
        notes = checked.notes[self.path]
        messages(notes)
        if doc.source is None:
            return
        at = min(at, len(doc.source.text))
        assert offset_of(doc.source, position_of(doc.source, at)) == at
        completions(doc.source, at, checked, snippets=True)
        hover(self.rule_set, self.meanings, self.path, at)
        navigation.definition(self.rule_set, self.path, at)
        navigation.highlights(self.rule_set, self.path, at)
        near = Span(doc.source, max(0, at - 200), at)
        actions.actions(doc.tree, notes, near)
        list(hints.inlay_hints(self.rule_set, self.meanings, self.verdicts, self.path, near))
        if doc.as_far_as_read is not None:
            outline.document_symbols(doc.as_far_as_read)

    def now_and_then(self) -> None:
        """What is asked only when the keys are still."""
        doc = self.rule_set.check().documents[self.path]
        list(lenses.lenses(self.rule_set, self.verdicts, self.path))
        if doc.source is not None:
            layout.layout_edits(doc.source, self.text)


@pytest.fixture(autouse=True)
def no_bug_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a test, a bug that the server would only write down is a failure."""

    def fail(error: BaseException) -> None:
        raise AssertionError("a bug") from error

    monkeypatch.setattr("policyengine.lsp.rule_set.tell", fail)


def excerpt(path: Path) -> str:
    """A file up to the end of the first example of its first rule."""
    text = path.read_text("utf-8")
    example = text.index("\nexample ", text.index("\nrule "))
    return text[: text.index("\n\n", example + 1)]


@pytest.mark.parametrize("name", FILES)
def test_every_prefix_of_a_rule_has_its_answers(name: str) -> None:
    text, asked = excerpt(FILES[name]), Asked(FILES[name].name)
    start = text.index("\nrule ")
    typed = min(len(text), start + MOST_TYPED)
    for at in [
        *range(0, start, 149),
        *range(start, typed),
        *range(typed, len(text), 97),
        len(text),
    ]:
        asked.everything(text[:at], at)
    asked.now_and_then()


@pytest.mark.parametrize("name", FILES)
def test_a_character_lost_anywhere_has_its_answers(name: str) -> None:
    text, asked, drawn = excerpt(FILES[name]), Asked(FILES[name].name), random.Random(name)
    for count in range(20):
        at = drawn.randrange(len(text))
        asked.everything(text[:at] + text[at + 1 :], at)
        if count % 10 == 0:
            asked.now_and_then()


@pytest.mark.parametrize("name", FILES)
def test_whole_words_lost_moved_or_typed_anywhere_have_their_answers(name: str) -> None:
    text, asked, drawn = excerpt(FILES[name]), Asked(FILES[name].name), random.Random(name)
    typed = [
        '"',
        "(",
        ")",
        "{",
        "}",
        "- ",
        "#",
        "\t",
        "\r\n",
        "é",
        "💊",
        "\u2028",
        "\x00",
        "rule ",
        "\\",
    ]
    for _ in range(14):
        at, end = sorted(drawn.randrange(len(text)) for _ in range(2))
        end = min(end, at + 30)
        piece = drawn.choice([drawn.choice(typed), text[end : end + 20], ""])
        asked.everything(text[:at] + piece + text[end:], at)


def test_the_server_stays_up_while_a_rule_is_typed(tmp_path: Path) -> None:
    text = excerpt(FILES["assessment"])
    file = tmp_path / "typed.policy"
    with Editor(tmp_path, "--schema", str(SCHEMA)) as editor:
        editor.open(file, "")
        drawn = random.Random(3)
        for at in [*range(0, len(text), 61), *(drawn.randrange(len(text)) for _ in range(10))]:
            editor.type(file, text[:at])
            params = types.CompletionParams(**editor.at(file, text[:at], at))
            assert editor.ask("text_document_completion", params) is not None
        for hostile in ("\x00", "\ud83d", "rule " * 3000, "(" * 500, '"' * 99, "x" * 1_100_000):
            editor.type(file, hostile)
        editor.type(file, "policy")
        editor.until(lambda: editor.codes(file)[:1] == ["SYN010"] or len(editor.codes(file)) == 1)
