"""Faults of names, each made in one place, so that a code always says the same thing."""

from collections.abc import Iterable, Sequence

from policyengine.diagnostics import Diagnostic, Label
from policyengine.source import Span


def _labels(*labels: Label | None) -> tuple[Label, ...]:
    return tuple(label for label in labels if label is not None)


def _at(span: Span | None, text: str) -> Label | None:
    return None if span is None else Label(span, text)


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def no_such_kind(span: Span, word: str, hints: Iterable[str]) -> Diagnostic:
    """NAM001"""
    return Diagnostic(
        code="NAM001",
        message=f"there is no kind of record called `{word}`",
        span=span,
        found="not a kind of the schema, and not gathered",
        hints=tuple(hints),
    )


def no_such_field(
    span: Span, kind: str, word: str, hints: Iterable[str], why: Label | None = None
) -> Diagnostic:
    """NAM002"""
    return Diagnostic(
        code="NAM002",
        message=f"`{kind}` has no field `{word}`",
        span=span,
        found=f"not a field of `{kind}`",
        labels=_labels(why),
        hints=tuple(hints),
    )


def no_fields(span: Span, words: str, what: Label) -> Diagnostic:
    """NAM002, of something that is no record."""
    return Diagnostic(
        code="NAM002",
        message=f"{words} has no fields",
        span=span,
        found="no field can be read here",
        labels=(what,),
    )


def no_such_name(span: Span, word: str, hints: Iterable[str], found: str = "") -> Diagnostic:
    """NAM003"""
    return Diagnostic(
        code="NAM003",
        message=f"nothing in sight is called `{word}`",
        span=span,
        found=found or "no name in sight here",
        hints=tuple(hints),
    )


def ambiguous(span: Span, word: str, meanings: Sequence[tuple[str, Span | None]]) -> Diagnostic:
    """NAM004: lists the meanings."""
    several = listed([meaning for meaning, _ in meanings])
    return Diagnostic(
        code="NAM004",
        message=f"`{word}` could mean {several}",
        span=span,
        found="which of them?",
        labels=_labels(*(_at(place, meaning) for meaning, place in meanings)),
        hints=("give one of them another name, with `as`",),
    )


def hides(span: Span, word: str, meaning: str, other: Span | None, role: str) -> Diagnostic:
    """NAM005: a name that is in sight already."""
    if word == "case":
        hint = "`case` always means the case: choose another name"
    elif role == "kind":
        hint = f"give one of them an alias: `{word} as other`"
    else:
        hint = "choose another name"
    return Diagnostic(
        code="NAM005",
        message=f"`{word}` is in sight already: {meaning}",
        span=span,
        found="this would hide it",
        labels=_labels(_at(other, "in sight from here on")),
        hints=(hint,),
    )


def defined_twice(
    span: Span, what: str, other: Span | None, where: str = "it is defined here first"
) -> Diagnostic:
    """NAM006: shows both places."""
    return Diagnostic(
        code="NAM006",
        message=f"{what} is defined twice",
        span=span,
        found="defined again here",
        labels=_labels(_at(other, where)),
        hints=("names are shared by all the files of a rule set",),
    )


def taken(span: Span, name: str, meaning: str) -> Diagnostic:
    """NAM006, of a name that the schema has."""
    return Diagnostic(
        code="NAM006",
        message=f"`{name}` is taken: {meaning}",
        span=span,
        found="choose another name",
    )


def versions_overlap(span: Span, rule: str, dates: str, other: Span, others: str) -> Diagnostic:
    """NAM007"""
    if dates == others == "always":
        mend = "two rules have two ids; versions of one rule have an `applies` each"
    elif "always" in (dates, others):
        mend = "a version without `applies` is in force always: give it its dates"
    else:
        mend = "both dates of `applies` are included: let one end the day before the next starts"
    return Diagnostic(
        code="NAM007",
        message=f"two versions of {rule} are in force on the same day",
        span=span,
        found=f"in force {dates}",
        labels=(Label(other, f"in force {others}"),),
        hints=(mend,),
    )


def circle(span: Span, names: Sequence[str], places: Sequence[Span]) -> Diagnostic:
    """NAM008: shows the way round. `names` ends with the first again."""
    way = " → ".join(f"`{name}`" for name in names)
    steps = zip(places[1:], names[1:-1], strict=False)
    return Diagnostic(
        code="NAM008",
        message=f"these definitions go in a circle: {way}",
        span=span,
        found="this needs itself to be known first",
        labels=tuple(Label(place, f"`{name}` is on the way round") for place, name in steps),
    )


def no_such_rule(span: Span | None, rule: str, hints: Iterable[str]) -> Diagnostic:
    """NAM009"""
    return Diagnostic(
        code="NAM009",
        message=f"there is no rule {rule}",
        span=span,
        found="not a rule of this set",
        hints=tuple(hints),
    )


def no_such_label(span: Span, label: str, what: str, hints: Iterable[str]) -> Diagnostic:
    """NAM010"""
    return Diagnostic(
        code="NAM010",
        message=f"this example gives no {what} labelled `{label}`",
        span=span,
        found="no such label",
        hints=tuple(hints),
    )


def no_such_setting(span: Span | None, name: str, hints: Iterable[str]) -> Diagnostic:
    """NAM011"""
    return Diagnostic(
        code="NAM011",
        message=f"there is no setting `{name}`",
        span=span,
        found="not a setting of this set",
        hints=tuple(hints),
    )


def kind_cannot_stand(span: Span, kind: str, why: str, hints: Iterable[str] = ()) -> Diagnostic:
    """NAM012"""
    return Diagnostic(
        code="NAM012",
        message=f"`{kind}` cannot stand here: {why}",
        span=span,
        found="not a kind with records of its own in a case",
        hints=tuple(hints),
    )


def given_twice(span: Span, what: str, other: Span | None) -> Diagnostic:
    """NAM013"""
    return Diagnostic(
        code="NAM013",
        message=f"this example gives {what} twice",
        span=span,
        found="given again here",
        labels=_labels(_at(other, "given here first")),
    )


def no_header(span: Span) -> Diagnostic:
    """NAM014"""
    return Diagnostic(
        code="NAM014",
        message="this file does not begin with its `policy`",
        span=span,
        found="something else stands first",
        hints=(
            'begin the file with `policy "TITLE"`: reports say under which policy a rule stands',
        ),
    )
