"""Each defect that real exports have: what becomes of it, and that somebody is told."""

from pathlib import Path

import pytest

from tests.imports_desk import (
    CASE,
    CTO,
    ORDERS,
    P1,
    P2,
    PATIENTS,
    TOP,
    Loaded,
    loaded,
    refused,
    standard,
)

O1 = "O1,P1,01/01/2026,,,01/07/2026\n"
RECALL = """
  cto_recall:
    source: {files: "recalls*.csv"}
    key: RecallId
    case: {through: order}
    fields: {order: OrderId, decided_at: Decided, ended_at: Ended}
"""
RECALL_OWNED = RECALL.replace("{through: order}", "PatientId")


def with_recalls(tmp_path: Path, recalls: str, kind: str = RECALL, bottom: str = "") -> Loaded:
    files = {
        "patients.csv": PATIENTS + P1 + P2,
        "orders.csv": ORDERS + O1,
        "recalls.csv": recalls,
    }
    dates = TOP.replace('"%d/%m/%Y"', '"%d/%m/%Y", "%d/%m/%Y %H:%M"')
    return loaded(tmp_path, files, dates + "kinds:" + CASE + CTO + kind + bottom)


# --- keys ---------------------------------------------------------------------------------------


def test_a_duplicate_key_keeps_one_row_and_rejects_the_other(tmp_path: Path) -> None:
    made = standard(tmp_path, O1 + "O1,P1,02/01/2026,,,01/07/2026\n")
    assert len(made.rows("cto")) == 1
    assert (made.table("cto").kept, made.table("cto").rejected) == (1, 1)
    assert [fault[2:] for fault in made.faults()] == [("OrderId", "duplicate_key", "reject row")]
    assert made.marks() == [("cto", "O1", [["", "duplicate_key"]])]


def test_which_row_of_a_duplicate_key_is_kept_does_not_depend_on_their_order(
    tmp_path: Path,
) -> None:
    other = "O1,P1,02/01/2026,,,01/07/2026\n"
    one, two = standard(tmp_path, O1 + other), standard(tmp_path, other + O1)
    assert one.rows("cto") == two.rows("cto")


def test_a_duplicate_key_can_stop_the_run(tmp_path: Path) -> None:
    files = {
        "patients.csv": PATIENTS + P1,
        "orders.csv": ORDERS + O1 + O1.replace("01/07", "02/07"),
    }
    mapping = TOP + "kinds:" + CASE + CTO + "    faults: {duplicate_key: error}\n"
    said = refused("MAP005", tmp_path, files, mapping)
    assert "orders.csv row" in said and "O1" not in said


def test_identical_rows_are_merged_and_are_no_fault(tmp_path: Path) -> None:
    made = standard(tmp_path, O1 * 3)
    assert (made.table("cto").kept, made.table("cto").merged) == (1, 2)
    assert made.faults() == []


def test_one_key_in_two_cases_is_two_records(tmp_path: Path) -> None:
    made = standard(tmp_path, O1 + O1.replace("P1", "P2"))
    assert [row["case_id"] for row in made.rows("cto")] == ["P1", "P2"]


def test_a_blank_key_is_noted_and_the_record_kept(tmp_path: Path) -> None:
    made = standard(tmp_path, O1.replace("O1", "") * 2)
    assert made.table("cto").kept == 2
    assert [fault[3:] for fault in made.faults()] == [("blank_key", "warn")] * 2


def test_a_case_without_its_key_is_rejected(tmp_path: Path) -> None:
    made = standard(tmp_path, patients=P1 + P2.replace("P2", ""))
    assert [row["case_id"] for row in made.rows("case")] == ["P1"]
    assert [fault[3:] for fault in made.faults()] == [("blank_key", "reject row")]


# --- what was sent again ------------------------------------------------------------------------

MONTHLY = CTO.replace(
    "    case: PatientId\n", "    case: PatientId\n    latest_by: [{from: Month, as: number}]\n"
)
MONTHS = "OrderId,PatientId,Start,End,Reason,Expiry,Month,Sent\n"


