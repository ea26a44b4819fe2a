"""What could be written at a place: clauses, kinds, fields, codes and names, by what stands
before it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from policyengine.lsp import describe
from policyengine.lsp.phrases import CLAUSES, ITEMS, VERDICTS, Phrase
from policyengine.lsp.places import position_of
from policyengine.lsp.rule_set import Checked
from policyengine.lsp.sight import in_sight, type_of_path
from policyengine.policy.context import Vocabulary
from policyengine.policy.types import Sort, Type
from policyengine.schema.model import Field, FieldType, Kind
from policyengine.source import SourceFile
from policyengine.syntax.offers import Offers, Written, offers_at
from policyengine.syntax.words import SEVERITIES

Kinds = types.CompletionItemKind
_NAMES = ("NAME", "WORD", "LABEL")
_KIND_AFTER = ("each", "every", "latest", "earliest", "a", "an", "have", "define", "any")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is being written, and what is known there."""

    source: SourceFile
    offset: int
    offers: Offers
    checked: Checked
    words: Vocabulary
    snippets: bool

    @property
    def before(self) -> Sequence[Written]:
        return self.offers.before

    @property
    def last(self) -> str:
        """What the token before the place is."""
        return self.before[-1].kind if self.before else ""

    def back(self, count: int) -> str:
        """The text of a token before the place, 1 for the last."""
        return self.before[-count].text if len(self.before) >= count else ""

    def item(
        self, label: str, kind: Kinds, detail: str = "", doc: str | None = None, *, rank: int = 5
    ) -> types.CompletionItem:
        """A word to be written in the place of the one that is being written."""
        return self._made(label, label, kind, detail, doc, rank)

    def phrase(self, phrase: Phrase, rank: int) -> types.CompletionItem:
        """A clause, with its places to fill in where the editor can show them."""
        text = phrase.snippet if self.snippets else phrase.words + " "
        made = self._made(phrase.words, text, Kinds.Snippet, "clause", phrase.meaning, rank)
        if self.snippets:
            made.insert_text_format = types.InsertTextFormat.Snippet
        return made

    def _made(
        self, label: str, text: str, kind: Kinds, detail: str, doc: str | None, rank: int
    ) -> types.CompletionItem:
        start, end = self._replaced()
        return types.CompletionItem(
            label=label,
            kind=kind,
            detail=detail or None,
            documentation=None
            if doc is None
            else types.MarkupContent(types.MarkupKind.Markdown, doc),
            sort_text=f"{rank}{label}",
            filter_text=text if self.offers.in_text else label,
            text_edit=types.TextEdit(
                types.Range(position_of(self.source, start), position_of(self.source, end)), text
            ),
        )

    def _replaced(self) -> tuple[int, int]:
        """The word that is being written; of a text also the quotation mark that an editor put
        behind it."""
        start, end = self.offers.start, self.offset
        if self.source.text[start : start + 1] == ".":
            start += 1
        if self.offers.in_text and self.source.text[end : end + 1] == '"':
            end += 1
        return start, end


def completions(
    source: SourceFile, offset: int, checked: Checked, *, snippets: bool
) -> list[types.CompletionItem]:
    """What could stand at an offset of a file, the likeliest first."""
    offers = offers_at(source, offset)
    if offers is None or checked.words is None:
        return []
    place = _Place(source, offset, offers, checked, checked.words, snippets)
    found = list(_codes(place)) if offers.in_text else [*_names(place), *_keywords(place)]
    return list({item.label: item for item in reversed(found)}.values())[::-1]


# --- names --------------------------------------------------------------------------------------


def _names(place: _Place) -> Iterator[types.CompletionItem]:
    words = place.offers.words
    in_example = bool(place.before) and place.before[0].text == "example"
    if "RULE_ID" in words:
        yield from _rules(place)
    if "FIELD" in words and place.source.text[place.offers.start : place.offers.start + 1] == ".":
        yield from _members_of_path(place)
        return
    if in_example:
        yield from _in_example(place)
    elif "NAME" in words or "WORD" in words:
        yield from _wanted(place)
    if "TEXT" in words and not in_example:
        yield from _codes(place)


def _wanted(place: _Place) -> Iterator[types.CompletionItem]:
    last, second, first = place.back(1), place.back(2), place.back(3)
    defines = bool(place.before) and place.before[0].text == "define" and second != "previous"
    if last in ("setting", "gather", "tag", "let") or (last == "as" and not defines):
        return
    if last == "severity":
        for level in SEVERITIES:
            yield place.item(level, Kinds.EnumMember, "severity")
    elif last == "of" and second == "one":
        yield from _settings(place, lambda type_: type_.sort is Sort.LIST)
    elif last == "by":
        yield from _dates_of(place, second)
    elif _kind_is_wanted(last, second, first, place):
        counted = last == "of" or second == "least" or last == "every"
        yield from _kinds(place, plural=counted)
        if last == "have":
            yield from _expression(place)
    else:
        yield from _expression(place)


