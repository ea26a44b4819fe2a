"""Above each rule and example: what the examples come to, and the command that runs them."""

from collections.abc import Iterator, Sequence

from lsprotocol import types

from policyengine.lsp.places import position_of
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.uris import uri_of
from policyengine.lsp.verdicts import Outcome, Verdicts
from policyengine.source import Span
from policyengine.syntax import tree

RUN = "trustpolicy.runExamples"


def lenses(rule_set: RuleSet, verdicts: Verdicts, path: str) -> Iterator[types.CodeLens]:
    """For each rule and each example of a file."""
    checked = rule_set.check()
    doc = checked.documents.get(path)
    file = None if doc is None else doc.as_far_as_read
    if file is None:
        return
    outcomes = verdicts.of_file(checked, path)
    places = {outcome.example.span: outcome for outcome in outcomes}
    waits = checked.plan is None
    for item in file.items:
        match item:
            case tree.RuleItem(id=rule):
                own = [each for each in outcomes if rule.text in each.result.rules]
                title = _of_rule(own, waits=waits)
                yield _lens(title, item.id.span, [uri_of(path), rule.text, None])
            case tree.Example():
                outcome = places.get(item.span)
                title = _of_example(outcome)
                place = [uri_of(path), None, position_of(item.span.file, item.span.start).line]
                yield _lens(title, item.span, place)
            case _:
                pass


def said(outcomes: Sequence[Outcome], rule: str | None) -> str:
    """What examples came to, in a sentence or a few."""
    of = f" of {rule}" if rule else ""
    if not outcomes:
        return f"There is no example{of} to run here."
    failed = [each for each in outcomes if not each.result.passed]
    ran = f"{_counted(len(outcomes))}{of} run"
    if not failed:
        return f"{ran}: all came out as expected."
    first = failed[0].result
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return (
        f"{ran}: {len(failed)} did not come out as expected. "
        f"{first.example_title}: {first.detail}{more}"
    )


def verdict_words(outcome: Outcome) -> str:
    """The verdicts that were found for what the example expects, each once."""
    words: dict[str, None] = {}
    for expected in outcome.example.expects:
        finding = outcome.found_for(expected.rule, expected.label)
        words["no finding" if finding is None else finding.verdict.words] = None
    return ", ".join(words)


def as_json(outcome: Outcome) -> dict[str, object]:
    """An example that was run, for programs."""
    result = outcome.result
    return {
        "example": result.example_title,
        "line": result.line,
        "passed": result.passed,
        "verdict": verdict_words(outcome),
        "detail": result.detail,
    }


def _of_rule(outcomes: Sequence[Outcome], *, waits: bool) -> str:
    if waits:
        return "Run examples (once the mistakes are mended)"
    if not outcomes:
        return "No example in this file"
    failed = sum(not each.result.passed for each in outcomes)
    how = f"{failed} not as expected" if failed else "all as expected"
    return f"Run {_counted(len(outcomes))}: {how}"


def _of_example(outcome: Outcome | None) -> str:
    if outcome is None:
        return "Run example"
    if outcome.result.passed:
        return f"\N{CHECK MARK} {verdict_words(outcome)}, as expected"
    return f"\N{BALLOT X} {outcome.result.detail}"


def _counted(number: int) -> str:
    return f"{number} example{'s' if number != 1 else ''}"


def _lens(title: str, span: Span, arguments: Sequence[object]) -> types.CodeLens:
    line = position_of(span.file, span.start)
    place = types.Range(line, line)
    return types.CodeLens(place, types.Command(title, RUN, arguments=list(arguments)))