def test_of_monthly_snapshots_the_latest_row_of_each_record_is_kept(tmp_path: Path) -> None:
    rows = (
        "O1,P1,01/01/2026,,,01/07/2026,9,1\n"
        "O1,P1,01/01/2026,05/10/2026,01,01/07/2026,10,2\n"
        "O2,P2,01/01/2026,,,01/07/2026,9,1\n"
    )
    files = {"patients.csv": PATIENTS + P1 + P2, "orders.csv": MONTHS + rows}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + MONTHLY)
    ends = {row["id"]: row.get("ended_on") for row in made.rows("cto")}
    assert ends == {"O1": "2026-10-05", "O2": None}
    assert (made.table("cto").merged, made.table("cto").rejected) == (1, 0)
    assert made.faults() == []


def test_a_fault_in_a_row_that_was_superseded_is_nobodys(tmp_path: Path) -> None:
    rows = "O1,P1,2026/01/01,,,,9,1\nO1,P1,01/01/2026,,,01/07/2026,10,1\n"
    files = {"patients.csv": PATIENTS + P1, "orders.csv": MONTHS + rows}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + MONTHLY)
    assert made.faults() == []


def test_a_month_that_is_sent_again_replaces_the_month(tmp_path: Path) -> None:
    by = "    submissions: {period: Month, latest_by: {from: Sent, as: number}}\n"
    kind = CTO.replace("    case: PatientId\n", "    case: PatientId\n" + by)
    first = MONTHS + "O1,P1,01/01/2026,,,01/07/2026,9,9\nO2,P2,01/01/2026,,,01/07/2026,9,9\n"
    again = MONTHS + "O1,P1,03/01/2026,,,01/07/2026,9,10\n"
    other = MONTHS + "O3,P2,01/02/2026,,,01/08/2026,10,8\n"
    files = {"patients.csv": PATIENTS + P1 + P2, "orders1.csv": first}
    files |= {"orders2.csv": again, "orders3.csv": other}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + kind)
    assert [(row["id"], row["started_on"]) for row in made.rows("cto")] == [
        ("O1", "2026-01-03"),
        ("O3", "2026-02-01"),
    ]
    assert made.table("cto").merged == 2


# --- orphans ------------------------------------------------------------------------------------


def test_a_row_whose_case_there_is_not_is_an_orphan(tmp_path: Path) -> None:
    made = standard(tmp_path, O1 + "O2,P9,01/01/2026,,,01/07/2026\n")
    table = made.table("cto")
    assert (table.kept, table.rejected, table.orphaned) == (1, 1, 1)
    assert made.faults() == [("orders.csv", 3, "PatientId", "orphan_case", "reject row")]


def test_a_row_that_does_not_say_whose_it_is(tmp_path: Path) -> None:
    made = standard(tmp_path, O1.replace("P1", ""))
    assert [fault[3:] for fault in made.faults()] == [("blank_case", "reject row")]


def test_a_recall_without_its_order_has_no_case_through_it(tmp_path: Path) -> None:
    rows = "RecallId,OrderId,Decided,Ended\nR1,O1,05/02/2026 10:00,\nR2,O9,05/02/2026 10:00,\n"
    made = with_recalls(tmp_path, rows)
    assert [row["case_id"] for row in made.rows("cto_recall")] == ["P1"]
    assert made.table("cto_recall").orphaned == 1


RECALLS = (
    "RecallId,PatientId,OrderId,Decided,Ended\n"
    "R1,P1,O1,05/02/2026 10:00,\n"
    "R2,P1,O9,05/02/2026 10:00,\n"
    "R3,P2,O1,05/02/2026 10:00,\n"
    "R4,P1,,05/02/2026 10:00,\n"
)


