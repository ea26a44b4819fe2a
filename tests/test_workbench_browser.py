"""The workbench as its author meets it: `trustpolicy serve`, and keys pressed in Chromium."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import need
from tests.driven_browser import Browser, browsing
from tests.workbench_desk import RULES, SCHEMA, cases

SHOWN = "document.getElementById('result').textContent"
STATUS = "document.getElementById('status').textContent"
TEXT = "document.getElementById('text')"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need("chromium", "bash", axe=True)
    with browsing(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address that was printed, and the rule file."""
    folder = tmp_path_factory.mktemp("served")
    rules = folder / "rules"
    rules.mkdir()
    (rules / "schema.yaml").write_text(SCHEMA, "utf-8")
    (rules / "orders.policy").write_text(RULES, "utf-8")
    (folder / "cases.jsonl").write_text(cases(), "utf-8")
    words = ["serve", str(rules), "--cases", str(folder / "cases.jsonl"), "--as-at", "2026-02-01"]
    running = subprocess.Popen(
        [sys.executable, "-m", "policyengine", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", running.stdout.readline())
        assert found
        yield found[0], rules / "orders.policy"
    finally:
        running.terminate()
        running.wait(20)


@pytest.fixture
def page(browser: Browser, served: tuple[str, Path]) -> Iterator[Browser]:
    """The page of OR-01, freshly opened."""
    served[1].write_text(RULES, "utf-8")
    browser.errors.clear()
    browser.asked.clear()
    browser.size(1280, 900)
    browser.open(served[0])
    assert browser.value("location.search") == ""  # the token has left the address
    yield browser
    assert not browser.errors
    home = served[0].partition("?")[0]
    assert all(each.startswith((home, "data:")) for each in browser.asked)
    browser.value(f"{TEXT}.value = {TEXT}.defaultValue")


def caret(page: Browser, at: str, over: int = 0) -> None:
    """Put the caret before a word of the text, or select so many characters there."""
    page.value(
        f"(() => {{ const t = {TEXT}, i = t.value.indexOf({at!r}); t.focus();"
        f"t.setSelectionRange(i, i + {over}); }})()"
    )


def now(page: Browser, verdict: str) -> str:
    return str(
        page.value(
            f"document.querySelector('.counts .{verdict}').closest('tr').cells[1].textContent"
        )
    )


def test_typing_five_days_for_seven_changes_meaning_verdicts_and_counts(page: Browser) -> None:
    assert [now(page, each) for each in ("met", "met_late", "breached")] == ["3", "1", "1"]
    assert page.value(f"{SHOWN}.includes('within 7 days')")
    caret(page, "7 days", over=1)
    page.type("5")
    page.until(f"{SHOWN}.includes('within 5 days')")
    assert [now(page, each) for each in ("met", "met_late", "breached")] == ["1", "3", "1"]
    assert page.value("document.querySelectorAll('.examples .failed').length") == 1
    assert "1 of 2 examples as expected" in page.value(STATUS)
    # The caret stands behind the 5, and the text is what was typed.
    assert page.value(f"{TEXT}.value[{TEXT}.selectionStart - 1]") == "5"
    assert page.value(f"{TEXT}.value") == RULES.replace("7 days", "5 days")


def test_a_half_written_rule_greys_the_right_and_its_mend_is_a_button(page: Browser) -> None:
    caret(page, "order\n  must")
    page.type("x")
    page.until("document.querySelector('.shown.stale') !== null")
    assert page.value(f"{SHOWN}.includes('^^^^^')")
    assert page.value(f"{SHOWN}.includes('within 7 days')")
    assert "✗" in page.value("document.querySelector('.gutter').textContent")
    assert page.violations() == []
    page.value("document.querySelector('[value^=\"mend:\"]').click()")
    page.until("document.querySelector('.shown.stale') === null")
    assert page.value(f"{TEXT}.value") == RULES


def test_keys_alone_reach_everything_and_save(page: Browser, served: tuple[str, Path]) -> None:
    page.value("document.body.focus()")
    reached = set()
    for _ in range(40):
        page.press("Tab", 9)
        reached.add(page.value("document.activeElement.value || document.activeElement.id"))
    assert {"format", "suggest", "save"} <= reached
    caret(page, "7 days", over=1)
    page.type("6")
    page.until(f"{SHOWN}.includes('within 6 days')")
    page.press("s", 83, modifiers=2)
    page.until(f"{STATUS} === 'Saved'")
    assert "is 6 days" in served[1].read_text("utf-8")


def test_suggested_examples_come_and_one_is_added(page: Browser) -> None:
    page.value("document.querySelector('[value=suggest]').click()")
    page.until("document.getElementById('h-suggested') !== null")
    assert page.violations() == []
    page.value("document.querySelector('[value=\"paste:0\"]').click()")
    page.until(f"{TEXT}.value.length > {len(RULES)}")
    page.until("document.querySelectorAll('.examples .passed').length === 3")


def test_without_scripts_the_button_checks(page: Browser, served: tuple[str, Path]) -> None:
    page.scripts(allowed=False)
    try:
        page.open(served[0].partition("?")[0])
        shown = "getComputedStyle(document.querySelector('.check')).display"
        assert page.value(shown) != "none"
        page.value(f"{TEXT}.value = {TEXT}.value.replace('7 days', '5 days')")
        page.value("document.querySelector('.check').click()")
        page.until(f"location.pathname === '/bench' && {SHOWN}.includes('within 5 days')")
        assert page.value(f"{TEXT}.value") == RULES.replace("7 days", "5 days")
    finally:
        page.scripts(allowed=True)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 800, 1280])
def test_nothing_is_out_of_reach_at_any_width(page: Browser, width: int, dark: bool) -> None:
    page.size(width, 900, dark=dark)
    page.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.violations() == []
    assert page.value("document.documentElement.scrollWidth") <= width
