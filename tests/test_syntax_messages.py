"""Slips that authors make, and what they are told: the code, the place, the mend."""

import pytest

from policyengine.diagnostics.text import render
from tests.syntax_desk import RULE, faults_of
from tests.test_syntax_rejected import LEAKS

HAVE = "for each cto must have a talk "
# What is written in a rule: the code, the words that are pointed at, a part of what is offered.
IN_A_RULE: list[tuple[str, str, str, str]] = [
    # misspelt
    ("severty high", "SYN002", "severty", "`severity`"),
    ("severity hihg", "SYN002", "hihg", "`high`"),
    ("learning pont 1", "SYN002", "pont", "`point`"),
    ("When a", "SYN002", "When", "`when`"),
    ("when a AND b", "SYN002", "AND", "`and`"),
    ("applies from 2020-01-01 untill 2021-01-01", "SYN002", "untill", "`until`"),
    (HAVE + "withn 7 days after cto.t", "SYN002", "withn", "`within`"),
    ("when a is atleast 3", "SYN002", "atleast", "`at least`"),
    ("when a is betwen 3 and 4", "SYN002", "betwen", "`between`"),
    ("when a is befor b", "SYN002", "befor", "`before`"),
    ('unless a becuase "b"', "SYN002", "becuase", "`because`"),
    # said in another way
    ("for every cto", "SYN019", "every", "`each`"),
    ("if a", "SYN019", "if", "`when`"),
    ("shall show a", "SYN019", "shall", "`must`"),
    ("ought to show a", "SYN019", "ought to", "`should`"),
    ("except when a", "SYN019", "except when", "`unless`"),
    (HAVE + "with in 7 days after cto.t", "SYN019", "with in", "`within`"),
    (HAVE + "no later then cto.t", "SYN019", "then", "`than`"),
    (HAVE + "every 6 months from cto.t", "SYN019", "every", "`at least every`"),
    (HAVE + "is within 7 days after cto.t", "SYN019", "is", "no `is`"),
    (HAVE + "by cto.t", "SYN019", "by", "`no later than`"),
    ("when a on b", "SYN019", "on", "`is on`"),
    ("when a before b", "SYN019", "before", "`is before`"),
    ("when a at least 3", "SYN019", "at least", "`is at least`"),
    ("when a not is 3", "SYN019", "not is", "`is not`"),
    ("when a not recorded", "SYN019", "not recorded", "`is not recorded`"),
    ("when a is none", "SYN019", "none", "`not recorded`"),
    ("when a is greater than 3", "SYN019", "greater than", "`more than`"),
    ("when a is fewer than 3", "SYN019", "fewer than", "`less than`"),
    ("when a is no more than 3", "SYN019", "no more than", "`at most`"),
    ("when a is later than b", "SYN019", "later than", "`after`"),
    ("when a is prior to b", "SYN019", "prior to", "`before`"),
    ("when a is equal to 3", "SYN019", "equal to", "leave"),
    ('when a is in ("x", "y")', "SYN019", "in", "`one of`"),
    ('when a is ("x", "y")', "SYN019", "(", "`is one of"),
    ("when a equals 3", "SYN019", "equals", "`is`"),
    ('when a contains "x"', "SYN019", "contains", "`mentions`"),
    ('when a doesn\'t mention "x"', "SYN019", "doesn't", "`does not`"),
    ("when a then", "SYN019", "then", "leave it out"),
    ("must not show a", "SYN019", "not show", "`show not`"),
    ("must have not a cto", "SYN019", "have not", "`not have`"),
    ("must be a", "SYN019", "be", "`show`"),
    ("let x = 3", "SYN019", "=", "`be`"),
    ("let x be 1 hour if a else 2 hours", "SYN019", "else", "otherwise"),
    # dates, durations, numbers
    ("applies from 01/02/2024", "SYN010", "01/02/2024", "`2024-02-01`"),
    ("applies from 2026-4-1", "SYN010", "2026-4-1", "`2026-04-01`"),
    ("applies from 1 April 2026", "SYN010", "1", "`2026-04-01`"),
    ("when a is on 1 April 2026", "SYN010", "April", "`2026-04-01`"),
    ("when a is on 01.02.2024", "SYN010", "01.02.2024", "`2024-02-01`"),
    ("applies from 2026-04-01T10:00", "SYN010", "2026-04-01T10:00", "`2026-04-01`"),
    ("when a is on 2026-04-01 14:30", "SYN010", "14:30", "`2026-04-01T14:30`"),
    ("applies from 2026-02-31", "SYN011", "2026-02-31", "year-month-day"),
    ("when a is on 2026-13-01", "SYN011", "2026-13-01", "year-month-day"),
    ("when a is on 2026-01-01T24:30", "SYN011", "2026-01-01T24:30", ""),
    (HAVE + "within 7 after cto.t", "SYN012", "7", "`7 days`"),
    (HAVE + "within 7days after cto.t", "SYN012", "7days", "`7 days`"),
    (HAVE + "within 72h after cto.t", "SYN012", "72h", "`72 hours`"),
    (HAVE + "within 7 dayz after cto.t", "SYN012", "dayz", "`days`"),
    (HAVE + "within 5 business days after cto.t", "SYN012", "business", "`working days`"),
    (HAVE + "within 5 working hours after cto.t", "SYN012", "hours", "`days`"),
    (HAVE + "within 0 days after cto.t", "SYN013", "0 days", "on the day of"),
    (HAVE + "within 1.5 days after cto.t", "SYN013", "1.5 days", "hours"),
    (HAVE + "within seven days after cto.t", "SYN014", "seven", "`7`"),
    (HAVE + "within a month after cto.t", "SYN014", "a", "`1`"),
    ("learning point one", "SYN014", "one", "`1`"),
    ("target at least 95%", "SYN015", "%", "`percent`"),
    ("target at least 95", "SYN021", "", "`95 percent`"),
    ("target at least 101 percent", "SYN033", "101", ""),
    ("learning point 0", "SYN033", "0", ""),
    ("must have at least 0 cto", "SYN033", "0", ""),
    ("when at least 0 of (a)", "SYN033", "0", ""),
    # signs and quotes
    ("when a == 3", "SYN015", "==", "`is`"),
    ("when a && b", "SYN015", "&&", "`and`"),
    ("when a || b", "SYN015", "||", "`or`"),
    ("when a =< 3", "SYN015", "=<", "`<=`"),
    ("when !a", "SYN015", "!", "`not`"),
    ("when a * 2 is 3", "SYN015", "*", "no multiplication"),
    ("when a;", "SYN015", ";", "nothing is needed"),
    ("when a – b is 3", "SYN015", "–", "`-`"),
    ("source “MHA”", "SYN016", "“", "smart quotes"),
    ("source 'MHA'", "SYN016", "'", "straight"),
    ("when a\u00a0is 3", "SYN024", "\u00a0", "blank"),
    ("source MHA 1983", "SYN038", "MHA 1983", 'source "..."'),
    # brackets
    ("when there is a cto where ended_on is open", "SYN005", "ended_on", "`where (...)`"),
    ("when number of cto where a is 3", "SYN005", "a", "`where (...)`"),
    ("when every cto has ended_on is open", "SYN005", "ended_on", "`has (...)`"),
    (HAVE + "at least every 1 day from cto.t while cto.a is open", "SYN005", "is", "`while (...)`"),
    ("when (a and b", "SYN006", "(", "`)`"),
    ("when a)", "SYN006", ")", "leave it out"),
    ("when a and b or c", "SYN004", "or", "brackets"),
    ("when a or b and c", "SYN004", "and", "brackets"),
    # names
    ("when Cto.a", "SYN008", "Cto", "`cto`"),
    ("when cto.StartedOn is open", "SYN008", ".StartedOn", "`.started_on`"),
    ("for each rights-discussion", "SYN008", "rights-discussion", "`rights_discussion`"),
    ("when cto. a", "SYN008", ".", "one word"),
    ("for each cto as end", "SYN007", "end", "another name"),
    ("for each cto where number is 3", "SYN007", "number", "`this.number`"),
    ("when age is 3", "SYN007", "age", "`this.age`"),
    # missing
    ("when", "SYN021", "", ""),
    ("when a and", "SYN021", "", ""),
    ("when a and\n must show b", "SYN021", "", "after `and`"),
    ("when a is\n severity high", "SYN021", "", "after `is`"),
    ('for each\n source "x"', "SYN021", "", "after `each`"),
    ('let x be\n say "x"', "SYN021", "", "after `be`"),
    ("when a is and b", "SYN021", "and", ""),
    ("when there is cto", "SYN021", "cto", "`there is a cto`"),
    (HAVE + "after cto.t", "SYN021", "after", "`within 7 days after"),
    ("let x be 1 hour if a\n must show b", "SYN021", "must", ""),
    ("unless a\n must show b", "SYN018", "", "because"),
    ('unless a "b"', "SYN018", '"', "because"),
    ("blank means breached", "SYN018", "", "because"),
    ("must", "SYN029", "", "`have`"),
    # order, lists
    (HAVE + "where a within 7 days after cto.t", "SYN027", "within", "window"),
    ("for each cto with its previous as p where a", "SYN027", "where", ""),
    ("for each cto where a as b", "SYN027", "as", ""),
    ("when a is b is c", "SYN028", "is", "`and`"),
    ("when all of (a b)", "SYN026", "b", ""),
    ("tag a b", "SYN026", "b", ""),
    ("tag a,\n severity high", "SYN026", ",", ""),
    ("when all of (\n - a\n - b)", "SYN017", "-", "brackets"),
    ("when any\n - a", "SYN017", "-", "`any of`"),
    ("when later of (a) is open", "SYN037", "later of (a)", ""),
    ("when a mentions b", "SYN039", "b", "mentions"),
    # duties
    ("must have cto.t", "SYN034", "cto.t", "window"),
    ("must have a cto.t within 1 day after cto.u", "SYN034", "a", "leave `a` out"),
    ("must have cto.t as x within 1 day after cto.u", "SYN034", "as x", ""),
    # sentences
    ('say "by {deadline"', "SYN025", "{", "`}`"),
    ('say "by deadline}"', "SYN025", "}", ""),
    ('say "by { }"', "SYN025", "{ }", "deadline"),
    ('say "by {a {b}}"', "SYN025", "{", ""),
    ('say "by {a is}"', "SYN021", "", ""),
    ('say "by {a == b}"', "SYN015", "==", ""),
    # somewhere else
    ("given cto: a 1", "SYN035", "given", "example"),
    ('owner "x"', "SYN035", "owner", "policy"),
    ("when latest cto.a", "SYN001", ".a", "`last.a`"),
    ("for each cto yesterday", "SYN001", "yesterday", ""),
]
EXAMPLE = 'example "e" for R-01 as at 2026-01-01\n '
AT_TOP: list[tuple[str, str, str, str]] = [
    ('rul R-2 "t"', "SYN002", "rul", "`rule`"),
    ('Rule R-2 "t"', "SYN002", "Rule", "`rule`"),
    ('rule cto-01 "t"', "SYN009", "cto-01", "`CTO-01`"),
    ('rule CTO 01 "t"', "SYN009", "CTO 01", "`CTO-01`"),
    ('rule CTO_01 "t"', "SYN009", "CTO_01", "`CTO-01`"),
    ('rule "t"', "SYN009", '"', "CTO-01"),
    ("rule R-2\n severity high", "SYN021", "severity", ""),
    ("severity high", "SYN035", "severity", "rule"),
    ("setting x is seven days", "SYN014", "seven", "`7`"),
    ("setting x is 7 days, 5 days", "SYN036", "5 days", "from"),
    ("setting x = 7 days", "SYN019", "=", "`is`"),
    ("setting x is true", "SYN019", "true", "`yes`"),
    ('setting x is ("a", "b")', "SYN019", "(", "one of"),
    ('setting x is one of ("a" "b")', "SYN026", '"', ""),
    ("setting X is 7 days", "SYN008", "X", "`x`"),
    ("setting number is 3", "SYN007", "number", ""),
    ("define a as b", "SYN021", "a", "`define KIND.a as ...`"),
    ("define k.a is b", "SYN019", "is", "`as`"),
    ("gather g from k", "SYN021", "", "`k by`"),
    ("gather g from a by t b by u", "SYN026", "b", ""),
    ('gather g from a by t,\nrule R-2 "t"', "SYN026", ",", ""),
    ('policy "Q"', "SYN030", "policy", ""),
    (EXAMPLE, "SYN032", 'example "e"', "expect"),
    (EXAMPLE + "expect met given cto: a 1", "SYN032", "given cto: a 1", "move it up"),
    (EXAMPLE + "given cto: a 1,\n expect met", "SYN026", ",", ""),
    (EXAMPLE + "given cto: a 1,\n given cto: a 2\n expect met", "SYN026", ",", ""),
    (EXAMPLE + "given cto: a 1 b 2\n expect met", "SYN026", "b", ""),
    (EXAMPLE + "given cto a 1\n expect met", "SYN021", "1", "KIND"),
    (EXAMPLE + "given cto: a not known\n expect met", "SYN038", "known", '"not known"'),
    (EXAMPLE + "given 3 cto c: a 1\n expect met", "SYN037", "c", ""),
    (EXAMPLE + "expect fail", "SYN019", "fail", "`breached`"),
    (EXAMPLE + "expect met_late", "SYN019", "met_late", "`met late`"),
    (EXAMPLE + "expect breeched", "SYN002", "breeched", "`breached`"),
    (EXAMPLE + "expect not yet", "SYN021", "", "due"),
    ('example "e" as of 2026-01-01 expect met', "SYN019", "of", "`at`"),
    ('example "e" for R-01 expect met', "SYN021", "expect", "as at"),
    ('example "e" for r-01 as at 2026-01-01 expect met', "SYN009", "r-01", "`R-01`"),
    ("hello", "SYN001", "hello", "`rule`"),
]
WRONG = [(RULE + "  " + text, *rest) for text, *rest in IN_A_RULE]
WRONG += [('policy "P"\n' + text, *rest) for text, *rest in AT_TOP]