def test_a_recall_with_no_order_is_kept_and_marked(tmp_path: Path) -> None:
    kind = RECALL_OWNED + "    checks: {expected: [order]}\n"
    made = with_recalls(tmp_path, RECALLS, kind)
    assert made.table("cto_recall").kept == 4
    assert made.marks() == [
        ("cto_recall", "R2", [["order", "orphan_reference"]]),
        ("cto_recall", "R3", [["order", "orphan_reference"]]),  # another person's order
        ("cto_recall", "R4", [["order", "expected"]]),
    ]


@pytest.mark.parametrize(
    ("action", "kept", "orders"),
    [
        ("reject row", 2, ["O1", None]),
        ("invalid value", 4, ["O1", "<invalid>", "<invalid>", None]),
    ],
)
def test_what_becomes_of_a_recall_with_no_order_is_the_mappings_to_say(
    tmp_path: Path, action: str, kept: int, orders: list[str | None]
) -> None:
    bottom = f"faults: {{orphan_reference: {action}}}\n"
    made = with_recalls(tmp_path, RECALLS, RECALL_OWNED, bottom)
    assert [row.get("order") for row in made.rows("cto_recall")] == orders
    table = made.table("cto_recall")
    assert (table.kept, table.orphaned) == (kept, 4 - kept)


def test_a_reference_to_a_record_that_comes_later_in_its_own_table(tmp_path: Path) -> None:
    kind = """
  risk_review:
    source: {files: "reviews.csv"}
    key: Id
    case: PatientId
    fields: {date: Date, pulled_from: From}
"""
    reviews = (
        "Id,PatientId,Date,From\nV1,P1,02/02/2026,V2\nV2,P1,01/01/2026,\nV3,P1,03/03/2026,V9\n"
    )
    files = {"patients.csv": PATIENTS + P1, "reviews.csv": reviews}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + kind)
    assert made.marks() == [("risk_review", "V3", [["pulled_from", "orphan_reference"]])]


# --- dates that do not fit each other -----------------------------------------------------------


def test_an_end_before_its_start_is_kept_and_marked(tmp_path: Path) -> None:
    made = standard(
        tmp_path,
        "O1,P1,02/01/2026,01/01/2026,01,01/07/2026\nO2,P2,02/01/2026,02/01/2026,01,01/07/2026\n",
    )
    assert made.table("cto").kept == 2
    assert made.marks() == [("cto", "O1", [["ended_on", "end_before_start"]])]


def test_the_later_field_can_be_made_invalid(tmp_path: Path) -> None:
    made = standard(
        tmp_path,
        "O1,P1,02/01/2026,01/01/2026,01,01/07/2026\n",
        bottom="faults: {end_before_start: invalid value}\n",
    )
    assert made.row("cto")["ended_on"] == "<invalid>"


REFERRAL = """
  referral:
    source: {files: "referrals.csv"}
    key: Id
    case: PatientId
    fields: {accepted_on: Referred, closed_on: Discharged}
"""


def test_a_discharge_before_its_referral(tmp_path: Path) -> None:
    rows = "Id,PatientId,Referred,Discharged\nF1,P1,05/05/2025,04/05/2025\n"
    files = {"patients.csv": PATIENTS + P1, "referrals.csv": rows}
    made = loaded(tmp_path, files, TOP + "kinds:" + CASE + REFERRAL)
    assert made.faults() == [("referrals.csv", 2, "Discharged", "end_before_start", "warn")]


def test_a_time_before_another_on_one_day_but_a_day_alone_is_not(tmp_path: Path) -> None:
    rows = (
        "RecallId,OrderId,Decided,Ended\n"
        "R1,O1,05/02/2026 10:00,05/02/2026 09:59\n"
        "R2,O1,06/02/2026 10:00,06/02/2026\n"
        "R3,O1,07/02/2026 10:00,07/02/2026 10:00\n"
    )
    kind = RECALL + "    checks: {order: [[decided_at, ended_at]]}\n"
    made = with_recalls(tmp_path, rows, kind)
    assert [mark[1] for mark in made.marks()] == ["R1"]


