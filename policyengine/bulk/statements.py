"""The statements of a run's rules. Rules that watch the same subjects are judged in one statement
where findings are only counted: what they ask alike is asked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from policyengine.bulk.jobs import Job
from policyengine.bulk.owners import owners_of
from policyengine.bulk.relation import TooLateError
from policyengine.bulk.rules import Detail, judge, judge_together
from policyengine.bulk.scope import World
from policyengine.bulk.subjects import may_open_later
from policyengine.bulk.terms import NotCompiledError
from policyengine.bulk.watching import watch
from policyengine.plan import core
from policyengine.plan.walks import walk

Sql = str


def jobs_of(world: World, rules: Sequence[core.Rule], detail: Detail) -> Iterator[Job]:
    """The jobs of rules, each with all its versions."""
    alone: list[list[core.Rule]] = []
    alike: dict[object, list[core.Rule]] = {}
    for _, several in groupby(rules, key=lambda rule: rule.id):
        versions = list(several)
        if len(versions) > 1 or detail is Detail.FINDING:
            alone.append(versions)
        else:
            alike.setdefault(_watched_as(world, versions[0]), []).append(versions[0])
    for together in alike.values():
        job = _job_together(world, together, detail) if len(together) > 1 else None
        if job is not None:
            yield job
        else:
            alone += [[rule] for rule in together]
    for versions in alone:
        yield job_of(world, versions, detail)


def job_of(world: World, versions: list[core.Rule], detail: Detail) -> Job:
    """The statements of one rule, all its versions together. Of several versions the subjects
    are chosen among those of all: in tables `w0`, `w1` and so on, then `s0`, `s1`."""
    owner = owners_of(world) if detail is Detail.FINDING else ""

    def write() -> Job:
        job = Job(versions[0].id, detail, owner)
        watches = [watch(world, version) for version in versions]
        if len(versions) > 1:
            for number, made in enumerate(watches):
                job.before.append((f"w{number}", made.statement()))
            for number in range(len(versions)):
                job.before.append((f"s{number}", _chosen(versions, number)))
        for number, version in enumerate(versions):
            table = f"s{number}" if len(versions) > 1 else ""
            job.judged.append((version, judge(world, version, watches[number], table, detail)))
        return job

    try:
        made, bits = world.written(write)
    except NotCompiledError as error:
        return Job(versions[0].id, detail, owner, refused=error)
    made.bits = bits
    return made


def _job_together(world: World, rules: list[core.Rule], detail: Detail) -> Job | None:
    """One statement of several rules; None where there is none such."""
    try:
        with world.statement() as bits:
            sql, judged = judge_together(world, rules, watch(world, rules[0]), detail)
    except (NotCompiledError, TooLateError):
        return None
    job = Job(rules[0].id, detail, sql=sql)
    for rule, each in zip(rules, judged, strict=True):
        job.together.append(Job(rule.id, detail, judged=[(rule, each)], bits=bits))
    return job


def _watched_as(world: World, rule: core.Rule) -> object:
    """What two rules have in common that watch the same subjects, in the same order of time."""
    in_time = (rule.applies_from, rule.applies_until, rule.trigger, rule.lets)
    reads = rule.lets or any(isinstance(node, core.SettingValue) for node in walk(rule.subject))
    bounded = rule.applies_from is not None or rule.applies_until is not None
    ends = (tuple(sorted(rule.kept_open)), rule.ignores_death, may_open_later(world, rule))
    return rule.subject, ends, in_time if reads or bounded else (), _joined(rule)


def _joined(rule: core.Rule) -> str | None:
    """The kind of record whose facts rules can share: of others a statement each is no slower."""
    match rule.duty:
        case core.Have(records=records) | core.NotHave(records=records):
            return records.kind
        case core.HaveEvery(records=records):
            return records.kind
        case _:
            return None


def _chosen(versions: list[core.Rule], number: int) -> str:
    """The subjects that one of several versions judges (S20): those for which it is the first
    that is in force, or perhaps is; and of those for which none is, those whose last it is."""
    if any(version.subject.companion is not None for version in versions):
        raise NotCompiledError("several versions of a rule on pairs")
    kinds = [version.subject.kind for version in versions]
    same = [place for place, kind in enumerate(kinds) if kind == kinds[number]]
    earlier = [place for place in same if place < number]
    later = [place for place in same if place > number]

    def among(places: Iterable[int], test: str) -> str:
        tests = [f"EXISTS (FROM w{place} o WHERE o.rid = w.rid AND {test})" for place in places]
        return f"({' OR '.join(tests)})" if tests else "FALSE"

    watched = "o.counts IS NOT FALSE"
    first = f"NOT {among(earlier, f'{watched} AND o.in_force IS NOT FALSE')}"
    last = f"NOT {among(later, watched)}"
    others = [place for place in same if place != number]
    nobody = among(others, "o.counts IS FALSE AND o.in_force IS TRUE")
    return (
        f"SELECT w.* FROM w{number} w WHERE w.counts IS NOT FALSE AND {first} AND "
        f"(w.in_force IS NOT FALSE OR ({last} AND NOT {nobody}))"
    )
