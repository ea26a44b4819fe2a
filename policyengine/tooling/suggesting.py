"""Examples made for a rule: the smallest of each verdict, and of each side of each boundary."""

from collections.abc import Sequence
from dataclasses import dataclass

from policyengine.plan import core
from policyengine.report.tested.suggestions import Shows, Suggestion, Suggestions
from policyengine.tooling.mutating.exams import notices
from policyengine.tooling.searching.blocks import example_block
from policyengine.tooling.searching.boundaries import boundaries
from policyengine.tooling.searching.model import Effort, Gives, Rows, SmallCase, TellsApart
from policyengine.tooling.searching.search import DIMLY, Ask, Search, ask_of
from policyengine.tooling.searching.seeds import small_case
from policyengine.values.verdict import Verdict

LONGEST = 60


@dataclass(slots=True)
class _Wanted:
    shows: Shows
    ask: Ask


@dataclass(slots=True)
class _Found:
    case: SmallCase
    rows: Rows
    subject: str | None
    dimly: bool
    shows: list[int]


def suggest(plan: core.Plan, rule_id: str, effort: Effort | None = None) -> Suggestions:
    """The smallest examples that were found for a rule; KeyError for one that the plan has not.

    Each can be pasted beside the rule, where it comes out as it says. Few examples are given: one
    that shows what others show stands for them too.
    """
    search = Search(plan, rule_id, effort or Effort(cases=2500))
    wanted = _wanted(plan, rule_id, search)
    search.look([each.ask for each in wanted])
    found = [each for at, one in enumerate(wanted) if (each := _found(search, one, at)) is not None]
    for each in found:
        each.shows = _shown_by(search, each, wanted)
    rule = search.rules[-1]
    chosen = _chosen(found)
    return Suggestions(
        rule=rule_id,
        title=rule.title,
        examples=tuple(_suggestion(search, each, wanted, chosen) for each in chosen),
        unreached=tuple(
            (verdict.words, why_not(search.rules, verdict))
            for verdict, one in zip(Verdict, wanted, strict=False)
            if not one.ask.found
        ),
        boundaries_unreached=tuple(
            one.shows for one in wanted[len(Verdict) :] if not one.ask.found
        ),
        cases=len(search.tried),
    )


def _wanted(plan: core.Plan, rule_id: str, search: Search) -> list[_Wanted]:
    wanted = [
        _Wanted(Shows("verdict", verdict.words, None), ask_of(Gives(verdict), search))
        for verdict in Verdict
    ]
    for each in boundaries(plan, rule_id):
        text = " ".join(each.span.text.split())
        if len(text) > LONGEST:
            text = text[: LONGEST - 3].rsplit(" ", 1)[0] + " ..."
        shows = Shows(each.clause, text, each.span.line, each.moved)
        wanted.append(_Wanted(shows, ask_of(TellsApart(each.plan), search)))
    return wanted


def _found(search: Search, wanted: _Wanted, at: int) -> _Found | None:
    smallest = search.smallest(wanted.ask)
    if smallest is None:
        return None
    case, rows, subject = smallest
    return _Found(case, rows, subject, wanted.ask.best == DIMLY, [at])


def _shown_by(search: Search, found: _Found, wanted: Sequence[_Wanted]) -> list[int]:
    """Everything that this case shows on the subject that its example tells of."""
    staged = search.bench.stage(found.case)
    rows, marks = search.bench.rows_and_marks(staged)
    shown = []
    for at, each in enumerate(wanted):
        how, subject = each.ask.shows(staged, rows, marks)
        if how and subject == found.subject and (how != DIMLY or found.dimly):
            shown.append(at)
    return shown


def _chosen(found: Sequence[_Found]) -> list[_Found]:
    """Few that show everything: always the one that shows most of what is left, the smallest
    first; told in the order of what they show first."""
    left = {at for each in found for at in each.shows}
    chosen: list[_Found] = []
    while left:
        best = max(found, key=lambda each: (len(left & set(each.shows)), _smallness(each)))
        chosen.append(best)
        left -= set(best.shows)
    return sorted(chosen, key=lambda each: min(each.shows))


def _smallness(found: _Found) -> tuple[int, int]:
    records, values = found.case.size
    return -records, -values


def _suggestion(
    search: Search, found: _Found, wanted: Sequence[_Wanted], chosen: Sequence[_Found]
) -> Suggestion:
    shows = [wanted[at].shows for at in found.shows]
    verdict = next((row.verdict for row in found.rows if row.subject == found.subject), None)
    edge = _edge(found, wanted, chosen)
    title = "no finding" if verdict is None else verdict.words
    if edge is not None:
        title += f", at the edge of: {edge.text}".replace('"', "'")
    block = example_block(
        search.bench,
        title,
        found.case,
        subjects=None if found.subject is None else [found.subject],
        deadlines=found.dimly,
    )
    return Suggestion(title, block.text, tuple(shows), _already(search, found, wanted))


def _edge(found: _Found, wanted: Sequence[_Wanted], chosen: Sequence[_Found]) -> Shows | None:
    """The boundary to name an example by: the one that fewest of the others show."""
    edges = [at for at in found.shows if wanted[at].shows.line is not None]
    if not edges:
        return None
    rarest = min(edges, key=lambda at: sum(at in other.shows for other in chosen))
    return wanted[rarest].shows


def _already(search: Search, found: _Found, wanted: Sequence[_Wanted]) -> str | None:
    """An example of the rule that shows all of this too, and expects what decides it."""
    asks = [wanted[at].ask for at in found.shows]
    plan, rule_id = search.plan, search.bench.rule_id
    for example in plan.examples:
        expects = [each for each in example.expects if each.rule == rule_id]
        if not expects or example.settings:
            continue
        staged = search.bench.stage(small_case(plan.schema, example))
        rows, marks = search.bench.rows_and_marks(staged)
        if notices(expects, rows, search.bench.calendar.zone):
            continue
        if all(ask.shows(staged, rows, marks)[0] >= ask.best for ask in asks):
            return example.title
    return None


def why_not(rules: Sequence[core.Rule], verdict: Verdict) -> str:
    """Why no case gives a verdict, as far as the rule says it by itself."""
    duties = [rule.duty for rule in rules]
    if verdict is Verdict.EXEMPT and not any(rule.unless for rule in rules):
        return "the rule has no exception"
    if verdict is Verdict.MET_LATE and all(
        isinstance(duty, core.Show | core.NotHave) for duty in duties
    ):
        return "what is forbidden, or a state of affairs, is never met late"
    if verdict is Verdict.MET_LATE and all(_has_no_window(duty) for duty in duties):
        return "the duty has no deadline"
    if verdict is Verdict.NOT_YET_DUE and all(_has_no_window(duty) for duty in duties):
        return "the duty has no deadline"
    return "perhaps none does"


def _has_no_window(duty: core.Duty) -> bool:
    return not isinstance(duty, core.HaveEvery | core.HaveField) and duty.window is None
