"""Sets of records: `there is`, `every`, picks, counts and sums over the records of a kind."""

from policyengine.diagnostics import Label
from policyengine.plan import core
from policyengine.policy import faults, misfits
from policyengine.policy.context import Here, Term, unknown
from policyengine.policy.names import member
from policyengine.policy.suggest import hint
from policyengine.policy.types import NUMBER, TEXT, TRUTH, Type, record_of
from policyengine.schema.model import Kind
from policyengine.syntax import tree
from policyengine.syntax.tree import Expr, Name


def kind_named(name: Name, here: Here, *, plural: bool = False) -> Kind | None:
    """The kind that a name, or where it may stand a plural, means. Notes NAM001."""
    found = here.words.kind(name.text, plural=plural)
    if found is not None:
        return found
    of_plural = here.words.kind(name.text, plural=True)
    kinds = here.words.schema.kinds
    if of_plural is not None:
        hints: tuple[str, ...] = (f"write `{of_plural.name}`: one is meant here",)
    else:
        hints = hint(name.text, kinds, [kind.plural for kind in kinds.values()] if plural else [])
    here.note(faults.no_such_kind(name.span, name.text, hints))
    return None


def set_kind(name: Name, here: Here, *, plural: bool = False) -> Kind | None:
    """A kind whose records can be looked at one by one: not the case, not a shared table."""
    kind = kind_named(name, here, plural=plural)
    if kind is None:
        return None
    if kind.name == "case":
        why = "there is one case, and it is always in sight as `case`"
        here.note(faults.kind_cannot_stand(name.span, "case", why))
        return None
    if kind.shared:
        why = "it is a shared table, and is reached only through a reference"
        here.note(faults.kind_cannot_stand(name.span, kind.name, why))
        return None
    return kind


def record_set(
    name: Name, alias: Name | None, where: Expr | None, here: Here, *, plural: bool = False
) -> tuple[core.RecordSet, Here] | None:
    """The set, and the place inside it: the record in sight by its alias or its kind, and its
    fields standing bare. None, and noted, if there is no such kind."""
    kind = set_kind(name, here, plural=plural)
    if kind is None:
        return None
    index = here.scope.frame.new()
    named = alias or tree.Name(span=name.span, text=kind.name)
    inner = here.with_name(named, index, record_of(kind.name), "alias" if alias else "kind")
    inner = inner.within(inner.scope.looking_at(inner.scope.bindings[named.text]))
    condition = None
    if where is not None:
        why = Label(name.span, f"`where` picks among these `{name.text}`")
        condition = inner.condition(where, why)
    records = core.RecordSet(
        kind=kind.name, slot=index, where=condition, name=named.text, span=name.span
    )
    return records, inner


def settle_there_is(expr: tree.ThereIs, here: Here) -> Term:
    """`there is a|an|no|at least N KIND` (S19)."""
    many = expr.least is not None
    found = record_set(expr.kind, expr.alias, expr.where, here, plural=many)
    if found is None:
        return Term(unknown(expr.span).core, TRUTH)
    least = 1 if expr.least is None else expr.least
    there_is: core.Core = core.ThereIs(span=expr.span, records=found[0], least=least)
    if expr.none:
        there_is = core.Not(span=expr.span, operand=there_is)
    return Term(there_is, TRUTH)


def settle_every(expr: tree.Every, here: Here) -> Term:
    """`every KIND has (CONDITION)`: over nothing it is true (S19)."""
    found = record_set(expr.kind, expr.alias, expr.where, here, plural=True)
    if found is None:
        return Term(unknown(expr.span).core, TRUTH)
    records, inner = found
    has = inner.condition(expr.has, Label(expr.kind.span, "each of these must have it"))
    return Term(core.Every(span=expr.span, records=records, has=has), TRUTH)


def settle_pick(expr: tree.Pick, here: Here) -> Term:
    """`latest KIND`, `earliest KIND`: a record, or nothing."""
    found = record_set(expr.kind, expr.alias, expr.where, here)
    if found is None:
        return unknown(expr.span)
    pick = core.Pick(span=expr.span, which=expr.which, records=found[0])
    return Term(pick, record_of(found[0].kind))


def settle_number_of(expr: tree.NumberOf, here: Here) -> Term:
    """`number of KIND` (S19)."""
    found = record_set(expr.kind, expr.alias, expr.where, here, plural=True)
    if found is None:
        return Term(unknown(expr.span).core, NUMBER)
    return Term(core.NumberOf(span=expr.span, records=found[0]), NUMBER)


def settle_aggregate(expr: tree.Aggregate, here: Here) -> Term:
    """`total of KIND.FIELD`, `highest of`, `lowest of`: of numbers (S19)."""
    found = _set_and_value(expr.kind, expr.field, expr.where, here, NUMBER, f"{expr.how} of")
    if found is None:
        return Term(unknown(expr.span).core, NUMBER)
    records, value = found
    return Term(core.Aggregate(span=expr.span, how=expr.how, records=records, value=value), NUMBER)


def settle_new_words_since_any(expr: tree.NewWordsSinceAny, here: Here) -> Term:
    """`number of new words in A since any KIND.FIELD` (S21)."""
    text = here.expect(TEXT, expr.text, Label(expr.span, "words are counted in a text"))
    found = _set_and_value(expr.kind, expr.field, expr.where, here, TEXT, "since any")
    if found is None:
        return Term(unknown(expr.span).core, NUMBER)
    records, value = found
    new = core.NewWordsSinceAny(span=expr.span, text=text.core, records=records, value=value)
    return Term(new, NUMBER)


def _set_and_value(
    kind: Name, field: Name, where: Expr | None, here: Here, wanted: Type, words: str
) -> tuple[core.RecordSet, core.Core] | None:
    found = record_set(kind, None, where, here)
    if found is None:
        return None
    records, inner = found
    record = Term(inner.scope.bindings[records.name].slot(kind.span), record_of(records.kind))
    value = member(record, field, inner, wanted)
    if not value.type.fits(wanted):
        why = Label(kind.span, f"`{words}` takes {wanted.words} of each of these")
        here.note(misfits.wrong_type(field.span, value.type, wanted, why))
    return records, value.core
