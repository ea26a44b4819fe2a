"""What was told, and when something follows it: in time, late, or not."""

from dataclasses import dataclass
from datetime import date

from tools.sample.story import Story


@dataclass(frozen=True, slots=True)
class Told:
    """What was told, on which day, by its id; and whether the service user is the one harmed."""

    id: str
    day: date
    person: str
    harmed: bool


def within(story: Story, day: date, days: int, late: float, never: float) -> date | None:
    """A day of so many after another, a late one, or none."""
    what = story.dice.weighted({"well": 1 - late - never, "late": late, "never": never})
    if what == "never":
        return None
    found = (
        story.dice.day_after(day, days + 1, days + 6)
        if what == "late"
        else (story.dice.day_after(day, 0, days))
    )
    return found if found <= story.left else None