@pytest.mark.parametrize(("text", "code", "at", "offer"), WRONG, ids=lambda part: part[-60:])
def test_what_is_told(text: str, code: str, at: str, offer: str) -> None:
    faults = faults_of(text)
    assert [fault.code for fault in faults[:1]] == [code]
    fault = faults[0]
    assert fault.span is not None and fault.span.text == at
    said = "\n".join((fault.message, fault.found, *fault.hints))
    assert offer in said
    assert not LEAKS.search(said)
    assert render(fault)


@pytest.mark.parametrize(("text", "code", "at", "offer"), WRONG, ids=lambda part: part[-60:])
def test_a_mistake_is_told_once(text: str, code: str, at: str, offer: str) -> None:
    assert len(faults_of(text)) == 1


@pytest.mark.parametrize(("text", "code", "at", "offer"), WRONG, ids=lambda part: part[-60:])
def test_a_mend_mends(text: str, code: str, at: str, offer: str) -> None:
    """What is offered as a fix takes this fault away and brings none at the same place."""
    fault = faults_of(text)[0]
    if fault.fix is None:
        return
    span = fault.fix.span
    after = faults_of(text[: span.start] + fault.fix.replacement + text[span.end :])
    assert [other for other in after if other.span and other.span.start == span.start] == []


