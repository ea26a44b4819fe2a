"""Ranges of cases judged by several processes: what comes of it is what one comes to, and nothing
is left of them whatever happens.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from policyengine.bulk import side_by_side
from policyengine.bulk.audit import run_bulk_audit
from policyengine.bulk.database import BulkError
from policyengine.bulk.engine import BulkEngine
from policyengine.bulk.loading.folder import open_folder
from policyengine.bulk.loading.kind_table import KindTable
from policyengine.bulk.over_time import Counted, run_bulk_counts
from policyengine.bulk.page_audit import run_page_audit
from policyengine.bulk.side_by_side import LOST, RANGE, Means, hands_of, spread
from policyengine.bulk.told import DisagreementError
from policyengine.evaluate import run_audit
from policyengine.findings.model import Finding
from policyengine.findings.sentences import Sentences
from policyengine.findings.tally import tally_of
from policyengine.records import ExportError, open_export
from policyengine.records.errors import export_error
from tests.bulk_desk import reference_of
from tests.loading_desk import nothing_left_in
from tests.tables_from_cases import write_csv, write_parquet
from tests.test_bulk_loading_ranges import ASKED, CASES, CLEAN, ODD, POLICY, visits
from tools.conformance.bench import check, schema_of

ROOT = Path(__file__).parent.parent
DAY = date(2026, 11, 1)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked")


@pytest.fixture(scope="module")
def plan():
    made = check(POLICY, schema_of(ASKED)).plan
    assert made is not None
    return made


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where private files lie: none is left at the end."""
    folder = tmp_path / "private"
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with nothing_left_in(folder):
        yield folder


def audited(plan, path: Path, means: Means, reference=None):
    with open_folder(str(path), plan.schema, threads=2) as export:
        return run_bulk_audit(
            plan, export, DAY, reference=reference or reference_of(plan, export), means=means
        )


def messy(seed: int = 5) -> dict[str, list[dict[str, object]]]:
    """Rows out of order, with every oddity, spread over all cases; some belong to nobody."""
    chance = random.Random(seed)
    rows: list[dict[str, object]] = [*CLEAN, *visits()]
    for number, odd in enumerate(ODD.values()):
        rows += [{**row, "case_id": f"C{(number * 7 + n) % 31:02}"} for n, row in enumerate(odd)]
    chance.shuffle(rows)
    letters = [{"case_id": f"C{n % 30:02}", "id": f"l{n % 50}", "words": "x"} for n in range(80)]
    return {"case": [*CASES, CASES[3]], "visit": rows, "letter": letters}


@linux
@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("hands", [2, 3, 8])
@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_findings_counts_and_hash_are_those_of_one(tmp_path: Path, plan, hands: int, write) -> None:
    path = write(tmp_path / "export", messy())
    plain = open_export(str(path), plan.schema)
    whole = run_audit(plan, plain, DAY)
    assert len(whole.findings) > 30
    assert plain.load.rows_rejected > 0
    assert plain.load.sorted_faults()
    for at_once in (4, 15):
        found, notes = audited(plan, path, Means(cases_at_once=at_once, hands=hands))
        assert found == whole
        assert notes.rules == {}


@linux
@pytest.mark.usefixtures("private")
def test_an_export_is_walked_twice_and_what_is_kept_is_told_here(tmp_path: Path, plan) -> None:
    """As a comparison of two rule sets walks it; and `keep` may remember what it saw."""
    path = write_csv(tmp_path / "export", messy())
    whole = run_audit(plan, open_export(str(path), plan.schema), DAY)
    expected = [each for each in whole.findings if each.case < "C15"]
    assert 0 < len(expected) < len(whole.findings)
    with open_folder(str(path), plan.schema, threads=2) as export:
        reference = reference_of(plan, export)
        for shown in (None, lambda findings: findings[:3]):
            seen: set[str] = set()

            def keep(finding: Finding, seen: set[str] = seen) -> bool:
                seen.add(finding.case)
                return finding.case < "C15"

            means = Means(cases_at_once=4, hands=2)
            found, _ = run_bulk_audit(
                plan, export, DAY, reference=reference, keep=keep, shown=shown, means=means
            )
            assert list(found.findings) == expected
            assert seen == {each.case for each in whole.findings}


