"""Reviews of risk: real ones, reasoned ones, and a few that are only a change of date."""

from datetime import date, datetime, timedelta

from tools.sample.clock import add_months, after_minutes, written
from tools.sample.story import Story
from tools.sample.words import NO_CHANGE, POOLS, RISK, SPOKEN_WITH, WARD_NOTES, words

KINDS = {
    "self harm": 30.0,
    "threat": 25.0,
    "violence": 15.0,
    "neglect": 15.0,
    "other": 13.0,
    "not known": 2.0,
}


def incidents(story: Story) -> None:
    """What went wrong, how badly, and when the record knew of it."""
    dice = story.dice
    for _ in range(dice.weighted({0: 62.0, 1: 25.0, 2: 9.0, 3: 4.0})):
        day = dice.day_after(story.accepted, 10, 900)
        if story.lasts_to(day):
            happened(story, day, dice.weighted(KINDS))


def happened(story: Story, day: date, kind: str, person: str | None = None) -> None:
    """One incident."""
    dice = story.dice
    badly = dice.weighted({"minor": 50.0, "moderate": 33.0, "serious": 14.0, "not known": 3.0})
    entered = story.soon_after(story.time_on(day))
    aside = dice.day_after(day, 5, 25) if dice.chance(0.04) else None
    story.add(
        "incident",
        date=day,
        entered_at=entered,
        kind=kind,
        how_serious=badly,
        person=person,
        set_aside_on=aside if aside and story.lasts_to(aside) else None,
    )
    story.reasons.append((day, 1 if badly == "serious" else 7))
    if not aside:
        story.known.append(entered.date())


def review(story: Story) -> None:
    """Every review of a person's time with the Trust, in order."""
    told = _Telling(story)
    days = _days(story)
    for place, day in enumerate(days):
        following = days[place + 1] if place + 1 < len(days) else None
        told.write(day, following)
    died = story.facts.get("died_on")
    if isinstance(died, date) and story.dice.chance(0.5):
        story.add(
            "risk_review",
            date=died - timedelta(days=2),
            entered_at=story.time_on(died + timedelta(days=1)),
            status="final",
            narrative="Written the day after the news came.",
            new_risk=False,
            basis="mdt",
            retrospective=story.dice.chance(0.75),
        )


def _days(story: Story) -> list[date]:
    dice = story.dice
    days = {dice.day_after(story.accepted, 2, 18)}
    day = min(days)
    while story.lasts_to(day):
        days.add(day)
        day = dice.day_after(day, 260, 350)
    for reason, allowed in story.reasons:
        if any(0 <= (day - reason).days <= allowed for day in days) or dice.chance(0.07):
            continue
        days.add(
            dice.day_after(reason, 0, allowed)
            if dice.chance(0.95)
            else (dice.day_after(reason, allowed + 1, allowed + 9))
        )
    return sorted(day for day in days | set(story.ward) if story.lasts_to(day))


class _Telling:
    """Writes reviews one after another, knowing what was written before."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.texts: list[str] = []
        self.seen: set[str] = set()
        self.used: set[str] = set()
        self.entered: date | None = None
        self.following: date | None = None
        self.ward = ""

    def write(self, day: date, following: date | None) -> None:
        """One review, as real as chance has it. `following` is the day of the one after it."""
        dice = self.story.dice
        self.following = following
        fate = "real"
        if day in self.story.ward:
            fate = "ward"
        elif self.texts:
            fate = dice.weighted(
                {
                    "real": 89.0,
                    "reasoned": 6.5,
                    "copied": 3.5,
                    "skipped": 1.0,
                    "nobody": 1.0,
                    "no text": 0.7,
                    "ticked": 1.3,
                }
            )
        text = self._text(fate)
        moment = self._entry(day)
        happening = any(
            (self.entered or date.min) < known <= moment.date() for known in self.story.known
        )
        new_risk = dice.chance(0.95) if happening else fate == "ticked" or dice.chance(0.08)
        if self.texts and dice.chance(0.008):  # two entered at one sitting
            self.story.records["risk_review"][-1]["entered_at"] = after_minutes(moment, -25)
        self._add(day, moment, text, new_risk, fate)
        self.entered = moment.date()
        if text:
            self.texts.append(text)
            self.seen |= words(text)

    def _text(self, fate: str) -> str | None:
        match fate:
            case "real":
                return self._fresh()
            case "no text" | "ward":
                return None
            case "skipped":
                return self.texts[max(0, len(self.texts) - 2)]
            case "ticked":
                left = [line for line in RISK if line not in self.used]
                return f"{self.texts[-1]} {self.story.dice.pick(left or RISK)}"
            case _:
                return self.texts[-1]

    def _fresh(self) -> str:
        """Sentences until a dozen words are new, so that a real review is one to the rules too,
        in the order in which a clinician tells it: how they live, how they are, what is planned."""
        dice = self.story.dice
        lines: list[tuple[int, str]] = []
        places = dice.draw(range(len(POOLS)), len(POOLS))
        for place in places + places:
            left = [line for line in POOLS[place] if line not in self.used]
            if not left:
                continue
            lines.append((place, dice.pick(left)))
            self.used.add(lines[-1][1])
            fresh = words(" ".join(line for _, line in lines)) - self.seen
            if len(lines) >= dice.whole(2, 3) and len(fresh) >= 13:
                break
        return " ".join(line for _, line in sorted(lines))

    def _entry(self, day: date) -> datetime:
        moment = after_minutes(self.story.time_on(day), self.story.dice.whole(20, 240))
        late = self.story.dice.weighted({0: 90.0, 1: 4.0, 3: 3.0, 8: 2.0, 40: 1.0})
        return moment + timedelta(days=late)

    def _add(
        self, day: date, moment: datetime, text: str | None, new_risk: bool, fate: str
    ) -> None:
        dice = self.story.dice
        ahead = add_months(day, dice.weighted({3: 4.0, 6: 83.0, 12: 10.0, 14: 3.0}))
        if self.following and self.following <= add_months(day, 12) and dice.chance(0.93):
            ahead = max(self.following, moment.date() + timedelta(days=1))
        late = (moment.date() - day).days
        if late >= 8 and dice.chance(0.3):
            ahead = day + timedelta(days=7)
        copied = fate in ("copied", "skipped", "reasoned", "nobody")
        if text and copied and dice.chance(0.5):
            text = f"Reviewed {written(day)}. {text}"
        excused = fate in ("reasoned", "nobody")
        why = f"{dice.pick(NO_CHANGE)} ({written(day)})" if excused else None
        if fate == "ward":
            self.ward = dice.pick([line for line in WARD_NOTES if line != self.ward])
            why = self.ward
        self.story.add(
            "risk_review",
            date=day,
            entered_at=moment,
            status="final",
            narrative=text,
            new_risk=None if fate != "ticked" and dice.chance(0.02) else new_risk,
            no_change_reason=why,
            spoken_with=dice.pick(SPOKEN_WITH) if fate in ("reasoned", "ward") else None,
            basis="mdt"
            if fate == "ward"
            else None
            if dice.chance(0.02)
            else dice.weighted({"contact": 91.0, "mdt": 6.0, "attempt": 3.0}),
            retrospective=dice.chance(0.93) if late > 1 else None,
            next_review_on=None if dice.chance(0.03) else ahead,
        )
