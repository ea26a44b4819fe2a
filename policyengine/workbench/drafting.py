"""A new rule for the bench, from the words of a form."""

import re
from collections.abc import Iterable, Mapping

from policyengine.schema import Schema
from policyengine.schema.bank_holidays import calendar_of
from policyengine.source import SourceFile
from policyengine.starting.rule_draft import NoDraftError, Wish, rule_draft
from policyengine.syntax import parse_expression, tree
from policyengine.tooling.fmt import format_source

_RULE_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", re.ASCII)
_LONGEST = 60


def drafted(words: Mapping[str, str], schema: Schema, files: Iterable[tree.PolicyFile]) -> str:
    """The text of a rule and its examples. `words`: `new_id`, `new_for`, `new_needs`,
    `new_within`. Raises `NoDraftError` with what is wrong with them."""
    items = [item for file in files for item in file.items]
    ids = {item.id.text for item in items if isinstance(item, tree.RuleItem)}
    settings = {item.name.text for item in items if isinstance(item, tree.Setting)}
    id = words.get("new_id", "").strip()
    if len(id) > _LONGEST or not _RULE_ID.fullmatch(id):
        raise NoDraftError("a rule's id is of capitals, digits and hyphens, as CTO-30")
    if id in ids:
        raise NoDraftError(f"there is a rule {id} already: give it another id")
    subject = schema.kinds.get(words.get("new_for", ""))
    needed = schema.kinds.get(words.get("new_needs", ""))
    if subject is None or needed is None or needed.name == "case":
        raise NoDraftError("choose what the rule watches, and which record there must be")
    length = words.get("new_within", "").strip()[:_LONGEST]
    parsed, faults = parse_expression(SourceFile("within", length))
    if faults or not isinstance(parsed, tree.DurationLiteral) or parsed.value.amount < 1:
        raise NoDraftError("a length of time is written as 7 days, 5 working days or 24 hours")
    name = _free(f"{needed.name}_window", settings)
    wish = Wish(id, subject, needed, parsed.value, name, head=False)
    text = rule_draft(wish, calendar_of(schema))
    return format_source(SourceFile(f"{id}.policy", text)).text


def _free(name: str, taken: set[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
