"""Laws of the formatter: what is laid out reads the same, and laying it out again changes nothing.

Tried here on trees that no author would write.
"""

from datetime import date
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policyengine.source import SourceFile, Span
from policyengine.syntax import parse_file
from policyengine.syntax import tree as t
from policyengine.tooling.fmt import format_file, format_source
from policyengine.tooling.fmt.clauses import in_order
from policyengine.values.durations import Duration, Unit
from policyengine.values.verdict import Verdict

NOWHERE = Span(SourceFile("tree.policy", ""), 0, 0)
AT: dict[str, Span] = {"span": NOWHERE}

# Among them words of the language that are names wherever only a name can stand.
WORDS = ("cto", "started_on", "x", "open", "recorded", "known", "one", "source", "owner", "more")
names = st.sampled_from(WORDS).map(lambda text: t.Name(text=text, **AT))
fields = st.sampled_from((*WORDS, "is", "no", "as_at", "within")).map(
    lambda text: t.Name(text=text, **AT)
)
texts = st.one_of(
    st.sampled_from(['a "b"', "\\", "\\\\", '\\"', r"\bmarac\b", "# no comment", "a, b", "- c"]),
    st.text('ab \\"#{é', max_size=12).map(lambda text: text.replace("{", "")),
)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
moments = st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0))
numbers = st.one_of(
    st.integers(0, 10**12).map(Decimal), st.decimals(0, 1000, places=9, allow_nan=False)
)
counts = st.integers(1, 20)
maybe = st.booleans()
durations = st.builds(Duration, st.integers(1, 999), st.sampled_from(Unit))
lengths = st.builds(t.DurationLiteral, value=durations, span=st.just(NOWHERE))


