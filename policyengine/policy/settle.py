"""From syntax trees to a plan: names and types settled, sugar gone, every fault noted (S3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.plan.core import Core, Definition, ExamplePlan, Plan, RecordSet, Rule, Slot
from policyengine.policy import faults, misfits
from policyengine.policy.circles import MOST_DEEP_IN_ALL, check_circles, check_depth
from policyengine.policy.context import Here, Vocabulary, bare_scope
from policyengine.policy.definitions import declare_definitions, settle_definitions
from policyengine.policy.digest import digest_of
from policyengine.policy.examples import like_rule, settle_example
from policyengine.policy.expressions import settle_expr
from policyengine.policy.gathers import declare_gathers, settle_gathers
from policyengine.policy.memory import Memory
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.periods import settings_of_periods
from policyengine.policy.reach import Reach
from policyengine.policy.rules import settle_rule
from policyengine.policy.settings import apply_overrides, settle_settings
from policyengine.policy.tree_walk import height, walk
from policyengine.policy.types import Sort, Type, record_of
from policyengine.schema.model import Schema
from policyengine.source import Span
from policyengine.syntax.tree import (
    Applies,
    Define,
    Example,
    Expr,
    Gather,
    Header,
    Item,
    Name,
    PolicyFile,
    RuleItem,
    Setting,
)
from policyengine.values.moments import Zone

I = TypeVar("I", bound=Item)  # noqa: E741


def settle(
    files: Sequence[PolicyFile],
    schema: Schema,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
) -> tuple[Plan | None, list[Diagnostic]]:
    """Check a rule set against its schema, and give its plan: only where there are no errors.

    `overrides` are a Trust's values for settings, `targets` its percentages by rule id. The pass
    goes on after a fault, and what a fault leaves unknown is silent: one mistake, one message.
    A duty on a field without a window gives no plan and no message here: the parser has told it.
    """
    found = settle_set(files, schema, overrides, targets)
    return found.plan, found.diagnostics


@dataclass(frozen=True, slots=True)
class Settled:
    """A rule set as far as it could be settled; `plan` is None where there are errors. `rules`
    are those that could be, by id; `words` is what the set declares."""

    plan: Plan | None
    diagnostics: list[Diagnostic]
    words: Vocabulary
    rules: Mapping[str, Sequence[Rule]]


def settle_set(
    files: Sequence[PolicyFile],
    schema: Schema,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
    memory: Memory | None = None,
    *,
    digest: bool = True,
) -> Settled:
    """As `settle`, with what was found on the way. `memory` is that of the passes before over
    this rule set, with this schema and without overrides: what cannot differ is taken from it.
    The plan of somebody who has no use for it goes without its `digest`."""
    overrides, targets = overrides or {}, targets or {}
    memory = memory or Memory()
    memory.begin(files)
    notes = Notebook()
    words = Vocabulary(schema, Zone(schema.time_zone))
    headers = _headers(files, notes)
    sources = declare_gathers(_items(files, Gather), words, notes)
    settle_settings(_items(files, Setting), words, notes)
    apply_overrides(overrides, words, notes)
    declare_definitions(_items(files, Define), words, notes)
    definitions = settle_definitions(words, notes)
    gatherings = settle_gathers(sources, words, notes)
    heights = check_circles(definitions, gatherings, words, notes)
    reach = Reach(definitions, gatherings, words.schema.kinds)
    by_id: dict[str, list[Rule]] = {item.id.text: [] for item in _items(files, RuleItem)}
    for header, item in _rule_items(files, headers):
        rule = memory.rule(item, header)
        if rule is None:
            own = Notebook()
            rule = settle_rule(item, header, words, reach, own)
            if rule is not None:
                check_depth(rule, heights, own)
                if not own.notes:
                    memory.keep_rule(item, header, rule)
            notes.extend(own.notes)
        if rule is not None:
            by_id[rule.id].append(rule)
    _check_versions(_items(files, RuleItem), notes)
    rules = _with_targets(by_id, targets, notes)
    words.periods = _periods(files, rules, definitions, memory)
    examples = _examples(files, by_id, words, memory, notes)
    diagnostics = _in_order(notes.notes, files)
    if notes.has_errors or len(rules) < len(_items(files, RuleItem)):
        # a rule without a plan and without a note: the parser's note
        return Settled(None, diagnostics, words, by_id)
    plan = Plan(
        schema=words.schema,
        rules=rules,
        definitions=definitions,
        gatherings=gatherings,
        settings={name: known.plan for name, known in sorted(words.settings.items())},
        examples=examples,
        digest=digest_of(files, overrides, targets, memory.said) if digest else "",
    )
    return Settled(plan, diagnostics, words, by_id)


def _periods(
    files: Sequence[PolicyFile],
    rules: Sequence[Rule],
    definitions: Mapping[tuple[str, str], Definition],
    memory: Memory,
) -> dict[str, Span]:
    """The settings that are the length of a period somewhere, with one place that says so."""
    kept = {item.id.span: memory.periods_of(item) for item in _items(files, RuleItem)}
    found: dict[str, Span] = {}
    for rule in rules:
        known = kept.get(rule.name_span)
        of_rule = settings_of_periods([rule], ()) if known is None else known
        found = {**of_rule, **found}
    found = {**settings_of_periods((), definitions.values()), **found}
    memory.set_periods(found)
    return found


def _examples(
    files: Sequence[PolicyFile],
    by_id: Mapping[str, Sequence[Rule]],
    words: Vocabulary,
    memory: Memory,
    notes: Notebook,
) -> tuple[ExamplePlan, ...]:
    plans: list[ExamplePlan] = []
    memory.begin_examples(by_id)
    for item in _items(files, Example):
        plan = memory.example(item)
        if plan is None:
            own = Notebook()
            plan = settle_example(item, by_id, words, own)
            if not own.notes:
                memory.keep_example(item, plan)
            notes.extend(own.notes)
        plans.append(plan)
    return tuple(plans)


def settle_expression(
    expr: Expr, schema: Schema, aliases: Mapping[str, str] | None = None
) -> tuple[Core | None, Type, list[Diagnostic]]:
    """One expression by itself: names are of `case`, and of kinds inside sets.

    `aliases` puts records in sight, name to kind, in slots 1, 2 ... in their order. The core is
    None where there are errors.
    """
    notes = Notebook()
    words = Vocabulary(schema, Zone(schema.time_zone))
    here = Here(words, notes, bare_scope(), settle_expr)
    for name, kind in (aliases or {}).items():
        named = Name(span=expr.span, text=name)
        here = here.with_name(named, here.scope.frame.new(), record_of(kind), "alias")
    term = here.value(expr)
    if height(term.core, {}) > MOST_DEEP_IN_ALL:
        notes.note(misfits.too_deep(expr.span, MOST_DEEP_IN_ALL))
    if term.type.sort is Sort.RECORD:
        notes.note(misfits.not_shown(expr.span, term.type))
    return None if notes.has_errors else term.core, term.type, notes.notes


def _items(files: Sequence[PolicyFile], of: type[I]) -> list[I]:
    return [item for file in files for item in file.items if isinstance(item, of)]


def _headers(files: Sequence[PolicyFile], notes: Notebook) -> list[Header | None]:
    """The header of each file (NAM014)."""
    found: list[Header | None] = []
    for file in files:
        headers = [item for item in file.items if isinstance(item, Header)]
        found.append(headers[0] if headers else None)
        if file.items and not headers:
            notes.note(faults.no_header(file.items[0].span))
    return found


def _rule_items(
    files: Sequence[PolicyFile], headers: Sequence[Header | None]
) -> Iterator[tuple[Header | None, RuleItem]]:
    for file, header in zip(files, headers, strict=True):
        for item in file.items:
            if isinstance(item, RuleItem):
                yield header, item


def _check_versions(items: Sequence[RuleItem], notes: Notebook) -> None:
    """Versions of one rule are never in force on the same day (NAM007); gaps are fine."""
    versions: dict[str, list[tuple[date, date, RuleItem]]] = {}
    for item in items:
        applies = next((c for c in item.clauses if isinstance(c, Applies)), None)
        first = applies.first if applies is not None else date.min
        last = applies.last if applies is not None and applies.last is not None else date.max
        versions.setdefault(item.id.text, []).append((first, last, item))
    for rule, several in versions.items():
        several.sort(key=lambda version: version[:2])
        first, last, item = several[0]  # of those so far, the one in force longest
        for start, end, other in several[1:]:
            if start <= last:
                place, others = item.id.span, _dates(first, last)
                note = faults.versions_overlap(
                    other.id.span, rule, _dates(start, end), place, others
                )
                notes.note(note)
            if end > last:
                first, last, item = start, end, other


def _dates(first: date, last: date) -> str:
    if first == date.min and last == date.max:
        return "always"
    since = "" if first == date.min else f"from {first.isoformat()}"
    until = "" if last == date.max else f"until {last.isoformat()}"
    return " ".join(part for part in (since, until) if part)


def _with_targets(
    by_id: Mapping[str, Sequence[Rule]], targets: Mapping[str, Decimal], notes: Notebook
) -> tuple[Rule, ...]:
    """The rules in their order, with a Trust's targets in the place of the set's."""
    for rule in sorted(targets):
        if rule not in by_id:
            notes.note(faults.no_such_rule(None, rule, like_rule(rule, by_id)))
        elif not 0 <= targets[rule] <= 100:
            message = f"the target of {rule} is a share of the subjects: from 0 to 100 percent"
            notes.note(misfits.out_of_range(None, message, f"{targets[rule]} percent"))
    rules = [
        replace(rule, target=targets[rule.id]) if rule.id in targets else rule
        for several in by_id.values()
        for rule in several
    ]
    return tuple(sorted(rules, key=lambda rule: (rule.id, rule.applies_from or date.min)))


def _in_order(notes: Sequence[Diagnostic], files: Sequence[PolicyFile]) -> list[Diagnostic]:
    """By file, in the order in which they were given, then by place; those without a place last."""
    order = {id(file.file): index for index, file in enumerate(files)}

    def place(note: Diagnostic) -> tuple[int, int]:
        if note.span is None:
            return len(files) + 1, 0
        return order.get(id(note.span.file), len(files)), note.span.start

    return sorted(notes, key=place)


def slots_of(core: Core) -> int:
    """The size of the frame that an expression by itself is evaluated in."""
    return 1 + max(
        (
            node.index if isinstance(node, Slot) else node.slot
            for node in walk(core)
            if isinstance(node, Slot | RecordSet)
        ),
        default=0,
    )
