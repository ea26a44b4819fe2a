"""Each change of a rule set tried on the examples, and a case looked for where none notices."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policyengine.evaluate.judge import PreparedRule
from policyengine.plan import core
from policyengine.report.tested.mutations import Mutant, State
from policyengine.syntax import tree
from policyengine.syntax.tree import Item, PolicyFile
from policyengine.tooling.fmt.doc import render
from policyengine.tooling.fmt.items import laid_out
from policyengine.tooling.mutating.changes import Change, How, changes
from policyengine.tooling.mutating.exams import Exam
from policyengine.tooling.mutating.settling import RuleSet
from policyengine.tooling.searching.bench import Bench, Mark, Staged, judged
from policyengine.tooling.searching.blocks import example_block
from policyengine.tooling.searching.model import Effort, Rows
from policyengine.tooling.searching.search import DIMLY, Ask, Search, Shown, differs
from policyengine.tooling.searching.words import nodes_of

LONGEST = 60
EFFORT = Effort(cases=1500, shrink=250)
FURTHER = 3  # so many times the effort before it is said that nothing tells two rules apart
Judge = Callable[[Staged], Rows]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is tried together: a rule (all its versions), or one item that rules share."""

    rule: str | None
    item: Item | None = None
    rules: tuple[str, ...] = ()


@dataclass(slots=True)
class _Survivor:
    """A change that no example noticed, and how a case is judged under it, by rule."""

    item: Item
    changed: Item
    change: Change
    judges: dict[str, Judge]


