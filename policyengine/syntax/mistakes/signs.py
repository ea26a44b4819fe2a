"""Signs that the language does not have: those of other languages, and those of word processors."""

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.source import Span
from policyengine.syntax.scene import Scene

_MENDS: dict[str, tuple[str, str]] = {
    "==": ("is", "write `is` (or `=`)"),
    "===": ("is", "write `is` (or `=`)"),
    "!==": ("is not", "write `is not` (or `!=`)"),
    "<>": ("is not", "write `is not` (or `!=`)"),
    "=<": ("<=", "write `is at most` (or `<=`)"),
    "=>": (">=", "write `is at least` (or `>=`)"),
    "≤": ("<=", "write `is at most` (or `<=`)"),
    "≥": (">=", "write `is at least` (or `>=`)"),
    "≠": ("!=", "write `is not` (or `!=`)"),
    ":=": ("is", "write `is`"),
    "&&": ("and", "write `and`"),
    "&": ("and", "write `and`"),
    "||": ("or", "write `or`"),
    "|": ("or", "write `or`"),
    "!": ("not ", "write `not`"),
    "%": (" percent", "write `percent`, a blank before it"),
    "–": ("-", "a minus is `-`; this is a dash"),
    "—": ("-", "a minus is `-`; this is a dash"),
    "−": ("-", "a minus is `-`; this is another sign"),
    "•": ("-", "an item of a list begins with `- `"),
}
_HINTS: dict[str, str] = {
    "*": "there is no multiplication: ratios belong to reports",
    "/": "there is no division: ratios belong to reports",
    ";": "nothing is needed here: a clause ends where the next one begins; lists take commas",
    "[": "a list is written in round brackets: `is one of (...)`",
    "]": "a list is written in round brackets: `is one of (...)`",
    "{": "braces stand only in the texts of `say` and `fix`",
    "}": "braces stand only in the texts of `say` and `fix`",
    "//": "a comment begins with `#`",
    "--": "a comment begins with `#`",
    "/*": "a comment begins with `#`, to the end of its line",
    "?": "a condition is no question: leave it out",
    "\\": "a backslash stands only within a text",
    "`": "a text stands in double quotes, a name in none",
    "@": "write a name as in the schema, such as `cto.started_on`",
    "$": "write a name as in the schema, such as `cto.started_on`",
    "~": "to compare texts write `mentions`, `matches` or `repeats`",
    "...": "say in full what is meant",
    "^": "there is no such operator",
}
_CURLY = "“”„‟«»"
_SINGLE = "'‘’‚‹›´"
_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"


def explain(scene: Scene) -> Diagnostic | None:
    """A sign that stands nowhere in the language."""
    char = scene.text[scene.offset : scene.offset + 1]
    if not char:
        return None
    if char in _CURLY or char in _SINGLE:
        return _quotes(scene, char)
    if char in _BLANKS:
        return _blank(scene)
    if scene.word[:1].isdigit():
        return _percent(scene)
    for length in (3, 2, 1):
        sign = scene.text[scene.offset : scene.offset + length]
        if sign in _MENDS:
            return _mended(scene, sign)
        if sign in _HINTS:
            return _plain(scene, sign)
    return None


def _percent(scene: Scene) -> Diagnostic | None:
    """`95%`: the number would be taken, so only a stop right at it comes here."""
    if not scene.word.endswith("%"):
        return None
    number = scene.word[:-1]
    return Diagnostic(
        code="SYN015",
        message="the language has no sign `%`",
        span=scene.here,
        found="`%` is written `percent`",
        hints=(f"write `{number} percent`",),
        fix=Fix(scene.here, f"{number} percent"),
    )


def _mended(scene: Scene, sign: str) -> Diagnostic:
    replacement, hint = _MENDS[sign]
    span = scene.span(scene.offset, scene.offset + len(sign))
    return Diagnostic(
        code="SYN015",
        message=f"the language has no sign `{sign}`",
        span=span,
        found="a sign of another kind of text",
        hints=(hint,),
        fix=Fix(span, replacement),
    )


def _plain(scene: Scene, sign: str) -> Diagnostic:
    return Diagnostic(
        code="SYN015",
        message=f"the language has no sign `{sign}`" if sign != "\\" else "a backslash stands here",
        span=scene.span(scene.offset, scene.offset + len(sign)),
        found="this cannot stand here",
        hints=(_HINTS[sign],),
    )


def _quotes(scene: Scene, char: str) -> Diagnostic:
    kind = "curly quotes" if char in _CURLY else "single quotes"
    span: Span = scene.span(scene.offset, scene.offset + 1)
    return Diagnostic(
        code="SYN016",
        message=f'a text stands in straight double quotes `"`, not in {kind}',
        span=span,
        found=f"`{char}`",
        hints=(
            (
                'type the quotes again as `"`; word processors change them as one types: switch '
                '"smart quotes" off, or use a plain text editor'
            ),
        ),
    )


def _blank(scene: Scene) -> Diagnostic:
    code = ord(scene.text[scene.offset])
    span = scene.span(scene.offset, scene.offset + 1)
    return Diagnostic(
        code="SYN024",
        message="this looks like a blank, and is another character",
        span=span,
        found=f"U+{code:04X}, as word processors and web pages put it",
        hints=("type a blank in its place",),
        fix=Fix(span, " "),
    )
