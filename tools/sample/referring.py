"""What follows a disclosure outside the team: a service, the DASH, MARAC, a safe way to call."""

from datetime import date, timedelta

from tools.sample.failures import done_on
from tools.sample.reviews import happened
from tools.sample.story import Story
from tools.sample.telling import Told, within


def services(story: Story, told: Told) -> None:
    """The offer of a specialist service, and the answer."""
    dice = story.dice
    day = within(story, told.day, 7, late=0.06, never=0.14)
    if day:
        story.add(
            "specialist_offer",
            date=day,
            entered_on=story.entered(day),
            person=told.person,
            service="Specialist service",
            outcome=dice.weighted(
                {"accepted": 48.0, "declined": 40.0, "unsafe": 7.0, "not known": 5.0}
            ),
        )


def dash(story: Story, told: Told) -> None:
    """The assessment with the person harmed, and the referral that it calls for."""
    dice = story.dice
    day = within(story, told.day, 3, late=0.05, never=0.05)
    if not day:
        return
    if dice.chance(0.05):
        story.add("dash_assessment", date=day, entered_on=day, disclosure=told.id, declined_on=day)
        return
    yes = dice.weighted({dice.whole(3, 12): 48.0, 13: 10.0, 14: 10.0, dice.whole(15, 21): 32.0})
    unknown = dice.weighted({0: 66.0, dice.whole(1, 3): 30.0, None: 4.0})
    high = None if dice.chance(0.03) else dice.chance(0.6 if yes > 12 else 0.08)
    refer = day + timedelta(days=1)
    while refer.weekday() > 4:
        refer += timedelta(days=1)
    what = dice.weighted({"well": 90.0, "late": 6.0, "never": 4.0})
    if what == "late":
        refer += timedelta(days=5)
    needed = yes >= 14 or high
    sent = refer if needed and what != "never" and refer <= story.left else None
    story.add(
        "dash_assessment",
        date=day,
        entered_on=story.entered(day),
        disclosure=told.id,
        yes_count=yes,
        unknown_count=unknown,
        professional_judgement=high,
        marac_referred_on=sent,
    )
    if sent:
        _marac(story, told, sent)


def _marac(story: Story, told: Told, sent: date) -> None:
    """The meeting, what the Trust took on, and a repeat that goes back to it."""
    dice = story.dice
    heard = dice.day_after(sent, 10, 25)
    if not story.lasts_to(heard):
        return
    story.add("marac_meeting", heard_on=heard)
    for _ in range(dice.whole(1, 2)):
        due = dice.day_after(heard, 10, 30)
        story.add(
            "marac_action",
            agreed_on=heard,
            due_on=due,
            done_on=done_on(story, "DA-14", heard, (due - heard).days),
            ours=dice.chance(0.85),
        )
    again = dice.day_after(heard, 20, 300)
    if dice.chance(0.35) and story.lasts_to(again):
        happened(story, again, "domestic abuse", told.person)
    for row in list(story.records.get("incident", [])):
        again = row["date"]  # type: ignore[assignment]
        if row["kind"] != "domestic abuse" or again <= heard:
            continue
        refer = again + timedelta(days=1)
        while refer.weekday() > 4:
            refer += timedelta(days=1)
        if dice.chance(0.88) and refer <= story.left:
            story.add(
                "dash_assessment",
                date=again,
                entered_on=again,
                yes_count=dice.whole(10, 18),
                unknown_count=0,
                professional_judgement=True,
                marac_referred_on=refer,
            )


def safe_contact(story: Story, told: Told) -> None:
    """The way that is safe, and the contacts that keep to it, or do not."""
    dice = story.dice
    day = dice.day_after(told.day, *((2, 5) if dice.chance(0.08) else (0, 1)))
    if dice.chance(0.05) or not story.lasts_to(day):
        return
    safe = dice.pick(("phone", "in person"))
    story.add("safe_contact", date=day, entered_on=day, for_person=told.person, method=safe)
    for _ in range(dice.whole(0, 3)):
        moment = story.time_on(dice.day_after(day, 5, 330))
        if story.lasts_to(moment.date()):
            method = None if dice.chance(0.03) else "text message" if dice.chance(0.03) else safe
            story.add(
                "contact",
                happened_at=moment,
                entered_at=story.soon_after(moment),
                attended=True,
                with_patient=False,
                outgoing=True,
                method=method,
                to_person=told.person,
            )
