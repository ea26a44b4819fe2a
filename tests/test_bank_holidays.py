"""The bank holidays of England: as they were proclaimed, and the same when read back from what was
kept; what is damaged, or was said by another version of the package, is asked anew."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from policyengine import kept
from policyengine.schema import bank_holidays
from policyengine.schema.bank_holidays import england

# As the government's page has them: a substitute day (2 January), and the King's coronation.
IN_2023 = ("01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26")


def forget() -> None:
    for each in (bank_holidays.england, bank_holidays._years_from, bank_holidays._made_with):
        each.cache_clear()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    forget()
    yield tmp_path / "trust-policy-engine"
    monkeypatch.undo()
    forget()


def days(year: int) -> set[str]:
    """Those from Monday to Friday: one that is on a Sunday is there beside its substitute."""
    all_days = map(date.fromordinal, england(year))
    return {day.isoformat() for day in all_days if day.weekday() < 5}


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(year: int) -> frozenset[int]:
        raise AssertionError(f"{year} was asked again")

    monkeypatch.setattr(bank_holidays, "_asked", asked)


def test_the_days_are_those_that_were_proclaimed() -> None:
    assert days(2023) == {f"2023-{day}" for day in IN_2023}


def test_the_days_are_kept_for_the_next_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = days(2023)
    (file,) = cache.iterdir()
    assert file.name.startswith("bank-holidays-2020-")
    forget()
    refuse(monkeypatch)
    assert days(2023) == before
    assert england(2020) and england(2029)  # the years of one file
    with pytest.raises(AssertionError):
        england(2030)


@pytest.mark.parametrize("year", [1, 9, 10, 1871, 2019, 2020, 9999])
def test_a_year_is_the_same_asked_and_read_back(year: int) -> None:
    said = bank_holidays._asked(year)
    assert england(year) == said
    forget()
    assert england(year) == said


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"2020": [737425]}', b'{"2020": 5}', b'{"x": []}']
)
def test_what_is_damaged_is_asked_anew(body: bytes, cache: Path) -> None:
    before = days(2023)
    (file,) = cache.iterdir()
    kept.keep(file.name, body)  # whole and signed, and yet no file of days
    forget()
    assert days(2023) == before
    forget()
    assert kept.read_kept(file.name) != body


def test_another_version_of_the_package_is_asked_anew(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    england(2023)
    forget()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.1")
    england(2023)
    assert len(list(cache.iterdir())) == 2


def test_nothing_is_kept_where_the_version_cannot_be_told(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_holidays, "_COUNTRY", "countries/nowhere.py")
    assert days(2023) == {f"2023-{day}" for day in IN_2023}
    assert not cache.exists()
