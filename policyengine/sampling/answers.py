"""What a reviewer wrote down: an answer for each record on the sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from policyengine.findings.model import Finding
from policyengine.values.verdict import Verdict

INELIGIBLE = "ineligible"

# The first of each is the one that the sheet offers.
WORDS: Mapping[str, tuple[str, ...]] = {
    Verdict.MET.value: ("met", "met in time", "yes"),
    Verdict.MET_LATE.value: ("met late", "late"),
    Verdict.BREACHED.value: ("not met", "not done", "breached", "no"),
    Verdict.CANNOT_TELL.value: ("cannot tell", "can't tell", "cant tell", "not clear"),
    Verdict.NOT_YET_DUE.value: ("not yet due", "not due"),
    Verdict.EXEMPT.value: ("excused", "exempt"),
    Verdict.NOT_APPLICABLE.value: ("does not apply", "not applicable", "n/a", "na"),
    INELIGIBLE: ("ineligible", "case ineligible", "not eligible"),
}
_MEANT = {word: answer for answer, words in WORDS.items() for word in words}


def offered() -> list[str]:
    """The answers as the sheet offers them."""
    return [words[0] for words in WORDS.values()]


def meant_by(text: str) -> str | None:
    """The answer that somebody wrote, in the engine's spelling; None if it is none.

    >>> meant_by(" Met  late "), meant_by("NOT MET"), meant_by("perhaps")
    ('met_late', 'breached', None)
    """
    plain = re.sub(r"[\s_]+", " ", text.replace("\u2019", "'")).strip().casefold()
    return _MEANT.get(plain)


def item_id(finding: Finding) -> str:
    """What ties a line of the sheet to a finding: the same for the same record of the same case
    under the same rule, and it says nothing of the verdict."""
    parts = (finding.rule, finding.case, finding.subject_kind, finding.subject_id)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return "i" + sha256(text).hexdigest()[:11]


@dataclass(slots=True)
class Answers:
    """A reviewer's answers by item, and the lines that could not be taken, with why."""

    given: dict[str, str] = field(default_factory=dict)
    blank: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def answers_in(rows: Iterable[tuple[int, Mapping[str, str]]], known: Iterable[str]) -> Answers:
    """The answers of a filled sheet's rows (`Item` and `Answer`). What is written there is never
    repeated in a fault: it may be a note about somebody."""
    ids = set(known)
    made = Answers()
    seen: set[str] = set()
    for line, row in rows:
        item = row["Item"]
        fault = _fault(item, row["Answer"], ids, seen)
        seen.add(item)
        if fault:
            made.faults.append((line, fault))
        elif not row["Answer"]:
            made.blank += 1
        else:
            made.given[item] = meant_by(row["Answer"]) or ""
    return made


def _fault(item: str, answer: str, ids: set[str], seen: set[str]) -> str | None:
    if item not in ids:
        return "this item is not of this draw"
    if item in seen:
        return "this item is answered twice"
    if answer and meant_by(answer) is None:
        return "this is no answer"
    return None
