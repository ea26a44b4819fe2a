"""`# allow LNT003 because ...`: an author who knows better, and says why (LNT012 if not)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policyengine.diagnostics import Diagnostic
from policyengine.diagnostics.codes import LINTS
from policyengine.syntax.tree import Comment, Item, PolicyFile
from policyengine.tooling.lint.rule_set import RuleSet, remark

_ALLOW = re.compile(r"^\s*allow\s+(?P<codes>[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)(?P<rest>.*)$")
_BECAUSE = re.compile(r"^\s+because\s+\S")


@dataclass(frozen=True, slots=True)
class Allowance:
    """The lints that a comment silences, with a reason or without."""

    comment: Comment
    codes: tuple[str, ...]
    reasoned: bool


def check(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Comments that would silence a lint and give no reason, or name no lint that there is."""
    for allowance in _allowances(rule_set):
        unknown = [code for code in allowance.codes if code not in LINTS]
        if unknown:
            yield remark(
                "LNT012",
                f"there is no lint {unknown[0]} to allow",
                allowance.comment.span,
                "nothing is silenced",
                "lints are those of the messages whose code begins with LNT",
            )
        elif not allowance.reasoned:
            yield remark(
                "LNT012",
                f"{', '.join(allowance.codes)} is allowed without a reason",
                allowance.comment.span,
                "so nothing is silenced",
                f"say why: `# allow {allowance.codes[0]} because ...`",
            )


def silenced(rule_set: RuleSet) -> set[tuple[int, str]]:
    """What is silenced: an item (by `id`) and a lint's code.

    A comment speaks for the item that it stands in, at the end of, or right above.
    """
    found: set[tuple[int, str]] = set()
    for file in rule_set.files:
        lines = {comment.span.line for comment in file.comments if comment.own_line}
        for allowance in _of_file(file):
            if not allowance.reasoned:
                continue
            for item in file.items:
                if _speaks_for(allowance.comment, item, lines):
                    found |= {(id(item), code) for code in allowance.codes}
    return found


def _allowances(rule_set: RuleSet) -> Iterator[Allowance]:
    for file in rule_set.files:
        yield from _of_file(file)


def _of_file(file: PolicyFile) -> Iterator[Allowance]:
    for comment in file.comments:
        match = _ALLOW.match(comment.text)
        if match is not None:
            codes = tuple(re.findall(r"[A-Z]+\d+", match["codes"]))
            yield Allowance(comment, codes, _BECAUSE.match(match["rest"]) is not None)


def _speaks_for(comment: Comment, item: Item, lines: set[int]) -> bool:
    span = item.span
    if span.start < comment.span.start < span.end:
        return True
    if not comment.own_line:
        return comment.span.line == span.file.line_column(span.end)[0]
    # Above it, with nothing between but other comments.
    between = range(comment.span.line + 1, span.line)
    return comment.span.line < span.line and all(line in lines for line in between)
