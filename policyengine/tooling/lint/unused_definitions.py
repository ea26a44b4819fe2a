"""LNT007: a defined field, or a gathered kind, that nothing uses."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Companion, Definition, Derived, RecordSet, Subject
from policyengine.policy.tree_walk import walk
from policyengine.syntax.tree import Define, Gather
from policyengine.tooling.lint.removing import removal
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Definitions and gatherings that no rule comes to, however far round."""
    if not rule_set.is_whole():
        return
    fields, kinds = _reached(rule_set)
    for define in rule_set.items(Define):
        name = f"{define.kind.text}.{define.name.text}"
        if (define.kind.text, define.name.text) not in fields:
            yield _unused(f"the defined field `{name}`", define, rule_set)
    for gather in rule_set.items(Gather):
        if gather.name.text not in kinds:
            yield _unused(f"the gathered kind `{gather.name.text}`", gather, rule_set)


def _unused(what: str, item: Define | Gather, rule_set: RuleSet) -> Diagnostic:
    hint = "take it out, or keep it and say why: `# allow LNT007 because ...`"
    fix = removal(item.span, rule_set.file_of(item.span))
    message = f"no rule uses {what}"
    return remark("LNT007", message, item.name.span, "nothing comes to it", hint, fix=fix)


def _reached(rule_set: RuleSet) -> tuple[set[tuple[str, str]], set[str]]:
    """The defined fields and the kinds that the rules come to."""
    fields: set[tuple[str, str]] = set()
    kinds: set[str] = set()
    waiting: list[object] = [rule_set.plan.rules]
    while waiting:
        for node in walk(waiting.pop()):
            match node:
                case Derived(kind=kind, name=name):
                    definition = rule_set.plan.definitions.get((kind, name))
                    if (kind, name) not in fields and isinstance(definition, Definition):
                        waiting.append(definition)
                    fields.add((kind, name))
                case RecordSet(kind=kind) | Subject(kind=kind) | Companion(kind=kind):
                    if kind not in kinds and kind in rule_set.plan.gatherings:
                        waiting.append(rule_set.plan.gatherings[kind].sources)
                    kinds.add(kind)
                case _:
                    pass
    return fields, kinds
