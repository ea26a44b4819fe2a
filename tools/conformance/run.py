"""A run: trials one after the other, their laws checked, what was met counted."""

import json
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.conformance.bench import Bench, check, schema_of
from tools.conformance.laws import LAWS, Violation
from tools.conformance.shrink import shrunk
from tools.conformance.tally import Tally, new_tally
from tools.conformance.trial import Trial, make_trial
from tools.sample.dice import Dice


@dataclass
class Report:
    """What a run came to."""

    policies: int = 0
    unchecked: int = 0
    cases: int = 0
    findings: int = 0
    seconds: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=new_tally)
    broken: list[tuple[int, Violation]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How many of the policies were without error, in percent."""
        return 100 * (1 - self.unchecked / self.policies) if self.policies else 0.0

    def summary(self) -> str:
        """One line."""
        return (
            f"{self.policies} policies ({self.share:.2f}% without errors), {self.cases} cases, "
            f"{self.findings} findings, {len(self.broken)} laws broken, {self.seconds:.0f} s"
        )


def run(first: int, trials: int, *, cases: int = 10, until: float | None = None) -> Report:
    """So many trials from a seed on; none is begun after `until` (`time.monotonic`), nor after an
    interrupt: what was done by then is reported."""
    report = Report()
    began = time.monotonic()
    for seed in range(first, first + trials):
        if until is not None and time.monotonic() > until:
            break
        try:
            _one(report, make_trial(seed, cases))
        except KeyboardInterrupt:
            break
    report.seconds = time.monotonic() - began
    return report


def _one(report: Report, trial: Trial) -> None:
    report.policies += 1
    checked = check(trial.policy.text, schema_of(trial.world.yaml()))
    if checked.plan is None:
        report.unchecked += 1
        report.codes.update(note.code for note in checked.notes)
        return
    report.cases += len(trial.cases)
    try:
        counted = Bench(trial, checked.plan, report.tally.watching).judge()
    except Exception:  # noqa: BLE001 - whatever it is, it is a fault
        report.broken.append((trial.seed, _crash("judge")))
        return
    for findings in counted.values():
        report.findings += len(findings)
        report.tally.found(checked.plan, findings)
    report.broken += [(trial.seed, each) for each in violations(trial)]


def violations(
    trial: Trial, *, every: bool = False, only: str | None = None
) -> Iterator[Violation]:
    """All that breaks a law in a trial (`only` one of them); an exception breaks the law in which
    it came. Nothing, where the policy has errors."""
    plan = check(trial.policy.text, schema_of(trial.world.yaml())).plan
    if plan is None:
        return
    bench = Bench(trial, plan)
    try:
        base = bench.judge()
    except Exception:  # noqa: BLE001 - as above
        yield _crash("judge")
        return
    for name, law in LAWS.items():
        if only not in (None, name):
            continue
        try:
            yield from law(bench, base, Dice(f"law {trial.seed}"), every)
        except Exception:  # noqa: BLE001 - as above
            yield _crash(name)


def _crash(law: str) -> Violation:
    lines = traceback.format_exc().strip().splitlines()
    return Violation(f"exception in {law}", "", "", f"{lines[-1]} ({lines[-3].strip()})")


def smallest(trial: Trial, law: str, budget: int = 3000) -> Trial:
    """The smallest trial that breaks a law, from one that does."""

    only = law if law in LAWS else None

    def fails(candidate: Trial) -> bool:
        return any(each.law == law for each in violations(candidate, every=True, only=only))

    return shrunk(trial, fails, budget) if fails(trial) else trial


def shown(trial: Trial) -> str:
    """A trial to read: its dates, its policy, its cases."""
    used = [kind for kind in trial.world.kinds.values() if kind.name in trial.policy.text]
    lines = [
        (
            f"seed {trial.seed}, as at {trial.as_at}, known by {trial.known_by}, "
            f"complete from {trial.complete_from}, absent {list(trial.absent)}"
        ),
        *(kind.yaml() for kind in used),
        trial.policy.text,
        *(json.dumps(case) for case in trial.cases),
        *(f"{each.law}: {each.rule} {each.what}" for each in violations(trial, every=True)),
    ]
    return "\n".join(lines)
