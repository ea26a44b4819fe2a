"""Whether the rules that overlays declare to tighten do ask at least what the base asks.

Looked for: a small case that the base's rule finds breached and the overlay's does not. What was
found is kept between runs, as looking takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from policyengine.analysis.directions import direction
from policyengine.comparing import Side
from policyengine.diagnostics import Diagnostic, Label, Severity
from policyengine.kept import code_stamp, keep, read_kept
from policyengine.plan.core import Plan, Rule
from policyengine.policy.load import Loaded, untightened
from policyengine.policy.packs.model import RuleChange
from policyengine.tooling.searching import Effort
from policyengine.values.verdict import Force, Gravity

_ROOMS = ("analysis", "comparing", "evaluate", "plan", "policy", "schema", "tooling", "values")
_GRAVER = list(Gravity)


def check_tightened(loaded: Loaded, effort: Effort | None = None) -> list[Diagnostic]:
    """PAK007 for each rule that is looser somewhere than the base's; PAK008, a warning, for each
    of which that was only looked for and not found, which proves nothing."""
    changes = [] if loaded.stack is None else list(loaded.stack.changes("tightened"))
    if loaded.plan is None or not changes:
        return []
    base, upper = untightened(loaded)
    if base is None or upper is None:
        return []
    return [note for change in changes for note in _notes(change, base, upper, effort)]


def _notes(
    change: RuleChange, base: Plan, upper: Plan, effort: Effort | None
) -> Iterator[Diagnostic]:
    id_ = change.rule
    old = [rule for rule in base.rules if rule.id == id_]
    new = [rule for rule in upper.rules if rule.id == id_]
    if not old or not new:
        return
    label = Label(old[0].name_span, "what the base asks")
    for said in _said_looser(old, new):
        yield Diagnostic(
            code="PAK007",
            message=f"{id_} is declared to tighten the base's rule, but {said}",
            span=new[0].name_span,
            labels=(label, Label(change.span, "declared here")),
            hints=("a rule that asks less is disabled with a reason, and another one added",),
        )
    side = _kept_side(base, upper, id_, effort)
    if side.looser is not None:
        case = "; ".join(line.strip() for line in side.looser.strip().splitlines()[1:])
        yield Diagnostic(
            code="PAK007",
            message=f"{id_} is declared to tighten the base's rule, but it is looser: a case that "
            "the base finds breached is not breached by it",
            span=new[0].name_span,
            labels=(label, Label(change.span, "declared here")),
            hints=(f"such a case, by the base's rule: {case}",),
        )
    elif not side.proved:
        yield Diagnostic(
            code="PAK008",
            message=f"it could not be proved that {id_} is nowhere looser than the base's rule; "
            "a case that shows it was looked for and not found",
            span=change.span,
            severity=Severity.WARNING,
            labels=(label,),
        )


def _said_looser(old: list[Rule], new: list[Rule]) -> Iterator[str]:
    """What no case shows: how grave a breach is, whether it fails a run, the standard."""
    if any(rule.force is Force.MUST for rule in old) and any(
        rule.force is not Force.MUST for rule in new
    ):
        yield "it says `should` where the base says `must`"
    gravest = min(_GRAVER.index(rule.gravity) for rule in old)
    if any(_GRAVER.index(rule.gravity) > gravest for rule in new):
        yield f"its severity is lower than the base's, {_GRAVER[gravest].value}"
    standards = [rule.target for rule in old if rule.target is not None]
    if standards and any(rule.target is None or rule.target < max(standards) for rule in new):
        yield f"its target is lower than the base's, {max(standards):f} percent"


def _kept_side(base: Plan, upper: Plan, id_: str, effort: Effort | None) -> Side:
    said = "\0".join(
        [code_stamp(_ROOMS), base.digest, upper.digest, repr(base.schema), id_, repr(effort)]
    )
    name = f"tightened-{sha256(said.encode('utf-8', 'backslashreplace')).hexdigest()[:40]}.json"
    kept = read_kept(name)
    if kept is not None:
        try:
            looser, proved = json.loads(kept)
            if (looser is None or isinstance(looser, str)) and isinstance(proved, bool):
                return Side("same", looser=looser, proved=proved)
        except (ValueError, TypeError):
            pass  # damaged: looked for anew
    side = direction(base, upper, id_, effort)
    keep(name, json.dumps([side.looser, side.proved]).encode())
    return side
