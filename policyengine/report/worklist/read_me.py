"""The first sheet: what the list is, what its columns mean, and what it cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from policyengine.findings.dates import counted
from policyengine.report.worklist.columns import COLUMNS
from policyengine.report.worklist.rows import TeamList, Worklist

Cell = str | int | date
_RESTRICTED = (
    "That a person stands on this list can put somebody in danger. "
    "Show it to nobody who does not need it."
)
_UNSURE = "The record does not say: not on this list, and not in order."


@dataclass(frozen=True, slots=True)
class Line:
    """A row of up to three cells."""

    cells: tuple[Cell, ...]
    is_title: bool = False
    is_head: bool = False


def read_me(work: Worklist, sheets: Mapping[str, TeamList], *, restricted: bool) -> list[Line]:
    """The lines of the sheet. `sheets` are the teams' tasks by the name of their sheet."""
    audit = work.audit
    lines = [
        Line(("Worklist: what has to be done, by the team that answers for it",), is_title=True),
        Line(()),
        Line(("As at", date.fromisoformat(audit.as_at))),
        Line(("From what was recorded by", date.fromisoformat(audit.known_by))),
        Line(("It holds", "", _holds(work))),
        Line(("Order", "", "Soonest first; on one day, what binds and what is gravest first.")),
        Line(("Done?", "", "Record it where it belongs: the next list will leave it out.")),
    ]
    if restricted:
        lines.append(Line(("Restricted", "", _RESTRICTED)))
    lines += [Line(()), Line(("Sheet", "Not done", "Due soon"), is_head=True)]
    lines += [Line((name, *_counts(team))) for name, team in sheets.items()]
    lines += [Line(()), Line(("Column", "", "What it says"), is_head=True)]
    lines += [Line((column.head, "", column.meaning)) for column in COLUMNS]
    lines += [Line(()), *_unsure(work), Line(())]
    lines += [
        Line(("Made from", "", ""), is_head=True),
        Line(("Service users", audit.cases)),
        Line(("Rows read", audit.rows_read, _rows(work))),
        Line(("Engine", "", f"trust-policy-engine {audit.engine_version}")),
        Line(("Rules (SHA-256)", "", audit.rules_sha256)),
        Line(("Cases (SHA-256)", "", audit.cases_sha256)),
    ]
    return lines


def _holds(work: Worklist) -> str:
    said = f"{counted(work.overdue, 'duty', 'duties')} not done"
    if work.within is None:
        return said + ". What is about to be due is not on it."
    days = counted(work.within, "day")
    return f"{said}, and {work.due_soon:,} that fall due within {days}."


def _counts(team: TeamList) -> tuple[int, int]:
    soon = sum(task.is_soon for task in team.tasks)
    return len(team.tasks) - soon, soon


def _rows(work: Worklist) -> str:
    audit = work.audit
    merged = f", {audit.rows_merged:,} merged" if audit.rows_merged else ""
    return f"{audit.rows_kept:,} kept{merged}, {audit.rows_rejected:,} rejected"


def _unsure(work: Worklist) -> list[Line]:
    """What no list can hold: what the record does not tell."""
    if not work.unsure:
        return [Line(("Cannot tell", 0, "Everything that was judged can be told from the record."))]
    total = sum(number for _, _, number in work.unsure)
    lines = [Line(("Cannot tell", total, _UNSURE), is_head=True)]
    lines += [Line((rule, number, title)) for rule, title, number in work.unsure]
    return lines
