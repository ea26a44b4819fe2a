"""Both engines at volume: many policies over one case load in a statement, batch after batch.

A batch is a trial of many policies (`make_batch`) over one schema and one case load, judged by
both engines whole; every finding is compared in every field. In every fourth batch both engines
count which answer each construct came to, and the database runs each statement as it is written;
in the rest all is as it is for users.
"""

from __future__ import annotations

import gc
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from hashlib import sha256
from multiprocessing import get_context

from policyengine.evaluate import Engine
from policyengine.plan.core import Plan
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.constructs import wanted
from tools.conformance.engines import Both, first_difference, judged_by_both
from tools.conformance.policies import Policy
from tools.conformance.shrink import shrunk
from tools.conformance.tally import Counts, Tally
from tools.conformance.tally_bulk import BulkTally
from tools.conformance.trial import Trial, make_batch

POLICIES = 20  # of a batch
CASES = 500
_NUMBERED = re.compile(r"(?<=_)\d+|(?<=\bP)\d\d(?=-)")
OF_BATCH = 5  # disagreements that are kept of a batch


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the engines differ, or one broke down: a rule and a case, perhaps unknown."""

    seed: int
    rule: str
    case: str
    what: str


@dataclass
class Batch:
    """What came of one batch, or of several together."""

    policies: int = 0
    unchecked: int = 0
    compiled: int = 0  # policies that the bulk engine judged by itself
    pairs: int = 0
    cases: int = 0
    findings: int = 0
    counted: int = 0  # pairs in which both engines counted
    seconds: float = 0.0  # of CPU
    texts: set[str] = field(default_factory=set)
    codes: Counter[str] = field(default_factory=Counter)
    reference: Counts = field(default_factory=Counter)
    bulk: Counts = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)  # rules that only the reference judged
    rows: int = 0  # rules over cases that the bulk engine left to the reference
    wrong: list[Disagreement] = field(default_factory=list)

    def add(self, other: Batch) -> None:
        """Take in what came of another."""
        for name in (
            "policies",
            "unchecked",
            "compiled",
            "pairs",
            "cases",
            "findings",
            "counted",
            "rows",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds += other.seconds
        self.texts |= other.texts
        self.wrong += other.wrong
        for name in ("codes", "reference", "bulk", "left"):
            getattr(self, name).update(getattr(other, name))

    def never(self) -> list[tuple[str, str, str]]:
        """What an engine never met."""
        engines = (("reference", self.reference), ("bulk", self.bulk))
        return [
            (engine, name, answer)
            for name, answer in wanted()
            for engine, counts in engines
            if not counts[name, answer]
        ]

    def table(self) -> str:
        """A construct a line: how often it met each answer, in the reference engine / in bulk."""
        rows: dict[str, list[str]] = {}
        for name, answer in sorted({*self.reference, *self.bulk}):
            both = f"{self.reference[name, answer]:,} / {self.bulk[name, answer]:,}"
            rows.setdefault(name, []).append(f"{answer} {both}")
        lines = [f"{name:30} {'   '.join(answers)}" for name, answers in rows.items()]
        lines += [
            f"never met by the {e} engine: {name} {answer}" for e, name, answer in self.never()
        ]
        return "\n".join(lines)

    def summary(self) -> str:
        """What was done."""
        left = sum(self.left.values())
        judged = (
            f"{self.pairs:,} pairs of a policy and a case judged by both engines: "
            f"{self.compiled:,} of {self.policies:,} policies ({len(self.texts):,} distinct), "
            f"{self.cases:,} cases, "
            f"{self.findings:,} findings compared in every field; {len(self.wrong)} disagreements."
        )
        how = (
            f"Answers were counted in {self.counted:,} of the pairs. {self.unchecked} policies "
            f"did not check. {left} rules, and {self.rows:,} cases of others, were left to the "
            f"reference engine. {self.seconds:.0f} s of CPU."
        )
        lines = [judged, how]
        lines += [f"  left {count}: {why}" for why, count in self.left.most_common()]
        return "\n".join(lines)


def judge_batch(seed: int, policies: int = POLICIES, cases: int = CASES) -> Batch:
    """Judge the batch of a seed; of every fourth, count what is met."""
    gc.disable()  # a batch goes when it is done, and holds little that goes round in circles
    began = time.process_time()
    trial = make_batch(seed, policies, cases)
    batch = Batch(policies=policies, cases=cases)
    parts = _checked(trial, batch)
    _judge(trial, parts, batch, counted=seed % 4 == 0)
    batch.seconds = time.process_time() - began
    gc.enable()
    return batch


def _checked(trial: Trial, batch: Batch) -> list[Policy]:
    """The policies that are without errors; those that have some are counted."""
    world = trial.world.yaml()
    schema = schema_of(world)
    parts = list(trial.parts)
    if check(trial.policy.text, schema).plan is None:
        checked = [(part, check(part.text, schema)) for part in parts]
        parts = [part for part, each in checked if each.plan is not None]
        batch.unchecked += len(checked) - len(parts)
        for _, each in checked:
            if each.plan is None:
                batch.codes.update(note.code for note in each.notes)
    for part in parts:
        plain = _NUMBERED.sub("0", part.text)
        batch.texts.add(sha256(f"{world}{plain}".encode()).hexdigest()[:16])
    return parts


def _judge(trial: Trial, parts: list[Policy], batch: Batch, *, counted: bool) -> None:
    """Judge policies together; each alone, if an engine breaks down."""
    if not parts:
        return
    one = together(trial, parts)
    try:
        plan, both = judged(one, batch if counted else None)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault
        if len(parts) > 1:
            for part in parts:
                _judge(trial, [part], batch, counted=counted)
            return
        rule = parts[0].items[-1].head.split()[1]
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__} in {place.name}: {error}"
        batch.wrong.append(Disagreement(trial.seed, rule, "", said))
        return
    batch.findings += len(both.expected)
    _note(trial, plan, both, batch)
    whole = {rule.id for rule in plan.rules} - {*both.notes.rules}
    compiled = len({id.partition("-")[0] for id in whole})
    pairs = compiled * len(trial.cases)
    batch.compiled += compiled
    batch.pairs += pairs
    if counted:
        batch.counted += pairs
        Tally(batch.reference).found(plan, both.expected)
        Tally(batch.bulk).found(plan, both.found)


def together(trial: Trial, parts: list[Policy]) -> Trial:
    """A trial of these policies."""
    return replace(trial, policy=Policy([item for part in parts for item in part.items]))


def judged(trial: Trial, counting: Batch | None = None) -> tuple[Plan, Both]:
    """What both engines find in a trial. Raises what an engine raises."""
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    assert plan is not None
    export = opened(plan, trial.export())
    cases = list(export.cases())
    clocks = (trial.as_at, trial.known_by)
    if counting is None:
        return plan, judged_by_both(plan, cases, export, clocks)
    with Tally(counting.reference).watching():
        engine = Engine(plan)
    watch = BulkTally(counting.bulk).watching
    return plan, judged_by_both(plan, cases, export, clocks, engine=engine, watch=watch)


def _note(trial: Trial, plan: Plan, both: Both, batch: Batch) -> None:
    """Keep what was left to the reference engine, and where the engines differ."""
    faults = set(both.faults)
    batch.left.update(why for id, why in both.notes.rules.items() if id not in faults)
    batch.rows += sum(n for id, n in both.notes.rows.items() if id not in both.notes.rules)
    wrong = [Disagreement(trial.seed, id, "", both.notes.rules[id]) for id in sorted(faults)]
    for rule in sorted({rule.id for rule in plan.rules}):
        expected = [each for each in both.expected if each.rule == rule]
        found = [each for each in both.found if each.rule == rule]
        if first := first_difference(expected, found):
            wrong.append(Disagreement(trial.seed, rule, first[0][1], first[1]))
        elif rule in both.miscounted:
            wrong.append(Disagreement(trial.seed, rule, "", "counted other than found"))
    batch.wrong += wrong[:OF_BATCH]


# --- a disagreement made small ------------------------------------------------------------------


def smallest_of(wrong: Disagreement, policies: int, cases: int, budget: int = 400) -> Trial | None:
    """The smallest trial found in which the engines still disagree; None where the policy alone,
    over the case alone, raises no disagreement."""
    trial = make_batch(wrong.seed, policies, cases)
    part = trial.parts[int(wrong.rule[1:3])]
    one = replace(together(trial, [part]), parts=())
    if not differs(one):
        return None
    return shrunk(_with_fewer_cases(one, wrong.case), differs, budget)


def _with_fewer_cases(trial: Trial, case: str) -> Trial:
    """The trial with this case alone if that is enough; else with as few beside it as it takes:
    what is compiled may hang on what other cases hold."""
    mine = [each for each in trial.cases if each["case_id"] == case]
    others = [each for each in trial.cases if each["case_id"] != case]
    if mine and differs(alone := replace(trial, cases=mine)):
        return alone
    step = max(1, len(others) // 2)
    while True:
        for start in range(0, len(others), step):
            fewer = others[:start] + others[start + step :]
            if differs(replace(trial, cases=mine + fewer)):
                others = fewer
                break
        else:
            if step == 1:
                return replace(trial, cases=mine + others)
            step = max(1, step // 2)


def differs(trial: Trial) -> bool:
    """Whether the engines differ over a trial, or one breaks down. False where it has errors."""
    if check(trial.policy.text, schema_of(trial.world.yaml())).plan is None:
        return False
    try:
        _, both = judged(trial)
    except Exception:  # noqa: BLE001 - as above
        return True
    return bool(both.faults or both.difference)


# --- a run --------------------------------------------------------------------------------------


def run_volume(
    first: int,
    batches: int | None,
    *,
    policies: int = POLICIES,
    cases: int = CASES,
    processes: int = 2,
    until: float | None = None,
    progress: Callable[[Batch], None] = lambda _: None,
) -> tuple[Batch, int]:
    """So many batches from a seed on (None: until the time comes, as `time.monotonic` tells it),
    in so many processes. What came of all, and the seed after the last; an interrupt ends it
    early."""
    whole, seed, running = Batch(), first, set[Future[Batch]]()
    pool = ProcessPoolExecutor(processes, get_context("spawn")) if processes > 1 else None
    with pool or nullcontext():
        try:
            while True:
                while _goes_on(seed - first, batches, until) and len(running) < 2 * processes:
                    if pool is None:
                        whole.add(judge_batch(seed, policies, cases))
                        progress(whole)
                    else:
                        running.add(pool.submit(judge_batch, seed, policies, cases))
                    seed += 1
                if not running:
                    return whole, seed
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    whole.add(each.result())
                    progress(whole)
        except KeyboardInterrupt:
            for each in running:
                each.cancel()
            return whole, seed


def _goes_on(begun: int, batches: int | None, until: float | None) -> bool:
    if batches is not None and begun >= batches:
        return False
    return until is None or time.monotonic() < until


def shown_in_full(wrong: list[Disagreement]) -> Iterator[str]:
    """A line for each disagreement."""
    for each in wrong:
        place = " ".join(part for part in (each.rule, each.case) if part)
        yield f"seed {each.seed}: {place}: {each.what[:400]}"


__all__ = ["Batch", "Disagreement", "judge_batch", "run_volume", "smallest_of"]
