"""The six rules of `rules/six.policy` as a good analyst would write them for DuckDB, by hand.

This is the bound that the bulk engine is measured against: `python benchmarks/hand.py FOLDER`
judges a case load in Parquet or CSV, and prints the count of each verdict. A row of a result is a
finding: case, subject, verdict, deadline, the day it was done, and the evidence that decided (the
record that met the duty, or those that leave it in doubt). Blanks are handled as the language has
them: `x AND y` is unknown where SQL's is NULL.

What these statements do not do, and the engine does: reasons, messages, near misses, late gaps,
coverage, dates or times that are only partly known, any other value than the schema's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

AS_AT = "DATE '2026-11-01'"
TYPES = {  # of what the rules read: the columns of the tables in CSV, all of them, in order
    "case": "case_id VARCHAR, team VARCHAR, died_on DATE",
    "cto": "case_id VARCHAR, id VARCHAR, started_on DATE, ended_on DATE",
    "rights_discussion": "case_id VARCHAR, id VARCHAR, date DATE, entered_on DATE, "
    "outcome VARCHAR, spoken BOOLEAN, in_writing BOOLEAN",
    "disclosure": "case_id VARCHAR, id VARCHAR, date DATE, about VARCHAR, person VARCHAR",
    "alert": "case_id VARCHAR, id VARCHAR, opened_on DATE, category VARCHAR, person VARCHAR",
    "hospital_stay": "case_id VARCHAR, id VARCHAR, admitted_at TIMESTAMP, discharged_at TIMESTAMP",
    "contact": "case_id VARCHAR, id VARCHAR, happened_at TIMESTAMP, attended BOOLEAN, "
    "with_patient BOOLEAN, notes VARCHAR",
    "incident": "case_id VARCHAR, id VARCHAR, date DATE, serious BOOLEAN",
    "risk_review": "case_id VARCHAR, id VARCHAR, date DATE, status VARCHAR, narrative VARCHAR",
}
UNREAD = {"contact": "notes"}  # a column that no rule reads


@dataclass(frozen=True, slots=True)
class Have:
    """What differs between the statements of `must have ... within ...`.

    `subject` has the columns c, id, t (T), happened, and `ends`; `test` and `event` speak of the
    candidate `e`; `inside` of it and of the window's `opens` and `closes`.
    """

    subject: str
    events: str
    event: str
    closes: str
    test: str
    day_of_event: str = "event"


def have(rule: Have) -> str:
    """A statement of duty 1 with a window: the candidates joined, grouped, judged."""
    return f"""
    WITH s AS ({rule.subject}),
    judged AS (
        SELECT *, least({AS_AT}, ends) AS now, coalesce(ends <= {AS_AT}, false) AS ended,
               {rule.closes} AS closes
        FROM s
    ),
    facts AS (
        SELECT j.c, j.id,
               min({{'d': {rule.event}, 'id': e.id}}) FILTER (inside AND matches) AS hit,
               min({{'d': {rule.event}, 'id': e.id}}) FILTER (after AND matches) AS later,
               coalesce(bool_or((inside AND matches) IS NULL), false) AS perhaps_in,
               coalesce(bool_or((after AND matches) IS NULL), false) AS perhaps_later,
               list(e.id) FILTER ((inside AND matches) IS NULL) AS doubts_in,
               list(e.id) FILTER ((after AND matches) IS NULL) AS doubts_later
        FROM judged j JOIN ({rule.events}) e
          ON e.c = j.c AND (e.day <= j.now) IS NOT FALSE,
          LATERAL (SELECT {rule.event} BETWEEN j.t AND j.closes AS inside,
                          {rule.event} >= j.t AS after, {rule.test} AS matches)
        WHERE (after AND matches) IS NOT FALSE
        GROUP BY j.c, j.id
    ),
    verdicts AS (
        SELECT j.*, f.*  EXCLUDE (c, id),
               CASE WHEN j.ended AND j.happened > j.now THEN 'not_applicable'
                    WHEN NOT j.applies THEN 'not_applicable'
                    WHEN j.t IS NULL THEN 'cannot_tell'
                    WHEN f.hit IS NOT NULL THEN 'met'
                    WHEN j.closes >= j.now + {_DAY[rule.day_of_event]}
                    THEN CASE WHEN j.ended THEN 'not_applicable' ELSE 'not_yet_due' END
                    WHEN f.perhaps_in THEN 'cannot_tell'
                    WHEN f.later IS NOT NULL THEN 'met_late'
                    WHEN f.perhaps_later THEN 'cannot_tell'
                    ELSE 'breached' END AS verdict
        FROM judged j LEFT JOIN facts f ON f.c = j.c AND f.id = j.id
    )
    SELECT c, id, verdict,
           CASE WHEN applies AND (happened > now) IS NOT TRUE THEN closes END AS deadline,
           CASE verdict WHEN 'met' THEN hit.d WHEN 'met_late' THEN later.d END AS done,
           CASE verdict WHEN 'met' THEN [hit.id] WHEN 'met_late' THEN [later.id]
                WHEN 'cannot_tell'
                THEN CASE WHEN t IS NOT NULL
                     THEN CASE WHEN perhaps_in THEN doubts_in ELSE doubts_later END END
           END AS evidence
    FROM verdicts
    """


_DAY = {"event": "0", "instant": "INTERVAL 1 DAY"}  # a day lasts until its end
_DEATHS = '(SELECT case_id AS c, died_on FROM "case")'


def rights_within(days: int = 7, test: str = "e.spoken AND e.in_writing") -> str:
    """B-01, and the sixty like it."""
    subject = f"""
        SELECT o.case_id AS c, o.id, o.started_on AS t, o.started_on AS happened, TRUE AS applies,
               least(CASE WHEN o.ended_on <= {AS_AT} THEN o.ended_on END,
                     CASE WHEN d.died_on <= {AS_AT} THEN d.died_on END) AS ends
        FROM cto o JOIN {_DEATHS} d ON d.c = o.case_id
        WHERE o.started_on <= {AS_AT}"""
    events = f"""
        SELECT case_id AS c, date AS day, * EXCLUDE (case_id)
        FROM rights_discussion WHERE entered_on <= {AS_AT}"""
    return have(Have(subject, events, "e.date", f"t + {days}", test))


def alert_after_disclosure() -> str:
    """B-02."""
    subject = f"""
        SELECT o.case_id AS c, o.id, o.date AS t, o.date AS happened, TRUE AS applies, o.person,
               CASE WHEN d.died_on <= {AS_AT} THEN d.died_on END AS ends
        FROM disclosure o JOIN {_DEATHS} d ON d.c = o.case_id
        WHERE o.about = 'domestic abuse' AND (o.date <= {AS_AT}) IS NOT FALSE"""
    events = "SELECT case_id AS c, opened_on AS day, * EXCLUDE (case_id) FROM alert"
    test = "e.category = 'domestic abuse' AND e.person = j.person"
    return have(Have(subject, events, "e.opened_on", "t + 1", test))


def contact_after_discharge() -> str:
    """B-03: 72 hours, across changes of the clocks: by the clock of the meridian."""
    subject = f"""
        SELECT o.case_id AS c, o.id, utc(left_at) AS t, o.admitted_at::DATE AS happened,
               coalesce(left_at::DATE <= least({AS_AT}, d.died_on), false) AS applies,
               CASE WHEN d.died_on <= {AS_AT} THEN d.died_on END AS ends
        FROM (SELECT *, discharged_at AS left_at FROM hospital_stay) o
        JOIN {_DEATHS} d ON d.c = o.case_id
        WHERE o.admitted_at::DATE <= {AS_AT}"""
    events = """
        SELECT case_id AS c, happened_at::DATE AS day, utc(happened_at) AS at,
               * EXCLUDE (case_id) FROM contact"""
    test = "e.attended AND e.with_patient"
    return have(Have(subject, events, "e.at", "t + INTERVAL 72 HOUR", test, "instant"))


def review_after_incident() -> str:
    """B-04."""
    subject = f"""
        SELECT o.case_id AS c, o.id, o.date AS t, o.date AS happened, TRUE AS applies,
               CASE WHEN d.died_on <= {AS_AT} THEN d.died_on END AS ends
        FROM incident o JOIN {_DEATHS} d ON d.c = o.case_id
        WHERE o.date <= {AS_AT}"""
    events = "SELECT case_id AS c, date AS day, id, date, status FROM risk_review"
    return have(Have(subject, events, "e.date", "t + 14", "e.status = 'final'"))


def rights_again() -> str:
    """B-05: in date, by the last two that were understood."""
    return f"""
    WITH s AS (
        SELECT o.case_id AS c, o.id, o.started_on AS t,
               least(CASE WHEN o.ended_on <= {AS_AT} THEN o.ended_on END,
                     CASE WHEN d.died_on <= {AS_AT} THEN d.died_on END) AS ends
        FROM cto o JOIN {_DEATHS} d ON d.c = o.case_id
        WHERE o.started_on <= {AS_AT}
    ),
    facts AS (
        SELECT s.c, s.id, any_value(s.t) AS t, any_value(s.ends) AS ends,
               coalesce(any_value(s.ends), {AS_AT}) AS now,
               max({{'d': e.date, 'id': e.id}}, 2) AS last
        FROM s LEFT JOIN rights_discussion e
          ON e.case_id = s.c AND e.outcome = 'understood' AND e.entered_on <= {AS_AT}
         AND e.date BETWEEN s.t AND coalesce(s.ends, {AS_AT})
        GROUP BY s.c, s.id
    ),
    due AS (
        SELECT *, (coalesce(last[1].d, t) + INTERVAL 6 MONTH)::DATE AS deadline,
               last[1].d > (coalesce(last[2].d, t) + INTERVAL 6 MONTH)::DATE AS late
        FROM (SELECT * REPLACE (list_filter(last, lambda each: each.d IS NOT NULL) AS last)
              FROM facts)
    )
    SELECT c, id,
           CASE WHEN t > now THEN 'not_applicable'
                WHEN now > deadline THEN 'breached'
                WHEN len(last) = 0
                THEN CASE WHEN ends IS NULL THEN 'not_yet_due' ELSE 'not_applicable' END
                WHEN late THEN 'met_late' ELSE 'met' END AS verdict,
           CASE WHEN t <= now THEN deadline END AS deadline,
           CASE WHEN now <= deadline THEN last[1].d END AS done,
           CASE WHEN now <= deadline AND len(last) > 0 THEN [last[1].id] END AS evidence
    FROM due
    """


def review_with_something_new() -> str:
    """B-06: each final review beside the one before it. A word of this review is looked for in
    the last one, and what is left over is counted once: cheaper than both texts' distinct words."""
    return f"""
    WITH r AS MATERIALIZED (
        SELECT case_id AS c, id, date,
               regexp_split_to_array(lower(narrative), '[^a-z]+') AS said
        FROM risk_review WHERE status = 'final' AND date <= {AS_AT}
    ),
    in_order AS (
        SELECT c, id, date, lag(id) OVER (PARTITION BY c ORDER BY date, id) AS last
        FROM (SELECT c, id, date FROM r)
    ),
    pairs AS (
        SELECT o.*, CASE WHEN b.said IS NOT NULL THEN len(list_distinct(list_filter(
                   a.said, lambda w: w <> '' AND NOT list_contains(b.said, w)))) END AS fresh
        FROM in_order o
        JOIN r a ON a.c = o.c AND a.id = o.id
        LEFT JOIN r b ON b.c = o.c AND b.id = o.last
    )
    SELECT p.c, p.id,
           CASE WHEN last IS NULL OR p.date > d.died_on THEN 'not_applicable'
                WHEN fresh IS NULL THEN 'cannot_tell'
                WHEN fresh >= 12 THEN 'met' ELSE 'breached' END AS verdict,
           NULL AS deadline, NULL AS done, NULL AS evidence
    FROM pairs p
    JOIN (SELECT c, CASE WHEN died_on <= {AS_AT} THEN died_on END AS died_on FROM {_DEATHS}) d
      ON d.c = p.c
    """


