"""`trustpolicy check --explain RULE`: what a rule asks, in plain English, with its examples."""

import argparse
import json
from typing import TYPE_CHECKING

from policyengine.commands.exits import DONE
from policyengine.commands.output import deliver, encoding_of, format_of, width_of
from policyengine.commands.rule_set import checked_plan, named, words_of

if TYPE_CHECKING:
    from policyengine.plan.core import Plan, Rule

FORMATS = ("text", "md", "json")
_WIDEST = 110  # prose wider than this is hard to read


def read_back(args: argparse.Namespace) -> int:
    """Every version of the rules that were asked for; 2 where there is no such rule, 3 where the
    rules do not check."""
    format_ = format_of(args, FORMATS)
    plan = checked_plan(args, args.rules)
    rules = named(plan, words_of(args.explain))
    match format_:
        case "json":
            deliver(args, _as_json(plan, rules))
        case "md":
            deliver(args, _as_markdown(plan, rules))
        case _:
            deliver(args, _as_text(args, plan, rules))
    return DONE


def _as_text(args: argparse.Namespace, plan: "Plan", rules: "list[Rule]") -> str:
    from policyengine.readback import Reader
    from policyengine.report.readback import plain_marks, readback_text
    from policyengine.report.time_lines import time_line_text
    from policyengine.tooling.handbook import examples_of

    width = min(width_of(args), _WIDEST)
    reader = Reader(plan)
    examples = examples_of(reader, {rule.id for rule in rules})
    said = []
    for at, rule in enumerate(rules):
        said.append(readback_text(reader.sentences(rule), width))
        last_version = at + 1 == len(rules) or rules[at + 1].id != rule.id
        if last_version and examples.get(rule.id):
            lines = [line for each in examples[rule.id] for line in time_line_text(each, width)]
            said.append("\n".join(["Examples", *lines, ""]))
    return plain_marks("\n".join(said), encoding_of(args))


def _as_markdown(plan: "Plan", rules: "list[Rule]") -> str:
    from dataclasses import replace

    from policyengine.report.handbook.markdown import entries_markdown
    from policyengine.tooling.handbook import handbook_of

    return "".join(entries_markdown(handbook_of(replace(plan, rules=tuple(rules)))))


def _as_json(plan: "Plan", rules: "list[Rule]") -> str:
    from policyengine.readback import Reader
    from policyengine.report.readback import readback_json
    from policyengine.report.time_lines import time_line_json
    from policyengine.tooling.handbook import examples_of

    reader = Reader(plan)
    examples = examples_of(reader, {rule.id for rule in rules})
    made = [
        {
            **readback_json(reader.sentences(rule)),
            "examples": [time_line_json(line) for line in examples.get(rule.id, [])],
        }
        for rule in rules
    ]
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
