"""Waivers mark and hide nothing; a baseline lists what is new or worse."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands_desk import CASES, Desk, Ran, case


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    made = Desk(tmp_path, capsys)
    # The small rule set has one rule that is critical: here it is not, unless a test says so.
    file = made.rules / "orders.policy"
    file.write_text(file.read_text().replace("severity critical", "severity high"))
    return made


WAIVER = """\
  - rule: {rule}
    {whose}
    reason: {reason}
    approver: Medical director
    from: {first}
    until: {last}
"""


def waiver(
    rule: str = "A-01", whose: str = "case: K3", reason: str = "The person is abroad.",
    first: str = "2026-01-15", last: str = "2026-03-01",
) -> str:  # fmt: skip
    return WAIVER.format(rule=rule, whose=whose, reason=reason, first=first, last=last)


def waivers(desk: Desk, *several: str) -> str:
    file = desk.folder / "w.yaml"
    file.write_text("waivers:\n" + "".join(several))
    return str(file)


def audited(desk: Desk, *several: str, words: tuple[str, ...] = (), as_at: str = "2026-02-01",
            ) -> Ran:  # fmt: skip
    return desk.audit("--waivers", waivers(desk, *several), *words, as_at=as_at)


def marked(ran: Ran) -> list[tuple[str, str]]:
    return [(each["rule"], each["case"]) for each in ran.json["findings"] if each["waived"]]


# --- what is marked ----------------------------------------------------------------------------


def test_a_waiver_marks_and_hides_nothing(desk: Desk) -> None:
    plain = desk.audit("--format", "json").json
    ran = audited(desk, waiver(), words=("--format", "json"))
    made = ran.json
    assert marked(ran) == [("A-01", "K3")]
    assert made["waived"] == {"A-01": 1}
    (found,) = (each for each in made["findings"] if each["waived"])
    assert found["verdict"] == "breached"
    assert found["waived"] == {
        "reason": "The person is abroad.", "approver": "Medical director", "until": "2026-03-01",
    }  # fmt: skip
    for each in made["findings"]:
        del each["waived"]
    assert made["findings"] == plain["findings"]
    assert made["summary"] == plain["summary"]
    assert "1 of the open findings are waived" in ran.err


def test_without_waivers_no_byte_is_another(desk: Desk) -> None:
    assert "waived" not in desk.audit("--format", "json", "--show", "all").out
    assert "waived" not in desk.audit("--format", "csv").out


# K3 is breached and K4 cannot be told, of A-01, both South's; of A-02 (expected) K2, K3 and K4 are
# breached. K1 and K2 are North's.
@pytest.mark.parametrize(
    ("whose", "rule", "cases"),
    [
        ("case: K3", "A-01", ["K3"]),
        ("case: K4", "A-01", ["K4"]),
        ("case: K1", "A-01", []),
        ("team: South", "A-01", ["K3", "K4"]),
        ("team: North", "A-02", ["K2"]),
        ("case: K3\n    subject: {kind: cto, id: o1}", "A-01", ["K3"]),
        ("case: K3\n    subject: {kind: cto, id: o2}", "A-01", []),
        ("case: K3\n    team: North", "A-01", []),
    ],
)
def test_whose_findings_it_marks(desk: Desk, whose: str, rule: str, cases: list[str]) -> None:
    ran = audited(desk, waiver(rule, whose), words=("--format", "json"))
    assert marked(ran) == [(rule, each) for each in cases]


@pytest.mark.parametrize(
    ("as_at", "first", "last", "is_marked"),
    [
        ("2026-02-01", "2026-02-01", "2026-03-01", True),  # its first day
        ("2026-02-01", "2026-02-02", "2026-03-01", False),  # the day before it
        ("2026-02-01", "2026-01-15", "2026-02-01", True),  # its last day
        ("2026-02-01", "2026-01-15", "2026-01-31", False),  # the day after it
    ],
)
def test_on_which_days_it_holds(
    desk: Desk, as_at: str, first: str, last: str, is_marked: bool
) -> None:
    each = waiver(first=first, last=last)
    ran = audited(desk, each, words=("--format", "json"), as_at=as_at)
    assert bool(marked(ran)) is is_marked


def test_both_engines_mark_the_same(desk: Desk) -> None:
    one, other = (
        audited(desk, waiver(whose="team: South"), words=("--format", "json", "--engine", engine))
        for engine in ("reference", "duckdb")
    )
    assert one.out == other.out
    text = [audited(desk, waiver(), words=("--engine", engine)).out
            for engine in ("reference", "duckdb")]  # fmt: skip
    assert text[0] == text[1]
    assert "Waived" in text[0]


# --- what is said of waivers -------------------------------------------------------------------


def test_what_has_ended_or_is_unused_or_broad_is_said(desk: Desk) -> None:
    ran = audited(
        desk,
        waiver(first="2025-01-01", last="2025-06-01"),
        waiver(first="2026-06-01", last="2026-07-01"),
        waiver(whose="case: K1"),
        waiver(whose="team: South"),
    )
    for words in (
        "ended on 2025-06-01: it marks nothing",
        "begins on 2026-06-01: it marks nothing yet",
        "is unused: no open finding is of it",
        "is broad: it covers 2 of 2 open findings",
    ):
        assert words in ran.err, words


def test_in_the_terminal_csv_worklist_and_junit(desk: Desk) -> None:
    said = " ".join(audited(desk, waiver()).out.split())
    assert (
        "Waived: 1 of those not met are marked" in said or "Waived: 1 of those not met is" in said
    )
    assert "Waived until Sun 1 Mar 2026 by the Medical director: The person is abroad." in said
    rows = list(csv.DictReader(io.StringIO(audited(desk, waiver(), words=("--format", "csv")).out)))
    (row,) = (row for row in rows if row["waived_until"])
    assert (row["case"], row["waived_by"]) == ("K3", "Medical director")
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    listed = desk.run("worklist", *where, "--waivers", waivers(desk, waiver())).out
    assert "WAIVED until Sunday 1 March 2026 by the Medical director" in listed


def test_the_committee_is_told_how_many_and_no_reason(desk: Desk) -> None:
    where = (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")
    said = desk.run("report", *where, "--waivers", waivers(desk, waiver()), "--format", "md").out
    assert "fewer than 5 of the duties not met" in said.replace("\\", "")
    assert "abroad" not in said


@pytest.mark.parametrize("view", ["team", "share", "committee"])
def test_other_readers_are_told_no_reason(desk: Desk, view: str) -> None:
    ran = audited(desk, waiver(), words=("--view", view))
    assert ran.code == 0
    assert "abroad" not in ran.out


def test_a_waived_breach_does_not_fail_the_gate_and_another_does(desk: Desk) -> None:
    gate = ("--fail-on", "breached")
    assert desk.audit(*gate).code == 1
    assert audited(desk, waiver(), words=gate).code == 0  # K3's is the only breach of a must
    assert audited(desk, waiver(whose="case: K1"), words=gate).code == 1
    assert audited(desk, waiver(), words=("--fail-on", "cannot-tell")).code == 1


def test_waivers_beside_the_configuration_hold_by_themselves(desk: Desk) -> None:
    (desk.rules / "trustpolicy.yaml").write_text("waivers:\n  longest: 3 months\n")
    (desk.rules / "waivers.yaml").write_text("waivers:\n" + waiver())
    ran = desk.audit("--format", "json")
    assert marked(ran) == [("A-01", "K3")]
    assert "waived" not in desk.audit("--format", "json", "--no-waivers").json


# --- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (waiver("A-1"), "WAI002", "did you mean `A-01`?"),
        (
            waiver(whose="case: K3\n    subject: {kind: ct, id: o1}"),
            "WAI002",
            "did you mean `cto`?",
        ),
        (waiver(whose="subject: {kind: cto, id: o1}"), "WAI001", "names its `case`"),
        (waiver(first="2026-03-01", last="2026-02-01"), "WAI004", "before 2026-03-01"),
        (waiver(first="2026-01-01", last="2027-01-02"), "WAI004", "until 2027-01-01 at most"),
        (waiver().replace("    approver: Medical director\n", ""), "WAI001", "`approver`"),
        (waiver(reason='" "'), "WAI001", "`reason`"),
        (waiver().replace("reason:", "reasons:"), "SCH", "reasons"),
        (waiver(first="01/01/2026"), "SCH", "from"),
        ("  - [1]\n", "SCH", "waiver"),
    ],
)
def test_a_mistake_is_a_message_with_its_place(desk: Desk, text: str, code: str, said: str) -> None:
    ran = audited(desk, text)
    assert (ran.code, ran.out) == (3, "")
    assert code in ran.err
    assert said in ran.err
    assert "w.yaml:" in ran.err


def test_a_waiver_as_long_as_may_be_is_none_too_long(desk: Desk) -> None:
    assert audited(desk, waiver(first="2026-01-01", last="2027-01-01")).code == 0


def test_a_critical_rule_is_waived_only_where_the_configuration_says_so(desk: Desk) -> None:
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace("severity high", "severity critical"))
    ran = audited(desk, waiver())
    assert ran.code == 3
    assert "WAI003" in ran.err
    (desk.rules / "trustpolicy.yaml").write_text("waivers: {critical: yes}\n")
    assert audited(desk, waiver()).code == 0


def test_a_file_that_is_not_there(desk: Desk) -> None:
    ran = desk.audit("--waivers", str(desk.folder / "nothing.yaml"))
    assert ran.code == 3
    assert desk.audit("--waivers", "x.yaml", "--no-waivers").code == 2


@pytest.mark.parametrize("bad", ["longest: soon", "critical: perhaps", "broad: 120 percent"])
def test_the_configuration_is_read_strictly(desk: Desk, bad: str) -> None:
    (desk.rules / "trustpolicy.yaml").write_text(f"waivers:\n  {bad}\n")
    assert desk.audit().code == 3


# --- baselines ---------------------------------------------------------------------------------


def based(desk: Desk, as_at: str = "2026-02-01") -> str:
    file = desk.folder / "baseline.json"
    ran = desk.audit("--write-baseline", str(file), as_at=as_at)
    assert ran.code == 0
    return str(file)


def since(desk: Desk, baseline: str, *words: str, as_at: str = "2026-02-01") -> Any:
    return desk.audit("--baseline", baseline, "--format", "json", *words, as_at=as_at).json


def opened(made: Any) -> list[tuple[str, str]]:
    return [
        (each["rule"], each["case"])
        for each in made["findings"]
        if each["verdict"] in ("breached", "cannot_tell")
    ]


def test_nothing_is_new_on_the_day_itself(desk: Desk) -> None:
    made = since(desk, based(desk))
    assert opened(made) == []
    assert made["baseline"]["remain"] == 5
    assert (made["baseline"]["new"], made["baseline"]["gone"]) == (0, 0)
    assert made["summary"] == desk.audit("--format", "json").json["summary"]


def test_what_fell_due_since_is_new(desk: Desk) -> None:
    """K5's order of 30 January is to be explained by 6 February, a leaflet sent by the 13th."""
    baseline = based(desk)
    assert opened(since(desk, baseline, as_at="2026-02-06")) == []
    assert opened(since(desk, baseline, as_at="2026-02-07")) == [("A-01", "K5")]
    made = since(desk, baseline, as_at="2026-02-14")
    assert opened(made) == [("A-01", "K5"), ("A-02", "K5")]
    assert made["baseline"]["new"] == 2


