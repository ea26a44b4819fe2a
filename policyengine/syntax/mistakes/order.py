"""Parts that stand in another order, and clauses outside the item that they belong to."""

from policyengine.diagnostics import Diagnostic, Label
from policyengine.syntax.scene import STARTERS, Scene
from policyengine.syntax.tree import Window
from policyengine.syntax.words import EXAMPLE_CLAUSES, HEADER_CLAUSES, RULE_CLAUSES

_WINDOWS = {"within", "between", "no", "before", "on", "at"}


def explain(scene: Scene) -> Diagnostic | None:
    """A window after the `where`, a `where` after `with its previous`, a late alias."""
    where = scene.has_open("where")
    duty = scene.has_open("have") is not None
    windowed = any(isinstance(kid, Window) for kid in scene.stop.stack)
    if duty and where and scene.word in _WINDOWS and not windowed and not scene.open_brackets:
        return _order(scene, where, "the window of a duty stands before its `where`")
    if scene.word == "where" and scene.has_open("previous") is not None:
        previous = scene.has_open("with")
        return _order(scene, previous, "the `where` stands before `with its previous`")
    if scene.word == "as" and where is not None and not scene.open_brackets:
        return _order(scene, where, "a name for the record stands right after its kind")
    return None


def _order(scene: Scene, late: object, message: str) -> Diagnostic:
    labels: tuple[Label, ...] = ()
    if late is not None:
        place = scene.span(late.start_pos, late.end_pos)  # type: ignore[attr-defined]
        labels = (Label(place, "it belongs before this"),)
    return Diagnostic(
        code="SYN027",
        message=message,
        span=scene.here,
        found="it stands too late",
        labels=labels,
        hints=(
            (
                "the order is: kind, `as` its name, window, `where`; for a subject: kind, `as` its "
                "name, `where`, `with its previous`"
            ),
        ),
    )


def outside(scene: Scene) -> Diagnostic | None:
    """`severity high` with no rule round it."""
    if not scene.offers("rule", "setting") or scene.word not in STARTERS:
        return None
    owners = [
        (RULE_CLAUSES, "a rule", 'rule CTO-01 "..."'),
        (HEADER_CLAUSES, "the file's `policy`", 'policy "..."'),
        (EXAMPLE_CLAUSES, "an example", 'example "..." for CTO-01 as at 2026-02-01'),
    ]
    for words, owner, form in owners:
        if scene.word in words:
            return Diagnostic(
                code="SYN035",
                message=f"`{scene.word}` belongs to {owner}, and none is being written here",
                span=scene.here,
                found="outside",
                labels=scene.why(),
                hints=(f"put it below a line such as `{form}`",),
            )
    return None
