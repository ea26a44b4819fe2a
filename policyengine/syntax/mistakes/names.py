"""Names and ids: spelt otherwise, or words that the language keeps for itself."""

import re

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.syntax.scene import STARTERS, Scene
from policyengine.syntax.words import RESERVED

_FORMS = {
    "number": "number of ...",
    "similarity": "similarity of ... to ...",
    "total": "total of ...",
    "highest": "highest of ...",
    "lowest": "lowest of ...",
    "later": "later of (A, B)",
    "earlier": "earlier of (A, B)",
    "days": "days from ... to ...",
    "age": "age of ... at ...",
    "start": "start of ...",
    "end": "end of ...",
    "all": "all of ...",
    "any": "any of ...",
    "none": "none of ...",
    "there": "there is ...",
    "latest": "latest KIND",
    "earliest": "earliest KIND",
    "every": "every KIND has (...)",
}
_AFTER = {"of", "from", "is"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def rule_id(scene: Scene) -> Diagnostic | None:
    """`rule cto-01`, `rule CTO 01`, no id at all."""
    if scene.last_kind == "RULE_ID" and scene.offers("TEXT") and re.match(r"\d|-", scene.word):
        wrong = scene.text[scene.last_start : scene.offset + len(scene.word)]
        place = scene.span(scene.last_start, scene.offset + len(scene.word))
    elif scene.offers("RULE_ID") and (scene.item == "rule" or scene.last == "for"):
        wrong, place = scene.word, scene.here
        if wrong == '"' or not wrong:
            return _no_id(scene)
    else:
        return None
    mended = re.sub(r"[^A-Z0-9]+", "-", _CAMEL.sub("-", wrong).upper()).strip("-")
    good = re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", mended) and len(mended) < 40
    return Diagnostic(
        code="SYN009",
        message="a rule's id is made of capitals, digits and hyphens, and starts with a capital",
        span=place,
        found="not a rule's id",
        hints=(f"write `{mended}`",) if good else ("such as `CTO-01` or `DA-06A`",),
        fix=Fix(place, mended) if good else None,
    )


def _no_id(scene: Scene) -> Diagnostic:
    return Diagnostic(
        code="SYN009",
        message="a rule has an id before its title",
        span=scene.here,
        found="no id stands before this",
        hints=('give it one: `rule CTO-01 "..."`; findings and examples name the rule by it',),
    )


def reserved(scene: Scene) -> Diagnostic | None:
    """`where number is 3`, `for each cto as end`"""
    if scene.word in RESERVED and scene.offers_any(("NAME",)):
        if scene.wants_operand:
            return None
        return _kept(scene, scene.word, at_last=False)
    if scene.last in _FORMS and scene.offers_any(_AFTER | {"NAME"}) and len(scene.keywords) <= 2:
        follows_name = scene.word in STARTERS | {"is", "and", "or", "not", "because", "has", "to"}
        if follows_name or scene.word[:1] in set(")=<>!+-,.") or scene.stop.at_end:
            return _kept(scene, scene.last, at_last=True)
    return None


def _kept(scene: Scene, word: str, *, at_last: bool) -> Diagnostic:
    form = _FORMS.get(word)
    why = f"it begins an expression, `{form}`" if form else "the language keeps it for itself"
    return Diagnostic(
        code="SYN007",
        message=f"`{word}` cannot stand bare as a name",
        span=scene.last_place if at_last else scene.here,
        found=why,
        hints=(
            f"a field of that name is written after a dot: give the record a name with `as this`, "
            f"and write `this.{word}`"
            if at_last
            else "choose another name",
        ),
    )


def explain(scene: Scene) -> Diagnostic | None:
    """Capitals, hyphens, other letters, blanks round a dot."""
    if scene.word.startswith(".") and scene.offers("FIELD"):
        return _field(scene)
    if not scene.offers_any(("NAME", "WORD")) or not re.match(r"[^\W]", scene.word):
        return None
    return _spelt(scene, scene.word, dot="")


def _field(scene: Scene) -> Diagnostic | None:
    if scene.word == ".":
        return Diagnostic(
            code="SYN008",
            message="a dot joins two names, without blanks round it",
            span=scene.here,
            found="no name follows the dot at once",
            hints=("write it as one word: `cto.started_on`",),
        )
    return _spelt(scene, scene.word[1:], dot=".")


def _spelt(scene: Scene, word: str, dot: str) -> Diagnostic | None:
    if re.fullmatch(r"[a-z][a-z0-9_]*", word):
        return None
    mended = re.sub(r"\W+", "_", _CAMEL.sub("_", word)).lower().strip("_")
    good = re.fullmatch(r"[a-z][a-z0-9_]*", mended) is not None
    return Diagnostic(
        code="SYN008",
        message="a name is lower case, with underscores: small letters, digits and `_`",
        span=scene.here,
        found="not a name",
        hints=(f"write `{dot}{mended}`",) if good else ("as it is spelt in the schema",),
        fix=Fix(scene.here, dot + mended) if good else None,
    )