def test_a_date_after_the_extract_is_marked_unless_it_is_planned(tmp_path: Path) -> None:
    made = standard(tmp_path, "O1,P1,02/11/2026,,,01/07/2027\nO2,P2,01/11/2026,,,01/07/2027\n")
    assert made.marks() == [("cto", "O1", [["started_on", "after_extract"]])]


def test_a_date_before_any_that_is_plausible(tmp_path: Path) -> None:
    made = standard(tmp_path, patients=P1.replace("1970", "1899"))
    assert made.row("case")["date_of_birth"] == "1899-02-01"
    assert made.field("case", "date_of_birth").doubtful.keys() == {
        fault for fault in made.table("case").faults if fault.value == "before_plausible"
    }


def test_an_event_after_the_persons_death(tmp_path: Path) -> None:
    died = P1.replace(",,North", ",10/02/2026,North")
    made = standard(
        tmp_path, "O1,P1,10/02/2026,,,\nO2,P1,11/02/2026,,,\nO3,P2,11/02/2026,,,\n", died + P2
    )
    assert made.faults() == [("orders.csv", 3, "Start", "after_death", "warn")]


def test_an_expiry_that_is_missing_while_the_order_is_open(tmp_path: Path) -> None:
    cto = CTO + "    checks: {while_open: [expires_on]}\n"
    made = standard(tmp_path, "O1,P1,01/01/2026,,,\nO2,P1,01/01/2025,01/06/2025,01,\n", cto=cto)
    assert made.faults() == [("orders.csv", 2, "Expiry", "while_open", "warn")]


def test_orders_that_overlap(tmp_path: Path) -> None:
    cto = CTO + "    checks: {overlap: yes}\n"
    rows = (
        "O1,P1,01/01/2026,01/03/2026,01,\n"
        "O2,P1,01/03/2026,,,\n"  # on the day on which the other ends: one after the other
        "O3,P1,02/04/2026,,,\n"
        "O4,P2,01/01/2026,,,\n"
    )
    made = standard(tmp_path, rows, cto=cto)
    assert made.faults() == [("orders.csv", 4, "", "overlap", "warn")]
    assert made.marks() == [("cto", "O3", [["", "overlap"]])]


# --- dates that are none ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("31/02/2024", "invalid_date"),
        ("01/13/2024", "invalid_date"),
        ("01/02/24", "two_digit_year"),
        ("1-Feb-24", "two_digit_year"),
        ("2026-01", "partial_date"),
        ("2026", "partial_date"),
        ("soon", "invalid_date"),
        ("01/02/1700", "invalid_date"),
    ],
)
def test_a_text_that_is_no_date(tmp_path: Path, text: str, fault: str) -> None:
    made = standard(tmp_path, f"O1,P1,{text},,,\n")
    assert made.row("cto")["started_on"] == "<invalid>"
    assert made.faults() == [("orders.csv", 2, "Start", fault, "invalid value")]


@pytest.mark.parametrize(
    "text", ["2024-02-01", "01.02.2024", "45292", "01 Feb 2024", "1/2/2024 9:00"]
)
def test_a_date_in_a_layout_that_is_not_declared_stops_the_run(tmp_path: Path, text: str) -> None:
    files = {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + f"O1,P1,{text},,,\n"}
    said = refused("MAP005", tmp_path, files, TOP + "kinds:" + CASE + CTO)
    assert "orders.csv row 2, column `Start`" in said and "dates:" in said and text not in said


def test_with_nothing_declared_a_date_with_slashes_is_not_guessed(tmp_path: Path) -> None:
    files = {"patients.csv": PATIENTS + P1, "orders.csv": ORDERS + "O1,P1,01/02/2024,,,\n"}
    mapping = "kinds:" + CASE.replace("      date_of_birth: Born\n", "") + CTO
    assert "orders.csv row 2" in refused("MAP005", tmp_path, files, mapping)


