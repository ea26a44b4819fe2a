"""Layout does not change meaning; items and comments are what depends on lines."""

import random
import re

import pytest

from tests.syntax_desk import expression, faults_of, read

PAGE = """\
policy "Community treatment orders"
  owner "Mental Health Legislation Committee"
  source "Mental Health Act 1983, sections 17A to 17G"
  review by 2027-04-01

setting rights_window is 7 days
  "A local number: the Act sets none."
setting repeat is 6 months, 3 months from 2026-04-01
setting reasons is one of ("one", "two")

define cto.in_force as started_on is on or before as_at and ended_on is after as_at
gather change from hospital_stay by admitted_at, cto by started_on where (not void)

rule CTO-01 "Rights are explained when an order starts"
  severity critical
  learning point 1
  for each cto as order where order.kind is one of reasons with its previous as before
  let due be 48 hours if order.urgent, otherwise rights_window
  unless order.ended_on is within due after order.started_on because "it ended"
  must have a rights_discussion within due after order.started_on or the next working day
    where explained and (spoken or in_writing) and number of words in notes is at least 5
  target at least 100 percent
  say "No explanation is recorded for {order.started_on}; it was due by {deadline}."

example "on the last day" for CTO-01 as at 2026-02-01 known by 2026-03-01
  given cto o1: started_on 2026-01-01, kind "one"
  given rights_discussion: date 2026-01-08T10:00, spoken yes
  expect met for o1, deadline 2026-01-08
"""
TOKENS = re.findall(r'"[^"]*"|\w[\w.]*(?:-[\w:]+)*|[^\w\s"]', PAGE)


def laid_out(seed: int) -> str:
    dice = random.Random(seed)
    gaps = [" ", "  ", "\n", "\n\n    ", "\t", " \r\n ", ' # a remark, with "quotes" (\n']
    out = ""
    for token in TOKENS:
        joined = token in ",:)" or out.endswith("(") or out == ""
        # A minus or a bullet would be read by its place; there is none on the page.
        out += ("" if joined and dice.random() < 0.5 else dice.choice(gaps)) + token
    return out


@pytest.mark.parametrize("seed", range(40))
def test_equal_trees_however_it_is_laid_out(seed: int) -> None:
    assert read(laid_out(seed)) == read(PAGE)


def test_one_line() -> None:
    assert read(" ".join(PAGE.split("\n"))) == read(PAGE)


def test_line_ends_of_windows() -> None:
    assert read(PAGE.replace("\n", " \n")) == read(PAGE)


def test_every_node_is_where_it_was_read() -> None:
    tree = read(PAGE)
    assert [item.span.line for item in tree.items] == [1, 6, 8, 9, 11, 12, 14, 25]
    rule = tree.items[6]
    assert rule.span.text.startswith("rule CTO-01") and rule.span.text.endswith('{deadline}."')
    lets = [clause for clause in rule.clauses if type(clause).__name__ == "Let"]  # type: ignore[attr-defined]
    assert lets[0].span.text == "let due be 48 hours if order.urgent, otherwise rights_window"


def test_comments_are_kept_with_their_places() -> None:
    tree = read('# first\npolicy "P" # beside\n  #\n  owner "# not one"\n#last')
    said = [(c.text, c.own_line, c.span.line, c.span.column) for c in tree.comments]
    assert said == [
        (" first", True, 1, 1),
        (" beside", False, 2, 12),
        ("", True, 3, 3),
        ("last", True, 5, 1),
    ]


# --- items ---------------------------------------------------------------------------------------


def test_a_line_that_begins_with_a_dash_is_an_item() -> None:
    wanted = "ListOf(how='all', items=[a, Arithmetic(sign='-', left=b, right=c)], itemised=True)"
    assert expression("all of\n- a\n  -   b - c") == wanted
    assert expression("all of\n- a\n  -\tb -\nc") == wanted
    assert expression("all of # why\n# and\n- a\n\n\n- b - c") == wanted


def test_within_brackets_it_is_a_minus() -> None:
    wanted = "Compare(how='is', left=Arithmetic(sign='-', left=a, right=b), right=3)"
    assert expression("(a\n - b is 3)") == wanted
    assert expression("all of\n- (a\n - b is 3)") == (
        f"ListOf(how='all', items=[{wanted}], itemised=True)"
    )
    assert expression("later of (a\n - 1 day, b)").startswith("ExtremeOf(which='later'")


def test_outside_a_list_it_is_refused() -> None:
    (fault,) = faults_of('policy "P" rule R-1 "t" when a\n - b is 3')
    assert fault.code == "SYN017"
    assert fault.span is not None and (fault.span.line, fault.span.column) == (2, 2)


def test_a_dash_that_no_blank_follows_is_a_minus() -> None:
    assert expression("a\n-3").startswith("Arithmetic(sign='-'")


def test_items_end_with_the_clause() -> None:
    page = 'policy "P" rule R-1 "t"\n unless any of\n - a\n - b because "c"\n must show d'
    rule = read(page).items[1]
    assert [type(clause).__name__ for clause in rule.clauses] == ["Unless", "DutyClause"]  # type: ignore[attr-defined]


def test_items_do_not_nest() -> None:
    (fault,) = faults_of('policy "P" rule R-1 "t" when all of\n - a\n - any of\n   - b\n   - c')
    assert fault.code == "SYN017"
