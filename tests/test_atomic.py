"""Whatever ends a run, a file of results holds the old content or all of the new: killed, out of
disk, interrupted, its reader gone."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policyengine.report import atomic_write
from policyengine.report.atomic_write import write_whole
from tests.commands_desk import Desk

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
WRITE = """\
import sys
from pathlib import Path
from policyengine.report.atomic_write import write_whole
target = Path(sys.argv[1])
pieces = 64
while True:
    for letter in (b"a", b"b"):
        write_whole(target, (letter * 65536 for _ in range(pieces)))
"""
RUN = """\
import sys
from policyengine.commands.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("CI", raising=False)
    return Desk(tmp_path, capsys)


def started(*words: str, code: str = RUN, limit: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env={key: value for key, value in ENV.items() if key != "CI"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,  # noqa: PLW1509
    )


def where(desk: Desk) -> tuple[str, ...]:
    return (str(desk.rules), "--cases", str(desk.cases), "--as-at", "2026-02-01")


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.part")]


# --- killed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment_it_leaves_the_old_or_all_of_the_new(
    tmp_path: Path, seed: int
) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    child = started(str(target), code=WRITE)
    time.sleep(0.08 + random.Random(seed).random() * 0.25)
    child.kill()
    child.communicate()
    data = target.read_bytes()
    assert data == b"old" or (len(data) == 64 * 65536 and len(set(data)) == 1)
    if hasattr(os, "O_TMPFILE"):
        # Half a report of somebody's records does not lie about: but for the moment in which a
        # whole one has a name and not yet its own.
        assert len(leftovers(tmp_path)) <= 1
        for name in leftovers(tmp_path):
            assert len((tmp_path / name).read_bytes()) == 64 * 65536


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_reports_that_are_old_or_whole(
    desk: Desk, seed: int, end: signal.Signals
) -> None:
    out, manifest = desk.folder / "out.xlsx", desk.folder / "manifest.json"
    words = ("worklist", *where(desk), "-q", "-o", str(out), "--manifest", str(manifest))
    assert desk.run(*words).code == 0
    new = out.read_bytes(), manifest.read_bytes()
    out.write_bytes(b"old")
    manifest.write_bytes(b"older")
    child = started(*words)
    time.sleep(0.2 + random.Random(seed).random() * 0.8)
    child.send_signal(end)
    said = child.communicate()[1]
    assert out.read_bytes() in (b"old", new[0])
    if manifest.read_bytes() != b"older":  # the mark that everything else is there
        assert out.read_bytes() == new[0]
    assert b"is a bug" not in said


# --- out of disk -------------------------------------------------------------------------------

WRITERS = {
    "json": ("audit",),
    "csv": ("audit",),
    "txt": ("audit",),
    "xlsx": ("worklist",),
    "html": ("report", "--periods", "0"),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_that_cannot_grow_is_told_and_the_old_one_stays(desk: Desk, suffix: str) -> None:
    verb, *flags = WRITERS[suffix]
    out = desk.folder / f"out.{suffix}"
    out.write_bytes(b"old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    child = started(verb, *where(desk), *flags, "-q", "-o", str(out), limit=limit)
    said = child.communicate(timeout=60)[1].decode()
    assert child.returncode == 3, said
    assert "cannot be written" in said
    assert out.read_bytes() == b"old"
    assert leftovers(desk.folder) == []


def test_on_a_disk_that_is_full_the_old_one_stays(desk: Desk) -> None:
    """A file system of 16 KiB in memory, where the machine lets one be made."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare on this machine")
    disk = desk.folder / "disk"
    disk.mkdir()
    out = disk / "out.json"
    script = (
        f"mount -t tmpfs -o size=16k none '{disk}' || exit 99\n"
        f"printf old > '{out}'; head -c 11000 /dev/zero > '{disk}/fill'\n"
        'shift; "$0" -c "$@"; code=$?\n'
        f"cat '{out}'; find '{disk}' -name '*.part' >&2\n"
        "exit $code\n"
    )
    words = ("audit", *where(desk), "--format", "json", "-q", "-o", str(out))
    cases = desk.cases.read_text()
    desk.cases.write_text("".join(cases.replace('"K', f'"K{n}') for n in range(9)))
    command = ["unshare", "-rm", "sh", "-c", script, sys.executable, "-", RUN, *words]
    ran = subprocess.run(command, env=ENV, capture_output=True, timeout=60, check=False)
    if ran.returncode in (1, 99) and b"bug" not in ran.stderr and ran.stdout != b"old":
        pytest.skip("this machine lets nobody make a file system")
    assert (ran.returncode, ran.stdout) == (3, b"old")
    assert b"No space left" in ran.stderr
    assert b".part" not in ran.stderr


@pytest.mark.parametrize("words", [("audit",), ("audit", "--format", "json"), ("worklist",)])
def test_standard_output_that_is_full_is_told(desk: Desk, words: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full on this machine")
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-c", RUN, words[0], *where(desk), *words[1:], "-q"],
            env=ENV,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 3
    assert ran.stderr.decode().splitlines() == [
        "trustpolicy: error: standard output cannot be written: No space left on device"
    ]


# --- its reader gone ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("audit", "--format", "jsonl"), ("worklist",)])
def test_a_reader_that_goes_away_is_no_error(desk: Desk, words: tuple[str, ...]) -> None:
    cases = desk.cases.read_text()
    desk.cases.write_text("".join(cases.replace('"K', f'"K{n}x') for n in range(300)))
    child = started(words[0], *where(desk), *words[1:], "-q")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    said = child.stderr.read().decode()
    assert (child.wait(timeout=60), said) == (141, "")


# --- one file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("nameless", [True, False])
def test_where_making_a_piece_fails_nothing_has_changed(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.setattr(atomic_write, "_nameless", lambda folder: None)
    target = tmp_path / "report.json"
    target.write_bytes(b"old")

    def pieces() -> object:
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(target, pieces())  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert target.read_bytes() == b"old"
    write_whole(target, [b"n", b"ew"], mode=0o640)
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)
    assert target.stat().st_nlink == 1


def test_a_name_may_be_as_long_as_the_system_lets_it(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 120 + ".json")
    write_whole(target, b"x")
    assert target.read_bytes() == b"x"
