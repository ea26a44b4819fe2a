"""The worklist as a workbook: a page to read first, then a sheet for each team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from policyengine.report.workbook import LAST_ROW, put, sheet_names, workbook
from policyengine.report.worklist.columns import COLUMNS, DUTY, FOUND, TO_DO, WHAT
from policyengine.report.worklist.read_me import Line, read_me
from policyengine.report.worklist.rows import Task, TeamList, Worklist

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_FIRST = "read me"
_NOBODY = "No team named"
_DAY, _INSTANT = "ddd d mmm yyyy", "ddd d mmm yyyy, hh:mm"
_A4 = 9
_LINE, _HIGHEST = 12.75, 409.0  # points


def worklist_workbook(work: Worklist, *, restricted: bool = False) -> bytes:
    """The workbook. The same worklist gives the same bytes. Raises ImportError where XlsxWriter
    is not installed."""
    made = date.fromisoformat(work.audit.as_at)
    with workbook(made, f"Worklist as at {work.audit.as_at}") as (book, buffer):
        looks = _looks(book)
        parts = dict(_parts(work))
        names = sheet_names(
            {_FIRST: "Read me", **{key: team.team or _NOBODY for key, team in parts.items()}}
        )
        first = book.add_worksheet(names[_FIRST])
        sheets = {key: book.add_worksheet(names[key]) for key in parts}
        counts = {names[key]: team for key, team in parts.items()}
        _write_read_me(first, read_me(work, counts, restricted=restricted), looks)
        for key, team in parts.items():
            _write_team(sheets[key], team, work, looks)
    return buffer.getvalue()


def _parts(work: Worklist) -> Iterator[tuple[str, TeamList]]:
    """Each team's tasks under a key; in several parts where a sheet cannot hold them."""
    for team in work.teams:
        for number, start in enumerate(range(0, len(team.tasks), LAST_ROW)):
            some = team.tasks[start : start + LAST_ROW]
            yield f"team {team.team}\0{number}", TeamList(team.team, some)


# --- how it looks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Looks:
    head: Format
    plain: Format
    strong: Format
    day: Format
    instant: Format
    note: Format
    title: Format
    label: Format
    text: Format
    number: Format
    date: Format
    days: dict[tuple[bool, bool], Format]  # (late, exactly one day)


def _looks(book: Workbook) -> _Looks:
    base = {"font_name": "Arial", "font_size": 10, "valign": "top", "text_wrap": True}
    cell = {**base, "border": 1, "border_color": "#AEB7BD"}
    late = {**cell, "bold": True, "font_color": "#9B0F26", "align": "left"}

    def days(is_late: bool, one: bool) -> Format:
        word = "day" if one else "days"
        shape = f'0 "{word} left";0 "{word} late";"due today"'
        look = late if is_late else {**cell, "align": "left"}
        return book.add_format({**look, "num_format": shape})

    return _Looks(
        head=book.add_format(
            {**cell, "bold": True, "font_color": "#FFFFFF", "bg_color": "#003087"}
        ),
        plain=book.add_format({**cell, "num_format": "@"}),
        strong=book.add_format({**cell, "bold": True, "num_format": "@"}),
        day=book.add_format({**cell, "num_format": _DAY, "align": "left"}),
        instant=book.add_format({**cell, "num_format": _INSTANT, "align": "left"}),
        note=book.add_format({**cell, "bg_color": "#FFF9E5", "num_format": "@"}),
        title=book.add_format({**base, "bold": True, "font_size": 14, "text_wrap": False}),
        label=book.add_format({**base, "bold": True}),
        text=book.add_format({**base, "num_format": "@"}),
        number=book.add_format({**base, "num_format": "#,##0", "align": "left"}),
        date=book.add_format({**base, "num_format": _DAY, "align": "left"}),
        days={(one, two): days(one, two) for one in (False, True) for two in (False, True)},
    )


# --- the sheets ---------------------------------------------------------------------------------


def _write_read_me(sheet: Worksheet, lines: list[Line], looks: _Looks) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 80)
    for row, line in enumerate(lines):
        if line.is_title:
            put(sheet, row, 0, line.cells[0], looks.title)
            continue
        for column, value in enumerate(line.cells):
            if value == "":
                continue
            look = looks.label if column == 0 or line.is_head else looks.text
            if isinstance(value, date):
                look = looks.date
            elif isinstance(value, int):
                look = looks.number
            put(sheet, row, column, value, look)
    _for_paper(sheet, "Read me")


def _write_team(sheet: Worksheet, team: TeamList, work: Worklist, looks: _Looks) -> None:
    for column, each in enumerate(COLUMNS):
        sheet.set_column(column, column, each.width)
    for column, each in enumerate(COLUMNS):
        put(sheet, 0, column, each.head, looks.head)
    for row, task in enumerate(team.tasks, start=1):
        _write_task(sheet, row, task, looks)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(team.tasks), len(COLUMNS) - 1)
    sheet.repeat_rows(0)
    _for_paper(sheet, f"Worklist as at {work.audit.as_at}")


def _write_task(sheet: Worksheet, row: int, task: Task, looks: _Looks) -> None:
    sheet.set_row(row, _height(task))
    grave = looks.strong if task.severity == "critical" else looks.plain
    put(sheet, row, 0, task.case, looks.strong)
    put(sheet, row, 1, task.rule, looks.plain)
    put(sheet, row, 2, task.title, looks.plain)
    put(sheet, row, 3, task.gravity, grave)
    put(sheet, row, 4, task.what, looks.plain)
    by = looks.instant if isinstance(task.by, datetime) else looks.day
    put(sheet, row, 5, "no date" if task.by is None else task.by, by)
    if task.days is None:
        put(sheet, row, 6, "not done", looks.days[True, False])
    else:
        put(sheet, row, 6, task.days, looks.days[task.is_late, abs(task.days) == 1])
    put(sheet, row, 7, task.found, looks.plain)
    put(sheet, row, 8, task.fix, looks.plain)
    put(sheet, row, 9, task.changes, looks.day)
    put(sheet, row, 10, None, looks.note)


def _height(task: Task) -> float:
    """How high a row must be, in points, for its longest cell: not every program works it out."""
    texts = ((DUTY, task.title), (WHAT, task.what), (FOUND, task.found), (TO_DO, task.fix))
    lines = max(
        sum(1 + int(len(line) / (1.12 * column.width)) for line in text.split("\n"))
        for column, text in texts
    )
    return min(_LINE * max(lines, 1) + 3, _HIGHEST)


def _for_paper(sheet: Worksheet, title: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{title}&CPage &P of &N&RConfidential: service users' records")
