"""How the clauses of a rule are written, each beginning on its own line."""

from policyengine.syntax.tree import (
    Applies,
    AtLeastEvery,
    Between,
    BlankMeansBreached,
    CannotTellIf,
    Clause,
    Duty,
    DutyClause,
    Expr,
    FixClause,
    ForEach,
    Have,
    LearningPoint,
    Let,
    Name,
    NoLaterThan,
    NotHave,
    OnTheDayOf,
    Path,
    Say,
    SeverityClause,
    Show,
    SilenceMeansCannotTell,
    Source,
    Tags,
    Target,
    Template,
    Unless,
    When,
    Window,
    Within,
)
from policyengine.tooling.fmt.doc import Anchor, Box, Cat, Doc, Group, Line, Nest, Unit, cat, walk
from policyengine.tooling.fmt.expressions import (
    article,
    bracketed,
    expression,
    filled,
    is_itemised,
    literal,
    moment,
    named,
    shown,
)
from policyengine.tooling.fmt.words import day, number, quoted

ORDER: tuple[type[Clause], ...] = (
    *(SeverityClause, LearningPoint, Tags, Source, Applies, ForEach, Let, When, CannotTellIf),
    *(Unless, DutyClause, BlankMeansBreached, SilenceMeansCannotTell, Target, Say, FixClause),
)
"""The order in which clauses are written; those of one sort stay in their author's order."""


