"""How fast a foreign export becomes tables, held against a plain DuckDB copy of the same files.

    .venv/bin/python benchmarks/imports.py [ROWS] [FOLDER]

Makes ten CSV files of ROWS rows in all (a million, unless it is said), in the manner of an extract:
keys, dates as `31/12/2025`, times, codes, a line of text. Then each is done in a process of its
own: DuckDB copies every file to another as text, with nothing looked at; `convert` reads, types,
checks and counts every value, by column as it does of itself, and once more row by row. One row in
a hundred is of somebody who has died, and goes row by row in any case. Prints seconds and those of
the processor (the best of three), and the most memory held.
"""

import csv
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAPPING = """\
mapping: benchmark
extracted_on: 2026-11-01
defaults:
  dates: ["%d/%m/%Y", "%d/%m/%Y %H:%M"]
  nulls: ["NULL"]
  open_dates: [2100-12-31]
  plausible_from: 1900-01-01
  yes: [Y]
  no: [N]
kinds:
  case:
    source: {files: "patients.csv"}
    key: PatientId
    fields:
      nhs_number: {from: NHSNumber, check: nhs_number}
      date_of_birth: DOB
      died_on: Died
      team: Team
"""
TABLE = """\
  KIND:
    source: {files: "KIND.csv"}
    key: Id
    case: PatientId
    fields:
"""
# Nine kinds of records, each with the columns of its file and the fields that they fill.
KINDS = {
    "referral": {
        "team": "Team",
        "accepted_on": "Start",
        "closed_on": "End",
        "entered_on": "Entered",
    },
    "key_worker": {"name": "Text", "from_on": "Start", "until_on": "End", "entered_on": "Entered"},
    "hospital_stay": {"admitted_at": "When", "discharged_at": "EndWhen", "out_of_scope": "Flag"},
    "contact": {
        "happened_at": "When",
        "attended": "Flag",
        "with_patient": "Flag",
        "to_person": "Text",
    },
    "cto": {"started_on": "Start", "ended_on": "End", "end_reason": "Code", "conditions": "Text"},
    "rights_discussion": {"date": "Start", "order": "Order", "spoken": "Flag", "notes": "Text"},
    "risk_review": {"date": "Start", "entered_at": "When", "narrative": "Text", "new_risk": "Flag"},
    "incident": {"date": "Start", "entered_at": "When", "person": "Text"},
    "risk_item": {"opened_on": "Start", "closed_on": "End", "description": "Text"},
}
COLUMNS = ("Id", "PatientId", "Order", "Start", "End", "Entered", "When", "EndWhen", "Code")
COLUMNS += ("Flag", "Team", "Text")
TEXTS = ("Seen at home, settled", "Did not attend", "Telephone call to mother; no new concerns")


def make(folder: Path, rows: int) -> None:
    """The export and its mapping."""
    chance = random.Random(20261101)
    each = rows // 10
    days = [
        f"{d:02d}/{m:02d}/{y}"
        for y in range(2015, 2026)
        for m in range(1, 13)
        for d in range(1, 29)
    ]

    def later(place: int) -> str:
        return days[min(place + chance.randrange(700), len(days) - 1)]

    with (folder / "patients.csv").open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out).writerow
        write(("PatientId", "NHSNumber", "DOB", "Died", "Team"))
        for number in range(each):
            birth = f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/{1930 + number % 80}"
            died = chance.choice(days[-300:]) if number % 100 == 0 else ""
            write((f"P{number}", nhs_number(number), birth, died, f"Team {number % 40}"))
    mapping = [MAPPING]
    for kind, fields in KINDS.items():
        with (folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as out:
            write = csv.writer(out).writerow
            write(COLUMNS)
            for number in range(each):
                place = chance.randrange(len(days))
                when = f"{days[place]} {chance.randrange(24):02d}:{chance.randrange(60):02d}"
                over = f"{later(place + 1)} {chance.randrange(24):02d}:{chance.randrange(60):02d}"
                write(
                    (
                        f"{kind}-{number}",
                        f"P{number}",
                        f"cto-{number}",
                        days[place],
                        later(place) if number % 3 else "",
                        later(place),
                        when,
                        over if number % 3 else "",
                        chance.choice(("01", "02", "99")),
                        chance.choice("YN"),
                        f"Team {number % 40}",
                        chance.choice(TEXTS),
                    )
                )
        mapping.append(TABLE.replace("KIND", kind))
        for field, column in fields.items():
            codes = '"01": discharged, "02": revoked, "99": {means: not_known}'
            said = f"{{from: {column}, codes: {{{codes}}}}}" if field == "end_reason" else column
            mapping.append(f"      {field}: {said}\n")
    (folder / "mapping.yaml").write_text("".join(mapping), encoding="utf-8")


def nhs_number(number: int) -> str:
    """A number of the range that is kept for tests, where it has a check digit."""
    nine = f"999{number % 1_000_000:06d}"
    check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(nine)) % 11) % 11
    return "" if check == 10 else f"{nine}{check}"


