"""Random policies: settings, definitions, gathers and rules with every clause (sections 4, 5)."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tools.conformance.clocks import duration
from tools.conformance.world import LISTS, FieldOf, KindOf
from tools.conformance.writer import WORDS, Scope, Setting, Writer


@dataclass
class Item:
    """Something at top level: how it begins, and its clauses."""

    head: str
    clauses: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """As it stands in a file."""
        return "\n  ".join([self.head, *self.clauses])


@dataclass
class Policy:
    """A policy as its items. `edges` are the lengths and the numbers that it turns on, where its
    cases are not drawn round those alone."""

    items: list[Item]
    edges: tuple[list[str], list[int]] | None = None

    @property
    def text(self) -> str:
        """The file."""
        return "\n".join(['policy "Random"', *(item.text for item in self.items)]) + "\n"


def make_policy(writer: Writer, rules: int, stem: str = "R") -> Policy:
    """A policy of so many rules; more where some have several versions. Ids begin with `stem`."""
    dice = writer.dice
    items = [_setting(writer) for _ in range(dice.whole(1, 4))]
    items += [_list_setting(writer) for _ in range(dice.whole(0, 2))]
    if dice.chance(0.4):
        items.append(_gather(writer))
    items += [_define(writer) for _ in range(dice.whole(0, 3))]
    for number in range(1, rules + 1):
        items += _rule(writer, f"{stem}-{number:02}")
    return Policy(items)


# --- settings, definitions, gathers -------------------------------------------------------------


def _setting(writer: Writer) -> Item:
    dice = writer.dice
    type_ = dice.weighted({"duration": 3, "period": 3, "number": 2, "date": 1, "code answers": 1})
    name = writer.name("setting_")
    dated = dice.chance(0.5)
    starts = sorted(set(dice.draw(writer.days, dice.whole(1, 2)))) if dated else []
    values = [_value(writer, type_)]
    values += [f"{_value(writer, type_)} from {start}" for start in starts]
    if dated and dice.chance(0.15):
        values = values[1:]
    why = ' "A local number."' if dice.chance(0.3) else ""
    writer.settings.append(Setting(name, type_))
    return Item(f"setting {name} is {', '.join(values)}{why}")


def _value(writer: Writer, type_: str) -> str:
    dice = writer.dice
    match type_:
        case "duration" | "period":
            written = duration(dice, periods=type_ == "period")
            writer.durations.append(written)
            return written
        case "number":
            number = dice.whole(0, 3)
            return f"{number} percent" if dice.chance(0.1) else str(number)
        case "date":
            return writer.day()
        case _:
            return f'"{dice.pick(list(LISTS["answers"]))}"'


def _list_setting(writer: Writer) -> Item:
    dice = writer.dice
    type_ = dice.pick(["list answers", "list number"])
    name = writer.name("setting_")
    if type_ == "list answers":
        options = [f'"{code}"' for code in dice.draw(list(LISTS["answers"]), 2)]
    else:
        options = ["1", "2.5", "30"]
    writer.settings.append(Setting(name, type_))
    return Item(f"setting {name} is one of ({', '.join(options)})")


def _define(writer: Writer) -> Item:
    dice = writer.dice
    kind = dice.pick([*writer.sets, writer.kinds["case"]])
    scope = Scope().with_record(kind.name, kind.name, bare=True)
    previous = ""
    if kind.name != "case" and dice.chance(0.45):
        scope = scope.with_record("before_it", kind.name)
        previous = " with its previous as before_it"
    type_ = dice.weighted({"yes_no": 5, "number": 1.5, "date": 1.2, "text": 0.4})
    match type_:
        case "yes_no":
            text = writer.condition(scope, 2)
        case "number":
            text = writer.number(scope, 1)
        case "date":
            text = (
                writer.date_path(scope)
                if dice.chance(0.5)
                else f"{writer.date_path(scope)} + {duration(dice, periods=True)}"
            )
        case _:
            text = writer.text(scope)
    name = writer.name("made_")
    writer.defined.setdefault(kind.name, {})[name] = FieldOf(name, type_)
    return Item(f"define {kind.name}.{name}{previous} as {text}")


def _gather(writer: Writer) -> Item:
    dice = writer.dice
    name = writer.name("gathered_")
    sources: list[tuple[KindOf, FieldOf]] = []
    for kind in dice.draw(writer.world.own, dice.whole(1, 3)):
        dates = [each for each in kind.fields.values() if each.is_date]
        happened = [each for each in dates if each.name == kind.happened]
        sources.append((kind, dice.pick(happened if happened and dice.chance(0.6) else dates)))
    gathered = KindOf(name, happened="date")
    gathered.add("date", "datetime" if any(f.base == "datetime" for _, f in sources) else "date")
    gathered.add("from_kind", "text")
    first = sources[0][0]
    for each in first.fields.values():
        others = [kind.fields.get(each.name) for kind, _ in sources]
        if all(other is not None and other.type == each.type for other in others):
            opens = all(other is not None and other.open for other in others)
            gathered.fields[each.name] = FieldOf(each.name, each.type, open=opens)
    parts = []
    for kind, each in sources:
        scope = Scope().with_record(kind.name, kind.name, bare=True)
        parts.append(f"{kind.name} by {each.name}{writer.where(scope, 1, 0.5)}")
    writer.kinds[name] = gathered
    writer.sets.append(gathered)
    return Item(f"gather {name} from " + ", ".join(parts))


# --- rules --------------------------------------------------------------------------------------


def _rule(writer: Writer, id: str) -> list[Item]:
    """A rule, or two or three versions of it whose dates do not overlap."""
    dice = writer.dice
    kind = dice.pick(writer.sets) if dice.chance(0.85) else None
    if not dice.chance(0.2):
        return [_version(writer, id, kind, "")]
    cuts = sorted(dice.draw(writer.days, dice.whole(1, 2)))
    if len(cuts) == 2 and (cuts[1] - cuts[0]).days < 2:
        cuts = cuts[:1]
    if len(cuts) == 1:
        if dice.chance(0.3):
            until = f" until {cuts[0] + timedelta(days=dice.pick([0, 1, 7, 60]))}"
            clause = f"applies from {cuts[0]}{until if dice.chance(0.6) else ''}"
            return [_version(writer, id, kind, clause)]
        first = f"applies from 2000-01-01 until {cuts[0] - timedelta(days=1)}"
        return [
            _version(writer, id, kind, first),
            _version(writer, id, kind, f"applies from {cuts[0]}"),
        ]
    gap = timedelta(days=dice.pick([1, 1, 2]))
    dates = [f"applies from {cuts[0]} until {cuts[1] - gap}", f"applies from {cuts[1]}"]
    return [_version(writer, id, kind, each) for each in dates]


def _version(writer: Writer, id: str, kind: KindOf | None, applies: str) -> Item:
    dice = writer.dice
    clauses = [
        f"severity {dice.pick(['critical', 'high', 'medium', 'low'])}",
        f"learning point {dice.whole(1, 9)}",
        "tag rights, safety",
        'source "An Act, s.1" quoting "must"',
    ]
    clauses = [each for each in clauses if dice.chance(0.15)]
    if applies:
        clauses.append(applies)
    subject, scope, alone = _subject(writer, kind)
    clauses += subject
    for _ in range(dice.weighted({0: 5, 1: 3, 2: 1})):
        clause, scope = _let(writer, scope)
        clauses.append(clause)
    if dice.chance(0.15):
        clauses.append(f"when {_clause_condition(writer, scope)}")
    for _ in range(dice.weighted({0: 8, 1: 2, 2: 0.5})):
        clauses.append(f'cannot tell if {writer.condition(scope, 1)} because "the author says so"')
    for _ in range(dice.weighted({0: 7, 1: 2, 2: 1})):
        condition = _clause_condition(writer, scope)
        clauses.append(f'unless {condition} because "it is excused {dice.whole(1, 3)}"')
    duty, has_silence = _duty(writer, scope, alone)
    clauses.append(duty)
    if dice.chance(0.12):
        clauses.append('blank means breached because "it cannot be shown"')
    if has_silence and dice.chance(0.2):
        clauses.append('silence means cannot tell because "silence shows nothing"')
    if dice.chance(0.15):
        clauses.append(f"target at least {dice.pick(['95', '99.5', '100'])} percent")
    if dice.chance(0.3):
        clauses.append(f'say "It was due by {{deadline}}: {_shown(writer, scope)}."')
    if dice.chance(0.1):
        clauses.append('fix "Do it."')
    return Item(f'rule {id} "a rule"', clauses)


def _clause_condition(writer: Writer, scope: Scope) -> str:
    return writer.items(scope) if writer.dice.chance(0.12) else writer.condition(scope, 2)


def _shown(writer: Writer, scope: Scope) -> str:
    """An expression in braces, of nothing sensitive."""
    plain = writer.paths(
        scope, lambda each: each.sensitive is None and each.base in ("number", "yes_no", "date")
    )
    safe = [path for path, each in plain if not each.name.startswith("made_")]
    return f"{{{writer.dice.pick(safe)}}}" if safe else "no value"


def _subject(writer: Writer, kind: KindOf | None) -> tuple[list[str], Scope, str | None]:
    """The clause, what is in sight after it, and the name of the subject's record."""
    dice = writer.dice
    scope = Scope()
    if kind is None:
        if dice.chance(0.3):
            inner = replace(scope, bare="case")
            return [f"for each case where {writer.condition(inner, 1)}"], scope, "case"
        return [], scope, "case"
    name = kind.name if dice.chance(0.6) else writer.name("this_")
    words = kind.name if name == kind.name else f"{kind.name} as {name}"
    scope = scope.with_record(name, kind.name)
    clause = f"for each {words}"
    if dice.chance(0.4):
        clause += f" where {writer.condition(replace(scope, bare=kind.name), 1)}"
    if dice.chance(0.15):
        before = writer.name("prior_")
        scope = scope.with_record(before, kind.name)
        clause += f" with its previous as {before}"
    if dice.chance(0.15):
        other = dice.pick(writer.sets)
        second = (
            other.name
            if other.name not in scope.records and dice.chance(0.6)
            else writer.name("other_")
        )
        clause += f" with each {other.name}" + ("" if second == other.name else f" as {second}")
        scope = scope.with_record(second, other.name)
        if dice.chance(0.7):
            clause += f" where {writer.condition(replace(scope, bare=other.name), 1)}"
    return [clause], scope, name


