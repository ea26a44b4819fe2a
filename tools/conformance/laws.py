"""The laws (S26): what must hold of every policy over every case, whatever they say.

Each law judges changed cases and compares the findings; a law yields what broke it. Cases that
are changed in several ways go into one export under ids of their own.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

from policyengine.evaluate.explain import Node, explain
from policyengine.findings.model import Finding
from policyengine.findings.sentences import Sentences
from policyengine.plan import core
from policyengine.report.json_report import finding_json
from policyengine.source import SourceFile
from policyengine.tooling.fmt import format_source
from policyengine.values.verdict import Verdict
from tools.conformance.bench import Bench, ByCase, check, opened, schema_of
from tools.conformance.blanks import answers_by_blank
from tools.conformance.cases import HIDDEN, Json
from tools.conformance.hindsight import day_of, is_there, seen_on
from tools.conformance.meaning import (
    ends_by_the_page,
    exceptions_by_the_page,
    versions_by_the_page,
    windows_are_conditions,
)
from tools.conformance.rewrites import said_otherwise
from tools.conformance.world import NOISE
from tools.sample.dice import Dice

JUDGED = (Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED)


@dataclass(frozen=True)
class Violation:
    """A law that did not hold, and where."""

    law: str
    case: str
    rule: str
    what: str


Found = Iterator[Violation]
Law = Callable[[Bench, ByCase, Dice, bool], Found]


def broken(bench: Bench, base: ByCase, dice: Dice, every: bool = False) -> Found:
    """All that breaks any law. `every`: try each value of each case, not a few."""
    for law in LAWS.values():
        yield from law(bench, base, dice, every)


# --- order, strangers, splits -------------------------------------------------------------------


def order_changes_nothing(bench: Bench, base: ByCase, dice: Dice, _every: bool) -> Found:
    """The order of cases, rows and keys."""
    mixed = [_mixed(case, dice) for case in dice.draw(bench.trial.cases, len(bench.trial.cases))]
    raw = bench.trial.export(mixed)
    if bench.trial.shared:
        raw["_shared"] = {k: dice.draw(rows, len(rows)) for k, rows in bench.trial.shared.items()}
    yield from _unlike("order", base, bench.judge(raw=raw))


def _mixed(case: Json, dice: Dice) -> Json:
    mixed: Json = {}
    for key in dice.draw(list(case), len(case)):
        value = case[key]
        if isinstance(value, list):
            rows = dice.draw(value, len(value))
            mixed[key] = [{k: row[k] for k in dice.draw(list(row), len(row))} for row in rows]
        else:
            mixed[key] = value
    return mixed


def splits_change_nothing(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """Each case judged alone is judged the same; so no case bears on another."""
    for case in bench.trial.cases[:3]:
        alone = bench.judge([case])
        yield from _unlike("split", {id: base[id] for id in alone}, alone)


def strangers_change_nothing(bench: Bench, base: ByCase, dice: Dice, _every: bool) -> Found:
    """Records of a kind that no rule mentions."""
    cases = deepcopy(bench.trial.cases)
    for case in cases:
        day = (bench.trial.as_at + timedelta(days=dice.whole(-9, 1))).isoformat()
        case[NOISE] = [{"id": "n1", "noted_on": day, "loud": "yes"}, {"id": "n2"}]
    yield from _unlike("stranger", base, bench.judge(cases))


def nothing_peeks(bench: Bench, _base: ByCase, dice: Dice, _every: bool) -> Found:
    """Judging as at a day equals judging what had happened and was recorded by then."""
    trial = bench.trial
    if trial.messy:
        return
    as_at, known = trial.as_at, trial.known_by
    for back in (0, dice.pick([1, 2, 7, 14, 30, 31, 60])):
        day, known_day = as_at - timedelta(days=back), known - timedelta(days=back)
        whole = bench.judge(as_at=day, known_by=known_day)
        raw = trial.export([seen_on(trial.world, case, day, known_day) for case in trial.cases])
        if trial.shared:
            shared = seen_on(trial.world, {"case_id": "", **trial.shared}, day, known_day)
            raw["_shared"] = {kind: shared[kind] for kind in trial.shared}
        yield from _unlike("peek", whole, bench.judge(raw=raw, as_at=day, known_by=known_day))


def _unlike(law: str, one: Mapping[str, Sequence[Finding]], other: ByCase) -> Found:
    for id, findings in one.items():
        mine, theirs = list(findings), other.get(id, [])
        if mine == theirs:
            continue
        ours, yours = _by_subject(mine), _by_subject(theirs)
        for key in sorted(ours.keys() | yours.keys()):
            pairs = zip_longest(ours.get(key, []), yours.get(key, []))
            for one_of, other_of in pairs:
                if one_of != other_of:
                    yield Violation(law, id, key[0], _difference(one_of, other_of))


def _by_subject(findings: Sequence[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """Gathered records of two kinds may have one id, so a subject's id may stand twice."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.rule, finding.subject_id), []).append(finding)
    return found


