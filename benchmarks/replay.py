"""What it costs to go through one history day by day: `python benchmarks/replay.py`.

The history is the composite one that comes with the rules, three years long, with more contacts and
reviews until it has so many records. Prints seconds of CPU, and days and rules judged.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policyengine.evaluate import Engine
from policyengine.formats import load_yaml, read_source
from policyengine.policy.load import load_rules
from policyengine.records import open_export
from policyengine.replaying import amends, replay
from policyengine.shipped import shipped
from tests.test_stories import plain


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=200)
    wanted: int = parser.parse_args().records
    plan = load_rules([]).plan
    assert plan is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.json"
        file.write_text(json.dumps(_history(wanted)))
        export = open_export(str(file), plan.schema)
        case = next(iter(export.cases()))
    engine = Engine(plan)
    start = time.process_time()
    history = replay(engine, case, export, None, date(2026, 3, 1))
    taken = time.process_time() - start
    start = time.process_time()
    for course in history.breached:
        amends(engine, case, export, course, history.last)
    amending = time.process_time() - start
    records = sum(len(each) for each in case.records.values())
    spells = sum(len(course.spells) for course in history.courses)
    days = (history.last - history.first).days
    print(f"{records} records, {days} days, {len(engine.rules)} rules")
    print(f"replay                          {taken:6.2f} s CPU   {spells} turns")
    print(
        f"what would have kept each rule  {amending:6.2f} s CPU   {len(history.breached)} breaches"
    )


def _history(records: int) -> dict[str, object]:
    source, _ = read_source(shipped("rules") / "stories" / "a_history_of_seven_points.yaml")
    assert source is not None
    root, _ = load_yaml(source)
    made = plain(root)
    assert isinstance(made, dict)
    held = sum(len(each) for each in made.values() if isinstance(each, list))
    day = date(2023, 1, 20)
    for number in range(max(0, records - held)):
        on = day + timedelta(days=7 * number % 1100)
        made["contact"].append(
            {
                "id": f"z{number}",
                "happened_at": f"{on}T11:00",
                "entered_at": f"{on}T12:00",
                "attended": "yes",
                "with_patient": "yes",
            }
        )
    return made


if __name__ == "__main__":
    main()