def _let(writer: Writer, scope: Scope) -> tuple[str, Scope]:
    dice = writer.dice
    match dice.weighted({"pick": 4, "choice": 2, "value": 4, "choose record": 0.7}):
        case "pick":
            name, text, kind = writer.name("pick_"), *_pick(writer, scope)
            return f"let {name} be {text}", scope.with_record(name, kind)
        case "choose record":
            name, text, kind = writer.name("pick_"), *_pick(writer, scope)
            other = f"earliest {kind} as {writer.name('each')}"
            condition = writer.condition(scope, 1)
            return f"let {name} be {text} if {condition}, otherwise {other}", scope.with_record(
                name, kind
            )
        case "choice" if writer.even and (first := writer.open_date(scope)) is not None:
            type_ = "date"
            text = f"{first} if {writer.condition(scope, 1)}, otherwise {writer.open_date(scope)}"
        case "choice":
            type_ = dice.weighted({"period": 2, "duration": 2, "date": 2, "number": 1, "yes_no": 1})
            options = [
                f"{_let_value(writer, scope, type_)} if {writer.condition(scope, 1)}"
                for _ in range(dice.whole(1, 2))
            ]
            text = ", ".join([*options, f"otherwise {_let_value(writer, scope, type_)}"])
        case _:
            type_ = dice.weighted({"date": 4, "yes_no": 2, "number": 2, "text": 0.7, "period": 0.7})
            text = _let_value(writer, scope, type_)
    name = writer.name("let_")
    return f"let {name} be {text}", replace(scope, lets={**scope.lets, name: type_})


