"""A small rule set and a small export on disk, and the command line run over them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from policyengine.commands.main import main

SCHEMA = """\
schema: small
version: 1
time_zone: Europe/London
codes:
  outcome: {understood: Understood, not known: {label: Not known, means: not_known}}
kinds:
  case:
    label: service user
    died: died_on
    owner: {kind: null, field: team}
    fields:
      team: text
      date_of_birth: {type: date, sensitive: identifier}
      died_on: {type: date, open: true}
  cto:
    label: community treatment order
    happened: started_on
    ended: ended_on
    fields: {started_on: date, ended_on: {type: date, open: true}}
  rights_discussion:
    label: explanation of rights
    happened: date
    fields: {date: date, spoken: {type: yes_no, label: spoken aloud}, outcome: code outcome}
  leaflet:
    happened: sent_on
    fields: {sent_on: date}
""".replace("    owner: {kind: null, field: team}\n", "    owner: team\n")

RULES = """\
policy "Orders: rights"

setting rights_window is 7 days
  "A local number."

rule A-01 "Rights are explained when an order starts"
  severity critical
  learning point 1
  tag rights
  source "MHA 1983 s.132A"
  for each cto
  must have a rights_discussion within rights_window after cto.started_on
    where spoken
  target at least 90 percent
  say "Nothing shows that the order of {cto.started_on} was explained by {deadline}."
  fix "Explain it today."

rule A-02 "A leaflet is sent"
  severity low
  tag paper
  source "Trust policy"
  for each cto
  should have a leaflet within 14 days after cto.started_on

example "in time" for A-01 as at 2026-02-01
  given cto: started_on 2026-01-01
  given rights_discussion: date 2026-01-08, spoken yes
  expect met, deadline 2026-01-08

example "a day late" for A-01 as at 2026-02-01
  given cto: started_on 2026-01-01
  given rights_discussion: date 2026-01-09, spoken yes
  expect met late

example "not at all" for A-01 as at 2026-02-01
  given cto: started_on 2026-01-01
  expect breached

example "sent" for A-02 as at 2026-02-01
  given cto: started_on 2026-01-01
  given leaflet: sent_on 2026-01-15
  expect met

example "not sent" for A-02 as at 2026-02-01
  given cto: started_on 2026-01-01
  expect breached
"""


def case(id: str, team: str, *records: tuple[str, dict[str, object]]) -> dict[str, object]:
    """A case as an export holds it; every kind is there."""
    made: dict[str, Any] = {"case_id": id, "team": team}
    made |= {kind: [] for kind in ("cto", "rights_discussion", "leaflet")}
    for kind, values in records:
        made[kind].append(values)
    return made


# As at 2026-02-01, A-01 is met for K1, met late for K2, breached for K3, cannot tell for K4 (it is
# blank whether it was spoken), not yet due for K5. No leaflet was sent to anyone but K1.
CASES = [
    case(
        "K1",
        "North",
        ("cto", {"id": "o1", "started_on": "2026-01-01"}),
        ("rights_discussion", {"id": "r1", "date": "2026-01-08", "spoken": True}),
        ("leaflet", {"id": "l1", "sent_on": "2026-01-15"}),
    ),
    case(
        "K2",
        "North",
        ("cto", {"id": "o1", "started_on": "2026-01-02"}),
        ("rights_discussion", {"id": "r1", "date": "2026-01-12", "spoken": True}),
    ),
    case(
        "K3",
        "South",
        ("cto", {"id": "o1", "started_on": "2026-01-03"}),
        ("rights_discussion", {"id": "r1", "date": "2026-01-05", "spoken": False}),
    ),
    case(
        "K4",
        "South",
        ("cto", {"id": "o1", "started_on": "2026-01-04"}),
        ("rights_discussion", {"id": "r1", "date": "2026-01-06"}),
    ),
    case("K5", "South", ("cto", {"id": "o1", "started_on": "2026-01-30"})),
]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Desk:
    """A folder with rules, a schema and an export, and the capture of what is printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.rules = folder / "rules"
        self.rules.mkdir()
        (self.rules / "schema.yaml").write_text(SCHEMA)
        (self.rules / "orders.policy").write_text(RULES)
        self.cases = folder / "cases.jsonl"
        self.cases.write_text("".join(json.dumps(each) + "\n" for each in CASES))

    def run(self, *words: str) -> Ran:
        """Run the command line."""
        code = main(list(words))
        said = self.capsys.readouterr()
        return Ran(code, said.out, said.err)

    def audit(self, *words: str, as_at: str = "2026-02-01") -> Ran:
        """An audit of the small export."""
        where = (str(self.rules), "--cases", str(self.cases))
        return self.run("audit", *where, "--as-at", as_at, *words)
