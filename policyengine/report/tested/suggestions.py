"""Examples that were made for a rule: what each shows, and what none could be found for."""

from dataclasses import dataclass

from policyengine.report.markdown_text import markdown_text
from policyengine.report.safe_text import safe_text


@dataclass(frozen=True, slots=True)
class Shows:
    """One thing that an example shows: a verdict (`clause` "verdict"), or one side of a boundary,
    in the author's own words, with their line and what it was moved to."""

    clause: str
    text: str
    line: int | None
    side: str | None = None

    @property
    def place(self) -> str:
        """The clause, its words and their line."""
        return f"{self.clause} ... {self.text} (line {self.line})"

    @property
    def words(self) -> str:
        """As a comment above the example says it."""
        if self.line is None:
            return f"the verdict {self.text}"
        return f"{self.place}: judged otherwise with {self.side}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An example ready to be pasted. `already` is the title of an example of the rule that shows
    all of this too, if there is one."""

    title: str
    example: str
    shows: tuple[Shows, ...]
    already: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All that was found for a rule. `unreached` are the verdicts that no case was found for,
    each with why, as far as that is plain; `cases` is how many were judged."""

    rule: str
    title: str
    examples: tuple[Suggestion, ...]
    unreached: tuple[tuple[str, str], ...]
    boundaries_unreached: tuple[Shows, ...]
    cases: int


def suggestions_text(found: Suggestions) -> str:
    """The examples, each below a comment that says what it shows: the whole can be pasted."""
    lines = [f"# Examples found for {found.rule}: {safe_text(found.title)}", ""]
    for each in found.examples:
        lines += [f"# shows {safe_text(shown.words)}" for shown in each.shows]
        if each.already is not None:
            lines.append(f'# "{safe_text(each.already)}" shows all of this already')
        lines += [*(safe_text(line) for line in each.example.rstrip().split("\n")), ""]
    lines += [f"# {safe_text(line)}" for line in _not_found(found)]
    return "\n".join(lines) + "\n"


def _not_found(found: Suggestions) -> list[str]:
    lines = [f"No case was found that gives {verdict}: {why}." for verdict, why in found.unreached]
    lines += [
        f"No case was found that {each.place} judges otherwise with {each.side}."
        for each in found.boundaries_unreached
    ]
    lines.append(f"{found.cases:,} cases were judged; that none was found proves nothing.")
    return lines


def suggestions_markdown(found: Suggestions) -> str:
    """The same for a page."""
    lines = [f"# Examples found for {found.rule}: {markdown_text(found.title)}", ""]
    for each in found.examples:
        lines += [f"- shows {markdown_text(shown.words)}" for shown in each.shows]
        if each.already is not None:
            lines.append(f"- {markdown_text(each.already)} shows all of this already")
        lines += ["", "```policy", *each.example.rstrip().split("\n"), "```", ""]
    lines += [markdown_text(line) + "  " for line in _not_found(found)]
    return "\n".join(lines).rstrip() + "\n"


def suggestions_json(found: Suggestions) -> dict[str, object]:
    """The same for programs; the keys are told in docs/testing.md."""
    return {
        "rule": found.rule,
        "title": found.title,
        "examples": [
            {
                "title": each.title,
                "example": each.example,
                "shows": [_shows(shown) for shown in each.shows],
                "already": each.already,
            }
            for each in found.examples
        ],
        "unreached": [{"verdict": verdict, "why": why} for verdict, why in found.unreached],
        "boundaries_unreached": [_shows(each) for each in found.boundaries_unreached],
        "cases": found.cases,
    }


def _shows(shown: Shows) -> dict[str, object]:
    return {
        "clause": shown.clause,
        "text": shown.text,
        "line": shown.line,
        "side": shown.side,
    }
