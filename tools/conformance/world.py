"""Random schemas: every type of field, every mark, every clause of a kind."""

from dataclasses import dataclass, field

from tools.sample.dice import Dice

ANSWERS = {
    "agreed": "",
    "refused": "",
    "not_needed": "",
    "no": "",
    "not known": "not_known",
    "not stated": "not_stated",
    "would not say": "declined_to_say",
}
LEVELS = {"low": "", "high": "", "nk": "not_known"}
LISTS = {"answers": ANSWERS, "levels": LEVELS}
NAMES = ("order", "talk", "visit", "alert", "review", "plan")
NOISE = "noise"  # a kind that no rule ever mentions


@dataclass
class FieldOf:
    """A declared field."""

    name: str
    type: str
    open: bool = False
    planned: bool = False
    required: bool = False
    known_from: str | None = None
    sensitive: str | None = None

    @property
    def base(self) -> str:
        """The type without what it is of."""
        return self.type.partition(" ")[0]

    @property
    def of(self) -> str:
        """The code list or the kind."""
        return self.type.partition(" ")[2]

    @property
    def is_date(self) -> bool:
        """Whether it holds a date or a date-time."""
        return self.base in ("date", "datetime")

    def yaml(self) -> str:
        """Its line in the schema."""
        marks = [f"type: {self.type}"]
        marks += [
            f"{mark}: true" for mark in ("open", "planned", "required") if getattr(self, mark)
        ]
        if self.known_from:
            marks.append(f"known_from: {self.known_from}")
        if self.sensitive:
            marks.append(f"sensitive: {self.sensitive}")
        return f"      {self.name}: " + (
            self.type if len(marks) == 1 else f"{{{', '.join(marks)}}}"
        )


@dataclass
class KindOf:
    """A declared kind."""

    name: str
    fields: dict[str, FieldOf] = field(default_factory=dict)
    happened: str | None = None
    recorded: str | None = None
    ordered_by: str | None = None
    void_when: str | None = None
    ended: list[str] = field(default_factory=list)
    shared: bool = False
    sensitive: str | None = None
    died: str | None = None
    owner: str | None = None

    def add(self, name: str, type_: str, **marks: object) -> str:
        """Declare a field; gives its name."""
        self.fields[name] = FieldOf(name, type_, **marks)  # type: ignore[arg-type]
        return name

    def yaml(self) -> str:
        """Its part of the schema."""
        lines = [f"  {self.name}:"]
        keys = ("happened", "recorded", "ordered_by", "void_when", "sensitive", "died", "owner")
        lines += [f"    {key}: {value}" for key in keys if (value := getattr(self, key))]
        if self.ended:
            listed = self.ended[0] if len(self.ended) == 1 else f"[{', '.join(self.ended)}]"
            lines.append(f"    ended: {listed}")
        if self.shared:
            lines.append("    shared: true")
        lines.append("    fields:")
        lines += [each.yaml() for each in self.fields.values()]
        return "\n".join(lines)


@dataclass
class World:
    """A whole schema."""

    kinds: dict[str, KindOf]
    holidays: bool
    closed: list[str]

    @property
    def own(self) -> list[KindOf]:
        """The kinds that a case holds and rules may name."""
        return [k for k in self.kinds.values() if k.name not in ("case", NOISE) and not k.shared]

    def yaml(self) -> str:
        """The text of the schema."""
        lines = ["schema: conformance", "version: 1", "time_zone: Europe/London"]
        lines.append(
            f"calendar: {{bank_holidays: {'england' if self.holidays else 'none'}"
            f", closed: [{', '.join(self.closed)}]}}"
        )
        lines.append("codes:")
        for name, codes in LISTS.items():
            lines.append(f"  {name}:")
            for code, means in codes.items():
                written = f'"{code}"'
                lines.append(
                    f"    {written}: {{label: L, means: {means}}}" if means else f"    {written}: L"
                )
        lines.append("kinds:")
        lines += [kind.yaml() for kind in self.kinds.values()]
        return "\n".join(lines) + "\n"


