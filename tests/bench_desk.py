"""A small schema for the tests of an author's bench, and rule sets over it."""

from pathlib import Path

from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules

SCHEMA = """
schema: small
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
codes:
  answer:
    agreed: Agreed
    refused: Refused
    lapsed: Lapsed
    not known: {label: Not known, means: not_known}
kinds:
  case:
    died: died_on
    fields:
      born_on: date
      died_on: {type: date, open: true}
  cto:
    plural: ctos
    happened: started_on
    ended: ended_on
    fields:
      started_on: date
      ended_on: {type: date, open: true}
      private: yes_no
      visits: number
      aim: text
  visit:
    plural: visits
    fields:
      minutes: number
      seen: yes_no
  talk:
    plural: talks
    happened: date
    fields:
      date: date
      at: datetime
      order: ref cto
      answer: code answer
      spoken: yes_no
      notes: text
"""


def plan_of(text: str, folder: Path) -> Plan:
    """A checked rule set over the small schema, written into a folder."""
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "rules.policy").write_text(text)
    loaded = load_rules([str(folder)])
    assert loaded.plan is not None, [note.message for note in loaded.diagnostics]
    return loaded.plan
