"""What is said where no better explanation is known: what was found, and what could stand there."""

from policyengine.diagnostics import Diagnostic
from policyengine.syntax.errors import listed
from policyengine.syntax.scene import OPERAND, STARTERS, Scene
from policyengine.syntax.words import TOP_LEVEL

_KINDS = {
    "TEXT": "a text in double quotes",
    "DATE": "a date",
    "DATETIME": "a date with a time",
    "NUMERAL": "a number",
    "NAME": "a name",
    "WORD": "a name",
    "RULE_ID": "a rule's id",
    "LABEL": "a label",
    "BULLET": "an item that begins with `- `",
}
_SIGNS = {"+", "-", "COMPARATOR", "FIELD"}
_MOST = 7


def too_early(scene: Scene) -> Diagnostic | None:
    """The file ends in the middle of something."""
    if not scene.stop.at_end:
        return None
    inside = scene.stop.start == "expression"
    what = "the expression" if inside else "the file"
    middle = f"a `{scene.clause_word}`" if scene.clause_word else "what it has begun"
    return Diagnostic(
        code="SYN029",
        message=f"{what} ends in the middle of {middle}"
        if not inside
        else f"{what} is not finished",
        span=scene.here,
        found=f"{what} ends here",
        labels=scene.why(),
        hints=(f"what could follow: {expected(scene)}",),
    )


def explain(scene: Scene) -> Diagnostic:
    """`X` cannot stand here."""
    word = " ".join(scene.word.split()) or "this"
    after = f" after `{_short(scene.last)}`" if scene.last else ""
    return Diagnostic(
        code="SYN001",
        message=f"`{_short(word)}` cannot stand here{after}",
        span=scene.here,
        found="not expected here",
        labels=scene.why(),
        hints=(f"what could stand here: {expected(scene)}",),
    )


def expected(scene: Scene) -> str:
    """What could have stood there, in words, the likeliest first."""
    offers = set(scene.stop.offers)
    said: list[str] = []
    if offers >= OPERAND:
        said.append("a value or a condition")
        offers = {"not"} & offers
    said += sorted({_KINDS[offer] for offer in offers if offer in _KINDS})
    words = sorted(
        offer for offer in offers - STARTERS - _SIGNS if offer not in _KINDS and offer != "$END"
    )
    if ")" in words:
        words.remove(")")
        words.append(")")
    if {"is", "mentions"} <= offers:
        words = [word for word in words if word not in ("does", "matches", "repeats")]
    said += [f"`{word}`" for word in words[:_MOST]]
    if "rule" in offers and "must" not in offers:
        said.append(listed(TOP_LEVEL))
    elif offers & STARTERS:
        said.append("the next clause")
    return _joined(said) or "nothing more"


def _joined(said: list[str]) -> str:
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} or {said[-1]}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else f"{flat[:37]}..."
