"""The findings of a run, kept for the next: a line a case, so that what did not change need not be
judged again.

A line holds the case's id, the hash of what it said, the first day on which time alone changes
anything, and its findings as they were found, packed. It is for the records' own holder, like the
manifest that it stands beside.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, Final

from policyengine.findings.model import Evidence, Finding, Gap
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict

KEPT_VERSION: Final = 1
_LONGEST: Final = 64 << 20  # of a line, and of a case's findings unpacked
_PLAIN = tuple(
    field.name
    for field in fields(Finding)
    if field.name not in ("verdict", "settings", "evidence", "reasons", "late_gaps")
)


class KeptError(Exception):
    """A file of kept findings that is none, or is broken."""


@dataclass(frozen=True, slots=True)
class KeptCase:
    """What was kept of a case. `next_day` is the first day (an ordinal) on which anything of it
    changes with no new record, None for never; `is_exact` that no such day was given up on.
    `place` and `size` say where its line stands."""

    digest: str
    next_day: int | None
    is_exact: bool
    place: int
    size: int


class KeptFindings:
    """A file of kept findings, read line by line as it is asked for. `about` is what the run
    rests on. Raises `KeptError`, OSError."""

    def __init__(self, path: Path) -> None:
        self._stream: BinaryIO = path.open("rb")
        head = self._read_line(0)
        if not isinstance(head, dict) or head.get("kept_version") != KEPT_VERSION:
            self._stream.close()
            raise KeptError("it holds no findings of this version of the program")
        self.about: Mapping[str, Any] = head
        self.cases: dict[str, KeptCase] = dict(self._index())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def findings(self, case: KeptCase) -> list[Finding]:
        """The findings on a case, as they were found."""
        line = self._read_line(case.place)
        try:
            unpack = zlib.decompressobj()
            data = unpack.decompress(base64.b64decode(line[4], validate=True), _LONGEST)
            if not unpack.eof:
                raise KeptError("a line of it is broken")
            return [_finding(each) for each in json.loads(data)]
        except (TypeError, KeyError, ValueError, IndexError, zlib.error, binascii.Error):
            raise KeptError("a line of it is broken") from None

    def line(self, case: KeptCase) -> bytes:
        """The line of a case as it stands, to be kept once more."""
        self._stream.seek(case.place)
        return self._stream.read(case.size)

    def _index(self) -> Iterator[tuple[str, KeptCase]]:
        self._stream.seek(0)
        place = len(self._stream.readline(_LONGEST))
        while line := self._stream.readline(_LONGEST):
            # All but the packed findings, which are asked for only where they are used.
            match _loaded(line):
                case [str(id), str(digest), int() | None as day, bool(exact), str()]:
                    yield id, KeptCase(digest, day, exact, place, len(line))
                case _:
                    raise KeptError("a line of it is broken")
            place += len(line)

    def _read_line(self, place: int) -> Any:
        self._stream.seek(place)
        return _loaded(self._stream.readline(_LONGEST))


def head_line(about: Mapping[str, object]) -> bytes:
    """The first line: what the run rests on."""
    return _line({"kept_version": KEPT_VERSION, **about})


def case_line(
    id: str, digest: str, next_day: int | None, is_exact: bool, findings: Sequence[Finding]
) -> bytes:
    """The line of a case."""
    plain = json.dumps([_json(each) for each in findings], separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(plain.encode("ascii"), 6)).decode("ascii")
    return _line([id, digest, next_day, is_exact, packed])


def _line(value: object) -> bytes:
    return (json.dumps(value, separators=(",", ":")) + "\n").encode("ascii")


def _loaded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise KeptError("a line of it is broken") from None


def _json(finding: Finding) -> dict[str, object]:
    return {
        **{name: getattr(finding, name) for name in _PLAIN},
        "verdict": finding.verdict.value,
        "settings": finding.settings,
        "evidence": [(item.kind, item.id, item.on, item.role) for item in finding.evidence],
        "reasons": [
            (each.why.value, each.kind, each.id, each.field, each.text) for each in finding.reasons
        ],
        "late_gaps": [(gap.due, gap.done_on) for gap in finding.late_gaps],
    }


def _finding(held: dict[str, Any]) -> Finding:
    return Finding(
        **{name: held[name] for name in _PLAIN},
        verdict=Verdict(held["verdict"]),
        settings=tuple((name, value) for name, value in held["settings"]),
        evidence=tuple(Evidence(*item) for item in held["evidence"]),
        reasons=tuple(Reason(Why(why), *rest) for why, *rest in held["reasons"]),
        late_gaps=tuple(Gap(*gap) for gap in held["late_gaps"]),
    )
