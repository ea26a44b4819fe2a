"""What the thing under the pointer means, in plain words."""

import re

from lsprotocol import types

from policyengine.lsp.describe import described
from policyengine.lsp.meanings import Meanings
from policyengine.lsp.names import Occurrence
from policyengine.lsp.phrases import CLAUSES, CONSTRUCTS, ITEMS, VERDICTS
from policyengine.lsp.places import range_of
from policyengine.lsp.rule_set import Document, RuleSet
from policyengine.source import SourceFile, Span

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_VERDICT = re.compile(r"\b(" + "|".join(sorted(VERDICTS, key=len, reverse=True)) + r")\b")


def hover(rule_set: RuleSet, meanings: Meanings, path: str, offset: int) -> types.Hover | None:
    """The meaning of the name, the clause or the verdict at an offset of a file."""
    doc = rule_set.check().documents.get(path)
    if doc is None or doc.source is None:
        return None
    name = name_at(rule_set, path, offset)
    if name is None:
        return _of_word(rule_set, meanings, doc, offset)
    text = _of_name(rule_set, meanings, name)
    return None if text is None else _made(text, name.span)


def _of_name(rule_set: RuleSet, meanings: Meanings, name: Occurrence) -> str | None:
    """In plain English what can be read back, of all else what was declared."""
    symbol, sound = name.symbol, rule_set.sound
    if sound is not None and sound.plan is not None and symbol.sort == "rule":
        versions = [rule for rule in sound.plan.rules if rule.id == symbol.name]
        if versions:
            return "\n\n---\n\n".join(meanings.of_rule(sound, rule) for rule in versions)
    told = described(symbol, rule_set.check(), maker_of(rule_set, name))
    if sound is None or told is None:
        return told
    plain = None
    if symbol.sort == "define":
        plain = meanings.of_definition(sound, symbol.of, symbol.name)
    elif symbol.sort == "gather":
        plain = meanings.of_gathering(sound, symbol.name)
    return told if plain is None else f"{plain}\n\n{told}"


def name_at(rule_set: RuleSet, path: str, offset: int) -> Occurrence | None:
    """The name at an offset, or right before it."""
    found = [n for n in rule_set.names(path) if n.span.start <= offset <= n.span.end]
    return min(found, key=lambda n: (n.span.end == offset, n.span.end - n.span.start), default=None)


def maker_of(rule_set: RuleSet, name: Occurrence) -> Occurrence | None:
    """Where a name was given to its thing, if that is in the rule set."""
    makers = [n for n in rule_set.all_names() if n.makes and n.symbol == name.symbol]
    return makers[0] if makers else None


def _of_word(
    rule_set: RuleSet, meanings: Meanings, doc: Document, offset: int
) -> types.Hover | None:
    source = doc.source
    assert source is not None
    line, column = source.line_column(min(offset, len(source.text)))
    start = source.line_start(line) or 0
    text = source.text[start:].partition("\n")[0]
    for found in _WORD.finditer(text):
        if not found.start() <= column - 1 <= found.end():
            continue
        word, first = found.group(), not text[: found.start()].strip()
        span = Span(source, start + found.start(), start + found.end())
        phrase = ITEMS.get(word) or CLAUSES.get(word)
        if phrase is not None and first:
            here = _here(rule_set, meanings, doc, offset, word)
            told = f"**{phrase.words}**: {phrase.meaning}"
            return _made(f"{here}\n\n---\n\n{told}" if here else told, span)
        if text.split()[:1] == ["expect"]:
            return _of_verdict(source, start, text, column - 1)
        if word in CONSTRUCTS:
            return _made(f"**{word}**: {CONSTRUCTS[word]}", span)
    return None


def _here(
    rule_set: RuleSet, meanings: Meanings, doc: Document, offset: int, word: str
) -> str | None:
    """What a clause says in the rule that it stands in."""
    checked = rule_set.check()
    for rule in checked.plan.rules if checked.plan is not None else ():
        if rule.span.file is doc.source and rule.span.start <= offset <= rule.span.end:
            return meanings.of_clause(checked, rule, word)
    return None


def _of_verdict(source: SourceFile, start: int, text: str, column: int) -> types.Hover | None:
    for found in _VERDICT.finditer(text):
        if found.start() <= column <= found.end():
            span = Span(source, start + found.start(), start + found.end())
            return _made(f"**{found[1]}**: {VERDICTS[found[1]]}", span)
    return None


def _made(text: str, span: Span) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), range_of(span))
