"""From a trial that fails to the smallest one that still does: greedily, piece by piece."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

from tools.conformance.policies import Item, Policy
from tools.conformance.trial import Trial

Fails = Callable[[Trial], bool]
_WORD = re.compile(r'"[^"]*"|[\w.:+-]+|[(),]|\n\s*-|\S')


def shrunk(trial: Trial, fails: Fails, budget: int = 3000) -> Trial:
    """The smallest trial that was found; `fails` must be true of the trial itself. `budget` is
    how many trials may be tried."""
    left = budget
    smaller = True
    while smaller and left > 0:
        smaller = False
        for candidate in _smaller(trial):
            left -= 1
            if left <= 0:
                break
            if fails(candidate):
                trial, smaller = candidate, True
                break
    return trial


def _smaller(trial: Trial) -> Iterator[Trial]:
    """Ways to make it smaller, the boldest first."""
    for index in range(len(trial.cases)):
        if len(trial.cases) > 1:
            yield replace(trial, cases=[trial.cases[index]])
    items = trial.policy.items
    for index, item in enumerate(items):
        yield _with_items(trial, items[:index] + items[index + 1 :])
        for number in range(len(item.clauses)):
            clauses = item.clauses[:number] + item.clauses[number + 1 :]
            yield _with_items(
                trial, [*items[:index], Item(item.head, clauses), *items[index + 1 :]]
            )
    yield from _fewer_records(trial)
    if trial.complete_from:
        yield replace(trial, complete_from={})
    if trial.shared:
        yield replace(trial, shared={})
    for index, item in enumerate(items):
        for head in _shorter(item.head):
            yield _with_items(
                trial, [*items[:index], Item(head, item.clauses), *items[index + 1 :]]
            )
        for number, clause in enumerate(item.clauses):
            for text in _shorter(clause):
                clauses = [*item.clauses[:number], text, *item.clauses[number + 1 :]]
                yield _with_items(
                    trial, [*items[:index], Item(item.head, clauses), *items[index + 1 :]]
                )


def _with_items(trial: Trial, items: list[Item]) -> Trial:
    return replace(trial, policy=Policy(items))


def _fewer_records(trial: Trial) -> Iterator[Trial]:
    for number, case in enumerate(trial.cases):
        for key, value in case.items():
            if isinstance(value, list):
                for row in range(len(value)):
                    yield _without(trial, number, key, row)
            elif key != "case_id":
                yield _without(trial, number, key)
        for key, value in case.items():
            for row, fields in enumerate(value if isinstance(value, list) else []):
                for name in fields:
                    if name != "id":
                        yield _without(trial, number, key, row, name)


def _without(
    trial: Trial, number: int, key: str, row: int | None = None, name: str | None = None
) -> Trial:
    """Without a value of a case, a row of a kind, or a value of a row."""
    cases = deepcopy(trial.cases)
    if row is None:
        del cases[number][key]
        return replace(trial, cases=cases)
    rows = cases[number][key]
    assert isinstance(rows, list)
    if name is None:
        del rows[row]
    else:
        del rows[row][name]
    return replace(trial, cases=cases)


def _shorter(text: str) -> Iterator[str]:
    """The text without some words in a row: whole brackets first, then shorter runs."""
    words = [found.group() for found in _WORD.finditer(text)]
    spans = sorted(_brackets(words), key=lambda span: span[0] - span[1])
    for start, end in spans:
        for inner in _halves(words[start + 1 : end]):
            yield _joined([*words[:start], "(", *inner, ")", *words[end + 1 :]])
        yield _joined([*words[:start], *words[start + 1 : end], *words[end + 1 :]])
    for length in (16, 12, 9, 8, 7, 6, 5, 4, 3, 2, 1):
        for start in range(1, len(words) - length + 1):
            yield _joined([*words[:start], *words[start + length :]])


def _brackets(words: list[str]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for index, word in enumerate(words):
        if word == "(":
            opened.append(index)
        elif word == ")" and opened:
            yield opened.pop(), index


def _halves(words: list[str]) -> Iterator[list[str]]:
    """What stands on either side of each `and`, `or` or comma."""
    for index, word in enumerate(words):
        if word in ("and", "or", ","):
            yield words[:index]
            yield words[index + 1 :]


def _joined(words: list[str]) -> str:
    return " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
