"""The worklist as CSV for people: one table, the team in its first column."""

from collections.abc import Iterator

from policyengine.report.people_csv import people_rows
from policyengine.report.worklist.columns import BY, COLUMNS, DAYS
from policyengine.report.worklist.rows import Worklist

_HEADS = {BY: "By when", DAYS: "Days left (late: below zero)"}


def worklist_csv(work: Worklist) -> Iterator[str]:
    """The lines: a head, then a task a line, its date as `2026-11-01`."""
    heads = [_HEADS.get(column, column.head) for column in COLUMNS]
    yield from people_rows([["Team", *heads]])
    for team in work.teams:
        for task in team.tasks:
            by = "" if task.by is None else task.by.isoformat()
            yield from people_rows(
                [
                    [
                        task.team,
                        task.case,
                        task.rule,
                        task.title,
                        task.gravity,
                        task.what,
                        by,
                        task.days,
                        task.found.replace("\n", "; "),
                        task.fix,
                        "" if task.changes is None else task.changes.isoformat(),
                        "",
                    ]
                ]
            )
