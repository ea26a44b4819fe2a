"""Care plans: made, reviewed, shared, and who holds them; and after-care."""

from datetime import date, timedelta

from tools.sample.clock import add_months
from tools.sample.failures import done_on, fate
from tools.sample.story import AS_AT, Story
from tools.sample.words import CRISIS_SIGNS, CRISIS_STEPS, PLAN_LINES, RISKS

NAMES = ("A. Whittle", "B. Okafor", "C. Lindqvist", "D. Prior", "E. Hassan", "F. Marsh", "G. Teo")


def plan(story: Story) -> None:
    """The plan of a person whose care the team plans, with everything that hangs on it."""
    dice = story.dice
    referral = story.records["referral"][0]
    referral["care_planning"] = planned = not referral.get("assessment_only") and dice.chance(0.94)
    referral["plan_held_elsewhere"] = None
    if not planned:
        return
    _key_workers(story)
    _after_care(story)
    if fate(story, "CP-01") == "blank":
        referral["plan_held_elsewhere"] = True
        return
    if dice.chance(0.02):
        referral["plan_declined_on"] = dice.day_after(story.accepted, 1, 25)
        return
    made = done_on(story, "CP-01", story.accepted, 28)
    if made:
        name = _plan(story, made)
        _reviews(story, name, made)
        _risks(story, made)


def _plan(story: Story, made: date) -> str:
    dice = story.dice
    offered = done_on(story, "CP-04A", made, 14)
    crisis = fate(story, "CP-08") == "well"
    return story.add(
        "care_plan",
        created_on=made,
        entered_on=made,
        status="current",
        copy_offered_on=offered,
        copy_refused_reason="Did not want a copy." if not offered and dice.chance(0.2) else None,
        crisis_signs=dice.pick(CRISIS_SIGNS) if crisis else None,
        crisis_steps=dice.pick(CRISIS_STEPS),
        crisis_contacts="The crisis line, the key worker and one other person.",
    )


def _reviews(story: Story, name: str, made: date) -> None:
    """Each year, and after what changes; now and then only the date moves."""
    dice = story.dice
    days: set[date] = set()
    fading = fate(story, "CP-02A")
    day = made
    while True:
        if fading == "never" and dice.chance(0.55):
            break
        late = fading == "late"
        often = (120, 175) if story.records.get("cto") else (280, 360)
        day = dice.day_after(day, *((368, 420) if late else often))
        if day > story.left:
            break
        days.add(day)
    lapsed = story.left - timedelta(days=420)  # a plan that is out of date was in date once
    for when in _changes(story):
        if dice.chance(0.93) and when > made and (fading == "well" or when < lapsed):
            days.add(when)
    said = ""
    for when in sorted(days):
        if when > story.left:
            continue
        said = dice.pick([line for line in PLAN_LINES if line != said])
        story.add(
            "care_plan_review",
            plan=name,
            date=when,
            entered_on=when,
            substantive=True,
            narrative=said,
        )


def _changes(story: Story) -> list[date]:
    """A day within the fortnight after each thing that calls for a review."""
    found: list[date] = []
    for kind, fields in (
        ("hospital_stay", ("admitted_at", "discharged_at")),
        ("cto", ("started_on",)),
        ("cto_period", ("furnished_on",)),
        ("cto_recall", ("detained_at",)),
        ("disclosure", ("date",)),
        ("change", ("date",)),
    ):
        for row in story.records.get(kind, []):
            for field in fields:
                value = row.get(field)
                if isinstance(value, date):
                    day = date(value.year, value.month, value.day)
                    found.append(story.dice.day_after(day, 1, 13))
    return found


def _key_workers(story: Story) -> None:
    dice = story.dice
    start, name = dice.day_after(story.accepted, 0, 10), dice.pick(NAMES)
    while dice.chance(0.3):
        end = dice.day_after(start, 120, 500)
        if end > story.left:
            break
        story.add("key_worker", name=name, from_on=start, until_on=end, entered_on=start)
        start = dice.day_after(end, *((20, 40) if dice.chance(0.1) else (0, 12)))
        name = dice.pick([each for each in NAMES if each != name])
    if start > story.left:
        return
    gone = fate(story, "CP-05A") == "never" and story.left == AS_AT
    left = dice.day_after(AS_AT, -90, -20) if gone else None
    story.add(
        "key_worker",
        name=name,
        from_on=start,
        left_trust_on=left if left and left > start else None,
        entered_on=start,
    )


def _after_care(story: Story) -> None:
    """Section 117, for people who have been on an order."""
    dice = story.dice
    for order in story.records.get("cto", [])[:1]:
        if dice.chance(0.1):
            return
        day, ended = order["started_on"], order.get("ended_on")
        assert isinstance(day, date)
        over = dice.day_after(ended, 60, 200) if isinstance(ended, date) else None
        ends = over is not None and over < story.left and dice.chance(0.5)
        story.add(
            "s117",
            started_on=day,
            ended_on=over if ends else None,
            entered_on=day,
            decided_together=None if not ends else dice.chance(0.88),
        )
        while True:
            day = dice.day_after(add_months(day, 12), *((5, 60) if dice.chance(0.1) else (-60, 0)))
            if day > story.left:
                return
            story.add("s117_review", date=day, entered_on=day)


def _risks(story: Story, made: date) -> None:
    dice = story.dice
    for line in dice.draw(RISKS, dice.weighted({0: 30.0, 1: 45.0, 2: 25.0})):
        day = dice.day_after(made, 0, 120)
        if day > story.left:
            continue
        risk = story.add("risk_item", opened_on=day, entered_on=day, description=line[0])
        agreed = done_on(story, "CP-06A", day, 14)
        if agreed:
            story.add(
                "care_action",
                agreed_on=agreed,
                entered_on=agreed,
                risk=risk,
                description=line[1] if dice.chance(0.96) else "Continue to monitor.",
                action_owner=dice.pick(NAMES),
                due_on=agreed + timedelta(days=90),
            )
