"""From the command line to a checked rule set, or its messages on standard error and exit 3."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.options import nearest
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.plan.core import Plan, Rule
    from policyengine.policy.load import Loaded
    from policyengine.schema import Schema


def load(
    args: argparse.Namespace, rules: list[str], *, local: bool = True, trees: bool = True
) -> "Loaded":
    """The rule set of these paths with its messages, whether it checks or not. `local`: with the
    settings, targets and calendar of the Trust's configuration; without `trees` a plan that is
    remembered from an earlier run will do."""
    from policyengine.commands.configuration import no_configuration, read_configuration
    from policyengine.policy.load import load_plan, load_rules

    config, faults = read_configuration(args.config, rules)
    overlays = [*config.overlays, *getattr(args, "overlay", ())]
    if not local:
        config, faults = no_configuration(), []
    schema = Path(args.schema) if args.schema else None
    loader = load_rules if trees else load_plan
    loaded = loader(rules, schema, config.settings, config.targets, overlays=overlays)
    if loaded.stack is not None:
        _held_against_the_base(args, loaded)
    if config.path is not None:
        say(args, f"with the settings of {config.path}")
    loaded.diagnostics[:0] = faults
    if faults:
        loaded.plan = None
    if loaded.plan is not None and config.has_calendar:
        loaded.plan = replace(loaded.plan, schema=config.on(loaded.plan.schema))
    return loaded


def _held_against_the_base(args: argparse.Namespace, loaded: "Loaded") -> None:
    """Says which overlays are in use; a rule that one tightens must not be looser."""
    from policyengine.diagnostics import Severity

    if loaded.plan is None or loaded.plan.layers is None:
        return
    from policyengine.readback.layers import layer_lines
    from policyengine.report.safe_text import safe_text

    for line in layer_lines(loaded.plan.layers):
        say(args, safe_text(line))
    assert loaded.stack is not None
    if any(loaded.stack.changes("tightened")):
        from policyengine.analysis.tightening import check_tightened

        notes = check_tightened(loaded)
        loaded.diagnostics += notes
        if any(note.severity is Severity.ERROR for note in notes):
            loaded.plan = None


def checked_plan(args: argparse.Namespace, rules: list[str]) -> "Plan":
    """The plan of these paths. Errors go to standard error and stop the run (exit 3); warnings go
    there too."""
    loaded = load(args, rules, trees=False)
    if loaded.plan is None:
        show(loaded.diagnostics)
        raise Stop(CANNOT_RUN, "")
    if not args.quiet:
        show(loaded.diagnostics)
    return loaded.plan


def show(diagnostics: "Iterable[Diagnostic]") -> None:
    """Messages about files, on standard error."""
    from policyengine.diagnostics.text import render_all

    text = render_all(diagnostics)
    if text:
        print(text, file=sys.stderr)


def schema_of(args: argparse.Namespace, rules: list[str]) -> "Schema":
    """The schema alone: the one that was named, or the one beside the rules, or the shipped."""
    from policyengine.commands.configuration import read_configuration
    from policyengine.policy.load import schema_of_packs

    config, _ = read_configuration(args.config, rules)
    overlays = [*config.overlays, *getattr(args, "overlay", ())]
    path = Path(args.schema) if args.schema else None
    schema, diagnostics = schema_of_packs(rules, path, overlays)
    show(diagnostics)
    if schema is None:
        raise Stop(CANNOT_RUN, "")
    return schema


def chosen(plan: "Plan", args: argparse.Namespace) -> "Plan":
    """The plan with the rules that `--select` and `--ignore` leave."""
    selected = words_of(args.select)
    ignored = words_of(args.ignore)
    if not selected and not ignored:
        return plan
    ids = {rule.id for rule in plan.rules}
    tags = {tag for rule in plan.rules for tag in rule.tags}
    for word in (*selected, *ignored):
        if word not in ids and word not in tags:
            meant = nearest(word, ids | tags) or nearest(word.upper(), ids)
            hint = f"did you mean `{meant}`?" if meant else "`trustpolicy check -v` lists them"
            raise usage(f"there is no rule and no tag `{word}`", hint)
    rules = tuple(
        rule
        for rule in plan.rules
        if (not selected or rule.id in selected or selected & set(rule.tags))
        and not (rule.id in ignored or ignored & set(rule.tags))
    )
    return replace(plan, rules=rules)


def named(plan: "Plan", ids: set[str]) -> "list[Rule]":
    """Every version of the rules of these ids, in the plan's order. Stops (exit 2) at an id that
    there is not."""
    known = {rule.id for rule in plan.rules}
    for id in sorted(ids - known):
        meant = nearest(id, known) or nearest(id.upper(), known)
        hint = f"did you mean `{meant}`?" if meant else "`trustpolicy check -v` lists them"
        raise usage(f"there is no rule `{id}`", hint)
    return [rule for rule in plan.rules if rule.id in ids]


def words_of(several: list[str] | None) -> set[str]:
    """The words of a flag that may come several times, or hold several with commas between."""
    words = (word.strip() for each in several or () for word in each.split(","))
    return {word for word in words if word}
