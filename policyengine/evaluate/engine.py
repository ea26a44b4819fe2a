"""The reference engine: a plan, prepared once, judges one case after another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

from policyengine.evaluate.candidates import Outcome, Seen
from policyengine.evaluate.expressions import Compiler
from policyengine.evaluate.judge import Judgement, PreparedRule, judge_rule
from policyengine.evaluate.scene import Evaluated, Frame, Prepared, Scene
from policyengine.findings.model import Evidence, Finding, Gap
from policyengine.findings.summary import is_restricted
from policyengine.findings.writing import (
    in_words,
    reasons_in_order,
    setting_text,
    shown,
    written,
)
from policyengine.plan import core
from policyengine.records.model import CaseRecords, Export, Record
from policyengine.records.view import CaseView, Clocks
from policyengine.schema.bank_holidays import calendar_of
from policyengine.values.calendar import Calendar
from policyengine.values.moments import Moment
from policyengine.values.truth import Unknown
from policyengine.values.verdict import Verdict


class Engine:
    """Judges cases by a plan. `only` are the ids of the rules to judge (None: all); `compiler`
    is for those who watch what conditions come to.

    >>> engine = Engine(plan)                                       # doctest: +SKIP
    >>> engine.judge(case, export, date(2026, 11, 1), date(2026, 11, 1))   # doctest: +SKIP
    """

    def __init__(
        self,
        plan: core.Plan,
        calendar: Calendar | None = None,
        only: Collection[str] | None = None,
        compiler: type[Compiler] | None = None,
    ) -> None:
        self.plan = plan
        self.calendar = calendar_of(plan.schema) if calendar is None else calendar
        self.compiler = (compiler or Compiler)(plan, self.calendar)
        self.prepared = _prepared(plan, self.calendar, self.compiler)
        self.clocks = Clocks(plan.schema, self.calendar.zone)
        wanted = [rule for rule in plan.rules if only is None or rule.id in only]
        self.rules: dict[str, list[PreparedRule]] = {
            id: [PreparedRule(self.compiler, rule) for rule in versions]
            for id, versions in groupby(wanted, key=lambda rule: rule.id)
        }
        self._writers = {
            id(version): _Writer(self, version)
            for versions in self.rules.values()
            for version in versions
        }

    def scene(
        self, case: CaseRecords, export: Export, as_at: date, known_by: date | None = None
    ) -> Scene:
        """A case as at a date, ready to be judged."""
        view = CaseView(
            case,
            self.clocks,
            Moment(as_at.toordinal()),
            (known_by or as_at).toordinal(),
            absent=export.absent,
            complete_from=export.complete_from,
            shared=export.shared,
        )
        return Scene(self.prepared, view)

    def judge(
        self, case: CaseRecords, export: Export, as_at: date, known_by: date | None = None
    ) -> list[Finding]:
        """The findings on a case, in the order of the rules and, within a rule, of the subject's
        ids. `known_by` is `as_at` where it is left out (S1)."""
        scene = self.scene(case, export, as_at, known_by)
        findings: list[Finding] = []
        for versions in self.rules.values():
            if not any(version.has_subjects(scene) for version in versions):
                continue
            found = [self.finding(scene, each) for each in judge_rule(versions, scene)]
            if len(found) > 1:
                found.sort(key=lambda finding: finding.order)
            findings.extend(found)
        return findings

    def judgements(self, scene: Scene, rule_id: str) -> list[Judgement]:
        """The judgements of one rule over a case: what `explain` walks."""
        return list(judge_rule(self.rules[rule_id], scene))

    def finding(self, scene: Scene, judgement: Judgement) -> Finding:
        """A judgement as the reports take it."""
        return self._writers[id(judgement.version)].finding(scene, judgement)


def _prepared(plan: core.Plan, calendar: Calendar, compiler: Compiler) -> Prepared:
    """Definitions and gathers, compiled. A definition is `dated` if a dated setting can move it."""
    gathers = {}
    for name, gathering in plan.gatherings.items():
        sources = tuple(
            (source, compiler.compile_maybe(source.where)) for source in gathering.sources
        )
        gathers[name] = (gathering, sources)
    dated = any(setting.is_dated for setting in plan.settings.values())
    definitions = {
        key: (definition, compiler.compile(definition.value), dated)
        for key, definition in plan.definitions.items()
    }
    return Prepared(plan, calendar, definitions, gathers)


class _Writer:
    """Writes the findings of one version of a rule."""

    def __init__(self, engine: Engine, version: PreparedRule) -> None:
        self.zone = engine.calendar.zone
        self.plan = engine.plan
        self.version = version
        self.rule = rule = version.rule
        self.applies_from = rule.applies_from.isoformat() if rule.applies_from else None
        self.settings = [engine.plan.settings[name] for name in rule.settings]
        self._settled: dict[int | None, tuple[tuple[str, str], ...]] = {}  # by the trigger day
        self.restricted = is_restricted(engine.plan, rule)

    def finding(self, scene: Scene, judgement: Judgement) -> Finding:
        """The finding of a judgement."""
        outcome, subject = judgement.outcome, judgement.subject
        deadline = outcome.deadline
        breached = outcome.verdict is Verdict.BREACHED
        in_force = judgement.frame is not None or bool(outcome.reasons)
        return Finding(
            rule=self.rule.id,
            applies_from=self.applies_from if in_force else None,
            case=scene.view.case_id,
            subject_kind=subject.record.kind.name,
            subject_id=subject.id,
            verdict=outcome.verdict,
            deadline=None if deadline is None else written(deadline, self.zone),
            deadline_day=None if deadline is None else deadline.last,
            done_on=None if outcome.done is None else written(outcome.done, self.zone),
            message=self._said(self.version.say, judgement) if breached else "",
            fix=self._said(self.version.fix, judgement) if breached else "",
            owner=self._owner(scene, outcome),
            settings=self._settings(judgement.frame),
            evidence=tuple(self._evidence(seen) for seen in outcome.seen),
            reasons=reasons_in_order(outcome.reasons),
            late_gaps=tuple(
                Gap(
                    written(gap.due, self.zone),
                    None if gap.done is None else written(gap.done, self.zone),
                )
                for gap in outcome.gaps
            ),
            restricted=self.restricted,
            ended=judgement.ended,
        )

    def _said(self, parts: Sequence[str | Evaluated | None], judgement: Judgement) -> str:
        frame = judgement.frame
        if frame is None:
            return ""
        deadline = judgement.outcome.deadline
        said: list[str] = []
        for part in parts:
            if isinstance(part, str):
                said.append(part)
            elif part is None:
                said.append("not recorded" if deadline is None else in_words(deadline, self.zone))
            else:
                said.append(shown(part(frame), self.zone))
        return "".join(said)

    def _owner(self, scene: Scene, outcome: Outcome) -> str | None:
        """S25: the team on the deadline, or as at if the duty is not yet due."""
        day = scene.view.as_at.day
        if outcome.deadline is not None and outcome.verdict is not Verdict.NOT_YET_DUE:
            day = outcome.deadline.last
        if day not in scene.owners:
            scene.owners[day] = owner_on(scene, self.plan, day)
        return scene.owners[day]

    def _settings(self, frame: Frame | None) -> tuple[tuple[str, str], ...]:
        if frame is None or not self.settings:
            return ()
        trigger = frame.trigger
        if trigger is None:
            trigger = frame.scene.view.as_at.day
        known = None if isinstance(trigger, Unknown) else trigger
        if known not in self._settled:
            self._settled[known] = tuple(
                (each.name, self._in_force(each, frame)) for each in self.settings
            )
        return self._settled[known]

    def _in_force(self, setting: core.SettingPlan, frame: Frame) -> str:
        if setting.options is not None:
            return ", ".join(setting_text(option, self.zone) for option in setting.options)
        if isinstance(frame.trigger, Unknown) and setting.is_dated:
            return "not known"
        day = frame.scene.view.as_at.day
        if isinstance(frame.trigger, int):
            day = frame.trigger
        value: object = None
        for start, later in setting.values:
            if start is None or start.toordinal() <= day:
                value = later
        return "not in force" if value is None else setting_text(value, self.zone)

    def _evidence(self, seen: Seen) -> Evidence:
        on = None if seen.on is None else written(seen.on, self.zone)
        return Evidence(seen.kind, seen.id, on, seen.role)


def owner_on(scene: Scene, plan: core.Plan, day: int) -> str | None:
    """The team that answers for a case on a day: the record of the owner's kind that began last
    by then and has not ended before it, or a field of the case."""
    rule = plan.schema.owner
    if rule is None:
        return None
    if rule.kind is None:
        value = scene.view.case.values[plan.schema.kinds["case"].fields[rule.field].index]
        return value if isinstance(value, str) else None
    kind = plan.schema.kinds[rule.kind]
    found = [record for record in scene.records(rule.kind) if _spans(record, day)]
    if not found:
        return None
    value = found[-1].values[kind.fields[rule.field].index]
    return value if isinstance(value, str) else None


def _spans(record: Record, day: int) -> bool:
    kind = record.kind
    happened = record.values[kind.fields[kind.happened].index] if kind.happened else None
    if not isinstance(happened, Moment) or happened.day > day:
        return False
    ends = [record.values[kind.fields[path[0]].index] for path in kind.ended if len(path) == 1]
    return all(not isinstance(end, Moment) or end.day >= day for end in ends)
