"""One rule set of a base and its overlays; what does not fit together is noted with both places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from policyengine.diagnostics import Diagnostic, Label, Notebook
from policyengine.policy.examples import like_rule
from policyengine.policy.packs.model import Pack, RuleChange, Stack
from policyengine.policy.suggest import hint
from policyengine.source import Span
from policyengine.syntax.tree import Example, Item, Name, PolicyFile, RuleItem, Setting

_DONE = {
    "retitled": "gives it another title",
    "tightened": "tightens it",
    "disabled": "disables it",
}


def check_stack(stack: Stack, notes: Notebook) -> None:
    """Notes PAK003 (names what is not there), PAK004 (two change one thing), PAK005 (says anew
    what is there) and PAK006 (tightens, and writes nothing)."""
    _Checking(stack, notes).run()


def files_of(stack: Stack, *, tightened: bool = True) -> list[PolicyFile]:
    """The files of all packs as one rule set: what is disabled or replaced is gone with its
    examples, what has another title has it. Without `tightened`, those rules are as the base has
    them: what they are held against."""
    made = []
    for layer, files in enumerate(stack.files):
        above = [each for pack in stack.overlays[layer:] for each in pack.rules]
        gone = {each.rule for each in above if each.how == "disabled"}
        if tightened:
            gone |= {each.rule for each in above if each.how == "tightened"}
        elif layer:
            own = stack.overlays[layer - 1].rules
            gone |= {each.rule for each in own if each.how == "tightened"}
        titles = {each.rule: each.title for each in above if each.how == "retitled"}
        made += [replace(file, items=tuple(_items(file, gone, titles))) for file in files]
    return made


def _items(file: PolicyFile, gone: set[str], titles: dict[str, str]) -> Iterator[Item]:
    for item in file.items:
        match item:
            case RuleItem():
                if item.id.text not in gone:
                    title = titles.get(item.id.text, item.title)
                    yield item if title == item.title else replace(item, title=title)
            case Example():
                left = _example(item, gone) if gone else item
                if left is not None:
                    yield left
            case _:
                yield item


def _example(item: Example, gone: set[str]) -> Example | None:
    """An example without what it expects of rules that are gone; None if nothing is left of it."""

    def is_left(rule: Name | None) -> bool:
        named = rule or item.rule
        return named is None or named.text not in gone

    expects = tuple(each for each in item.expects if is_left(each.rule))
    if not expects:
        return None
    if expects == item.expects and is_left(item.rule):
        return item
    return replace(item, expects=expects, rule=item.rule if is_left(item.rule) else None)


def named(files: Iterable[PolicyFile], of: type[RuleItem] | type[Setting]) -> dict[str, Span]:
    """The rules or the settings of files, each with the place of its name."""
    found: dict[str, Span] = {}
    for file in files:
        for item in file.items:
            if isinstance(item, of):
                name = item.id if isinstance(item, RuleItem) else item.name
                found.setdefault(name.text, name.span)
    return found


class _Checking:
    def __init__(self, stack: Stack, notes: Notebook) -> None:
        self.stack = stack
        self.notes = notes
        self.rules = named(stack.files[0], RuleItem)
        self.settings = named(stack.files[0], Setting)
        self.base = {*self.rules, *self.settings}
        self.changed: dict[tuple[str, str], tuple[Pack, Span, str]] = {}

    def run(self) -> None:
        for pack, files in zip(self.stack.overlays, self.stack.files[1:], strict=True):
            rules, settings = named(files, RuleItem), named(files, Setting)
            for rule in pack.rules:
                self._rule(pack, rule, rules)
            for setting in pack.settings:
                self._change(pack, "setting", setting.name, setting.span, "sets it")
            tightened = {each.rule for each in pack.rules if each.how == "tightened"}
            for name, span in rules.items():
                if name in self.rules and name not in tightened:
                    hint_ = f"`tightens: {{{name}: the reason}}` in pack.yaml, if it asks more"
                    self._again(f"the rule {name}", name, span, self.rules[name], hint_)
            for name, span in settings.items():
                if name in self.settings:
                    hint_ = f"`settings: {{{name}: {{is: ..., why: ...}}}}` in pack.yaml"
                    self._again(f"the setting `{name}`", name, span, self.settings[name], hint_)
            self.rules = {**rules, **self.rules}
            self.settings = {**settings, **self.settings}

    def _rule(self, pack: Pack, change: RuleChange, own: dict[str, Span]) -> None:
        known = self._change(pack, "rule", change.rule, change.span, _DONE[change.how])
        if known and change.how == "tightened" and change.rule not in own:
            label = Label(self.rules[change.rule], "the rule of the base")
            message = f"{change.rule} is to be tightened, but no file of this pack writes it"
            hint_ = f"write the whole rule {change.rule} in a rule file beside pack.yaml"
            self._note("PAK006", change.span, message, hint_, label)

    def _change(self, pack: Pack, what: str, name: str, span: Span, done: str) -> bool:
        """Whether the base has it, and nobody changes it already."""
        known = self.rules if what == "rule" else self.settings
        shown = name if what == "rule" else f"`{name}`"
        if name not in known:
            message = f"there is no {what} {shown} below this pack"
            hints = (like_rule if what == "rule" else hint)(name, known)
            note = Diagnostic(code="PAK003", message=message, span=span, hints=hints)
            self.notes.note(note)
            return False
        first = self.changed.get((what, name))
        if first is not None:
            other, place, how = first
            whose = "this pack" if other is pack else f"the pack `{other.name}`"
            message = f"the {what} {shown} is changed twice: {whose} {how}, and this {done}"
            label = Label(place, f"here it {how}")
            self._note("PAK004", span, message, "let one of the two change it", label)
            return False
        self.changed[what, name] = pack, span, done
        return True

    def _again(self, what: str, name: str, span: Span, there: Span, hint_: str) -> None:
        is_base = name in self.base
        code, whose = ("PAK005", "the base") if is_base else ("PAK004", "another overlay")
        mend = hint_ if is_base else "give one of the two another name"
        message = f"{what} is written in {whose} already"
        self._note(code, span, message, mend, Label(there, "it stands here"))

    def _note(self, code: str, span: Span, message: str, hint_: str, label: Label) -> None:
        note = Diagnostic(code=code, message=message, span=span, hints=(hint_,), labels=(label,))
        self.notes.note(note)
