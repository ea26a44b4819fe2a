"""What the reference engine costs, side by side in one run: `python benchmarks/reference.py`.

Every figure stands beside a yardstick measured in the same run on the same machine (bare
Python, `json.loads` of the same lines), since a figure alone says little. CPU seconds of the
process, user and system, best of several. Nothing here is asserted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "rules" / "sample" / "cases.jsonl"
AS_AT = date(2026, 11, 1)
SIX = ("CTO-01", "CTO-05", "CTO-10", "DA-02", "KS-01", "RR-04")
CASES = 10_000
RULES = 200


def cpu_of(command: list[str]) -> float:
    """CPU seconds of a command, children included; best of three."""
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, spent)
    return best


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of a function in this process; best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def many_cases(folder: Path) -> Path:
    """The sample case load, told over and over under new case ids."""
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    path = folder / "cases.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(CASES):
            case = json.loads(lines[number % len(lines)])
            case["case_id"] = f"B{number:06}"
            out.write(json.dumps(case, ensure_ascii=False) + "\n")
    return path


def many_rules(folder: Path) -> Path:
    """Two hundred rules in twenty files, with the shipped schema beside them."""
    rules = folder / "rules"
    rules.mkdir()
    (rules / "schema.yaml").write_bytes((ROOT / "rules" / "schema.yaml").read_bytes())
    codes = ROOT / "rules" / "codes"
    if codes.is_dir():
        (rules / "codes").mkdir()
        for code_list in codes.iterdir():
            (rules / "codes" / code_list.name).write_bytes(code_list.read_bytes())
    for number in range(RULES // 10):
        text = [
            f'rule B-{number}-{one} "Told within {one + 1} weeks"\n'
            '  source "A benchmark"\n  for each cto where end_reason is not "expired"\n'
            f"  must have a rights_discussion within {one + 1} weeks after cto.started_on\n"
            '    where legal_status_explained and spoken and outcome is "understood"\n'
            for one in range(10)
        ]
        text.insert(0, f'policy "Bench {number}"\n')
        (rules / f"bench_{number}.policy").write_text("\n".join(text), encoding="utf-8")
    return rules


def judging(sample: Path) -> tuple[float, float, int, int]:
    """CPU seconds for six rules over the sample, and for `json.loads` of it; findings; cases."""
    from policyengine.evaluate import Engine
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export

    plan = load_rules([str(ROOT / "rules")]).plan
    assert plan is not None
    export = open_export(str(sample), plan.schema)
    cases = list(export.cases())
    engine = Engine(plan, only=SIX)
    found = sum(len(engine.judge(case, export, AS_AT)) for case in cases)
    judged = cpu(lambda: [engine.judge(case, export, AS_AT) for case in cases])
    lines = sample.read_text(encoding="utf-8").splitlines()
    parsed = cpu(lambda: [json.loads(line) for line in lines])
    return judged, parsed, found, len(cases)


def main() -> None:
    """Print the table."""
    python, command = sys.executable, [sys.executable, "-m", "policyengine"]
    bare = cpu_of([python, "-c", "pass"])
    rows: list[tuple[str, float, str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases, rules = many_cases(folder), many_rules(folder)
        rows.append(("trustpolicy --help", cpu_of([*command, "--help"]), "bare Python", bare))
        check = cpu_of([*command, "check", str(rules), "-q"])
        rows.append((f"check of {RULES} rules", check, "bare Python", bare))
        explain = [*command, "explain", "B005000", "--cases", str(cases), "--as-at", str(AS_AT)]
        rows.append(
            (f"explain one of {CASES} cases", cpu_of(explain), "bare Python", bare),
        )
    judged, parsed, found, count = judging(SAMPLE)
    rows.append((f"six rules over {count} cases", judged, "json.loads of them", parsed))
    print(f"Python {sys.version.split()[0]}, CPU seconds, best of several\n")
    for what, spent, yardstick, cost in rows:
        print(f"{what:32} {spent:7.3f} s   {spent / cost:6.1f} x {yardstick} ({cost:.3f} s)")
    print(f"\nsix rules: {judged / count * 1e6:.0f} us a case, {found / count:.1f} findings a case")


if __name__ == "__main__":
    main()
