"""What the last pass over a rule set found, so that the next one settles only what may differ.

A rule or an example is kept only where nothing was noted about it, it is the very item that it was
(the file was not read again), and no name that it mentions means something else than before.
Mentioning is told from the words of the item's text: more than is needed is settled again, never
less.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policyengine.plan.core import ExamplePlan, Rule
from policyengine.policy.periods import settings_of_periods
from policyengine.source import Span
from policyengine.syntax.tree import (
    Define,
    Example,
    Gather,
    GivenSetting,
    Header,
    Item,
    PolicyFile,
    RuleItem,
    Setting,
)

_WORD = re.compile(r"\w+")
_NO_NAMES: frozenset[str] = frozenset()

Declaration = Setting | Define | Gather


@dataclass(frozen=True, slots=True)
class _KeptRule:
    item: RuleItem
    header: Header | None
    rule: Rule
    periods: Mapping[str, Span]


@dataclass(frozen=True, slots=True)
class _KeptExample:
    item: Example
    rules: frozenset[str]
    plan: ExamplePlan


@dataclass(slots=True)
class Memory:
    """One rule set's, with one schema and no overrides. Not to be shared between threads.

    `changed` are the names whose meaning may differ from that of the last pass; None before the
    first, or where all of them may.
    """

    changed: frozenset[str] | None = None
    _declared: dict[tuple[str, str], Declaration] | None = None
    _rules: dict[int, _KeptRule] = field(default_factory=dict)
    _examples: dict[int, _KeptExample] = field(default_factory=dict)
    _words: dict[int, tuple[Item, frozenset[str]]] = field(default_factory=dict)
    _said: dict[int, tuple[Item, str]] = field(default_factory=dict)
    _periods: frozenset[str] = frozenset()
    _same_periods: bool = False
    _versions: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    _changed_rules: frozenset[str] = _NO_NAMES

    def begin(self, files: Sequence[PolicyFile]) -> None:
        """A new pass over these files: which names may mean something else now?"""
        self._forget_all_but({id(item) for file in files for item in file.items})
        declarations = [
            item
            for file in files
            for item in file.items
            if isinstance(item, Setting | Define | Gather)
        ]
        before, now = self._declared, {_key(item): item for item in declarations}
        twice = len(now) < len(declarations)  # a fault, and which of the two counts may differ
        self._declared = None if twice else now
        if before is None or twice:
            self.changed = None
            return
        differ = [key for key in before.keys() | now.keys() if before.get(key) != now.get(key)]
        self.changed = self._and_what_mentions({key[1] for key in differ}, now.values())

    def rule(self, item: RuleItem, header: Header | None) -> Rule | None:
        """The rule as it was settled, if it would be settled so again."""
        kept = self._rules.get(id(item))
        if kept is None or kept.header != header or self._may_differ(item):
            self._rules.pop(id(item), None)
            return None
        return kept.rule

    def keep_rule(self, item: RuleItem, header: Header | None, rule: Rule) -> None:
        """Remember a rule about which nothing was noted."""
        periods = settings_of_periods([rule], ())
        self._rules[id(item)] = _KeptRule(item, header, rule, periods)

    def periods_of(self, item: RuleItem) -> Mapping[str, Span] | None:
        """The settings that are the length of a period in a remembered rule, with a place."""
        kept = self._rules.get(id(item))
        return None if kept is None else kept.periods

    def set_periods(self, names: Iterable[str]) -> None:
        """Which settings are lengths of periods in this pass: an example may give other values."""
        now = frozenset(names)
        self._same_periods, self._periods = now == self._periods, now

    def begin_examples(self, rules: Mapping[str, Sequence[Rule]]) -> None:
        """The rules of this pass, by id: of which of them are the versions others than before?"""
        now = {name: tuple(several) for name, several in rules.items()}
        self._changed_rules = frozenset(
            name
            for name in now.keys() | self._versions.keys()
            if not _same(now.get(name), self._versions.get(name))
        )
        self._versions = now

    def example(self, item: Example) -> ExamplePlan | None:
        """The example as it was settled, if it would be settled so again."""
        kept = self._examples.get(id(item))
        if kept is None or self._may_differ(item) or self._has_other_rules(kept):
            self._examples.pop(id(item), None)
            return None
        return kept.plan

    def keep_example(self, item: Example, plan: ExamplePlan) -> None:
        """Remember an example about which nothing was noted."""
        self._examples[id(item)] = _KeptExample(item, frozenset(_named(item)), plan)

    def _has_other_rules(self, kept: _KeptExample) -> bool:
        """Whether its rules are others, or the lengths of periods, which its settings may be."""
        if not self._changed_rules.isdisjoint(kept.rules):
            return True
        gives = any(isinstance(given, GivenSetting) for given in kept.item.givens)
        return gives and not self._same_periods

    def said(self, item: Item) -> str:
        """The form of an item that the digest is made from."""
        kept = self._said.get(id(item))
        if kept is None:
            kept = self._said[id(item)] = (item, repr(item))
        return kept[1]

    def _may_differ(self, item: Item) -> bool:
        if self.changed is None:
            return True
        return bool(self.changed) and not self.changed.isdisjoint(self._words_of(item))

    def _words_of(self, item: Item) -> frozenset[str]:
        kept = self._words.get(id(item))
        if kept is None:
            kept = self._words[id(item)] = (item, frozenset(_WORD.findall(item.span.text)))
        return kept[1]

    def _and_what_mentions(
        self, changed: set[str], declarations: Iterable[Declaration]
    ) -> frozenset[str]:
        """With the definitions, gathers and settings that mention one of them, and so on."""
        if not changed:
            return _NO_NAMES
        left = list(declarations)
        while True:
            touched = [item for item in left if not changed.isdisjoint(self._words_of(item))]
            if not touched:
                return frozenset(changed)
            changed |= {item.name.text for item in touched}
            left = [item for item in left if item not in touched]

    def _forget_all_but(self, items: set[int]) -> None:
        for kept in (self._rules, self._examples, self._words, self._said):
            for gone in kept.keys() - items:
                del kept[gone]


def _key(item: Declaration) -> tuple[str, str]:
    """A setting and a gathered kind have names of their own, a definition one of its kind's."""
    match item:
        case Define(kind=kind):
            return kind.text, item.name.text
        case Setting():
            return "setting ", item.name.text
        case Gather():
            return "gather ", item.name.text


def _named(item: Example) -> Iterator[str]:
    if item.rule is not None:
        yield item.rule.text
    yield from (expect.rule.text for expect in item.expects if expect.rule is not None)


def _same(one: Sequence[Rule] | None, other: Sequence[Rule] | None) -> bool:
    """Whether these are the very same rules."""
    if one is None or other is None or len(one) != len(other):
        return False
    return all(each is its for each, its in zip(one, other, strict=True))
