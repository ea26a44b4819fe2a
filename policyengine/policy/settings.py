"""Settings: their values and types, and what a Trust's configuration puts in their place (S20)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from policyengine.diagnostics import Label, Notebook
from policyengine.plan.core import Const, Literal_, SettingPlan
from policyengine.policy import faults, misfits
from policyengine.policy.context import KnownSetting, Term, Vocabulary
from policyengine.policy.literals import Written, read_as, settle_literal
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.suggest import hint
from policyengine.policy.types import UNKNOWN, Sort, Type, type_of_literal, united
from policyengine.syntax.tree import Expr, Setting


def settle_settings(items: Sequence[Setting], words: Vocabulary, notes: Notebook) -> None:
    """Put the settings into the vocabulary. Notes NAM006, TYP018, TYP019."""
    for item in items:
        known = words.settings.get(item.name.text)
        if known is not None:
            what = f"the setting `{item.name.text}`"
            notes.note(faults.defined_twice(item.name.span, what, known.span))
            continue
        words.settings[item.name.text] = _settled(item, words, notes)


def _settled(item: Setting, words: Vocabulary, notes: Notebook) -> KnownSetting:
    name = item.name
    if item.options:
        options, type_ = literals_of_one_type(item.options, words, notes)
        plan = SettingPlan(name=name.text, options=options, why=item.why, span=name.span)
        values = None if type_ is UNKNOWN else options
        return KnownSetting(plan, Type(Sort.LIST, None, values), name.span)
    dated, type_ = literals_of_one_type([dated.value for dated in item.values], words, notes)
    starts = [value.start for value in item.values]
    for index, value in enumerate(item.values[1:], start=1):
        before, start = starts[index - 1], value.start
        first = Label(item.values[index - 1].span, "the value before it")
        if before is not None and start is not None and start <= before:
            message = f"the values of `{name.text}` are not in the order of their dates"
            notes.note(misfits.not_ascending(value.span, message, first))
    plan = SettingPlan(
        name=name.text,
        values=tuple(zip(starts, dated, strict=False)),
        why=item.why,
        span=name.span,
    )
    return KnownSetting(plan, type_, name.span)


def literals_of_one_type(
    items: Sequence[Expr], words: Vocabulary, notes: Notebook
) -> tuple[tuple[Literal_, ...], Type]:
    """The values of literals that must all be of one type (TYP018)."""
    values: list[Literal_] = []
    first: Term | None = None
    type_: Type | None = None
    for item in items:
        assert isinstance(item, Written), "the parser takes literals only"
        term = settle_literal(item, words.zone, notes)
        if not isinstance(term.core, Const) or term.type == UNKNOWN:
            return (), UNKNOWN
        values.append(term.core.value)
        if first is None or type_ is None:
            first, type_ = term, term.type
            continue
        both = united([type_, term.type])
        if both is None:
            message = f"this is {term.type.words}, but the values of a setting are of one type"
            why = Label(first.core.span, f"the first is {first.type.words}")
            notes.note(misfits.bad_setting(item.span, message, why))
            return (), UNKNOWN
        type_ = both
    return tuple(values), type_ or UNKNOWN


def apply_overrides(
    overrides: Mapping[str, SettingOverride], words: Vocabulary, notes: Notebook
) -> None:
    """Put a Trust's values in the place of the rule set's. Notes NAM011, TYP018, TYP019."""
    for name in sorted(overrides):
        override, known = overrides[name], words.settings.get(name)
        if known is None:
            hints = (*hint(name, words.settings), *_place(override))
            notes.note(faults.no_such_setting(override.span, name, hints))
            continue
        fitted = _overridden(name, known, override, words, notes)
        if fitted is not None:
            words.settings[name] = fitted


def _place(override: SettingOverride) -> tuple[str, ...]:
    return (f"it is set in {override.place}",) if override.place else ()


def _overridden(
    name: str, known: KnownSetting, override: SettingOverride, words: Vocabulary, notes: Notebook
) -> KnownSetting | None:
    wanted = known.type
    listed = override.options is not None
    if listed != (wanted.sort is Sort.LIST):
        shape = "a list" if wanted.sort is Sort.LIST else f"{wanted.words}, not a list"
        _note_unfit(name, f"`{name}` is {shape}", known, override, notes)
        return None
    raw = override.options if override.options is not None else [v for _, v in override.values]
    element = type_of_literal(wanted.values[0]) if listed and wanted.values else wanted
    read = [_read(value, element, words) for value in raw]
    if not raw or any(value is None for value in read):
        _note_unfit(
            name, f"a value given for `{name}` is not {element.words}", known, override, notes
        )
        return None
    values = tuple(value for value in read if value is not None)
    starts = [start for start, _ in override.values]
    if not listed and not _ascending(starts):
        message = f"the values given for `{name}` are not in the order of their dates"
        place = " ".join(("", *_place(override)))
        notes.note(misfits.not_ascending(override.span, message + place, None))
        return None
    plan = replace(
        known.plan,
        values=() if listed else tuple(zip(starts, values, strict=True)),
        options=values if listed else None,
        local=True,
    )
    return KnownSetting(plan, replace(wanted, values=values), known.span)


def _read(value: Literal_, wanted: Type, words: Vocabulary) -> Literal_ | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if wanted.sort is Sort.UNKNOWN:
        return value
    if isinstance(value, str):
        return read_as(value, wanted, words.zone)
    return value if type_of_literal(value).fits(Type(wanted.sort)) else None


def _ascending(starts: Sequence[date | None]) -> bool:
    later = starts[1:]
    if any(start is None for start in later):
        return False
    dates = [start for start in starts if start is not None]
    return all(one < other for one, other in pairwise(dates))


def _note_unfit(
    name: str, message: str, known: KnownSetting, override: SettingOverride, notes: Notebook
) -> None:
    place = f" (set in {override.place})" if override.place else ""
    label = Label(known.span, f"the setting `{name}` of the rule set")
    notes.note(misfits.bad_setting(override.span, message + place, label))
