"""A reviewer's answers beside the engine's, and the reviewed sample beside the census."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from policyengine.findings.model import Finding
from policyengine.sampling.agreement import Agreement, agreement
from policyengine.sampling.answers import INELIGIBLE, item_id
from policyengine.sampling.draw import Draw, Stratum
from policyengine.sampling.estimate import Cluster, Estimate, Seen, estimate
from policyengine.sampling.frame import FrameCase
from policyengine.values.verdict import Verdict

_JUDGED = frozenset({Verdict.MET.value, Verdict.MET_LATE.value, Verdict.BREACHED.value})


@dataclass(frozen=True, slots=True)
class Difference:
    """A record on which the two differ."""

    finding: Finding
    reviewer: str


@dataclass(frozen=True, slots=True)
class Review:
    """What comparing came to. `warnings` say where the reserve was not used as it should be."""

    overall: Agreement
    rules: Mapping[str, Agreement]
    differences: tuple[Difference, ...]
    ineligible: int
    unanswered: int
    warnings: tuple[str, ...]


def review(draw: Draw, given: Mapping[str, str]) -> Review:
    """Compare answers by item with the engine's verdicts."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    differences = []
    for case in draw.cases():
        if is_ineligible(case, given):
            continue
        for finding in case.items:
            said = given.get(item_id(finding))
            if said is None:
                continue
            pairs.setdefault(finding.rule, []).append((said, finding.verdict.value))
            if said != finding.verdict.value:
                differences.append(Difference(finding, said))
    differences.sort(key=lambda each: each.finding.order)
    drawn = [case for each in draw.strata for case in each.drawn]
    eligible = [case for case in drawn if not is_ineligible(case, given)]
    return Review(
        overall=agreement(pair for several in pairs.values() for pair in several),
        rules={rule: agreement(pairs[rule]) for rule in sorted(pairs)},
        differences=tuple(differences),
        ineligible=sum(is_ineligible(case, given) for case in draw.cases()),
        unanswered=sum(item_id(each) not in given for case in eligible for each in case.items),
        warnings=tuple(warning for each in draw.strata for warning in _warnings(each, given)),
    )


def is_ineligible(case: FrameCase, given: Mapping[str, str]) -> bool:
    """Whether the reviewer set a case aside: one such answer is enough."""
    return any(given.get(item_id(finding)) == INELIGIBLE for finding in case.items)


def _is_answered(case: FrameCase, given: Mapping[str, str]) -> bool:
    return any(item_id(finding) in given for finding in case.items)


def _warnings(stratum: Stratum, given: Mapping[str, str]) -> Iterable[str]:
    """The reserve is for replacing, in its order, and for nothing else."""
    used = [_is_answered(case, given) for case in stratum.reserve]
    aside = [case for case in (*stratum.drawn, *stratum.reserve) if is_ineligible(case, given)]
    if True in used and False in used[: len(used) - used[::-1].index(True)]:
        yield f"{stratum.team}: the reserve was not used in its order"
    if sum(used) > len(aside):
        yield f"{stratum.team}: more cases of the reserve were reviewed than were set aside"


# --- beside the census --------------------------------------------------------------------------


def by_rule(draw: Draw, answer: Callable[[Finding], str | None]) -> dict[str, Estimate]:
    """What the sample says of each rule. `answer` gives what is taken as the answer on a record
    (None: not reviewed)."""
    rules = {finding.rule for case in draw.cases() for finding in case.items}
    return {rule: _estimate(draw, rule, answer) for rule in sorted(rules)}


def _estimate(draw: Draw, rule: str, answer: Callable[[Finding], str | None]) -> Estimate:
    clusters = []
    for stratum in draw.strata:
        seen = []
        for case in (*stratum.drawn, *stratum.reserve):
            answers = [answer(finding) for finding in case.items]
            if all(each is None for each in answers):
                continue
            mine = [
                said
                for finding, said in zip(case.items, answers, strict=True)
                if finding.rule == rule and said in _JUDGED
            ]
            seen.append(Seen(len(mine), sum(said == Verdict.MET.value for said in mine)))
        clusters.append(Cluster(stratum.population, tuple(seen)))
    return estimate(clusters)


def drawn_only(draw: Draw) -> Callable[[Finding], str | None]:
    """The engine's own answers on the cases drawn, the reserve left out."""
    drawn = {case.case for each in draw.strata for case in each.drawn}

    def answer(finding: Finding) -> str | None:
        return finding.verdict.value if finding.case in drawn else None

    return answer


def reviewed(draw: Draw, given: Mapping[str, str]) -> Callable[[Finding], str | None]:
    """The reviewer's answers; none on a case that was set aside."""
    aside = {case.case for case in draw.cases() if is_ineligible(case, given)}

    def answer(finding: Finding) -> str | None:
        return None if finding.case in aside else given.get(item_id(finding))

    return answer
