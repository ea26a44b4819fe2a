"""Items and commas."""

import re
from typing import Any

from policyengine.diagnostics import Diagnostic, Fix, Label
from policyengine.syntax.guess import nearest
from policyengine.syntax.scene import STARTERS, Scene

_NEXT_LINE = re.compile(r",[ \t]*\n\s*(?:given|expect)(?!\w)")


def explain(scene: Scene) -> Diagnostic | None:
    """An item or a comma in the wrong place, or none where one should be."""
    for explainer in (_options, _item_in_brackets, _item, _trailing_comma, _missing_comma):
        found = explainer(scene)
        if found is not None:
            return found
    return None


def _options(scene: Scene) -> Diagnostic | None:
    """`is ("x", "y")`"""
    if scene.word == "(" and scene.offers("one"):
        start = scene.offset
    elif scene.word == "," and scene.open_brackets and not scene.offers(","):
        start = scene.open_brackets[-1].start_pos
        if not re.search(r"\b(?:is|is\s+not)\s*$", scene.text[:start]):
            return None
    else:
        return None
    return Diagnostic(
        code="SYN019",
        message="a list to choose from is written `is one of (...)`",
        span=scene.span(start, start + 1),
        found="`one of` is missing before this",
        labels=scene.why(),
        hints=('write `is one of ("x", "y")`',),
    )


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
    early = trailing_comma(scene.text, scene.clause, scene.offset + len(scene.word))
    if early is not None:
        return _comma(scene, early)
    if comma and (scene.word in STARTERS or scene.stop.at_end):
        at = scene.text[: scene.offset].rstrip().rfind(",")
    elif scene.last in STARTERS and scene.last_kind in ("NAME", "WORD"):
        at = len(scene.text[: scene.last_start].rstrip()) - 1
        if scene.text[at : at + 1] != ",":
            return None
    else:
        return None
    return _comma(scene, at)


def trailing_comma(text: str, clause: Any, end: int) -> int | None:
    """Where a `given` line has a comma at its end, with another line below."""
    if str(clause) != "given":
        return None
    found = _NEXT_LINE.search(text, clause.start_pos, end)
    return None if found is None else found.start()


def _comma(scene: Scene, at: int) -> Diagnostic:
    span = scene.span(at, at + 1)
    return Diagnostic(
        code="SYN026",
        message="a comma stands here, and nothing after it",
        span=span,
        found="one more was expected to follow",
        hints=("leave the comma out",),
        fix=Fix(span, ""),
    )


def _missing_comma(scene: Scene) -> Diagnostic | None:
    word = scene.word
    in_given = scene.clause_word == "given" and not scene.starts_line
    if not scene.offers(",") or word in STARTERS:
        return None
    if word in scene.stop.vocabulary and not in_given:
        return None
    if not (word[:1].isalnum() or word == '"'):
        return None
    if scene.offers("is") and nearest(word, scene.keywords) is not None:
        return None
    if in_given and word[:1].isalpha() and scene.last_kind == "LABEL":
        return _unquoted_value(scene)
    in_list = scene.offers(")") or scene.clause_word in ("tag", "gather")
    if not (in_given or in_list):
        return None
    return Diagnostic(
        code="SYN026",
        message="a comma is missing before this",
        span=scene.here,
        found="one more begins here",
        labels=scene.why(),
        hints=("put a comma between the two",),
    )


def _unquoted_value(scene: Scene) -> Diagnostic:
    """`outcome not known`"""
    return Diagnostic(
        code="SYN038",
        message="either a comma or a pair of quotes is missing here",
        span=scene.here,
        found=f"after `{scene.last}`",
        labels=scene.why(),
        hints=(f'a value of several words is written in quotes: `"{scene.last} {scene.word}"`',),
    )
