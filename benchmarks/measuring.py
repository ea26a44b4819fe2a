"""What a command took: CPU over all its threads and processes, wall time, and the most memory that
these held together.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVERY = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU and of the clock, and megabytes."""

    cpu: float
    wall: float
    memory: float


class FailedError(Exception):
    """A command that was to be measured ended with another code than 0."""


def spent_by(command: list[str], times: int = 1, output: Path | None = None) -> Spent:
    """What a command of Python's took, the least CPU of several times."""
    best: Spent | None = None
    for _ in range(times):
        began = time.perf_counter()
        target = subprocess.DEVNULL if output is None else output.open("wb")
        child = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, *command], stdout=target, stderr=subprocess.PIPE, cwd=ROOT
        )
        assert child.stderr is not None
        held: list[float] = [0.0]
        looking = threading.Thread(target=_look, args=(child.pid, held))
        looking.start()
        said = child.stderr.read().decode()
        looking.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise FailedError(f"{' '.join(command)}: {said.strip().splitlines()[-1:]}")
        wall = time.perf_counter() - began
        memory = held[0] or usage.ru_maxrss / 1024  # which counts what it was forked from, too
        found = Spent(usage.ru_utime + usage.ru_stime, wall, memory)
        if best is None or found.cpu < best.cpu:
            best = found
    assert best is not None
    return best


def _look(pid: int, held: list[float]) -> None:
    """The most megabytes of a process and those that it started, each shared page counted once
    (Linux; elsewhere 0), looked at now and then until it ends."""
    while (now := sum(map(_held_by, _family(pid)))) or Path(f"/proc/{pid}/smaps_rollup").exists():
        held[0] = max(held[0], now)
        if not now:
            return  # it has ended, and nobody has waited for it yet
        time.sleep(EVERY)


def _family(pid: int) -> list[int]:
    own = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        children = own.read_text().split()
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in _family(int(child)))]


def _held_by(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def cpu_of(work: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of a function in this process, over all threads; the least of several times."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def machine() -> str:
    """What this was measured on."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    import duckdb

    version = sys.version.split()[0]
    return f"{os.cpu_count()} cores ({model}), Python {version}, duckdb {duckdb.__version__}"