RULES = {
    "B-01": rights_within,
    "B-02": alert_after_disclosure,
    "B-03": contact_after_discharge,
    "B-04": review_after_incident,
    "B-05": rights_again,
    "B-06": review_with_something_new,
}


def sixty() -> Iterator[tuple[str, int, str, str]]:
    """Sixty rules over one pair of kinds: id, days, the test in the language, and in SQL."""
    tests = [
        ("spoken and in_writing", "e.spoken AND e.in_writing"),
        ("spoken", "e.spoken"),
        ('outcome is "understood"', "e.outcome = 'understood'"),
        ('outcome is "understood" and spoken', "e.outcome = 'understood' AND e.spoken"),
        ("in_writing", "e.in_writing"),
        ('not (outcome is "declined")', "NOT (e.outcome = 'declined')"),
    ]
    for number in range(60):
        words, sql = tests[number % 6]
        yield f"S-{number:02}", 3 + number // 6 * 3, words, sql


def sixty_rules() -> str:
    """The sixty, as a policy."""
    rules = [
        f'rule {id} "Rights are explained within {days} days: {number}"\n  source "Made up"\n'
        f"  for each cto\n  must have a rights_discussion within {days} days after "
        f"cto.started_on\n    where {words}\n"
        for number, (id, days, words, _) in enumerate(sixty())
    ]
    return "\n".join(['policy "Sixty rules over one pair of kinds"', *rules])


