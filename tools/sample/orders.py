"""Community treatment orders: how they begin, what is due while they last, how they end."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from tools.sample.clock import add_months, after_minutes, at, by_day, last_day
from tools.sample.failures import done_on, fate
from tools.sample.people import stay
from tools.sample.story import AS_AT, Story
from tools.sample.words import CONDITIONS, RECALL_TALKS, RIGHTS_NOTES

CLOCK_CHANGES = tuple(
    date(*day)
    for day in (
        (2024, 3, 31),
        (2024, 10, 27),
        (2025, 3, 30),
        (2025, 10, 26),
        (2026, 3, 29),
        (2026, 10, 25),
    )
)
MORE_OFTEN_FROM = date(2026, 4, 1)


def order(story: Story) -> None:
    """A first order after a stay in hospital, and sometimes a second after a revocation."""
    dice = story.dice
    admitted = dice.day_after(story.accepted, 5, 150)
    started = _start(story, dice.day_after(admitted, 14, 40))
    if not story.lasts_to(started):
        return
    stay(story, admitted, started)
    again = _order(story, started, admitted)
    if again and story.lasts_to(again) and dice.chance(0.5):
        _order(story, again, started)


def _start(story: Story, day: date) -> date:
    """One order in four begins on the last day of a month, where periods are hardest to count."""
    if story.dice.chance(0.25):
        return day.replace(day=monthrange(day.year, day.month)[1])
    return day


def _order(story: Story, started: date, admitted: date) -> date | None:
    """One order. Gives the day on which the person left hospital if it was revoked."""
    dice = story.dice
    ended, why = _end(story, started)
    recalls = _recall_days(story, started, ended)
    revoked = bool(recalls) and dice.chance(0.35)
    name = f"cto-{len(story.records.get('cto', [])) + 1}"
    moments = [_recall(story, name, day, revoked and day == recalls[-1]) for day in recalls]
    if revoked and moments[-1]:
        ended, why = moments[-1].date(), "revoked"
    on_medicine = None if dice.chance(0.02) else dice.chance(0.72)
    first_dose = dice.day_after(started, -150, -10) if on_medicine else None
    if dice.chance(0.03):
        first_dose = None
    expires = _periods(story, name, started, ended)
    story.add(
        "cto",
        started_on=started,
        ended_on=ended,
        end_reason=why,
        expires_on=expires,
        entered_on=story.entered(started),
        **_made(story, started, admitted),
        relative_told_of_end_on=_told_of_end(story, ended) if why == "discharged" else None,
        on_section_58_medicine=on_medicine,
        medicine_first_given_on=first_dose,
    )
    story.reasons += [(started, 1)] + ([(ended, 1)] if ended and ended < story.left else [])
    _rights(story, name, started, ended)
    _relative(story, started)
    _conditions_change(story, name, started, ended)
    _tribunal(story, name, started, admitted, ended)
    if on_medicine:
        _certificate(story, name, started, first_dose or started)
    if not revoked or not ended:
        return None
    home = dice.day_after(ended, 12, 60)
    stay(story, ended, home if home <= story.left else None)
    return home


def _made(story: Story, started: date, admitted: date) -> dict[str, object]:
    """How the order was made, and its conditions."""
    dice = story.dice
    signed = dice.day_after(started, -1, 0)
    others = dice.chance(0.6)
    return {
        "amhp_agreed_on": None
        if dice.chance(0.02)
        else dice.day_after(signed, *((1, 2) if dice.chance(0.015) else (-3, 0))),
        "signed_on": signed,
        "sent_to_managers_on": done_on(story, "CTO-06B", signed, 3),
        "conditions": "See form CTO1." if dice.chance(0.03) else dice.pick(CONDITIONS),
        "condition_examination": True,
        "condition_certificate": dice.chance(0.97),
        "other_conditions": others,
        "other_conditions_purpose": dice.weighted(
            {
                "treatment": 70.0,
                "health or safety": 20.0,
                "protection of others": 7.0,
                "not known": 3.0,
            }
        )
        if others
        else None,
        "conditions_explained_on": done_on(story, "CTO-07B", started, 7),
        "tribunal_clock_on": None if dice.chance(0.03) else admitted,
    }


def _told_of_end(story: Story, ended: date | None) -> date | None:
    """The nearest relative is told seven days before, or later, or not."""
    what = fate(story, "CTO-16")
    if ended is None or what == "never":
        return None
    return story.dice.day_after(ended, *((-6, 0) if what == "late" else (-20, -7)))


def _conditions_change(story: Story, name: str, started: date, ended: date | None) -> None:
    dice = story.dice
    day = dice.day_after(started, 20, 300)
    if dice.chance(0.3) and day < min(ended or AS_AT, story.left):
        story.add(
            "condition_change",
            order=name,
            date=day,
            entered_on=day,
            on_form=dice.chance(0.96),
            explained_on=done_on(story, "CTO-07D", day, 7),
        )


def _tribunal(story: Story, name: str, started: date, admitted: date, ended: date | None) -> None:
    """An application, or the managers' reference after six months, and a hearing."""
    dice = story.dice
    six_months = last_day(admitted, 6)
    last = min(ended or AS_AT, story.left)
    day: date | None
    if dice.chance(0.35):
        day = dice.day_after(started, 5, 110)
        step = "application"
    else:
        day = done_on(story, "CTO-14C", six_months, 7)
        step = "managers reference"
    if day is None or day >= last:
        return
    story.add("tribunal_event", order=name, date=day, entered_on=day, step=step)
    heard = dice.day_after(day, 30, 60)
    if heard < last:
        story.add("tribunal_event", order=name, date=heard, entered_on=heard, step="hearing")


