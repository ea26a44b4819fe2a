"""All the ratios side by side: `python benchmarks/run.py [--cases N] [--only PART ...]`.

A line is a measure, what it stands beside, and the ratio of the two; each pair is measured in one
run on one machine, and only after both have said the same of every finding. CPU seconds are over
all threads of the whole process, from start to end, loading included. Nothing here is asserted
by time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import equal, hand  # noqa: E402
from benchmarks.caseload import AS_AT, write_case_load  # noqa: E402
from benchmarks.measuring import FailedError, Spent, cpu_of, machine, spent_by  # noqa: E402
from benchmarks.told import write_told  # noqa: E402

RULES = ROOT / "benchmarks" / "rules"
HAND = str(ROOT / "benchmarks" / "hand.py")
PACK_CASES = 100_000  # of the whole pack no more than so many
EQUAL_CASES = 10_000  # so many are compared row for row
MONTHS = 24


@dataclass
class Bench:
    """A run: its folder, and the lines of its table."""

    cases: int
    folder: Path
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line; it is printed at once, as what follows may take long."""
        self.lines.append(line)
        print(line, flush=True)

    def row(self, what: str, spent: Spent, cases: int, beside: str = "", ratio: str = "") -> None:
        """A measured thing."""
        each = 1e6 * spent.cpu / cases
        figures = f"{spent.cpu:8.2f} {spent.wall:7.1f} {each:9.1f} {spent.memory:7,.0f}"
        self.say(f"{what:47} {figures}  {beside and f'{ratio} {beside}'}".rstrip())

    def case_load(self, cases: int, form: str) -> Path:
        """A synthetic case load, made once a run."""
        folder = self.folder / f"{form}{cases}"
        return folder if folder.exists() else write_case_load(folder, cases, form)


def audit(cases: Path, rules: Path, *flags: str) -> list[str]:
    """The command of an audit by the bulk engine."""
    command = ["-m", "policyengine", "audit", str(rules), "--cases", str(cases)]
    return [*command, "--as-at", str(AS_AT), "--engine", "duckdb", "--format", "text", *flags]


# --- the parts ----------------------------------------------------------------------------------


def six(bench: Bench) -> None:
    """Six rules beside the same by hand, loading included; and from the smaller to the larger."""
    _same_by_hand(bench, hand.RULES.items(), RULES)
    small = min(bench.cases, 10_000)
    for form in ("parquet", "csv"):
        each: dict[int, Spent] = {}
        for cases in dict.fromkeys((small, bench.cases)):
            load = bench.case_load(cases, form)
            bound = spent_by([HAND, str(load)])
            bench.row(f"six statements by hand, {form}, {cases:,}", bound, cases)
            try:
                ours = spent_by(audit(load, RULES))
            except FailedError as error:
                bench.say(f"six rules, {form}, {cases:,}: not measured: {error}")
                continue
            each[cases] = ours
            ratio = f"{ours.cpu / bound.cpu:.2f} x"
            bench.row(f"six rules, {form}, {cases:,}", ours, cases, "the same by hand", ratio)
        if len(each) > 1:
            grown = each[bench.cases].cpu / each[small].cpu * small / bench.cases
            bench.say(
                f"  a case of {bench.cases:,} costs {grown:.2f} of what one of {small:,} does"
            )


def _same_by_hand(bench: Bench, statements: Iterable[tuple[str, Any]], rules: Path) -> None:
    """Stop where a finding by hand and one of an engine differ."""
    from policyengine.evaluate import run_audit
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export

    cases = min(bench.cases, EQUAL_CASES)
    load = bench.case_load(cases, "csv")
    plan = load_rules([str(rules)], None).plan
    assert plan is not None
    findings = run_audit(plan, open_export(str(load), plan.schema), AS_AT).findings
    counted = 0
    with hand.open_case_load(load) as con:
        for id, statement in statements:
            sql = statement if isinstance(statement, str) else statement()
            by_hand, ours = equal.by_hand(con, sql), equal.of_findings(findings, id)
            if wrong := equal.difference(by_hand, ours):
                raise SystemExit(f"{id}: by hand and by the engine differ: {wrong}")
            counted += len(ours)
    bench.say(f"  equal first: {counted:,} findings of {cases:,} cases, by hand and by the engine")


