"""One text through Lark: the tree as far as it goes, and where and why it goes no further."""

import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policyengine.syntax import grammar
from policyengine.syntax.bench import Desk
from policyengine.syntax.builder import TreeBuilder
from policyengine.syntax.tree import Comment, Expr

if TYPE_CHECKING:
    from lark import Token

_LONGEST_PHRASE = 6


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the parser could not go on.

    `offset` is in `text`. `offers` is what could have stood there: keywords as they are written,
    and kinds of token in capitals (`TEXT`, `NAME`). `before` is the same for the place of the last
    token; `vocabulary` is every keyword. `stack` holds what was read and is not yet finished:
    tokens and nodes.
    """

    desk: Desk
    text: str
    start: str
    offset: int
    offers: frozenset[str]
    before: frozenset[str]
    vocabulary: frozenset[str]
    last: "Token | None"
    stack: tuple[Any, ...]
    at_end: bool
    new_items: int


class Reader:
    """A parser with its builder. Not to be shared between threads: see `reader`."""

    def __init__(self) -> None:
        self._builder = TreeBuilder(None, self._read_inner)  # type: ignore[arg-type]
        self._lark = grammar.load(self._builder, self._comment)
        self._words = grammar.keywords(self._lark)
        self._vocabulary = frozenset(self._words.values())

    def read(self, desk: Desk, text: str, start: str, begin: int = 0) -> Any | Stop:
        """Read a text from an offset on: what `start` gives, or where it stops."""
        before, self._builder.desk = self._builder.desk, desk
        try:
            return self._run(desk, text, start, begin)
        finally:
            self._builder.desk = before

    def _run(self, desk: Desk, text: str, start: str, begin: int) -> Any | Stop:
        from lark import TextSlice
        from lark.exceptions import UnexpectedCharacters, UnexpectedToken

        parser = self._lark.parse_interactive(TextSlice(text, begin, len(text)), start=start)
        state = parser.parser_state
        at_end = False
        last: Token | None = None
        under = state.state_stack[0]  # the state in which the last token was taken
        items = len(desk.items)
        try:
            for token in parser.lexer_thread.lex(state):  # type: ignore[no-untyped-call]
                state.feed_token(token)
                last, under = token, state.state_stack[-2]
            at_end = True
            return parser.feed_eof()  # type: ignore[no-untyped-call]
        except UnexpectedCharacters as stop:
            offset = stop.pos_in_stream
        except UnexpectedToken as stop:
            offset = stop.token.start_pos
        table = state.parse_conf.states
        return Stop(
            desk=desk,
            text=text,
            start=start,
            offset=len(text) if at_end or offset is None else offset,
            offers=self._named(parser.accepts()),  # type: ignore[no-untyped-call]
            before=self._named(name for name in table[under] if name.isupper()),
            vocabulary=self._vocabulary,
            last=last,
            stack=tuple(state.value_stack),
            at_end=at_end,
            new_items=len(desk.items) - items,
        )

    def offers(
        self, desk: Desk, text: str, start: str, begin: int
    ) -> tuple[dict[str, str], list[tuple[str, str, int]]] | None:
        """What could stand at the end of a text, each with the words that must follow it (`no`:
        `no later than`), and the tokens that the text is made of: what each is, its text and where
        it begins. None if there is a mistake before the end."""
        from lark import TextSlice
        from lark.exceptions import UnexpectedInput

        before, self._builder.desk = self._builder.desk, desk
        try:
            parser = self._lark.parse_interactive(TextSlice(text, begin, len(text)), start=start)
            state = parser.parser_state
            tokens = []
            for token in parser.lexer_thread.lex(state):  # type: ignore[no-untyped-call]
                state.feed_token(token)
                kind = self._words.get(token.type, token.type)
                tokens.append((kind, str(token), token.start_pos or 0))
            return self._phrases(parser), tokens
        except UnexpectedInput:
            return None
        finally:
            self._builder.desk = before

    def _phrases(self, parser: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for terminal in parser.accepts():
            if terminal in self._words:
                phrase = self._with_what_must_follow(parser, terminal)
                found[self._words[terminal]] = phrase
            else:
                found[terminal] = terminal
        return found

    def _with_what_must_follow(self, parser: Any, terminal: str) -> str:
        """A keyword, and those after it for as long as there is one way to go on."""
        from lark import Token

        phrase = [self._words[terminal]]
        ahead = parser.copy(deepcopy_values=False)
        ahead.parser_state.parse_conf = copy(ahead.parser_state.parse_conf)
        ahead.parser_state.parse_conf.callbacks = {}  # nothing is built on the way
        while len(phrase) < _LONGEST_PHRASE:
            ahead.feed_token(Token(terminal, phrase[-1]))
            following = ahead.accepts()
            if len(following) != 1:
                break
            (terminal,) = following
            word = self._words.get(terminal)
            if word is None or not word.isalpha():
                break
            phrase.append(word)
        return " ".join(phrase)

    def _named(self, terminals: Any) -> frozenset[str]:
        return frozenset(self._words.get(name, name) for name in terminals)

    def _read_inner(self, desk: Desk, text: str, positions: Sequence[int]) -> Expr | None:
        """An expression within a sentence; its faults go to the file's."""
        from policyengine.syntax.mistakes import explain

        inner = Desk(desk.file, positions=positions, notebook=desk.notebook)
        found = self.read(inner, text, "expression")
        if isinstance(found, Stop):
            desk.notebook.note(explain(found))
            return None
        expr: Expr = found
        return expr

    def _comment(self, token: Any) -> Any:
        desk = self._builder.desk
        line_start = desk.file.text.rfind("\n", 0, token.start_pos) + 1
        own_line = not desk.file.text[line_start : token.start_pos].strip()
        span = desk.span(token.start_pos, token.end_pos)
        desk.comments.append(Comment(span=span, text=str(token)[1:], own_line=own_line))
        return token


_of_thread = threading.local()


def reader() -> Reader:
    """This thread's parser, made when it is first needed."""
    found: Reader | None = getattr(_of_thread, "reader", None)
    if found is None:
        found = _of_thread.reader = Reader()
    return found
