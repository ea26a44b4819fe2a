"""Every clause, duty, window and item reaches the tree, as what it says."""

import pytest

from policyengine.syntax.tree import RuleItem
from tests.syntax_desk import clause, item, read

CLAUSES = {
    "severity critical": "SeverityClause(level=critical)",
    "learning point 4": "LearningPoint(number=4)",
    "tag carers, audit": "Tags(names=[carers, audit])",
    'source "Act"': "Source(text='Act')",
    'source "Act" quoting "as soon as"': "Source(text='Act', quoting='as soon as')",
    "applies from 2008-11-03": "Applies(first=2008-11-03)",
    "applies from 2008-11-03 until 2009-01-01": "Applies(first=2008-11-03, last=2009-01-01)",
    "for each cto": "ForEach(kind=cto)",
    "for each cto as o where open": "ForEach(kind=cto, alias=o, where=open)",
    "for each r where a with its previous as p": "ForEach(kind=r, where=a, previous=p)",
    "for each r as x with each k as y where y.a": (
        "ForEach(kind=r, alias=x, companion=Companion(kind=k, alias=y, where=y.a))"
    ),
    "for each r with its previous as p with each k": (
        "ForEach(kind=r, previous=p, companion=Companion(kind=k))"
    ),
    "let x be 48 hours": "Let(name=x, value=48 hours)",
    "let x be a and b": "Let(name=x, value=And(items=[a, b]))",
    "let x be 1 hour if a and b, w if c, otherwise 3 hours": (
        "Let(name=x, value=Choice(options=[[1 hour, And(items=[a, b])], [w, c]], "
        "otherwise=3 hours))"
    ),
    "when a": "When(condition=a)",
    "when any of\n - a\n - b": "When(condition=ListOf(how='any', items=[a, b], itemised=True))",
    'cannot tell if a because "b"': "CannotTellIf(condition=a, because='b')",
    'unless a because "b"': "Unless(condition=a, because='b')",
    'blank means breached because "b"': "BlankMeansBreached(because='b')",
    'silence means cannot tell because "b"': "SilenceMeansCannotTell(because='b')",
    "target at least 97.5 percent": "Target(percent=97.5)",
    # duties
    "must have a cto": "DutyClause(force='must', duty=Have(what=cto))",
    "should have an alert as f where f.a": (
        "DutyClause(force='should', duty=Have(what=alert, alias=f, where=f.a))"
    ),
    "must have at least 3 contact": "DutyClause(force='must', duty=Have(what=contact, least=3))",
    "must not have a cto": "DutyClause(force='must', duty=NotHave(what=cto))",
    "should not have cto where a": "DutyClause(force='should', duty=NotHave(what=cto, where=a))",
    "must show a": "DutyClause(force='must', duty=Show(condition=a))",
    "must show no later than t that a": (
        "DutyClause(force='must', duty=Show(condition=a, window=NoLaterThan(anchor=t)))"
    ),
    "must show within 1 month after t counting that day that all of\n- a": (
        "DutyClause(force='must', duty=Show(condition=ListOf(how='all', items=[a], itemised=True), "
        "window=Within(allowance=1 month, side='after', anchor=t, counting_that_day=True)))"
    ),
}
WINDOWS = {
    "within 7 days after r.t": "Within(allowance=7 days, side='after', anchor=r.t)",
    "within w before t": "Within(allowance=w, side='before', anchor=t)",
    "within w either side of t": "Within(allowance=w, side='either side of', anchor=t)",
    "within 1 month after t counting that day": (
        "Within(allowance=1 month, side='after', anchor=t, counting_that_day=True)"
    ),
    "within 1 day after t or the next working day": (
        "Within(allowance=1 day, side='after', anchor=t, or_next_working_day=True)"
    ),
    "between t - 14 days and t + w": (
        "Between(first=Arithmetic(sign='-', left=t, right=14 days), "
        "last=Arithmetic(sign='+', left=t, right=w))"
    ),
    "between t and u or the next working day": (
        "Between(first=t, last=u, or_next_working_day=True)"
    ),
    "on the day of t": "OnTheDayOf(anchor=t)",
    "no later than later of (t, u)": ("NoLaterThan(anchor=ExtremeOf(which='later', items=[t, u]))"),
    "no later than t or the next working day": "NoLaterThan(anchor=t, or_next_working_day=True)",
    "before 2026-01-01": "NoLaterThan(anchor=2026-01-01, strictly=True)",
    "at least every 6 months from t": "AtLeastEvery(interval=6 months, anchor=t)",
    "at least every w from t while cto.open": (
        "AtLeastEvery(interval=w, anchor=t, while_=cto.open)"
    ),
    "at least every w from t while (a is open)": (
        "AtLeastEvery(interval=w, anchor=t, while_=Presence(how='open', operand=a))"
    ),
    "no later than end of 1 month beginning with t": (
        "NoLaterThan(anchor=PeriodEnd(length=1 month, date=t))"
    ),
    "within 1 day after start of month of as_at": (
        "Within(allowance=1 day, side='after', anchor=StartOf(unit='month', date=AsAt()))"
    ),
}
ITEMS = {
    'setting w is 7 days "why"': "Setting(name=w, values=[DatedValue(value=7 days)], why='why')",
    "setting w is 6 months, 3 months from 2026-04-01": (
        "Setting(name=w, values=[DatedValue(value=6 months), "
        "DatedValue(value=3 months, start=2026-04-01)])"
    ),
    'setting w is one of ("x", "y") "why"': "Setting(name=w, options=['x', 'y'], why='why')",
    'setting w is "text" "why"': "Setting(name=w, values=[DatedValue(value='text')], why='why')",
    "define cto.on as a is open": (
        "Define(kind=cto, name=on, value=Presence(how='open', operand=a))"
    ),
    "define r.real with its previous as p as p.a": (
        "Define(kind=r, name=real, value=p.a, previous=p)"
    ),
    "gather g from a by t, b by u where (c)": (
        "Gather(name=g, sources=[GatherSource(kind=a, field=t), "
        "GatherSource(kind=b, field=u, where=c)])"
    ),
}


