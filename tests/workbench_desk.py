"""A workbench to test: a small rule set in a folder of its own, and a client that may call it."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from policyengine.workbench.app import make_app
from policyengine.workbench.bench import Bench
from policyengine.workbench.case_load import CaseLoad
from policyengine.workbench.guarding import Keys

PORT = 4321
HERE = f"http://127.0.0.1:{PORT}"
SCHEMA = """\
schema: small
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england}
kinds:
  case:
    fields:
      born_on: date
  order:
    plural: orders
    happened: started_on
    fields:
      started_on: date
  talk:
    plural: talks
    happened: held_on
    fields:
      held_on: date
      complete: yes_no
"""
RULES = """\
policy "Orders"
  owner "A committee"

setting talk_window is 7 days "How soon."

rule OR-01 "A talk after every order"
  severity high
  source "Trust policy, paragraph 1"
  for each order
  must have a talk within talk_window after order.started_on
  say "No talk by {deadline}."

example "on the last day" for OR-01 as at 2026-02-01
  given order: started_on 2026-01-05
  given talk: held_on 2026-01-12
  expect met

example "a day late" for OR-01 as at 2026-02-01
  given order: started_on 2026-01-05
  given talk: held_on 2026-01-13
  expect met late

rule OR-02 "No talk is forgotten"
  severity low
  source "Trust policy, paragraph 2"
  for each talk
  must show talk.complete is recorded
"""


def cases() -> str:
    """One order that was followed after 3 days, two after 6, one after 9, and one never."""
    lines = []
    for at, day in enumerate((8, 11, 11, 14, None)):
        made: dict[str, Any] = {"case_id": f"CASE-{at}", "order": [order(at)]}
        if day:
            made["talk"] = [{"id": f"T{at}", "held_on": f"2026-01-{day:02}"}]
        lines.append(json.dumps(made))
    return "\n".join(lines) + "\n"


def order(at: int) -> dict[str, str]:
    return {"id": f"O{at}", "started_on": "2026-01-05"}


CASES = cases()


@dataclass(slots=True)
class Desk:
    """A client with the cookie, the file that it edits, and what it was told."""

    client: TestClient
    file: Path
    keys: Keys
    bench: Bench

    def send(self, text: str, do: str = "check", **words: str) -> Any:
        """What the script would be answered."""
        answer = self.client.post(
            "/bench",
            data={"file": str(self.file), "text": text, "do": do, "rule": "OR-01", **words},
            headers={"accept": "application/json", "origin": HERE},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


def desk(
    folder: Path,
    *,
    reveals: bool = False,
    can_save: bool = True,
    text: str = RULES,
    cases: str = CASES,
) -> Desk:
    rules = folder / "rules"
    rules.mkdir()
    (rules / "schema.yaml").write_text(SCHEMA, "utf-8")
    file = rules / "orders.policy"
    file.write_text(text, "utf-8")
    export = folder / "cases.jsonl"
    export.write_text(cases, "utf-8")
    day = date(2026, 2, 1)
    bench = Bench([str(rules)], None, CaseLoad(str(export), "five orders", day, day, reveals))
    keys = Keys(PORT)
    client = TestClient(make_app(bench, keys, can_save=can_save), base_url=HERE)
    client.get("/", params={"token": keys.token})
    return Desk(client, file, keys, bench)


def seen(here: Desk) -> str:
    """The hash of the file that a page was made of."""
    page = here.client.get("/").text
    return page.partition('name="seen" value="')[2].partition('"')[0]
