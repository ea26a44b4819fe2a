"""Faults that are seen while the tree is built: the words parse, but cannot be meant so."""

from policyengine.diagnostics import Diagnostic, Fix, Label
from policyengine.source import Span

MAX_DEPTH = 64


def mixed(first: Span, second: Span) -> Diagnostic:
    """`a and b or c`"""
    return Diagnostic(
        code="SYN004",
        message="`and` and `or` are mixed without brackets",
        span=second,
        found=f"`{second.text}` here",
        labels=(Label(first, f"`{first.text}` here"),),
        hints=(
            (
                "two readers would group this in two ways: put brackets round what belongs "
                "together, such as `(A and B) or C`"
            ),
        ),
    )


def too_deep(span: Span) -> Diagnostic:
    """Nesting, or a chain of `+`, that no reader could follow."""
    return Diagnostic(
        code="SYN020",
        message=f"this is nested more than {MAX_DEPTH} deep",
        span=span,
        found="too deep to read",
        hints=("give a part of it a name with `let` or `define`, and use the name here",),
    )


def no_such_date(span: Span, why: str) -> Diagnostic:
    """`2026-02-31`"""
    return Diagnostic(
        code="SYN011",
        message="there is no such date",
        span=span,
        found=why,
        hints=(
            "a date is written year-month-day: `2026-04-01`, or with a time `2026-04-01T14:30`",
        ),
    )


def no_duration(span: Span) -> Diagnostic:
    """`0 days`"""
    return Diagnostic(
        code="SYN013",
        message="a duration is a whole number from 1",
        span=span,
        found="not a whole number from 1",
        hints=(
            "for the same day write `on the day of`; for part of a day use `hours` or `minutes`",
        ),
    )


def not_whole(span: Span, what: str, least: int) -> Diagnostic:
    """`learning point 1.5`"""
    return Diagnostic(
        code="SYN033",
        message=f"{what} is a whole number from {least}",
        span=span,
        found=f"not a whole number from {least}",
    )


def too_many_digits(span: Span, most: int) -> Diagnostic:
    """A number that goes on and on."""
    return Diagnostic(
        code="SYN033",
        message=f"a number has at most {most} digits",
        span=span,
        found="too many digits",
    )


def bad_percent(span: Span) -> Diagnostic:
    """`target at least 120 percent`"""
    return Diagnostic(
        code="SYN033",
        message="a target lies between 0 and 100 percent",
        span=span,
        found="more than all of them",
    )


def no_such_severity(span: Span, offers: tuple[str, ...], guess: str | None) -> Diagnostic:
    """`severity serious`"""
    hint = f"did you mean `{guess}`?" if guess else f"it is one of {listed(offers)}"
    return Diagnostic(
        code="SYN002",
        message=f"`{span.text}` is not a severity",
        span=span,
        found="not a severity",
        hints=(hint,),
        fix=Fix(span, guess) if guess else None,
    )


def field_needs_window(span: Span) -> Diagnostic:
    """`must have cto.ended_on`"""
    return Diagnostic(
        code="SYN034",
        message="a date field as a duty needs to say by when",
        span=span,
        found="a field of a record",
        hints=(
            (
                "add a window, such as `within 7 days after cto.started_on`; to ask only that it "
                "is filled in, write `must show ... is recorded`"
            ),
        ),
    )


def field_takes_no(span: Span, what: str, field: Span) -> Diagnostic:
    """`must have a cto.ended_on within ...`"""
    return Diagnostic(
        code="SYN034",
        message=f"a date field as a duty takes no {what}",
        span=span,
        found=f"`{span.text}` belongs before a kind of record" if what != "alias" else "an alias",
        labels=(Label(field, "this is a field, of one record"),),
        hints=(f"leave `{span.text}` out, or name a kind of record instead of a field",),
    )


def header_twice(second: Span, first: Span, word: str) -> Diagnostic:
    """Two `owner` lines."""
    return Diagnostic(
        code="SYN031",
        message=f"`{word}` is said twice",
        span=second,
        found="the second time",
        labels=(Label(first, "the first time"),),
        hints=("keep the one that is true",),
    )


def policy_out_of_place(span: Span, first: Span | None) -> Diagnostic:
    """A second `policy`, or one that is not first."""
    labels = () if first is None else (Label(first, "the file's own `policy` stands here"),)
    message = "a file has one `policy`" if first else "`policy` stands first in its file"
    return Diagnostic(
        code="SYN030",
        message=message,
        span=span,
        found="this is a second one" if first else "something stands before it",
        labels=labels,
        hints=("put the rules of another policy in a file of their own",)
        if first
        else ("move it to the top, above everything but comments",),
    )


def no_expect(span: Span) -> Diagnostic:
    """An example that shows nothing."""
    return Diagnostic(
        code="SYN032",
        message="this example does not say what to expect",
        span=span,
        found="no `expect` line",
        hints=("end it with a line such as `expect met` or `expect breached`",),
    )


def given_after_expect(given: Span, expect: Span) -> Diagnostic:
    """`given` below `expect`."""
    return Diagnostic(
        code="SYN032",
        message="`given` lines come before `expect` lines",
        span=given,
        found="a `given` line",
        labels=(Label(expect, "after an `expect` line"),),
        hints=("what is given holds for the whole example: move it up",),
    )


def value_needs_from(span: Span) -> Diagnostic:
    """`setting x is 7 days, 5 days`"""
    return Diagnostic(
        code="SYN036",
        message="this value does not say from when it holds",
        span=span,
        found="no `from`",
        hints=(
            (
                "only a setting's first value may leave it out: write `... from 2026-04-01`; a "
                'list is written `is one of ("x", "y")`'
            ),
        ),
    )


def too_few(span: Span, what: str) -> Diagnostic:
    """`later of (a)`"""
    return Diagnostic(
        code="SYN037",
        message=f"{what} needs two or more to choose from",
        span=span,
        found="only one",
    )


def text_wanted(span: Span, verb: str) -> Diagnostic:
    """`x mentions y`"""
    what = "a regular expression" if verb == "matches" else "the words to look for"
    return Diagnostic(
        code="SYN039",
        message=f"after `{verb}` stands a text in double quotes",
        span=span,
        found="not a text in quotes",
        hints=(f'`{verb}` takes {what}, such as `{verb} "support group"`',),
    )


def trailing_comma(span: Span) -> Diagnostic:
    """`given cto: a 1,` with `expect met` below."""
    return Diagnostic(
        code="SYN026",
        message="a comma stands here, and nothing after it",
        span=span,
        found="one more was expected to follow",
        hints=("leave the comma out",),
        fix=Fix(span, ""),
    )


def count_and_label(count: Span, label: Span) -> Diagnostic:
    """`given 13 incident i1: ...`"""
    return Diagnostic(
        code="SYN037",
        message="one label cannot stand for several records",
        span=label,
        found="a label",
        labels=(Label(count, "so many records"),),
        hints=("leave the label out, or write a line for each record",),
    )


def braces(span: Span, found: str, hint: str) -> Diagnostic:
    """`say "due by {deadline"`"""
    return Diagnostic(
        code="SYN025",
        message="the braces in this text do not pair up"
        if "empty" not in found
        else "these braces hold nothing",
        span=span,
        found=found,
        hints=(hint,),
    )


def listed(words: tuple[str, ...] | list[str], joiner: str = "or") -> str:
    """`a`, `b` or `c`, each in backquotes."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {joiner} {quoted[-1]}"
