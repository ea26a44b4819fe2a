"""How a file is laid out, by examples that a person can check against the language's own pages."""

from textwrap import dedent

import pytest

from policyengine.source import SourceFile
from policyengine.syntax.hosts import read_blocks
from policyengine.tooling.fmt import diff, format_source


def laid_out(text: str) -> str:
    result = format_source(SourceFile("one.policy", text))
    assert not result.diagnostics
    assert result.changed is (result.text != text)
    return result.text


def rule(clause: str) -> str:
    """What becomes of one clause."""
    head = 'rule X-01 "t"\n'
    text = laid_out(head + clause)
    assert text.startswith(head)
    return text.removeprefix(head).removesuffix("\n")


def test_a_file_that_is_laid_out_already_stays_as_it_is() -> None:
    text = dedent(
        """\
        policy "Community treatment orders"
          owner "Mental Health Legislation Committee"
          source "Mental Health Act 1983, sections 17A to 17G, 20A and 132A"
          review by 2027-04-01

        setting rights_window is 7 days
          "The Trust's stand-in for 'as soon as practicable'. A local number: the Act sets none."

        setting short_window is 1 day "A short why stays on the line."

        # for the rules of every file that ask "is this person on an order now?"
        define cto.in_force as started_on is on or before as_at and ended_on is after as_at

        gather report from disclosure by date where (about is "abuse")

        gather change_of_circumstances from
          hospital_stay by admitted_at,
          hospital_stay by discharged_at where (not out_of_scope)

        rule CTO-01 "Rights and recall are explained when an order starts"
          severity critical
          learning point 1
          tag rights, recall
          source "MHA 1983 s.132A(1)-(2)"
          applies from 2008-11-03 until 2030-01-01
          for each cto as order where in_force with its previous as last
          let due be 48 hours if order.suicide_risk, otherwise 72 hours
          when order.started_on is recorded
          cannot tell if order.ended_how is not known because "the end is in doubt"
          unless order.ended_on is recorded because "it ended"
          must have a rights_discussion as talk within due after order.started_on counting that day
            where talk.spoken and talk.in_writing
          blank means breached because "it cannot be shown"
          silence means cannot tell because "absence is not evidence"
          target at least 95 percent
          say "No explanation is recorded for the order of {order.started_on}; due {deadline}."
          fix "Explain it \\"aloud\\"."

        rule CTO-02 "Shown"
          for each cto
          must show on the day of cto.started_on that all of
            - cto.started_on is recorded
            # why this one
            - at least 2 of (cto.a, cto.b, cto.c)

        example "explained on the last day" for CTO-01 as at 2026-02-01 known by 2026-02-03
          given setting rights_window is 5 days
          given no history of cto before 2020-01-01
          given 13 contact: attended yes
          given cto o1: started_on 2026-01-01, seen_at 2026-01-01T09:30
          expect met for o1, deadline 2026-01-08
          expect CTO-02 no finding for o1
        """
    )
    assert laid_out(text) == text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("when a>=3 and b != 4", "when a is at least 3 and b is not 4"),
        ("when a = 3 or b < 4 or c > 5", "when a is 3 or b is less than 4 or c is more than 5"),
        ("when ((a) and ((b is 3)))", "when a and b is 3"),
        ("when (a and b) or c", "when (a and b) or c"),
        ("when a and (b and c)", "when a and (b and c)"),
        ("when not (not a)", "when not (not a)"),
        ("when not (a is b)", "when not (a is b)"),
        ("when not a is b", "when not (a is b)"),
        ("when not ((a))", "when not a"),
        ("when x is (open)", "when x is (open)"),
        ("when x is (opened)", "when x is opened"),
        ("when a - (b + 3) is 1", "when a - (b + 3) is 1"),
        ("when (a - b) + 3 is 1", "when a - b + 3 is 1"),
        (r'when a matches "\bx\\d"', r'when a matches "\bx\\d"'.replace(r"\\", "\\")),
        (r'when a matches "\\"', r'when a matches "\\"'),
        ('when a is "two\n     lines"', 'when a is "two lines"'),
        ("when a is 9.50", "when a is 9.50"),
        ("when a is 1 days", "when a is 1 day"),
        ("must show (on)", "must show (on)"),
        ("must have cto", "must have a cto"),
        ("must have alert", "must have an alert"),
        ("must have an mdt_review", "must have an mdt_review"),
        ("must not have alert where a", "must not have an alert\n    where a"),
        ("must have x.y within 1 days before (a)", "must have x.y within 1 day before a"),
        ("must have a x before (latest y)", "must have a x before (latest y)"),
        ("must show a # why\n and b", "must show a  # why\n    and b"),
    ],
)
def test_one_clause(written: str, expected: str) -> None:
    assert rule("  " + written) == "  " + expected


