"""Faults that random policies have found, each as the smallest case that shows it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from policyengine.evaluate import Engine
from policyengine.evaluate.explain import explain
from policyengine.findings.model import Finding
from policyengine.policy.settle import settle
from policyengine.records import open_export
from policyengine.schema.from_yaml import schema_from
from policyengine.source import SourceFile
from policyengine.syntax import parse_file

SCHEMA = """\
schema: found
time_zone: Europe/London
kinds:
  case:
    fields:
      needy: yes_no
  order:
    happened: made_on
    fields:
      made_on: date
      sent_on: date
      due_on: date
      big: yes_no
      size: number
      about: ref talk
  talk:
    happened: held_at
    fields:
      held_at: datetime
      spoken: yes_no
      good: yes_no
      words: text
      place: text
  visit:
    ordered_by: booked_on
    fields:
      booked_on: date
"""


class Bench:
    """One policy over one case."""

    def __init__(self, tmp_path: Path, policy: str, case: dict[str, Any], **export: Any) -> None:
        schema, notes = schema_from(SourceFile("schema.yaml", SCHEMA))
        assert schema is not None, notes
        file, faults = parse_file(SourceFile("found.policy", f'policy "Found"\n{policy}'))
        assert not faults, faults
        plan, faults = settle([file], schema)
        assert plan is not None, [fault.message for fault in faults]
        path = tmp_path / "cases.json"
        whole = {"order": [], "talk": [], "visit": [], "case_id": "A", **case}
        path.write_text(json.dumps({"cases": [whole], **export}), encoding="utf-8")
        self.engine = Engine(plan)
        self.export = open_export(str(path), plan.schema)
        self.case = next(self.export.cases())

    def judge(self, as_at: str) -> list[Finding]:
        return self.engine.judge(self.case, self.export, date.fromisoformat(as_at))

    def verdict(self, as_at: str) -> str:
        (finding,) = self.judge(as_at)
        return finding.verdict.value

    def explained(self, as_at: str) -> list[Finding]:
        told = explain(self.engine, self.case, self.export, date.fromisoformat(as_at))
        return [each.finding for each in told]


def test_a_duty_on_a_field_is_explained_where_its_window_never_opened(tmp_path: Path) -> None:
    """S13: T is blank, so the condition of the duty was never asked; the explanation asks it."""
    bench = Bench(
        tmp_path,
        'rule R "t" for each order must have order.sent_on within 7 days after order.due_on where big',
        {"order": [{"id": "o", "made_on": "2026-01-01", "big": "yes"}]},
    )
    assert bench.verdict("2026-02-01") == "cannot_tell"
    assert bench.explained("2026-02-01") == bench.judge("2026-02-01")


def test_a_hidden_order_date_orders_nothing(tmp_path: Path) -> None:
    """S1, S22: an order date after the as-at date reads as blank, so its record comes by its id
    among the undated ones, as it would have come on that date."""
    policy = 'rule R "t" must not have a visit'
    hidden = {
        "visit": [{"id": "a", "booked_on": "2026-03-02"}, {"id": "b", "booked_on": "2026-03-01"}]
    }
    blank = {"visit": [{"id": "a"}, {"id": "b"}]}
    found = Bench(tmp_path, policy, hidden).judge("2026-02-01")
    assert [seen.id for seen in found[0].evidence] == ["a", "b"]
    assert found == Bench(tmp_path, policy, blank).judge("2026-02-01")
