"""The columns of a worklist: their heads, their widths, and what they mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `width` in characters."""

    head: str
    width: float
    meaning: str


CASE = Column("Case", 13, "The service user's case id. Nothing else here says who it is.")
RULE = Column("Rule", 11, "The rule that is not kept, or about to be due.")
DUTY = Column("Duty", 24, "What the rule asks for, in its own words.")
GRAVE = Column(
    "How grave", 11, "critical, high, medium or low; (expected) where it is a should, not a must."
)
WHAT = Column("What is due", 26, "What has to be on the record, and by when.")
BY = Column("By when", 17, "The last day on which it would be in time. A real date: sort by it.")
DAYS = Column(
    "Late or left",
    13,
    "Days late, or days left, as at the date of this list. A number: late ones are below zero.",
)
FOUND = Column("What was found", 46, "What the record shows, and the records that were looked at.")
TO_DO = Column("What to do", 30, "What would put it right, or keep it right.")
CHANGES = Column(
    "Next looks different",
    17,
    "The next day on which this row could say something else though nothing new is recorded. "
    "Blank: it stays until something is.",
)
NOTE = Column("Team's note", 30, "Yours: who does it, by when, or why it cannot be done.")

COLUMNS = (CASE, RULE, DUTY, GRAVE, WHAT, BY, DAYS, FOUND, TO_DO, CHANGES, NOTE)
