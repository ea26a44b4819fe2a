"""Checking one changed item at a time against a rule set that has been checked already."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from policyengine.diagnostics import Notebook
from policyengine.plan import core
from policyengine.policy.context import Vocabulary
from policyengine.policy.definitions import declare_definitions, settle_definitions
from policyengine.policy.gathers import declare_gathers, settle_gathers
from policyengine.policy.reach import Reach
from policyengine.policy.rules import settle_rule
from policyengine.policy.settings import settle_settings
from policyengine.policy.settle import settle
from policyengine.policy.tree_walk import walk
from policyengine.schema.model import Schema
from policyengine.syntax import tree
from policyengine.syntax.tree import Item, PolicyFile
from policyengine.values.moments import Zone

I = TypeVar("I", bound=Item)  # noqa: E741


class RuleSet:
    """A rule set as its author wrote it, and what it declares: settled once."""

    def __init__(self, files: Sequence[PolicyFile], schema: Schema, plan: core.Plan) -> None:
        self.files = files
        self.schema = schema
        self.plan = plan
        notes = Notebook()
        self.words = words = Vocabulary(schema, Zone(schema.time_zone))
        sources = declare_gathers(self._all(tree.Gather), words, notes)
        settle_settings(self._all(tree.Setting), words, notes)
        declare_definitions(self._all(tree.Define), words, notes)
        definitions = settle_definitions(words, notes)
        gatherings = settle_gathers(sources, words, notes)
        self.reach = Reach(definitions, gatherings, words.schema.kinds)
        self.headers = {id(file): _header(file) for file in files}

    def _all(self, of: type[I]) -> list[I]:
        return [item for file in self.files for item in file.items if isinstance(item, of)]

    def rule(self, item: tree.RuleItem, file: PolicyFile) -> core.Rule | None:
        """A changed version of a rule; None where it makes no sense."""
        notes = Notebook()
        rule = settle_rule(item, self.headers[id(file)], self.words, self.reach, notes)
        return None if notes.has_errors else rule

    def with_item(self, old: Item, new: Item, rules: frozenset[str]) -> core.Plan | None:
        """The plan with a setting, a definition or a gather that is another, and with no rules
        but these; None where it makes no sense."""
        files = [
            replace(
                file,
                items=tuple(
                    new if item is old else item for item in file.items if _stays(item, rules)
                ),
            )
            for file in self.files
        ]
        plan, _ = settle(files, self.schema)
        return plan

    def swaps(self, nodes: Sequence[object]) -> dict[tuple[int, int], str]:
        """For each place where a field is named, another of its kind that holds the same type:
        the next that these nodes read, or else the next in the schema."""
        found: dict[tuple[int, int], str] = {}
        places = [node for node in walk(tuple(nodes)) if isinstance(node, core.Field)]
        read = {(node.kind, node.name) for node in places}
        for node in places:
            other = self._like(node, read)
            if other is not None:
                found[node.span.start, node.span.end] = other
        return found

    def _like(self, node: core.Field, read: set[tuple[str, str]]) -> str | None:
        fields = self.words.schema.kinds[node.kind].fields
        own = fields.get(node.name)
        if own is None:
            return None
        alike = [
            each.name
            for each in fields.values()
            if each.type is own.type and each.target == own.target and each.name != own.name
        ]
        after = [name for name in alike if fields[name].index > own.index]
        for among in ([n for n in alike if (node.kind, n) in read], after, alike):
            if among:
                return among[0]
        return None


def _header(file: PolicyFile) -> tree.Header | None:
    return next((item for item in file.items if isinstance(item, tree.Header)), None)


def _stays(item: Item, rules: frozenset[str]) -> bool:
    if isinstance(item, tree.Example):
        return False
    return not isinstance(item, tree.RuleItem) or item.id.text in rules
