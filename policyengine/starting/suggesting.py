"""Suggestions for a mapping: which table holds which kind, which column which field, and why.

Names are compared by likeness, types by what the cells show, references by which keys are found
again. Every suggestion is a guess that somebody confirms.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from rapidfuzz import fuzz

from policyengine.schema.model import Field, FieldType, Kind, Schema
from policyengine.starting.evidence import Evidence, Looks, is_serial
from policyengine.starting.looking import Column, Look, Seen
from policyengine.starting.words import FIELDS, KINDS, is_id, is_whose, parts, plain

CASE: Final = "case"
_FIELD_FROM: Final = 78.0
_KIND_FROM: Final = 76.0
_FOUND_AGAIN: Final = 0.8
_DATED: Final = frozenset({Looks.DATE, Looks.DATETIME})


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """A column for a field. `likeness` is that of the names, 0 to 100; `serial` that numbers are
    perhaps days as Excel counts them; `day_first` that other columns of the table say so."""

    field: Field
    column: Column
    likeness: float
    serial: bool = False
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A table that says whose something is: `key` names the thing, `case` the person."""

    table: Seen
    key: Column
    case: Column


@dataclass(slots=True, kw_only=True)
class KindGuess:
    """A table for a kind, with its key, the column that says whose a row is, and its fields.
    Where no column says whose it is, `through` is a reference that leads there, or `way` a table
    that knows. `left` are columns left over."""

    kind: Kind
    table: Seen
    likeness: float
    key: Column | None = None
    case: Column | None = None
    case_found: float | None = None
    through: str | None = None
    way: Way | None = None
    fields: list[FieldGuess] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Suggested:
    """A whole suggestion. `unused` are tables for which no kind was found."""

    kinds: tuple[KindGuess, ...]
    unused: tuple[Seen, ...]


def suggest(look: Look, schema: Schema) -> Suggested:
    """The likeliest kind of each table, and the likeliest column of each of its fields."""
    found: list[KindGuess] = []
    unused: list[Seen] = []
    for table in look.tables:
        guess = _kind(table, schema)
        if guess is None:
            unused.append(table)
        else:
            found.append(guess)
    _keys(found)
    for guess in found:
        _fields(guess, found)
    for guess in [each for each in found if _is_empty(each, found)]:
        found.remove(guess)
        unused.append(guess.table)
    ways = _all_ways(look)
    for guess in found:
        _find_way(guess, ways)
    order = list(schema.kinds)
    found.sort(key=lambda guess: (guess.kind.name != CASE, order.index(guess.kind.name)))
    return Suggested(tuple(found), tuple(unused))


def _is_empty(guess: KindGuess, found: list[KindGuess]) -> bool:
    """Whether a table has nothing for its kind: a list of merged patients is called like one of
    patients. A table of cases may hold their ids alone, if it is the only one."""
    if guess.kind.name == CASE:
        others = [each for each in found if each.kind is guess.kind and each is not guess]
        return not guess.fields and bool(others)
    return not guess.fields


# --- which kind ---------------------------------------------------------------------------------


def _kind(table: Seen, schema: Schema) -> KindGuess | None:
    name = _called(table)
    alike = {
        each: max(_alike(name, known) for known in _names_of(kind))
        for each, kind in schema.kinds.items()
    }
    most = max(alike.values())
    if most < _KIND_FROM:
        return None
    best = [kind for each, kind in schema.kinds.items() if alike[each] == most]
    return KindGuess(
        kind=max(best, key=lambda kind: _share(table, kind)), table=table, likeness=most
    )


def _called(table: Seen) -> str:
    words = parts(table.sheet or table.pattern.rpartition("/")[2].rpartition(".")[0])
    noise = {"mhs", "sr", "type", "extract", "export", "report", "data", "table"}
    return " ".join(word for word in words if word not in noise and not word.isdigit())


def _names_of(kind: Kind) -> Iterator[str]:
    yield kind.name.replace("_", " ")
    yield kind.label
    yield kind.plural.replace("_", " ")
    yield from KINDS.get(kind.name, ())


def _alike(name: str, known: str) -> float:
    """Likeness of a table's name to a kind's: whole names, and all words of one in the other."""
    known = " ".join(parts(known))
    whole = float(fuzz.ratio(name, known))
    inside = set(known.split()) <= set(name.split())
    return max(whole, 74.0 + min(20.0, 2.0 * len(known)) * inside) if inside else whole


def _share(table: Seen, kind: Kind) -> float:
    """How many fields of a kind have a likely column in the table."""
    if not kind.fields:
        return 0.0
    columns = [(column, plain(column.name)) for column in table.columns]
    hits = sum(
        any(
            _likeness(name, each) >= _FIELD_FROM and fits(each, column.seen)
            for column, name in columns
        )
        for each in kind.fields.values()
    )
    return hits / len(kind.fields)


# --- keys, and whose a row is -------------------------------------------------------------------


def _keys(found: list[KindGuess]) -> None:
    cases = next((guess for guess in found if guess.kind.name == CASE), None)
    for guess in found:
        columns = guess.table.columns
        whose = next((each for each in columns if is_whose(each.name)), None)
        if guess.kind.name == CASE:
            unique = [each for each in columns if each.seen.unique and is_id(each.name)]
            guess.key = whose or _first_named(unique, "id") or next(iter(unique), None)
            continue
        unique = [each for each in columns if each.seen.unique and each is not whose]
        guess.key = next((each for each in unique if is_id(each.name)), None)
        guess.case = whose
    if cases is None or cases.key is None:
        return
    for guess in found:
        if guess.kind.name == CASE:
            continue
        by_value = _found_again(guess.table.columns, cases.key.seen)
        if guess.case is None and by_value is not None:
            guess.case = by_value
        if guess.case is not None:
            guess.case_found = overlap(guess.case.seen, cases.key.seen)


