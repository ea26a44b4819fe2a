"""A rule that recurs is charted by its state in the committee's report, whatever the basis."""

from datetime import date

import pytest

from policyengine.findings.model import Finding
from policyengine.trend import Basis
from policyengine.trend.periods import Every, periods_before
from policyengine.trend.series import keeps
from policyengine.values.verdict import Verdict

OCTOBER = periods_before(date(2026, 11, 1), 1, Every.MONTH)[0]


def met(rule: str, deadline: str | None) -> Finding:
    day = None if deadline is None else date.fromisoformat(deadline).toordinal()
    return Finding(
        rule=rule,
        applies_from=None,
        case="A1",
        subject_kind="cto",
        subject_id="o1",
        verdict=Verdict.MET,
        deadline=deadline,
        deadline_day=day,
    )


@pytest.mark.parametrize(
    ("deadline", "of_the_month"),
    [
        ("2026-09-30", False),
        ("2026-10-01", True),
        ("2026-10-31", True),
        ("2026-11-01", False),
        (None, True),
    ],
)
def test_what_falls_due_in_the_month_counts_and_a_standing_rule_always(
    deadline: str | None, of_the_month: bool
) -> None:
    kept = keeps(OCTOBER, Basis.DUE, {"REC-01"})
    assert kept is not None
    assert kept(met("ONE-01", deadline)) is of_the_month
    assert kept(met("REC-01", deadline))