def sixty(bench: Bench) -> None:
    """Sixty rules over one pair of kinds, beside sixty statements."""
    rules = bench.folder / "sixty"
    rules.mkdir()
    shutil.copy(RULES / "schema.yaml", rules)
    (rules / "sixty.policy").write_text(hand.sixty_rules(), encoding="utf-8")
    statements = [(id, hand.rights_within(days, sql)) for id, days, _, sql in hand.sixty()]
    _same_by_hand(bench, statements, rules)
    cases = min(bench.cases, PACK_CASES)
    load = bench.case_load(cases, "parquet")
    bound = spent_by([HAND, str(load), "sixty"])
    bench.row(f"sixty statements by hand, parquet, {cases:,}", bound, cases)
    for form in ("parquet", "csv"):
        load = bench.case_load(cases, form)
        try:
            ours = spent_by(audit(load, rules))
        except FailedError as error:
            bench.say(f"sixty rules, {form}: not measured: {error}")
            continue
        ratio = f"{ours.cpu / bound.cpu:.2f} x"
        bench.row(f"sixty rules, {form}, {cases:,}", ours, cases, "the sixty statements", ratio)


def pack(bench: Bench) -> None:
    """The whole shipped pack over the sample, told over and over."""
    cases = min(bench.cases, PACK_CASES)
    load = write_told(bench.folder / "told", cases)
    ours = spent_by(audit(load, ROOT / "rules"))
    bench.row(f"the shipped pack, csv, {cases:,}", ours, cases)
    one = _one_case_of_reference(ROOT / "rules", ROOT / "rules" / "sample" / "cases.jsonl")
    bench.say(
        f"  the reference engine takes {1e6 * one:,.0f} us a case without loading: "
        f"{one * cases / ours.cpu:.1f} x"
    )


def _one_case_of_reference(rules: Path, cases: Path) -> float:
    """CPU seconds of the reference engine a case, over the first few hundred."""
    from itertools import islice

    from policyengine.evaluate import Engine
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export

    plan = load_rules([str(rules)], None).plan
    assert plan is not None
    export = open_export(str(cases), plan.schema)
    several = list(islice(export.cases(), 300))
    engine = Engine(plan)
    spent = cpu_of(lambda: [engine.judge(case, export, AS_AT) for case in several])
    return spent / len(several)


