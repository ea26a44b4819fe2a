"""The lints about what a rule can say at all: both sides of each edge."""

import pytest

from tests.test_lint import THIN, remarks, rule, said

ACT = "The Orders Act 1990"
QUIET = (*THIN, "LNT009", "LNT004", "LNT007", "LNT006")


def told(clauses: str, above: str = "", title: str = "t") -> list[str]:
    text = rule(clauses, above, source=ACT).replace('"t"', f'"{title}"', 1)
    return said(text, *QUIET)


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        # numbers: what leaves one value is no contradiction
        ("when order.length is at least 5 and order.length is at most 5", []),
        ("when order.length is at least 6 and order.length is at most 5", ["LNT013"]),
        ("when order.length is more than 5 and order.length is at most 5", ["LNT013"]),
        ("when order.length is 5 and order.length is less than 5", ["LNT013"]),
        ("when order.length is 5 and order.length is 6", ["LNT013"]),
        ("when order.length is 5 or order.length is 6", []),
        ("when not (order.length is 5 and order.length is 6)", []),
        # one condition beside its own denial, deep in an `and`
        ("when order.urgent and (order.length is 3 and not order.urgent)", ["LNT013"]),
        ("when order.urgent and order.urgent is no", ["LNT013"]),
        ("when order.urgent is yes and order.urgent", []),
        # dates
        (
            "when order.made_on is before 2026-01-01 and order.made_on is after 2026-01-01",
            ["LNT013"],
        ),
        (
            "when order.made_on is on or before 2026-01-01 and order.made_on is on or after 2026-01-01",
            [],
        ),
        (
            "when order.ended_on is after order.made_on and order.ended_on is before order.made_on",
            ["LNT013"],
        ),
        ("when order.made_on is before order.made_on", ["LNT013"]),
        # codes and texts
        ('when order.reason is "a" and order.reason is "b"', ["LNT013"]),
        ('when order.reason is "a" and order.reason is not "b"', []),
        ('when order.reason is one of ("a", "b") and order.reason is "c"', ["LNT013"]),
        ('when order.reason is one of ("a", "b") and order.reason is one of ("b", "c")', []),
        (
            'when order.reason is one of ("a", "b") and order.reason is one of ("c", "d")',
            ["LNT013"],
        ),
        # counts are never below nothing
        ("when number of talks is less than 0", ["LNT013"]),
        ("when number of talks is at most 0", []),
        ("when similarity of order.reason to order.reason is more than 100", ["LNT013"]),
        ("when there is a talk where (spoken and not spoken)", ["LNT013"]),
        ("when no", ["LNT013"]),
        # two values that a Trust may set are not compared
        ("when order.length is at least 3 and order.length is less than w", []),
        ("when order.length is at least w and order.length is less than w", ["LNT013"]),
        # an exception that always holds
        ('unless order.urgent or not order.urgent because "b"', ["LNT013"]),
        ('unless order.urgent because "b"', []),
    ],
)
def test_a_rule_that_never_fires(clauses: str, found: list[str]) -> None:
    above = "setting w is 2"
    assert told(f"{clauses}\n  must show order.reason is recorded", above) == found


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("order where urgent and not urgent", ["LNT013"]),
        ("order with each talk where spoken and not spoken", ["LNT013"]),
        ("order with each talk where spoken", []),
    ],
)
def test_nothing_passes_who_is_watched(subject: str, found: list[str]) -> None:
    text = f'policy "T"\nrule R-01 "t"\n  source "{ACT}"\n  for each {subject}\n'
    text += "  must show order.reason is recorded\n"
    assert said(text, *QUIET) == found