@pytest.mark.parametrize("text", CLAUSES)
def test_clause(text: str) -> None:
    assert clause(text) == CLAUSES[text]


@pytest.mark.parametrize("text", WINDOWS)
def test_window(text: str) -> None:
    """Alone, and with a `where` after it, which is the duty's."""
    duty = f"duty=Have(what=k, window={WINDOWS[text]}"
    assert clause(f"must have k {text}") == f"DutyClause(force='must', {duty}))"
    assert clause(f"must have k {text} where a") == f"DutyClause(force='must', {duty}, where=a))"


@pytest.mark.parametrize("text", ITEMS)
def test_item(text: str) -> None:
    assert item(text) == ITEMS[text]


def test_a_field_is_the_event() -> None:
    shape = clause("must have cto.ended_on within 7 days after cto.t")
    assert "Have(what=cto.ended_on, window=Within(" in shape


def test_the_whole_header() -> None:
    tree = read('policy "P" owner "O" source "A" source "B" review by 2027-04-01')
    (header,) = tree.items
    assert (header.title, header.owner, header.sources) == ("P", "O", ("A", "B"))  # type: ignore[attr-defined]
    assert str(header.review_by) == "2027-04-01"  # type: ignore[attr-defined]


def test_clauses_stand_in_any_order() -> None:
    lines = [
        "severity high",
        "learning point 1",
        "tag a",
        'source "s"',
        "applies from 2020-01-01",
        "for each cto",
        "let x be 1",
        "when a",
        'cannot tell if a because "b"',
        'unless a because "b"',
        "must show a",
        'blank means breached because "b"',
        'silence means cannot tell because "b"',
        "target at least 1 percent",
        'say "s"',
        'fix "f"',
    ]
    for turn in range(len(lines)):
        turned = lines[turn:] + lines[:turn]
        rule = read('policy "P" rule R-1 "t" ' + "\n".join(turned)).items[1]
        assert isinstance(rule, RuleItem) and len(rule.clauses) == len(lines)


