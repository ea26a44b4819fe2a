"""Messages as plain text, character for character."""

from policyengine.diagnostics import Diagnostic, Label, Severity
from policyengine.diagnostics.text import render, render_all
from policyengine.source import SourceFile, Span


def at(file: SourceFile, words: str) -> Span:
    start = file.text.index(words)
    return Span(file, start, start + len(words))


def marked(text: str, words: str, *labels: str) -> list[str]:
    file = SourceFile("t", text)
    return render(
        Diagnostic(
            code="X001",
            message="m",
            span=at(file, words),
            found="f",
            labels=tuple(Label(at(file, label), "l") for label in labels),
        )
    ).split("\n")


def test_the_whole_form() -> None:
    line = "  must have an alert within 1 day after disclosure.kind"
    file = SourceFile("rules/alerts.policy", "\n" * 13 + line + "\n")
    fault = Diagnostic(
        code="TYP012",
        message="this is a text, but a date is needed here",
        span=at(file, "disclosure.kind"),
        found="a code from `abuse_kind`",
        labels=(Label(at(file, "within 1 day after"), "a window is counted from a date"),),
        hints=("did you mean `disclosure.date`?",),
    )
    assert render(fault) == (
        "rules/alerts.policy:14:41: error TYP012: this is a text, but a date is needed here\n"
        "   14 |   must have an alert within 1 day after disclosure.kind\n"
        "      |                                         ^^^^^^^^^^^^^^^ a code from `abuse_kind`\n"
        "      |                      ------------------ a window is counted from a date\n"
        "      = did you mean `disclosure.date`?"
    )


def test_without_a_place() -> None:
    fault = Diagnostic(code="FIL001", message="there is no file", hints=("a hint",))
    assert render(fault) == "error FIL001: there is no file\n  = a hint"


def test_other_severities() -> None:
    fault = Diagnostic(code="L001", message="m", severity=Severity.WARNING)
    assert render(fault).startswith("warning L001")


def test_a_label_on_another_line_and_in_another_file() -> None:
    here, there = SourceFile("a", "one\ntwo\n"), SourceFile("b", "three\n")
    fault = Diagnostic(
        code="X001",
        message="m",
        span=at(here, "two"),
        labels=(Label(at(here, "one"), "first"), Label(at(there, "three"), "other")),
    )
    assert render(fault) == (
        "a:2:1: error X001: m\n"
        "    2 | two\n"
        "      | ^^^\n"
        "    1 | one\n"
        "      | --- first\n"
        "  --> b:1\n"
        "    1 | three\n"
        "      | ----- other"
    )


def test_tabs_are_blanks_to_the_next_fourth_column() -> None:
    assert marked("\ta\tb", "b")[1:] == ["    1 |     a   b", "      |         ^ f"]


def test_wide_and_combining_characters() -> None:
    assert marked("漢字 b", "b")[1:] == ["    1 | 漢字 b", "      |      ^ f"]
    assert marked("e\u0301 b", "b")[1:] == ["    1 | e\u0301 b", "      |   ^ f"]
    assert marked("漢字 b", "字")[2] == "      |   ^^ f"


def test_nothing_acts_on_the_terminal() -> None:
    text = "a \x1b[31m b \u202e \x9b \x07"
    file = SourceFile("n\x1bame", text)
    span = at(file, "b")
    shown = render(
        Diagnostic(
            code="X001",
            message="m\x1b]8;;",
            span=span,
            found="f\x07",
            labels=(Label(span, "l\u2066"),),
            hints=("h\x9b",),
        )
    )
    assert all(char == "\n" or char.isprintable() for char in shown)
    assert "a \ufffd[31m b" in shown


def test_a_long_line_is_shown_round_the_place() -> None:
    line = "x" * 500 + " HERE " + "y" * 500
    _, shown, under = marked(line, "HERE")
    assert len(shown) <= 8 + 106
    assert shown[8:].startswith("...") and shown.endswith("...")
    assert under.index("^") == shown.index("HERE")
    assert under.count("^") == 4


def test_a_label_to_the_left_of_what_is_shown() -> None:
    line = "FIRST " + "x" * 500 + " HERE"
    lines = marked(line, "HERE", "FIRST")
    assert lines[-1].endswith("- l")
    assert lines[2].index("^") == lines[1].index("HERE")


def test_a_long_line_of_wide_characters() -> None:
    line = "漢" * 300 + "HERE" + "字" * 300
    _, shown, under = marked(line, "HERE")
    before = shown[8 : shown.index("HERE")]
    columns = sum(2 if char in "漢字" else 1 for char in before)
    assert under[8:].index("^") == columns


def test_a_place_over_several_lines_is_marked_to_its_first_end() -> None:
    assert marked("a bb\ncc", "bb\ncc")[1:] == ["    1 | a bb", "      |   ^^ f"]


def test_a_place_at_the_end_and_in_nothing() -> None:
    file = SourceFile("t", "ab")
    assert render(Diagnostic(code="X", message="m", span=Span(file, 2, 2))).endswith(
        "    1 | ab\n      |   ^"
    )
    empty = SourceFile("t", "")
    assert render(Diagnostic(code="X", message="m", span=Span(empty, 0, 0))).endswith(
        "    1 |\n      | ^"
    )


def test_line_numbers_of_any_width() -> None:
    file = SourceFile("t", "\n" * 123456 + "here")
    shown = render(Diagnostic(code="X", message="m", span=at(file, "here"), hints=("h",)))
    assert shown.split("\n")[1:] == ["123457 | here", "       | ^^^^", "       = h"]


def test_all_in_the_order_of_their_places() -> None:
    one, two = SourceFile("a", "x y"), SourceFile("b", "z")
    faults = [
        Diagnostic(code="X3", message="m", span=at(two, "z")),
        Diagnostic(code="X2", message="m", span=at(one, "y")),
        Diagnostic(code="X1", message="m", span=at(one, "x")),
        Diagnostic(code="X0", message="m"),
    ]
    shown = render_all(faults)
    assert [part.split(":")[-2][-2:] for part in shown.split("\n\n")[1:]] == ["X1", "X2", "X3"]
    assert shown.startswith("error X0: m\n\n")
    assert shown == render_all(reversed(faults))
    assert render_all([]) == ""