@pytest.mark.parametrize(
    ("duty", "found"),
    [
        ("must show order.urgent or not order.urgent", ["LNT014"]),
        ("must show order.urgent or order.length is 3", []),
        ("must show order.length is at least 3 or order.length is less than 3", ["LNT014"]),
        ("must show order.length is at least 3 or order.length is less than 2", []),
        ("must show order.urgent and not order.urgent", ["LNT014"]),
        ("must show number of talks is at least 0", ["LNT014"]),
        ("must show number of talks is at least 1", []),
        ("must show order.made_on is within 7 days after order.made_on", ["LNT014"]),
        ("must show at least 1 of (order.urgent or not order.urgent, order.urgent)", ["LNT014"]),
        ("must have a talk where spoken and not spoken", ["LNT014"]),
        ("must not have a talk where spoken and not spoken", ["LNT014"]),
        ("must have order.made_on within 7 days after order.made_on", ["LNT014"]),
        ("must have order.ended_on within 7 days after order.made_on", []),
        ("must have order.made_on no later than order.made_on", ["LNT014"]),
        ("must have order.made_on before order.made_on", []),
        ("must have order.made_on between order.made_on and order.ended_on", []),
        (
            "must have a talk at least every 7 days from order.made_on where spoken and not spoken",
            ["LNT014"],
        ),
    ],
)
def test_a_duty_settled_before_anybody_looks(duty: str, found: list[str]) -> None:
    assert told(duty) == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("order.made_on + 6 months - 1 day", ["LNT015"]),
        ("order.made_on + 1 month + 1 month", ["LNT015"]),
        ("order.made_on + 1 day + 1 year", ["LNT015"]),
        ("order.made_on + 6 months", []),
        ("order.made_on + 6 days - 1 day", []),
        ("order.made_on + w - 1 day", ["LNT015"]),
        ("end of 6 months beginning with order.made_on", []),
    ],
)
def test_a_date_moved_twice(when: str, found: list[str]) -> None:
    assert (
        told(f"must have a talk between order.made_on and {when}", "setting w is 1 year") == found
    )


@pytest.mark.parametrize(
    ("when", "mend"),
    [
        ("order.made_on + 6 months - 1 day", "end of 6 months beginning with order.made_on"),
        ("order.made_on + w - 1 day", "end of w beginning with order.made_on"),
        ("order.made_on + 6 months - 2 days", None),
        ("order.made_on + 6 months + 1 day", None),
        ("order.made_on - 6 months - 1 day", None),
        ("order.made_on + 6 days - 1 month", None),
    ],
)
def test_only_a_period_reckoned_by_hand_has_a_mend(when: str, mend: str | None) -> None:
    above = "setting w is 1 year"
    text = rule(f"must have a talk between order.made_on and {when}", above, source=ACT)
    (note,) = [each for each in remarks(text) if each.code == "LNT015"]
    assert (None if note.fix is None else note.fix.replacement) == mend


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("from 2020-01-01 until 2025-12-31", "from 2026-01-01", []),
        ("from 2020-01-01 until 2025-12-30", "from 2026-01-01", ["LNT016"]),
        ("from 2026-01-02", "from 2020-01-01 until 2025-12-31", ["LNT016"]),
    ],
)
def test_versions_follow_each_other_day_on_day(first: str, second: str, found: list[str]) -> None:
    version = (
        'rule R-01 "t"\n  source "s"\n  applies {}\n  for each order\n  must show order.urgent\n'
    )
    text = 'policy "T"\n' + version.format(first) + version.format(second)
    assert said(text, *QUIET) == found


def test_the_days_without_a_version_are_named() -> None:
    version = (
        'rule R-01 "t"\n  source "s"\n  applies {}\n  for each order\n  must show order.urgent\n'
    )
    dates = ("from 2020-01-01 until 2024-12-31", "from 2025-01-02")
    (note,) = [
        each
        for each in remarks('policy "T"\n' + "".join(map(version.format, dates)))
        if each.code == "LNT016"
    ]
    assert "on 2025-01-01" in note.message


