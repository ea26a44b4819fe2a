"""How what stands at top level is written."""

import re
from collections.abc import Sequence

from policyengine.source import Span
from policyengine.syntax.tree import (
    DatedValue,
    Define,
    Example,
    Expect,
    Gather,
    Given,
    GivenNoHistory,
    GivenSetting,
    Header,
    Item,
    RuleItem,
    Setting,
)
from policyengine.tooling.fmt.clauses import boxed, in_order
from policyengine.tooling.fmt.doc import Anchor, Box, Cat, Doc, Group, Line, Nest, Unit, cat
from policyengine.tooling.fmt.expressions import (
    bracketed,
    bracketed_list,
    expression,
    filled,
    is_itemised,
    literal,
)
from policyengine.tooling.fmt.words import day, quoted


def laid_out(item: Item) -> Box:
    """An item, from its first line to its last."""
    return Box(item.span.start, item.span.end, _item(item))


def _item(item: Item) -> Doc:
    match item:
        case Header():
            return _header(item)
        case Setting():
            return Unit(item.span.end, _setting(item))
        case Define():
            return Unit(item.span.end, _define(item))
        case Gather():
            return Unit(item.span.end, _gather(item))
        case RuleItem(id=rule_id, title=title, clauses=clauses):
            head = f"rule {rule_id.text} {quoted(title)}"
            return cat(head, Nest(2, Cat([boxed(clause) for clause in in_order(clauses)])))
        case Example():
            return _example(item)
        case _:
            raise AssertionError(f"{type(item).__name__} has no layout")


def _header(item: Header) -> Doc:
    said = [("owner", f"owner {quoted(item.owner)}")] if item.owner is not None else []
    said += [("source", f"source {quoted(source)}") for source in item.sources]
    if item.review_by is not None:
        said.append(("review", f"review by {day(item.review_by)}"))
    places = header_parts(item.span)
    lines: list[Doc] = [f"policy {quoted(item.title)}"]
    for word, text in said:
        at = next((at for at, place in enumerate(places) if place[0] == word), None)
        start, end = places.pop(at)[1:] if at is not None else (item.span.end, item.span.end)
        box = Box(start, end, text)
        lines.append(Anchor(start, Line(hard=True), Unit(end, box)))
    return Nest(2, Cat(lines))


_PART = re.compile(r'"[^"\\]*(?:\\[\s\S][^"\\]*)*"|#[^\n]*|\b(?:owner|source|review)\b')


def header_parts(span: Span) -> list[tuple[str, int, int]]:
    """The word of each part of a header, and where the part starts and ends."""
    found = [match for match in _PART.finditer(span.text) if match.group()[0] not in '"#']
    starts = [span.start + match.start() for match in found]
    parts = []
    for match, start, end in zip(found, starts, [*starts[1:], span.end], strict=False):
        words = span.file.text[start:end]
        # Comments after a part are none of it.
        last = [m.end() for m in _PART.finditer(words) if m.group()[0] == '"']
        date = re.search(r"\d{4}-\d\d-\d\d", words)
        reach = last[0] if last else date.end() if date else len(words)
        parts.append((match.group(), start, start + reach))
    return parts


def _setting(item: Setting) -> Doc:
    head = f"setting {item.name.text} is "
    if item.options:
        said = cat(head, "one of ", bracketed_list(item.options))
        end = item.options[-1].span.end
    else:
        said = cat(head, filled([(value.span.start, _dated(value)) for value in item.values]))
        end = item.values[-1].span.end if item.values else item.span.end
    if item.why is None:
        return Nest(2, said)
    why = Anchor(end, Line(), quoted(item.why))
    return Nest(2, Group(cat(Unit(end, said), why)))


def _dated(value: DatedValue) -> Doc:
    start = f" from {day(value.start)}" if value.start is not None else ""
    return Unit(value.span.end, cat(expression(value.value), start))


def _define(item: Define) -> Doc:
    previous = f" with its previous as {item.previous.text}" if item.previous else ""
    head = f"define {item.kind.text}.{item.name.text}{previous} as"
    value = expression(item.value)
    if is_itemised(item.value):
        return Nest(2, cat(head, " ", value))
    return Nest(2, Group(cat(head, Anchor(item.value.span.start, Line(), value))))


def _gather(item: Gather) -> Doc:
    """Several kinds stand one a line."""
    parts: list[Doc] = [f"gather {item.name.text} from"]
    for at, source in enumerate(item.sources):
        where = "" if source.where is None else cat(" where ", bracketed(source.where))
        said = cat(f"{source.kind.text} by {source.field.text}", where)
        comma = "," if at + 1 < len(item.sources) else ""
        line = Line(hard=len(item.sources) > 1)
        parts.append(Anchor(source.span.start, line, cat(Unit(source.span.end, said), comma)))
    return Nest(2, Group(Cat(parts)))


def _example(item: Example) -> Doc:
    rule = f" for {item.rule.text}" if item.rule is not None else ""
    known = f" known by {day(item.known_by)}" if item.known_by is not None else ""
    head = f"example {quoted(item.title)}{rule} as at {day(item.as_at)}{known}"
    lines = [_line(given.span, _given(given)) for given in item.givens]
    lines += [_line(expect.span, _expect(expect)) for expect in item.expects]
    return cat(head, Nest(2, Cat(lines)))


def _line(span: Span, doc: Doc) -> Doc:
    box = Box(span.start, span.end, Nest(2, doc))
    return Anchor(span.start, Line(hard=True), Unit(span.end, box))


def _given(given: Given | GivenSetting | GivenNoHistory) -> Doc:
    match given:
        case Given(kind=kind, fields=fields, count=count, label=label):
            head = f"given {f'{count} ' if count is not None else ''}{kind.text}"
            head += f" {label}" if label is not None else ""
            if not fields:
                return head
            said: Sequence[tuple[int, Doc]] = [
                (one.span.start, Unit(one.span.end, f"{one.field.text} {literal(one.value)}"))
                for one in fields
            ]
            return cat(f"{head}: ", filled(said))
        case GivenSetting(name=name, values=values, listed=listed):
            if listed:
                return cat(f"given setting {name.text} is one of ", bracketed_list(values))
            return f"given setting {name.text} is {literal(values[0])}"
        case GivenNoHistory(kind=kind, before=before):
            return f"given no history of {kind.text} before {day(before)}"


def _expect(expect: Expect) -> Doc:
    rule = f"{expect.rule.text} " if expect.rule is not None else ""
    verdict = "no finding" if expect.verdict is None else expect.verdict.words
    label = f" for {expect.label}" if expect.label is not None else ""
    deadline = f", deadline {day(expect.deadline)}" if expect.deadline is not None else ""
    return f"expect {rule}{verdict}{label}{deadline}"
