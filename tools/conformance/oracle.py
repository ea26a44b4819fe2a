"""A second, small judge: duties whose dates are whole days and wholly known, by brute force.

It shares nothing with the engine: every day of a window is listed, and records are looked up
among them. It covers what laws alone cannot see: on which side of an edge a day stands.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from policyengine.evaluate import Engine
from tools.conformance.bench import check, opened, schema_of
from tools.conformance.cases import Json
from tools.conformance.clocks import DAYS_OF_NOTE
from tools.sample.dice import Dice

SCHEMA = """\
schema: oracle
time_zone: Europe/London
kinds:
  case:
    fields:
      needy: yes_no
  order:
    happened: made_on
    fields:
      made_on: date
      done_on: date
  talk:
    happened: held_on
    fields:
      held_on: date
      good: yes_no
"""
ONE_DAY = timedelta(days=1)
DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Question:
    """A rule's window and duty, in parts that both judges understand."""

    id: str
    form: str  # `have`, `not have`, `field`, `every`
    shape: str  # `after`, `before`, `either`, `counting`, `ending`, `on`, `no later`, `strictly`
    amount: int
    unit: str
    least: int
    asked: bool  # whether the talk must be good

    @property
    def text(self) -> str:
        """The rule."""
        length = f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"
        t = "order.made_on"
        window = {
            "after": f"within {length} after {t}",
            "before": f"within {length} before {t}",
            "either": f"within {length} either side of {t}",
            "counting": f"within {length} after {t} counting that day",
            "ending": f"within {length} before {t} counting that day",
            "between": f"between {t} and {t} + {length}",
            "on": f"on the day of {t}",
            "no later": f"no later than {t}",
            "strictly": f"before {t}",
        }[self.shape]
        where = " where good" if self.asked else ""
        match self.form:
            case "have":
                duty = f"must have at least {self.least} talk {window}{where}"
            case "not have":
                duty = f"must not have a talk {window}{where}"
            case "field":
                duty = f"must have order.done_on {window}"
            case _:
                duty = f"must have a talk at least every {length} from {t}{where}"
        return f'rule {self.id} "t" for each order {duty}'


def questions(dice: Dice, many: int) -> list[Question]:
    """Random questions."""
    shapes = ["after", "before", "either", "counting", "ending", "between", "on", "no later"]
    return [
        Question(
            id=f"Q-{number}",
            form=dice.pick(["have", "have", "not have", "field", "every"]),
            shape=dice.pick([*shapes, "strictly"]),
            amount=dice.pick([1, 2, 3, 6]),
            unit=dice.pick(["day", "day", "week", "month", "year"]),
            least=dice.pick([1, 1, 2]),
            asked=dice.chance(0.5),
        )
        for number in range(many)
    ]


def cases_about(dice: Dice, asked: list[Question], as_at: date, many: int) -> list[Json]:
    """Cases whose dates stand on the edges of the questions' windows."""
    made: list[Json] = []
    for number in range(many):
        question = dice.pick(asked)
        start = shifted(as_at, question, -1) + dice.whole(-1, 1) * ONE_DAY
        if dice.chance(0.4):
            start = min(as_at, as_at - dice.whole(0, 60) * ONE_DAY)
        edges = [start, shifted(start, question, 1), shifted(start, question, -1)]
        talks: list[Json] = []
        for index in range(dice.whole(0, 4)):
            day = dice.pick(edges) + dice.whole(-1, 1) * ONE_DAY
            edges.append(shifted(day, question, 1))
            talks.append(
                {"id": f"t{index}", "held_on": str(day), "good": dice.pick(["yes", "yes", "no"])}
            )
        done = dice.pick([None, str(dice.pick(edges) + dice.whole(-1, 1) * ONE_DAY)])
        order: Json = {"id": "o", "made_on": str(min(start, as_at)), "done_on": done}
        made.append({"case_id": f"C{number}", "order": [order], "talk": talks})
    return made


