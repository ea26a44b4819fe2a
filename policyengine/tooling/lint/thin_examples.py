"""LNT002 and LNT003: a rule that its examples do not show from both sides, or that has none."""

from collections.abc import Iterator, Mapping

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import Rule
from policyengine.syntax.tree import RuleItem
from policyengine.tooling.lint.rule_set import RuleSet, remark
from policyengine.values.verdict import Verdict


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Each rule (its versions share their examples) that is not shown to be met and breached."""
    shown: dict[str, set[str]] = {}
    for example in rule_set.plan.examples:
        for expected in example.expects:
            # `no finding` is an expectation too: the rule has an example.
            shown.setdefault(expected.rule, set()).add(expected.verdict or "")
    versions: dict[str, list[tuple[RuleItem, Rule]]] = {}
    for item, rule in rule_set.versions():
        versions.setdefault(rule.id, []).append((item, rule))
    for name, written in versions.items():
        item = written[0][0]
        if name not in shown:
            yield remark(
                "LNT003",
                f"no example shows what {name} means",
                item.id.span,
                "no `example` expects anything of it",
                f'write one that is met and one that is breached: `example "..." for {name}`',
            )
            continue
        silent = any(rule.silence_means_cannot_tell is not None for _, rule in written)
        missing = _missing(shown, name, silent=silent)
        if missing:
            yield remark(
                "LNT002",
                f"the examples of {name} do not show it {' or '.join(missing)}",
                item.id.span,
                f"no example expects {' or '.join(missing)}",
                "an example on either side of the line shows where it runs",
            )


def _missing(shown: Mapping[str, set[str]], name: str, *, silent: bool) -> list[str]:
    """`met` and `breached`; where silence means cannot tell, that shows the other side as well."""
    found = shown[name]
    failed = {Verdict.BREACHED.value} | ({Verdict.CANNOT_TELL.value} if silent else set())
    missing = [] if Verdict.MET.value in found else ["met"]
    return missing + ([] if found & failed else ["breached"])