def test_clauses_stand_in_one_order_and_keep_their_comments() -> None:
    text = dedent(
        """\
        rule X-01 "t"
          fix "f"  # the mend
          # the second reason
          unless b because "b"
          must show c
          unless a because "a"
          severity low
        """
    )
    expected = dedent(
        """\
        rule X-01 "t"
          severity low
          # the second reason
          unless b because "b"
          unless a because "a"
          must show c
          fix "f"  # the mend
        """
    )
    assert laid_out(text) == expected


LONG = "a_rather_long_field_name"
WINDOW = f"within 7 working days after {LONG}.{LONG}.{LONG} or the next working day"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            f'unless {LONG} and {LONG} and {LONG} because "text"',
            f'unless {LONG} and {LONG} and {LONG}\n    because "text"',
        ),
        (
            f"when {LONG} or {LONG} or {LONG} or {LONG}",
            f"when {LONG}\n    or {LONG}\n    or {LONG}\n    or {LONG}",
        ),
        (
            f"when there is a cto where ({LONG} and {LONG} and {LONG} and b)",
            f"when there is a cto where (\n      {LONG} and {LONG} and {LONG} and b\n    )",
        ),
        (
            f"let a be later of ({LONG}, {LONG}, {LONG}, {LONG})",
            f"let a be later of (\n      {LONG},\n      {LONG},\n      {LONG},\n      {LONG}\n    )",
        ),
        (
            f"must have a cto {WINDOW}",
            f"must have a cto\n    {WINDOW}",
        ),
        (
            f"let a be {LONG} if {LONG}, {LONG} if {LONG}, otherwise b",
            f"let a be {LONG} if {LONG},\n    {LONG} if {LONG},\n    otherwise b",
        ),
    ],
)
def test_a_long_line_breaks_where_it_can(written: str, expected: str) -> None:
    assert rule("  " + written) == "  " + expected


@pytest.mark.parametrize(("length", "lines"), [(100, 1), (101, 2)])
def test_a_line_may_be_a_hundred_characters_long(length: int, lines: int) -> None:
    clause = '  unless a because ""'
    clause = clause[:-1] + "x" * (length - len(clause)) + '"'
    assert len(rule(clause).splitlines()) == lines


def test_the_fields_of_a_given_line_fill_the_line_and_go_on() -> None:
    fields = ", ".join(f"field_{number} yes" for number in range(12))
    text = laid_out(f'example "e" for X-01 as at 2026-01-01 given cto: {fields} expect met')
    given = [line for line in text.splitlines() if "field" in line]
    assert [len(line) for line in given] == [90, 82]
    assert given[1].startswith("    field_6 yes, ")


def test_blank_lines_stand_between_items_and_around_comments_as_they_were() -> None:
    text = '# top\n\n\n\n# more\npolicy "T"\n\n  owner "o"\nsetting a is 1\n# of b\n\n\nsetting b is 2\n\n\n# end'
    expected = '# top\n\n# more\npolicy "T"\n  owner "o"\n\nsetting a is 1\n\n# of b\n\nsetting b is 2\n\n# end\n'
    assert laid_out(text) == expected


def test_a_comment_further_in_below_a_rule_stays_with_it() -> None:
    text = 'rule X-01 "t"\n  must show a\n  # target at least 3 percent\n# of the next\nsetting a is 1\n'
    expected = 'rule X-01 "t"\n  must show a\n  # target at least 3 percent\n\n# of the next\nsetting a is 1\n'
    assert laid_out(text) == expected


def test_comments_within_a_condition_survive() -> None:
    """Two comments cannot end one line: the first of them goes before it."""
    text = """\
        rule X-01 "t"
          when a  # first
            and  # joint
            # second
            b
          must  # duty
            show c
        """
    expected = """\
        rule X-01 "t"
          # first
          when a  # joint
            # second
            and b
          must show c  # duty
        """
    assert laid_out(dedent(text)) == dedent(expected)


def test_an_empty_file_stays_empty() -> None:
    assert laid_out("") == ""


def test_windows_line_ends_become_line_feeds() -> None:
    assert laid_out('setting a is 1 \n"w" \n') == 'setting a is 1 "w"\n'


# --- pages --------------------------------------------------------------------------------------


def page(text: str) -> SourceFile:
    return read_blocks("page.policy.md", text)[0]


