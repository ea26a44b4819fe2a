"""Makes the TextMate grammar of the editor extension from the words that the lexer knows.

python -m tools.editor_grammar          writes it; a test fails while it differs
"""

import json
from collections.abc import Iterable
from pathlib import Path

from policyengine.tooling.highlighting import (
    CLAUSES,
    COUNTING,
    ITEMS,
    JOINING,
    LEVELS,
    TIMES,
    UNITS,
    VERDICTS,
)

TARGET = Path(__file__).resolve().parent.parent / "editors/vscode/syntaxes/policy.tmLanguage.json"
_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*(?![\w-])"
_END = r"(?![\w]|\.[a-z])"


def grammar() -> dict[str, object]:
    """The whole grammar, as JSON has it."""
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "Trust policy",
        "scopeName": "source.policy",
        "fileTypes": ["policy"],
        "patterns": [
            {"name": "comment.line.number-sign.policy", "match": "#.*$"},
            {"include": "#text"},
            *_heads(),
            _with_names(
                rf"^\s*(severity)\s+({_any(LEVELS)}){_END}",
                "keyword.other.clause.policy",
                "constant.language.severity.policy",
            ),
            _words("keyword.control.item.policy", ITEMS, first=True),
            _words("keyword.other.clause.policy", CLAUSES, first=True),
            {
                "name": "constant.numeric.date.policy",
                "match": r"\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?(?![\w-])",
            },
            _with_names(
                rf"\b(\d+)\s+(working\s+days?|{_any(UNITS)}){_END}",
                "constant.numeric.policy",
                "keyword.other.unit.policy",
            ),
            {"name": "constant.numeric.policy", "match": r"\b\d+(?:\.\d+)?\b"},
            {"name": "entity.name.function.rule.policy", "match": rf"(?<![\w.-]){_ID}"},
            _words("constant.language.policy", ("yes", "no")),
            _words("keyword.other.window.policy", TIMES),
            _words("support.function.policy", COUNTING),
            _words("support.constant.verdict.policy", VERDICTS),
            _words("keyword.operator.word.policy", (*JOINING, *UNITS)),
            {"name": "variable.other.member.policy", "match": r"\.[a-z]\w*"},
            {"name": "variable.other.policy", "match": r"\b[a-z]\w*"},
            {"name": "keyword.operator.policy", "match": r">=|<=|!=|[<>=+-]"},
        ],
        "repository": {"text": _text()},
    }


def _heads() -> list[dict[str, object]]:
    """The first lines of items, with the names that they give."""
    return [
        _with_names(
            rf"^\s*(rule)\s+({_ID})",
            "keyword.control.item.policy",
            "entity.name.function.rule.policy",
        ),
        _with_names(
            r"^\s*(setting|gather)\s+([a-z]\w*)",
            "keyword.control.item.policy",
            "entity.name.constant.policy",
        ),
        _with_names(
            r"^\s*(define)\s+([a-z]\w*)(\.[a-z]\w*)",
            "keyword.control.item.policy",
            "entity.name.type.policy",
            "entity.name.variable.policy",
        ),
    ]


def _text() -> dict[str, object]:
    """A text in quotation marks, over several lines if need be; braces hold an expression."""
    return {
        "name": "string.quoted.double.policy",
        "begin": '"',
        "end": '"',
        "patterns": [
            {"name": "constant.character.escape.policy", "match": r"\\[\"\\]"},
            {"name": "meta.embedded.expression.policy", "match": r"\{[^{}\"]*\}"},
        ],
    }


def _words(scope: str, words: Iterable[str], *, first: bool = False) -> dict[str, object]:
    """Words as such, or (`first`) only where they begin a line."""
    if first:
        return _with_names(rf"^\s*({_any(words)}){_END}", scope)
    return {"name": scope, "match": rf"(?<![\w.])(?:{_any(words)}){_END}"}


def _with_names(pattern: str, *scopes: str) -> dict[str, object]:
    captures = {str(number): {"name": scope} for number, scope in enumerate(scopes, 1)}
    return {"match": pattern, "captures": captures}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(set(words), key=lambda word: (-len(word), word)))


def text() -> str:
    """The grammar as its file holds it."""
    return json.dumps(grammar(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
