"""Domestic abuse and keeping family members safe. Nothing here describes any abuse: a sample
needs dates, answers and who was told, and no more."""

from datetime import date, datetime

from tools.sample.clock import add_months, after_minutes, at, by_day
from tools.sample.failures import done_on, fate
from tools.sample.referring import dash, safe_contact, services
from tools.sample.reviews import happened
from tools.sample.story import AS_AT, Story
from tools.sample.telling import Told, within

CHANGES = {
    "separation": 25.0,
    "address change": 25.0,
    "relapse": 25.0,
    "leave": 10.0,
    "bereavement": 15.0,
    "stopped treatment": 12.0,
    "treatment change": 8.0,
}


def asked(story: Story) -> None:
    """Everybody new is asked about abuse; a few are not, and a few not alone."""
    dice = story.dice
    what = dice.weighted({"well": 90.0, "late": 4.0, "never": 3.0, "not safe": 2.0, "blank": 1.0})
    if what == "never":
        return
    low, high = (30, 80) if what == "late" else (0, 28)
    day = dice.day_after(story.accepted, low, high)
    if not story.lasts_to(day):
        return
    story.add(
        "da_enquiry",
        date=day,
        entered_on=story.entered(day),
        asked="not safe" if what == "not safe" else "yes",
        alone=None if what == "blank" else what != "not safe",
        interpreter_relative=False,
        about_using=dice.chance(0.8),
    )
    if what == "not safe":
        _asked_again(story, dice.day_after(day, *((30, 60) if dice.chance(0.15) else (5, 27))))
    while dice.chance(0.85):
        day = dice.day_after(day, *((367, 400) if dice.chance(0.08) else (280, 360)))
        _asked_again(story, day)


def _asked_again(story: Story, day: date) -> None:
    dice = story.dice
    if story.lasts_to(day):
        story.add(
            "da_enquiry",
            date=day,
            entered_on=day,
            asked="yes",
            alone=True,
            interpreter_relative=False,
            about_using=None if dice.chance(0.03) else dice.chance(0.86),
        )


def changes(story: Story) -> None:
    """Turns in a person's life."""
    dice = story.dice
    for _ in range(dice.weighted({0: 60.0, 1: 28.0, 2: 12.0})):
        day = dice.day_after(story.accepted, 20, 900)
        if story.lasts_to(day):
            kind = dice.weighted(CHANGES)
            story.add("change", date=day, entered_on=story.entered(day), kind=kind)
            if kind in ("relapse", "stopped treatment", "leave"):
                story.reasons.append((day, 1 if kind == "leave" else 7))


def other_alerts(story: Story) -> None:
    """Alerts that have nothing to do with abuse."""
    dice = story.dice
    if dice.chance(0.15):
        day = dice.day_after(story.accepted, 0, 60)
        if story.lasts_to(day):
            story.add(
                "alert",
                opened_on=day,
                entered_on=day,
                alert_owner=story.facts["team"],
                category=dice.weighted({"allergy": 70.0, "infection": 20.0, "other": 10.0}),
            )


def abuse(story: Story) -> None:
    """What was told, and everything that ought to follow."""
    dice = story.dice
    day = dice.day_after(story.accepted, 5, 420)
    if not story.lasts_to(day):
        return
    role = dice.weighted(
        {"victim": 46.0, "person causing harm": 48.0, "both": 4.0, "not known": 2.0}
    )
    aside = dice.day_after(day, 6, 20) if dice.chance(0.04) else None
    needs, other = dice.chance(0.25), dice.chance(0.2)
    name = story.add(
        "disclosure",
        date=day,
        entered_at=story.soon_after(story.time_on(day)),
        about="domestic abuse",
        told_by=dice.weighted(
            {
                "service user": 40.0,
                "person harmed": 15.0,
                "family": 15.0,
                "police": 20.0,
                "marac": 5.0,
                "other service": 5.0,
            }
        ),
        service_user_is=role,
        person="P1",
        set_aside_on=aside if aside and story.lasts_to(aside) else None,
        care_needs=needs,
        other_is_patient=other,
        other_record_flagged_on=done_on(story, "DA-11", day, 1) if other else None,
    )
    if needs and (decided := done_on(story, "DA-13", day, 3)):
        story.add(
            "safeguarding_decision",
            date=decided,
            entered_on=decided,
            person="P1",
            outcome=dice.weighted({"referred": 60.0, "no further action": 40.0}),
        )
    told = Told(name, day, "P1", role in ("victim", "both"))
    children = _children(story, told)
    alert = _alert(story, told)
    _again(story, told, alert)
    services(story, told)
    safe_contact(story, told)
    if told.harmed:
        dash(story, told)
        if dice.chance(0.92):
            story.add(
                "family_member",
                known_on=day,
                entered_on=day,
                person="P1",
                relation=dice.weighted({"partner": 60.0, "ex partner": 30.0, "parent": 10.0}),
                date_of_birth=dice.day_after(day, -24000, -7000),
                lives_with=dice.chance(0.6),
                at_risk=False,
            )
    else:
        _at_risk(
            story,
            "P1",
            dice.weighted({"partner": 45.0, "ex partner": 25.0, "parent": 20.0, "sibling": 10.0}),
            day,
        )
        for child in children:
            if dice.chance(0.6):
                _plan_of(story, child, at(day, 11, 30), never=0.05)


