"""Who the person is, which team they are with, and when they were seen."""

from datetime import date, datetime, timedelta

from tools.sample.clock import after_minutes, at, by_day
from tools.sample.dice import Dice
from tools.sample.failures import fate
from tools.sample.story import AS_AT, FIRST, Story

TEAMS = (
    "Alder Community Team",
    "Birchwood Community Team",
    "Cotter's Field Community Team",
    "Dovecote Older People's Team",
    "Fellside Community Team",
    "Harbour Community Team",
    "Ironbridge Community Team",
    "Kestrel Assertive Outreach",
    "Lantern Early Intervention",
    "Meadowbank Forensic Community",
    "Orchard Rehabilitation",
    "Priory Lane Early Help",
)
CONTACTS_FROM = date(2024, 2, 1)
"""Contacts before this day stayed behind in the system that was replaced."""


def begin(number: int, seed: str) -> Story:
    """A person, their referral, and how long they stay."""
    dice = Dice(f"{seed}:{number}")
    accepted = _accepted(dice)
    left, closed, died = _leaving(dice, accepted)
    story = Story(case_id=f"A{number:04d}", dice=dice, accepted=accepted, left=left)
    story.facts |= {
        "nhs_number": invented_number(number),
        "date_of_birth": _birth(dice, accepted),
        "interpreter_needed": dice.chance(0.06),
    }
    if died:
        story.facts["died_on"] = died
    story.add(
        "referral",
        accepted_on=accepted,
        closed_on=closed,
        entered_on=story.entered(accepted),
        assessment_only=None if dice.chance(0.01) else dice.chance(0.04),
    )
    _teams(story)
    return story


def invented_number(number: int) -> str:
    """An NHS number of the range kept for tests (it begins with 999), with its check digit."""
    while True:
        digits = f"999{number * 37 % 1_000_000:06d}"
        weights = range(10, 1, -1)
        check = 11 - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
        number += 1000  # ten is no digit: the next candidate


def _accepted(dice: Dice) -> date:
    early = dice.chance(0.42)
    return dice.day_after(FIRST, 4, 400) if early else dice.day_after(FIRST, 401, 1085)


def _birth(dice: Dice, accepted: date) -> date:
    if dice.chance(0.05):  # near the sixteenth birthday
        return date(accepted.year - 16, accepted.month, 1) + timedelta(days=dice.whole(-40, 60))
    return dice.day_after(date(1949, 1, 1), 0, 21500)


def _leaving(dice: Dice, accepted: date) -> tuple[date, date | None, date | None]:
    fate = dice.weighted({"stays": 82.0, "closed": 14.0, "died": 4.0})
    day = dice.day_after(accepted, 40, 900)
    if fate == "stays" or day >= AS_AT:
        return AS_AT, None, None
    return (day, day, None) if fate == "closed" else (day, None, day)


def _teams(story: Story) -> None:
    dice, start = story.dice, story.accepted
    team = dice.pick(TEAMS)
    moves = dice.weighted({0: 78.0, 1: 18.0, 2: 4.0})
    for _ in range(moves):
        end = dice.day_after(start, 60, 420)
        if end >= story.left:
            break
        story.add("team_period", team=team, from_on=start, until_on=end)
        story.reasons.append((end + timedelta(days=1), 1))
        start, team = end + timedelta(days=1), dice.pick([t for t in TEAMS if t != team])
    story.add("team_period", team=team, from_on=start)
    story.facts["team"] = team


def see(story: Story) -> None:
    """Appointments: every three months or so, one shortly before each review, and one soon after
    each discharge from hospital."""
    dice = story.dice
    before = {dice.day_after(day, -12, 0) for day in _reviewed(story) if dice.chance(0.96)}
    days = set(before)
    day = dice.day_after(story.accepted, 3, 12)
    while story.lasts_to(day):
        days.add(day)
        day = dice.day_after(day, 90, 160)
    for day in _missed(story):
        days.discard(day)
        _contact(story, day, sure=False, came=False)
    for day in sorted(days):
        if story.lasts_to(day) and day >= CONTACTS_FROM:
            _contact(story, day, sure=day in before)


def misses(story: Story) -> None:
    """Now and then somebody does not come, three times in a row: a reason to review the risk."""
    dice = story.dice
    day = dice.day_after(story.accepted, 100, 700)
    if dice.chance(0.07) and story.lasts_to(day + timedelta(days=60)) and day >= CONTACTS_FROM:
        story.missed = [day + timedelta(days=step) for step in (0, 20, 41)]
        story.reasons.append((story.missed[-1], 7))


def _missed(story: Story) -> list[date]:
    return story.missed


def _reviewed(story: Story) -> list[date]:
    rows = [row for row in story.records.get("risk_review", []) if row.get("basis") != "mdt"]
    found = [row["date"] for row in rows]
    return [day for day in found if isinstance(day, date)]


def _contact(story: Story, day: date, *, sure: bool, came: bool | None = True) -> None:
    dice = story.dice
    moment = story.time_on(day)
    if came:
        came = None if dice.chance(0.008) else dice.chance(0.98 if sure else 0.93)
    only_day = dice.chance(0.02)
    alone = dice.chance(0.985 if sure else 0.95)
    story.add(
        "contact",
        happened_at=day if only_day else moment,
        entered_at=story.soon_after(moment) if dice.chance(0.15) else None,
        attended=came,
        with_patient=alone,
        outgoing=None if alone else False,
    )


def follow_up(story: Story) -> None:
    """Seen within 72 hours of leaving hospital, or 48 where there is a risk of suicide."""
    dice = story.dice
    for row in story.records.get("hospital_stay", []):
        home = row.get("discharged_at")
        if not isinstance(home, datetime) or row["destination"] == "another hospital":
            continue
        what = fate(story, "CP-09A")
        minutes = dice.whole(900, 2700) if what != "late" else dice.whole(4500, 7000)
        seen = by_day(after_minutes(home, minutes))
        if what == "never" or seen.date() > story.left:
            continue
        story.add(
            "contact",
            happened_at=seen,
            attended=None if what == "blank" else True,
            with_patient=True,
        )


def stay(story: Story, admitted: date, discharged: date | None) -> None:
    """A stay in hospital, and the reviews of risk that it calls for."""
    dice = story.dice
    start = at(admitted, dice.whole(8, 22), dice.pick((0, 15, 25, 40)))
    end = discharged and at(discharged, dice.whole(10, 17), dice.pick((0, 10, 30, 45)))
    story.add(
        "hospital_stay",
        admitted_at=start,
        discharged_at=end,
        entered_at=story.soon_after(start),
        destination=end
        and dice.weighted(
            {"home": 70.0, "supported housing": 20.0, "another hospital": 6.0, "not known": 4.0}
        ),
        suicide_risk_at_discharge=end and dice.chance(0.3),
        out_of_scope=False,
    )
    story.reasons += [(admitted, 1)] + ([(discharged, 1)] if discharged else [])
    day = admitted + timedelta(days=6)
    while day < (discharged or AS_AT) and dice.chance(0.985):
        story.ward.append(day)
        day += timedelta(days=dice.whole(6, 7))
