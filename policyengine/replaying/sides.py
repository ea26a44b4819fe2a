"""Two policies on one history, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from policyengine.replaying.history import Course, History
from policyengine.values.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """What two policies say differently of one subject: each one's course, None where it says
    nothing of it. `sooner` is how many days sooner the second would have raised the breach
    (negative: later); None where not both do."""

    old: Course | None
    new: Course | None
    sooner: int | None = None

    @property
    def course(self) -> Course:
        """The one, or the other."""
        found = self.new or self.old
        assert found is not None
        return found


def differences(old: History, new: History) -> list[Difference]:
    """The subjects of which the two say another thing on some day, by rule."""
    return sorted(_differences(old, new), key=lambda each: _key(each.course))


def _differences(old: History, new: History) -> Iterator[Difference]:
    before = {_key(each): each for each in old.courses}
    after = {_key(each): each for each in new.courses}
    for key in before.keys() | after.keys():
        one, other = before.get(key), after.get(key)
        if one is None or other is None or _said(one) != _said(other):
            yield Difference(one, other, _sooner(one, other))


def _key(course: Course) -> tuple[str, str, str]:
    return course.rule, course.subject_kind, course.subject_id


def _said(course: Course) -> list[tuple[date, Verdict | None]]:
    """The verdicts with their first days; a new deadline alone is no other thing to say."""
    said: list[tuple[date, Verdict | None]] = []
    for spell in course.spells:
        if not said or said[-1][1] is not spell.verdict:
            said.append((spell.first, spell.verdict))
    return said


def _sooner(one: Course | None, other: Course | None) -> int | None:
    first = one.first_breach if one else None
    second = other.first_breach if other else None
    if first is None or second is None:
        return None
    return (first.first - second.first).days
