"""Texts: words, patterns, likeness (S21)."""

from typing import Final
from unicodedata import normalize

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.plan.core import Core
from policyengine.policy import misfits
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.types import NUMBER, TEXT, TRUTH
from policyengine.syntax import tree
from policyengine.syntax.tree import TextLiteral
from policyengine.values.words import words


def settle_text_test(expr: tree.TextTest, here: Here) -> Term:
    """`mentions "words"`, `matches "pattern"`, `repeats TEXT`. Notes TYP006, TYP007."""
    why = Label(expr.span, f"`{expr.how}` is asked of a text")
    left = here.expect(TEXT, expr.left, why)
    test = _test(expr, left.core, why, here)
    if test is None:
        return Term(unknown(expr.span).core, TRUTH)
    if expr.negated:
        test = core.Not(span=expr.span, operand=test)
    return Term(test, TRUTH)


def _test(expr: tree.TextTest, text: Core, why: Label, here: Here) -> Core | None:
    if expr.how == "repeats":
        other = here.expect(TEXT, expr.right, why)
        return core.Repeats(span=expr.span, text=text, other=other.core)
    assert isinstance(expr.right, TextLiteral), "the parser takes a text in quotation marks only"
    if expr.how == "mentions":
        return _mentions(expr, text, expr.right, here)
    return _matches(expr, text, expr.right, here)


def _mentions(expr: tree.TextTest, text: Core, right: TextLiteral, here: Here) -> Core | None:
    if any(char.isnumeric() for char in normalize("NFKC", right.value)):
        message = "`mentions` looks for words, and digits are not words"
        hint = 'for digits write `matches "..."`, with a regular expression'
        here.note(misfits.bad_words(right.span, message, hint))
        return None
    said = words(right.value)
    if not said:
        message = "`mentions` looks for words, and there are none here"
        here.note(misfits.bad_words(right.span, message, "write one word or several"))
        return None
    return core.Mentions(span=expr.span, text=text, words=said)


def _matches(expr: tree.TextTest, text: Core, right: TextLiteral, here: Here) -> Core | None:
    pattern = normalize("NFC", right.value)
    problem = pattern_problem(pattern)
    if problem is not None:
        hints = [mend for sign, mend in _MENDS.items() if sign in pattern]
        here.note(misfits.bad_pattern(right.span, problem, hints[:1]))
        return None
    return core.Matches(span=expr.span, text=text, pattern=pattern)


# RE2's own words, and what an author makes of them.
_PLAIN_WORDS: Final = {
    "missing )": "a bracket `(` is not closed",
    "missing ]": "a bracket `[` is not closed",
    "unexpected )": "a bracket `)` closes nothing",
    "no argument for repetition operator": "`*`, `+` or `?` has nothing before it to repeat",
    "bad repetition operator": "two signs of repetition stand together",
    "invalid repetition size": "`{...}` repeats too often",
    "invalid character class range": "a range in `[...]` runs backwards",
    "invalid escape sequence": "a backslash stands before a sign that it gives no meaning",
    "trailing \\": "a backslash stands at the end",
    "invalid perl operator": "`(?` begins something that RE2 does not have",
    "invalid named capture group": "a named group is not written well",
    "pattern too large": "it is too large",
}
_MENDS: Final = {
    "(?=": "there is no looking ahead in RE2: write two conditions, joined with `and`",
    "(?!": "there is no looking ahead in RE2: write `... and not ... matches ...`",
    "(?<": "there is no looking behind in RE2: write two conditions, joined with `and`",
    "\\1": "there are no back-references in RE2",
}


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with an RE2 pattern, in plain words; None if it compiles."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        known = [plain for sign, plain in _PLAIN_WORDS.items() if sign in said]
        return known[0] if known else said
    return None


def settle_words_in(expr: tree.WordsIn, here: Here) -> Term:
    """`number of words in TEXT`."""
    text = here.expect(TEXT, expr.text, Label(expr.span, "words are counted in a text"))
    return Term(core.WordsIn(span=expr.span, text=text.core), NUMBER)


def settle_new_words(expr: tree.NewWords, here: Here) -> Term:
    """`number of new words in TEXT since TEXT`."""
    why = Label(expr.span, "new words are counted between two texts")
    text, since = here.expect(TEXT, expr.text, why), here.expect(TEXT, expr.since, why)
    return Term(core.NewWords(span=expr.span, text=text.core, since=since.core), NUMBER)


def settle_similarity(expr: tree.Similarity, here: Here) -> Term:
    """`similarity of TEXT to TEXT`."""
    why = Label(expr.span, "two texts are compared, word by word")
    left, right = here.expect(TEXT, expr.left, why), here.expect(TEXT, expr.right, why)
    return Term(core.Similarity(span=expr.span, left=left.core, right=right.core), NUMBER)
