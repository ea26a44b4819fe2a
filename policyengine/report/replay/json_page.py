"""A replay for programs."""

import json
from collections.abc import Sequence

from policyengine.replaying import Difference, Event, History, Spell
from policyengine.report.replay.page import Raised


def replay_json(history: History, raised: Sequence[Raised], digest: str) -> str:
    """One object: events, the course of each finding, and the breaches."""
    made = {
        "schema_version": 1,
        "case": history.case,
        "from": history.first.isoformat(),
        "until": history.last.isoformat(),
        "rules_sha256": digest,
        "events": [_event(each) for each in history.events],
        "courses": [
            {
                "rule": course.rule,
                "subject": {"kind": course.subject_kind, "id": course.subject_id},
                "spells": [_spell(each) for each in course.spells],
            }
            for course in history.courses
        ],
        "breaches": [
            {
                "rule": each.rule,
                "subject": {"kind": each.course.subject_kind, "id": each.course.subject_id},
                "raised_on": each.first.isoformat(),
                "owner": each.course.first_breach.finding.owner,  # type: ignore[union-attr]
                "says": each.sentence,
                "stood": each.stood,
                "otherwise": each.otherwise or None,
            }
            for each in raised
        ],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def compared_json(found: Sequence[Difference], case: str) -> str:
    """The subjects on which two policies part."""
    made = {
        "schema_version": 1,
        "case": case,
        "differences": [
            {
                "rule": each.course.rule,
                "subject": {"kind": each.course.subject_kind, "id": each.course.subject_id},
                "old": None if each.old is None else [_spell(spell) for spell in each.old.spells],
                "new": None if each.new is None else [_spell(spell) for spell in each.new.spells],
                "raised_days_sooner": each.sooner,
            }
            for each in found
        ],
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _event(event: Event) -> dict[str, object]:
    return {
        "on": event.day.isoformat(),
        "kind": event.kind,
        "id": event.id,
        "ends": event.ends,
        "entered_on": None if event.known is None else event.known.isoformat(),
    }


def _spell(spell: Spell) -> dict[str, object]:
    finding = spell.finding
    return {
        "from": spell.first.isoformat(),
        "until": spell.last.isoformat(),
        "verdict": None if finding is None else finding.verdict.value,
        "deadline": None if finding is None else finding.deadline,
    }
