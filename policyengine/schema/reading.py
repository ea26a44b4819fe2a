"""Small questions put to the nodes of a schema file; what does not fit is noted with its place."""

import re
from collections.abc import Collection
from collections.abc import Mapping as Table
from datetime import date
from enum import Enum
from typing import TypeVar

from policyengine.diagnostics import Diagnostic, Label, Notebook
from policyengine.formats import Mapping, Node, Scalar, suggestion
from policyengine.source import Span

Choice = TypeVar("Choice", bound=Enum)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


class Reading:
    """Reads nodes into values, and writes down in `notes` what does not fit."""

    def __init__(self, notes: Notebook) -> None:
        self.notes = notes

    def fault(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        hints: tuple[str, ...] = (),
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Note an error."""
        note = Diagnostic(code=code, message=message, span=span, hints=hints, labels=labels)
        self.notes.note(note)

    def mapping(self, node: Node, what: str) -> Mapping | None:
        """Keys and values, or None and a fault. Nothing at all is an empty mapping."""
        if isinstance(node, Mapping):
            return node
        if isinstance(node, Scalar) and node.is_empty:
            return Mapping((), node.span)
        self.fault("SCH001", node.span, f"{what} must be keys and values")
        return None

    def text(self, node: Node, what: str) -> Scalar | None:
        """One text that is not empty."""
        if isinstance(node, Scalar) and not node.is_empty and node.text.strip():
            return node
        self.fault("SCH001", node.span, f"{what} must be a text")
        return None

    def words(self, node: Node | None, what: str) -> str | None:
        """The characters of a text, where there is one."""
        found = None if node is None else self.text(node, what)
        return None if found is None else found.text

    def only(self, body: Mapping, allowed: Collection[str], of: str) -> None:
        """Note every key that is not among those allowed."""
        for entry in body.entries:
            if entry.key.text not in allowed:
                hints = (did_you_mean(entry.key.text, allowed),)
                message = f"{of} has no key `{entry.key.text}`"
                self.fault("SCH003", entry.key.span, message, hints=hints)

    def flag(self, node: Node | None, what: str) -> bool:
        """Yes or no; false where there is none."""
        if node is None:
            return False
        found = self.text(node, what)
        if found is None:
            return False
        if found.text not in _FLAGS:
            self.fault("SCH012", found.span, f"{what} must be true or false")
        return _FLAGS.get(found.text, False)

    def choice(self, node: Node | None, choices: type[Choice], what: str) -> Choice | None:
        """One of the words of an enumeration."""
        found = None if node is None else self.text(node, what)
        if found is None:
            return None
        known: Table[str, Choice] = {choice.value: choice for choice in choices}
        if found.text not in known:
            hints = (did_you_mean(found.text, known),)
            self.fault("SCH012", found.span, f"{what} cannot be `{found.text}`", hints=hints)
        return known.get(found.text)

    def day(self, node: Node, what: str) -> date | None:
        """A calendar day, YYYY-MM-DD."""
        found = self.text(node, what)
        if found is None:
            return None
        try:
            if _DAY.fullmatch(found.text):
                return date.fromisoformat(found.text)
        except ValueError:
            pass
        message = f"{what} must be a date of the calendar, such as 2026-12-24"
        self.fault("SCH015", found.span, message)
        return None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """The sentence that helps with a word that is not known."""
    near = suggestion(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    several = ", ".join(f"`{each}`" for each in sorted(known)[:12])
    more = "" if len(known) <= 12 else f" and {len(known) - 12} more"
    return f"there is {several}{more}" if known else "there is none"
