"""What follows from the rest of a record: fresh explanations of rights, and releases of it."""

from datetime import date

from tools.sample.failures import done_on
from tools.sample.story import Story


def afresh(story: Story) -> None:
    """Rights explained afresh after each change that falls within an order."""
    dice = story.dice
    for place, order in enumerate(story.records.get("cto", []), 1):
        begins, ends = order["started_on"], order.get("ended_on") or story.left
        if not isinstance(begins, date) or not isinstance(ends, date):
            continue
        if dice.chance(0.2):
            asked = dice.day_after(begins, 10, 200)
            if asked < ends:
                story.add("rights_request", date=asked, entered_on=asked)
        for day, reason in sorted(_triggers(story)):
            told = done_on(story, "CTO-03", day, 14) if begins <= day < ends else None
            if told and told < ends:
                _explained(story, f"cto-{place}", told, reason)


def _triggers(story: Story) -> list[tuple[date, str]]:
    found: list[tuple[object, str]] = []
    for kind, field, reason in (
        ("cto_period", "furnished_on", "extension"),
        ("cto_period", "managers_reviewed_on", "managers"),
        ("certificate", "signed_on", "treatment change"),
        ("care_plan_review", "date", "care plan review"),
        ("rights_request", "date", "request"),
    ):
        found += [(row.get(field), reason) for row in story.records.get(kind, [])]
    found += [
        (row["starts_on"], "tribunal")
        for row in story.records.get("cto_period", [])
        if row["number"] != 1
    ]
    found += [
        (row["date"], "treatment change")
        for row in story.records.get("change", [])
        if row["kind"] == "treatment change"
    ]
    return [(day, reason) for day, reason in found if isinstance(day, date)]


def _explained(story: Story, order: str, day: date, reason: str) -> None:
    story.add(
        "rights_discussion",
        date=day,
        entered_on=day,
        order=order,
        reason=reason,
        legal_status_explained=True,
        spoken=True,
        interpreter_used=True if story.facts["interpreter_needed"] else None,
        outcome="understood",
    )


def released(story: Story) -> None:
    """Now and then a copy of the record goes out of the house."""
    dice = story.dice
    likely = (
        0.35
        if any(r["category"] == "domestic abuse" for r in story.records.get("alert", []))
        else 0.03
    )
    day = dice.day_after(story.accepted, 60, 900)
    if dice.chance(likely) and story.lasts_to(day):
        story.add(
            "record_release",
            date=day,
            entered_on=day,
            to_whom="A solicitor.",
            third_parties_checked=None if dice.chance(0.02) else dice.chance(0.95),
        )