@pytest.mark.parametrize(
    ("exceptions", "found"),
    [
        (("order.urgent", "order.urgent and order.length is 3"), ["LNT017"]),
        (("order.urgent and order.length is 3", "order.urgent"), ["LNT017"]),
        (("order.urgent", "order.length is 3"), []),
        (("order.urgent", "order.urgent"), ["LNT017"]),
        (("order.urgent or order.length is 3", "order.urgent"), ["LNT017"]),
        (("order.urgent", "order.urgent or order.length is 3"), ["LNT017"]),
        (("there is a talk where (spoken)", "there is a talk as x where (x.spoken)"), ["LNT017"]),
        (("there is a talk where (spoken)", "there is a talk where (not spoken)"), []),
        (("order.length is 3 and order.length is 4",), ["LNT017"]),
    ],
)
def test_an_exception_that_excuses_nothing(exceptions: tuple[str, ...], found: list[str]) -> None:
    clauses = "\n  ".join(f'unless {each} because "b"' for each in exceptions)
    assert told(f"{clauses}\n  must show order.reason is recorded") == found


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ('when not order.urgent\n  unless order.urgent because "b"', ["LNT017"]),
        ('when order.urgent\n  unless order.urgent because "b"', []),
        ('when order.length is at least 3\n  unless order.length is 2 because "b"', ["LNT017"]),
    ],
)
def test_an_exception_that_the_rule_never_comes_to(clauses: str, found: list[str]) -> None:
    assert told(f"{clauses}\n  must show order.reason is recorded") == found


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("must show every talk has (spoken)", ["LNT018"]),
        ("must show order.urgent and every talk has (spoken)", ["LNT018"]),
        ("must show there is a talk and every talk has (spoken)", []),
        ("must show number of talks is at least 1 and every talk has (spoken)", []),
        ("when there is a talk\n  must show every talk has (spoken)", []),
        ("when there is a cto\n  must show every talk has (spoken)", ["LNT018"]),
        ("must show every order as o has (o.urgent)", []),
        ("when every talk has (spoken)\n  must show order.urgent", []),
        ("must show order.urgent or every talk has (spoken)", []),
    ],
)
def test_every_over_nothing(clauses: str, found: list[str]) -> None:
    assert told(clauses) == found


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ('must have a talk within 18 years after case.born_on\n  say "By {deadline}."', ["LNT019"]),
        ('must have a talk within 18 years after case.born_on\n  fix "By {deadline}."', ["LNT019"]),
        ('must have a talk within 18 years after case.born_on\n  say "Not told."', []),
        ('must have a talk within 7 days after order.made_on\n  say "By {deadline}."', []),
        (
            (
                "let adult be case.born_on + 18 years\n  must have a talk no later than adult\n"
                '  say "By {deadline}."'
            ),
            ["LNT019"],
        ),
    ],
)
def test_a_deadline_that_tells_a_sensitive_date(clauses: str, found: list[str]) -> None:
    assert told(clauses) == found


@pytest.mark.parametrize(
    ("title", "clauses", "found"),
    [
        ("a talk within 7 days", "must have a talk within 7 days after order.made_on", []),
        ("a talk within seven days", "must have a talk within 7 days after order.made_on", []),
        ("a talk within a week", "must have a talk within 8 days after order.made_on", []),
        ("a talk within 1 week", "must have a talk within 7 days after order.made_on", []),
        ("a talk within 8 days", "must have a talk within 7 days after order.made_on", ["LNT020"]),
        ("a 14-day talk", "must have a talk within 7 days after order.made_on", ["LNT020"]),
        ("7 working days", "must have a talk within 7 days after order.made_on", ["LNT020"]),
        ("12 months", "must have a talk within 1 year after order.made_on", []),
        ("within 14 days", "must have a talk within w after order.made_on", []),
        ("within 15 days", "must have a talk within w after order.made_on", ["LNT020"]),
        ("within 7 days", "must show order.urgent", ["LNT020"]),
        ("28 days or longer", "must show order.length is at least 28", []),
        ("28 days or longer", "must show order.length is at least 27", ["LNT020"]),
        ("18 years old", "must show age of case.born_on at order.made_on is at least 18", []),
        ("it should be urgent", "must show order.urgent", ["LNT020"]),
        ("it must be urgent", "must show order.urgent", []),
        ("it must be urgent", "should show order.urgent", ["LNT020"]),
    ],
)
def test_a_title_that_says_other_than_its_rule(title: str, clauses: str, found: list[str]) -> None:
    assert told(clauses, "setting w is 14 days", title) == found