def rewritten(desk: Desk, changed: dict[str, Any]) -> None:
    cases = [changed if each["case_id"] == changed["case_id"] else each for each in CASES]
    desk.cases.write_text("".join(json.dumps(each) + "\n" for each in cases))


def test_what_is_put_right_is_gone_and_what_got_worse_is_told(desk: Desk) -> None:
    """K3's explanation turns out to have been spoken; K4's not to have been."""
    baseline = based(desk)
    rewritten(
        desk,
        case(
            "K4",
            "South",
            ("cto", {"id": "o1", "started_on": "2026-01-04"}),
            ("rights_discussion", {"id": "r1", "date": "2026-01-06", "spoken": False}),
        ),
    )
    made = since(desk, baseline)
    assert opened(made) == [("A-01", "K4")]
    assert (made["baseline"]["worse"], made["baseline"]["new"]) == (1, 0)
    rewritten(
        desk,
        case(
            "K3",
            "South",
            ("cto", {"id": "o1", "started_on": "2026-01-03"}),
            ("rights_discussion", {"id": "r1", "date": "2026-01-05", "spoken": True}),
        ),
    )
    made = since(desk, baseline)
    assert opened(made) == []
    assert made["baseline"]["gone"] == 1


def test_the_gate_looks_at_what_is_new(desk: Desk) -> None:
    baseline = based(desk)
    gate = ("--baseline", baseline, "--fail-on", "breached")
    assert desk.audit(*gate).code == 0
    assert desk.audit(*gate, as_at="2026-02-07").code == 1