def _end(story: Story, started: date) -> tuple[date | None, str | None]:
    dice = story.dice
    if story.left < AS_AT:
        died = "died_on" in story.facts
        return story.left, "died" if died else "discharged"
    if dice.chance(0.36):
        day = dice.day_after(started, 3 if dice.chance(0.06) else 60, 620)
        if day < AS_AT:
            return day, dice.weighted({"discharged": 70.0, "managers": 8.0, "tribunal": 22.0})
    return None, None


def _periods(story: Story, name: str, started: date, ended: date | None) -> date:
    """Six months, six months, then a year at a time. Gives the expiry day now on record."""
    dice, first, number = story.dice, started, 1
    while True:
        expires = last_day(first, 12 if number > 2 else 6)
        shown = expires
        if dice.chance(0.03 if first.day < 28 else 0.15):
            shown -= timedelta(days=1)  # add six months, take a day away
        if expires >= (ended or AS_AT):
            story.add(
                "cto_period",
                order=name,
                number=number,
                starts_on=first,
                expires_on=shown,
                entered_on=story.entered(first),
            )
            return shown
        examined = dice.day_after(expires, -50, -8)
        if dice.chance(0.04):
            examined = dice.day_after(expires, -70, -63)  # too early
        furnished = dice.day_after(max(examined, expires - timedelta(days=40)), 1, 6)
        story.add(
            "cto_period",
            order=name,
            number=number,
            starts_on=first,
            expires_on=shown,
            entered_on=story.entered(first),
            examined_on=examined,
            consulted_on=None if dice.chance(0.02) else examined,
            amhp_agreed_on=dice.day_after(furnished, 1, 4) if dice.chance(0.015) else furnished,
            furnished_on=furnished,
            patient_told_on=_soon(story, furnished, 7, late=0.05, never=0.04),
            managers_reviewed_on=done_on(story, "CTO-14B", furnished, 56),
        )
        first, number = expires + timedelta(days=1), number + 1


def _soon(story: Story, day: date, days: int, late: float, never: float) -> date | None:
    """A day within the standard, a little after it, or none."""
    fate = story.dice.weighted({"late": late, "never": never, "well": 1 - late - never})
    if fate == "never":
        return None
    found = (
        story.dice.day_after(day, days + 1, days * 3)
        if fate == "late"
        else (story.dice.day_after(day, 0, days))
    )
    return found if found <= story.left else None


def _rights(story: Story, name: str, started: date, ended: date | None) -> None:
    dice = story.dice
    last = min(ended or AS_AT, story.left)
    if dice.chance(0.1):  # on the ward, before the order: the wrong legal status
        _discussion(story, name, started - timedelta(days=2), "start", "understood")
    day = done_on(story, "CTO-01", started, 7)
    blank = fate(story, "CTO-01") == "blank"
    while day and day <= last:
        outcome = dice.weighted(
            {
                "understood": 78.0,
                "partly": 7.0,
                "declined": 7.0,
                "lacks capacity": 5.0,
                "not understood": 1.5,
                "": 1.0,
                "not known": 0.5,
            }
        )
        first = "rights_discussion" not in story.records
        _discussion(story, name, day, "start" if first else "repeat", outcome, sure=not blank)
        if outcome == "understood":
            often = 3 if day >= MORE_OFTEN_FROM else 6
            due = add_months(day, often)
            day = dice.day_after(due, 3, 40) if dice.chance(0.05) else dice.day_after(due, -20, 0)
        else:
            day = _soon(story, day, 7, late=0.08, never=0.03) or dice.day_after(day, 60, 120)


def _discussion(
    story: Story, name: str, day: date, reason: str, outcome: str, *, sure: bool = True
) -> None:
    """One explanation. That it was complete is almost always on record: it is audited monthly."""
    dice = story.dice
    story.add(
        "rights_discussion",
        date=day,
        entered_on=story.entered(day),
        order=name,
        reason=reason,
        legal_status_explained=True,
        recall_explained=True,
        tribunal_explained=True,
        imha_explained=None if dice.chance(0.02) else dice.chance(0.97),
        spoken=True,
        in_writing=True if sure else None,
        interpreter_used=dice.chance(0.94) if story.facts["interpreter_needed"] else None,
        outcome=outcome or None,
        notes=dice.pick(RIGHTS_NOTES) if dice.chance(0.5) else None,
    )