def _single(findings: Sequence[Finding]) -> dict[tuple[str, str], Finding]:
    """The findings by rule and subject, where these name one."""
    return {key: several[0] for key, several in _by_subject(findings).items() if len(several) == 1}


def _difference(one: Finding | None, other: Finding | None) -> str:
    if one is None or other is None:
        return f"{_word(one)} against {_word(other)}"
    names = [name for name in Finding.__slots__ if getattr(one, name) != getattr(other, name)]
    shown = [f"{name}: {getattr(one, name)} against {getattr(other, name)}" for name in names]
    return f"{one.subject_id}: " + "; ".join(shown)


def _word(finding: Finding | None) -> str:
    return "no finding" if finding is None else f"{finding.subject_id} {finding.verdict.value}"


# --- what is missing ----------------------------------------------------------------------------


def losses_turn_nothing_round(bench: Bench, base: ByCase, dice: Dice, every: bool) -> Found:
    """A value made blank may make a verdict unsure; it never makes the opposite of it.

    Nor is a verdict that is sure without the value another one with it: what is unknown is told
    only where every value would give it.
    """
    if bench.trial.messy:
        return
    exempt = answers_by_blank(bench.plan)
    dated = {r.id for r in bench.plan.rules if r.applies_from or r.applies_until}
    changed: list[Json] = []
    lost: dict[str, tuple[str, str, str, str]] = {}
    for case in bench.trial.cases:
        places = list(_values(case))
        for kind, row, name in places if every else dice.draw(places, 5):
            poorer = deepcopy(case)
            id = f"{case['case_id']}~{len(lost)}"
            poorer["case_id"] = id
            owner = poorer if kind == "case" else _row(poorer, kind, row)
            del owner[name]
            changed.append(poorer)
            lost[id] = (str(case["case_id"]), kind, row, name)
    after = bench.judge(changed)
    for id, (whole, kind, row, name) in lost.items():
        was = _single(base[whole])
        for finding in _single(after[id]).values():
            without = exempt[finding.rule]
            before = was.get((finding.rule, finding.subject_id))
            if without is None or (kind, name) in without or before is None:
                continue
            if not _may_follow(before.verdict, finding.verdict, finding.rule in dated):
                what = f"{before.subject_id} {before.verdict.value} but {finding.verdict.value}"
                yield Violation(
                    "lost value", whole, finding.rule, f"{what} without {kind} {row} {name}"
                )


def _may_follow(whole: Verdict, poorer: Verdict, dated: bool) -> bool:
    """Whether a poorer record may be judged so, the whole one being judged so."""
    if poorer not in JUDGED or whole is poorer:
        return True
    if whole is Verdict.CANNOT_TELL:  # `cannot tell if`: the author's own, unknown without it
        return True
    return dated and whole is Verdict.NOT_APPLICABLE  # an unknown trigger date of one version