def _alert(story: Story, told: Told) -> bool:
    dice = story.dice
    opened = within(story, told.day, 1, late=0.04, never=0.04)
    if not opened:
        return False
    role = "victim" if told.harmed else "person causing harm"
    closed = dice.day_after(opened, 380, 700) if dice.chance(0.12) else None
    full = dice.chance(0.92)
    name = story.add(
        "alert",
        opened_on=opened,
        closed_on=closed if closed and closed <= story.left else None,
        entered_on=story.entered(opened),
        category="domestic abuse" if dice.chance(0.97) else "other",
        role=role,
        person=told.person if dice.chance(0.98) else None,
        level="standard",
        from_whom="Told to a member of staff.",
        instruction="Do not speak of this when others are present." if full else None,
        alert_owner=dice.pick(("Safeguarding team", "Key worker")) if dice.chance(0.97) else None,
        review_on=add_months(opened, 12) if dice.chance(0.97) else None,
        portal_visible=None if dice.chance(0.02) else dice.chance(0.02),
        printed_visible=None if dice.chance(0.03) else dice.chance(0.015),
        closed_reason="Looked at with the person harmed." if closed and dice.chance(0.94) else None,
        closed_by="Safeguarding team" if closed and dice.chance(0.96) else None,
    )
    story.reasons.append((opened, 7))
    _looks(story, name, opened, closed)
    return True


def _looks(story: Story, name: str, opened: date, closed: date | None) -> None:
    dice, day = story.dice, opened
    while True:
        due = add_months(day, 12)
        day = dice.day_after(due, 1, 40) if dice.chance(0.06) else dice.day_after(due, -50, 0)
        if day > min(closed or AS_AT, story.left):
            return
        story.add("alert_review", alert=name, date=day, entered_on=day)


def _again(story: Story, told: Told, alert: bool) -> None:
    """Sometimes an incident follows, or two."""
    dice = story.dice
    for _ in range(dice.weighted({0: 62.0, 1: 26.0, 2: 8.0, 3: 4.0})):
        day = dice.day_after(told.day, 2, 300)
        if not story.lasts_to(day):
            continue
        happened(story, day, "domestic abuse", told.person)
        opened = None if alert else within(story, day, 1, late=0.05, never=0.05)
        if opened:
            alert = True
            story.add(
                "alert",
                opened_on=opened,
                entered_on=opened,
                category="domestic abuse",
                role="victim" if told.harmed else "person causing harm",
                person=told.person,
                from_whom="An incident report.",
                instruction="Speak to the safeguarding team first.",
                alert_owner="Safeguarding team",
                review_on=add_months(opened, 12),
                portal_visible=False,
                printed_visible=False,
            )
            _looks(story, f"alert-{len(story.records['alert'])}", opened, None)


def _children(story: Story, told: Told) -> list[str]:
    """Children at home, each referred in their own right."""
    dice = story.dice
    number = dice.weighted({0: 50.0, 1: 30.0, 2: 20.0})
    if fate(story, "DA-10B") == "well":
        story.facts["children_answer"] = "yes" if number else "no"
    people = [f"P{index + 2}" for index in range(number)]
    for person in people:
        born = dice.day_after(told.day, -365 * 19, -300)
        story.add(
            "family_member",
            known_on=story.accepted,
            entered_on=story.accepted,
            person=person,
            relation="child",
            date_of_birth=born,
            lives_with=None if dice.chance(0.03) else dice.chance(0.85),
            at_risk=False,
        )
        sent = within(story, told.day, 1, late=0.05, never=0.06)
        if sent:
            story.add("safeguarding_referral", date=sent, entered_on=sent, person=person)
    return people


def _at_risk(story: Story, person: str, relation: str, day: date) -> None:
    """The person whom the service user may harm, and the plan that keeps them safe."""
    dice = story.dice
    found = after_minutes(story.time_on(day), dice.whole(0, 300))
    at_marac = None if dice.chance(0.03) else dice.chance(0.2)
    end = dice.weighted({"plan": 84.0, "declined": 12.0, "unsafe": 2.5, "blank": 1.5})
    declined = end == "declined"
    story.add(
        "family_member",
        known_on=day,
        entered_on=story.entered(day),
        person=person,
        relation=relation,
        date_of_birth=None if dice.chance(0.08) else dice.day_after(day, -24000, -7000),
        lives_with=dice.chance(0.5),
        at_risk=True,
        risk_identified_at=None if end == "blank" else found,
        marac_level=at_marac,
        declined_plan_on=day if declined else None,
        plan_offered_again_on=done_on(story, "KS-09", day, 89) if declined else None,
        no_warning_reason="See the restricted note." if dice.chance(0.06) else None,
    )
    if end == "unsafe":
        story.add(
            "safeguarding_decision",
            date=dice.day_after(day, 0, 2),
            entered_on=day,
            person=person,
            outcome="plan unsafe to hold",
        )
    if end == "plan":
        _plan_of(story, person, found, never=0.14, hours=20 if at_marac else 68)
    _warnings(story, person, day)