def test_a_text_that_two_layouts_read_differently_is_not_guessed(tmp_path: Path) -> None:
    top = TOP.replace('"%d/%m/%Y"', '"%d/%m/%Y", "%m/%d/%Y"')
    patients = P1.replace("01/02/1970", "25/02/1970")
    made = standard(tmp_path, "O1,P1,25/02/2024,,,\nO2,P1,02/02/2024,,,\n", patients, top=top)
    assert [row["started_on"] for row in made.rows("cto")] == ["2024-02-25", "2024-02-02"]
    files = {"patients.csv": PATIENTS + patients, "orders.csv": ORDERS + "O1,P1,01/02/2024,,,\n"}
    refused("MAP005", tmp_path, files, top + "kinds:" + CASE + CTO)


def test_excel_serials_are_read_where_they_are_declared(tmp_path: Path) -> None:
    cto = CTO.replace("started_on: Start", "started_on: {from: Start, dates: [excel_serial]}")
    made = standard(tmp_path, "O1,P1,46023,,,\nO2,P1,0,,,\nO3,P1,59,,,\nO4,P1,61,,,\n", cto=cto)
    assert [row.get("started_on") for row in made.rows("cto")] == [
        "2026-01-01",
        None,  # day 0 is 1899-12-30, declared to be blank
        "<invalid>",  # before Excel's 29 February 1900 its days are one late
        "1900-03-01",
    ]


def test_days_that_stand_for_nothing(tmp_path: Path) -> None:
    made = standard(
        tmp_path,
        "O1,P1,01/01/2026,31/12/9999,,31/12/2100\nO2,P1,30/12/1899,01/01/1900,,\n",
    )
    assert made.rows("cto") == [
        {"case_id": "P1", "id": "O1", "started_on": "2026-01-01"},
        {"case_id": "P1", "id": "O2"},
    ]
    assert made.faults() == []


RECALL_TIMES = "RecallId,OrderId,Decided,Ended\n"


@pytest.mark.parametrize(
    ("text", "written", "fault"),
    [
        ("29/03/2026 01:30", "<invalid>", "skipped_time"),  # the clocks go from 1 to 2
        ("29/03/2026 00:59", "2026-03-29T00:59:00", None),
        ("29/03/2026 02:00", "2026-03-29T02:00:00", None),
        ("25/10/2026 01:30", "2026-10-25T01:30:00", None),  # comes twice: known to the hour
        ("05/02/2026", "2026-02-05", None),
        ("05/02/2026 00:00", "2026-02-05T00:00:00", None),
    ],
)
def test_times(tmp_path: Path, text: str, written: str, fault: str | None) -> None:
    made = with_recalls(tmp_path, RECALL_TIMES + f"R1,O1,{text},\n")
    assert made.row("cto_recall")["decided_at"] == written
    assert [found[3] for found in made.faults()] == ([fault] if fault else [])


def test_midnight_can_mean_that_no_time_was_written_down(tmp_path: Path) -> None:
    kind = RECALL.replace("Decided,", "{from: Decided, midnight: unknown},")
    rows = "R1,O1,05/02/2026 00:00,\nR2,O1,05/02/2026 00:01,\n"
    made = with_recalls(tmp_path, RECALL_TIMES + rows, kind)
    times = [row["decided_at"] for row in made.rows("cto_recall")]
    assert times == ["2026-02-05", "2026-02-05T00:01:00"]


