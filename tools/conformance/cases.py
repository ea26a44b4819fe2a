"""Random records, drawn round the days, lengths and numbers that a policy turns on."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tools.conformance.clocks import TIMES, moved
from tools.conformance.world import LISTS, NOISE, FieldOf, KindOf, World
from tools.conformance.writer import WORDS, Writer
from tools.sample.dice import Dice

HIDDEN = "qhidden"  # stands in every text that is sensitive, and in no report
Json = dict[str, object]
MORE_WORDS = (
    *WORDS,
    "seen at home 12/03",
    "12/03/2026",
    "Risk, new!",
    "na\u00efve r\u00edsk",
    "",
    "r1sk",
)


class CaseMaker:
    """Makes cases of a world around one policy."""

    def __init__(
        self,
        dice: Dice,
        world: World,
        writer: Writer,
        as_at: date,
        known_by: date,
        absent: Sequence[str],
        *,
        messy: bool,
    ) -> None:
        """`messy`: rows lack ids, or share them."""
        self.dice = dice
        self.world = world
        self.as_at = as_at
        self.known_by = known_by
        self.absent = absent
        self.messy = messy
        self.plain = writer.plain
        self.numbered = dice.chance(0.3)  # tables that number their rows, each for itself
        self.turn_on(writer.durations, writer.numbers)
        self.days = sorted({*writer.days, as_at, known_by})
        self._near: list[date] = []
        self._at: list[datetime] = []

    def turn_on(self, durations: Sequence[str], numbers: Sequence[int]) -> None:
        """From here on, draw round these lengths and numbers: another policy's."""
        self.lengths = sorted(set(durations)) or ["7 days"]
        self.numbers = sorted({each + step for each in numbers for step in (-1, 0, 1)})

    def case(self, name: str, records: int = 4) -> Json:
        """A case: its own fields, and up to so many records of each kind."""
        self._near, self._at = [], []
        made: Json = {"case_id": name, **self._fields(self.world.kinds["case"], {})}
        ids = {
            kind.name: [f"{self._stem(kind)}{n}" for n in range(self.dice.whole(0, records))]
            for kind in self.world.own
            if kind.name not in self.absent
        }
        ids["staff"] = ["s0", "s1"]
        for kind in self.world.own:
            if kind.name in self.absent:
                continue
            rows: list[Json] = []
            for id in ids[kind.name]:
                row = self._fields(kind, ids)
                if not (self.messy and self.dice.chance(0.3)):
                    row["id"] = (
                        self.dice.pick(ids[kind.name])
                        if self.messy and self.dice.chance(0.1)
                        else id
                    )
                rows.append(row)
            made[kind.name] = rows
        made[NOISE] = []
        if "main" in self.world.kinds["case"].fields and self.dice.chance(0.8):
            target = self.world.kinds["case"].fields["main"].of
            made["main"] = self.dice.pick([*ids.get(target, []), "gone"])
        if self.dice.chance(0.06):
            covered = [kind.name for kind in self.world.own if kind.name not in self.absent]
            made["_complete_from"] = (
                {self.dice.pick(covered): self.day().isoformat()} if covered else {}
            )
        return made

    def _stem(self, kind: KindOf) -> str:
        return "" if self.numbered else kind.name[0]

    def shared(self) -> list[Json]:
        """The rows of the shared table."""
        staff = self.world.kinds["staff"]
        return [{"id": id, **self._fields(staff, {})} for id in ("s0", "s1")]

    # --- values ---------------------------------------------------------------------------------

    def _fields(self, kind: KindOf, ids: dict[str, list[str]]) -> Json:
        row: Json = {}
        for each in kind.fields.values():
            value = self._value(kind, each, ids)
            if value is not None:
                row[each.name] = value
        return row

    def _value(self, kind: KindOf, of: FieldOf, ids: dict[str, list[str]]) -> object:
        dice = self.dice
        blank = 0.03 if self.plain else 0.14
        if of.open or of.name == kind.recorded:
            blank = 0.85 if of.open else 0.5
        if of.name in (kind.happened, "entered_on"):
            blank /= 2
        if of.name == kind.void_when:
            return dice.weighted({None: 6, "no": 6, "yes": 1})
        if dice.chance(blank):
            return None
        if dice.chance(0.004 if self.plain else 0.02):
            return dice.pick(["?", "99/99/9999", "2026-02-30", " "])
        match of.base:
            case "yes_no":
                return dice.pick(["yes", "yes", "no", True, False])
            case "number":
                number = dice.pick(self.numbers)
                return f"{number}.5" if dice.chance(0.1) else number
            case "code":
                return dice.pick(list(LISTS[of.of]))
            case "text":
                said = dice.pick(MORE_WORDS)
                return f"{said} {HIDDEN}" if of.sensitive else said
            case "ref":
                return dice.pick([*ids.get(of.of, []), *ids.get(of.of, []), "gone"])
            case "date":
                return self._birth() if of.name == "born_on" else self.day().isoformat()
            case _:
                return self._time()

    def _birth(self) -> str:
        """About the ages that policies ask for."""
        day = self.dice.pick([self.as_at, *self._near])
        age = f"{self.dice.pick([18, 16, 1])} years"
        return self.dice.pick([
            moved(day, age, -1) + timedelta(days=self.dice.whole(-1, 1)),
            date(2008, 2, 29),
            date(2008, 3, 1),
            date(1960, 6, 1),
        ]).isoformat()  # fmt: skip

    def day(self) -> date:
        """A day near an edge."""
        dice = self.dice
        base = dice.pick(self._near) if self._near and dice.chance(0.55) else dice.pick(self.days)
        if dice.chance(0.75):
            base = moved(base, dice.pick(self.lengths), dice.pick([1, -1]))
        base += timedelta(days=dice.weighted({0: 5, 1: 2, -1: 2, dice.whole(-9, 9): 1}))
        if base > self.as_at and dice.chance(0.7):
            base = self.as_at - timedelta(days=dice.whole(0, 20))
        self._near.append(base)
        return base

    def _time(self) -> str:
        """A date-time near an edge, or a date whose time is not known."""
        dice = self.dice
        hours = [each for each in self.lengths if each.split()[1].startswith(("hour", "minute"))]
        if self._at and hours and dice.chance(0.4):
            amount, unit = dice.pick(hours).split()
            step = timedelta(minutes=int(amount) * (60 if unit.startswith("hour") else 1))
            at = (
                dice.pick(self._at)
                + step * dice.pick([1, -1])
                + timedelta(minutes=dice.whole(-1, 1))
            )
            self._at.append(at)
            return at.isoformat(timespec="minutes")
        day = self.day()
        if dice.chance(0.1 if self.plain else 0.3):
            return day.isoformat()
        text = f"{day.isoformat()}T{dice.pick(TIMES)}"
        self._at.append(datetime.fromisoformat(text))
        return text + dice.weighted({"": 12, "Z": 1, "+01:00": 1, ":30": 1})
