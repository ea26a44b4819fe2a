"""Brackets: those that a condition needs, and those without a partner."""

from policyengine.diagnostics import Diagnostic, Label
from policyengine.syntax.scene import STARTERS, Scene

_NEEDS = {
    "where": "a `where` within an expression",
    "has": "what `every ... has` says of each record",
    "while": "a condition after `while`",
}


def where_without(scene: Scene) -> Diagnostic | None:
    """`there is a cto where ended_on is open`"""
    word = scene.last
    at = scene.last_place
    if word in _NEEDS and scene.offers("(") and not scene.offers("TEXT"):
        start = scene.here
    elif (token := scene.has_open("while")) is not None and scene.word in ("is", "and", "or"):
        word, at = "while", scene.span(token.start_pos, token.end_pos)
        start = scene.here
    else:
        return None
    if not scene.word or scene.word in STARTERS - {"source", "tag", "owner"}:
        return None
    labels = [Label(at, "this needs brackets round its condition")]
    opener = scene.has_open("there") or scene.has_open("every") or scene.has_open("number")
    if word == "where" and opener is not None:
        labels.append(
            Label(
                scene.span(opener.start_pos, opener.end_pos),
                "the brackets show where this ends",
            )
        )
    return Diagnostic(
        code="SYN005",
        message=f"{_NEEDS[word]} stands in brackets",
        span=start,
        found="no bracket opens here",
        labels=tuple(labels),
        hints=(f"write `{word} (...)`; only the `where` of a duty or of `for each` has none",)
        if word == "where"
        else (f"write `{word} (...)`",),
    )


def explain(scene: Scene) -> Diagnostic | None:
    """One too many, or one too few."""
    if scene.word == ")" and not scene.open_brackets:
        return Diagnostic(
            code="SYN006",
            message="this bracket closes nothing",
            span=scene.here,
            found="no bracket is open here",
            labels=scene.why(),
            hints=("leave it out, or put its `(` where the group begins",),
        )
    if not scene.open_brackets or not scene.offers(")"):
        return None
    if not (scene.stop.at_end or scene.word in STARTERS | {"because", "with", "that", '"'}):
        return None
    bracket = scene.open_brackets[-1]
    return Diagnostic(
        code="SYN006",
        message="a bracket is not closed",
        span=scene.span(bracket.start_pos, bracket.end_pos),
        found="this one is still open",
        labels=(Label(scene.here, "here something else begins"),) if not scene.stop.at_end else (),
        hints=("put `)` where the group ends",),
    )
