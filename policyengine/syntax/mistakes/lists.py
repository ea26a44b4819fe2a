"""Items and commas."""

from policyengine.diagnostics import Diagnostic, Fix, Label
from policyengine.syntax.scene import STARTERS, Scene


def explain(scene: Scene) -> Diagnostic | None:
    """An item or a comma in the wrong place, or none where one should be."""
    for explainer in (_item_in_brackets, _item, _trailing_comma, _missing_comma):
        found = explainer(scene)
        if found is not None:
            return found
    return None


def _item_in_brackets(scene: Scene) -> Diagnostic | None:
    if not scene.word.startswith("-") or not scene.starts_line or not scene.open_brackets:
        return None
    bracket = scene.open_brackets[-1]
    return Diagnostic(
        code="SYN017",
        message="within brackets a list has commas, not items",
        span=scene.span(scene.offset, scene.offset + 1),
        found="this begins an item",
        labels=(Label(scene.span(bracket.start_pos, bracket.end_pos), "within this bracket"),),
        hints=("either leave the brackets out, or write `(A, B, C)`",),
    )


def _item(scene: Scene) -> Diagnostic | None:
    if not scene.word.startswith("-") or not scene.starts_line:
        return None
    if scene.last in ("all", "any", "none") or scene.last_kind == "NUMERAL":
        hint = f"write `{scene.last} of`"
    else:
        hint = (
            "a list begins with `all of`, `any of`, `none of` or `at least N of`; to subtract, "
            "end the line before with the `-`"
        )
    return Diagnostic(
        code="SYN017",
        message="a line that begins with `- ` is an item of a list, and no list has begun",
        span=scene.span(scene.offset, scene.offset + 1),
        found="this begins an item",
        labels=scene.why(),
        hints=(hint,),
    )


def _trailing_comma(scene: Scene) -> Diagnostic | None:
    """A comma, and the next clause: its first word was read as one more name."""
    comma = scene.text[: scene.offset].rstrip().endswith(",")
    if comma and (scene.word in STARTERS or scene.stop.at_end):
        at = scene.text[: scene.offset].rstrip().rfind(",")
    elif scene.last in STARTERS and scene.last_kind in ("NAME", "WORD"):
        at = len(scene.text[: scene.last_start].rstrip()) - 1
        if scene.text[at : at + 1] != ",":
            return None
    else:
        return None
    span = scene.span(at, at + 1)
    return Diagnostic(
        code="SYN042",
        message="a comma stands here, and nothing after it",
        span=span,
        found="one more was expected to follow",
        hints=("leave the comma out",),
        fix=Fix(span, ""),
    )


def _missing_comma(scene: Scene) -> Diagnostic | None:
    if not scene.offers(",") or scene.word in STARTERS or scene.word in ("and", "or"):
        return None
    in_brackets = scene.offers(")") and (scene.word[:1].isalnum() or scene.word == '"')
    in_given = scene.clause_word == "given" and scene.word[:1].isalpha() and not scene.starts_line
    if not in_given and not (in_brackets and not scene.offers("is")):
        return None
    if scene.last_kind in ("NAME", "FIELD") and scene.offers("is"):
        return None
    return Diagnostic(
        code="SYN042",
        message="a comma is missing before this",
        span=scene.here,
        found="one more begins here",
        labels=scene.why(),
        hints=(f"write `{scene.last}, {scene.word}`",) if scene.word[:1].isalnum() else (),
    )
