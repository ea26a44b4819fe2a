"""Rules: subject, lets, conditions, duty and messages, each in the sight of what comes before."""

from datetime import date
from decimal import Decimal

from policyengine.diagnostics import Label, Notebook
from policyengine.plan import core
from policyengine.plan.core import Because, Companion, Let, Message, Rule, Source, Subject
from policyengine.policy import misfits
from policyengine.policy.clauses import Clauses, sort_clauses
from policyengine.policy.context import Here, Role, Vocabulary, bare_scope
from policyengine.policy.duties import has_no_silence, settle_duty
from policyengine.policy.ends import ignores_death, kept_open, trigger_of
from policyengine.policy.expressions import settle_expr, settle_let_value
from policyengine.policy.reach import Reach
from policyengine.policy.sets import kind_named, set_kind
from policyengine.policy.types import UNKNOWN, Sort, record_of
from policyengine.syntax import tree
from policyengine.syntax.tree import Path, RuleItem, Template
from policyengine.values.verdict import Force, Gravity

_GRAVITIES = frozenset(gravity.value for gravity in Gravity)


def settle_rule(
    item: RuleItem, header: tree.Header | None, words: Vocabulary, reach: Reach, notes: Notebook
) -> Rule | None:
    """One version of a rule; None, and noted, if it makes no sense."""
    before = len(notes.notes)
    clauses = sort_clauses(item.clauses, item.id, notes)
    here = Here(words, notes, bare_scope(), settle_expr)
    subject, here = _subject(clauses.one(tree.ForEach), here)
    lets, here = _lets(clauses.all(tree.Let), here)
    when = clauses.one(tree.When)
    applies = None
    if when is not None:
        applies = here.condition(when.condition, Label(when.span, "`when` takes a condition"))
    cannot_tell_if = tuple(
        _because(clause, here, "cannot tell if") for clause in clauses.all(tree.CannotTellIf)
    )
    unless = tuple(_because(clause, here, "unless") for clause in clauses.all(tree.Unless))
    duty = _duty(clauses, here)
    say, fix = clauses.one(tree.Say), clauses.one(tree.FixClause)
    said = None if say is None else _message(say.text, lets, reach, here)
    fixed = None if fix is None else _message(fix.text, lets, reach, here)
    first, last = _dates(clauses, item, notes)
    severity, target = _severity(clauses), _target(clauses)
    duty_clause = clauses.one(tree.DutyClause)
    if duty is None or subject is None or duty_clause is None or len(notes.notes) > before:
        return None
    kind, point = words.schema.kinds[subject.kind], clauses.one(tree.LearningPoint)
    tags, blank = clauses.one(tree.Tags), clauses.one(tree.BlankMeansBreached)
    silence = clauses.one(tree.SilenceMeansCannotTell)
    return Rule(
        id=item.id.text,
        title=item.title,
        span=item.span,
        name_span=item.id.span,
        force=Force(duty_clause.force),
        gravity=severity,
        learning_point=None if point is None else point.number,
        tags=() if tags is None else tuple(name.text for name in tags.names),
        sources=tuple(
            Source(text=source.text, quoting=source.quoting) for source in clauses.all(tree.Source)
        ),
        applies_from=first,
        applies_until=last,
        subject=subject,
        lets=lets,
        when=applies,
        cannot_tell_if=cannot_tell_if,
        unless=unless,
        duty=duty,
        blank_means_breached=None if blank is None else blank.because,
        silence_means_cannot_tell=None if silence is None else silence.because,
        target=target,
        say=said,
        fix=fixed,
        trigger=trigger_of(duty, subject, kind, reach, item.id.span),
        kept_open=kept_open(duty, subject, kind, lets, reach),
        ignores_death=ignores_death(duty, words.schema, lets, reach),
        settings=reach.settings(
            [subject, lets, applies, cannot_tell_if, unless, duty, said, fixed]
        ),
        slots=here.scope.frame.size,
        policy="" if header is None else header.title,
        policy_owner=None if header is None else header.owner,
    )


def _subject(clause: tree.ForEach | None, here: Here) -> tuple[Subject | None, Here]:
    """The subject, and the place where it is in sight (S5). Notes NAM001, NAM012, TYP016."""
    if clause is None:
        return Subject(kind="case", slot=0), here
    kind = kind_named(clause.kind, here)
    if kind is not None and kind.name == "case":
        return _case_subject(clause, here)
    if kind is None or set_kind(clause.kind, here) is None:
        return None, _unknown_subject(clause, here)
    slot = here.scope.frame.new()
    named = clause.alias or tree.Name(span=clause.kind.span, text=kind.name)
    role: Role = "alias" if clause.alias else "kind"
    here = here.with_name(named, slot, record_of(kind.name), role)
    where = _where(clause.where, named, here, clause.kind)
    previous = None
    if clause.previous is not None:
        previous = here.scope.frame.new()
        here = here.with_name(clause.previous, previous, record_of(kind.name), "alias")
    companion = None
    if clause.companion is not None:
        companion, here = _companion(clause.companion, here)
    subject = Subject(
        kind=kind.name, slot=slot, where=where, previous=previous, companion=companion
    )
    return subject, here


