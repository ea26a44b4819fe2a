"""From what stands in an export to what the schema declares: nothing guessed (S3, S4, S15, S16)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from policyengine.records.clock_texts import ClockTexts, Layout
from policyengine.records.model import Absent, LoadReport
from policyengine.records.typing import Spellings, Typing
from policyengine.values.moments import Moment, Zone
from tests.records_page import SCHEMA, counted, walked

INVALID, UNKNOWN = Absent.INVALID, Absent.RECORDED_AS_UNKNOWN


def typed(field: str, cell: object, how: Spellings | None = None) -> tuple[object, list[str]]:
    """The value of a cell of `talk`, and its faults. Read twice: what is remembered is the same."""
    typing = Typing(SCHEMA, how)
    index = SCHEMA.kinds["talk"].fields[field].index
    load, again = LoadReport(), LoadReport()
    record, _ = typing.kinds["talk"].read({field: cell}, load, 1)
    second, _ = typing.kinds["talk"].read({field: cell}, again, 1)
    assert record.values[index] == second.values[index]
    assert load.faults == again.faults
    assert type(record.values[index]) is type(second.values[index])
    return record.values[index], [fault for _, _, fault in load.faults]


def value(field: str, cell: object, how: Spellings | None = None) -> object:
    found, faults = typed(field, cell, how)
    assert faults == []
    return found


def fault(field: str, cell: object, how: Spellings | None = None) -> str:
    found, faults = typed(field, cell, how)
    assert found is INVALID
    (only,) = faults
    return only


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def instant(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("field", ["date", "at", "outcome", "spoken", "minutes", "order", "notes"])
@pytest.mark.parametrize("cell", [None, "", " ", "\t \n", "\u00a0"])
def test_a_blank_is_blank_in_every_type(field: str, cell: object) -> None:
    assert value(field, cell) is None


@pytest.mark.parametrize("cell", ["yes", "Yes", "YES", "true", "True", "TRUE", " yes ", True])
def test_yes(cell: object) -> None:
    assert value("spoken", cell) is True


@pytest.mark.parametrize("cell", ["no", "No", "NO", "false", "False", "FALSE", "no ", False])
def test_no(cell: object) -> None:
    assert value("spoken", cell) is False


@pytest.mark.parametrize("cell", ["y", "n", "1", "0", "yEs", "ja", "on", "t"])
def test_a_yes_or_no_is_not_guessed(cell: str) -> None:
    assert fault("spoken", cell) == "not_yes_no"


@pytest.mark.parametrize("cell", [1, 0, [], {}, [True]])
def test_a_yes_or_no_of_another_type(cell: object) -> None:
    assert fault("spoken", cell) == "wrong_type"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0", Decimal(0)),
        ("-7", Decimal(-7)),
        (" 12 ", Decimal(12)),
        ("007", Decimal(7)),
        ("2.50", Decimal("2.5")),
        (3, Decimal(3)),
        (Decimal("1.25"), Decimal("1.25")),
        ("9" * 28, Decimal("9" * 28)),
    ],
)
def test_a_number_is_exact(cell: object, number: Decimal) -> None:
    found = value("minutes", cell)
    assert isinstance(found, int | Decimal)
    assert found == number
    assert not isinstance(found, bool)


@pytest.mark.parametrize(
    "cell", ["1e5", "0x1F", "NaN", "inf", "1,5", "1 000", "+3", ".5", "5.", "--1", "٣", "½", 1e5]
)
def test_what_is_no_plain_number_is_invalid(cell: object) -> None:
    assert fault("minutes", cell) == "not_a_number"


def test_a_number_too_long_to_reckon_with_exactly() -> None:
    assert fault("minutes", "9" * 29) == "number_too_long"
    assert fault("minutes", 10**30) == "number_too_long"
    assert fault("minutes", "0." + "1" * 28) == "number_too_long"


@pytest.mark.parametrize("cell", [True, [], {"a": 1}])
def test_a_number_of_another_type(cell: object) -> None:
    assert fault("minutes", cell) == "wrong_type"


@pytest.mark.parametrize(
    "cell", ["2026-01-31", " 2026-01-31 ", "2024-02-29", "1800-01-01", "2199-12-31"]
)
def test_a_date(cell: str) -> None:
    assert value("date", cell) == Moment(day(cell.strip()))


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-31",
        "2025-02-29",
        "2026-13-01",
        "2026-00-10",
        "1799-12-31",
        "2200-01-01",
        "0001-01-01",
        "9999-12-31",
        "31/01/2026",
        "01/02/2024",
        "20260131",
        "2026-1-31",
        "2026-W05-6",
        "2026-01-31T00:00",
        "2026-01-31 00:00:00",
        "٢٠٢٦-٠١-٣١",
        "today",
    ],
)
def test_what_is_no_date_is_invalid(cell: str) -> None:
    assert fault("date", cell) == "invalid_date"


@pytest.mark.parametrize("cell", [20260131, True, ["2026-01-31"], {}])
def test_a_date_is_a_text(cell: object) -> None:
    assert fault("date", cell) == "wrong_type"
    assert fault("at", cell) == "wrong_type"


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-01-31T14:30", instant(2026, 1, 31, 14, 30)),
        ("2026-01-31 14:30", instant(2026, 1, 31, 14, 30)),
        ("2026-01-31T14:30:59", instant(2026, 1, 31, 14, 30, 59)),
        ("2026-01-31T14:30:59.999999", instant(2026, 1, 31, 14, 30, 59)),
        ("2026-01-31T00:00", instant(2026, 1, 31)),
        ("2026-07-01T00:30", instant(2026, 6, 30, 23, 30)),  # summer time
        ("2026-07-01T00:30Z", instant(2026, 7, 1, 0, 30)),
        ("2026-07-01T00:30+01:00", instant(2026, 6, 30, 23, 30)),
        ("2026-07-01T00:30:00+0530", instant(2026, 6, 30, 19, 0)),
        ("2026-07-01T00:30-05:00", instant(2026, 7, 1, 5, 30)),
        ("2026-03-29T02:00", instant(2026, 3, 29, 1)),  # the first minute after the clocks go on
        ("2026-10-25T02:00", instant(2026, 10, 25, 2)),  # the first that comes once again
    ],
)
def test_a_date_time_is_an_instant(cell: str, at: int) -> None:
    zone = Zone("Europe/London")
    assert value("at", cell) == Moment(zone.day_of(at), at=at, timed=True)


def test_an_offset_can_move_the_local_day() -> None:
    found = value("at", "2026-06-30T23:30Z")
    assert isinstance(found, Moment)
    assert found.day == day("2026-07-01")


def test_a_date_alone_in_a_date_time_field_is_a_day_without_its_time() -> None:
    assert value("at", "2026-01-31") == Moment(day("2026-01-31"), clock=True)


@pytest.mark.parametrize("cell", ["2026-03-29T01:00", "2026-03-29T01:59:59", "2026-03-29 01:30"])
def test_a_time_that_the_clocks_skip_is_invalid(cell: str) -> None:
    assert fault("at", cell) == "skipped_time"


def test_with_its_offset_a_time_is_never_skipped_and_never_twice() -> None:
    at = instant(2026, 10, 25, 0, 30)
    assert value("at", "2026-10-25T01:30+01:00") == Moment(day("2026-10-25"), at=at, timed=True)
    assert value("at", "2026-03-29T01:30Z") == Moment(
        day("2026-03-29"), at=instant(2026, 3, 29, 1, 30), timed=True
    )


def test_a_time_that_comes_twice_is_both() -> None:
    first, second = instant(2026, 10, 25, 0, 30), instant(2026, 10, 25, 1, 30)
    found = value("at", "2026-10-25T01:30")
    assert found == Moment(day("2026-10-25"), at=first, until=second, timed=True)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31T24:00",
        "2026-01-31T23:60",
        "2026-01-31T23:59:60",
        "2026-01-31T9:30",
        "2026-01-31T14",
        "2026-01-31T14:30+15:00",
        "2026-01-31T14:30 London",
        "2026-02-30T14:30",
        "31/01/2026 14:30",
        "1799-12-31T10:00",
        "14:30",
    ],
)
def test_what_is_no_date_time_is_invalid(cell: str) -> None:
    assert fault("at", cell) == "invalid_datetime"


def test_the_quick_way_and_the_slow_way_agree_on_every_hour_of_a_year() -> None:
    """Days on which the clocks change are met before and after others of the same times."""
    zone = Zone("Europe/London")
    warm = ClockTexts(zone)
    for ordinal in range(day("2026-01-01"), day("2027-01-01")):
        for hour in range(24):
            text = f"{date.fromordinal(ordinal)}T{hour:02}:15"
            slow = ClockTexts(zone).read_datetime(text)
            assert (warm.at_once(text) or warm.read_datetime(text)) == slow
            again = warm.at_once(text)
            assert again is None or again == slow


def test_codes_are_those_of_the_list() -> None:
    assert value("outcome", " understood ") == "understood"
    assert value("outcome", "no") == "no"
    assert value("outcome", 7) == "7"
    assert value("outcome", "cafe\u0301") == "café"
    assert value("outcome", "not known") is UNKNOWN
    assert fault("outcome", "Understood") == "unknown_code"
    assert fault("outcome", 8) == "unknown_code"
    assert fault("outcome", False) == "wrong_type"
    assert fault("outcome", ["understood"]) == "wrong_type"


def test_text_keeps_its_spaces_and_loses_no_accent() -> None:
    assert value("notes", "  as it was \n") == "  as it was \n"
    assert value("notes", "cafe\u0301") == "café"
    assert value("notes", 12) == "12"
    assert value("notes", "null") == "null"
    assert fault("notes", 1.5) == "wrong_type"
    assert fault("notes", True) == "wrong_type"
    assert fault("notes", {"a": "b"}) == "wrong_type"
    assert fault("notes", "half \ud800") == "invalid_text"


def test_a_reference_is_an_id() -> None:
    assert value("order", " o1 ") == "o1"
    assert value("order", 12) == "12"
    assert fault("order", True) == "wrong_type"


def test_spellings_that_an_export_declares() -> None:
    how = Spellings(nulls=("NULL",), withheld=("***",), yes=("Y",), no=("N",))
    for field in ("date", "at", "outcome", "spoken", "minutes", "order", "notes"):
        assert value(field, "NULL", how) is None
        assert value(field, "***", how) is Absent.WITHHELD
    assert value("minutes", " NULL ", how) is None
    assert (value("spoken", "Y", how), value("spoken", "N", how)) == (True, False)
    assert fault("spoken", "y", how) == "not_yes_no"


def test_layouts_that_an_export_declares() -> None:
    how = Spellings(layouts=(Layout("%d/%m/%Y"), Layout("%d %b %Y %H:%M")))
    assert value("date", "03/04/2026", how) == Moment(day("2026-04-03"))
    assert value("date", "2026-04-03", how) == Moment(day("2026-04-03"))
    assert value("at", "03/04/2026", how) == Moment(day("2026-04-03"), clock=True)
    assert value("at", "3 Apr 2026 09:05", how) == Moment(
        day("2026-04-03"), at=instant(2026, 4, 3, 8, 5), timed=True
    )
    assert fault("at", "29 Mar 2026 01:30", how) == "skipped_time"
    assert fault("date", "31/02/2026", how) == "invalid_date"
    assert fault("date", "03/04/26", how) == "invalid_date"
    assert fault("at", "3 Foo 2026 09:05", how) == "invalid_datetime"


def test_two_layouts_that_disagree_settle_nothing() -> None:
    how = Spellings(layouts=(Layout("%d/%m/%Y"), Layout("%m/%d/%Y")))
    assert fault("date", "03/04/2026", how) == "invalid_date"
    assert value("date", "13/04/2026", how) == Moment(day("2026-04-13"))
    assert value("date", "04/04/2026", how) == Moment(day("2026-04-04"))


@pytest.mark.parametrize(
    "layout", ["%d/%m/%y", "%d/%Y", "%d/%m/%Y %H", "%x", "%d%d/%m/%Y", "%m/%b/%d/%Y"]
)
def test_a_layout_that_would_have_to_guess_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match="layout"):
        Layout(layout)


def test_date_times_can_be_written_in_another_zone() -> None:
    how = Spellings(time_zone="UTC")
    at = instant(2026, 6, 30, 23, 30)
    assert value("at", "2026-06-30T23:30", how) == Moment(day("2026-07-01"), at=at, timed=True)
    assert value("at", "2026-03-29T01:30", how) == Moment(
        day("2026-03-29"), at=instant(2026, 3, 29, 1, 30), timed=True
    )


def test_the_latest_day_leaves_out_what_is_planned(tmp_path: Path) -> None:
    _, cases = walked(
        tmp_path,
        {
            "case_id": "A",
            "cto": [
                {"started_on": "2026-01-02", "ended_on": "2026-03-04", "expires_on": "2027-01-01"},
                {"started_on": "2026-02-30", "expires_on": "2027-01-01"},
            ],
        },
    )
    first, second = cases["A"].records["cto"]
    assert first.latest_day == day("2026-03-04")
    assert second.latest_day == 0


def test_a_required_field_that_is_blank_is_counted_and_the_row_kept(tmp_path: Path) -> None:
    export, cases = walked(tmp_path, {"case_id": "A", "audit": [{"by": " "}, {"by": "x"}]})
    assert len(cases["A"].records["audit"]) == 2
    assert counted(export) == [("audit", "by", "required_blank", 1)]
