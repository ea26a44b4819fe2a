"""Why: the tree behind a finding, each clause in the author's words with what decided it.

The tree is made by asking the same closures that judged: an explanation cannot disagree with a
verdict. Values of sensitive fields are not in it unless their class is asked for by name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from policyengine.evaluate.candidates import Candidate, Looking
from policyengine.evaluate.engine import Engine
from policyengine.evaluate.judge import Judgement
from policyengine.evaluate.opening import Opening, prepare_window
from policyengine.evaluate.scene import Frame, NoRecord, NumberRange, UnsureRecord
from policyengine.evaluate.sets import RecordsOf
from policyengine.evaluate.windows import Measure, Opened
from policyengine.findings.model import Finding
from policyengine.findings.writing import in_words, setting_text
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export, Record
from policyengine.source import Span
from policyengine.values.moments import Moment
from policyengine.values.truth import NOT_YET, Reason, Unknown, Why
from policyengine.values.verdict import Verdict

Mark = Literal["true", "false", "unknown", "value", "note"]
SHOWN_RECORDS = 8


@dataclass(frozen=True, slots=True)
class Node:
    """One line of an explanation: the author's words (or ours, for a note), what they came to."""

    text: str
    mark: Mark
    value: str = ""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding, its rule's version, and the tree of why."""

    finding: Finding
    rule: core.Rule
    root: Node


def explain(
    engine: Engine,
    case: CaseRecords,
    export: Export,
    as_at: date,
    known_by: date | None = None,
    rule_ids: Collection[str] | None = None,
    reveal: frozenset[str] = frozenset(),
) -> list[Explanation]:
    """Every finding on a case, explained; `rule_ids` narrows it; `reveal` names the classes of
    sensitive values (`identifier`, `third_party`, ...) that may be shown."""
    scene = engine.scene(case, export, as_at, known_by)
    explainer = Explainer(engine, reveal)
    found: list[Explanation] = []
    for id in engine.rules:
        if rule_ids is not None and id not in rule_ids:
            continue
        several = [
            Explanation(
                engine.finding(scene, judgement),
                judgement.version.rule,
                explainer.judgement(judgement),
            )
            for judgement in engine.judgements(scene, id)
        ]
        found.extend(sorted(several, key=lambda each: each.finding.order))
    return found


