"""Quotes: a text that is never closed, one that swallows what follows, one without quotes."""

import re

from policyengine.diagnostics import Diagnostic, Label
from policyengine.syntax.scene import STARTERS, Scene

_CLAUSE = re.compile(
    r"""\n[ \t]*(?:
        (?:policy|owner|source|say|fix|example)\s+" | rule\s+[A-Z] | severity\s+[a-z]+\s*\n
      | learning\s+point | applies\s+from | for\s+each | let\s+\w+\s+be | cannot\s+tell\s+if
      | unless\s | must\s+(?:not\s+)?(?:have|show) | should\s+(?:not\s+)?(?:have|show)
      | (?:blank|silence)\s+means | target\s+at | setting\s+\w+\s+is | define\s+\w+\.
      | gather\s+\w+\s+from | given\s+\w+.*: | expect\s | review\s+by | when\s )""",
    re.VERBOSE,
)


def swallower(scene: Scene) -> int | None:
    """Where a text starts that must have lost its closing quote: it has clauses in it."""
    if scene.text[scene.offset : scene.offset + 1] == '"' and not scene.offers("TEXT"):
        return None
    if _opens_unclosed(scene):
        return scene.offset
    if scene.last_kind == "TEXT" and _CLAUSE.search(scene.last):
        return scene.last_start
    return None


def _opens_unclosed(scene: Scene) -> bool:
    if scene.text[scene.offset : scene.offset + 1] != '"':
        return False
    at = scene.offset + 1
    while (at := scene.text.find('"', at)) >= 0:
        slashes = len(scene.text[:at]) - len(scene.text[:at].rstrip("\\"))
        if slashes % 2 == 0:
            return False
        at += 1
    return True


def swallowed(scene: Scene) -> Diagnostic | None:
    """`say "No alert ...` with its closing quote on another clause's line."""
    start = swallower(scene)
    if start is None or start == scene.offset:
        return None
    end = scene.text.find("\n", start)
    labels = (Label(scene.span(scene.last_end - 1, scene.last_end), "it runs to here"),)
    return Diagnostic(
        code="SYN003",
        message="this text has no closing quote",
        span=scene.span(start, end),
        found='it starts here, and the next `"` is meant for another text',
        labels=labels,
        hints=('close it with `"`; within a text, a quote is written `\\"`',),
    )


def never_closed(scene: Scene) -> Diagnostic | None:
    """A quote, and no other one to the end of the file."""
    if not _opens_unclosed(scene):
        return None
    end = scene.text.find("\n", scene.offset)
    return Diagnostic(
        code="SYN003",
        message="this text has no closing quote",
        span=scene.span(scene.offset, len(scene.text) if end < 0 else end),
        found="it starts here, and runs to the end of the file",
        hints=('close it with `"`; within a text, a quote is written `\\"`',),
    )


def without_quotes(scene: Scene) -> Diagnostic | None:
    """`owner Clinical Governance Committee`"""
    word = scene.word
    if not scene.offers("TEXT") or scene.wants_operand or not word[:1].isalnum():
        return None
    if scene.last_kind == "RULE_ID" and word.isdigit():
        return None
    if word in STARTERS:
        return None
    end = scene.text.find("\n", scene.offset)
    line = scene.text[scene.offset : len(scene.text) if end < 0 else end].rstrip()
    if scene.last_kind not in ("OWNER", "SOURCE", "POLICY", "BECAUSE", "SAY", "FIX") and (
        scene.last_kind not in ("QUOTING", "RULE_ID", "EXAMPLE")
    ):
        return None
    return Diagnostic(
        code="SYN038",
        message=f"after `{scene.last}` stands a text in double quotes",
        span=scene.span(scene.offset, scene.offset + len(line)),
        found="no quotes round it",
        labels=(Label(scene.last_place, "this takes a text"),),
        hints=(f'put quotes round it: `{scene.last} "..."`',),
    )
