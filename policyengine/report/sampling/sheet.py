"""The sheet that a reviewer fills in, from the records and without the engine's answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from policyengine.findings.dates import long_date
from policyengine.findings.sentences import Sentences
from policyengine.plan.core import Plan
from policyengine.report.people_csv import BOM, people_rows
from policyengine.report.sampling.facts import Facts
from policyengine.sampling.answers import item_id, offered
from policyengine.sampling.draw import METHOD, Stratum
from policyengine.sampling.frame import FrameCase

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COLUMNS = (
    "Team",
    "Place",
    "Case",
    "Rule",
    "What to look for",
    "Record",
    "Answer",
    "Done on",
    "Note",
    "Item",
)
_ANSWER = COLUMNS.index("Answer")
_WIDTHS = (26, 8, 14, 11, 52, 34, 16, 14, 44, 15)
_TO_FILL = ("", "", "")
Row = tuple[object, ...]


def sheet_csv(facts: Facts, sentences: Sentences) -> Iterator[str]:
    """The sheet as CSV: the cases drawn and, below them, those in reserve (`R1`, `R2`, ...)."""
    yield BOM
    yield from people_rows([COLUMNS, *_drawn(facts, sentences), *_reserve(facts, sentences)])


def _drawn(facts: Facts, sentences: Sentences) -> Iterator[Row]:
    for stratum in facts.draw.strata:
        for place, case in enumerate(stratum.drawn, 1):
            yield from _case(stratum, str(place), case, sentences)


def _reserve(facts: Facts, sentences: Sentences) -> Iterator[Row]:
    for stratum in facts.draw.strata:
        for place, case in enumerate(stratum.reserve, 1):
            yield from _case(stratum, f"R{place}", case, sentences)


def _case(stratum: Stratum, place: str, case: FrameCase, sentences: Sentences) -> Iterator[Row]:
    for finding in case.items:
        yield (
            stratum.team,
            place,
            case.case,
            finding.rule,
            sentences.rule(finding).title,
            sentences.subject(finding),
            *_TO_FILL,
            item_id(finding),
        )


# --- the workbook -------------------------------------------------------------------------------


def sheet_workbook(facts: Facts, sentences: Sentences, plan: Plan) -> bytes:
    """The sheet as a workbook: how to fill it in, the cases drawn, the reserve, and the rules as
    they are written. Raises ImportError where XlsxWriter is not installed."""
    from policyengine.report.workbook import workbook

    with workbook(date.fromisoformat(facts.as_at), "Audit sample") as (book, buffer):
        looks = _looks(book)
        _read_me(book, facts, looks)
        _to_fill(book, "Sample", _drawn(facts, sentences), looks)
        _to_fill(book, "Reserve", _reserve(facts, sentences), looks)
        _rules(book, plan, facts, looks)
    return buffer.getvalue()


def _looks(book: Workbook) -> dict[str, Format]:
    cell = {"valign": "top", "text_wrap": True, "font_size": 11}
    line = {"border": 1, "border_color": "#8a8a8a"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "label": book.add_format({**cell, "bold": True}),
        "text": book.add_format(cell),
        "head": book.add_format(
            {**cell, **line, "bold": True, "bg_color": "#1d3557", "font_color": "#ffffff"}
        ),
        "cell": book.add_format({**cell, **line}),
        "fill": book.add_format({**cell, **line, "bg_color": "#fff8dc", "locked": False}),
        "day": book.add_format(
            {**cell, **line, "bg_color": "#fff8dc", "num_format": "d mmm yyyy", "locked": False}
        ),
    }


def _to_fill(book: Workbook, name: str, rows: Iterable[Row], looks: dict[str, Format]) -> None:
    sheet = book.add_worksheet(name)
    _lay_out(sheet, _WIDTHS)
    _write(sheet, 0, COLUMNS, [looks["head"]] * len(COLUMNS))
    plain = looks["cell"]
    row_looks = [plain] * _ANSWER + [looks["fill"], looks["day"], looks["fill"], plain]
    last = 0
    for last, row in enumerate(rows, 1):
        _write(sheet, last, row, row_looks)
    if last:
        sheet.data_validation(
            1,
            _ANSWER,
            last,
            _ANSWER,
            {
                "validate": "list",
                "source": offered(),
                "error_title": "Which answer?",
                "error_message": "Choose one from the list.",
            },
        )
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    sheet.repeat_rows(0)


def _lay_out(sheet: Worksheet, widths: Sequence[int]) -> None:
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write(sheet: Worksheet, number: int, row: Sequence[object], looks: Sequence[Format]) -> None:
    from policyengine.report.workbook import put

    for column, (value, look) in enumerate(zip(row, looks, strict=True)):
        put(sheet, number, column, value, look)


def _read_me(book: Workbook, facts: Facts, looks: dict[str, Format]) -> None:
    from policyengine.report.workbook import put

    sheet = book.add_worksheet("Read me")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 100)
    put(sheet, 0, 0, "Audit sample", looks["title"])
    for number, (label, text) in enumerate(_about(facts), 2):
        put(sheet, number, 0, label, looks["label"])
        put(sheet, number, 1, text, looks["text"])


def _about(facts: Facts) -> Iterator[tuple[str, str]]:
    drawn = sum(len(each.drawn) for each in facts.draw.strata)
    frame = sum(each.population for each in facts.draw.strata)
    yield "As at", long_date(facts.as_at)
    if facts.known_by != facts.as_at:
        yield "As was known by", long_date(facts.known_by)
    yield "Drawn", f"{drawn:,} of {frame:,} cases that can be reviewed; {facts.asked}"
    yield "Seed", facts.draw.seed
    yield "Method", METHOD
    yield (
        "What to do",
        (
            "For each line of the sheet Sample, look at the record yourself and choose an answer, "
            "as at the day above. Do not look at what the engine says until you are done. One line "
            "is one record under one rule; a case may have several."
        ),
    )
    yield (
        "Answers",
        "\n".join(
            (
                "met: in time",
                "met late: done, after its deadline",
                "not met: not done by its deadline",
                "cannot tell: the record does not say",
                "not yet due",
                "excused: an exception of the rule holds",
                "does not apply",
                "ineligible: the case should not have been drawn at all",
            )
        ),
    )
    yield (
        "An ineligible case",
        (
            "Answer ineligible on one of its lines, and review the next case of the same team on "
            "the sheet Reserve, in its order. Use the reserve for nothing else."
        ),
    )
    yield "Done on", "The day on which it was done, if it was."
    yield "Note", "What you rest on. Name the record, not the person."
    yield "Item", "Ties the line to the draw. Leave it as it is."
    if facts.restricted:
        yield "Restricted", "That a case is in this sheet is itself sensitive. Pass it to nobody."
    yield "Rules (SHA-256)", facts.rules_sha256
    yield "Records (SHA-256)", facts.cases_sha256
    yield "Version", f"trust-policy-engine {facts.engine_version}"


def _rules(book: Workbook, plan: Plan, facts: Facts, looks: dict[str, Format]) -> None:
    sheet = book.add_worksheet("Rules")
    _lay_out(sheet, (11, 40, 36, 90, 30))
    head = ("Rule", "Title", "Source", "As it is written", "Settings of the Trust")
    _write(sheet, 0, head, [looks["head"]] * len(head))
    number = 0
    for rule in plan.rules:
        if rule.id not in facts.rules:
            continue
        number += 1
        sources = "; ".join(source.text for source in rule.sources)
        settings = "\n".join(_setting(plan, name) for name in rule.settings)
        row = (rule.id, rule.title, sources, rule.span.text, settings)
        _write(sheet, number, row, [looks["cell"]] * len(row))


def _setting(plan: Plan, name: str) -> str:
    setting = plan.settings[name]
    values = [f"{value}" + (f" from {day}" if day else "") for day, value in setting.values]
    return f"{name}: {', '.join(values) or 'a list'}"
