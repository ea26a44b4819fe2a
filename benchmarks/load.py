"""How long reading takes: `python benchmarks/load.py [CASES]`. Prints figures; asserts nothing.

First by Python, of JSON lines, about 22 records a case. Then by the database, of tables in CSV and
Parquet (default 10,000 cases; `benchmarks/caseload.py` makes them), beside what the database takes
to read the same files into tables of its own as they are, with nothing typed, counted or ordered.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.caseload import write_case_load  # noqa: E402
from benchmarks.measuring import cpu_of  # noqa: E402
from policyengine.bulk.loading.folder import open_folder  # noqa: E402
from policyengine.bulk.loading.ranges import Folder  # noqa: E402
from policyengine.bulk.needs import Needs  # noqa: E402
from policyengine.bulk.side_by_side import RANGE  # noqa: E402
from policyengine.bulk.tables import Tables  # noqa: E402
from policyengine.plan.core import Plan, Rule  # noqa: E402
from policyengine.policy.load import load_rules  # noqa: E402
from policyengine.records import open_export  # noqa: E402
from policyengine.schema import load_schema  # noqa: E402

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
    by_database(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)


def by_database(cases: int) -> None:
    """Loading in the database, of both forms of tables."""
    rules = ROOT / "benchmarks" / "rules"
    plan = load_rules([str(rules)], None).plan
    assert plan is not None
    with tempfile.TemporaryDirectory() as folder:
        for form in ("csv", "parquet"):
            tables = write_case_load(Path(folder, form), cases, form)
            plain = cpu_of(lambda tables=tables, form=form: as_they_are(tables, form), 1)
            print(f"{form}, {cases:,} cases: into tables as they are {plain:.2f} s of CPU")
            for what, needs in (("as six rules read them", plan.rules), ("counted alone", ())):
                for hashed in (False, True):
                    spent = cpu_of(lambda: typed(tables, plan, needs, hashed), 1)  # noqa: B023
                    said = f"{what}, with their hash" if hashed else what
                    print(f"  {said:40} {spent:6.2f} s of CPU, {spent / plain:.1f} x")


def as_they_are(tables: Path, form: str) -> None:
    """The files in tables of texts, or of the types that they have."""
    with duckdb.connect(config={"preserve_insertion_order": False}) as con:
        for path in sorted(tables.glob(f"*.{form}")):
            source = f"read_parquet('{path}')"
            if form == "csv":
                names = path.read_text("utf-8").partition("\n")[0].split(",")
                listed = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
                how = "auto_detect = false, strict_mode = true, header = true, quote = '\"'"
                source = f"read_csv('{path}', {how}, delim = ',', columns = {{{listed}}})"
            con.execute(f"CREATE TABLE {path.stem}_ AS FROM {source}")


def typed(tables: Path, plan: Plan, rules: Iterable[Rule], hashed: bool) -> None:
    """The rows typed, counted, put in order and written into the engine's tables."""
    needs = Needs(plan, rules)
    with open_folder(str(tables), plan.schema) as export:
        folder = export.bulk
        assert isinstance(folder, Folder)
        folder.wants_hash = hashed
        for several in folder.ranges(export, RANGE):
            made = Tables(folder.con, needs)
            made.create()
            several.fill(made)
            for table in made.kinds.values():
                if table.view:
                    sql = f"CREATE TEMP TABLE v{table.number} AS FROM {table.loaded}"
                    folder.con.execute(sql)


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