def test_several_mistakes_give_several_messages() -> None:
    page = """\
policy "P"
setting x is seven days
rule R-01 "t"
  severty high
  for each cto
  when a == 3
  must have a talk with in 7 days after cto.t
  say "By {deadline"
rule r-02 "t"
  for every cto
setting y is 5
define cto.x is y
rule R-03 "t"
  must show a and b or c
  unless d
example "e" as at 2026-01-01
  expect fail
"""
    told = [(fault.code, fault.span.line if fault.span else 0) for fault in faults_of(page)]
    assert told == [
        ("SYN014", 2),
        ("SYN002", 4),
        ("SYN015", 6),
        ("SYN019", 7),
        ("SYN025", 8),
        ("SYN009", 9),
        ("SYN019", 10),
        ("SYN019", 12),
        ("SYN004", 14),
        ("SYN018", 15),
        ("SYN019", 17),
    ]


def test_what_is_right_is_kept_beside_what_is_wrong() -> None:
    from policyengine.source import SourceFile
    from policyengine.syntax import parse_file

    page = 'policy "P"\nsetting a is 1\nsetting b is\nsetting c is 3\nrule R-01 "t" must show a\n'
    tree, faults = parse_file(SourceFile("t.policy", page))
    assert len(faults) == 1
    assert [type(item).__name__ for item in tree.items] == [
        "Header",
        "Setting",
        "Setting",
        "RuleItem",
    ]


def test_a_quote_that_is_lost_swallows_no_more_than_its_clause() -> None:
    page = (
        RULE
        + """\
  say "Nothing is recorded.
  fix "Record it."
  for each cto
  must show a ==  3
rule R-02 "u"
  must show a &&  b
"""
    )
    told = [(fault.code, fault.span.line if fault.span else 0) for fault in faults_of(page)]
    assert told == [("SYN003", 3), ("SYN015", 6), ("SYN015", 8)]


def test_a_message_shows_where_and_why() -> None:
    page = RULE + "  for each cto\n  when there is a talk where spoken\n  must show a\n"
    (fault,) = faults_of(page)
    assert render(fault) == (
        "t.policy:4:30: error SYN005: a `where` within an expression stands in brackets\n"
        "    4 |   when there is a talk where spoken\n"
        "      |                              ^^^^^^ no bracket opens here\n"
        "      |                        ----- this needs brackets round its condition\n"
        "      |        ----- the brackets show where this ends\n"
        "      = write `where (...)`; only the `where` of a duty or of `for each` has none"
    )
