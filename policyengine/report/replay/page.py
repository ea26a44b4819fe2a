"""What a replay says, and in which order: days with what happened and what turned, and the
breaches with the first day on which each would have been raised. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from policyengine.findings.dates import counted, long_date, short_date
from policyengine.findings.model import Finding
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.readback.names import Names
from policyengine.replaying import SOMETHING, Amend, Course, Difference, Event, History, Spell
from policyengine.values.moments import Moment
from policyengine.values.verdict import Verdict

# What a finding turns into, in the words and in the order in which a day tells of it.
TURNS = (
    (Verdict.BREACHED, "breached"),
    (Verdict.MET_LATE, "met late"),
    (Verdict.MET, "met"),
    (Verdict.CANNOT_TELL, "cannot tell"),
    (Verdict.NOT_YET_DUE, "opens"),
    (Verdict.EXEMPT, "excused"),
    (Verdict.NOT_APPLICABLE, "ended"),
)
SHOWN = {
    "all": frozenset(Verdict),
    "open": frozenset(Verdict) - {Verdict.NOT_APPLICABLE},
    "breached": frozenset({Verdict.BREACHED, Verdict.MET_LATE}),
    "none": frozenset[Verdict](),
}
_WORDS = dict(TURNS)


@dataclass(frozen=True, slots=True)
class Turn:
    """A finding that turned on a day: the verdict's word, the rule with its subject, and for a
    breach the sentence and the team."""

    verdict: Verdict
    rule: str
    what: str
    due: str
    title: str = ""
    sentence: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which something happened or turned."""

    day: date
    when: str
    events: tuple[str, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """A breach: when it would first have been raised, with whom, how long it stood, and what
    other record would have kept the rule."""

    rule: str
    title: str
    what: str
    first: date
    when: str
    team: str
    sentence: str
    stood: str
    otherwise: str
    course: Course


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """All of it."""

    title: str
    facts: tuple[str, ...]
    raised: tuple[Raised, ...]
    days: tuple[Day, ...]
    history: History
    quiet: str = ""


def replay_page(
    plan: Plan,
    history: History,
    amended: Sequence[Amend | None],
    show: str = "open",
) -> ReplayPage:
    """The page of a history. `amended` says for each of `history.breached`, in its order, what
    other record would have kept the rule."""
    teller = _Teller(plan, history)
    pairs = zip(history.breached, amended, strict=True)
    raised = tuple(teller.raised(course, amend) for course, amend in pairs)
    days = tuple(teller.days(SHOWN[show]))
    return ReplayPage(
        title=f"Case {history.case}, day by day",
        facts=_facts(history),
        raised=raised,
        days=days,
        history=history,
        quiet="" if raised else "No rule was breached on any of these days.",
    )


def _facts(history: History) -> tuple[str, ...]:
    first, last = long_date(history.first.isoformat()), long_date(history.last.isoformat())
    late = sum(event.known is not None for event in history.events)
    facts = [
        f"from {first} to {last}",
        counted(len(history.events), "event")
        + (f", {late} entered on a later day" if late else ""),
        counted(len({each.rule for each in history.courses}), "rule") + " spoke",
        counted(len(history.breached), "breach", "breaches"),
    ]
    return tuple(facts)


class _Teller:
    """Tells of one history."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan = plan
        self.history = history
        self.names = Names(plan)
        self.sentences = Sentences(plan, history.last.isoformat())

    # --- days -----------------------------------------------------------------------------------

    def days(self, shown: frozenset[Verdict]) -> Iterator[Day]:
        """The days in order, each once."""
        told: dict[date, tuple[list[str], list[Turn]]] = {}
        for event in self.history.events:
            told.setdefault(event.day, ([], []))[0].append(self.event(event))
            if event.known is not None and event.known <= self.history.last:
                entered = f"{self.record(event)} is entered"
                told.setdefault(event.known, ([], []))[0].append(entered)
        for course in self.history.courses:
            for spell in course.spells:
                if spell.verdict in shown and spell.finding is not None:
                    turn = self.turn(course, spell, spell.finding)
                    told.setdefault(spell.first, ([], []))[1].append(turn)
        order = [verdict for verdict, _ in TURNS]
        for day in sorted(told):
            events, turns = told[day]
            turns.sort(key=lambda each: (order.index(each.verdict), each.rule, each.what))
            when = short_date(day.isoformat())
            yield Day(day, when, tuple(dict.fromkeys(events)), tuple(turns))

    def record(self, event: Event) -> str:
        """A record in words: `community treatment order o1`."""
        label = self.names.kind(event.kind)
        return label if event.kind == "case" else f"{label} {event.id}"

    def event(self, event: Event) -> str:
        """An event in words."""
        if event.kind == "case":
            return "death"
        if event.ends:
            return f"{self.record(event)} ends"
        if event.known is not None:
            return f"{self.record(event)} (entered on {short_date(event.known.isoformat())})"
        return self.record(event)

    def turn(self, course: Course, spell: Spell, finding: Finding) -> Turn:
        """A finding that turned."""
        breached = spell.verdict is Verdict.BREACHED
        assert spell.verdict is not None
        return Turn(
            verdict=spell.verdict,
            rule=course.rule,
            what=course.subject_id if course.subject_kind != "case" else "",
            due=short_date(finding.deadline) if finding.deadline else "",
            title=self.sentences.rule(finding).title,
            sentence=self.sentences.sentence(finding) if breached else "",
            team=(finding.owner or "") if breached else "",
        )

    # --- breaches -------------------------------------------------------------------------------

    def raised(self, course: Course, amend: Amend | None) -> Raised:
        """A breach, and what would have kept the rule."""
        spell = course.first_breach
        assert spell is not None
        assert spell.finding is not None
        finding = spell.finding
        return Raised(
            rule=course.rule,
            title=self.sentences.rule(finding).title,
            what=self.sentences.subject(finding),
            first=spell.first,
            when=short_date(spell.first.isoformat()),
            team=finding.owner or "no team on record",
            sentence=self.sentences.sentence(finding),
            stood=self.stood(course, spell),
            otherwise="" if amend is None else self.otherwise(amend, course.rule),
            course=course,
        )

    def stood(self, course: Course, spell: Spell) -> str:
        """How long a breach stood."""
        at = course.spells.index(spell)
        later = [each for each in course.spells[at + 1 :] if each.verdict is not Verdict.BREACHED]
        if not later:
            days = (self.history.last - spell.first).days
            return f"stands still, after {counted(days, 'day')}" if days else "stands still"
        days = (later[0].first - spell.first).days
        word = _WORDS[later[0].verdict] if later[0].verdict else "no finding any more"
        return f"{word} {counted(days, 'day')} later, on {short_date(later[0].first.isoformat())}"

    def otherwise(self, amend: Amend, rule: str) -> str:
        """What another record would have changed."""
        kind = self.names.kind(amend.kind)
        values = self._values(amend)
        day = "" if amend.day is None else short_date(amend.day.isoformat())
        if amend.id is None:
            such = f" ({'; '.join(values)})" if values else ""
            said = f"one more {kind} on {day}{such}"
        elif amend.day is not None:
            said = f"{kind} {amend.id} on {day}"
        else:
            which = "" if amend.kind == "case" else f" {amend.id}"
            said = f"{kind}{which} with {'; '.join(values)}"
        return f"{said}: met{self._beside(amend, rule)}."

    def _values(self, amend: Amend) -> list[str]:
        found = []
        for change in amend.changes:
            match change.value:
                case bool():
                    value = "yes" if change.value else "no"
                case Moment():
                    value = short_date(date.fromordinal(change.value.day).isoformat())
                case str() as text if text == SOMETHING:
                    value = "in words of its own"
                case str() as text:
                    value = self.names.code(amend.kind, change.field, text)
                case other:
                    value = str(other)
            found.append(f"{self.names.label(amend.kind, change.field)} {value}")
        return found

    def _beside(self, amend: Amend, rule: str) -> str:
        others = [each for each in amend.cures if each != rule]
        kept = f", and {', '.join(others)} with it" if others else ""
        broken = f"; but {', '.join(amend.breaks)} would be breached" if amend.breaks else ""
        return kept + broken


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A subject on which two policies part: what each says, from which day on."""

    rule: str
    title: str
    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    gain: str


def side_by_side(
    old: Plan, new: Plan, histories: tuple[History, History], found: Sequence[Difference]
) -> list[SideBySide]:
    """The differences in words."""
    tellers = (_Teller(old, histories[0]), _Teller(new, histories[1]))
    made = []
    for each in found:
        course = each.course
        teller = tellers[0] if each.new is None else tellers[1]
        finding = next(spell.finding for spell in course.spells if spell.finding is not None)
        made.append(
            SideBySide(
                rule=course.rule,
                title=teller.sentences.rule(finding).title,
                what=teller.sentences.subject(finding),
                old=tuple(_said(each.old)),
                new=tuple(_said(each.new)),
                gain=_gain(each.sooner),
            )
        )
    return made


def _said(course: Course | None) -> Iterator[str]:
    if course is None:
        yield "says nothing"
        return
    for verdict, several in groupby(course.spells, key=lambda spell: spell.verdict):
        first = next(several).first
        word = "no finding" if verdict is None else _WORDS[verdict]
        yield f"{short_date(first.isoformat())}: {word}"


def _gain(sooner: int | None) -> str:
    if not sooner:
        return ""
    way = "sooner" if sooner > 0 else "later"
    return f"raised {counted(abs(sooner), 'day')} {way}"
