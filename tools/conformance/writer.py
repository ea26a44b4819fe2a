"""Random expressions, each of the type that is asked for (section 6 of the language)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from tools.conformance.clocks import PERIODS, duration
from tools.conformance.world import LISTS, FieldOf, KindOf, World
from tools.sample.dice import Dice

WORDS = ("seen at home", "new risk", "well today", "no change", "risk", "home visit made")
PATTERNS = ("(?i)RISK", "seen|well", "^new", r"\d+/\d+", "r.sk$", "h[oa]me")
COMPARES: tuple[str, ...] = (
    "is at least",
    "is at most",
    "is more than",
    "is less than",
    "is",
    "is not",
)
COMPARES += (">=", "<=", ">", "<", "=", "!=", "is not at least", "is not less than")
DATES = ("is on", "is before", "is after", "is on or before", "is on or after")


@dataclass(frozen=True)
class Scope:
    """The names in sight: records (name to kind), lets (name to type), and whose fields are
    bare."""

    records: dict[str, str] = field(default_factory=lambda: {"case": "case"})
    lets: dict[str, str] = field(default_factory=dict)
    bare: str | None = None

    def with_record(self, name: str, kind: str, *, bare: bool = False) -> "Scope":
        """With one more record in sight."""
        records = {**self.records, name: kind}
        return replace(self, records=records, bare=kind if bare else self.bare)


@dataclass
class Setting:
    """A setting that was written: its type and, of a list, what it lists."""

    name: str
    type: (
        str  # `duration`, `period`, `number`, `date`, `code answers`, `list answers`, `list number`
    )


class Writer:
    """Writes expressions. What it mentions is kept, so that records can be drawn around it."""

    def __init__(self, dice: Dice, world: World, days: list[date], *, plain: bool = False) -> None:
        """`plain`: short conditions on the records' own fields, so that most answers are sure."""
        self.dice = dice
        self.world = world
        self.days = days
        self.plain = plain
        self.even = False  # every form as often as any other, rare answers looked for
        self._names = 0
        self.begin()

    def begin(self) -> None:
        """Forget what was written: another policy, whose names are not those of the last."""
        self.kinds: dict[str, KindOf] = dict(self.world.kinds)
        self.sets: list[KindOf] = list(self.world.own)
        self.defined: dict[str, dict[str, FieldOf]] = {}
        self.settings: list[Setting] = []
        self.durations: list[str] = []
        self.numbers: list[int] = [0, 1, 2, 18]

    # --- names ----------------------------------------------------------------------------------

    def name(self, stem: str) -> str:
        """A new name."""
        self._names += 1
        return f"{stem}{self._names}"

    def members(self, kind: str) -> list[FieldOf]:
        """The fields of a kind, declared and defined."""
        return [*self.kinds[kind].fields.values(), *self.defined.get(kind, {}).values()]

    def paths(self, scope: Scope, wanted: Callable[[FieldOf], bool]) -> list[tuple[str, FieldOf]]:
        """The fields in sight that are wanted; those that stand nearest come several times."""
        found: list[tuple[str, FieldOf]] = []
        if scope.bare is not None:
            for each in self.members(scope.bare):
                if wanted(each):
                    found += [(each.name, each)] * 3
                if each.base == "ref" and not (self.plain and self.dice.chance(0.9)):
                    found += self._followed(each.name, each, wanted)
        for name, kind in scope.records.items():
            for each in self.members(kind):
                if wanted(each):
                    found += [(f"{name}.{each.name}", each)] * (1 if name == "case" else 2)
                if each.base == "ref" and self.dice.chance(0.05 if self.plain else 0.3):
                    found += self._followed(f"{name}.{each.name}", each, wanted)
        return found

    def _followed(
        self, start: str, ref: FieldOf, wanted: Callable[[FieldOf], bool]
    ) -> list[tuple[str, FieldOf]]:
        return [(f"{start}.{each.name}", each) for each in self.members(ref.of) if wanted(each)]

    def _path(self, scope: Scope, wanted: Callable[[FieldOf], bool]) -> tuple[str, FieldOf]:
        return self.dice.pick(self.paths(scope, wanted))

    def _lets(self, scope: Scope, type_: str) -> list[str]:
        return [name for name, of in scope.lets.items() if of == type_]

    def _settings(self, type_: str) -> list[str]:
        return [each.name for each in self.settings if each.type == type_]

    def a_set(
        self, scope: Scope, *, plural: bool = False, dated: bool = False
    ) -> tuple[str, str, Scope]:
        """A kind to walk over: its words with an alias where one is needed, the name that its
        record has, and the scope inside."""
        with_date = [kind for kind in self.sets if kind.happened]
        kind = self.dice.pick(with_date if dated and with_date else self.sets)
        name = kind.name
        word = (
            f"{kind.name}s"
            if plural and kind.name in self.world.kinds and self.dice.chance(0.4)
            else name
        )
        if name in scope.records or self.dice.chance(0.25):
            name = self.name("each")
            word = f"{word} as {name}"
        return word, name, scope.with_record(name, kind.name, bare=True)

    def where(self, scope: Scope, depth: int, chance: float = 0.7) -> str:
        """A bracketed condition on the record looked at, or nothing."""
        return f" where ({self.condition(scope, depth - 1)})" if self.dice.chance(chance) else ""

    # --- conditions -----------------------------------------------------------------------------

    def condition(self, scope: Scope, depth: int = 2) -> str:
        """A condition that can stand anywhere a condition can."""
        if self.plain:
            depth = min(depth, 1)
        weights: dict[Callable[[Scope, int], str], float] = {
            self._flag: 3,
            self._compare: 3,
            self._code: 2,
            self._same_text: 0.5,
            self._dated: 3,
            self._near: 1.5,
            self._present: 2,
            self._spoken: 1,
            self._linked: 1.2,
        }
        if depth > 0:
            weights |= {
                self._not: 1,
                self._joined: 2.5,
                self._listed: 1.2,
                self._there_is: 2.5,
                self._every: 1.2,
            }
        return self.dice.weighted(weights)(scope, depth)

    def items(self, scope: Scope, depth: int = 1) -> str:
        """A list with an item a line, which ends a clause."""
        head = self.dice.pick(["all of", "any of", "none of", "at least 2 of", "not any of"])
        lines = [f"\n    - {self.condition(scope, depth)}" for _ in range(self.dice.whole(2, 3))]
        front = f"{self._flag(scope, 0)} and " if self.dice.chance(0.2) else ""
        return front + head + "".join(lines)

    def _flag(self, scope: Scope, _depth: int) -> str:
        lets = self._lets(scope, "yes_no")
        if lets and self.dice.chance(0.4):
            return self.dice.pick(lets)
        path, _ = self._path(scope, lambda each: each.base == "yes_no")
        return self.dice.weighted({path: 5.0, f"{path} is yes": 1, f"{path} is not no": 1})

    def _not(self, scope: Scope, depth: int) -> str:
        return f"not ({self.condition(scope, depth - 1)})"

    def _joined(self, scope: Scope, depth: int) -> str:
        word = self.dice.pick([" and ", " or "])
        return (
            f"({word.join(self.condition(scope, depth - 1) for _ in range(self.dice.whole(2, 3)))})"
        )

    def _listed(self, scope: Scope, depth: int) -> str:
        head = self.dice.pick(["all of", "any of", "none of", "at least 2 of"])
        inner = [self.condition(scope, depth - 1) for _ in range(self.dice.whole(2, 3))]
        return f"{head} ({', '.join(inner)})"

    def _compare(self, scope: Scope, depth: int) -> str:
        left = self.number(scope, depth)
        how = self.dice.weighted({"compare": 6, "between": 1, "one": 1})
        negation = self.dice.pick(["", "", " not"])
        if how == "between":
            low = self._literal()
            return f"{left} is{negation} between {low} and {low + self.dice.whole(0, 3)}"
        if how == "one":
            lists = self._settings("list number")
            if lists and self.dice.chance(0.5):
                return f"{left} is{negation} one of {self.dice.pick(lists)}"
            return f"{left} is{negation} one of ({self._literal()}, {self._literal()}.5)"
        right = str(self._literal()) if self.dice.chance(0.75) else self.number(scope, 0)
        return f"{left} {self.dice.pick(COMPARES)} {right}"

    def _code(self, scope: Scope, _depth: int) -> str:
        path, found = self._path(scope, lambda each: each.base == "code")
        codes = [f'"{code}"' for code in LISTS[found.of]]
        negation = self.dice.pick(["", "", " not"])
        match self.dice.weighted({"is": 4, "one": 2, "list": 2, "other": 1}):
            case "one":
                return f"{path} is{negation} one of ({', '.join(self.dice.draw(codes, 2))})"
            case "list" if lists := self._settings(f"list {found.of}"):
                return f"{path} is{negation} one of {self.dice.pick(lists)}"
            case "other":
                others = [
                    other for other, each in self.paths(scope, lambda each: each.type == found.type)
                ]
                settings = self._settings(f"code {found.of}")
                return f"{path} is{negation} {self.dice.pick([path, *others, *settings])}"
            case _:
                return f"{path} is{negation} {self.dice.pick(codes)}"

    def _same_text(self, scope: Scope, _depth: int) -> str:
        path, _ = self._path(scope, lambda each: each.base == "text")
        if self.dice.chance(0.3):
            return f'{path} is one of ("{self.dice.pick(WORDS)}", "A")'
        return f'{path} is{self.dice.pick(["", " not"])} "{self.dice.pick(WORDS)}"'

    def _dated(self, scope: Scope, depth: int) -> str:
        left, how = self.moment(scope, depth), self.dice.pick(DATES)
        if self.dice.chance(0.08):
            return f"{left} is one of ({self.day()}, {self.day()})"
        if self.dice.chance(0.1):
            return f"{left} is between {self.moment(scope, 0)} and {self.moment(scope, 0)}"
        if self.dice.chance(0.2):
            how = how.replace("is", "is not", 1)
        return f"{left} {how} {self.moment(scope, depth - 1)}"

    def _near(self, scope: Scope, depth: int) -> str:
        side = self.dice.pick(["after", "before", "either side of"])
        negation = self.dice.pick(["", "", " not"])
        left, right = self.moment(scope, depth - 1), self.moment(scope, depth - 1)
        return f"{left} is{negation} within {self.length(scope)} {side} {right}"

    def _present(self, scope: Scope, _depth: int) -> str:
        negation = self.dice.pick(["", "", " not"])
        how = self.dice.weighted({"recorded": 3, "known": 2, "open": 1.5})
        if how == "open":
            path, _ = self._path(scope, lambda each: each.open and each.name not in self._derived())
            return f"{path} is{negation} open"
        picks = [name for name in scope.records if name.startswith("pick")]
        if (picks or scope.lets) and self.dice.chance(0.5):
            inner = Scope({name: scope.records[name] for name in picks})
            paths = [path for path, _ in self.paths(inner, lambda _: True)] if picks else []
            path = self.dice.pick([*picks, *picks, *scope.lets, *self.dice.draw(paths, 2)])
            return f"{path} is{negation} {how}"
        path, _ = self._path(scope, lambda _: True)
        return f"{path} is{negation} {how}"

    def _derived(self) -> set[str]:
        return {name for each in self.defined.values() for name in each}

    def _spoken(self, scope: Scope, _depth: int) -> str:
        text = self.text(scope)
        negation = self.dice.chance(0.35)
        match self.dice.pick(["mentions", "matches", "repeats"]):
            case "mentions":
                verb = "does not mention" if negation else "mentions"
                return f'{text} {verb} "{self.dice.pick(WORDS)}"'
            case "matches":
                verb = "does not match" if negation else "matches"
                return f'{text} {verb} "{self.dice.pick(PATTERNS)}"'
            case _:
                return f"{text} {'does not repeat' if negation else 'repeats'} {self.text(scope)}"

    def _linked(self, scope: Scope, depth: int) -> str:
        """A reference compared with a record, another reference, or an id."""
        paths = self.paths(scope, lambda each: each.base == "ref")
        if not paths:
            return self._flag(scope, depth)
        path, found = self.dice.pick(paths)
        others = [name for name, kind in scope.records.items() if kind == found.of]
        others += [f"{name}.id" for name in others]
        others += [other for other, each in paths if each.of == found.of]
        return f"{path} is{self.dice.pick(['', '', ' not'])} {self.dice.pick(others)}"

    def _there_is(self, scope: Scope, depth: int) -> str:
        many = self.dice.chance(0.3)
        words, _, inner = self.a_set(scope, plural=many)
        head = f"at least {self.dice.whole(1, 3)}" if many else self.dice.pick(["a", "an", "no"])
        return f"there is {head} {words}{self.where(inner, depth)}"

    def _every(self, scope: Scope, depth: int) -> str:
        words, _, inner = self.a_set(scope, plural=True)
        return (
            f"every {words}{self.where(inner, depth, 0.5)} has ({self.condition(inner, depth - 1)})"
        )

    # --- numbers --------------------------------------------------------------------------------

    def _literal(self) -> int:
        number = self.dice.weighted({self.dice.whole(0, 3): 3, self.dice.pick([10, 18, 30, 50]): 1})
        self.numbers.append(number)
        return number

    def number(self, scope: Scope, depth: int = 1) -> str:
        """A number, standing where a sum can."""
        if self.even and self.dice.chance(0.2):
            return self._ranged(scope)
        weights: dict[Callable[[Scope, int], str], float] = {
            self._number_field: 4,
            self._number_word: 0.5,
            self._days: 1,
            self._age: 0.7,
            self._counted: 1.2,
        }
        if depth > 0:
            weights |= {self._sum: 1, self._number_of: 2.5, self._total: 1.5, self._new_words: 0.6}
        return self.dice.weighted(weights)(scope, depth)

    def _ranged(self, scope: Scope) -> str:
        """A number that is often known only to lie between two."""
        if self.dice.chance(0.4):
            return f"days from ({self.date_path(scope)} + 4 hours) to {self.part(scope)}"
        words, _, inner = self.a_set(scope, plural=True)
        return f"number of {words} where ({self._flag(inner, 0)}) + ({self._literal()})"

    def open_date(self, scope: Scope) -> str | None:
        """A date in sight that may be not yet."""
        paths = self.paths(scope, lambda each: each.is_date and each.open)
        return self.dice.pick(paths)[0] if paths else None

    def _number_field(self, scope: Scope, _depth: int) -> str:
        lets = self._lets(scope, "number")
        if lets and self.dice.chance(0.5):
            return self.dice.pick(lets)
        return self._path(scope, lambda each: each.base == "number")[0]

    def _number_word(self, scope: Scope, depth: int) -> str:
        settings = self._settings("number")
        return self.dice.pick(settings) if settings else self._number_field(scope, depth)

    def _days(self, scope: Scope, _depth: int) -> str:
        return f"days from {self.part(scope)} to {self.part(scope)}"

    def _age(self, scope: Scope, _depth: int) -> str:
        return f"age of case.born_on at {self.part(scope)}"

    def _counted(self, scope: Scope, _depth: int) -> str:
        match self.dice.pick(["words", "new", "alike"]):
            case "words":
                return f"number of words in {self.text(scope)}"
            case "new":
                return f"number of new words in {self.text(scope)} since {self.text(scope)}"
            case _:
                return f"similarity of {self.text(scope)} to {self.text(scope)}"

    def _sum(self, scope: Scope, depth: int) -> str:
        sign = self.dice.pick(["+", "-"])
        right = self.number(scope, depth - 1) if self.dice.chance(0.6) else str(self._literal())
        return f"{self.number(scope, depth - 1)} {sign} ({right})"

    def _number_of(self, scope: Scope, depth: int) -> str:
        words, _, inner = self.a_set(scope, plural=True)
        return f"number of {words}{self.where(inner, depth)}"

    def _of_free_kind(self, scope: Scope, base: str) -> tuple[KindOf, str] | None:
        """A kind that is not in sight by its name, with a field: such a set takes no alias."""
        kinds = [
            (kind, each.name)
            for kind in self.sets
            for each in self.members(kind.name)
            if kind.name not in scope.records and each.base == base
        ]
        return self.dice.pick(kinds) if kinds else None

    def _total(self, scope: Scope, depth: int) -> str:
        found = self._of_free_kind(scope, "number")
        if found is None:
            return self._number_field(scope, depth)
        kind, name = found
        inner = scope.with_record(kind.name, kind.name, bare=True)
        how = self.dice.pick(["total", "highest", "lowest"])
        return f"{how} of {kind.name}.{name}{self.where(inner, depth)}"

    def _new_words(self, scope: Scope, depth: int) -> str:
        found = self._of_free_kind(scope, "text")
        if found is None:
            return self._counted(scope, depth)
        kind, name = found
        inner = scope.with_record(kind.name, kind.name, bare=True)
        text = self.text(scope)
        return (
            f"number of new words in {text} since any {kind.name}.{name}{self.where(inner, depth)}"
        )

    # --- texts, dates, lengths ------------------------------------------------------------------

    def text(self, scope: Scope) -> str:
        """A text, standing where a primary can."""
        lets = self._lets(scope, "text")
        if lets and self.dice.chance(0.4):
            return self.dice.pick(lets)
        return self._path(scope, lambda each: each.base == "text")[0]

    def day(self) -> str:
        """A date literal."""
        return self.dice.pick(self.days).isoformat()

    def part(self, scope: Scope) -> str:
        """A date, standing where a primary or the beginning of a window can."""
        weights = {"path": 7.0, "date": 0.7, "as_at": 0.7, "made": 1.5, "sum": 1.0}
        match self.dice.weighted(weights):
            case "date":
                return self.day() if self.dice.chance(0.8) else f"{self.day()}T09:00"
            case "as_at":
                return "as_at"
            case "made":
                return self._made(scope)
            case "sum":
                return f"({self.moment(scope, 1)})"
            case _:
                return self.date_path(scope)

    def date_path(self, scope: Scope) -> str:
        """A field or a `let` that is a date."""
        lets = [*self._lets(scope, "date"), *self._lets(scope, "datetime")]
        if lets and self.dice.chance(0.3):
            return self.dice.pick(lets)
        return self._path(scope, lambda each: each.is_date)[0]

    def _made(self, scope: Scope) -> str:
        inner = self.date_path(scope)
        match self.dice.pick(["month", "year", "end", "start", "later", "earlier"]):
            case "month" | "year" as unit:
                return f"start of {unit} of {inner}"
            case "end":
                return f"end of {self.length(scope, periods=True)} beginning with {inner}"
            case "start":
                return f"start of {self.length(scope, periods=True)} ending on {inner}"
            case which:
                items = [inner, self.moment(scope, 1)]
                if self.dice.chance(0.2):
                    items.append(self.date_path(scope))
                return f"{which} of ({', '.join(items)})"

    def moment(self, scope: Scope, depth: int = 1) -> str:
        """A date, standing where a sum can."""
        if depth > 0 and self.dice.chance(0.25):
            return f"{self.part(scope)} {self.dice.pick(['+', '-'])} {self.length(scope)}"
        settings = self._settings("date")
        if settings and self.dice.chance(0.05):
            return self.dice.pick(settings)
        return self.part(scope)

    def length(self, scope: Scope, *, periods: bool = False) -> str:
        """A length of time: written out, a setting or a `let`."""
        named = self._settings("period") + self._lets(scope, "period")
        if not periods:
            named += self._settings("duration") + self._lets(scope, "duration")
        if named and self.dice.chance(0.35):
            return self.dice.pick(named)
        written = duration(self.dice, periods=periods)
        self.durations.append(written)
        return written


def is_period(length: str) -> bool:
    """Whether a period can have this length."""
    return length.partition(" ")[2].rstrip("s") + "s" in PERIODS
