"""A fault in the bulk engine is seen: each of these is one that a hand could make."""

from pathlib import Path
from unittest.mock import patch

import pytest

from policyengine.bulk import clocks, duties, expressions, reading, reasons, scope, sets, windows
from policyengine.policy.load import load_rules
from tests.bulk_desk import batches, both, difference

MEANING = Path(__file__).parent / "meaning"


def _differs(name: str) -> bool:
    path = MEANING / name
    plan = load_rules([str(path)], path.parent / "schema.yaml").plan
    assert plan is not None
    for each, cases, export, instances in batches(plan):
        try:
            expected, found, notes = both(each, cases, export, instances)
        except AssertionError:  # what is counted is other than what is found
            return True
        if difference(expected, found) or notes.faults:
            return True
    return False


def _swapped(real):
    return lambda low, high, other_low, other_high: real(other_low, other_high, low, high)


def _unguarded(real):
    """A NULL taken for false: what an `EXISTS` would do."""

    def judged(scope, opened, inside, after):
        return real(scope, opened, (inside[0], "FALSE"), (after[0], "FALSE"))

    return judged


def _one_later(real):
    return lambda scope, day, length, sign: f"({real(scope, day, length, sign)} + 1)"


@pytest.mark.parametrize(
    ("file", "where", "name", "fault"),
    [
        ("judging/S07_windows.policy", windows, "is_before", _swapped),
        ("judging/S07_have.policy", duties, "judged_have", _unguarded),
        ("judging/S07_windows.policy", clocks, "day_after", _one_later),
        ("judging/S08_coverage.policy", duties.Candidates, "hidden", lambda _: lambda *_: "FALSE"),
        ("judging/S14_ends.policy", scope.Scope, "hidden", lambda _: lambda *_: ""),
        ("judging/S04_missing_values.policy", reasons, "only_blank", lambda _: lambda _: "FALSE"),
        (
            "judging/S06_exceptions.policy",
            expressions,
            "doubts_of",
            lambda _: lambda _: reasons.none(),
        ),
        ("judging/S07_have.policy", reading, "_near_misses", lambda _: lambda _: []),
        (
            "values/S19_totals_and_picks.policy",
            sets,
            "_may_come_first",
            lambda _: lambda *_: "FALSE",
        ),
        ("values/S19_sets.policy", sets.Members, "unsure", lambda _: "FALSE"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_a_planted_fault_is_seen(file, where, name, fault):
    assert not _differs(file)
    with patch.object(where, name, fault(getattr(where, name))):
        assert _differs(file)
