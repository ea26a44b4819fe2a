"""What goes wrong in the sample, and how often: the frequencies that its README tells.

A duty of the newer chapters is done in time, late, never, or with its decisive answer left blank,
as often as its line here says. What the record then shows can differ by a little: a duty can end
before it is due, and one entry can serve for two.
"""

from dataclasses import dataclass
from datetime import date

from tools.sample.story import Story


@dataclass(frozen=True, slots=True)
class Failure:
    """How often, of a hundred, a rule's duty is done late, never, or with its answer blank."""

    rule: str
    late: float
    never: float
    blank: float
    duty: str


FAILURES = (
    Failure("CTO-01", 0.5, 0.2, 0.3, "rights explained within a week of the order"),
    Failure("CTO-03", 5, 9, 0, "rights explained afresh after a change"),
    Failure("CTO-06B", 4, 2, 0, "the order sent to the managers"),
    Failure("CTO-07B", 5, 6, 0, "conditions explained"),
    Failure("CTO-07D", 6, 6, 0, "a change of conditions explained"),
    Failure("CTO-14B", 6, 6, 0, "an extension considered by the managers"),
    Failure("CTO-14C", 3, 4, 0, "the case referred to the tribunal after six months"),
    Failure("CTO-16", 8, 10, 0, "the nearest relative told that the order ends"),
    Failure("CP-01", 6, 8, 4, "a care plan within 28 days"),
    Failure("CP-02A", 3, 23, 0, "a full review of the care plan within the year"),
    Failure("CP-04A", 6, 12, 0, "a copy of the plan offered"),
    Failure("CP-05A", 0, 7, 0, "a key worker named who is still here"),
    Failure("CP-06A", 8, 12, 0, "each risk with an action in the plan"),
    Failure("CP-08", 0, 18, 0, "what to do in a crisis, in the person's own words"),
    Failure("CP-09A", 6, 6, 2, "seen within 72 hours of leaving hospital"),
    Failure("RA-01A", 5, 5, 2, "risk assessed when the team accepts a person"),
    Failure("RA-03A", 0, 10, 0, "every question about risk answered"),
    Failure("RA-05", 0, 12, 0, "a formulation, and not only a label"),
    Failure("RA-06", 0, 12, 4, "family or others asked"),
    Failure("RA-07", 0, 12, 0, "actions with an owner and a date"),
    Failure("RA-09", 0, 8, 3, "an author whose training is in date"),
    Failure("RA-10", 10, 12, 0, "risk assessed anew after a serious incident"),
    Failure("RR-09", 5, 10, 0, "the incident named in the next review"),
    Failure("DA-10B", 0, 8, 0, "whether there are children, known"),
    Failure("DA-11", 6, 8, 0, "the other party's record flagged"),
    Failure("DA-13", 6, 8, 0, "a safeguarding decision about an adult with care needs"),
    Failure("DA-14", 8, 8, 0, "a MARAC action done in time"),
    Failure("KS-09", 10, 12, 0, "a plan offered again"),
    Failure("CA-01A", 5, 0, 25, "a carer named, or 'no carer' on record"),
    Failure("CA-02A", 4, 0, 48, "the engagement tool offered to a carer"),
    Failure("CA-03A", 8, 16, 0, "an adult carer told of the right to an assessment"),
    Failure("CA-05A", 5, 15, 4, "consent to share with the carer recorded"),
    Failure("CA-06A", 10, 8, 0, "a carer's concern acted on"),
)
BY_RULE = {failure.rule: failure for failure in FAILURES}


def implied_rate(failure: Failure) -> float:
    """The compliance rate, of 1, that the frequencies come to: what is blank is not counted."""
    judged = 100 - failure.blank
    return (judged - failure.late - failure.never) / judged


def fate(story: Story, rule: str) -> str:
    """`well`, `late`, `never` or `blank`, as often as the table says."""
    failure = BY_RULE[rule]
    shares = {"late": failure.late, "never": failure.never, "blank": failure.blank}
    return story.dice.weighted({"well": 100 - sum(shares.values()), **shares})


def done_on(story: Story, rule: str, day: date, days: int) -> date | None:
    """The day on which a duty of so many days was done: in time, a little late, or not at all
    (nor if the person has left by then)."""
    what = fate(story, rule)
    if what in ("never", "blank"):
        return None
    late = (days + 1, days + max(3, days // 3))
    found = story.dice.day_after(day, *(late if what == "late" else (0, days)))
    return found if found <= story.left else None