def _find_way(guess: KindGuess, ways: list[Way]) -> None:
    """How a row without its case finds it: through a reference, or by a table that knows."""
    if guess.case is not None or guess.kind.name == CASE:
        return
    for one in guess.fields:
        if one.field.type is FieldType.REF:
            guess.through = one.field.name
            return
    for way in ways:
        if way.table is guess.table:
            continue
        column = next((each for each in guess.table.columns if each.name == way.key.name), None)
        if column is not None and overlap(column.seen, way.key.seen) >= _FOUND_AGAIN:
            guess.case = column
            guess.way = way
            return


def _all_ways(look: Look) -> list[Way]:
    """Tables that say of a referral, a spell or a legal status whose it is: they hold the column
    of the case, and another of ids, of which there are at least as many as of cases."""
    made = []
    for table in look.tables:
        whose = next((each for each in table.columns if is_whose(each.name)), None)
        if whose is None:
            continue
        people = len(whose.seen.values)
        for each in table.columns:
            known = each is not whose and is_id(each.name) and each.seen.filled == each.seen.rows
            if known and len(each.seen.values) >= max(2, people):
                made.append(Way(table, each, whose))
    return made


def _first_named(columns: Iterable[Column], name: str) -> Column | None:
    return next((each for each in columns if each.name.lower() == name), None)


def _found_again(columns: Iterable[Column], keys: Evidence) -> Column | None:
    scored = [(overlap(each.seen, keys), each) for each in columns if is_id(each.name)]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= _FOUND_AGAIN else None


def overlap(seen: Evidence, keys: Evidence) -> float:
    """The share of a column's values that are among the keys of another table. References of FHIR
    (`Patient/p1`) are compared by what follows the stroke."""
    values = {text.rpartition("/")[2] for text in seen.values}
    return len(values & keys.values) / len(values) if values else 0.0


# --- which column for which field ---------------------------------------------------------------


def _fields(guess: KindGuess, found: list[KindGuess]) -> None:
    """Each column for one field, each field from one column, the likeliest first."""
    taken = {id(each) for each in (guess.key, guess.case) if each is not None}
    scored: list[tuple[float, int, int, FieldGuess]] = []
    day_first = _is_day_first(guess.table)
    for place, column in enumerate(guess.table.columns):
        name = plain(column.name)
        for each in guess.kind.fields.values():
            if each.type is FieldType.REF:
                score = _reference(each, column, found)
            elif id(column) in taken or not (
                fits(each, column.seen) or _is_stamp(each, column, guess.kind)
            ):
                continue
            else:
                score = _likeness(name, each)
            if score >= _FIELD_FROM:
                serial = each.type in (FieldType.DATE, FieldType.DATETIME) and is_serial(
                    column.seen
                )
                one = FieldGuess(each, column, score, serial, day_first)
                scored.append((score, place, each.index, one))
    scored.sort(key=lambda item: (-item[0], item[1], item[2]))
    fields: set[str] = set()
    for _, _, _, one in scored:
        if one.field.name not in fields and id(one.column) not in taken:
            fields.add(one.field.name)
            taken.add(id(one.column))
            guess.fields.append(one)
    guess.fields.sort(key=lambda one: one.field.index)
    guess.left = [each.name for each in guess.table.columns if id(each) not in taken]


def _is_day_first(table: Seen) -> bool:
    """Whether some columns of a table say that the day stands first, and none that it does not."""
    settled = [
        name for each in table.columns if not each.seen.undecided for name in each.seen.layouts
    ]
    return any("%d/%m" in name for name in settled) and not any("%m/%d" in name for name in settled)


@cache
def _likeness(name: str, each: Field) -> float:
    """How like a column's name is to a field's, in any of its names."""
    known = (each.name.removesuffix("_on").removesuffix("_at"), each.name, each.label)
    names = {plain(word.replace("_", " ")) for word in (*known, *FIELDS.get(each.name, ()))}
    return max((float(fuzz.token_sort_ratio(name, word)) for word in names if word), default=0.0)


def _is_stamp(each: Field, column: Column, kind: Kind) -> bool:
    """Whether a column of dates can say that a record does not count: it was deleted then."""
    return each.name == kind.void_when and column.seen.looks in _DATED


def _reference(each: Field, column: Column, found: list[KindGuess]) -> float:
    """A reference is known by its values: they are keys of the other kind."""
    keys = [guess.key for guess in found if guess.kind.name == each.target and guess.key]
    share = max((overlap(column.seen, key.seen) for key in keys if key is not column), default=0.0)
    if share < _FOUND_AGAIN:
        return 0.0
    return (
        80.0 + 20.0 * share
        if is_id(column.name) or _likeness(plain(column.name), each) > 60
        else 0.0
    )


def fits(each: Field, seen: Evidence) -> bool:
    """Whether what the cells show can be of a field's type. A column with nothing in it can."""
    if seen.looks is Looks.EMPTY:
        return True
    match each.type:
        case FieldType.DATE | FieldType.DATETIME:
            return seen.looks in _DATED or is_serial(seen)
        case FieldType.YES_NO:
            return seen.looks is Looks.YES_NO or (
                seen.looks not in _DATED and len(seen.values) <= 12
            )
        case FieldType.NUMBER:
            return seen.looks is Looks.NUMBER
        case FieldType.CODE:
            return seen.looks not in _DATED and len(seen.values) <= 60
        case FieldType.TEXT | FieldType.REF:
            return seen.looks not in _DATED