def _values(case: Json) -> Iterator[tuple[str, str, str]]:
    for key, value in case.items():
        if isinstance(value, list):
            yield from ((key, row["id"], name) for row in value for name in row if name != "id")
        elif key not in ("case_id", "_complete_from"):
            yield "case", "", key


def _row(case: Json, kind: str, id: str) -> Json:
    rows = case[kind]
    assert isinstance(rows, list)
    found: Json = next(row for row in rows if row["id"] == id)
    return found


def unseen_records_were_allowed_for(bench: Bench, base: ByCase, dice: Dice, every: bool) -> Found:
    """Where a kind is complete only from a day (S8), a record from before it changes no verdict
    that was sure without it."""
    trial = bench.trial
    if trial.messy:
        return
    changed: list[Json] = []
    added: dict[str, tuple[str, str, Json]] = {}
    for case in trial.cases:
        own = case.get("_complete_from")
        coverage = {**trial.complete_from, **(own if isinstance(own, dict) else {})}
        for kind, first in coverage.items():
            if kind not in trial.world.kinds or not isinstance(case.get(kind), list):
                continue
            for _ in range(60 if every else 4):
                row = _unseen(bench, case, kind, date.fromisoformat(str(first)), dice)
                if row is None:
                    continue
                id = f"{case['case_id']}~{len(added)}"
                fuller = {**deepcopy(case), "case_id": id}
                rows = fuller[kind]
                assert isinstance(rows, list)
                rows.append(row)
                changed.append(fuller)
                added[id] = (str(case["case_id"]), kind, row)
    after = bench.judge(changed) if changed else {}
    for id, (whole, kind, row) in added.items():
        now = _single(after[id])
        for finding in _single(base[whole]).values():
            other = now.get((finding.rule, finding.subject_id))
            if other is not None and not _may_follow(other.verdict, finding.verdict, False):
                what = f"{finding.subject_id} {finding.verdict.value} but {other.verdict.value}"
                yield Violation("unseen record", whole, finding.rule, f"{what} with {kind} {row}")


def _unseen(bench: Bench, case: Json, kind: str, first: date, dice: Dice) -> Json | None:
    """A record that the export may lack: one of another case, moved to before the first day."""
    trial = bench.trial
    of = trial.world.kinds[kind]
    if of.happened is None:
        return None
    rows = [row for each in trial.cases for row in _rows(each, kind) if of.happened in row]
    if not rows:
        return None
    row: Json = dict(dice.pick(rows))
    last = min(first - timedelta(days=1), trial.as_at)
    noted = [day for value in row.values() if (day := day_of(value)) is not None]
    noted += [d for r in _rows(case, kind) for value in r.values() if (d := day_of(value))]
    near = [day for day in noted if day <= last]
    day = dice.pick(near) if near and dice.chance(0.6) else last
    day -= timedelta(days=dice.pick([0, 0, 1, 7, 30]))
    written = str(row[of.happened])
    row |= {
        "id": "unseen",
        of.happened: day.isoformat() + (written[10:] if len(written) == 16 else ""),
    }
    for name in (of.recorded, of.void_when):
        row.pop(name or "", None)
    return row


def _rows(case: Json, kind: str) -> list[Json]:
    rows = case.get(kind)
    return rows if isinstance(rows, list) else []


# --- what a finding says ------------------------------------------------------------------------