def test_many_times_are_each_read_as_one_alone_is(tmp_path: Path) -> None:
    """Times are put together from their halves; a day on which the clocks change is not."""
    days = ["05/02/2026", "29/03/2026", "25/10/2026", "31/02/2026", "06/02/2026"]
    hours = ["00:30", "01:30", "02:30", "24:00", "9:05", "00:00"]
    texts = [f"{day} {hour}" for day in days for hour in hours] * 2
    rows = "".join(f"R{number},O1,{text},\n" for number, text in enumerate(texts))
    made = with_recalls(tmp_path, RECALL_TIMES + rows)
    together = [row["decided_at"] for row in made.rows("cto_recall")]
    assert together[: len(texts) // 2] == together[len(texts) // 2 :]
    for text, expected in zip(texts[:30], together, strict=False):
        alone = with_recalls(tmp_path, RECALL_TIMES + f"R1,O1,{text},\n")
        assert alone.row("cto_recall")["decided_at"] == expected


def test_times_in_another_zone_come_into_the_schemas_own(tmp_path: Path) -> None:
    files = {
        "patients.csv": PATIENTS + P1,
        "orders.csv": ORDERS + O1,
        "recalls.csv": RECALL_TIMES
        + "R1,O1,01/07/2026 23:30,\nR2,O1,25/10/2026 00:30,\nR3,O1,25/10/2026 01:30,\n",
    }
    top = "time_zone: UTC\n" + TOP.replace('"%d/%m/%Y"', '"%d/%m/%Y", "%d/%m/%Y %H:%M"')
    made = loaded(tmp_path, files, top + "kinds:" + CASE + CTO + RECALL)
    assert [row["decided_at"] for row in made.rows("cto_recall")] == [
        "2026-07-02T00:30:00",
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:30:00+00:00",
    ]


# --- nothing, and not known ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", None),
        ("   ", None),
        ("\u00a0", None),
        ("\u200b", None),
        ("NULL", None),
        ("Not recorded", None),
        ("Not known", "<not known>"),  # a text that says so, and no code
        ("99", "not known"),
        ("01", "discharged"),
        (" 01\u00a0", "discharged"),
        ("X", "<invalid>"),
    ],
)
def test_blank_against_not_recorded_against_not_known(
    tmp_path: Path, text: str, written: str | None
) -> None:
    made = standard(tmp_path, f"O1,P1,01/01/2026,02/02/2026,{text},\n")
    assert made.row("cto").get("end_reason") == written
    counted = made.field("cto", "end_reason")
    assert counted.blank == (written is None)
    assert counted.unknown == (written in ("not known", "<not known>"))
    assert sum(counted.invalid.values()) == (written == "<invalid>")
    assert counted.filled == (written == "discharged")


def test_letters_that_mean_something_mean_what_the_mapping_says(tmp_path: Path) -> None:
    codes = "X: {means: blank}, Z: {means: not_stated}, N: {means: withheld}, "
    cto = CTO.replace('codes: {"01"', f'codes: {{{codes}"01"')
    rows = "".join(f"O{n},P1,01/01/2026,02/02/2026,{c},\n" for n, c in enumerate("XZN"))
    made = standard(tmp_path, rows, cto=cto)
    assert [row.get("end_reason") for row in made.rows("cto")] == [None, "not known", "<withheld>"]


def test_a_code_that_lost_its_leading_zero_is_noticed_and_not_guessed(tmp_path: Path) -> None:
    made = standard(tmp_path, "O1,P1,01/01/2026,02/02/2026,1,\nO2,P1,01/01/2026,,7,\n")
    assert [fault[3] for fault in made.faults()] == ["lost_leading_zero", "unknown_code"]
    cto = CTO.replace("codes: {", "leading_zeros: 2, codes: {")
    made = standard(tmp_path, "O1,P1,01/01/2026,02/02/2026,1,\n", cto=cto)
    assert made.row("cto")["end_reason"] == "discharged"


def test_blanks_around_keys_are_none_of_them(tmp_path: Path) -> None:
    made = standard(tmp_path, " O1 ,\u00a0P1\u00a0,01/01/2026 ,,,\n", P1.replace("P1", "P1  "))
    assert made.row("cto") == {"case_id": "P1", "id": "O1", "started_on": "2026-01-01"}


# --- one person, several ids --------------------------------------------------------------------

MERGED = TOP + 'id_map: {source: {files: "merged.csv"}, from: Old, to: New}\n'