class Explainer:
    """Makes trees of why."""

    def __init__(self, engine: Engine, reveal: frozenset[str] = frozenset()) -> None:
        self.engine = engine
        self.zone = engine.calendar.zone
        self.reveal = reveal

    # --- a judgement ----------------------------------------------------------------------------

    def judgement(self, judgement: Judgement) -> Node:
        """The tree of one judgement."""
        rule, frame = judgement.version.rule, judgement.frame
        outcome = judgement.outcome
        title = f"{rule.id} {rule.title}"
        children: list[Node] = []
        if frame is not None:
            self.engine.compiler.lets = {let.slot: let.value for let in rule.lets}
            children = self._clauses(rule, judgement, frame)
        children.extend(
            self._reason(reason)
            for reason in outcome.reasons
            if reason.why is not Why.NO_RECORD or outcome.verdict is not Verdict.BREACHED
        )
        remedy = self._remedy(judgement)
        if remedy:
            children.append(Node(remedy, "note"))
        return Node(title, "note", outcome.verdict.words, tuple(children))

    def _clauses(self, rule: core.Rule, judgement: Judgement, frame: Frame) -> list[Node]:
        nodes: list[Node] = []
        if rule.subject.where is not None:
            nodes.append(self._clause("for each ... where", rule.subject.where, frame))
        for let in rule.lets:
            value = self._value(frame.slots[let.slot], let.value)
            children = self._inside(let.value, frame)
            nodes.append(
                Node(f"let {let.name} be {words(let.value.span)}", "value", value, children)
            )
        if rule.when is not None:
            nodes.append(self._clause("when", rule.when, frame))
        nodes.append(self._duty(rule, frame))
        if judgement.outcome.verdict is not Verdict.MET:
            nodes.extend(
                self._clause("cannot tell if", clause.condition, frame, clause.text)
                for clause in rule.cannot_tell_if
            )
            nodes.extend(
                self._clause("unless", clause.condition, frame, clause.text)
                for clause in rule.unless
            )
        return nodes

    def _clause(self, word: str, condition: core.Core, frame: Frame, text: str = "") -> Node:
        node = self.condition(condition, frame)
        because = f" because {text}" if text else ""
        return Node(f"{word} {node.text}{because}", node.mark, node.value, node.children)

    # --- duties ---------------------------------------------------------------------------------

    def _duty(self, rule: core.Rule, frame: Frame) -> Node:
        duty = rule.duty
        force = rule.force.value
        match duty:
            case core.Show(condition=condition, window=window):
                node = self.condition(condition, frame)
                children = (*self._window(window, frame), *node.children)
                return Node(f"{force} show {node.text}", node.mark, node.value, children)
            case core.HaveField(event=event, window=window):
                # Where the window never opened, the duty has not put its record there.
                frame.slots[duty.slot] = self.engine.compiler.compile(duty.record)(frame)
                value = self._value(self.engine.compiler.compile(event)(frame), event)
                where = [] if duty.where is None else [self._clause("where", duty.where, frame)]
                children = (*self._window(window, frame), *where)
                return Node(f"{force} have {words(event.span)}", "value", value, children)
            case core.HaveEvery(records=records, anchor=anchor, while_=while_):
                t = self.engine.compiler.compile(anchor)(frame)
                nodes = [Node(words(anchor.span), "value", self._value(t, anchor))]
                if while_ is not None:
                    nodes.append(self._clause("while", while_, frame))
                if isinstance(t, Moment):
                    opened = Opened((t, Measure.ANCHOR), None, None, self.zone)
                    nodes.extend(self._candidates(rule, records, opened, frame))
                text = f"{force} have {records.name} again and again"
                return Node(text, "note", children=tuple(nodes))
            case (
                core.Have(records=records, window=window)
                | core.NotHave(records=records, window=window)
            ):
                opening: Opening = prepare_window(self.engine.compiler, window)
                opened_window = opening(frame)
                nodes = list(self._window(window, frame))
                if isinstance(opened_window, Opened):
                    nodes.extend(self._candidates(rule, records, opened_window, frame))
                negation = " not" if isinstance(duty, core.NotHave) else ""
                text = f"{force}{negation} have {records.name}"
                return Node(text, "note", children=tuple(nodes))

    def _window(self, window: core.OneWindow | None, frame: Frame) -> tuple[Node, ...]:
        if window is None:
            return ()
        opened = prepare_window(self.engine.compiler, window)(frame)
        text = words(window.span)
        if isinstance(opened, Unknown):
            reasons = tuple(self._reason(reason) for reason in opened.reasons)
            return (Node(text, "unknown", "its beginning is not known", reasons),)
        if opened is None:
            return (Node(text, "value", "has not begun"),)
        begins = "" if opened.opens is None else f"from {self._moment(opened.opens[0])} "
        return (Node(text, "value", f"{begins}to {self._until(opened)}"),)

    def _until(self, opened: Opened) -> str:
        if opened.deadline is None:
            return "no end"
        deadline = self._moment(opened.deadline)
        return deadline if opened.deadline.timed else f"{deadline}, end of day"

    def _candidates(
        self, rule: core.Rule, records: core.RecordSet, opened: Opened, frame: Frame
    ) -> list[Node]:
        """The records that were looked at: matches first, then near misses, and how many more."""
        blank = rule.blank_means_breached is not None
        default = isinstance(rule.duty, core.NotHave) if blank else None
        looking = Looking(self.engine.compiler, rule, records, default)
        found = looking.at(frame, opened)
        ranked = sorted(found.known, key=lambda each: (_rank(each),))
        nodes = [self._candidate(looking, each, frame) for each in ranked[:SHOWN_RECORDS]]
        label = self.engine.plan.schema.kinds[records.kind].label
        if len(ranked) > SHOWN_RECORDS:
            nodes.append(Node(f"and {len(ranked) - SHOWN_RECORDS} more that do not count", "note"))
        if not ranked:
            nodes.append(Node(f"no {label} is recorded", "false"))
        if found.unseen is not None and found.unseen.perhaps_after:
            outside = f"{with_article(label)} outside what the export covers may exist"
            nodes.append(Node(outside, "unknown"))
        return nodes

    def _candidate(self, looking: Looking, candidate: Candidate, frame: Frame) -> Node:
        record = candidate.record
        assert record is not None
        on = "with no date" if candidate.event is None else f"on {self._moment(candidate.event)}"
        children: tuple[Node, ...] = ()
        where = looking.records.condition
        if where is not None:
            frame.slots[looking.records.slot] = record
            node = self.condition(where, frame)
            children = (Node(f"where {node.text}", node.mark, node.value, node.children),)
        mark: Mark = "false"
        if candidate.surely_inside:
            mark = "true"
        elif candidate.perhaps_inside:
            mark = "unknown"
        return Node(
            f"{record.kind.label} {record.id}", mark, f"{on}: {_standing(candidate)}", children
        )

    # --- conditions and values ------------------------------------------------------------------

    def condition(self, node: core.Core, frame: Frame) -> Node:
        """A condition with what it came to, and what it came of."""
        truth = self.engine.compiler.compile(node)(frame)
        mark: Mark = "true" if truth is True else "false" if truth is False else "unknown"
        children = self._inside(node, frame)
        value = "" if children or not isinstance(node, core.Field) else self._value(truth, node)
        if isinstance(truth, Unknown) and not children:
            value = "; ".join(self._reason(reason).text for reason in truth.reasons)
        return Node(_headed(node, children), mark, value, children)

    def _inside(self, node: core.Core, frame: Frame) -> tuple[Node, ...]:
        match node:
            case core.Not(operand=operand):
                return self._inside(operand, frame)
            case core.And(items=items) | core.Or(items=items) | core.AtLeast(items=items):
                return tuple(self.condition(item, frame) for item in items)
            case core.ThereIs(records=records) | core.Every(records=records):
                return self._members(records, frame)
            case core.Pick(records=records) | core.NumberOf(records=records):
                return self._members(records, frame)
            case core.Aggregate(records=records) | core.NewWordsSinceAny(records=records):
                return self._members(records, frame)
            case core.Derived():
                return self._definition(node, frame)
            case core.Choice(options=options):
                return tuple(self.condition(test, frame) for _, test in options)
            case _:
                return self._operands(node, frame)

    def _operands(self, node: core.Core, frame: Frame) -> tuple[Node, ...]:
        parts: tuple[core.Core, ...]
        match node:
            case core.Compare(left=left, right=right) | core.Repeats(text=left, other=right):
                parts = (left, right)
            case core.IsWithin(event=left, anchor=right):
                parts = (left, right)
            case core.InList(value=left) | core.Presence(operand=left):
                parts = (left,)
            case core.Mentions(text=left) | core.Matches(text=left) | core.WordsIn(text=left):
                parts = (left,)
            case core.NewWords(text=left, since=right) | core.Similarity(left=left, right=right):
                parts = (left, right)
            case _:
                parts = ()
        nodes = []
        for part in parts:
            if isinstance(part, core.Const):
                continue
            value = self.engine.compiler.compile(part)(frame)
            nodes.append(
                Node(words(part.span), "value", self._value(value, part), self._inside(part, frame))
            )
        return tuple(nodes)

    def _definition(self, node: core.Derived, frame: Frame) -> tuple[Node, ...]:
        definition = self.engine.plan.definitions[node.kind, node.name]
        record = self.engine.compiler.compile(node.record)(frame)
        if not isinstance(record, Record):
            return ()
        inner = Frame(frame.scene, definition.slots, frame.trigger)
        inner.slots[1] = record
        if definition.sees_previous:
            inner.slots[2] = frame.scene.before(record)
        if definition.type != "yes_no":
            return ()
        return (self.condition(definition.value, inner),)

    def _members(self, records: core.RecordSet, frame: Frame) -> tuple[Node, ...]:
        walked = RecordsOf(self.engine.compiler, records)
        members = walked.members(frame)
        nodes = []
        for record, truth in members[:SHOWN_RECORDS]:
            mark: Mark = "true" if truth is True else "unknown"
            nodes.append(Node(f"{record.kind.label} {record.id}", mark, self._happened(record)))
        if len(members) > SHOWN_RECORDS:
            nodes.append(Node(f"and {len(members) - SHOWN_RECORDS} more", "note"))
        if walked.unseen(frame) is not None:
            nodes.append(Node("others may lie outside what the export covers", "unknown"))
        if not nodes:
            label = self.engine.plan.schema.kinds[records.kind].label
            nodes.append(Node(f"no such {label}: nothing to check", "note"))
        return tuple(nodes)

    def _happened(self, record: Record) -> str:
        kind = record.kind
        if kind.happened is None:
            return ""
        value = record.values[kind.fields[kind.happened].index]
        return f"on {self._moment(value)}" if isinstance(value, Moment) else "with no date"

    def _value(self, value: object, node: core.Core) -> str:
        match value:
            case Unknown(reasons=reasons):
                return "; ".join(self._reason(reason).text for reason in reasons) or "unknown"
            case NoRecord():
                return "no such record"
            case UnsureRecord():
                return "it cannot be told which record"
            case NumberRange(low=low, high=high):
                return f"at least {low}" if high is None else f"from {low} to {high}"
            case Record():
                return f"{value.kind.label} {value.id}"
            case bool():
                return "yes" if value else "no"
            case str() | Moment() if self._is_hidden(node):
                return "recorded, not shown"
            case Moment():
                return self._moment(value)
            case _ if value is NOT_YET:
                return "not yet"
            case str():
                return f'"{value}"'
            case _:
                return setting_text(value, self.zone)

    def _is_hidden(self, node: core.Core) -> bool:
        """Whether a value comes from a sensitive field that was not asked for."""
        schema = self.engine.plan.schema
        for field in self.engine.compiler.fields_behind(node):
            marked = schema.kinds[field.kind].fields[field.name].sensitive
            if marked is not None and marked.value not in self.reveal:
                return True
        return isinstance(node, core.Derived)

    def _moment(self, moment: Moment) -> str:
        if moment.day != moment.last:
            return f"between {in_words(Moment(moment.day), self.zone)} and " + in_words(
                Moment(moment.last), self.zone
            )
        return in_words(moment, self.zone)

    # --- reasons and remedies -------------------------------------------------------------------

    def _reason(self, reason: Reason) -> Node:
        kinds = self.engine.plan.schema.kinds
        kind = kinds.get(reason.kind) if reason.kind else None
        label = kind.label if kind else reason.kind or ""
        record = " ".join(part for part in (label, reason.id or "") if part)
        field = f"{reason.field} of {record}" if reason.field and record else reason.field or record
        match reason.why:
            case Why.AUTHOR | Why.EXCEPTION:
                return Node(reason.text or "", "note")
            case Why.NOT_RECORDED:
                text = f"{field} is not recorded" if field else "a value is not recorded"
            case Why.RECORDED_AS_UNKNOWN:
                text = f"{field} is recorded as unknown"
            case Why.INVALID:
                text = f"{field} holds something that is not valid"
            case Why.WITHHELD:
                text = f"{field} is withheld"
            case Why.OUTSIDE_COVERAGE:
                text = f"{label or 'a record'} may lie outside what the export covers"
            case Why.IMPRECISE_TIME:
                text = f"{field or 'a date'} has no time of day, or none precise enough"
            case Why.NO_RECORD:
                text = f"no {record or 'record'} was found"
            case Why.NO_PREVIOUS:
                text = f"there is none before {record}" if record else "there is none before it"
            case Why.ENDED:
                text = f"the duty ended: {field}"
        return Node(text, "unknown" if reason.why is not Why.ENDED else "note")

    def _remedy(self, judgement: Judgement) -> str:
        """What would make it met, and by when."""
        outcome, rule = judgement.outcome, judgement.version.rule
        deadline = None if outcome.deadline is None else self._moment(outcome.deadline)
        match outcome.verdict:
            case Verdict.NOT_YET_DUE:
                by = f" by {deadline}" if deadline else ""
                return f"To meet it: {self._asked(rule.duty)}{by}."
            case Verdict.BREACHED if isinstance(rule.duty, core.NotHave):
                return "What happened cannot be undone; see what to do about it."
            case Verdict.BREACHED:
                late = f" It was due by {deadline}." if deadline else ""
                return f"To put it right: {self._asked(rule.duty)}.{late}"
            case Verdict.CANNOT_TELL:
                fields = sorted(
                    {
                        f"{reason.field} of {reason.kind} {reason.id or ''}".strip()
                        for reason in outcome.reasons
                        if reason.field and reason.kind
                    }
                )
                return f"To settle it, record: {', '.join(fields)}." if fields else ""
            case _:
                return ""

    def _asked(self, duty: core.Duty) -> str:
        kinds = self.engine.plan.schema.kinds
        match duty:
            case core.Have(records=records, least=least):
                what = kinds[records.kind]
                count = with_article(what.label) if least == 1 else f"{least} {what.plural}"
                where = f" where {words(records.where.span)}" if records.where else ""
                return f"record {count}{where}"
            case core.HaveEvery(records=records):
                where = f" where {words(records.where.span)}" if records.where else ""
                return f"record {with_article(kinds[records.kind].label)}{where}"
            case core.HaveField(event=event):
                return f"record {words(event.span)}"
            case core.Show(condition=condition):
                return f"make it so that {words(condition.span)}"
            case core.NotHave(records=records):
                return f"let there be no {kinds[records.kind].label} of this description"