def timed(step: str, folder: Path) -> tuple[float, float, int]:
    """Seconds, processor seconds, and the most memory in bytes, of one step in a process of its
    own."""
    words = [sys.executable, __file__, "--step", step, str(folder)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    said = json.loads(done.stdout)
    return said["seconds"], said["processor"], said["memory"]


def step(name: str, folder: Path) -> None:
    """One step, here and now."""
    out = Path(tempfile.mkdtemp(dir=folder.parent))
    if name.startswith("duckdb"):
        import duckdb

        base = duckdb.connect(config={"threads": int(name[6:] or 0) or 2})
        start, busy = time.perf_counter(), time.process_time()
        for path in sorted(folder.glob("*.csv")):
            read = f"read_csv('{path}', all_varchar=true, header=true, auto_detect=true)"
            base.execute(f"COPY (SELECT * FROM {read}) TO '{out / path.name}' (HEADER)")
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    else:
        sys.path.insert(0, str(ROOT))
        from policyengine.bulk.start import without_pandas
        from policyengine.imports import convert, load_mapping
        from policyengine.imports.blocks import BY_ROWS, DEFAULT
        from policyengine.schema import load_schema

        schema, _ = load_schema(ROOT / "rules" / "schema.yaml")
        assert schema is not None
        mapping, faults = load_mapping(folder / "mapping.yaml", schema)
        assert mapping is not None, faults
        without_pandas()  # as the command does; that it is loaded is not timed, nor is duckdb's
        start, busy = time.perf_counter(), time.process_time()
        pace = BY_ROWS if name == "rows" else DEFAULT
        made = convert(mapping, folder, out / "cases", pace=pace)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        assert made.load.total("read") == made.load.total("kept")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy += children.ru_utime + children.ru_stime
    # What processes share is counted once for each: the most that it can have been.
    processes = min(4, len(os.sched_getaffinity(0))) if children.ru_maxrss else 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + processes * children.ru_maxrss
    memory = most * 1024
    shutil.rmtree(out)
    print(json.dumps({"seconds": seconds, "processor": busy, "memory": memory}))


def main(rows: int, folder: Path) -> None:
    """Measure and print."""
    make(folder, rows)
    size = sum(path.stat().st_size for path in folder.glob("*.csv"))
    print(f"{rows:,} rows in ten CSV files, {size >> 20} MiB")
    best: dict[str, float] = {}
    busy: dict[str, float] = {}
    for name, called in (
        ("duckdb2", "DuckDB copy, two threads"),
        ("duckdb1", "DuckDB copy, one thread"),
        ("convert", "convert"),
        ("rows", "convert, row by row"),
    ):
        runs = [timed(name, folder) for _ in range(3)]
        best[name] = min(seconds for seconds, _, _ in runs)
        busy[name] = min(processor for _, processor, _ in runs)
        memory = max(memory for _, _, memory in runs)
        print(
            f"{called:26} {best[name]:6.2f} s, of the processor {busy[name]:6.2f} s; "
            f"{rows / best[name]:10,.0f} rows a second; {memory >> 20:5} MiB"
        )
    for name, called in (("duckdb2", "with two threads"), ("duckdb1", "with one thread")):
        speed, work = best[name] / best["convert"], busy[name] / busy["convert"]
        print(f"convert goes at {speed:.2f} of the speed of the copy {called} ({work:.2f} by the")
        print("seconds of the processor, which other work on the machine does not change)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2], Path(sys.argv[3]))
    else:
        number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
        if len(sys.argv) > 2:
            main(number, Path(sys.argv[2]))
        else:
            with tempfile.TemporaryDirectory() as made:
                main(number, Path(made))
