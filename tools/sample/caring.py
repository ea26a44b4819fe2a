"""Carers: found, asked, offered, listened to; and what the record is silent about."""

from datetime import date, timedelta

from tools.sample.clock import add_months
from tools.sample.failures import done_on, fate
from tools.sample.story import Story


def carers(story: Story) -> None:
    """Whether there is a carer; two at most."""
    dice = story.dice
    what = fate(story, "CA-01A")
    if what == "blank":
        return
    day = dice.day_after(story.accepted, *((30, 60) if what == "late" else (0, 27)))
    if not story.lasts_to(day):
        return
    if dice.chance(0.42):
        while story.lasts_to(day):
            story.add("carer_enquiry", date=day, entered_on=day, answer="no carer")
            day = dice.day_after(day, *((370, 420) if dice.chance(0.12) else (300, 360)))
        return
    at_risk = [
        str(row["person"]) for row in story.records.get("family_member", []) if row.get("at_risk")
    ]
    _carer(story, day, at_risk[0] if at_risk and dice.chance(0.3) else "C1")
    if dice.chance(0.12):
        _carer(story, dice.day_after(day, 5, 90), "C2")


def _carer(story: Story, day: date, person: str) -> None:
    dice = story.dice
    if not story.lasts_to(day):
        return
    young = dice.chance(0.05)
    consent = fate(story, "CA-05A")
    late = dice.whole(30, 50) if consent == "late" else dice.whole(0, 26)
    agreed = None if consent in ("never", "blank") else day + timedelta(days=late)
    if agreed and agreed > story.left:
        agreed = None
    looked = _each_year(story, agreed) if agreed else []
    born = (
        dice.day_after(day, -365 * 16, -365 * 12) if young else dice.day_after(day, -28000, -8000)
    )
    name = story.add(
        "carer",
        identified_on=day,
        entered_on=story.entered(day),
        person=person,
        date_of_birth=born,
        consent_status="given" if consent == "blank" or agreed else None,
        consent_on=agreed,
        consent_reviewed_on=looked[-1] if looked else None,
        plan_copy_offered_on=_copy(story, agreed),
    )
    _offers(story, name, day, young=young, careful=person.startswith("P"))
    _concerns(story, name)
    _invited(story, name, day, careful=person.startswith("P"))


def _each_year(story: Story, day: date) -> list[date]:
    found = []
    while story.dice.chance(0.9):
        day = add_months(day, 12) - timedelta(days=story.dice.whole(0, 40))
        if day > story.left:
            break
        found.append(day)
    return found


def _copy(story: Story, agreed: date | None) -> date | None:
    plans = story.records.get("care_plan", [])
    if not agreed or not plans:
        return None
    made = plans[-1]["created_on"]
    assert isinstance(made, date)
    day = story.dice.day_after(max(agreed, made), 0, 13)
    return day if story.dice.chance(0.85) and day <= story.left else None


def _route(story: Story, careful: bool) -> str:
    if careful and story.dice.chance(0.96):
        return "in person"
    return story.dice.weighted({"in person": 50.0, "phone": 30.0, "post": 20.0})


def _offers(story: Story, name: str, day: date, *, young: bool, careful: bool) -> None:
    dice = story.dice
    kinds = (
        (("young carer assessment", "CA-03A"),)
        if young
        else (("engagement tool", "CA-02A"), ("assessment", "CA-03A"))
    )
    for kind, rule in kinds:
        when = done_on(story, rule, day, 28)
        put_off = kind == "engagement tool" and when is not None and dice.chance(0.05)
        while when is not None and when <= story.left:
            story.add(
                "engagement_offer",
                date=when,
                entered_on=when,
                to_carer=name,
                kind=kind,
                route=_route(story, careful),
                outcome="deferred"
                if put_off
                else dice.weighted({"completed": 50.0, "accepted": 25.0, "declined": 25.0}),
            )
            if young or dice.chance(0.15):
                break
            when = dice.day_after(when, *((5, 26) if put_off else (290, 360)))
            put_off = False


def _concerns(story: Story, name: str) -> None:
    dice = story.dice
    for _ in range(dice.weighted({0: 70.0, 1: 25.0, 2: 5.0})):
        day = dice.day_after(story.accepted, 30, 800)
        while day.weekday() > 1:  # early in a week: two working days are two days
            day += timedelta(days=1)
        if story.lasts_to(day):
            story.add(
                "carer_concern",
                date=day,
                entered_on=day,
                raised_by=name,
                threat=dice.chance(0.08),
                action_on=done_on(story, "CA-06A", day, 2),
            )
            if story.records["carer_concern"][-1]["threat"]:
                _threatened(story, name, day)


def _threatened(story: Story, name: str, day: date) -> None:
    """An alert, and the carer on record as a person at risk: both by the next day, mostly."""
    dice = story.dice
    person = story.records["carer"][int(name.rpartition("-")[2]) - 1]["person"]
    known = day + timedelta(days=dice.whole(0, 1))
    if dice.chance(0.9) and known <= story.left:
        story.add(
            "alert",
            opened_on=known,
            entered_on=known,
            category="domestic abuse",
            role="person causing harm",
            person=person,
            from_whom="Told by a carer.",
            instruction="Speak to the safeguarding team first.",
            alert_owner="Safeguarding team",
            review_on=add_months(known, 12),
            portal_visible=False,
            printed_visible=False,
        )
    safe = known + timedelta(days=dice.whole(0, 2))
    if dice.chance(0.9) and safe <= story.left:
        story.add("safe_contact", date=safe, entered_on=safe, for_person=person, method="phone")
    if dice.chance(0.85) and known <= story.left:
        story.add(
            "family_member",
            known_on=known,
            entered_on=known,
            person=person,
            relation="parent",
            date_of_birth=dice.day_after(day, -24000, -9000),
            lives_with=True,
            at_risk=True,
            risk_identified_at=story.time_on(known),
            marac_level=False,
        )


def _invited(story: Story, name: str, known: date, *, careful: bool) -> None:
    """Asked before each review, order and discharge that comes after."""
    dice = story.dice
    moments = [
        *((row["date"], row["id"]) for row in story.records.get("care_plan_review", [])),
        *((row["started_on"], None) for row in story.records.get("cto", [])),
        *((row.get("discharged_at"), None) for row in story.records.get("hospital_stay", [])),
    ]
    for value, review in moments:
        if not isinstance(value, date):
            continue
        day = date(value.year, value.month, value.day)
        if day <= known or dice.chance(0.18):
            continue
        when = max(known, dice.day_after(day, -13, -1))
        story.add(
            "carer_invite",
            date=when,
            entered_on=when,
            to_carer=name,
            review=review,
            route=_route(story, careful),
            room_only=False,
        )
