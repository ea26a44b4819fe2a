"""Days worked out in the margin: when a rule's time limit ends on real days, and when the record of
an example was due."""

from collections.abc import Iterator

from lsprotocol import types

from policyengine.lsp.meanings import Meanings, blocks
from policyengine.lsp.places import position_of
from policyengine.lsp.rule_set import RuleSet
from policyengine.lsp.verdicts import Outcome, Verdicts
from policyengine.readback import ReadBack, Table
from policyengine.source import Span
from policyengine.syntax import tree


def inlay_hints(
    rule_set: RuleSet, meanings: Meanings, verdicts: Verdicts, path: str, within: Span
) -> Iterator[types.InlayHint]:
    """The hints in a stretch of a file; none while the rule set has mistakes."""
    checked = rule_set.check()
    doc = checked.documents.get(path)
    if doc is None or doc.tree is None or checked.plan is None:
        return
    rules = {rule.name_span: rule for rule in checked.plan.rules if rule.span.file is doc.source}
    seen = [each for each in doc.tree.items if _touch(each.span, within)]
    for item in seen:
        if isinstance(item, tree.RuleItem) and item.id.span in rules:
            yield from _of_rule(item, meanings.of(checked, rules[item.id.span]))
    shown = {item.span: item for item in seen if isinstance(item, tree.Example)}
    examples = [each for each in checked.plan.examples if each.span in shown]
    for outcome in verdicts.of(checked, examples):
        yield from _of_example(shown[outcome.example.span], outcome)


def _of_rule(item: tree.RuleItem, read: ReadBack) -> Iterator[types.InlayHint]:
    """Behind the duty's window, the first of the days that are worked out; the others beside."""
    window, worked = _window(item), read.section("worked")
    if window is None or worked is None:
        return
    for block in worked.blocks:
        if isinstance(block, Table) and block.rows:
            label = " \N{RIGHTWARDS ARROW} ".join(cell for cell in block.rows[0] if cell)
            yield _hint(window.span, label, blocks([block]))
            return


def _of_example(item: tree.Example, outcome: Outcome) -> Iterator[types.InlayHint]:
    """Behind each expectation that does not name it, the deadline that was found."""
    for expect in item.expects:
        rule = expect.rule or item.rule
        if rule is None or expect.deadline is not None:
            continue
        finding = outcome.found_for(rule.text, expect.label)
        if finding is not None and finding.deadline is not None:
            yield _hint(expect.span, f"deadline {finding.deadline}", None)


def _touch(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _window(item: tree.RuleItem) -> tree.Window | None:
    for clause in item.clauses:
        if isinstance(clause, tree.DutyClause):
            match clause.duty:
                case (
                    tree.Have(window=window)
                    | tree.NotHave(window=window)
                    | tree.Show(window=window)
                ):
                    return window
                case _:
                    return None
    return None


def _hint(span: Span, label: str, more: str | None) -> types.InlayHint:
    return types.InlayHint(
        position=position_of(span.file, span.end),
        label=label,
        padding_left=True,
        tooltip=more and types.MarkupContent(types.MarkupKind.Markdown, more),
    )
