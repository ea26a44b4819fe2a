"""What is not in the record, and what that means for a rule (S4, S7 to S13)."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.plan import core
from policyengine.policy.tree_walk import walk
from policyengine.readback.blocks import Said, full_stop
from policyengine.readback.conditions import condition
from policyengine.readback.here import Here
from policyengine.readback.names import Owner
from policyengine.readback.words import listed, quoted


def cannot_tell(rule: core.Rule, here: Here) -> tuple[Said, ...]:
    """What the author says that the record cannot show."""
    said = []
    for each in rule.cannot_tell_if:
        when = condition(each.condition, here)
        said.append(when.prefixed(f"{quoted(each.text)}, if "))
    return tuple(full_stop(each) for each in said)


def gaps(rule: core.Rule, here: Here) -> tuple[Said, ...]:
    """What silence and blanks mean for a rule."""
    return tuple(
        Said(text)
        for text in (
            *_blank_event(rule, here),
            *_silence(rule, here),
            *_blanks(rule),
            *_open_fields(rule, here),
        )
    )


def _silence(rule: core.Rule, here: Here) -> Iterator[str]:
    if isinstance(rule.duty, core.HaveField | core.Show):
        return
    noun = here.names.kind(rule.duty.records.kind)
    if rule.silence_means_cannot_tell is not None:
        because = quoted(rule.silence_means_cannot_tell)
        yield f"No {noun} at all that counts: cannot tell, and not breached, because {because}."
    elif isinstance(rule.duty, core.NotHave):
        yield f"No {noun} on record: there was none, and the rule is kept."
    else:
        over = "" if _has_no_limit(rule.duty) else "once the time is over "
        yield f"No {noun} on record: there was none, and {over}the rule is breached."
    yield (
        f"Where the export does not hold every {noun}, one that is not seen may be there, and "
        "the answer is cannot tell."
    )


def _has_no_limit(duty: core.Duty) -> bool:
    return isinstance(duty, core.Have) and duty.window is None


def _blank_event(rule: core.Rule, here: Here) -> Iterator[str]:
    match rule.duty:
        case core.HaveField(event=event):
            from policyengine.readback.values import value

            name = value(event, here)
            yield f"Nothing entered as {name}: it has not happened."
            if rule.silence_means_cannot_tell is not None:
                because = quoted(rule.silence_means_cannot_tell)
                yield f"That it is not entered is cannot tell, and not breached, because {because}."
        case core.Show(window=window):
            yield (
                "What the record shows on the as-at date decides: a state has no lateness"
                + (", and before the time is over nothing is breached." if window else ".")
            )
        case _:
            pass


def _blanks(rule: core.Rule) -> Iterator[str]:
    if rule.blank_means_breached is not None:
        because = quoted(rule.blank_means_breached)
        counts = "as fulfilled" if isinstance(rule.duty, core.NotHave) else "as not fulfilled"
        yield (
            f"A blank that leaves a condition of the duty open counts {counts}, because {because}. "
            "What is recorded as not known stays cannot tell."
        )
    else:
        yield (
            "Any other blank that the answer turns on is not taken for a no: the answer is cannot "
            "tell, and the finding names what is missing."
        )


def _open_fields(rule: core.Rule, here: Here) -> Iterator[str]:
    """The fields of which a blank means `not yet`."""
    found: dict[str, None] = {}
    for node in walk(_asked(rule)):
        if isinstance(node, core.Field):
            field = here.plan.schema.kinds[node.kind].fields[node.name]
            if field.open:
                noun = here.names.kind(node.kind)
                found[here.names.field(node.kind, node.name, Owner(f"the {noun}"))] = None
    if found:
        yield f"Blank means that it has not happened yet: {listed(list(found), 'and')}."


def _asked(rule: core.Rule) -> tuple[object, ...]:
    conditions = tuple(each.condition for each in (*rule.unless, *rule.cannot_tell_if))
    return (rule.subject, rule.lets, rule.when, rule.duty, conditions)
