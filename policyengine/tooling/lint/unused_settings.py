"""LNT006: a setting that no rule uses."""

from collections.abc import Iterator

from policyengine.diagnostics import Diagnostic
from policyengine.plan.core import InList, SettingValue
from policyengine.syntax.tree import Setting
from policyengine.tooling.lint.removing import removal
from policyengine.tooling.lint.rule_set import RuleSet, remark


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Settings that stand in no rule, no definition and no gathering."""
    if not rule_set.is_whole():
        return
    used: set[str] = set()
    for node in rule_set.everything():
        match node:
            case SettingValue(name=name) | InList(setting=str(name)):
                used.add(name)
            case _:
                pass
    for setting in rule_set.items(Setting):
        name = setting.name.text
        if name not in used:
            yield remark(
                "LNT006",
                f"nothing uses the setting `{name}`",
                setting.name.span,
                "changing it would change nothing",
                "take it out, or use it where its value is written out",
                fix=removal(setting.span, rule_set.file_of(setting.span)),
            )