def _pick(writer: Writer, scope: Scope) -> tuple[str, str]:
    words, name, inner = writer.a_set(scope)
    which = writer.dice.pick(["latest", "earliest"])
    return f"{which} {words}{writer.where(inner, 2)}", inner.records[name]


def _let_value(writer: Writer, scope: Scope, type_: str) -> str:
    match type_:
        case "date":
            return writer.moment(scope, 1)
        case "number":
            return writer.number(scope, 1)
        case "yes_no":
            return writer.condition(scope, 1)
        case "text":
            return writer.text(scope)
        case _:
            return writer.length(scope, periods=type_ == "period")


# --- duties -------------------------------------------------------------------------------------


def _anchor(writer: Writer, scope: Scope, subject: str | None) -> str:
    """A T: most often a date of the subject."""
    dice = writer.dice
    if writer.even and dice.chance(0.3):
        anchor = (
            writer.open_date(scope) if dice.chance(0.5) else f"{writer.date_path(scope)} + 4 hours"
        )
        if anchor is not None:
            return anchor
    if subject is not None and dice.chance(0.65):
        kind = writer.kinds[scope.records[subject]]
        dates = [each.name for each in kind.fields.values() if each.is_date]
        if kind.happened and dice.chance(0.5):
            dates = [kind.happened]
        anchor = f"{subject}.{dice.pick(dates)}"
    else:
        anchor = writer.part(scope)
    if dice.chance(0.1):
        anchor += f" {dice.pick(['+', '-'])} {writer.length(scope)}"
    return anchor


