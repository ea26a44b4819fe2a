"""What the bulk engine costs beside the reference engine: `python benchmarks/bulk.py [TIMES]`.

The sample case load, so many times over (default 10: ten thousand cases), judged by the whole
shipped pack. CPU seconds over all threads; the reference engine judges a part, for its rate.
"""

import copy
import resource
import sys
import time
from datetime import date
from pathlib import Path

from policyengine.bulk.database import database
from policyengine.bulk.engine import BulkEngine
from policyengine.evaluate import Engine
from policyengine.policy.load import load_rules
from policyengine.records import open_export

RULES = Path(__file__).parent.parent / "rules"
AS_AT = date(2026, 11, 1)
PART = 200  # cases that the reference engine judges


def main() -> None:
    """Print a line for each way."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    plan = load_rules([str(RULES)], None).plan
    assert plan is not None
    export = open_export(str(RULES / "sample/cases.jsonl"), plan.schema)
    sample = list(export.cases())
    cases = []
    for turn in range(times):
        for case in sample:
            another = copy.copy(case)
            another.id = f"{case.id}-{turn}"
            cases.append(another)
    reference = Engine(plan)
    started = time.process_time()
    for case in sample[:PART]:
        reference.judge(case, export, AS_AT)
    each = (time.process_time() - started) / PART
    rules = len({rule.id for rule in plan.rules})
    print(f"{len(cases):,} cases, {rules} rules; reference engine {1e3 * each:.2f} ms a case")
    with database() as con:
        engine = BulkEngine(plan, con, lambda *_: [])
        for name, judge in (("counts", engine.counts), ("findings", engine.judge)):
            started = time.process_time()
            judge(cases, export, AS_AT, AS_AT)
            spent = time.process_time() - started
            ratio = each * len(cases) / spent
            print(f"{name:9} {spent:7.1f} s of CPU, {ratio:.1f} times less than the reference")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MB")


if __name__ == "__main__":
    main()