def _relative(story: Story, started: date) -> None:
    dice = story.dice
    status = dice.weighted(
        {"identified": 80.0, "none": 12.0, "displaced": 2.0, "not known": 3.0, "": 3.0}
    )
    asked = dice.day_after(started, -20, 6)
    objected = status == "identified" and dice.chance(0.12)
    sent = _soon(story, max(started, asked), 8, late=0.04, never=0.05)
    story.add(
        "nearest_relative",
        status=status or None,
        status_on=asked,
        entered_on=asked,
        info_sent_on=sent if status == "identified" and not objected else None,
        patient_objected_on=asked if objected else None,
        unsafe_reason="Contact was judged unsafe." if dice.chance(0.02) else None,
    )


def _certificate(story: Story, name: str, started: date, first_dose: date) -> None:
    due = max(last_day(started, 1), last_day(first_dose, 3))
    signed = story.dice.day_after(due, -24, 0)
    fate = story.dice.weighted({"well": 91.0, "late": 5.0, "never": 4.0})
    if fate == "late":
        signed = story.dice.day_after(due, 1, 12)
    if fate == "never" or signed > story.left:
        return
    form = story.dice.weighted({"CTO12": 74.0, "CTO11": 25.0, "T2": 1.0})
    story.add("certificate", order=name, form=form, signed_on=signed, entered_on=signed)


# --- recall ---------------------------------------------------------------------------------------


def _recall_days(story: Story, started: date, ended: date | None) -> list[date]:
    """No recall, or one or two, often on a weekend when the clocks change."""
    dice = story.dice
    last = min(ended or AS_AT, story.left) - timedelta(days=6)
    room = (last - started).days
    number = dice.weighted({0: 44.0, 1: 42.0, 2: 14.0})
    if room < 80 or not number:
        return []
    days = [started + timedelta(days=dice.whole(20, room // number - 20))]
    if number == 2:
        days.append(dice.day_after(days[0], 30, room // 2))
    changes = [day for day in CLOCK_CHANGES if started + timedelta(days=20) < day < last]
    if changes and dice.chance(0.3):
        days[-1] = dice.pick(changes) - timedelta(days=dice.whole(1, 2))
    return sorted(day for day in set(days) if started < day < last)


def _recall(story: Story, name: str, day: date, revoked: bool) -> datetime | None:
    """One recall. Gives the moment at which it ended, if it did."""
    dice = story.dice
    decided = at(day, dice.whole(9, 12), dice.pick((0, 10, 30)))
    detained = after_minutes(decided, dice.whole(90, 480))
    ended = after_minutes(detained, minutes := _minutes(story))
    if minutes < 4200 and by_day(ended) > after_minutes(detained, 300):
        ended = by_day(ended)  # well within the time: nobody is sent home at night
    talk = dice.weighted(
        {"well": 86.0, "late": 3.0, "never": 4.0, "short": 2.0, "blank": 2.0, "could not": 3.0}
    )
    discussed = after_minutes(detained, dice.whole(-80, 240))
    if talk == "late":
        discussed = after_minutes(detained, dice.whole(1470, 2200))
    said = {"short": "CTO recalled.", "blank": None}.get(talk, dice.pick(RECALL_TALKS))
    spoke = talk not in ("never", "could not")
    served = after_minutes(detained, 20 if dice.chance(0.07) else -dice.whole(10, 60))
    story.add(
        "cto_recall",
        order=name,
        decided_at=decided,
        entered_at=story.soon_after(detained),
        in_writing=None if dice.chance(0.02) else dice.chance(0.98),
        served_at=served,
        service_mode="by hand",
        copy_to_managers_on=_soon(story, served.date(), 1, late=0.05, never=0.04),
        detained_at=detained,
        discussed_at=discussed if spoke else None,
        discussion=said if spoke else None,
        not_practicable_reason="Too unwell to be spoken to; see the nursing note."
        if talk == "could not"
        else None,
        ended_at=ended,
        ended_how="revoked" if revoked else "released",
        rc_opinion_at=after_minutes(ended, -dice.whole(120, 600)) if revoked else None,
        amhp_agreed_at=after_minutes(ended, 15 if dice.chance(0.06) else -dice.whole(20, 110))
        if revoked
        else None,
        managers_referred_on=_soon(story, ended.date(), 6, late=0.06, never=0.06)
        if revoked
        else None,
    )
    story.reasons += [(detained.date(), 7)] + ([] if revoked else [(ended.date(), 7)])
    return ended


def _minutes(story: Story) -> int:
    """How long a recall lasted: mostly well within 72 hours, a few at its edge, a few beyond."""
    dice = story.dice
    return dice.weighted(
        {
            dice.whole(600, 4100): 89.0,
            4320: 4.0,
            dice.whole(4250, 4319): 3.0,
            dice.whole(4321, 4700): 4.0,
        }
    )