def in_order(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Clauses in the order in which they are written."""
    return tuple(sorted(clauses, key=lambda clause: ORDER.index(type(clause))))


def boxed(clause: Clause) -> Doc:
    """A clause on a line of its own; its further lines stand two blanks in."""
    box = Box(clause.span.start, clause.span.end, Nest(2, _clause(clause)))
    return Anchor(clause.span.start, Line(hard=True), Unit(clause.span.end, box))


def _clause(clause: Clause) -> Doc:
    match clause:
        case SeverityClause() | LearningPoint() | Tags() | Applies() | Target():
            return _about(clause)
        case Source(text=text, quoting=None):
            return f"source {quoted(text)}"
        case Source(text=text, quoting=str(words)):
            last = Anchor(clause.span.end, Line(), f"quoting {quoted(words)}")
            return Group(cat(f"source {quoted(text)}", last))
        case ForEach():
            return _for_each(clause)
        case Let(name=name, value=value):
            return cat(f"let {name.text} be ", expression(value))
        case When(condition=condition):
            return cat("when ", expression(condition))
        case CannotTellIf(condition=condition, because=why):
            return _because(cat("cannot tell if ", expression(condition)), condition, why)
        case Unless(condition=condition, because=why):
            return _because(cat("unless ", expression(condition)), condition, why)
        case DutyClause(force=force, duty=duty):
            return cat(f"{force} ", _duty(duty))
        case BlankMeansBreached(because=why):
            return _reason("blank means breached", clause, why)
        case SilenceMeansCannotTell(because=why):
            return _reason("silence means cannot tell", clause, why)
        case Say(text=text):
            return f"say {template(text)}"
        case FixClause(text=text):
            return f"fix {template(text)}"
        case _:
            raise AssertionError(f"{type(clause).__name__} has no layout")


def _about(clause: Clause) -> Doc:
    match clause:
        case SeverityClause(level=level):
            return f"severity {level.text}"
        case LearningPoint(number=point):
            return f"learning point {point}"
        case Tags(names=names):
            said = [(name.span.start, Unit(name.span.end, name.text)) for name in names]
            return cat("tag ", filled(said))
        case Applies(first=first, last=last):
            return f"applies from {day(first)}" + (f" until {day(last)}" if last else "")
        case Target(percent=percent):
            return f"target at least {number(percent)} percent"
        case _:
            raise AssertionError(f"{type(clause).__name__} has no layout")


def _because(said: Doc, condition: Expr, why: str) -> Doc:
    # The text has no place of its own in the tree: whatever follows the condition leads to it.
    return Group(cat(said, Anchor(condition.span.end, Line(), f"because {quoted(why)}")))


def _reason(said: str, clause: Clause, why: str) -> Doc:
    return Group(cat(said, Anchor(clause.span.end, Line(), f"because {quoted(why)}")))


def _for_each(clause: ForEach) -> Doc:
    parts: list[Doc] = ["for each ", named(clause.kind, clause.alias)]
    if clause.where is not None:
        parts.append(_where(clause.where, Line()))
    if clause.previous is not None:
        name = clause.previous
        said = Unit(name.span.end, f"with its previous as {name.text}")
        parts.append(Anchor(_after(clause.where, clause.kind.span.end), Line(), said))
    if clause.companion is not None:
        other = clause.companion
        held: list[Doc] = ["with each ", named(other.kind, other.alias)]
        if other.where is not None:
            held.append(Nest(2, _where(other.where, Line())))
        parts.append(Anchor(other.span.start, Line(), Unit(other.span.end, Group(Cat(held)))))
    return Group(Cat(parts))


def _after(expr: Expr | None, otherwise: int) -> int:
    return otherwise if expr is None else expr.span.end


def _where(where: Expr, line: Line) -> Doc:
    return Anchor(where.span.start, line, cat("where ", Nest(2, expression(where))))


def _duty(duty: Duty) -> Doc:
    match duty:
        case Have(what=what, least=least, alias=alias, window=window, where=where):
            how = f"at least {least} " if least is not None else _article(duty, what)
            head = cat(f"have {how}", _what(what), _alias(alias))
            return _event(head, window, where)
        case NotHave(what=what, alias=alias, window=window, where=where):
            head = cat(f"not have {_article(duty, what)}", _what(what), _alias(alias))
            return _event(head, window, where)
        case Show(condition=condition, window=None):
            return cat("show ", shown(condition))
        case Show(condition=condition, window=Window() as window):
            held = cat("show ", Unit(window.span.end, _window(window)))
            if is_itemised(condition):
                return cat(held, " that ", expression(condition))
            that = cat("that ", expression(condition))
            return Group(cat(held, Anchor(condition.span.start, Line(), that)))
        case _:
            raise AssertionError(f"{type(duty).__name__} has no layout")


def _article(duty: Have | NotHave, what: Path) -> str:
    return f"{article(duty, what.parts[0])} " if len(what.parts) == 1 else ""


def _what(what: Path) -> Doc:
    return Unit(what.span.end, literal(what))


def _alias(alias: Name | None) -> Doc:
    return "" if alias is None else Unit(alias.span.end, f" as {alias.text}")


def _event(head: Doc, window: Window | None, where: Expr | None) -> Doc:
    """A duty about an event: its `where` stands on a line of its own."""
    parts: list[Doc] = [head]
    if window is not None:
        fell = Group(Anchor(window.span.start, Line(), Unit(window.span.end, _window(window))))
        parts.append(fell)
    if where is not None:
        parts.append(_where(where, Line(hard=True)))
    return Cat(parts)


def _window(window: Window) -> Doc:
    match window:
        case Within(allowance=allowance, side=side, anchor=anchor):
            said = cat("within ", expression(allowance), f" {side} ", moment(anchor))
            counting = " counting that day" if window.counting_that_day else ""
            return cat(said, counting, _rolled(window.or_next_working_day))
        case Between(first=first, last=last, or_next_working_day=rolled):
            return cat("between ", moment(first), " and ", moment(last), _rolled(rolled))
        case OnTheDayOf(anchor=anchor):
            return cat("on the day of ", moment(anchor))
        case NoLaterThan(anchor=anchor, strictly=strictly, or_next_working_day=rolled):
            word = "before " if strictly else "no later than "
            return cat(word, moment(anchor), _rolled(rolled))
        case AtLeastEvery(interval=interval, anchor=anchor, while_=lasting):
            said = cat("at least every ", expression(interval), " from ", moment(anchor))
            return said if lasting is None else cat(said, " while ", _while(lasting))
        case _:
            raise AssertionError(f"{type(window).__name__} has no layout")


def _rolled(rolled: bool) -> str:
    return " or the next working day" if rolled else ""


def _while(lasting: Expr) -> Doc:
    return expression(lasting) if isinstance(lasting, Path) else bracketed(lasting)


def template(text: Template) -> str:
    """A sentence in its quotes, its expressions in braces."""
    said = (part if isinstance(part, str) else f"{{{_flat(part)}}}" for part in text.parts)
    return quoted("".join(said))


def _flat(expr: Expr) -> str:
    return "".join(_pieces(expression(expr)))


def _pieces(doc: Doc) -> list[str]:
    return [
        piece if isinstance(piece, str) else piece.flat
        for piece in walk(doc)
        if isinstance(piece, (str, Line))
    ]