def _window(writer: Writer, scope: Scope, subject: str | None) -> str:
    dice = writer.dice
    anchor = _anchor(writer, scope, subject)
    rolls = " or the next working day" if dice.chance(0.5 if writer.even else 0.35) else ""
    shapes = {"after": 5, "before": 1.5, "either": 1.2, "counting": 2.5, "ending": 1, "between": 2,
              "on": 1.2, "no later": 1.5, "strictly": 1}  # fmt: skip
    even = {**dict.fromkeys(shapes, 1.0), "no later": 2.5, "counting": 1.5}
    shape = dice.weighted(even if writer.even else shapes)
    match shape:
        case "after":
            return f"within {writer.length(scope)} after {anchor}{rolls}"
        case "before":
            return f"within {writer.length(scope)} before {anchor}"
        case "either":
            return f"within {writer.length(scope)} either side of {anchor}"
        case "counting":
            length = writer.length(scope, periods=True)
            return f"within {length} after {anchor} counting that day{rolls}"
        case "ending":
            return f"within {writer.length(scope, periods=True)} before {anchor} counting that day"
        case "between":
            last = (
                f"{anchor} + {writer.length(scope)}"
                if dice.chance(0.6)
                else _anchor(writer, scope, subject)
            )
            return f"between {anchor} and {last}{rolls}"
        case "on":
            return f"on the day of {anchor}"
        case "no later":
            return f"no later than {anchor}{rolls}"
        case _:
            return f"before {anchor}"


def _duty(writer: Writer, scope: Scope, subject: str | None) -> tuple[str, bool]:
    """The duty, and whether `silence` makes sense with it."""
    dice = writer.dice
    force = dice.pick(["must", "must", "must", "should"])
    form = dice.weighted({"have": 5, "not have": 2, "field": 1.5, "show": 3, "every": 2})
    match form:
        case "have":
            many = dice.chance(0.25)
            words, _, inner = writer.a_set(scope, plural=many)
            head = f"at least {dice.whole(1, 3)}" if many else dice.pick(["a", "an", ""])
            window = _window_on(writer, scope, subject, inner, 0.85)
            return f"{force} have {head} {words}{window}{_duty_where(writer, inner)}", True
        case "not have":
            words, _, inner = writer.a_set(scope)
            window = _window_on(writer, scope, subject, inner, 0.75)
            return f"{force} not have a {words}{window}{_duty_where(writer, inner)}", False
        case "every":
            words, _, inner = writer.a_set(scope, dated=True)
            every = f"at least every {writer.length(scope)} from {_anchor(writer, scope, subject)}"
            lasts = f" while ({writer.condition(scope, 1)})" if dice.chance(0.25) else ""
            if not lasts and dice.chance(0.2):
                lasts = f" while {writer.paths(scope, lambda each: each.base == 'yes_no')[0][0]}"
            return f"{force} have a {words} {every}{lasts}{_duty_where(writer, inner)}", True
        case "field":
            records = [name for name in scope.records if name != "case"] or ["case"]
            record = dice.pick(records)
            kind = scope.records[record]
            dates = [each.name for each in writer.members(kind) if each.is_date]
            where = ""
            if dice.chance(0.4):
                where = f" where {writer.condition(replace(scope, bare=kind), 1)}"
            window = _window(writer, scope, subject)
            return f"{force} have {record}.{dice.pick(dates)} {window}{where}", True
        case _:
            condition = _clause_condition(writer, scope)
            if dice.chance(0.5):
                return f"{force} show {_window(writer, scope, subject)} that {condition}", False
            return f"{force} show {condition}", False


def _window_on(
    writer: Writer, scope: Scope, subject: str | None, inner: Scope, chance: float
) -> str:
    """A window, or nothing; never of a kind whose records have no date of their own."""
    kind = writer.kinds[inner.bare or ""]
    if kind.happened is None or not writer.dice.chance(chance):
        return ""
    return f" {_window(writer, scope, subject)}"


def _duty_where(writer: Writer, inner: Scope) -> str:
    dice = writer.dice
    if not dice.chance(0.65):
        return ""
    if dice.chance(0.1):
        return f" where {writer.items(inner)}"
    if dice.chance(0.3):
        flags = [f"{p}" for p, _ in writer.paths(inner, lambda each: each.base == "yes_no")]
        return " where " + " and ".join(dice.draw(sorted(set(flags)), 2))
    return f" where {writer.condition(inner, 2)}"


def some_days(as_at: date, known_by: date) -> list[date]:
    """The days that a policy names: about the as-at date."""
    steps = (-200, -60, -31, -30, -14, -7, -2, -1, 0, 1, 7)
    return [as_at + timedelta(days=step) for step in steps] + [known_by]


__all__ = ["WORDS", "Item", "Policy", "make_policy", "some_days"]