@linux
@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("hands", [2, 4])
def test_a_page_and_a_trend_are_those_of_one(tmp_path: Path, plan, hands: int) -> None:
    path = write_csv(tmp_path / "export", messy(6))
    whole = run_audit(plan, open_export(str(path), plan.schema), DAY)
    dates = [Counted(date(2026, month, 1), date(2026, month, 1)) for month in (2, 6, 11)]
    with open_folder(str(path), plan.schema, threads=2) as export:
        found, _ = run_page_audit(
            plan,
            export,
            DAY,
            limit=2,
            reference=reference_of(plan, export),
            means=Means(cases_at_once=7, hands=hands),
        )
    assert found.tally == tally_of(whole, Sentences(plan, whole.as_at), 2)
    assert found.summary == whole.summary
    for how in (Means(cases_at_once=7), Means(cases_at_once=7, memory="1GB")):
        with open_folder(str(path), plan.schema, memory=how.memory, threads=hands) as export:
            audits, _ = run_bulk_counts(
                plan, export, dates, reference=reference_of(plan, export), means=how
            )
        for asked, audit in zip(dates, audits, strict=True):
            one = run_audit(plan, open_export(str(path), plan.schema), asked.as_at)
            assert audit.summary == one.summary


@linux
@pytest.mark.usefixtures("private")
def test_what_each_leaves_to_the_reference_engine_is_noted_together(
    tmp_path: Path, plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path / "export", messy())
    real = BulkEngine.judge

    def noted(self, cases, *more):
        self.notes.rows["T-01"] = self.notes.rows.get("T-01", 0) + len(cases)
        return real(self, cases, *more)

    monkeypatch.setattr(BulkEngine, "judge", noted)
    _, notes = audited(plan, path, Means(cases_at_once=4, hands=2))
    assert notes.rows == {"T-01": 30}