def test_the_terminal_says_what_remains(desk: Desk) -> None:
    ran = desk.audit("--baseline", based(desk), as_at="2026-02-07")
    said = " ".join(ran.out.split())
    assert "Since the baseline of Sunday 1 February 2026: 1 new and 0 worse, listed below" in said
    assert "5 of it remain, 0 are gone" in said
    assert "K3" not in ran.out.split("What was not done")[1].split("What to do")[0]


def test_a_baseline_holds_no_name_and_is_its_owners_alone(desk: Desk) -> None:
    file = Path(based(desk))
    text = file.read_text()
    assert not any(name in text for name in ("K1", "K2", "K3", "K4", "A-01", "cto"))
    assert file.stat().st_mode & 0o777 == 0o600


def test_other_rules_are_said(desk: Desk) -> None:
    baseline = based(desk)
    file = desk.rules / "orders.policy"
    file.write_text(file.read_text().replace("rights_window is 7 days", "rights_window is 8 days"))
    ran = desk.audit("--baseline", baseline)
    assert "the rules are not those of the baseline" in ran.err


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": 2}', '{"schema_version": 1'])
def test_what_is_no_baseline(desk: Desk, text: str) -> None:
    file = desk.folder / "b.json"
    file.write_text(text)
    ran = desk.audit("--baseline", str(file))
    assert (ran.code, ran.out) == (3, "")
    assert "cannot be read" in ran.err


def test_a_part_is_no_baseline(desk: Desk) -> None:
    assert desk.audit("--write-baseline", "b.json", "--team", "South").code == 2


def test_the_manifest_names_the_waivers(desk: Desk) -> None:
    manifest = desk.folder / "run.json"
    out = desk.folder / "out.json"
    ran = audited(desk, waiver(), words=("-o", str(out), "--manifest", str(manifest)))
    assert ran.code == 0
    assert "w.yaml" in manifest.read_text()
    assert desk.run("verify", str(manifest)).code == 0
    waivers(desk, waiver(), waiver(whose="case: K4"))
    assert desk.run("verify", str(manifest)).code != 0