def subjects_are_judged_once(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """The verdicts partition the subjects: at most one finding each; exactly one where nothing
    picks among them."""
    trial = bench.trial
    cases = {str(case["case_id"]): case for case in trial.cases}
    simple = _unpicked(bench.plan)
    sharing = set(_sharing_ids(bench.plan))
    for id, findings in base.items():
        seen: dict[str, list[str]] = {}
        for finding in findings:
            seen.setdefault(finding.rule, []).append(finding.subject_id)
        for rule, subjects in seen.items():
            if rule not in sharing and len(set(subjects)) < len(subjects):
                yield Violation("partition", id, rule, "a subject has two findings")
        for rule, kind in simple.items():
            if kind != "case" and (kind not in trial.world.kinds or trial.messy):
                continue
            wanted = [id] if kind == "case" else _there(bench, cases[id], kind)
            if sorted(seen.get(rule, [])) != sorted(wanted):
                what = f"findings on {sorted(seen.get(rule, []))}, subjects are {sorted(wanted)}"
                yield Violation("partition", id, rule, what)


def _sharing_ids(plan: core.Plan) -> Iterator[str]:
    """The rules of which two subjects may have one id: gathered ones, and pairs whose second is
    of another kind in another version."""
    seconds: dict[str, set[str]] = {}
    for rule in plan.rules:
        companion = rule.subject.companion
        second = companion.kind if companion else ""
        seconds.setdefault(rule.id, set()).add(second)
        if {rule.subject.kind, second} & plan.gatherings.keys() or len(seconds[rule.id]) > 1:
            yield rule.id


def _unpicked(plan: core.Plan) -> dict[str, str]:
    """The rules all of whose versions watch every record of one kind."""
    found: dict[str, set[str | None]] = {}
    for rule in plan.rules:
        plain = rule.subject.where is None and rule.subject.companion is None
        found.setdefault(rule.id, set()).add(rule.subject.kind if plain else None)
    return {
        id: kinds.copy().pop() or ""
        for id, kinds in found.items()
        if len(kinds) == 1 and None not in kinds
    }


def _there(bench: Bench, case: Json, kind: str) -> list[str]:
    of, trial = bench.trial.world.kinds[kind], bench.trial
    rows = [row for row in _rows(case, kind) if is_there(of, row, trial.as_at, trial.known_by)]
    return [str(row["id"]) for row in rows]


def findings_agree_with_themselves(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """A deadline stands wherever T is known, and the verdict stands on the right side of it."""
    today = bench.trial.as_at.toordinal()
    windowed = {rule.id: _windows(bench.plan, rule.id) for rule in bench.plan.rules}
    for id, findings in base.items():
        for finding in findings:
            said = _contradiction(finding, windowed[finding.rule], today)
            if said:
                yield Violation("deadline", id, finding.rule, f"{finding.subject_id}: {said}")


def _windows(plan: core.Plan, id: str) -> set[tuple[str, bool]]:
    """The duties of a rule's versions, and whether they have windows."""
    return {
        (type(r.duty).__name__, isinstance(r.duty, core.HaveEvery) or r.duty.window is not None)
        for r in plan.rules
        if r.id == id
    }


def _contradiction(finding: Finding, duties: set[tuple[str, bool]], today: int) -> str:
    verdict, day = finding.verdict, finding.deadline_day
    if verdict is Verdict.NOT_YET_DUE and day is not None and day < today:
        return "not yet due, though the deadline has passed"
    if len(duties) > 1:
        return ""
    ((duty, has_window),) = duties
    if not has_window:
        return "a deadline without a window" if day is not None else ""
    if duty == "Show" and verdict is Verdict.MET:
        return ""
    if verdict in JUDGED and day is None:
        return f"{verdict.value} without a deadline"
    if verdict is Verdict.BREACHED and duty != "NotHave" and (day or 0) > today:
        return "breached before the deadline"
    if verdict in JUDGED[:2] and duty in ("Have", "HaveField", "HaveEvery"):
        if finding.done_on is None:
            return f"{verdict.value} without a day on which it was done"
        if duty == "HaveEvery":
            return ""
        done, due = day_of(finding.done_on[:10]), date.fromordinal(day or 1)
        if done is not None and verdict is Verdict.MET and done > due:
            return "met after the deadline"
        if done is not None and verdict is Verdict.MET_LATE and done < due:
            return "met late before the deadline"
    return ""


def other_words_change_nothing(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """The policy in other words of the same meaning gives the same verdicts and dates."""
    for way in (0, 1):
        other = Bench(bench.trial, said_otherwise(bench.plan, way)).judge()
        for id, findings in base.items():
            mine, theirs = _essence(findings), _essence(other[id])
            for key in sorted(mine.keys() | theirs.keys()):
                if mine.get(key) != theirs.get(key):
                    what = f"{key[1]} {mine.get(key)} but {theirs.get(key)} in other words"
                    yield Violation("other words", id, key[0], what)


def _essence(findings: Sequence[Finding]) -> dict[tuple[str, str], list[tuple[object, ...]]]:
    return {
        key: [(f.verdict.value, f.deadline, f.done_on, f.late_gaps) for f in several]
        for key, several in _by_subject(findings).items()
    }


def meaning_by_the_page(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """Exceptions, ends and windows, worked out again apart from the engine."""
    if bench.trial.messy:
        return
    for name, told in (
        ("exceptions", exceptions_by_the_page(bench, base)),
        ("windows", windows_are_conditions(bench, base)),
        ("ends", ends_by_the_page(bench, base)),
        ("versions", versions_by_the_page(bench, base)),
    ):
        yield from (
            Violation("meaning", case, rule, f"{name}: {what}") for case, rule, what in told
        )


def explanations_agree(bench: Bench, base: ByCase, _dice: Dice, every: bool) -> Found:
    """`explain` never fails, and its findings are those of the judging."""
    export = opened(bench.plan, bench.trial.export())
    for number, case in enumerate(export.cases()):
        if number >= 2 and not every:
            break
        told = explain(bench.engine, case, export, bench.trial.as_at, bench.trial.known_by)
        for each in told:
            if HIDDEN in _words(each.root):
                yield Violation("explain", case.id, each.rule.id, "a sensitive text is shown")
        yield from _unlike(
            "explain", {case.id: base[case.id]}, {case.id: [e.finding for e in told]}
        )


def _words(node: Node) -> str:
    return "\n".join([node.text, node.value, *(_words(child) for child in node.children)])


def reports_can_be_made(bench: Bench, base: ByCase, _dice: Dice, _every: bool) -> Found:
    """Every finding has its sentences, and no sensitive text stands in any of them."""
    sentences = Sentences(bench.plan, bench.trial.as_at.isoformat())
    for id, findings in base.items():
        for finding in findings:
            if HIDDEN in json.dumps(finding_json(finding, sentences)):
                yield Violation("report", id, finding.rule, "a sensitive text is shown")


def layout_changes_nothing(bench: Bench, _base: ByCase, _dice: Dice, _every: bool) -> Found:
    """The formatter settles, and what it lays out is the same policy."""
    laid = format_source(SourceFile("random.policy", bench.trial.policy.text))
    if laid.diagnostics:
        yield Violation("layout", "", "", laid.diagnostics[0].message)
        return
    again = format_source(SourceFile("random.policy", laid.text))
    if again.text != laid.text:
        yield Violation("layout", "", "", "laid out again it is another")
    plan = check(laid.text, schema_of(bench.trial.world.yaml())).plan
    if plan is None or not _same_rules(plan, bench.plan):
        yield Violation("layout", "", "", "laid out it is another policy")


def _same_rules(one: core.Plan, other: core.Plan) -> bool:
    return (one.rules, one.definitions, one.gatherings, one.settings) == (
        other.rules,
        other.definitions,
        other.gatherings,
        other.settings,
    )


LAWS: Mapping[str, Law] = {
    "order": order_changes_nothing,
    "split": splits_change_nothing,
    "stranger": strangers_change_nothing,
    "peek": nothing_peeks,
    "lost value": losses_turn_nothing_round,
    "unseen record": unseen_records_were_allowed_for,
    "partition": subjects_are_judged_once,
    "deadline": findings_agree_with_themselves,
    "other words": other_words_change_nothing,
    "meaning": meaning_by_the_page,
    "explain": explanations_agree,
    "report": reports_can_be_made,
    "layout": layout_changes_nothing,
}
