"""Reports for a committee, made in memory: so many rules, periods and teams, with counts that vary
as a seed has it."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from policyengine.findings import Audit, Finding, RuleSummary
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.report.committee.page import CommitteePage, Told, committee_page
from policyengine.report.views.suppression import SmallNumbers
from policyengine.trend import Basis, Every, Options, Period, Rebase, series_of
from policyengine.trend.periods import periods_before
from policyengine.values.truth import Reason, Why
from policyengine.values.verdict import Verdict
from tests.report_desk import SCHEMA, audit_of

AS_AT = date(2026, 10, 31)
SMALL = SmallNumbers(hides_zero=False)
_RULE = """
rule T-{number:02} "{title}"
  severity {severity}
  learning point {point}
  source "Mental Health Act 1983, section {number}"
  for each cto
  must have a rights_discussion within window after cto.started_on
    where spoken
  target at least {target} percent
"""


@lru_cache(maxsize=4)
def plan_of(rules: int, title: str = "Rights are explained to the person in good time") -> Plan:
    """So many rules, over seven learning points."""
    text = 'policy "Orders: rights"\n  owner "The committee"\nsetting window is 7 days "A local number."\n'
    for number in range(1, rules + 1):
        severity = ("critical", "high", "medium", "low")[number % 4]
        text += _RULE.format(
            number=number,
            title=title,
            severity=severity,
            point=number % 7 + 1,
            target=80 + number % 21,
        )
    with TemporaryDirectory() as folder:
        (Path(folder) / "schema.yaml").write_text(SCHEMA)
        (Path(folder) / "orders.policy").write_text(text)
        loaded = load_rules([folder])
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


def audit(plan: Plan, teams: Sequence[str], seed: int = 1) -> Audit:
    """Every rule over every team, 5 to 240 duties each, most of them kept."""
    random = Random(seed)
    found = [
        _finding(rule.id, team, f"{team}{number}", random)
        for rule in plan.rules
        for team in teams
        for number in range(random.randint(5, 240))
    ]
    return audit_of(plan, *found, as_at=AS_AT.isoformat(), known_by=AS_AT.isoformat(), cases=4_812)


def _finding(rule: str, team: str, case: str, random: Random) -> Finding:
    verdict = random.choices(
        (Verdict.MET, Verdict.MET_LATE, Verdict.BREACHED, Verdict.CANNOT_TELL), (75, 8, 12, 5)
    )[0]
    unsure = Reason(why=Why.NOT_RECORDED, kind="rights_discussion", id="r1", field="spoken")
    return Finding(
        rule=rule,
        applies_from=None,
        case=case,
        subject_kind="cto",
        subject_id="o1",
        verdict=verdict,
        owner=team,
        reasons=(unsure,) if verdict is Verdict.CANNOT_TELL else (),
    )


def over_time(made: Audit, periods: int, seed: int = 2) -> list[list[RuleSummary]]:
    """Counts by rule for each period: 60 to 160 judged, nine in ten met."""
    random = Random(seed)
    found = []
    for _ in range(periods):
        rows = []
        for row in made.summary:
            judged = random.randint(60, 160)
            met = sum(random.random() < 0.9 for _ in range(judged))
            counts = dict.fromkeys(Verdict, 0)
            counts |= {Verdict.MET: met, Verdict.BREACHED: judged - met}
            rows.append(
                RuleSummary(
                    rule=row.rule,
                    title=row.title,
                    force=row.force,
                    severity=row.severity,
                    learning_point=row.learning_point,
                    target=row.target,
                    counts=counts,
                )
            )
        found.append(rows)
    return found


def page(
    rules: int = 6,
    periods: int = 24,
    teams: Sequence[str] = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Oak"),
    small: SmallNumbers = SMALL,
    title: str = "Rights are explained to the person in good time",
) -> CommitteePage:
    """A whole report."""
    plan = plan_of(rules, title)
    made = audit(plan, teams)
    options = Options(rebases=(Rebase(date(2025, 11, 1), "the new rights form"),))
    spans: tuple[Period, ...] = periods_before(AS_AT, periods, Every.MONTH)
    told = Told(
        audit=made,
        plan=plan,
        series=series_of(spans, over_time(made, periods), options),
        options=options,
        basis=Basis.DUE,
        every="month",
        cases_name="",
    )
    return committee_page(told, small)