def _kind_is_wanted(last: str, second: str, first: str, place: _Place) -> bool:
    begins = place.before[0].text if place.before else ""
    return (
        (last in _KIND_AFTER and not (last == "every" and second == "least"))
        or (last == "no" and second == "is")
        or (last == "of" and second in ("number", "total", "highest", "lowest"))
        or (second == "least" and first == "at" and place.before[-1].kind == "NUMERAL")
        or (begins == "gather" and last in ("from", ","))
    )


def _kinds(place: _Place, *, plural: bool = False) -> Iterator[types.CompletionItem]:
    schema = place.words.schema
    for kind in schema.kinds.values():
        if kind.name == "case" and place.back(2) != "for":
            continue
        doc = describe.kind_text(kind, schema, gathered=kind.name in place.words.gathers)
        yield place.item(kind.name, Kinds.Class, kind.label, doc, rank=2)
        if plural and kind.plural != kind.name:
            yield place.item(kind.plural, Kinds.Class, kind.label, doc, rank=3)


def _dates_of(place: _Place, kind: str) -> Iterator[types.CompletionItem]:
    found = place.words.schema.kinds.get(kind)
    if found is not None:
        yield from _fields(place, found, lambda f: f.type in (FieldType.DATE, FieldType.DATETIME))


def _fields(
    place: _Place, kind: Kind, wanted: Callable[[Field], bool] = lambda _: True, rank: int = 1
) -> Iterator[types.CompletionItem]:
    schema = place.words.schema
    for each in kind.fields.values():
        if wanted(each):
            doc = describe.field_text(each, kind, schema)
            yield place.item(each.name, Kinds.Field, describe.type_words(each), doc, rank=rank)


def _members(place: _Place, kind: str, rank: int = 1) -> Iterator[types.CompletionItem]:
    found = place.words.schema.kinds.get(kind)
    if found is not None:
        yield from _fields(place, found, rank=rank)
    for (of, name), item in place.words.defines.items():
        if of == kind:
            doc = describe.fenced(item.span.text)
            yield place.item(name.lstrip("."), Kinds.Property, "defined", doc, rank=rank)


def _members_of_path(place: _Place) -> Iterator[types.CompletionItem]:
    parts: list[str] = []
    for token in reversed(place.before):
        parts.insert(0, token.text.lstrip("."))
        if token.kind != "FIELD":
            break
    if place.back(2) == "define" or place.back(2) == "of" or place.back(2) == "any":
        kind = place.words.kind(parts[0], plural=True)
        if kind is not None and place.back(2) != "define":
            yield from _members(place, kind.name)
        return
    found = type_of_path(parts, in_sight(place.before, place.words), place.words)
    if found is not None and found.is_linked and found.of is not None:
        yield from _members(place, found.of)
        yield place.item("id", Kinds.Field, "the record's id", rank=6)


def _expression(place: _Place) -> Iterator[types.CompletionItem]:
    """Names in sight, the bare fields of the record looked at, and settings."""
    sight = in_sight(place.before, place.words)
    lengths = place.back(1) in ("within", "every", "+", "-") and place.last != "BULLET"
    if sight.looked_at is not None:
        yield from _members(place, sight.looked_at, rank=3 if lengths else 1)
    if place.before and any(token.kind in ("say", "fix") for token in place.before[-8:]):
        yield place.item("deadline", Kinds.Variable, "when the duty is due", rank=2)
    for name, type_ in sight.names.items():
        if "NAME" in place.offers.words:
            yield place.item(name, Kinds.Variable, type_.words, _doc(place, type_), rank=2)
    wanted = (lambda t: t.sort is Sort.DURATION) if lengths else _is_value
    yield from _settings(place, wanted, rank=1 if lengths else 8)


def _is_value(type_: Type) -> bool:
    return type_.sort is not Sort.LIST


def _doc(place: _Place, type_: Type) -> str | None:
    kind = place.words.schema.kinds.get(type_.of or "")
    if kind is None or type_.sort not in (Sort.RECORD, Sort.REF):
        return None
    return describe.kind_text(kind, place.words.schema)


def _settings(
    place: _Place, wanted: Callable[[Type], bool], rank: int = 2
) -> Iterator[types.CompletionItem]:
    for name, known in place.words.settings.items():
        if wanted(known.type):
            doc = describe.setting_text(known.plan)
            yield place.item(name, Kinds.Constant, f"setting: {known.type.words}", doc, rank=rank)


def _rules(place: _Place) -> Iterator[types.CompletionItem]:
    if place.before and place.before[-1].text == "rule":
        return  # a new one
    for rule, versions in place.checked.rules.items():
        title = versions[0].title if versions else ""
        yield place.item(rule, Kinds.Interface, title, rank=1)


# --- codes --------------------------------------------------------------------------------------


def _codes(place: _Place) -> Iterator[types.CompletionItem]:
    """The codes that the value before could be compared with."""
    if place.before and place.before[0].text == "example":
        yield from _given_values(place)
        return
    tokens = list(place.before)
    while tokens and (tokens[-1].kind in ("TEXT", ",", "(", "one", "of", "not", "is")):
        if tokens.pop().kind == "is":
            break
    parts: list[str] = []
    while tokens and tokens[-1].kind in ("FIELD", "NAME"):
        token = tokens.pop()
        parts.insert(0, token.text.lstrip("."))
        if token.kind == "NAME":
            break
    if not parts:
        return
    found = type_of_path(parts, in_sight(place.before, place.words), place.words)
    if found is not None and found.sort is Sort.CODE:
        yield from _code_items(place, found.of, quoted=True)


