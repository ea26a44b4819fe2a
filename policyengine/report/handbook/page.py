"""The handbook before it is written: chapters of rules, each read back, with its examples drawn."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from policyengine import __version__
from policyengine.findings.dates import counted
from policyengine.findings.model import Finding
from policyengine.plan.core import ExamplePlan, Plan, Rule
from policyengine.readback import ReadBack, Reader, Section
from policyengine.report.charts.svg import Drawing
from policyengine.report.layer_facts import layer_facts
from policyengine.report.time_lines import TimeLine, drawn, time_line

# The sections of a rule that its reader wants first; the others stand folded under it.
_FIRST = ("who", "lets", "when", "duty", "worked", "unless", "cannot_tell", "gaps")


@dataclass(frozen=True, slots=True)
class ExampleShown:
    """An example: its time line and its drawing, where it can be drawn."""

    line: TimeLine
    drawing: Drawing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of a rule. `others` are the anchors and dates of its other versions."""

    anchor: str
    back: ReadBack
    others: tuple[tuple[str, str], ...]
    examples: tuple[ExampleShown, ...]

    @property
    def first(self) -> tuple[Section, ...]:
        """What the rule asks, of whom, by when, and what excuses."""
        return tuple(each for each in self.back.sections if each.key in _FIRST)

    @property
    def rest(self) -> tuple[Section, ...]:
        """What its words mean, settings, rates, messages, sources."""
        return tuple(each for each in self.back.sections if each.key not in _FIRST)


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rules of a learning point, or of a policy."""

    anchor: str
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handbook:
    """The whole of it."""

    title: str
    facts: tuple[str, ...]
    reading: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    provenance: tuple[tuple[str, str], ...]


Judged = Callable[[ExamplePlan], Sequence[Finding]]


def handbook(plan: Plan, judged: Judged, *, with_examples: bool = True) -> Handbook:
    """The handbook of a plan's rules. `judged` gives the findings on an example's case."""
    reader = Reader(plan)
    shown = _examples(reader, judged) if with_examples else {}
    anchors = _anchors(plan)
    chapters = []
    for number, (name, rules) in enumerate(_ordered(plan), start=1):
        entries = tuple(_entry(reader, rule, anchors, shown) for rule in rules)
        chapters.append(Chapter(f"chapter-{number}", name, entries))
    return Handbook(
        title="The rules in plain English",
        facts=tuple(_facts(plan, with_examples)),
        reading=READING,
        chapters=tuple(chapters),
        provenance=tuple(_provenance(plan)),
    )


def _facts(plan: Plan, with_examples: bool) -> Iterator[str]:
    yield counted(len({rule.id for rule in plan.rules}), "rule")
    if with_examples:
        yield counted(len(plan.examples), "example")
    policies = dict.fromkeys(rule.policy for rule in plan.rules if rule.policy)
    yield counted(len(policies), "policy", "policies")


def _provenance(plan: Plan) -> Iterator[tuple[str, str]]:
    yield "Engine", f"trust-policy-engine {__version__}"
    yield "Time zone", plan.schema.time_zone
    yield "Bank holidays", (plan.schema.bank_holidays or "none").capitalize()
    yield "Rules (SHA-256)", plan.digest
    yield from layer_facts(plan.layers)


# --- chapters -----------------------------------------------------------------------------------


def _ordered(plan: Plan) -> list[tuple[str, list[Rule]]]:
    """By learning point; rules without one by the policy that they stand in."""

    def topic(rule: Rule) -> str:
        return rule.policy.split(":")[0].strip()

    def key(rule: Rule) -> tuple[bool, int, str]:
        point = rule.learning_point
        return point is None, point or 0, "" if point else topic(rule)

    found = []
    for (_, point, _), group in groupby(sorted(plan.rules, key=key), key=key):
        members = list(group)
        topics = " / ".join(dict.fromkeys(filter(None, map(topic, members))))
        name = f"Learning point {point}" + (f": {topics}" if topics else "") if point else topics
        found.append((name or "Other duties", members))
    return found


def _anchors(plan: Plan) -> dict[int, str]:
    """The anchor of each version, by its place in the plan."""
    seen: dict[str, int] = {}
    anchors = {}
    for at, rule in enumerate(plan.rules):
        seen[rule.id] = seen.get(rule.id, 0) + 1
        number = seen[rule.id]
        anchors[at] = f"rule-{rule.id}" + (f"-{number}" if number > 1 else "")
    return anchors


def _entry(
    reader: Reader,
    rule: Rule,
    anchors: dict[int, str],
    shown: dict[str, tuple[ExampleShown, ...]],
) -> Entry:
    versions = [at for at, each in enumerate(reader.plan.rules) if each.id == rule.id]
    mine = next(at for at in versions if reader.plan.rules[at] is rule)
    others = []
    for at in versions:
        if at != mine:
            when = reader.sentences(reader.plan.rules[at]).in_force or "always"
            others.append((anchors[at], when))
    return Entry(
        anchor=anchors[mine],
        back=reader.sentences(rule),
        others=tuple(others),
        examples=shown.get(rule.id, ()) if mine == versions[0] else (),
    )


# --- examples -----------------------------------------------------------------------------------


def _examples(reader: Reader, judged: Judged) -> dict[str, tuple[ExampleShown, ...]]:
    lines = time_lines(reader, judged, {rule.id for rule in reader.plan.rules})
    return {
        rule: tuple(ExampleShown(line, drawn(line)) for line in each)
        for rule, each in lines.items()
    }


def time_lines(reader: Reader, judged: Judged, rules: Set[str]) -> dict[str, list[TimeLine]]:
    """The time lines of every example that expects something of these rules, by rule."""
    found: dict[str, list[TimeLine]] = {}
    for example in reader.plan.examples:
        told = dict.fromkeys(each.rule for each in example.expects if each.rule in rules)
        findings = judged(example) if told else ()
        for rule in told:
            found.setdefault(rule, []).append(time_line(reader, example, rule, findings))
    return found


READING = (
    (
        "What a rule looks at",
        (
            "Each rule looks at one kind of entry in the record, one by one, and says of each "
            "whether it was met, met late or breached; that it is not yet due; that it is exempt "
            "or that the rule does not apply; or that the record cannot tell."
        ),
    ),
    (
        "The as-at date",
        (
            "Everything is judged as at the end of one day, from what had happened and been "
            "recorded by then. What lies after that day does not count, save dates that are "
            "planned, such as a next review."
        ),
    ),
    (
        "Cannot tell",
        (
            "What is not recorded is not taken for a no, and not for a yes. Where the answer turns "
            "on it, the rule says “cannot tell”, and names what is missing."
        ),
    ),
    (
        "Days",
        (
            "A time limit in days lasts to the end of its last day. Working days leave out "
            "weekends and bank holidays. Hours are hours, whatever the clocks do."
        ),
    ),
    (
        "Words in quotation marks",
        (
            "They are the names of boxes on a form and the answers in them, or names that a rule "
            "gives to something of its own, which it then explains."
        ),
    ),
    (
        "A name in brackets after a number",
        (
            "A number with a name in brackets, such as 7 days (“rights window”), is a setting: it "
            "is kept in one place, and a Trust may set its own."
        ),
    ),
    (
        "Every, where there is none",
        (
            "Where a rule asks something of every entry and there is none, it holds: there was "
            "nothing to check."
        ),
    ),
)
