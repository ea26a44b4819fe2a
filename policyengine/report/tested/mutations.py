"""What `test --mutate` found: each change, and whether an example notices it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from policyengine.report.markdown_text import markdown_text
from policyengine.report.safe_text import safe_text


class State(Enum):
    """What became of a change, in the spelling of the JSON."""

    KILLED = "killed"  # an example does not come out any more
    SURVIVED = "survived"  # no example notices, and there is a case that tells them apart
    ALIKE = "alike"  # no case was found that tells them apart
    ALLOWED = "allowed"  # it survives, or nothing tells it apart, and the list says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a rule, a setting, a definition or a gather.

    `item` is what was changed (`CTO-01`, `setting rights_window`), `rules` the rules that it is
    of. `before` is the author's text at the place, `after` what would stand there or `dropped`.
    `diff` is the change as lines of the item laid out. `noticed_by` is an example's title;
    `example` the missing one, to be pasted. `because` is the reason of one ALLOWED.
    """

    item: str
    rules: tuple[str, ...]
    file: str
    line: int
    how: str
    before: str
    after: str
    state: State
    noticed_by: str | None = None
    diff: tuple[str, ...] = ()
    example: str | None = None
    because: str | None = None

    @property
    def key(self) -> str:
        """What a list of allowed changes calls it: it does not depend on where the rule stands."""
        return f"{self.item} | {self.before} | {self.after}"


@dataclass(frozen=True, slots=True)
class MutationReport:
    """All changes, in the order of the files."""

    mutants: tuple[Mutant, ...]

    def count(self, state: State) -> int:
        """How many came out so."""
        return sum(mutant.state is state for mutant in self.mutants)

    @property
    def killed_percent(self) -> float:
        """Of the changes that a case tells apart, and that are not allowed: how many percent an
        example notices. 100 where there is none."""
        killed = self.count(State.KILLED)
        told_apart = killed + self.count(State.SURVIVED)
        return 100.0 if not told_apart else 100 * killed / told_apart


def mutations_json(report: MutationReport) -> dict[str, object]:
    """The report for programs; the keys are told in docs/testing.md."""
    return {
        "killed": report.count(State.KILLED),
        "survived": report.count(State.SURVIVED),
        "alike": report.count(State.ALIKE),
        "allowed": report.count(State.ALLOWED),
        "killed_percent": round(report.killed_percent, 2),
        "changes": [
            {
                "item": each.item,
                "rules": list(each.rules),
                "file": each.file,
                "line": each.line,
                "how": each.how,
                "before": each.before,
                "after": each.after,
                "state": each.state.value,
                "noticed_by": each.noticed_by,
                "diff": list(each.diff),
                "example": each.example,
                "because": each.because,
            }
            for each in report.mutants
        ],
    }


def said(report: MutationReport) -> str:
    """What it all came to, in a line or two."""
    tried = len(report.mutants)
    if not tried:
        return "There is nothing to change."
    killed, survived = report.count(State.KILLED), report.count(State.SURVIVED)
    share = f"{report.killed_percent:.1f}% noticed"
    lines = [
        f"{tried:,} small changes tried: {killed:,} noticed, {survived:,} by no example ({share})."
    ]
    alike, allowed = report.count(State.ALIKE), report.count(State.ALLOWED)
    if alike:
        lines.append(f"{alike:,} more: no case was found that tells them apart from the rule.")
    if allowed:
        lines.append(f"{allowed:,} more are on the list of those that mean the same.")
    return " ".join(lines)


def mutations_text(report: MutationReport, dash: str) -> str:
    """The changes that nobody notices, rule by rule, each with the missing example."""
    lines: list[str] = []
    for state, head in _HEADS.items():
        group = [each for each in report.mutants if each.state is state]
        if group:
            lines += [head, ""]
            for each in group:
                lines += [*_change(each, dash), ""]
    return "\n".join([*lines, said(report)]) + "\n"


_HEADS = {
    State.SURVIVED: "Changes that no example notices",
    State.ALIKE: "Changes for which no case was found that tells them apart",
}


def _change(each: Mutant, dash: str) -> list[str]:
    place = f"{safe_text(each.file)}:{each.line}"
    lines = [f"{safe_text(each.item)} {dash} {each.how} {dash} {place}"]
    lines += [f"  {safe_text(line)}" for line in each.diff]
    if each.example is not None:
        lines += ["  The missing example:", ""]
        lines += [f"    {safe_text(line)}" for line in each.example.rstrip().split("\n")]
    return lines


def mutations_markdown(report: MutationReport) -> str:
    """The same for a page: the diff and the example each in a block."""
    lines = ["# Changes of the rules that no example notices", "", said(report), ""]
    for state, head in _HEADS.items():
        group = [each for each in report.mutants if each.state is state]
        if not group:
            continue
        lines += [f"## {head}", ""]
        for each in group:
            place = f"{markdown_text(each.file)}:{each.line}"
            lines += [f"### {markdown_text(each.item)}: {markdown_text(each.how)}", "", place, ""]
            lines += [*_block("diff", each.diff), ""]
            if each.example is not None:
                lines += [*_block("policy", each.example.rstrip().split("\n")), ""]
    return "\n".join(lines).rstrip() + "\n"


def _block(language: str, lines: Iterable[str]) -> list[str]:
    """Lines in a block that nothing in them can end."""
    said_ = [safe_text(line) for line in lines]
    longest = max((len(run) for line in said_ for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *said_, fence]
