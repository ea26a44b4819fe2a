"""Gathered kinds: events of several kinds under one name."""

from collections.abc import Sequence
from dataclasses import replace

from policyengine.diagnostics import Label, Notebook
from policyengine.plan.core import GatherFrom, Gathering
from policyengine.policy import faults, misfits
from policyengine.policy.context import Here, Vocabulary, bare_scope
from policyengine.policy.expressions import settle_expr
from policyengine.policy.sets import set_kind
from policyengine.policy.suggest import hint
from policyengine.policy.types import record_of, type_of_field
from policyengine.schema.model import Field, FieldType, Kind, Sensitivity
from policyengine.syntax.tree import Gather, GatherSource

OWN = ("date", "from_kind")
# The gravest last.
_GRAVITY = (
    Sensitivity.IDENTIFIER,
    Sensitivity.THIRD_PARTY,
    Sensitivity.FREE_TEXT,
    Sensitivity.HARMFUL,
)

Sources = list[tuple[GatherSource, Kind, Field]]


def declare_gathers(
    items: Sequence[Gather], words: Vocabulary, notes: Notebook
) -> dict[str, Sources]:
    """Put the gathered kinds among the kinds of the vocabulary, and give their sources.

    Notes NAM001, NAM002, NAM006, NAM012, NAM013, TYP031.
    """
    declared = words.schema
    kinds = dict(declared.kinds)
    names = frozenset(item.name.text for item in items) - declared.kinds.keys()
    found: dict[str, Sources] = {}
    for item in items:
        name = item.name.text
        if name in words.gathers:
            what = f"the gathered kind `{name}`"
            notes.note(faults.defined_twice(item.name.span, what, words.gathers[name]))
            continue
        if name in declared.kinds:
            notes.note(faults.taken(item.name.span, name, "the schema has a kind of this name"))
            continue
        words.gathers[name] = item.name.span
        found[name] = _sources(item, names, words, notes)
        words.gathered_from[name] = tuple((kind.name, field.name) for _, kind, field in found[name])
        if found[name]:
            kinds[name] = _kind(item, found[name])
    words.schema = replace(declared, kinds=kinds)
    return found


def _sources(item: Gather, gathered: frozenset[str], words: Vocabulary, notes: Notebook) -> Sources:
    bare = Here(words, notes, bare_scope(), settle_expr)
    found: Sources = []
    for source in item.sources:
        if source.kind.text in gathered:
            why = "a gathered kind cannot be gathered again"
            notes.note(faults.kind_cannot_stand(source.kind.span, source.kind.text, why))
            continue
        kind = set_kind(source.kind, bare)
        if kind is None:
            continue
        field = kind.fields.get(source.field.text)
        dates = [f.name for f in kind.fields.values() if type_of_field(f).is_moment]
        if field is None:
            hints = hint(source.field.text, dates, kind.fields)
            notes.note(faults.no_such_field(source.field.span, kind.name, source.field.text, hints))
        elif not type_of_field(field).is_moment:
            message = f"`{field.name}` of `{kind.name}` is no date, and a gather goes by dates"
            hints = (f"its dates are {faults.listed([f'`{d}`' for d in dates], 'and')}",)
            notes.note(misfits.gather_date(source.field.span, message, hints if dates else ()))
        elif any((kind.name, field) == (k.name, f) for _, k, f in found):
            what = f"`{kind.name} by {field.name}`"
            notes.note(faults.defined_twice(source.span, what, item.name.span, "in this gather"))
        else:
            found.append((source, kind, field))
    return found


def _kind(item: Gather, sources: Sources) -> Kind:
    """The gathered kind: `date`, `from_kind`, then what all the sources share with one type."""
    timed = any(field.type is FieldType.DATETIME for _, _, field in sources)
    own = (
        Field(
            name="date",
            type=FieldType.DATETIME if timed else FieldType.DATE,
            index=0,
            label="date",
            sensitive=_gravest([field.sensitive for _, _, field in sources]),
        ),
        Field(name="from_kind", type=FieldType.TEXT, index=1, label="kind"),
    )
    fields = {field.name: field for field in own}
    for name in _shared(sources):
        fields[name] = _shared_field(name, len(fields), [kind for _, kind, _ in sources])
    return Kind(
        name=item.name.text,
        label=item.name.text.replace("_", " "),
        plural=item.name.text,
        fields=fields,
        happened="date",
        ordered_by="date",
        sensitive=_gravest([kind.sensitive for _, kind, _ in sources]),
    )


def _shared(sources: Sources) -> list[str]:
    first = sources[0][1]
    return [
        field.name
        for field in first.fields.values()
        if field.name not in OWN
        and all(
            (other := kind.fields.get(field.name)) is not None
            and (other.type, other.target) == (field.type, field.target)
            for _, kind, _ in sources
        )
    ]


def _shared_field(name: str, index: int, kinds: Sequence[Kind]) -> Field:
    """A blank reads as *not yet* only if it does so in every source."""
    several = [kind.fields[name] for kind in kinds]
    return replace(
        several[0],
        index=index,
        required=False,
        open=all(field.open for field in several),
        planned=any(field.planned for field in several),
        known_from=None,
        sensitive=_gravest([field.sensitive for field in several]),
    )


def _gravest(several: Sequence[Sensitivity | None]) -> Sensitivity | None:
    marked = [sensitivity for sensitivity in several if sensitivity is not None]
    return max(marked, key=_GRAVITY.index, default=None)


def settle_gathers(
    sources: dict[str, Sources], words: Vocabulary, notes: Notebook
) -> dict[str, Gathering]:
    """Settle the conditions of the sources, and make the plan's gatherings."""
    return {
        name: Gathering(
            kind=words.schema.kinds[name],
            sources=tuple(
                _from(source, kind, field, words.schema.kinds[name], words, notes)
                for source, kind, field in several
            ),
            span=words.gathers[name],
        )
        for name, several in sources.items()
        if several
    }


def _from(
    source: GatherSource,
    kind: Kind,
    field: Field,
    gathered: Kind,
    words: Vocabulary,
    notes: Notebook,
) -> GatherFrom:
    scope = bare_scope()
    here = Here(words, notes, scope, settle_expr)
    here = here.with_name(source.kind, scope.frame.new(), record_of(kind.name), "kind")
    here = here.within(here.scope.looking_at(here.scope.bindings[kind.name]))
    where = None
    if source.where is not None:
        why = Label(source.kind.span, f"`where` picks among these `{kind.name}`")
        where = here.condition(source.where, why)
    return GatherFrom(
        kind=kind.name,
        field=field.name,
        index=field.index,
        where=where,
        slots=scope.frame.size,
        shared=tuple(kind.fields[name].index for name in gathered.fields if name not in OWN),
    )