def shifted(day: date, of: Question, sign: int) -> date:
    """The day so long after or before."""
    if of.unit in DAYS:
        return day + timedelta(days=sign * of.amount * DAYS[of.unit])
    months = of.amount * (12 if of.unit == "year" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + sign * months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def verdict(of: Question, case: Json, as_at: date) -> str:
    """What the duty comes to."""
    (order,) = _rows(case, "order")
    t = date.fromisoformat(str(order["made_on"]))
    if of.form == "field":
        done = order.get("done_on")
        days = [] if done is None else [date.fromisoformat(str(done))]
    else:
        days = sorted(
            date.fromisoformat(str(row["held_on"]))
            for row in _rows(case, "talk")
            if not of.asked or row["good"] == "yes"
        )
    days = [day for day in days if day <= as_at]
    return _again(of, t, days, as_at) if of.form == "every" else _once(of, t, days, as_at)


def _once(of: Question, t: date, days: list[date], as_at: date) -> str:
    opens, closes = _edges(of, t)
    inside = [day for day in days if _listed(day, opens, closes)]
    passed = as_at > closes
    if of.form == "not have":
        return "breached" if inside else "met" if passed else "not_yet_due"
    least = of.least if of.form == "have" else 1
    if len(inside) >= least:
        return "met"
    if not passed:
        return "not_yet_due"
    return "met_late" if sum(day >= opens for day in days) >= least else "breached"


def _edges(of: Question, t: date) -> tuple[date, date]:
    match of.shape:
        case "after" | "between":
            return t, shifted(t, of, 1)
        case "before":
            return shifted(t, of, -1), t
        case "either":
            return shifted(t, of, -1), shifted(t, of, 1)
        case "counting":
            return t, _last_of(of, t)
        case "ending":
            return _first_of(of, t), t
        case "on":
            return t, t
        case "no later":
            return date.min, t
        case _:
            return date.min, t - ONE_DAY


def _last_of(of: Question, first: date) -> date:
    """A period ends the day before the corresponding day, or on the last of a month without."""
    there = shifted(first, of, 1)
    short = of.unit in ("month", "year") and there.day != first.day
    return there if short else there - ONE_DAY


def _first_of(of: Question, last: date) -> date:
    return shifted(last, of, -1) + ONE_DAY


def _listed(day: date, opens: date, closes: date) -> bool:
    return day in set(_days(opens, closes)) if opens != date.min else day <= closes


def _days(opens: date, closes: date) -> Iterator[date]:
    while opens <= closes:
        yield opens
        opens += ONE_DAY


def _again(of: Question, t: date, days: list[date], as_at: date) -> str:
    start, late = t, False
    events = [day for day in days if day >= t]
    for day in events:
        late = day not in set(_days(start, shifted(start, of, 1)))
        start = day
    if as_at > shifted(start, of, 1):
        return "breached"
    if not events:
        return "not_yet_due"
    return "met_late" if late else "met"


def _rows(case: Json, kind: str) -> list[Json]:
    rows = case[kind]
    assert isinstance(rows, list)
    return rows


def disagreements(seed: int, cases: int = 20) -> list[str]:
    """Where the engine and this judge differ on the questions of a seed."""
    dice = Dice(f"oracle {seed}")
    as_at = date.fromisoformat(dice.pick(DAYS_OF_NOTE)) + dice.whole(-1, 1) * ONE_DAY
    asked = questions(dice, 6)
    made = cases_about(dice, asked, as_at, cases)
    plan = check(
        "\n".join(['policy "Oracle"', *(each.text for each in asked)]), schema_of(SCHEMA)
    ).plan
    assert plan is not None
    engine, export = Engine(plan), opened(plan, {"cases": made})
    found: list[str] = []
    for raw, case in zip(made, export.cases(), strict=True):
        judged = {each.rule: each.verdict.value for each in engine.judge(case, export, as_at)}
        found += [
            f"{each.text}: {judged[each.id]}, and not {wanted}"
            for each in asked
            if judged[each.id] != (wanted := verdict(each, raw, as_at))
        ]
    return found