EXAMPLES = {
    "given cto o1: a 2026-01-01, b yes": (
        "Given(kind=cto, fields=[GivenField(field=a, value=2026-01-01), "
        "GivenField(field=b, value=True)], label='o1')"
    ),
    "given cto": "Given(kind=cto)",
    "given 13 cto: a 1": "Given(kind=cto, fields=[GivenField(field=a, value=1)], count=13)",
    'given case: team "x"': "Given(kind=case, fields=[GivenField(field=team, value='x')])",
    "given r: order o1, number 2, given yes": (
        "Given(kind=r, fields=[GivenField(field=order, value=o1), "
        "GivenField(field=number, value=2), GivenField(field=given, value=True)])"
    ),
    "given r: t 2026-01-01T14:30": (
        "Given(kind=r, fields=[GivenField(field=t, value=2026-01-01 14:30:00)])"
    ),
    "given setting w is 7 days": "GivenSetting(name=w, values=[7 days])",
    'given setting w is one of ("x", "y")': (
        "GivenSetting(name=w, values=['x', 'y'], listed=True)"
    ),
    "given no history of cto before 2026-01-01": "GivenNoHistory(kind=cto, before=2026-01-01)",
}
EXPECTS = {
    "expect met": "Expect(verdict=Verdict.MET)",
    "expect met late": "Expect(verdict=Verdict.MET_LATE)",
    "expect breached": "Expect(verdict=Verdict.BREACHED)",
    "expect not yet due": "Expect(verdict=Verdict.NOT_YET_DUE)",
    "expect exempt": "Expect(verdict=Verdict.EXEMPT)",
    "expect not applicable": "Expect(verdict=Verdict.NOT_APPLICABLE)",
    "expect cannot tell": "Expect(verdict=Verdict.CANNOT_TELL)",
    "expect no finding for o1": "Expect(verdict=None, label='o1')",
    "expect DA-06A met for a+b": "Expect(verdict=Verdict.MET, rule=DA-06A, label='a+b')",
    "expect met for a.ended_on, deadline 2026-01-08": (
        "Expect(verdict=Verdict.MET, label='a.ended_on', deadline=2026-01-08)"
    ),
    "expect met for cto-2": "Expect(verdict=Verdict.MET, label='cto-2')",
    "expect met, deadline 2026-01-08T09:00": (
        "Expect(verdict=Verdict.MET, deadline=2026-01-08 09:00:00)"
    ),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_given(text: str) -> None:
    shape = item(f'example "e" for R-01 as at 2026-02-01\n {text}\n expect met')
    assert f"givens=[{EXAMPLES[text]}]" in shape


@pytest.mark.parametrize("text", EXPECTS)
def test_expect(text: str) -> None:
    shape = item(f'example "e" as at 2026-02-01 known by 2026-03-01\n {text}')
    assert f"known_by=2026-03-01, expects=[{EXPECTS[text]}]" in shape


SAYS = {
    '"plain"': "['plain']",
    '"by {deadline}."': "['by ', deadline, '.']",
    '"{cto.started_on}{deadline}"': "[cto.started_on, deadline]",
    r'"\"quoted\" {a is \"x\"} \\"': (
        "['\"quoted\" ', Compare(how='is', left=a, right='x'), ' \\\\']"
    ),
    '"one\n two {number of\n cto} three"': "['one two ', NumberOf(kind=cto), ' three']",
    r'"{a mentions \"}\"}"': "[TextTest(how='mentions', left=a, right='}')]",
    '"a  {deadline}  b"': "['a  ', deadline, '  b']",
}


@pytest.mark.parametrize("text", SAYS)
def test_sentence(text: str) -> None:
    assert clause(f"say {text}") == f"Say(text=Template(parts={SAYS[text]}))"
    assert clause(f"fix {text}") == f"FixClause(text=Template(parts={SAYS[text]}))"


def test_expressions_in_a_sentence_know_their_place() -> None:
    text = 'policy "P" rule R-1 "t"\n  say "A \\"quote\\",\n   then {cto.on is \\"x\\"}."'
    (say,) = read(text).items[1].clauses  # type: ignore[attr-defined]
    made = say.text.parts[1]
    assert made.span.text == 'cto.on is \\"x\\"'
    assert (made.span.line, made.span.column) == (3, 10)
    assert made.left.parts[1].span.text == "on"
    assert made.right.span.text == '\\"x\\"'