class Trying:
    """Tries changes. What is made for a rule (its examples staged, its search) is kept."""

    def __init__(
        self,
        rule_set: RuleSet,
        effort: Effort = EFFORT,
        allowed: Mapping[str, str] | None = None,
    ) -> None:
        """`allowed` gives the reason for each change (`Mutant.key`) that may stay unnoticed."""
        self.rule_set = rule_set
        self.plan = rule_set.plan
        self.effort = effort
        self.allowed = allowed or {}
        self._exams: dict[str, Exam] = {}
        self._searches: dict[str, Search] = {}
        self._uses: dict[str, set[object]] = {}

    # --- units ----------------------------------------------------------------------------------

    def units(self) -> list[Unit]:
        """The rules in their order, then the settings, definitions and gathers that rules use."""
        units = [Unit(id_, rules=(id_,)) for id_ in dict.fromkeys(r.id for r in self.plan.rules)]
        for file in self.rule_set.files:
            for item in file.items:
                rules = self.users(item)
                if rules:
                    units.append(Unit(None, item, rules))
        return units

    def users(self, item: Item) -> tuple[str, ...]:
        """The rules that a setting, a definition or a gather is of."""
        match item:
            case tree.Setting(name=name):
                return self._that(lambda rule: name.text in rule.settings)
            case tree.Define(kind=kind, name=name):
                key = (kind.text, name.text)
                return self._that(lambda rule: key in self._used(rule))
            case tree.Gather(name=name):
                return self._that(lambda rule: name.text in self._used(rule))
            case _:
                return ()

    def _that(self, test: Callable[[core.Rule], bool]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.id for rule in self.plan.rules if test(rule)))

    def _used(self, rule: core.Rule) -> set[object]:
        key = f"{rule.id} {rule.applies_from}"
        if key not in self._uses:
            used: set[object] = {rule.subject.kind}
            for node in nodes_of(self.plan, rule):
                match node:
                    case core.Derived(kind=kind, name=name):
                        used |= {(kind, name), kind}
                    case core.RecordSet(kind=kind) | core.Companion(kind=kind):
                        used.add(kind)
                    case _:
                        pass
            self._uses[key] = used
        return self._uses[key]

    # --- trying ---------------------------------------------------------------------------------

    def tried(self, unit: Unit) -> list[Mutant]:
        """Every change of a unit, and what became of it."""
        self._searches.clear()  # what is found must not depend on what was tried before
        found: list[Mutant] = []
        survivors: list[tuple[int, _Survivor]] = []
        several = self._of_rule(unit.rule) if unit.rule is not None else self._of_shared(unit)
        for mutant, survivor in several:
            if mutant.state is not State.KILLED and mutant.key in self.allowed:
                found.append(replace(mutant, state=State.ALLOWED, because=self.allowed[mutant.key]))
                continue
            if survivor is not None:
                survivors.append((len(found), survivor))
            found.append(mutant)
        self._look(found, survivors)
        return found

    def _of_rule(self, rule_id: str) -> Iterator[tuple[Mutant, _Survivor | None]]:
        exam = self.exam(rule_id)
        versions = exam.benches[()].versions
        for item, file in self._items(rule_id):
            place = next(
                at for at, each in enumerate(versions) if each.rule.span.start == item.span.start
                and each.rule.span.file.name == item.span.file.name
            )  # fmt: skip
            own = versions[place].rule
            nodes = (own.subject, own.lets, own.when, own.cannot_tell_if, own.unless, own.duty)
            for change, changed in changes(item, self.rule_set.swaps(nodes)):
                rule = self.rule_set.rule(changed, file)
                if rule is None:
                    continue
                mutant = _mutant(item, (rule_id,), change)
                noticed = exam.noticed_by(_with(rule, place))
                if noticed is not None:
                    yield replace(mutant, state=State.KILLED, noticed_by=noticed), None
                    continue
                judges = {rule_id: self._judge(rule_id, rule, place)}
                yield mutant, _Survivor(item, changed, change, judges)

    def _items(self, rule_id: str) -> Iterator[tuple[tree.RuleItem, PolicyFile]]:
        for file in self.rule_set.files:
            for item in file.items:
                if isinstance(item, tree.RuleItem) and item.id.text == rule_id:
                    yield item, file

    def _judge(self, rule_id: str, rule: core.Rule, place: int) -> Judge:
        def judge(staged: Staged) -> Rows:
            bench = self.search(rule_id).bench
            versions = made.setdefault(0, bench.with_rule(rule, place))
            return judged(versions, bench.scene(staged))

        made: dict[int, list[PreparedRule]] = {}
        return judge

    def _of_shared(self, unit: Unit) -> Iterator[tuple[Mutant, _Survivor | None]]:
        item = unit.item
        assert item is not None
        nodes: list[object] = []
        if isinstance(item, tree.Define):
            nodes = [self.plan.definitions[item.kind.text, item.name.text].value]
        elif isinstance(item, tree.Gather):
            nodes = [self.plan.gatherings[item.name.text].sources]
        for change, changed in changes(item, self.rule_set.swaps(nodes)):
            plan = self.rule_set.with_item(item, changed, frozenset(unit.rules))
            if plan is None:
                continue
            mutant = _mutant(item, unit.rules, change)
            noticed = None
            for rule_id in unit.rules:
                noticed = noticed or self.exam(rule_id).noticed_under(plan)
            if noticed is not None:
                yield replace(mutant, state=State.KILLED, noticed_by=noticed), None
                continue
            judges = {rule_id: _under(plan, rule_id) for rule_id in unit.rules}
            yield mutant, _Survivor(item, changed, change, judges)

    # --- looking for the missing example --------------------------------------------------------

    def _look(self, found: list[Mutant], survivors: Sequence[tuple[int, _Survivor]]) -> None:
        by_rule: dict[str, list[tuple[int, Ask]]] = {}
        for at, survivor in survivors:
            for rule_id, judge in survivor.judges.items():
                by_rule.setdefault(rule_id, []).append((at, _apart(judge)))
        shown: dict[int, tuple[str, Ask]] = {}
        for rule_id, asks in by_rule.items():
            wanted = [(at, ask) for at, ask in asks if at not in shown]
            search = self.search(rule_id)
            search.look([ask for _, ask in wanted])
            unshown = [ask for _, ask in wanted if not ask.found]
            if unshown:
                search.look(unshown, FURTHER * self.effort.cases)
            shown |= {at: (rule_id, ask) for at, ask in wanted if ask.found}
        for at, survivor in survivors:
            diff = _diff(survivor.item, survivor.changed)
            if at not in shown:
                found[at] = replace(found[at], state=State.ALIKE, diff=diff)
                continue
            example = self._example(survivor, *shown[at])
            found[at] = replace(found[at], state=State.SURVIVED, diff=diff, example=example)

    def _example(self, survivor: _Survivor, rule_id: str, ask: Ask) -> str:
        search = self.search(rule_id)
        smallest = search.smallest(ask)
        assert smallest is not None
        case, _, subject = smallest
        title = title_of(survivor.change)
        subjects = None if subject is None else [subject]
        dimly = ask.best == DIMLY
        block = example_block(search.bench, title, case, subjects=subjects, deadlines=dimly)
        return block.text

    def exam(self, rule_id: str) -> Exam:
        """The examples of a rule."""
        if rule_id not in self._exams:
            self._exams[rule_id] = Exam(self.plan, rule_id, Bench(self.plan, rule_id))
        return self._exams[rule_id]

    def search(self, rule_id: str) -> Search:
        """The search around a rule; what it has judged serves every change."""
        if rule_id not in self._searches:
            self._searches[rule_id] = Search(self.plan, rule_id, self.effort)
        return self._searches[rule_id]