def _where(
    where: tree.Expr | None, named: tree.Name, here: Here, kind: tree.Name
) -> core.Core | None:
    if where is None:
        return None
    inner = here.within(here.scope.looking_at(here.scope.bindings[named.text]))
    return inner.condition(where, Label(kind.span, f"`where` picks among these `{kind.text}`"))


def _companion(clause: tree.Companion, here: Here) -> tuple[Companion | None, Here]:
    kind = set_kind(clause.kind, here)
    if kind is None:
        return None, here
    slot = here.scope.frame.new()
    named = clause.alias or tree.Name(span=clause.kind.span, text=kind.name)
    role: Role = "alias" if clause.alias else "kind"
    here = here.with_name(named, slot, record_of(kind.name), role)
    where = _where(clause.where, named, here, clause.kind)
    return Companion(kind=kind.name, slot=slot, where=where), here


def _case_subject(clause: tree.ForEach, here: Here) -> tuple[Subject, Here]:
    """`for each case`: the case, which has no one before it and makes no pairs."""
    for part, what in (
        (clause.previous, "`with its previous`"),
        (clause.companion, "`with each`"),
    ):
        if part is not None:
            why = "the subject is the case, and there is only one"
            here.note(misfits.of_the_case(part.span, what, why))
    if clause.alias is not None:
        here = here.with_name(clause.alias, 0, record_of("case"), "alias")
    where = None
    if clause.where is not None:
        inner = here.within(here.scope.looking_at(here.scope.bindings["case"]))
        where = inner.condition(clause.where, Label(clause.kind.span, "`where` picks cases"))
    return Subject(kind="case", slot=0, where=where), here


def _unknown_subject(clause: tree.ForEach, here: Here) -> Here:
    """The names that the clause would have made, of unknown type: one mistake, one message."""
    for name in (clause.alias or clause.kind, clause.previous):
        if name is not None and name.text not in here.scope.bindings:
            here = here.with_name(name, here.scope.frame.new(), UNKNOWN, "alias")
    if clause.companion is not None:
        _, here = _companion(clause.companion, here)
    return here


def _lets(clauses: tuple[tree.Let, ...], here: Here) -> tuple[tuple[Let, ...], Here]:
    """The lets, each in sight of those after it."""
    lets: list[Let] = []
    for index, clause in enumerate(clauses):
        later = (other.name.text for other in clauses[index:])
        here = here.within(here.scope.before(later))
        term = settle_let_value(clause.value, here)
        slot = here.scope.frame.new()
        if term.type.sort is Sort.LIST:
            why = Label(clause.name.span, "a `let` names a value or a record")
            here.note(misfits.no_definition(clause.value.span, term.type, why.text))
        here = here.with_name(clause.name, slot, term.type, "let")
        lets.append(Let(name=clause.name.text, slot=slot, value=term.core))
    return tuple(lets), here.within(here.scope.before(()))


def _because(clause: tree.Unless | tree.CannotTellIf, here: Here, word: str) -> Because:
    why = Label(clause.span, f"`{word}` takes a condition")
    return Because(condition=here.condition(clause.condition, why), text=clause.because)


def _duty(clauses: Clauses, here: Here) -> core.Duty | None:
    clause = clauses.one(tree.DutyClause)
    if clause is None:
        return None
    duty = settle_duty(clause.duty, here)
    silence = clauses.one(tree.SilenceMeansCannotTell)
    if duty is not None and silence is not None and has_no_silence(duty):
        here.note(misfits.silent_duty(silence.span, clause.span))
    return duty


def _message(template: Template, lets: tuple[Let, ...], reach: Reach, here: Here) -> Message:
    """A `say` or a `fix`. Notes TYP009 for what is sensitive, TYP032 for what cannot be shown."""
    parts: list[str | core.Core] = []
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        if _is_deadline(part, here):
            parts.append(core.Deadline(span=part.span))
            continue
        term = here.value(part)
        if term.type.sort in (Sort.RECORD, Sort.LIST):
            here.note(misfits.not_shown(part.span, term.type))
        elif term.type.sort is not Sort.UNKNOWN:
            sensitive = reach.sensitive(term.core, lets)
            if sensitive is not None:
                what, why = sensitive
                mark = why.value.replace("_", " ")
                here.note(misfits.sensitive_shown(part.span, what, mark))
        parts.append(term.core)
    return Message(parts=tuple(parts))


def _is_deadline(part: tree.Expr, here: Here) -> bool:
    match part:
        case Path(parts=(name,)):
            return name.text == "deadline" and "deadline" not in here.scope.bindings
        case _:
            return False


def _dates(clauses: Clauses, item: RuleItem, notes: Notebook) -> tuple[date | None, date | None]:
    applies = clauses.one(tree.Applies)
    if applies is None:
        return None, None
    if applies.last is not None and applies.last < applies.first:
        message = f"{item.id.text} would end before it starts: `until` is before `from`"
        notes.note(misfits.backwards(applies.span, message))
    return applies.first, applies.last


def _severity(clauses: Clauses) -> Gravity:
    """A word that is none of `Gravity` is the parser's to tell, and is read as if none stood."""
    clause = clauses.one(tree.SeverityClause)
    if clause is None or clause.level.text not in _GRAVITIES:
        return Gravity.MEDIUM
    return Gravity(clause.level.text)


def _target(clauses: Clauses) -> Decimal | None:
    clause = clauses.one(tree.Target)
    return None if clause is None else clause.percent