def _code_items(
    place: _Place, codes: str | None, *, quoted: bool
) -> Iterator[types.CompletionItem]:
    known = place.words.schema.codes.get(codes or "")
    for code in known.codes.values() if known else ():
        bare = not quoted and code.code.isidentifier() and not place.offers.in_text
        text = code.code if bare else f'"{code.code}"'
        doc = describe.code_text(code.code, known)
        yield place.item(text, Kinds.EnumMember, code.label, doc, rank=0)


# --- examples -----------------------------------------------------------------------------------


def _in_example(place: _Place) -> Iterator[types.CompletionItem]:
    last, second = place.back(1), place.back(2)
    if "WORD" in place.offers.words and (last in ("given", "of") or second == "given"):
        yield from _kinds(place, plural=last not in ("given", "of"))
        if last == "given":
            yield from _phrases(place, ("setting", "no history of"))
            case = place.words.schema.kinds.get("case")
            if case is not None:
                yield place.item("case", Kinds.Class, case.label, rank=2)
    elif last == "setting" and second == "given":
        yield from _settings(place, lambda _: True)
    elif "WORD" in place.offers.words and last in (":", ","):
        yield from _given_fields(place)
    elif "TEXT" in place.offers.words and place.before and place.before[-1].kind == "WORD":
        yield from _given_values(place)
    elif last == "expect" or (second == "expect" and place.before[-1].kind == "RULE_ID"):
        for verdict, meaning in VERDICTS.items():
            yield place.item(verdict, Kinds.EnumMember, "", meaning, rank=0)


def _phrases(place: _Place, phrases: Iterable[str]) -> Iterator[types.CompletionItem]:
    for phrase in phrases:
        yield place.item(phrase, Kinds.Keyword, rank=4)


def _line(place: _Place) -> list[Written]:
    """The tokens of the `given` line that is being written."""
    tokens = list(place.before)
    starts = [at for at, token in enumerate(tokens) if token.kind == "given"]
    return tokens[starts[-1] :] if starts else []


def _given_kind(line: Sequence[Written], words: Vocabulary) -> Kind | None:
    names = [token.text for token in line[1:3] if token.kind != "NUMERAL"]
    return words.kind(names[0], plural=True) if names else None


def _given_fields(place: _Place) -> Iterator[types.CompletionItem]:
    line = _line(place)
    kind = _given_kind(line, place.words)
    if kind is None:
        return
    given = {token.text for token in line[2:]}
    yield from _fields(place, kind, lambda f: f.name not in given)


def _given_values(place: _Place) -> Iterator[types.CompletionItem]:
    line = _line(place)
    kind = _given_kind(line, place.words)
    declared = None if kind is None or not line else kind.fields.get(line[-1].text)
    if declared is None:
        return
    match declared.type:
        case FieldType.CODE:
            yield from _code_items(place, declared.target, quoted=False)
        case FieldType.YES_NO:
            for word in ("yes", "no"):
                yield place.item(word, Kinds.EnumMember, rank=0)
        case FieldType.DATE | FieldType.DATETIME:
            day = next((t.text for t in place.before if t.kind == "DATE"), None)
            if day is not None:
                yield place.item(day, Kinds.Value, "the date of the example", rank=0)
        case FieldType.REF:
            for label in _labels(place, declared.target):
                yield place.item(
                    label, Kinds.Reference, f"this example's {declared.target}", rank=0
                )
        case _:
            pass


def _labels(place: _Place, kind: str | None) -> list[str]:
    tokens = place.before
    return [
        tokens[at + 2].text
        for at, token in enumerate(tokens[:-2])
        if token.kind == "given" and tokens[at + 1].text == kind and tokens[at + 2].kind == "LABEL"
    ]


# --- keywords -----------------------------------------------------------------------------------


def _keywords(place: _Place) -> Iterator[types.CompletionItem]:
    begins_line = not place.source.text[
        place.source.text.rfind("\n", 0, place.offers.start) + 1 : place.offers.start
    ].strip()
    for word in sorted(place.offers.words):
        if not word[:1].islower() or word in ("breached", "exempt", "met"):
            continue
        if word in ("yes", "no") and place.before and place.before[-1].kind == "WORD":
            continue  # the value of a field is offered by its type
        if begins_line and word in ITEMS:
            yield place.phrase(ITEMS[word], 7)
        elif begins_line and word in CLAUSES:
            yield place.phrase(CLAUSES[word], 5)
        elif word not in ITEMS and not (word in CLAUSES and not begins_line and _ends(place)):
            yield place.item(place.offers.words[word], Kinds.Keyword, rank=6)


def _ends(place: _Place) -> bool:
    """Whether a clause could end here, so that the words of clauses belong on the next line."""
    return "$END" in place.offers.words
