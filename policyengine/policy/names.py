"""Names: what a path means where it stands, and what it could have meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policyengine.diagnostics import Label
from policyengine.plan.core import Core, Derived, Field, Follow, IdOf, SettingValue
from policyengine.policy import faults
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.suggest import hint, nearest
from policyengine.policy.types import Sort, Type, type_of_field
from policyengine.source import Span
from policyengine.syntax.tree import Name, Path


def settle_path(path: Path, here: Here, wanted: Type | None) -> Term:
    """What a bare or a dotted name means (section 6, Names).

    A bare name is a field of the record looked at, a name in sight, or a setting that no field in
    sight hides; a dotted name begins with a name in sight or a reference field of the record
    looked at, and follows references. Notes NAM002 to NAM004.
    """
    first, *steps = path.parts
    meanings = list(_meanings(first, here, dotted=bool(steps)))
    if not meanings:
        _note_unknown(path, here, wanted)
        return unknown(path.span)
    if len(meanings) > 1:
        several = [(meaning.words, meaning.place) for meaning in meanings]
        here.note(faults.ambiguous(first.span, first.text, several))
        return unknown(path.span)
    term = meanings[0].term
    for step in steps:
        term = member(term, step, here, wanted)
    return term


def member(record: Term, name: Name, here: Here, wanted: Type | None = None) -> Term:
    """A field of a record, or of the record that a reference points at."""
    span = record.core.span.to(name.span)
    of, kind = record.core, record.type.of
    if record.type.sort is Sort.UNKNOWN:
        return unknown(span)
    if not record.type.is_linked or kind is None:
        label = Label(record.core.span, f"this is {record.type.words}")
        here.note(faults.no_fields(name.span, record.type.words, label))
        return unknown(span)
    if record.type.sort is Sort.REF:
        of = of.record if isinstance(of, IdOf) else Follow(span=of.span, ref=of, kind=kind)
    found = _field_of(of, kind, name.text, here, span)
    if found is None:
        here.note(
            faults.no_such_field(name.span, kind, name.text, _fields(name, kind, here, wanted))
        )
        return unknown(span)
    return found


def _field_of(record: Core, kind: str, name: str, here: Here, span: Span) -> Term | None:
    declared = here.words.field(kind, name)
    if declared is not None:
        core = Field(span=span, record=record, kind=kind, name=name, index=declared.index)
        return Term(core, type_of_field(declared))
    defined = here.words.defined(kind, name)
    if defined is not None:
        return Term(Derived(span=span, record=record, kind=kind, name=name), defined)
    if name == "id":
        return Term(IdOf(span=span, record=record), Type(Sort.REF, kind))
    return None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One of the things that a name can mean in a place."""

    words: str
    place: Span | None
    term: Term


def _meanings(name: Name, here: Here, *, dotted: bool) -> Iterator[_Meaning]:
    scope = here.scope
    binding = scope.bindings.get(name.text)
    if binding is not None:
        term = Term(binding.slot(name.span), binding.type)
        yield _Meaning(binding.meaning, binding.span, term)
    looked_at = scope.record
    field = None
    if looked_at is not None and looked_at.type.of is not None:
        kind = looked_at.type.of
        field = _field_of(looked_at.slot(name.span), kind, name.text, here, name.span)
        # A dotted name begins with a field only if that is a reference; what it is otherwise is
        # said only where the name means nothing else.
        if field is not None and (not dotted or field.type.is_linked or binding is None):
            yield _Meaning(f"the field `{name.text}` of `{kind}`", None, field)
    setting = here.words.settings.get(name.text)
    if setting is not None and field is None and not dotted:
        value = SettingValue(span=name.span, name=name.text)
        yield _Meaning(f"the setting `{name.text}`", setting.span, Term(value, setting.type))


def _fields(name: Name, kind: str, here: Here, wanted: Type | None) -> tuple[str, ...]:
    members = here.words.members(kind)
    right = [field for field, type_ in members.items() if wanted and _is(type_, wanted)]
    return hint(name.text, right, members)


def _is(found: Type, wanted: Type) -> bool:
    return found.sort is not Sort.UNKNOWN and found.fits(wanted)


def _note_unknown(path: Path, here: Here, wanted: Type | None) -> None:
    """NAM003, or NAM002 where a bare name can only have been meant as a field."""
    first = path.parts[0]
    hints = _hints(path, here, wanted)
    looked_at = here.scope.record
    if looked_at is not None and looked_at.type.of is not None and len(path.parts) == 1:
        found = f"not a field of `{looked_at.type.of}`, and no name in sight"
    else:
        found = ""
    here.note(faults.no_such_name(first.span, first.text, hints, found))


_MEANT: Final = {
    **dict.fromkeys(("today", "now"), "nothing reads the clock: write `as_at`"),
    **dict.fromkeys(
        ("blank", "empty", "missing", "none", "null", "nothing"), "write `is not recorded`"
    ),
    **dict.fromkeys(("true", "false"), "write `yes` or `no`"),
}


def _hints(path: Path, here: Here, wanted: Type | None) -> tuple[str, ...]:
    """What the author may have meant, the likeliest only."""
    first, dotted = path.parts[0], len(path.parts) > 1
    rest = "".join(f".{part.text}" for part in path.parts[1:])
    scope, schema = here.scope, here.words.schema
    if first.text in scope.aliased:
        return (f"the `{first.text}` is called `{scope.aliased[first.text]}` here",)
    if first.text in scope.later:
        return (f"`let {first.text}` stands later: a `let` sees only those before it",)
    if not dotted and first.text in _MEANT:
        return (_MEANT[first.text],)
    if not dotted and _is_code(first.text, here, wanted):
        return (f'a code stands in quotation marks: `"{first.text}"`',)
    if not dotted:
        holders = [
            binding.name
            for binding in scope.bindings.values()
            if binding.type.is_linked and first.text in here.words.members(binding.type.of or "")
        ]
        if holders:
            return (f"write `{holders[0]}.{first.text}`",)
    if first.text in schema.kinds:
        word = first.text
        way = f"`there is a {word} where (...)` looks at each, a `let` picks `latest {word}`"
        return (f"`{word}` is a kind, and no record of it is in sight here: {way}",)
    near = nearest(first.text, *_candidates(here, wanted, dotted=dotted))
    return () if near is None else (f"did you mean `{near}{rest}`?",)


def _is_code(word: str, here: Here, wanted: Type | None) -> bool:
    if wanted is None or wanted.sort is not Sort.CODE or wanted.of is None:
        return False
    codes = here.words.schema.codes.get(wanted.of)
    return codes is not None and word in codes.codes


def _candidates(here: Here, wanted: Type | None, *, dotted: bool) -> tuple[list[str], list[str]]:
    """What is really in sight: of the right type, and all of it."""
    sight: dict[str, Type] = {b.name: b.type for b in here.scope.bindings.values()}
    looked_at = here.scope.record
    if looked_at is not None and looked_at.type.of is not None:
        sight |= here.words.members(looked_at.type.of)
    if dotted:
        linked = [name for name, type_ in sight.items() if type_.is_linked]
        return linked, []
    sight |= {name: setting.type for name, setting in here.words.settings.items()}
    right = [name for name, type_ in sight.items() if wanted and _is(type_, wanted)]
    return right, list(sight)