def test_the_prose_of_a_page_is_untouched() -> None:
    text = (
        "# Title  \n\n\tTabs, and   blanks.  \n```policy\nsetting a   is 1 # c\n\n\n```\n"
        "```policy rejected\nrule   x\n```\n~~~~policy\n\n# alone\nsetting b is   2\n~~~~\nThe end"
    )
    expected = (
        "# Title  \n\n\tTabs, and   blanks.  \n```policy\nsetting a is 1  # c\n```\n"
        "```policy rejected\nrule   x\n```\n~~~~policy\n# alone\nsetting b is 2\n~~~~\nThe end"
    )
    result = format_source(page(text))
    assert (result.text, result.diagnostics) == (expected, ())


def test_a_block_that_is_further_in_stays_further_in() -> None:
    text = '- a point:\n\n  ```policy\nrule X-01 "t"\n must show a\n  ```\n'
    expected = '- a point:\n\n  ```policy\n  rule X-01 "t"\n    must show a\n  ```\n'
    result = format_source(page(text))
    assert result.text == expected
    assert not format_source(page(expected)).changed


def test_a_page_without_a_word_of_policy_stays_as_it_is() -> None:
    text = "# Title\n```policy\n\n\n```\nThe   end\n"
    assert not format_source(page(text)).changed


def test_the_returns_of_a_page_are_kept() -> None:
    # As the reader gives it: a return before a line's end is a blank.
    result = format_source(page("Prose. \n```policy \nsetting a is  1 \n``` \n"))
    assert result.text == "Prose.\r\n```policy\r\nsetting a is 1\r\n```\r\n"
    assert result.changed
    same = format_source(page("Prose. \n```policy \nsetting a is 1 \n``` \n"))
    assert same.text == "Prose.\r\n```policy\r\nsetting a is 1\r\n```\r\n"
    assert not same.changed


def test_a_rule_that_runs_over_two_blocks_leaves_the_page_as_it_is() -> None:
    text = '```policy\nrule   X-01 "t"\n```\nprose\n```policy\n  must show a\n```\n'
    result = format_source(page(text))
    assert [note.code for note in result.diagnostics] == ["FMT002"]
    assert (result.text, result.changed) == (text, False)


# --- what is left alone -------------------------------------------------------------------------


def test_a_file_with_mistakes_is_left_as_it_is() -> None:
    text = 'setting   a is 1\nrule X-01 "t"\n  must shew a\n'
    result = format_source(SourceFile("one.policy", text))
    assert result.diagnostics
    assert (result.text, result.changed) == (text, False)


def test_a_layout_that_would_lose_something_is_not_used() -> None:
    """A comment within a sentence's braces is in no tree, so it could not be written again."""
    text = 'rule X-01 "t"\n  say "{a # b\n}"\n'
    result = format_source(SourceFile("one.policy", text))
    assert [note.code for note in result.diagnostics] == ["FMT001"]
    assert (result.text, result.changed) == (text, False)


@pytest.mark.parametrize(("size", "codes"), [((1 << 20) - 4, []), ((1 << 20) - 3, ["FMT001"])])
def test_a_file_does_not_grow_past_what_can_be_read(size: int, codes: list[str]) -> None:
    """S23: a file is at most 1 MiB. A blank line, two blanks and the end of the last line come to
    this one."""
    text = 'setting a is 1\nsetting b is 1\n"{}"'
    text = text.format("x" * (size - len(text) + 2))
    assert len(text) == size
    result = format_source(SourceFile("one.policy", text))
    assert [note.code for note in result.diagnostics] == codes
    assert result.changed is not bool(codes)
    assert len(result.text) == (size if codes else size + 4)


@pytest.mark.parametrize(("levels", "codes"), [(10, []), (30, ["FMT001"])])
def test_brackets_that_would_stand_too_deep_are_not_added(levels: int, codes: list[str]) -> None:
    """S23: each level is two deep as it is written here, and three as it is laid out."""
    condition = "a"
    for _ in range(levels):
        condition = f"not ({condition} is b)"
    result = format_source(SourceFile("one.policy", f'rule X-01 "t"\n  must show {condition}\n'))
    assert [note.code for note in result.diagnostics] == codes


def test_a_long_chain_is_laid_out() -> None:
    chain = " or ".join(f"a{number}" for number in range(1000))
    text = laid_out(f'rule X-01 "t" must show {chain}')
    assert text.splitlines()[-1] == "    or a999"
    assert len(text.splitlines()) == 1001


def test_the_difference_is_shown() -> None:
    source = SourceFile("one.policy", "setting a   is 1\nsetting b is 2")
    assert diff(source, format_source(source)) == dedent(
        """\
        --- one.policy
        +++ one.policy (laid out)
        @@ -1,2 +1,3 @@
        -setting a   is 1
        -setting b is 2
        +setting a is 1
        +
        +setting b is 2
        """
    )


def test_no_difference_is_no_text() -> None:
    source = SourceFile("one.policy", "setting a is 1\n")
    assert diff(source, format_source(source)) == ""