def _plan_of(story: Story, person: str, found: datetime, *, never: float, hours: int = 68) -> None:
    dice = story.dice
    if dice.chance(never):
        return
    late = dice.chance(0.05)
    made = after_minutes(
        found,
        dice.whole(60 * hours + 300, 60 * hours + 9000) if late else (dice.whole(30, 60 * hours)),
    )
    if by_day(made) > found:
        made = by_day(made)
    if made.date() > story.left:
        return
    day, together, shown = made.date(), dice.chance(0.95), dice.chance(0.02)
    text = "Recorded with the person."
    name = story.add(
        "keeping_safe_plan",
        made_on=day if dice.chance(0.05) else made,
        entered_at=story.soon_after(made),
        for_person=person,
        made_with_person=together,
        route=dice.weighted({"in person": 60.0, "phone": 35.0, "post": 3.0, "": 2.0}) or None,
        not_with_reason=None if together else dice.pick(("Could not be reached safely.", None)),
        scanned=dice.chance(0.04),
        warning_signs=text,
        safe_places=text if dice.chance(0.95) else None,
        who_to_call=text,
        code_word=text if dice.chance(0.96) else None,
        weapons=dice.weighted({"no": 84.0, "yes": 14.0, "not known": 2.0}),
        children=dice.pick(("yes", "no")),
        confidentiality_limit=text,
        review_on=add_months(day, 6),
        patient_visible=shown,
        in_shared_plan=None if dice.chance(0.03) else False,
        **_who_knows(story, day),
    )
    due = add_months(day, 6)
    if dice.chance(0.9):
        seen = at(dice.day_after(due, -20, 6), 14, 30)
        if seen.date() <= story.left:
            story.add("plan_review", plan=name, reviewed_at=seen, entered_at=seen)
    _looked(story, name, made)


def _who_knows(story: Story, day: date) -> dict[str, object]:
    dice = story.dice
    told = {f"{who}_told_on": dice.day_after(day, 0, 3) for who in ("crisis_line", "ward", "gp")}
    what = dice.weighted({"all": 88.0, "late": 6.0, "not": 4.0, "limit": 2.0})
    match what:
        case "late":
            told["gp_told_on"] = dice.day_after(day, 4, 12)
        case "not" | "limit":
            del told["gp_told_on"]
        case _:
            pass
    fields: dict[str, object] = {key: when for key, when in told.items() if when <= story.left}
    if what == "limit":
        fields["limit_reason"] = "Fewer people need to know."
    return fields


def _turns(story: Story) -> list[datetime]:
    """Every moment at which danger moves: the rules' own list, read from the record so far."""
    found: list[object] = []
    for row in story.records.get("cto_recall", []):
        found += [row["detained_at"]] + [row["ended_at"]] * (row["ended_how"] == "released")
    found += [row.get("discharged_at") for row in story.records.get("hospital_stay", [])]
    found += [row.get("ended_on") for row in story.records.get("cto", [])]
    found += [
        row["date"] for row in story.records.get("change", []) if row["kind"] != "bereavement"
    ]
    moments = [
        day if isinstance(day, datetime) else at(day, 12) for day in found if isinstance(day, date)
    ]
    return sorted(moments)


def _looked(story: Story, name: str, made: datetime) -> None:
    dice = story.dice
    for turn in _turns(story):
        if turn.date() <= made.date():
            continue
        what = dice.weighted({"well": 91.0, "late": 5.0, "never": 4.0})
        when = by_day(after_minutes(turn, dice.whole(-4000, 1300)))
        if what == "late":
            when = by_day(after_minutes(turn, dice.whole(3000, 6000)))
        if what != "never" and when.date() <= story.left:
            story.add("plan_review", plan=name, reviewed_at=when, entered_at=story.soon_after(when))


def _warnings(story: Story, person: str, day: date) -> None:
    dice = story.dice
    for row in story.records.get("hospital_stay", []) + story.records.get("cto_recall", []):
        home = row.get("discharged_at", row.get("ended_at"))
        if not isinstance(home, datetime) or home.date() < day or dice.chance(0.1):
            continue
        when = by_day(after_minutes(home, -dice.whole(60, 2000)))
        story.add(
            "warning_given", given_at=when, entered_at=story.soon_after(when), to_person=person
        )
