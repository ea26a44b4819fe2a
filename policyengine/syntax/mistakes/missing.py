"""Words that are missing."""

from policyengine.diagnostics import Diagnostic, Label
from policyengine.syntax.scene import STARTERS, Scene

_KINDS = {
    "TEXT": "a text in double quotes",
    "DATE": "a date",
    "NUMERAL": "a number",
    "NAME": "a name",
    "WORD": "a name",
    "FIELD": "a dot and the name of a field",
    "RULE_ID": "a rule's id",
    "LABEL": "a label",
    "(": "a bracket `(`",
}


def because(scene: Scene) -> Diagnostic | None:
    """`unless X` and then another clause."""
    ended = scene.word in STARTERS or scene.stop.at_end
    reason = scene.last == "because" and scene.offers("TEXT")
    if not (ended or scene.word == '"') or not (scene.offers("because") or reason):
        return None
    if scene.open_brackets:
        return None
    place = scene.here if scene.word == '"' else scene.span(scene.last_end, scene.last_end)
    word = scene.clause_word or "unless"
    labels: tuple[Label, ...] = ()
    if scene.clause is not None:
        span = scene.span(scene.clause.start_pos, scene.clause.end_pos)
        labels = (Label(span, f"`{word}` gives its reason, which is carried on the finding"),)
    return Diagnostic(
        code="SYN018",
        message=f"the reason of this `{word}` is missing",
        span=place,
        found="`because` is missing here" if not reason else "the reason is missing here",
        labels=labels,
        hints=('add `because "..."`: whoever reads the finding reads the reason',),
    )


def taken_for_a_name(scene: Scene) -> int | None:
    """Where the next clause starts whose first word was taken for a name, because one was to
    follow: `when a and`, and `must show b` below it."""
    if scene.last not in STARTERS or scene.last_kind not in ("NAME", "WORD", "LABEL"):
        return None
    line = scene.text.rfind("\n", 0, scene.last_start) + 1
    return scene.last_start if not scene.text[line : scene.last_start].strip() else None


def before_a_clause(scene: Scene) -> Diagnostic | None:
    """The fault is before the clause, not in it."""
    start = taken_for_a_name(scene)
    if start is None:
        return None
    end = len(scene.text[:start].rstrip())
    before = scene.text[:end].rsplit(maxsplit=1)[-1]
    return Diagnostic(
        code="SYN021",
        message=f"something is missing after `{before}`",
        span=scene.span(end, end),
        found="a name, a value or a condition was to follow",
        labels=(Label(scene.last_place, "the next clause begins here"),),
    )


def explain(scene: Scene) -> Diagnostic | None:
    """One word, or one kind of thing, is all that could have stood here; or an operand is."""
    for explainer in (
        _otherwise,
        _article,
        _kind_of_define,
        _colon,
        _how_long,
        _one_by_one,
        _not_a_field,
        _operand,
        _one_word,
        _one_kind,
    ):
        found = explainer(scene)
        if found is not None:
            return found
    return None


def _ends(scene: Scene) -> bool:
    return scene.stop.at_end or scene.word in STARTERS


def _otherwise(scene: Scene) -> Diagnostic | None:
    choice = scene.clause_word == "let" and scene.has_open("if") is not None
    if not (choice and _ends(scene) and scene.offers(",")):
        return None
    return _gap(scene, ", otherwise ...", "a choice ends with what holds if no condition does")


def _article(scene: Scene) -> Diagnostic | None:
    if not scene.offers("a", "no") or scene.last != "is":
        return None
    return _gap(scene, "a", f"write `there is a {scene.word}`, or `there is no ...`")


def _kind_of_define(scene: Scene) -> Diagnostic | None:
    if scene.clause_word != "define" or scene.stop.offers != {"FIELD"}:
        return None
    return Diagnostic(
        code="SYN021",
        message="a definition is a field of a kind of record",
        span=scene.last_place,
        found="the kind, or the field, is missing",
        hints=(f"write `define KIND.{scene.last} as ...`",),
    )


def _colon(scene: Scene) -> Diagnostic | None:
    if scene.clause_word != "given" or not scene.offers(":") or scene.word in STARTERS:
        return None
    return _gap(scene, ":", "write `given KIND: field value, field value`")


def _how_long(scene: Scene) -> Diagnostic | None:
    """`must have a contact after stay.discharged_at`"""
    if scene.word != "after" or not scene.offers("within"):
        return None
    return Diagnostic(
        code="SYN021",
        message="this duty does not say how long after",
        span=scene.here,
        found="`within` and a duration are missing before this",
        labels=scene.why(),
        hints=("write `within 7 days after ...`; for any time after, `between ... and as_at`",),
    )


def _one_by_one(scene: Scene) -> Diagnostic | None:
    """`a is b is c`"""
    if scene.word not in ("is", "mentions", "matches", "repeats", "does"):
        return None
    if not scene.offers("and") or scene.offers("is"):
        return None
    return Diagnostic(
        code="SYN028",
        message="a comparison compares two things, and this would be a third",
        span=scene.here,
        found="a second comparison begins here",
        labels=scene.why(),
        hints=("join two comparisons with `and`: `A is B and B is C`",),
    )


def _not_a_field(scene: Scene) -> Diagnostic | None:
    """`latest cto.started_on`, `for each cto.started_on`"""
    if not scene.word.startswith(".") or scene.offers("FIELD") or len(scene.word) < 2:
        return None
    return Diagnostic(
        code="SYN001",
        message=f"a kind of record stands here, not a field of one: `{scene.word}` is too much",
        span=scene.here,
        found="a field",
        labels=scene.why(),
        hints=(
            (
                f"name the record first, as in `let last be latest {scene.last}`, and write "
                f"`last{scene.word}`"
            ),
        ),
    )


def _operand(scene: Scene) -> Diagnostic | None:
    """`x is and`, `when` and nothing: something to compare, or a condition, is missing."""
    if not scene.wants_operand:
        return None
    what = "a condition" if scene.offers("there") else "a value"
    return Diagnostic(
        code="SYN021",
        message=f"{what} is missing after `{scene.last}`" if scene.last else f"{what} is missing",
        span=scene.here if scene.word else scene.span(scene.last_end, scene.last_end),
        found=f"`{scene.word}` cannot begin one" if scene.word else "the text ends here",
        labels=(Label(scene.last_place, f"{what} was to follow this"),) if scene.last else (),
    )


def _one_word(scene: Scene) -> Diagnostic | None:
    words = scene.stop.offers
    if len(words) != 1:
        return None
    (word,) = words
    if not word[0].islower() and word not in (":", ",", "(", ")"):
        return None
    said = {"as": "as at 2026-02-01"}.get(word, word) if scene.item == "example" else word
    return _gap(scene, word, f"write `{scene.last} {said}`" if word.isalpha() else "")


def _one_kind(scene: Scene) -> Diagnostic | None:
    kinds = {_KINDS.get(offer, "") for offer in scene.stop.offers}
    if len(kinds) != 1 or kinds == {""}:
        return None
    (kind,) = kinds
    return Diagnostic(
        code="SYN021",
        message=f"{kind} is missing after `{scene.last}`" if scene.last else f"{kind} is missing",
        span=scene.here,
        found="something else stands here" if scene.word else "the text ends here",
        labels=scene.why(),
    )


def _gap(scene: Scene, word: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code="SYN021",
        message=f"`{word}` is missing after `{scene.last}`",
        span=scene.here,
        found=f"`{word}` was expected before this" if scene.word else f"`{word}` was expected",
        labels=scene.why(),
        hints=(hint,) if hint else (),
    )
