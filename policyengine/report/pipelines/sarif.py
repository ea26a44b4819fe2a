"""SARIF 2.1.0: what code scanning reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from urllib.parse import quote

from policyengine.report.pipelines.remarks import Place, Remark, fingerprints, in_order, relative
from policyengine.report.safe_text import safe_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"


def sarif(remarks: Iterable[Remark], version: str, root: Path) -> str:
    """A log of one run, with every code that it names. Paths are relative to `root`, which is
    not named."""
    found = in_order(remarks)
    meanings = {remark.code: remark.meaning for remark in found}
    codes = sorted(meanings)
    driver = {
        "name": "trust-policy-engine",
        "version": version,
        "rules": [
            {"id": safe_text(code), "shortDescription": {"text": safe_text(meanings[code])}}
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(remark, name, codes, root) for remark, name in fingerprints(found, root)
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, allow_nan=False) + "\n"


def _result(remark: Remark, name: str, codes: Sequence[str], root: Path) -> dict[str, object]:
    made: dict[str, object] = {
        "ruleId": safe_text(remark.code),
        "ruleIndex": codes.index(remark.code),
        "level": remark.level.value,
        "message": {"text": remark.words},
        "partialFingerprints": {"lineAndMessage/v1": name},
    }
    if remark.place is not None:
        made["locations"] = [{"physicalLocation": _physical(remark.place, root)}]
    if remark.related:
        made["relatedLocations"] = [
            {"physicalLocation": _physical(place, root), "message": {"text": safe_text(text)}}
            for place, text in remark.related
        ]
    if remark.mend is not None:
        made["fixes"] = [_fix(*remark.mend, remark, root)]
    return made


def _physical(place: Place, root: Path) -> dict[str, object]:
    return {"artifactLocation": _artifact(place.file, root), "region": _region(place)}


def _artifact(file: str, root: Path) -> dict[str, object]:
    path = relative(file, root)
    if PurePath(path).is_absolute():
        return {"uri": "file://" + _quoted(path)}
    return {"uri": _quoted(path), "uriBaseId": _ROOT}


def _quoted(path: str) -> str:
    """A path as a URI reference: `a:b` at its start would read as a scheme."""
    return quote(path, safe="/", errors="backslashreplace")


def _region(place: Place) -> dict[str, object]:
    if not place.column:
        return {"startLine": place.line}
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(place: Place, text: str, remark: Remark, root: Path) -> dict[str, object]:
    change = {
        "artifactLocation": _artifact(place.file, root),
        "replacements": [{"deletedRegion": _region(place), "insertedContent": {"text": text}}],
    }
    said = remark.hints[0] if remark.hints else "the mend"
    return {"description": {"text": safe_text(said)}, "artifactChanges": [change]}
