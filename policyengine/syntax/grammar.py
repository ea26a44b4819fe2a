"""The parser's tables, made by Lark from `grammar/policy.lark` and kept between runs.

Making the tables takes about a second, reading them back a few hundredths. They are kept as JSON,
under a name made of everything that they depend on.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policyengine.kept import keep, read_kept
from policyengine.shipped import shipped
from policyengine.syntax.words import RESERVED

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.lexer import TerminalDef

GRAMMAR = "grammar/policy.lark"
_BOUNDARY = r"(?!\w|\.[a-z])"
STARTS = ["start", "expression", "rest_of_rule"]
_FORMAT = "1"  # of the kept file, and of what `keyword_boundary` does


class Bullets:
    """Within brackets there are no items: there, a line that begins with `- ` goes on with a
    minus. A bullet's token begins at the line break before it; what is passed on is the dash."""

    always_accept = ("BULLET",)

    def process(self, stream: "Iterator[Token]") -> "Iterator[Token]":
        """Pass tokens on, bullets put right."""
        depth = 0
        for token in stream:
            if token.type == "LPAR":
                depth += 1
            elif token.type == "RPAR":
                depth -= 1
            elif token.type == "BULLET":
                yield _dash(token, "MINUS" if depth > 0 else "BULLET")
                continue
            yield token


def _dash(token: "Token", kind: str) -> "Token":
    assert token.end_pos is not None
    return type(token)(kind, "-", start_pos=token.end_pos - 1, end_pos=token.end_pos)


def keyword_boundary(terminal: "TerminalDef") -> None:
    """A keyword ends where the word ends, and is none before a dot: `ory`, `known.to` are names.

    Keywords, dates and rule ids are looked for before names and numbers.
    """
    from lark.lexer import PatternRE, PatternStr

    if isinstance(terminal.pattern, PatternStr) and terminal.pattern.value[0].isalpha():
        terminal.pattern = PatternRE(terminal.pattern.value + _BOUNDARY)
        terminal.priority = 2
    elif terminal.name == "LIST_AT":
        terminal.priority = 3
    elif terminal.name in ("DATE", "DATETIME", "RULE_ID"):
        terminal.priority = 1


def _keyword_first(terminal: "TerminalDef") -> None:
    from lark.lexer import PatternStr

    if isinstance(terminal.pattern, PatternStr):
        terminal.priority = 2
    else:
        keyword_boundary(terminal)


def grammar_text(*, keep_reserved: bool = True) -> str:
    """The grammar as it stands in the package, the reserved words filled in, or left out."""
    text = shipped(GRAMMAR).read_text(encoding="utf-8")
    if keep_reserved:
        return text.replace("RESERVED", "|".join(RESERVED))
    return text.replace(r"(?!(?:RESERVED)(?!\w))", "")


def build(*, strict: bool = False) -> "Lark":
    """Make the parser from the grammar.

    `strict`, for the tests, refuses conflicts between rules and collisions of terminals. There
    keywords stay plain texts (different whole words cannot collide), and reserved words are names
    (if no terminal collides with more names, none does with fewer): comparing all of them as
    patterns would take half a minute.
    """
    from lark import Lark

    return Lark(
        grammar_text(keep_reserved=not strict),
        parser="lalr",
        lexer="contextual",
        start=STARTS,
        keep_all_tokens=True,
        maybe_placeholders=True,
        strict=strict,
        edit_terminals=_keyword_first if strict else keyword_boundary,
        postlex=Bullets(),
        _plugins={} if strict else {"ContextualLexer": _unchecked_lexer()},
    )


def _unchecked_lexer() -> type:
    """The lexer without its checks of the terminals, which are the tests' business."""
    from lark.lexer import ContextualLexer

    class UncheckedLexer(ContextualLexer):
        def __init__(self, conf: Any, *rest: Any, **named: Any) -> None:
            conf.skip_validation = True
            super().__init__(conf, *rest, **named)

    return UncheckedLexer


def load(builder: object, comments: Any) -> "Lark":
    """The parser, from the kept tables if there are any, calling `builder` as it reads."""
    from lark import Lark, __version__

    python = ".".join(map(str, sys.version_info[:2]))
    key = "\n".join((_FORMAT, python, __version__, grammar_text()))
    name = f"grammar-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    body = read_kept(name)
    if body is None:
        tables = _tables(build())
        keep(name, json.dumps(tables, separators=(",", ":")).encode())
    else:
        tables = json.loads(body)
    lark: Lark = Lark._load_from_dict(  # type: ignore[no-untyped-call]
        _whole_keys(tables["data"]),
        {int(key): value for key, value in tables["memo"].items()},
        transformer=builder,
        postlex=Bullets(),
        lexer_callbacks={"COMMENT": comments},
    )
    return lark


def keywords(lark: "Lark") -> dict[str, str]:
    """How each keyword and sign is written, by the name that Lark has for it."""
    from lark.lexer import PatternStr

    words: dict[str, str] = {}
    for terminal in lark.terminals:
        pattern = terminal.pattern
        if isinstance(pattern, PatternStr):
            words[terminal.name] = pattern.value
        elif terminal.name == "LIST_AT":
            words[terminal.name] = "at"
        elif pattern.value.endswith(_BOUNDARY):
            words[terminal.name] = pattern.value.removesuffix(_BOUNDARY)
    return words


def _tables(lark: "Lark") -> dict[str, Any]:
    from lark.grammar import Rule
    from lark.lark import _LOAD_ALLOWED_OPTIONS
    from lark.lexer import TerminalDef

    data, memo = lark.memo_serialize([TerminalDef, Rule])
    options = data["options"].items()
    data["options"] = {
        name: value
        for name, value in options
        if name not in _LOAD_ALLOWED_OPTIONS and name != "edit_terminals"
    }
    # What JSON would make of it, so that tables just made and tables read back are alike.
    tables: dict[str, Any] = json.loads(json.dumps({"data": data, "memo": memo}))
    return tables


def _whole_keys(data: dict[str, Any]) -> dict[str, Any]:
    """JSON keys are texts; the tables' states and tokens are numbers."""
    parser = data["parser"]["parser"]
    parser["tokens"] = {int(key): value for key, value in parser["tokens"].items()}
    parser["states"] = {
        int(state): {int(token): action for token, action in actions.items()}
        for state, actions in parser["states"].items()
    }
    return data
