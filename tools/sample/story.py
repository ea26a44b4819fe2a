"""One invented service user's record, as it grows."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tools.sample.clock import after_minutes, at, written
from tools.sample.dice import Dice

AS_AT = date(2026, 11, 1)
"""The sample's own as-at date: the day after which nothing in it happened."""

FIRST = date(2023, 11, 1)
"""The day on which its three years of records begin."""

Fields = dict[str, object]

# Nothing points at these, so an export leaves their ids out, and each is numbered when it is read.
NAMELESS = frozenset(
    {
        "alert_review",
        "care_action",
        "carer_enquiry",
        "carer_invite",
        "certificate",
        "contact",
        "da_enquiry",
        "engagement_offer",
        "incident_reference",
        "key_worker",
        "plan_review",
        "rights_discussion",
        "s117_review",
        "team_period",
    }
)


@dataclass(slots=True, kw_only=True)
class Story:
    """A case: its own fields, its records by kind, and what the next chapters need to know.

    `left` is the last day on which anything about the person is recorded: the as-at date, or the
    day on which they were discharged or died. `reasons` are days after which risk is to be
    reviewed, with how many days there are for it; `known` are days on which an incident was
    entered; `ward` are the days of ward rounds, `missed` those of missed appointments.
    """

    case_id: str
    dice: Dice
    accepted: date
    left: date
    facts: Fields = field(default_factory=dict)
    records: dict[str, list[Fields]] = field(default_factory=dict)
    reasons: list[tuple[date, int]] = field(default_factory=list)
    known: list[date] = field(default_factory=list)
    ward: list[date] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)

    def add(self, kind: str, /, **fields: object) -> str:
        """Add a record and give its id. Fields that are None are left out: a blank."""
        rows = self.records.setdefault(kind, [])
        name = f"{kind.replace('_', '-')}-{len(rows) + 1}"
        named: Fields = {} if kind in NAMELESS else {"id": name}
        rows.append(named | {key: value for key, value in fields.items() if value is not None})
        return name

    def lasts_to(self, day: date) -> bool:
        """Whether a day lies within the person's time with the Trust, up to the as-at date."""
        return self.accepted <= day <= self.left

    def entered(self, day: date) -> date:
        """The day on which something of `day` was written down: mostly the same, rarely late."""
        late = self.dice.weighted({0: 90, 1: 5, 2: 2, 4: 1.5, 12: 1, 33: 0.5})
        return day + timedelta(days=late)

    def time_on(self, day: date) -> datetime:
        """A working hour of a day."""
        return at(day, self.dice.whole(9, 17), self.dice.pick((0, 5, 10, 15, 20, 30, 40, 45, 50)))

    def soon_after(self, moment: datetime) -> datetime:
        """When something of that moment was entered: later the same day, rarely later than that."""
        minutes = self.dice.whole(5, 150)
        if self.dice.chance(0.03):
            minutes += self.dice.pick((1440, 2880, 7200))
        return after_minutes(moment, minutes)

    def as_row(self) -> Fields:
        """The case as a line of the export holds it."""
        row: Fields = {"case_id": self.case_id} | self.facts
        row |= {kind: self.records[kind] for kind in sorted(self.records)}
        return row


def plain(value: object) -> object:
    """The same with dates and times as an export writes them."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case date():
            return written(value)
        case _:
            return value