def with_map(tmp_path: Path, merged: str, patients: str, orders: str = "") -> Loaded:
    files = {
        "patients.csv": PATIENTS + patients,
        "orders.csv": ORDERS + orders,
        "merged.csv": "Old,New\n" + merged,
    }
    return loaded(tmp_path, files, MERGED + "kinds:" + CASE + CTO)


def test_merged_patients_are_one_case_with_the_records_of_both(tmp_path: Path) -> None:
    old = P2.replace("P2", "P0").replace("South", "Gone")
    made = with_map(tmp_path, "P0,P1\n", old + P1, O1 + O1.replace("O1,P1", "O2,P0"))
    assert made.row("case")["team"] == "North"  # the row under the id that holds now
    assert [row["case_id"] for row in made.rows("cto")] == ["P1", "P1"]
    assert (made.table("case").merged, made.table("case").rejected) == (1, 0)
    assert made.faults() == []


def test_chains_of_merges_are_followed(tmp_path: Path) -> None:
    made = with_map(tmp_path, "A,B\nB,P1\n", P1, O1.replace("P1", "A"))
    assert made.row("cto")["case_id"] == "P1"


def test_a_case_that_stands_under_its_former_id_alone_is_kept(tmp_path: Path) -> None:
    made = with_map(tmp_path, "P1,P7\n", P1, O1)
    assert made.row("case")["case_id"] == made.row("cto")["case_id"] == "P7"


def test_a_circle_of_merges_is_said_and_ends(tmp_path: Path) -> None:
    made = with_map(tmp_path, "P2,P1\nP1,P2\n", P1 + P2, O1)
    assert {row["case_id"] for row in made.rows("case")} == {"P1"}
    assert [fault.value for fault in made.load.faults] == ["id_map"]


def test_one_nhs_number_in_two_cases_is_noted_at_both(tmp_path: Path) -> None:
    made = standard(tmp_path, patients=P1 + P1.replace("P1", "P3") + P2)
    assert [(fault[1], fault[3]) for fault in made.faults()] == [
        (2, "shared_nhs_number"),
        (3, "shared_nhs_number"),
    ]


@pytest.mark.parametrize(
    ("number", "written", "good"),
    [
        ("9990000018", "9990000018", True),
        ("999 000 0018", "9990000018", True),
        ("9990000019", "9990000019", False),
        ("999000001", "999000001", False),
    ],
)
def test_nhs_numbers(tmp_path: Path, number: str, written: str, good: bool) -> None:
    made = standard(tmp_path, patients=P1.replace("9990000018", number))
    assert made.row("case")["nhs_number"] == written
    assert [fault[3] for fault in made.faults()] == ([] if good else ["nhs_number"])


# --- rows that are no records -------------------------------------------------------------------


def test_drafts_and_rows_in_error_are_rejected_under_their_names(tmp_path: Path) -> None:
    out = (
        "    leave_out:\n"
        "      - {as: draft, column: Reason, in: [Draft]}\n"
        "      - {as: entered_in_error, column: Expiry, filled: yes}\n"
    )
    cto = CTO.replace("    fields:\n", out + "    fields:\n")
    made = standard(tmp_path, "O1,P1,,,Draft,\nO2,P1,,,,x\nO3,P1,01/01/2026,,,\n", cto=cto)
    assert [row["id"] for row in made.rows("cto")] == ["O3"]
    assert [fault[3] for fault in made.faults()] == ["draft", "entered_in_error"]


def test_rows_of_another_kind_are_set_aside_and_are_no_fault(tmp_path: Path) -> None:
    cto = CTO.replace("    fields:\n", "    where: [{column: Reason, not_in: [x]}]\n    fields:\n")
    made = standard(tmp_path, "O1,P1,,,x,\nO2,P1,01/01/2026,,,\n", cto=cto)
    table = made.table("cto")
    assert (table.in_files, table.set_aside, table.read, table.kept) == (2, 1, 1, 1)
    assert made.faults() == []