def open_case_load(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database with a view of each Parquet file, or a table of each CSV: read once, as some are
    asked for several times."""
    con = duckdb.connect()
    con.execute(_UTC)
    for kind, columns in TYPES.items():
        names = {each.split()[0]: each.split()[1] for each in columns.split(", ")}
        wanted = ", ".join(name for name in names if name != UNREAD.get(kind))
        path = folder / f"{kind}.parquet"
        if path.exists():
            con.execute(f"CREATE VIEW \"{kind}\" AS SELECT {wanted} FROM '{path}'")
            continue
        con.execute(
            f'CREATE TABLE "{kind}" AS SELECT {wanted} FROM read_csv('
            f"'{folder / kind}.csv', header = true, auto_detect = false, strict_mode = true, "
            f"columns = {names})"
        )
    return con


# London keeps summer time from the last Sunday of March to that of October; no time of the case
# load falls in the hours that the change makes doubtful.
_UTC = """
CREATE MACRO utc(local) AS local - CASE
    WHEN local BETWEEN TIMESTAMP '2024-03-31 01:00' AND TIMESTAMP '2024-10-27 01:59' OR
         local BETWEEN TIMESTAMP '2025-03-30 01:00' AND TIMESTAMP '2025-10-26 01:59' OR
         local BETWEEN TIMESTAMP '2026-03-29 01:00' AND TIMESTAMP '2026-10-25 01:59'
    THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END
"""


def main(arguments: list[str]) -> None:
    """Judge a case load, each rule's findings in a table of its own; print the counts."""
    folder, which = Path(arguments[0]), arguments[1:] or ["six"]
    con = open_case_load(folder)
    statements = {id: rule() for id, rule in RULES.items()}
    if which == ["sixty"]:
        statements = {id: rights_within(days, sql) for id, days, _, sql in sixty()}
    elif which != ["six"]:
        statements = {id: statements[id] for id in which}
    for id, sql in statements.items():
        con.execute(f'CREATE TEMP TABLE "{id}" AS {sql}')
        counts = con.execute(
            f'SELECT verdict, count(*) FROM "{id}" GROUP BY ALL ORDER BY ALL'
        ).fetchall()
        print(id, *(f"{verdict} {count}" for verdict, count in counts))


if __name__ == "__main__":
    main(sys.argv[1:])
