"""A made-up case load of any size, the same each time: `python benchmarks/caseload.py N FOLDER`.

About 22 records and 4.6 KB of text a case, as tables of an export (`rules/schema.yaml` beside this
file says which), in Parquet or, with `--csv`, in CSV. Nobody in it lives: ids are numbers, text is
made of invented words. What a row holds depends on its number alone, so a larger case load begins
with the smaller. Most duties are met; some late, some not, some cannot be told for a blank.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

AS_AT = date(2026, 11, 1)
FIRST_DAY = date(2024, 6, 1)
SPAN = (AS_AT - FIRST_DAY).days + 15  # some of it lies after the as-at date, and is to be unseen
SENTENCES = 128
KINDS = {  # the most records that a case has of each
    "case": 1,
    "cto": 1,
    "rights_discussion": 4,
    "disclosure": 2,
    "alert": 2,
    "hospital_stay": 1,
    "contact": 12,
    "incident": 1,
    "risk_review": 4,
}
FORMS = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER true"}


def write_case_load(folder: Path, cases: int, form: str = "parquet") -> Path:
    """The case load as a folder of tables, `form` being `parquet` or `csv`; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        _prepare(con)
        for kind, most in KINDS.items():
            rows = _SELECTS[kind].format(rows=_numbered(kind, cases, most))
            path = folder / f"{kind}.{form}"
            con.execute(f"COPY ({rows}) TO '{path}' ({FORMS[form]})")
    return folder


def records_of(folder: Path) -> int:
    """How many records a case load in Parquet holds, cases not counted."""
    kinds = [kind for kind in KINDS if kind != "case"]
    with duckdb.connect() as con:
        counts = [
            con.execute(f"SELECT count(*) FROM '{folder / kind}.parquet'").fetchall()
            for kind in kinds
        ]
    return sum(count[0][0] for count in counts)


