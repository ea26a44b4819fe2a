"""Every operator of an expression reaches the tree, as what it says."""

import pytest

from tests.syntax_desk import expression

CASES = {
    # literals and names
    '"understood"': "'understood'",
    "yes": "True",
    "no": "False",
    "42": "42",
    "9.5": "9.5",
    "95 percent": "95%",
    "2026-04-01": "2026-04-01",
    "2026-04-01T14:30": "2026-04-01 14:30:00",
    "rights_window": "rights_window",
    "plan_review.plan.made_on": "plan_review.plan.made_on",
    "as_at": "AsAt()",
    # logic
    "not a": "Not(operand=a)",
    "not not a": "Not(operand=Not(operand=a))",
    "a and b and c": "And(items=[a, b, c])",
    "a or b or c": "Or(items=[a, b, c])",
    "a and (b or c)": "And(items=[a, Or(items=[b, c])])",
    "(a and b) or not c": "Or(items=[And(items=[a, b]), Not(operand=c)])",
    "not a and b": "And(items=[Not(operand=a), b])",
    "not (a and b)": "Not(operand=And(items=[a, b]))",
    "not a is b": "Not(operand=Compare(how='is', left=a, right=b))",
    "all of (a, b)": "ListOf(how='all', items=[a, b])",
    "any of (a and b, c)": "ListOf(how='any', items=[And(items=[a, b]), c])",
    "none of (a)": "ListOf(how='none', items=[a])",
    "at least 2 of (a, b, c)": "ListOf(how='at least', items=[a, b, c], least=2)",
    "all of\n  - a\n  - b or c": "ListOf(how='all', items=[a, Or(items=[b, c])], itemised=True)",
    "at least 1 of\n- a\n- b": "ListOf(how='at least', items=[a, b], least=1, itemised=True)",
    "a and any of\n- b\n- c": "And(items=[a, ListOf(how='any', items=[b, c], itemised=True)])",
    "a or b or not none of\n- c": (
        "Or(items=[a, b, Not(operand=ListOf(how='none', items=[c], itemised=True))])"
    ),
    # comparisons
    "a is b": "Compare(how='is', left=a, right=b)",
    "a is not b": "Compare(how='is', left=a, right=b, negated=True)",
    "a = b": "Compare(how='is', left=a, right=b)",
    "a != b": "Compare(how='is', left=a, right=b, negated=True)",
    "a is at least 3": "Compare(how='is at least', left=a, right=3)",
    "a >= 3": "Compare(how='is at least', left=a, right=3)",
    "a is at most 3": "Compare(how='is at most', left=a, right=3)",
    "a <= 3": "Compare(how='is at most', left=a, right=3)",
    "a is more than 3": "Compare(how='is more than', left=a, right=3)",
    "a > 3": "Compare(how='is more than', left=a, right=3)",
    "a is less than 3": "Compare(how='is less than', left=a, right=3)",
    "a < 3": "Compare(how='is less than', left=a, right=3)",
    "a is not less than 3": "Compare(how='is less than', left=a, right=3, negated=True)",
    "a is between 1 and 3": "IsBetween(value=a, low=1, high=3)",
    "a is not between b - 1 and b + 1": (
        "IsBetween(value=a, low=Arithmetic(sign='-', left=b, right=1), "
        "high=Arithmetic(sign='+', left=b, right=1), negated=True)"
    ),
    "a is between 1 and 3 and b": "And(items=[IsBetween(value=a, low=1, high=3), b])",
    'a is one of ("x", "y")': "IsOneOf(value=a, options=['x', 'y'])",
    'a is not one of ("x")': "IsOneOf(value=a, options=['x'], negated=True)",
    "a is one of reasons": "IsOneOf(value=a, options=[reasons], named=True)",
    # dates
    "a is on b": "DateCompare(how='on', left=a, right=b)",
    "a is before b": "DateCompare(how='before', left=a, right=b)",
    "a is after b": "DateCompare(how='after', left=a, right=b)",
    "a is on or before b": "DateCompare(how='on or before', left=a, right=b)",
    "a is on or after b": "DateCompare(how='on or after', left=a, right=b)",
    "a is not on or after b": "DateCompare(how='on or after', left=a, right=b, negated=True)",
    "a is within 7 days after b": "IsWithin(event=a, allowance=7 days, side='after', anchor=b)",
    "a is within w before b": "IsWithin(event=a, allowance=w, side='before', anchor=b)",
    "a is not within 1 day either side of b": (
        "IsWithin(event=a, allowance=1 day, side='either side of', anchor=b, negated=True)"
    ),
    # presence
    "a is recorded": "Presence(how='recorded', operand=a)",
    "a is known": "Presence(how='known', operand=a)",
    "a is open": "Presence(how='open', operand=a)",
    "a is not recorded": "Presence(how='recorded', operand=a, negated=True)",
    # text
    'a mentions "x"': "TextTest(how='mentions', left=a, right='x')",
    'a matches "x"': "TextTest(how='matches', left=a, right='x')",
    "a repeats b": "TextTest(how='repeats', left=a, right=b)",
    'a does not mention "x"': "TextTest(how='mentions', left=a, right='x', negated=True)",
    'a does not match "x"': "TextTest(how='matches', left=a, right='x', negated=True)",
    "a does not repeat b": "TextTest(how='repeats', left=a, right=b, negated=True)",
    # records
    "there is a cto": "ThereIs(kind=cto)",
    "there is an alert as flag": "ThereIs(kind=alert, alias=flag)",
    "there is no cto where (a)": "ThereIs(kind=cto, none=True, where=a)",
    "there is at least 2 cto": "ThereIs(kind=cto, least=2)",
    "every cto as x where (a) has (b)": "Every(kind=cto, has=b, alias=x, where=a)",
    "every cto has (b)": "Every(kind=cto, has=b)",
    "latest cto as x where (a)": "Pick(which='latest', kind=cto, alias=x, where=a)",
    "earliest cto": "Pick(which='earliest', kind=cto)",
    # numbers
    "number of cto": "NumberOf(kind=cto)",
    "number of cto as x where (x.a) is 3": (
        "Compare(how='is', left=NumberOf(kind=cto, alias=x, where=x.a), right=3)"
    ),
    "total of dash.score": "Aggregate(how='total', kind=dash, field=score)",
    "highest of dash.score where (a)": "Aggregate(how='highest', kind=dash, field=score, where=a)",
    "lowest of dash.score": "Aggregate(how='lowest', kind=dash, field=score)",
    "number of words in a": "WordsIn(text=a)",
    "number of new words in a since b": "NewWords(text=a, since=b)",
    "number of new words in a since any k.t": "NewWordsSinceAny(text=a, kind=k, field=t)",
    "number of new words in a since any k.t where (c)": (
        "NewWordsSinceAny(text=a, kind=k, field=t, where=c)"
    ),
    "similarity of a to b": "Similarity(left=a, right=b)",
    "a + b - c": ("Arithmetic(sign='-', left=Arithmetic(sign='+', left=a, right=b), right=c)"),
    "a - (b - c)": "Arithmetic(sign='-', left=a, right=Arithmetic(sign='-', left=b, right=c))",
    "number of words in a + 1": "Arithmetic(sign='+', left=WordsIn(text=a), right=1)",
    # dates as values
    "a - 12 months": "Arithmetic(sign='-', left=a, right=12 months)",
    "days from a to b": "DaysFrom(start=a, end=b)",
    "age of a at as_at": "AgeAt(birth=a, at=AsAt())",
    "start of month of a": "StartOf(unit='month', date=a)",
    "start of year of a": "StartOf(unit='year', date=a)",
    "end of 1 month beginning with a": "PeriodEnd(length=1 month, date=a)",
    "start of w ending on a": "PeriodStart(length=w, date=a)",
    "later of (a, b)": "ExtremeOf(which='later', items=[a, b])",
    "earlier of (a, b + 1 day, c)": (
        "ExtremeOf(which='earlier', items=[a, Arithmetic(sign='+', left=b, right=1 day), c])"
    ),
    "start of month of later of (a, b)": (
        "StartOf(unit='month', date=ExtremeOf(which='later', items=[a, b]))"
    ),
    "days from start of year of a to b": ("DaysFrom(start=StartOf(unit='year', date=a), end=b)"),
    # durations
    "30 minutes": "30 minutes",
    "1 minute": "1 minute",
    "72 hours": "72 hours",
    "2 weeks": "2 weeks",
    "1 year": "1 year",
    "5 working days": "5 working days",
    "1 working day": "1 working day",
}


@pytest.mark.parametrize("text", CASES)
def test_shape(text: str) -> None:
    assert expression(text) == CASES[text]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a \"word\" here"', 'a "word" here'),
        (r'"a\\b"', r"a\b"),
        (r'"\d+\."', r"\d+\."),
        (r'"ends in \\"', "ends in \\"),
        ('"one\n   two"', "one two"),
        ('"one  \n\n\t two"', "one two"),
        ('"one  two"', "one  two"),
        ('"# no comment"', "# no comment"),
        ('""', ""),
    ],
)
def test_text(text: str, value: str) -> None:
    assert expression(text) == repr(value)
