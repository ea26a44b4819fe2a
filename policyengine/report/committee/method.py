"""How the figures came about: rules in their own words, sources, settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import dedent

from policyengine.findings.dates import long_date
from policyengine.findings.writing import setting_text
from policyengine.plan.core import Plan, Rule, SettingPlan
from policyengine.report.safe_text import safe_text
from policyengine.values.moments import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """One version of a rule as its author wrote it. `lines` are its own words without the id and
    what is said to staff; `in_force` is when it applies, where it says."""

    rule: str
    title: str
    in_force: str
    policy: str
    owner: str
    sources: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingText:
    """A setting: its value (dated ones in turn), why, and whether this Trust set it."""

    name: str
    value: str
    why: str
    local: bool


def rule_texts(plan: Plan) -> tuple[RuleText, ...]:
    """Every version of every rule."""
    return tuple(_rule(rule) for rule in plan.rules)


def setting_texts(plan: Plan, zone: Zone) -> tuple[SettingText, ...]:
    """The settings that these rules use, by name."""
    used = {name for rule in plan.rules for name in rule.settings}
    return tuple(
        SettingText(
            name=safe_text(name),
            value=safe_text(_value(plan.settings[name], zone)),
            why=safe_text(plan.settings[name].why or ""),
            local=plan.settings[name].local,
        )
        for name in sorted(used & set(plan.settings))
    )


def _rule(rule: Rule) -> RuleText:
    sources = (
        f"{each.text}: “{each.quoting}”" if each.quoting else each.text for each in rule.sources
    )
    return RuleText(
        rule=safe_text(rule.id),
        title=safe_text(rule.title),
        in_force=_in_force(rule),
        policy=safe_text(rule.policy),
        owner=safe_text(rule.policy_owner or ""),
        sources=tuple(safe_text(each) for each in sources),
        lines=tuple(_own_words(rule)),
    )


def _in_force(rule: Rule) -> str:
    said = []
    if rule.applies_from:
        said.append(f"from {long_date(rule.applies_from.isoformat())}")
    if rule.applies_until:
        said.append(f"until {long_date(rule.applies_until.isoformat())}")
    return " ".join(said)


# Clauses that stand elsewhere on the page, or are said to staff and not to a committee.
_ELSEWHERE = (
    "rule ",
    "source ",
    "say ",
    "fix ",
    "severity ",
    "learning point ",
    "tag ",
    "applies ",
)


def _own_words(rule: Rule) -> Iterable[str]:
    """The rule's clauses, as laid out by its author, without those that stand elsewhere. A clause
    goes on for as long as its lines are indented further than its first."""
    text = dedent(" " * (rule.span.column - 1) + rule.span.text)
    skipping = False
    for line in text.splitlines():
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if indent <= _CLAUSE and bare:
            skipping = bare.startswith(_ELSEWHERE)
        if bare and not skipping and not bare.startswith("#"):
            yield safe_text(line[_CLAUSE:] if indent >= _CLAUSE else bare)


_CLAUSE = 2  # how far clauses are indented, as `fmt` lays them out


def _value(setting: SettingPlan, zone: Zone) -> str:
    if setting.options is not None:
        return ", ".join(setting_text(option, zone) for option in setting.options)
    said = []
    for start, value in setting.values:
        since = f" from {long_date(start.isoformat())}" if start else ""
        said.append(f"{setting_text(value, zone)}{since}")
    return ", ".join(said)