def _prepare(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE said (sentences VARCHAR[])")
    con.execute("INSERT INTO said VALUES (?)", [list(_sentences())])
    # Bits a to b of a row's 64 random bits, as a number below `many`.
    con.execute("CREATE MACRO pick(h, shift, many) AS (((h >> shift) & 65535) % many)::INTEGER")
    con.execute("CREATE MACRO odds(h, shift, of1000) AS pick(h, shift, 1000) < of1000")
    first = FIRST_DAY.isoformat()
    con.execute(f"CREATE MACRO day(n) AS DATE '{first}' + (n)::INTEGER")
    con.execute("CREATE MACRO name_of(c) AS 'C' || lpad(c::VARCHAR, 8, '0')")
    # The day on which a case's order starts, its disclosure is made, and so on: known to all its
    # rows, so that what follows them can be put just after.
    con.execute(
        "CREATE MACRO anchor(c, what) AS "
        f"((md5_number_lower(what || c::VARCHAR) >> 16) % {SPAN})::INTEGER"
    )


def _sentences() -> Iterator[str]:
    """Sentences of invented words, about seventy letters each."""
    chance = random.Random(22)
    starts, ends = "bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "en", "or", "is")
    made = ["".join(chance.choice(starts) + chance.choice(ends) for _ in "123") for _ in range(900)]
    for _ in range(SENTENCES):
        yield " ".join(chance.choice(made) for _ in range(10)).capitalize() + "."


def _numbered(kind: str, cases: int, most: int) -> str:
    """Rows with the case's number `c`, the record's `k`, and two lots of random bits."""
    return (
        f"(SELECT i // {most} AS c, i % {most} AS k, "
        f"md5_number_lower('{kind}' || i::VARCHAR) AS h, "
        f"md5_number_upper('{kind}' || i::VARCHAR) AS g FROM range({cases * most}) t(i))"
    )


_SELECTS = {
    "case": """
        SELECT name_of(c) AS case_id,
               'Team ' || pick(h, 0, 40) AS team,
               CASE WHEN odds(h, 16, 15) THEN day(pick(g, 0, 880)) END AS died_on
        FROM {rows}""",
    "cto": """
        SELECT name_of(c) AS case_id, 'o' || c AS id,
               day(anchor(c, 'order')) AS started_on,
               CASE WHEN odds(h, 0, 300)
                    THEN day(anchor(c, 'order') + 3 + pick(h, 16, 400)) END AS ended_on
        FROM {rows} WHERE odds(g, 0, 800)""",
    "rights_discussion": """
        SELECT name_of(c) AS case_id, 'r' || c || '-' || k AS id, date,
               date + CASE WHEN odds(h, 0, 900) THEN 0 ELSE pick(h, 16, 30) END::INTEGER
                   AS entered_on,
               CASE WHEN odds(g, 0, 850) THEN 'understood'
                    WHEN odds(g, 16, 600) THEN 'not understood' ELSE 'declined' END AS outcome,
               CASE WHEN odds(g, 32, 985) THEN odds(h, 32, 960) END AS spoken,
               CASE WHEN odds(h, 48, 985) THEN odds(g, 48, 930) END AS in_writing
        FROM (SELECT *, day(anchor(c, 'order') + k * 150 - 1
                           + pick(h, 24, CASE WHEN k = 0 THEN 9 ELSE 30 END)) AS date
              FROM {rows} WHERE k < 1 + pick(g, 8, 4))""",
    "disclosure": """
        SELECT name_of(c) AS case_id, 'd' || c || '-' || k AS id,
               CASE WHEN odds(h, 0, 994) THEN day(anchor(c, 'told') + k * 90) END AS date,
               CASE WHEN odds(h, 16, 700) THEN 'domestic abuse' ELSE 'other' END AS about,
               'person ' || (c % 7 + k) AS person
        FROM {rows} WHERE odds(g, 0, 600)""",
    "alert": """
        SELECT name_of(c) AS case_id, 'a' || c || '-' || k AS id,
               CASE WHEN odds(h, 0, 980)
                    THEN day(anchor(c, 'told') + k * 90
                             + CASE WHEN odds(h, 16, 800) THEN pick(g, 0, 2)
                                    ELSE pick(g, 0, 40) END) END AS opened_on,
               CASE WHEN odds(h, 32, 850) THEN 'domestic abuse' ELSE 'risk' END AS category,
               CASE WHEN odds(h, 48, 980) THEN 'person ' || (c % 7 + k) END AS person
        FROM {rows} WHERE odds(g, 16, 750)""",
    "hospital_stay": """
        SELECT name_of(c) AS case_id, 'h' || c AS id,
               left_at - INTERVAL 1 DAY * (1 + pick(h, 0, 60)) AS admitted_at,
               CASE WHEN odds(h, 16, 950) THEN left_at END AS discharged_at
        FROM (SELECT *, day(anchor(c, 'left')) + INTERVAL 1 MINUTE * (480 + pick(g, 0, 720))
                  AS left_at
              FROM {rows} WHERE odds(g, 16, 500))""",
    "contact": """
        SELECT name_of(c) AS case_id, 'k' || c || '-' || k AS id,
               CASE WHEN k = 0 THEN day(anchor(c, 'left')) + INTERVAL 1 MINUTE
                        * (1200 + pick(g, 0, 120) + 1440 * (pick(h, 0, 4) // 2 + pick(h, 12, 3)))
                    ELSE day(pick(h, 0, 900)) + INTERVAL 1 MINUTE * (480 + pick(g, 0, 720))
               END AS happened_at,
               CASE WHEN odds(h, 16, 990) THEN odds(h, 32, 900) END AS attended,
               odds(h, 48, 850) AS with_patient,
               sentences[1 + pick(g, 16, 128)] AS notes
        FROM {rows}, said WHERE k < 9 + pick(g, 32, 4)""",
    "incident": """
        SELECT name_of(c) AS case_id, 'i' || c AS id,
               day(anchor(c, 'incident')) AS date, odds(h, 0, 200) AS serious
        FROM {rows} WHERE odds(g, 0, 700)""",
    # Each repeats most of the one before: of thirteen sentences, so many at the end are its own.
    "risk_review": """
        SELECT name_of(c) AS case_id, 'v' || c || '-' || k AS id,
               day(CASE WHEN k = 1 AND odds(h, 0, 800)
                        THEN anchor(c, 'incident') + pick(h, 16, 18)
                        ELSE pick(h, 16, 220) + k * 220 END) AS date,
               CASE WHEN odds(g, 0, 920) THEN 'final' ELSE 'draft' END AS status,
               CASE WHEN odds(h, 32, 992) THEN array_to_string(list_transform(range(13), lambda p:
                   sentences[1 + (CASE WHEN p < 13 - fresh
                       THEN pick(own, 0, 128) + p * pick(own, 16, 128) + p * p * pick(own, 32, 128)
                       ELSE pick(g, 32, 128) + p * pick(g, 48, 128) END) % 128]), ' ')
               END AS narrative
        FROM (SELECT *, [0, 0, 1, 2, 3, 6][1 + pick(h, 48, 6)] AS fresh,
                     md5_number_lower('said' || c::VARCHAR) AS own
              FROM {rows} WHERE k < 3 + pick(g, 16, 2)), said""",
}


def main() -> None:
    """Write a case load."""
    parser = argparse.ArgumentParser(description="A made-up case load.")
    parser.add_argument("cases", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", action="store_true")
    options = parser.parse_args()
    write_case_load(options.folder, options.cases, "csv" if options.csv else "parquet")


if __name__ == "__main__":
    main()
