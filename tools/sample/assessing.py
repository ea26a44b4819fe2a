"""Risk assessments: at the start, on a ward, each year and after what happened."""

from datetime import date, timedelta

from tools.sample.clock import after_minutes, at
from tools.sample.failures import done_on, fate
from tools.sample.planning import NAMES
from tools.sample.story import Story
from tools.sample.words import FORMULATIONS

QUESTIONS = ("to_self", "to_others", "to_family", "from_others", "self_neglect", "safeguarding")


def assess(story: Story) -> None:
    """Every full assessment of a person's time with the Trust, in order."""
    dice = story.dice
    days: set[date] = set()
    first = fate(story, "RA-01A")
    if first == "blank":
        story.records["referral"][0]["assessment_held_elsewhere"] = True
    elif first != "never":
        days.add(dice.day_after(story.accepted, *((30, 50) if first == "late" else (0, 25))))
    for row in story.records.get("hospital_stay", []):
        moved = row["admitted_at"]
        assert isinstance(moved, date)
        if dice.chance(0.92):
            days.add(dice.day_after(date(moved.year, moved.month, moved.day), 0, 1))
    for row in story.records.get("incident", []):
        day = row["date"]
        if row["how_serious"] == "serious" and isinstance(day, date):
            anew = done_on(story, "RA-10", day, 7)
            days |= {anew} if anew else set()
    day = max(days, default=story.accepted)
    while dice.chance(0.4) and story.lasts_to(day := dice.day_after(day, 250, 350)):
        days.add(day)
    for each in sorted(days):
        if story.lasts_to(each) and _assessment(story, each) and dice.chance(0.82):
            again = dice.day_after(each, *((29, 40) if dice.chance(0.08) else (3, 27)))
            if story.lasts_to(again):  # what was not known is asked again
                _assessment(story, again, sure=True)


def _assessment(story: Story, day: date, *, sure: bool = False) -> bool:
    """One assessment. Gives whether an answer is left open."""
    dice = story.dice
    asked, whole = fate(story, "RA-06"), fate(story, "RA-05") == "well"
    trained = fate(story, "RA-09")
    answers = {
        question: dice.weighted({"no": 63.0, "yes": 31.0, "not relevant": 5.0, "not known": 1.0})
        for question in QUESTIONS
    }
    if sure:
        answers = {
            question: answer.replace("not known", "no") for question, answer in answers.items()
        }
    elif fate(story, "RA-03A") == "never":
        del answers[dice.pick(QUESTIONS)]
    # On the day of a move the assessment is made after it.
    moment = at(day, 21 if dice.chance(0.5) else 22, dice.pick((5, 20, 45)))
    until = day + timedelta(days=dice.whole(20, 700))
    name = story.add(
        "risk_assessment",
        date=day,
        entered_at=after_minutes(moment, 20),
        screening_only=False,
        author=dice.pick(NAMES),
        author_agency=False,
        author_trained_until=None
        if trained == "blank"
        else day - timedelta(days=30)
        if trained == "never"
        else until,
        formulation=dice.pick(FORMULATIONS) if whole else "Low.",
        plan="As agreed with the person; see the actions.",
        **answers,
        abuse_victim=dice.weighted({"no": 83.0, "yes": 9.0, "not known": 5.0, "": 3.0}) or None,
        abuse_causing=dice.weighted({"no": 92.0, "yes": 5.0, "not known": 3.0}),
        collateral_on=dice.day_after(day, -20, 0) if asked == "well" else None,
        collateral_sought=True if asked == "blank" else None,
        collateral_none_reason="There is nobody whom the person wants to be asked."
        if asked == "never" and dice.chance(0.4)
        else None,
    )
    if fate(story, "RA-07") == "well":
        agreed = dice.day_after(day, 0, 5)
        if agreed <= story.left:
            story.add(
                "care_action",
                agreed_on=agreed,
                entered_on=agreed,
                assessment=name,
                description="Carry out what the assessment says.",
                action_owner=dice.pick(NAMES),
                due_on=agreed + timedelta(days=30),
            )
    _mentions(story, name, day)
    return "not known" in answers.values()


def _mentions(story: Story, name: str, day: date) -> None:
    """Serious incidents of the past stay in the picture."""
    for number, row in enumerate(story.records.get("incident", []), 1):
        when = row["date"]
        past = isinstance(when, date) and when <= day
        if row["how_serious"] == "serious" and past and story.dice.chance(0.9):
            story.add(
                "incident_reference",
                date=day,
                entered_on=day,
                assessment=name,
                incident=f"incident-{number}",
            )


def named(story: Story) -> None:
    """The next review names each incident, or does not."""
    for number, row in enumerate(story.records.get("incident", []), 1):
        entered = row["entered_at"]
        following = [
            (place, review)
            for place, review in enumerate(story.records.get("risk_review", []), 1)
            if isinstance(review["entered_at"], date) and review["entered_at"] > entered  # type: ignore[operator]
        ]
        following.sort(key=lambda each: str(each[1]["date"]))
        if not following:
            continue
        place, review = following[0]
        day = review["date"]
        assert isinstance(day, date)
        when = done_on(story, "RR-09", day, 0 if story.dice.chance(0.8) else 7)
        if when:
            story.add(
                "incident_reference",
                date=when,
                entered_on=when,
                review=f"risk-review-{place}",
                incident=f"incident-{number}",
            )
