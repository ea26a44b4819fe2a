"""How long reading takes: `python benchmarks/load.py`. Prints figures; asserts nothing.

A made-up case load of JSON lines, about 22 records a case, in a temporary folder.
"""

import json
import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from policyengine.records import open_export
from policyengine.schema import load_schema

CASES = 10_000
SCHEMA = """
schema: benchmark
kinds:
  case:
    fields: {team: text, date_of_birth: date, died_on: {type: date, open: true}}
  cto:
    happened: started_on
    void_when: entered_in_error
    fields:
      started_on: date
      ended_on: {type: date, open: true}
      expires_on: {type: date, planned: true}
      entered_on: date
      entered_in_error: yes_no
  contact:
    happened: happened_at
    recorded: entered_at
    void_when: entered_in_error
    fields:
      happened_at: datetime
      entered_at: datetime
      entered_in_error: yes_no
      attended: yes_no
      with_patient: yes_no
      outgoing: yes_no
      method: code method
      to_person: text
  risk_review:
    happened: date
    fields: {date: date, entered_at: datetime, narrative: text, new_risk: yes_no, score: number}
  alert: {happened: opened_on, fields: {opened_on: date, category: text}}
  carer: {happened: met_on, fields: {met_on: date}}
  marac: {happened: date, fields: {date: date}}
codes: {method: {phone: Phone, post: Post, in person: In person}}
"""


def main() -> None:
    """Write the case load, read it, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        schema_path, cases = Path(folder, "schema.yaml"), Path(folder, "cases.jsonl")
        schema_path.write_text(SCHEMA)
        schema, notes = load_schema(schema_path)
        if schema is None:
            raise SystemExit(str(notes))
        write(cases)
        lines = cases.read_text().splitlines()
        started = time.process_time()
        for line in lines:
            json.loads(line)
        plain = time.process_time() - started
        started = time.process_time()
        export = open_export(str(cases), schema)
        opened = time.process_time() - started
        started = time.process_time()
        kept = sum(len(rows) for case in export.cases() for rows in case.records.values())
        walked = time.process_time() - started
        started = time.process_time()
        found = open_export(str(cases), schema).one(f"C{CASES // 2:05}")
        one = time.process_time() - started
    size = sum(map(len, lines)) / 1e6
    micro = 1e6 / CASES
    print(f"{CASES} cases, {kept / CASES:.1f} records a case, {size:.1f} MB, {found is not None}")
    print(f"json.loads alone    {plain * micro:7.1f} us a case")
    print(f"opening             {opened:7.3f} s")
    print(f"a whole walk        {walked * micro:7.1f} us a case: {walked / plain:.1f} times")
    print(f"opening and one     {one:7.3f} s")


def write(path: Path) -> None:
    """Write the case load."""
    chance = random.Random(7)
    with path.open("w") as out:
        for number in range(CASES):
            out.write(json.dumps(case(number, chance)) + "\n")


def case(number: int, chance: random.Random) -> dict[str, object]:
    """One made-up case."""

    def day() -> str:
        return str(date(2024, 1, 1) + timedelta(days=chance.randrange(900)))

    def moment() -> str:
        return f"{day()}T{chance.randrange(6, 22):02}:{chance.randrange(60):02}"

    contacts = [
        {
            "id": f"k{number}-{n}",
            "happened_at": moment(),
            "entered_at": moment(),
            "attended": "yes",
            "with_patient": True,
            "outgoing": False,
            "method": chance.choice(["phone", "post", "in person"]),
            "to_person": None,
        }
        for n in range(14)
    ]
    reviews = [
        {"date": day(), "entered_at": moment(), "narrative": "No change. " * 20, "score": 3}
        for _ in range(5)
    ]
    orders = [
        {"started_on": day(), "expires_on": day(), "entered_on": day(), "ended_on": ""}
        for _ in range(2)
    ]
    made: dict[str, object] = {"case_id": f"C{number:05}", "team": "North", "died_on": None}
    made |= {"contact": contacts, "risk_review": reviews, "cto": orders, "alert": []}
    if number == CASES - 10:
        made["carer"] = [{"met_on": day()}]
    return made


if __name__ == "__main__":
    main()
