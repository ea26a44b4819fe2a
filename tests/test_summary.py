"""A rule with several versions is one line of the summary, named as it stands as at the day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policyengine.findings.summary import current_versions
from policyengine.policy.load import load_rules

POLICY = """
policy "Two versions"
rule V-01 "As it was"
  applies from 2020-01-01 until 2025-12-31
  must show case.team is "a"
rule V-01 "As it will be"
  applies from 2030-01-01
  must show case.team is "b"
"""
SCHEMA = "schema: two\nversion: 1\nkinds:\n  case: {fields: {team: text}}\n"


@pytest.mark.parametrize(
    ("as_at", "title"),
    [
        ("2019-12-31", "As it was"),  # none is in force yet: the first to come
        ("2020-01-01", "As it was"),
        ("2029-12-31", "As it was"),  # none is in force: the last that was
        ("2030-01-01", "As it will be"),
    ],
)
def test_the_title_is_that_of_the_version_of_the_day(
    tmp_path: Path, as_at: str, title: str
) -> None:
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    rules = tmp_path / "two.policy"
    rules.write_text(POLICY, encoding="utf-8")
    plan = load_rules([str(rules)]).plan
    assert plan is not None
    (version,) = current_versions(plan.rules, date.fromisoformat(as_at))
    assert version.title == title
