"""Explanations for programs: each finding as the audit holds it, with its tree."""

import json
from collections.abc import Iterator

from policyengine.evaluate.explain import Explanation, Node
from policyengine.findings.sentences import Sentences
from policyengine.report.json_report import SCHEMA_VERSION, finding_json


def explanations_json(
    case: str, clock: tuple[str, str], explained: list[Explanation], sentences: Sentences
) -> str:
    """One object: the case, the two clocks, and the explanations in the order of the findings."""
    as_at, known_by = clock
    made = {
        "schema_version": SCHEMA_VERSION,
        "case": case,
        "as_at": as_at,
        "known_by": known_by,
        "explanations": [explanation_json(each, sentences) for each in explained],
    }
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def explanations_lines(explained: list[Explanation], sentences: Sentences) -> Iterator[str]:
    """One explanation a line."""
    for each in explained:
        yield json.dumps(explanation_json(each, sentences), allow_nan=False) + "\n"


def explanation_json(each: Explanation, sentences: Sentences) -> dict[str, object]:
    """A finding, the title of its rule, and its tree."""
    return {
        "finding": finding_json(each.finding, sentences),
        "title": each.rule.title,
        "tree": _node(each.root),
    }


def _node(node: Node) -> dict[str, object]:
    return {
        "text": node.text,
        "mark": node.mark,
        "value": node.value,
        "children": [_node(child) for child in node.children],
    }