def _rank(candidate: Candidate) -> int:
    if candidate.surely_inside:
        return 0
    if candidate.perhaps_inside:
        return 1
    if candidate.surely_after or candidate.inside is True:
        return 2
    return 3 if candidate.matches is True else 4


def _standing(candidate: Candidate) -> str:
    """Why a candidate counts or does not."""
    if candidate.surely_inside:
        return "counts"
    if candidate.matches is False and candidate.inside is True:
        return "in the window, but not of this description"
    if candidate.perhaps_inside:
        return "may count"
    if candidate.matches is False:
        return "not of this description"
    if candidate.after is False:
        return "before the window"
    return "after the window"


LONG = 60


def _headed(node: core.Core, children: tuple[Node, ...]) -> str:
    """The author's words; of a long list of conditions that stand below it, only how they join."""
    text = words(node.span)
    if not children or len(text) <= LONG:
        return text
    match node:
        case core.And(items=items) if all(isinstance(item, core.Not) for item in items):
            return "none of" if text.startswith("none of") else "all of"
        case core.And():
            return "all of"
        case core.Or():
            return "any of"
        case core.AtLeast(least=least):
            return f"at least {least} of"
        case _:
            return text


def with_article(noun: str) -> str:
    """`a risk review`, `an alert`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def words(span: Span) -> str:
    """The author's words on one line."""
    return " ".join(span.text.split()).replace("( ", "(").replace(" )", ")")
