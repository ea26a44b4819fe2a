"""GitLab code quality: the list that a merge request shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from policyengine.report.pipelines.remarks import (
    Level,
    Place,
    Remark,
    fingerprints,
    in_order,
    relative,
)
from policyengine.report.safe_text import safe_text

_SEVERITY = {Level.ERROR: "critical", Level.WARNING: "minor", Level.NOTE: "info"}


def code_quality(remarks: Iterable[Remark], root: Path, fallback: str) -> str:
    """The list as JSON. `fallback` is the file that a remark without a place is shown at, since
    GitLab shows none without."""
    made = [
        _issue(remark, name, root, fallback)
        for remark, name in fingerprints(in_order(remarks), root)
    ]
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def _issue(remark: Remark, name: str, root: Path, fallback: str) -> dict[str, object]:
    place = remark.place or Place(fallback)
    return {
        "description": remark.words,
        "check_name": safe_text(remark.code),
        "fingerprint": name,
        "severity": _SEVERITY[remark.level],
        "location": {
            "path": safe_text(relative(place.file, root)),
            "lines": {"begin": place.line, "end": max(place.line, place.end_line)},
        },
    }