def explained(bench: Bench) -> None:
    """A thousand findings found again by the reference engine, as those that are shown are."""
    from policyengine.commands.engines import reference_of
    from policyengine.evaluate import run_audit
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export

    plan = load_rules([str(ROOT / "rules")], None).plan
    assert plan is not None
    export = open_export(str(ROOT / "rules" / "sample" / "cases.jsonl"), plan.schema)
    by_id = {case.id: case for case in export.cases()}
    breached = [f for f in run_audit(plan, export, AS_AT).findings if f.verdict.value == "breached"]
    step = max(1, len(breached) // 1000)
    shown = breached[::step][:1000]
    judge = reference_of(plan, export)
    for each in shown:
        judge(by_id[each.case], AS_AT, AS_AT, each.rule)
    cpu = cpu_of(lambda: [judge(by_id[each.case], AS_AT, AS_AT, each.rule) for each in shown])
    bench.say(f"explaining {len(shown):,} shown findings: {cpu:.2f} s of CPU")


def trend(bench: Bench) -> None:
    """Twenty-four month-ends beside one."""
    cases = min(bench.cases, 10_000)
    load = bench.case_load(cases, "csv")
    common = ["-m", "policyengine", "trend", str(RULES), "--cases", str(load), "--every", "month"]
    common += ["--until", "2026-10-31", "--format", "json"]
    for engine in (["--engine", "duckdb"], []):
        try:
            one = spent_by([*common, "--from", "2026-10-01", *engine])
            many = spent_by([*common, "--from", "2024-11-01", *engine])
        except FailedError as error:
            bench.say(f"trend {' '.join(engine)}: not measured: {error}")
            continue
        bench.row(f"trend of one month-end, csv, {cases:,}", one, cases)
        ratio = f"{many.cpu / one.cpu:.1f} x"
        bench.row(f"trend of {MONTHS} month-ends, csv, {cases:,}", many, cases, "one", ratio)
        return


def peers(bench: Bench) -> None:
    """Other engines on the rule that each can express, each asked about as many as it can bear."""
    from benchmarks import peers as other
    from policyengine.evaluate import run_audit
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export

    small = min(bench.cases, EQUAL_CASES)
    load = bench.case_load(small, "parquet")
    plan = load_rules([str(RULES)], None).plan
    assert plan is not None
    findings = run_audit(plan, open_export(str(load), plan.schema), AS_AT).findings
    wanted = other.answers(findings)
    cases = other.cases_of(load, AS_AT, wanted)
    ours = _a_further_case(bench, small)
    some_cases = list(cases)[:2_000]
    parsed = _parsed([json.dumps(cases[case]) for case in some_cases])
    whole = _parsed(other.lines_of(load, some_cases))
    bench.say(f"{'json.loads of what they are asked about':47} {'':16} {1e6 * parsed:9.1f}")
    bench.say(f"{'json.loads of the whole case, as ours reads it':47} {'':16} {1e6 * whole:9.1f}")
    for peer in other.PEERS:
        try:
            ask = peer.made()
        except ImportError:
            bench.say(f"{peer.name}: not installed (pip install '.[peers]')")
            continue
        some = [(cases[case], wanted[case]) for case in list(cases)[: peer.cases]]
        wrong = sum(ask(case) != answer for case, answer in some)
        if wrong:
            raise SystemExit(f"{peer.name} says otherwise of {wrong} of {len(some)} cases")
        each = _asked(ask, [case for case, _ in some], 3 if peer.cases > 500 else 1)
        what = f"{peer.name}, yes or no, {len(some):,}"
        reading = f"{(each + whole) / ours:,.1f} with the case read"
        bench.say(
            f"{what:47} {'':16} {1e6 * each:9.1f} {'':7}  {each / ours:,.1f} x ours, {reading}"
        )


def _a_further_case(bench: Bench, small: int) -> float:
    """CPU seconds of ours for a case more, loading included: what is left of the difference of
    two runs, so that neither the start of Python nor planning counts."""
    from benchmarks.peers import RULE

    name = "an alert after each disclosure, parquet"
    most = max(bench.cases, 10 * small)
    spent = {}
    for cases in (small, most):
        load = bench.case_load(cases, "parquet")
        spent[cases] = spent_by(audit(load, RULES, "--select", RULE))
        bench.row(f"{name}, {cases:,}", spent[cases], cases, "start, loading, verdicts, evidence")
    each = (spent[most].cpu - spent[small].cpu) / (most - small)
    bench.say(f"{'a case more, loading included: ours':47} {'':16} {1e6 * each:9.1f}")
    return each


def _parsed(lines: list[str]) -> float:
    return cpu_of(lambda: [json.loads(line) for line in lines]) / len(lines)


def _asked(ask: Callable[[Any], bool], cases: list[Any], times: int) -> float:
    return cpu_of(lambda: [ask(case) for case in cases], times) / len(cases)


PARTS: dict[str, Callable[[Bench], None]] = {
    "six": six,
    "sixty": sixty,
    "pack": pack,
    "explained": explained,
    "trend": trend,
    "peers": peers,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="All the ratios side by side.")
    parser.add_argument("--cases", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        bench = Bench(options.cases, Path(name))
        bench.say(f"{datetime.now(UTC).date()}, {machine()}")
        titles = f"{'CPU s':>8} {'wall s':>7} {'us a case':>9} {'MB':>7}"
        bench.say(f"{'':47} {titles}  beside")
        for part in options.only:
            PARTS[part](bench)


if __name__ == "__main__":
    main()