def make_world(dice: Dice, closed: list[str]) -> World:
    """A schema of two to four kinds, a case, a stranger, and perhaps a shared table."""
    names = dice.draw(NAMES, dice.whole(2, 4))
    shared = dice.chance(0.4)
    kinds = {"case": _case(dice, names)}
    for name in names:
        kinds[name] = _kind(dice, name, names, shared)
    _follow_ends(dice, kinds, names)
    if shared:
        staff = kinds["staff"] = KindOf("staff", shared=True)
        staff.add("role", "text")
        staff.add("rank", "number")
        staff.add("left_on", "date", open=True)
        staff.add("began_on", "date")
        if dice.chance(0.5):
            staff.happened = "began_on"
    noise = kinds[NOISE] = KindOf(NOISE, happened="noted_on")
    noise.add("noted_on", "date")
    noise.add("loud", "yes_no")
    return World(kinds, dice.chance(0.6), closed)


def _case(dice: Dice, names: list[str]) -> KindOf:
    case = KindOf("case")
    case.add("team", "text")
    case.add("born_on", "date", sensitive="identifier" if dice.chance(0.3) else None)
    case.add("needy", "yes_no")
    case.add("score", "number", required=dice.chance(0.2))
    case.add("level", "code levels")
    case.add("died_on", "datetime" if dice.chance(0.3) else "date", open=True)
    if dice.chance(0.5):
        case.add("main", f"ref {dice.pick(names)}")
    if dice.chance(0.6):
        case.died = "died_on"
    if dice.chance(0.5):
        case.owner = "team"
    return case


def _kind(dice: Dice, name: str, names: list[str], shared: bool) -> KindOf:
    kind = KindOf(name)
    timed = dice.chance(0.45)
    first = kind.add("began_at" if timed else "began_on", "datetime" if timed else "date")
    if dice.chance(0.93):
        kind.happened = first
    kind.add("seen_at", "datetime", open=dice.chance(0.3), planned=dice.chance(0.1))
    kind.add("sent_on", "date", planned=dice.chance(0.1))
    kind.add(
        "ended_at" if dice.chance(0.3) else "ended_on", "datetime" if timed else "date", open=True
    )
    kind.add("next_on", "date", planned=True, open=dice.chance(0.3))
    kind.add("entered_on", "date")
    if dice.chance(0.5):
        kind.recorded = "entered_on"
    if dice.chance(0.15):
        kind.ordered_by = dice.pick(["sent_on", "seen_at"])
    if dice.chance(0.5):
        kind.ended = [dice.pick([each for each in kind.fields if each.startswith("ended")])]
        if dice.chance(0.3):
            kind.ended.append("sent_on")
    late = "entered_on" if dice.chance(0.25) else None
    kind.add("big", "yes_no", known_from=late)
    kind.add("spoken", "yes_no", required=dice.chance(0.1))
    kind.add("size", "number", known_from=late if dice.chance(0.3) else None)
    kind.add("minutes", "number")
    kind.add("answer", "code answers")
    kind.add("words", "text", sensitive="free_text" if dice.chance(0.3) else None)
    kind.add(dice.pick(["source", "owner", "fix", "note"]), "text")
    if dice.chance(0.5):
        kind.add("level", "code levels", sensitive="harmful_if_seen" if dice.chance(0.2) else None)
    kind.add("link", f"ref {dice.pick(names)}")
    if shared:
        kind.add("by_whom", "ref staff")
    if dice.chance(0.2):
        kind.add("wrong", "yes_no")
        kind.void_when = "wrong"
    if dice.chance(0.1):
        kind.sensitive = "third_party"
    return kind


def _follow_ends(dice: Dice, kinds: dict[str, KindOf], names: list[str]) -> None:
    """Some ends lie at the end of a reference."""
    for name in names:
        target = kinds[kinds[name].fields["link"].of]
        if dice.chance(0.2):
            end = next(each for each in target.fields if each.startswith("ended"))
            kinds[name].ended.append(f"link.{end}")