def build(node: type, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """A node of which the parts vary and the place is nowhere."""
    return st.builds(node, span=st.just(NOWHERE), **parts)


def or_none(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


def some(strategy: st.SearchStrategy[object], least: int = 1, most: int = 4):  # type: ignore[no-untyped-def]
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


paths = st.builds(
    lambda first, rest: t.Path(parts=(first, *rest), **AT), names, st.lists(fields, max_size=2)
)
literals = (
    build(t.TextLiteral, value=texts)
    | build(t.YesNo, value=maybe)
    | build(t.Number, value=numbers, percent=maybe)
    | build(t.DateLiteral, value=days)
    | build(t.DateTimeLiteral, value=moments)
    | lengths
)
allowances = lengths | build(t.Path, parts=some(names, 1, 1))
SIDES = st.sampled_from(("after", "before", "either side of"))


def grown(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Every sort of expression, made of others."""
    lit = some(literals, 1, 3)
    named = build(t.Path, parts=some(names, 1, 1)).map(lambda path: (path,))
    record = {"kind": names, "alias": or_none(names), "where": or_none(inner)}
    how = ("is", "is at least", "is at most", "is more than", "is less than")
    dates = ("on", "before", "after", "on or before", "on or after")
    lists = build(t.ListOf, how=st.sampled_from(("all", "any", "none")), items=some(inner))
    return st.one_of(
        build(t.Not, operand=inner),
        build(t.And, items=some(inner, 2)),
        build(t.Or, items=some(inner, 2)),
        lists | build(t.ListOf, how=st.just("at least"), items=some(inner), least=counts),
        build(t.Compare, how=st.sampled_from(how), left=inner, right=inner, negated=maybe),
        build(t.IsBetween, value=inner, low=inner, high=inner, negated=maybe),
        build(t.IsOneOf, value=inner, options=lit, negated=maybe),
        build(t.IsOneOf, value=inner, options=named, named=st.just(True), negated=maybe),
        build(t.DateCompare, how=st.sampled_from(dates), left=inner, right=inner, negated=maybe),
        build(
            t.IsWithin, event=inner, allowance=allowances, side=SIDES, anchor=inner, negated=maybe
        ),
        build(
            t.Presence,
            how=st.sampled_from(("recorded", "known", "open")),
            operand=inner,
            negated=maybe,
        ),
        build(t.TextTest, how=st.just("repeats"), left=inner, right=inner, negated=maybe),
        build(
            t.TextTest,
            how=st.sampled_from(("mentions", "matches")),
            left=inner,
            right=build(t.TextLiteral, value=texts),
            negated=maybe,
        ),
        build(t.ThereIs, none=st.just(True), **record),
        build(t.ThereIs, least=or_none(counts), **record),
        build(t.Every, has=inner, **record),
        build(t.Pick, which=st.sampled_from(("latest", "earliest")), **record),
        build(t.NumberOf, **record),
        build(
            t.Aggregate,
            how=st.sampled_from(("total", "highest", "lowest")),
            kind=names,
            field=fields,
            where=or_none(inner),
        ),
        build(t.WordsIn, text=inner),
        build(t.NewWords, text=inner, since=inner),
        build(t.NewWordsSinceAny, text=inner, kind=names, field=fields, where=or_none(inner)),
        build(t.Similarity, left=inner, right=inner),
        build(t.Arithmetic, sign=st.sampled_from("+-"), left=inner, right=inner),
        build(t.DaysFrom, start=inner, end=inner),
        build(t.AgeAt, birth=inner, at=inner),
        build(t.StartOf, unit=st.sampled_from(("month", "year")), date=inner),
        build(t.PeriodEnd, length=allowances, date=inner),
        build(t.PeriodStart, length=allowances, date=inner),
        build(t.ExtremeOf, which=st.sampled_from(("later", "earlier")), items=some(inner, 2)),
    )


expressions = st.recursive(paths | literals | st.just(t.AsAt(**AT)), grown, max_leaves=8)
listed = build(
    t.ListOf,
    how=st.sampled_from(("all", "any", "none")),
    items=some(expressions),
    itemised=st.just(True),
)
tails = listed | build(t.Not, operand=listed)
conditions = st.one_of(
    expressions,
    tails,
    st.builds(
        lambda joint, items, tail: joint(items=(*items, tail), **AT),
        st.sampled_from((t.And, t.Or)),
        some(expressions),
        tails,
    ),
)
ROLL = {"or_next_working_day": maybe}
windows = st.one_of(
    build(
        t.Within,
        allowance=allowances,
        side=SIDES,
        anchor=expressions,
        counting_that_day=maybe,
        **ROLL,
    ),
    build(t.Between, first=expressions, last=expressions, **ROLL),
    build(t.OnTheDayOf, anchor=expressions),
    build(t.NoLaterThan, anchor=expressions, strictly=maybe, **ROLL),
    build(
        t.AtLeastEvery, interval=allowances, anchor=expressions, while_=or_none(paths | expressions)
    ),
)
kinds = build(t.Path, parts=some(names, 1, 1))
dotted = st.builds(lambda first, rest: t.Path(parts=(first, rest), **AT), names, fields)
EVENT = {"window": or_none(windows), "where": or_none(conditions)}
duties = st.one_of(
    build(t.Have, what=kinds, least=or_none(counts), alias=or_none(names), **EVENT),
    build(t.Have, what=dotted, window=windows, where=or_none(conditions)),
    build(t.NotHave, what=kinds, alias=or_none(names), **EVENT),
    build(t.NotHave, what=dotted, **EVENT),
    build(t.Show, condition=conditions, window=or_none(windows)),
)


def joined(parts: list[object]) -> t.Template:
    """Texts that stand side by side are one; an empty one is none."""
    merged: list[object] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    # A sentence without braces is one text, even an empty one.
    return t.Template(parts=tuple(merged) or ("",), **AT)  # type: ignore[arg-type]


templates = st.lists(texts | expressions, max_size=3).map(joined)
companions = build(t.Companion, kind=names, alias=or_none(names), where=or_none(conditions))
choices = build(
    t.Choice, options=some(st.tuples(expressions, expressions), 1, 3), otherwise=expressions
)
severities = st.sampled_from(("critical", "high", "medium", "low")).map(
    lambda text: t.Name(text=text, **AT)
)
clauses = st.one_of(
    build(t.SeverityClause, level=severities),
    build(t.LearningPoint, number=counts),
    build(t.Tags, names=some(names)),
    build(t.Source, text=texts, quoting=or_none(texts)),
    build(t.Applies, first=days, last=or_none(days)),
    build(
        t.ForEach,
        kind=names,
        alias=or_none(names),
        where=or_none(conditions),
        previous=or_none(names),
        companion=or_none(companions),
    ),
    build(t.Let, name=names, value=conditions | choices),
    build(t.When, condition=conditions),
    build(t.CannotTellIf, condition=conditions, because=texts),
    build(t.Unless, condition=conditions, because=texts),
    build(t.DutyClause, force=st.sampled_from(("must", "should")), duty=duties),
    build(t.BlankMeansBreached, because=texts),
    build(t.SilenceMeansCannotTell, because=texts),
    build(t.Target, percent=st.decimals(0, 100, places=2, allow_nan=False)),
    build(t.Say, text=templates),
    build(t.FixClause, text=templates),
)
ids = st.sampled_from(("CTO-01", "DA-06A", "X")).map(lambda text: t.Name(text=text, **AT))
labels = st.sampled_from(("o1", "A-2", "x_3"))
label_paths = labels.map(lambda text: t.Path(parts=(t.Name(text=text, **AT),), **AT))
dated = build(t.DatedValue, value=literals, start=days)
values = st.builds(
    lambda first, rest: (t.DatedValue(value=first, span=NOWHERE), *rest), literals, st.lists(dated)
)
given_fields = build(t.GivenField, field=fields, value=literals | label_paths)
givens = st.one_of(
    build(
        t.Given,
        kind=names,
        fields=st.lists(given_fields, max_size=5).map(tuple),
        label=or_none(labels),
    ),
    build(t.Given, kind=names, fields=some(given_fields), count=counts),
    build(t.GivenSetting, name=names, values=some(literals, 1, 1)),
    build(t.GivenSetting, name=names, values=some(literals), listed=st.just(True)),
    build(t.GivenNoHistory, kind=names, before=days),
)
expects = build(
    t.Expect,
    verdict=or_none(st.sampled_from(Verdict)),
    rule=or_none(ids),
    label=or_none(labels | st.just("a+b") | st.just("a.ended_on")),
    deadline=or_none(days | moments),
)
items = st.one_of(
    build(t.Setting, name=names, values=values, why=or_none(texts)),
    build(t.Setting, name=names, options=some(literals), why=or_none(texts)),
    build(t.Define, kind=names, name=fields, value=conditions, previous=or_none(names)),
    build(
        t.Gather,
        name=names,
        sources=some(build(t.GatherSource, kind=names, field=fields, where=or_none(expressions))),
    ),
    build(t.RuleItem, id=ids, title=texts, clauses=st.lists(clauses, max_size=6).map(tuple)),
    build(
        t.Example,
        title=texts,
        as_at=days,
        rule=or_none(ids),
        known_by=or_none(days),
        givens=st.lists(givens, max_size=3).map(tuple),
        expects=some(expects),
    ),
)
headers = build(
    t.Header,
    title=texts,
    owner=or_none(texts),
    sources=st.lists(texts, max_size=2).map(tuple),
    review_by=or_none(days),
)


def ordered(file: t.PolicyFile) -> list[object]:
    """The items, the clauses of each rule in the order in which they are written."""
    return [
        t.RuleItem(id=item.id, title=item.title, clauses=in_order(item.clauses), span=item.span)
        if isinstance(item, t.RuleItem)
        else item
        for item in file.items
    ]


def written(file: t.PolicyFile) -> str:
    return format_file(file, NOWHERE.file)


@settings(max_examples=300, deadline=None)
@given(st.lists(items, min_size=1, max_size=3), or_none(headers))
def test_a_tree_that_is_written_down_reads_as_it_was(listed: list[object], header: object) -> None:
    everything = (*([header] if header else []), *listed)
    file = t.PolicyFile(file=None, items=everything)  # type: ignore[arg-type]
    text = written(file)
    again, notes = parse_file(SourceFile("tree.policy", text))
    assume(not any("nested" in note.message for note in notes))
    assert ordered(again) == ordered(file), f"{text}\n{notes}"
    assert format_source(SourceFile("tree.policy", text)).text == text