def _with(rule: core.Rule, place: int) -> Callable[[Bench], list[PreparedRule]]:
    return lambda bench: bench.with_rule(rule, place)


def _under(plan: core.Plan, rule_id: str) -> Judge:
    made: list[Bench] = []

    def judge(staged: Staged) -> Rows:
        if not made:
            made.append(Bench(plan, rule_id))
        return made[0].rows_once(staged)

    return judge


def _apart(judge: Judge) -> Ask:
    def shows(staged: Staged, rows: Rows, _: frozenset[Mark]) -> Shown:
        return differs(rows, judge(staged))

    return Ask(shows)


def _mutant(item: Item, rules: tuple[str, ...], change: Change) -> Mutant:
    return Mutant(
        item=name_of(item),
        rules=rules,
        file=change.span.file.name,
        line=change.span.line,
        how=change.how.value,
        before=" ".join(change.span.text.split()),
        after=change.words,
        state=State.ALIKE,
    )


def name_of(item: Item) -> str:
    """What an item is called: `CTO-01`, `setting rights_window`, `define cto.in_force`."""
    match item:
        case tree.RuleItem(id=id_):
            return id_.text
        case tree.Setting(name=name):
            return f"setting {name.text}"
        case tree.Define(kind=kind, name=name):
            return f"define {kind.text}.{name.text}"
        case tree.Gather(name=name):
            return f"gather {name.text}"
        case _:
            return type(item).__name__.lower()


_TITLES = {
    How.NUMBER: "at the edge of",
    How.DATE: "at the edge of",
    How.LOGIC: "one without the other",
    How.NOT: "turns on",
    How.UNLESS: "excused",
    How.CANNOT_TELL: "in doubt",
    How.WHEN: "applies only when",
    How.WHERE: "counts only where",
    How.BLANK: "a blank is an answer",
    How.SILENCE: "nothing is said",
    How.WINDOW: "at the end of the window",
    How.WHICH: "which of several",
    How.FIELD: "it is this",
}


def title_of(change: Change) -> str:
    """What an example shows that notices a change, in the author's own words."""
    said = " ".join(change.span.text.split()).replace('"', "'")
    if change.how is How.COMPARISON:
        head = "turns on" if change.words.endswith("`not`") else "at the edge of"
    else:
        head = _TITLES[change.how]
    if len(said) > LONGEST:
        said = said[: LONGEST - 3].rsplit(" ", 1)[0] + " ..."
    if change.how is How.FIELD:
        return f"it is {said} that counts, not {change.words}"
    return f"{head}: {said}"


def _diff(item: Item, changed: Item) -> tuple[str, ...]:
    """The lines that are another, laid out, with a line around them."""
    before, after = render(laid_out(item)), render(laid_out(changed))
    lines = list(difflib.unified_diff(before, after, n=1, lineterm=""))[2:]
    return tuple(line for line in lines if not line.startswith("@@"))