def _end(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raises(error: BaseException):
    def fails(*_: object) -> None:
        raise error

    return fails


class _OfItsOwnError(Exception):
    """One that cannot be sent: it takes two words, and keeps one."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} of a secret person, {two}")


def _database_error(kind: str) -> Exception:
    import duckdb

    made: Exception = getattr(duckdb, kind)("secret")
    return made


@linux
@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("fails", "kind", "said"),
    [
        (_end, BulkError, LOST),
        (_raises(export_error("CAS001", "it cannot be read")), ExportError, "it cannot be read"),
        (_raises(BulkError("there was no room")), BulkError, "there was no room"),
        (_raises(DisagreementError("of T-01")), DisagreementError, "of T-01"),
        (_raises(_database_error("OutOfMemoryException")), BulkError, "not enough memory"),
        (_raises(_database_error("BinderException")), AssertionError, "BinderException"),
        (_raises(_OfItsOwnError("name", "address")), AssertionError, "_OfItsOwnError"),
        (_raises(MemoryError()), MemoryError, ""),
    ],
)
def test_what_stops_one_stops_all(
    tmp_path: Path, plan, monkeypatch: pytest.MonkeyPatch, fails, kind, said: str
) -> None:
    path = write_csv(tmp_path / "export", messy())
    real, run = KindTable.narrow, os.getpid()

    def narrow(self: KindTable, *more: object) -> None:
        ranges = self.con.execute("SELECT min(id) FROM cm").fetchall()[0][0]
        if os.getpid() != run and ranges >= "C12":
            fails()
        real(self, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(KindTable, "narrow", narrow)
    with pytest.raises(kind) as caught:
        audited(plan, path, Means(cases_at_once=4, hands=2))
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not _children()


def _children() -> list[str]:
    """The processes of this one that have not ended."""
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return path.read_text().split()


LONG = """
import os, sys
from policyengine.bulk.loading import loaded_range
from policyengine.bulk.side_by_side import Means
from policyengine.commands.main import main

run = os.getpid()

def long(self, tables):
    assert os.getpid() != run
    os.write(1, b"started %d\\n" % os.getpid())  # at once: two processes write
    sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"
    self.con.execute(sql).fetchall()

loaded_range.LoadedRange._fill = long
Means.__init__.__defaults__ = (None, None, 5, 2)
sys.exit(main(sys.argv[1:]))
"""


@linux
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_ends_every_process(tmp_path: Path, sent: signal.Signals) -> None:
    path = write_csv(tmp_path / "export", messy())
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/visits.policy").write_text(POLICY)
    (tmp_path / "rules/schema.yaml").write_text(ASKED)
    private = tmp_path / "private"
    private.mkdir()
    words = ["audit", str(tmp_path / "rules"), "--cases", str(path), "--as-at", "2026-11-01"]
    with subprocess.Popen(
        [sys.executable, "-c", LONG, *words, "--engine", "duckdb"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(private)},
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        hands = [int(child.stdout.readline().split()[1]) for _ in range(2)]
        assert len(set(hands)) == 2
        child.send_signal(sent)
        try:
            code = child.wait(timeout=30)  # else it would be hours
            deadline = time.monotonic() + 20
            while any(map(_is_there, hands)):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            for process in (child.pid, *hands):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        said = child.stderr.read().decode()
    if sent is not signal.SIGKILL:
        assert code == 130
        assert "Traceback" not in said
        assert not list(private.iterdir())


def _is_there(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


# --- how many, and how large ------------------------------------------------------------------------


def folder_of(memory: str | None, threads: int, cases: int, fits: int):
    """What is asked of a folder to spread its cases."""

    class Folder:
        another = object()
        is_granted = memory is not None
        is_asked = False
        con = object()
        ids = type("Ids", (), {"count": cases})

        def fitting(self, _rules: int, hands: int) -> int:
            return fits // hands

    made = Folder()
    made.threads = threads
    return made


@linux
@pytest.mark.parametrize(
    ("rules", "memory", "threads", "hands"),
    [
        (99, None, 2, 1),  # little memory: one after the other
        (100, None, 2, 2),
        (100, None, 1, 1),
        (133, None, 64, 8),
        (6, 511 << 20, 2, 1),
        (6, 512 << 20, 2, 2),
        (6, 100 << 20, 2, 1),
        (200, 100 << 20, 4, 1),  # what somebody grants is not gone beyond
        (200, 64 << 30, 64, 8),
    ],
)
def test_how_many_are_at_work(
    monkeypatch: pytest.MonkeyPatch, rules: int, memory: int | None, threads: int, hands: int
) -> None:
    monkeypatch.setattr(side_by_side, "limit_of", lambda _: float(memory or 1 << 60))
    granted = None if memory is None else "some"
    folder = folder_of(granted, threads, 100_000, 10)
    assert hands_of(folder, rules) == hands
    folder.is_asked = True  # for so many threads
    assert hands_of(folder, rules) == (hands if memory else min(threads, 8))
    monkeypatch.setattr(side_by_side, "CAN_FORK", False)
    assert hands_of(folder_of(granted, threads, 100_000, 10), rules) == 1


@linux
@pytest.mark.parametrize(
    ("cases", "fits", "at_once"),
    [
        (100_000, 66_000, 25_000),  # four of 33,000 at most
        (100_000, 100_000, 50_000),
        (15_999, 100_000, 15_999),  # too few to divide
        (16_000, 100_000, 8_000),
        (16_001, 100_000, 8_001),
        (60_001, 40_000, 15_001),  # three ranges would leave a hand idle
        (7, 4, 2),
        (1, 100_000, 1),
        (0, 100_000, 1),
    ],
)
def test_all_have_as_much_to_do(
    monkeypatch: pytest.MonkeyPatch, cases: int, fits: int, at_once: int
) -> None:
    folder = folder_of(None, 2, cases, fits)
    rules = side_by_side.MANY  # worth it for a single case
    made = spread(Means(), folder, rules)
    assert (made.cases_at_once, made.hands) == (at_once, 2 if cases else 1)
    assert spread(Means(cases_at_once=9), folder, rules).cases_at_once == 9
    assert spread(Means(), folder, rules, RANGE).cases_at_once <= RANGE
