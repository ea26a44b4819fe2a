"""Rule files in colour: a lexer for Pygments, which finds it by its entry point.

    pygmentize -l policy rules.policy

It tells words apart as a reader does, by where they stand; whether a file parses is not its
business, and every text is lexed to its end.
"""

from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import (
    Comment,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from policyengine.syntax.words import EXAMPLE_CLAUSES, RULE_CLAUSES, TOP_LEVEL

ITEMS = TOP_LEVEL
CLAUSES = (*RULE_CLAUSES, *EXAMPLE_CLAUSES, "owner", "review")
JOINING = (
    *("and", "or", "not", "is", "does", "where", "as", "if", "otherwise", "because", "that"),
    *("recorded", "known", "open", "mentions", "mention", "matches", "match", "repeats", "repeat"),
    *("one", "of", "all", "any", "none", "at", "least", "most", "more", "less", "than", "on"),
    *("between", "there", "has", "have", "show", "no", "a", "an", "each", "with", "its"),
    *("previous", "be", "by", "from", "until", "to", "in", "since", "quoting", "point", "means"),
    *("tell", "percent", "history", "setting"),
)
TIMES = (
    *("within", "after", "before", "either", "side", "counting", "later", "earlier", "next"),
    *("every", "while", "start", "end", "beginning", "ending", "the", "deadline", "due", "yet"),
)
COUNTING = (
    *("number", "total", "highest", "lowest", "latest", "earliest", "words", "new"),
    *("similarity", "age", "days", "as_at"),
)
UNITS = (
    *("minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months"),
    *("year", "years", "working"),
)
VERDICTS = ("met", "late", "breached", "exempt", "applicable", "finding", "cannot")
LEVELS = ("critical", "high", "medium", "low")

_END = r"(?![\w]|\.[a-z])"
_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*(?![\w-])"


class PolicyLexer(RegexLexer):  # type: ignore[misc]
    """The policy language."""

    name = "Trust policy"
    aliases: ClassVar = ["policy", "trustpolicy"]
    filenames: ClassVar = ["*.policy"]
    url = ""

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"#[^\n]*", Comment.Single),
            (r'"', String.Double, "text"),
            (
                rf"(^[ \t]*)(rule)([ \t]+)({_ID})",
                bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Function),
            ),
            (
                r"(^[ \t]*)(setting|gather)([ \t]+)([a-z]\w*)",
                bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Constant),
            ),
            (
                r"(^[ \t]*)(define)([ \t]+)([a-z]\w*)(\.[a-z]\w*)",
                bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Class, Name.Attribute),
            ),
            (
                rf"(^[ \t]*)({'|'.join(ITEMS)}){_END}",
                bygroups(Whitespace, Keyword.Declaration),
            ),
            (
                rf"(^[ \t]*)(severity)([ \t]+)({'|'.join(LEVELS)}){_END}",
                bygroups(Whitespace, Keyword, Whitespace, Name.Builtin),
            ),
            (rf"(^[ \t]*)({'|'.join(CLAUSES)}){_END}", bygroups(Whitespace, Keyword)),
            (r"[^\S\n]+", Whitespace),
            (r"\n", Whitespace),
            (r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?(?![\w-])", Literal.Date),
            (
                rf"(\d+)([ \t]+)(working[ \t]+days?|{'|'.join(UNITS)}){_END}",
                bygroups(Number, Whitespace, Keyword.Type),
            ),
            (r"\d+(?:\.\d+)?", Number),
            (_ID, Name.Function),
            (words(("yes", "no"), r"(?<![\w.])", _END), Keyword.Constant),
            (words(TIMES, r"(?<![\w.])", _END), Keyword.Pseudo),
            (words(COUNTING, r"(?<![\w.])", _END), Name.Builtin),
            (words(VERDICTS, r"(?<![\w.])", _END), Name.Exception),
            (words((*JOINING, *UNITS), r"(?<![\w.])", _END), Operator.Word),
            (r"\.[a-z]\w*", Name.Attribute),
            (r"[A-Za-z_][\w-]*", Name),
            (r">=|<=|!=|[<>=+-]", Operator),
            (r"[(),:]", Punctuation),
            (r".", Text),
        ],
        "text": [
            (r'"', String.Double, "#pop"),
            (r'\\["\\]', String.Escape),
            (r"\{[^{}\"]*\}", String.Interpol),
            (r'[^"\\{]+', String.Double),
            (r"[\\{]", String.Double),
        ],
    }
