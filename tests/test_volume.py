"""Both engines at volume, and that a fault planted in either is seen there.

`python -m tools.conformance volume` judges a million pairs of a policy and a case in this way;
here are a few batches, small ones, with their faults.
"""

from __future__ import annotations

import json
from collections import Counter
from unittest.mock import patch

import pytest

from policyengine.bulk import clocks, duties, standing
from policyengine.bulk import windows as bulk_windows
from policyengine.evaluate import expressions, windows
from policyengine.plan import core
from policyengine.records.view import CaseView
from tools.conformance import constructs, volume
from tools.conformance.__main__ import main
from tools.conformance.trial import make_batch

SEEDS = (0, 1, 2, 4)  # every fourth is counted
POLICIES, CASES = 10, 40


def batches(*seeds: int) -> volume.Batch:
    whole = volume.Batch()
    for seed in seeds:
        whole.add(volume.judge_batch(seed, POLICIES, CASES))
    return whole


@pytest.fixture(scope="module")
def some() -> volume.Batch:
    return batches(*SEEDS)


def test_the_engines_agree(some: volume.Batch) -> None:
    assert list(volume.shown_in_full(some.wrong)) == []
    assert some.pairs > 0.5 * len(SEEDS) * POLICIES * CASES
    assert some.findings > 2_000
    assert len(some.texts) == some.policies - some.unchecked


def test_both_engines_count_what_they_meet(some: volume.Batch) -> None:
    for counts in (some.reference, some.bulk):
        for answer in ("true", "false", "unknown"):
            assert counts["Compare:number", answer] > 0
        assert counts["Field", "value"] > counts["Field", "unknown"] > 0
    verdicts = [(name, answer) for name, answer in constructs.wanted() if name.startswith("duty")]
    assert [some.reference[each] for each in verdicts] == [some.bulk[each] for each in verdicts]


def test_a_batch_depends_on_its_seed_alone() -> None:
    one, other = make_batch(3, 4, 8), make_batch(3, 4, 8)
    assert (one.policy.text, one.cases) == (other.policy.text, other.cases)
    assert one.policy.text != make_batch(4, 4, 8).policy.text
    assert len(one.parts) == 4


# --- planted faults -----------------------------------------------------------------------------


def swapped(real):
    """`<` where `>` is meant."""
    return lambda low, high, other_low, other_high: real(other_low, other_high, low, high)


def strictly(real):
    """`<` where `<=` is meant."""

    def at_or_before(event, edge, measure, zone):
        low, high, edge_low, edge_high = windows._measured(event, edge, measure, zone)
        return True if high < edge_low else False if low >= edge_high else None

    return at_or_before


def unguarded(real):
    """A NULL taken for false: what an `EXISTS` would do."""

    def judged(scope, opened, inside, after):
        return real(scope, opened, (inside[0], "FALSE"), (after[0], "FALSE"))

    return judged


FAULTS = {
    "bulk: a swapped <": (bulk_windows, "is_before", swapped),
    "bulk: a lost NULL guard": (duties, "judged_have", unguarded),
    "bulk: a date of tomorrow": (standing, "_after", lambda _: lambda *_: "FALSE"),
    "bulk: a day too many": (
        clocks,
        "day_after",
        lambda real: lambda scope, day, length, sign: f"({real(scope, day, length, sign)} + 1)",
    ),
    "reference: a < for <=": (windows, "at_or_before", strictly),
    "reference: a blank that compares as false": (
        expressions,
        "unknown_of",
        lambda _: lambda *_: False,
    ),
    "reference: a date of tomorrow": (CaseView, "_as_seen", lambda _: lambda _view, row: row),
    "reference: a record of tomorrow": (CaseView, "_exists", lambda _: lambda *_: True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen_in_either_engine(fault: str) -> None:
    room, name, planted = FAULTS[fault]
    with patch.object(room, name, planted(getattr(room, name))):
        assert any(volume.judge_batch(seed, 6, 25).wrong for seed in (1, 3, 5, 7, 9, 11))


def test_a_disagreement_is_made_small() -> None:
    room, name, planted = FAULTS["reference: a < for <="]
    with patch.object(room, name, planted(getattr(room, name))):
        wrong = next(
            each for seed in range(1, 20, 2) for each in volume.judge_batch(seed, 6, 25).wrong
        )
        small = volume.smallest_of(wrong, 6, 25, budget=40)
        assert small is not None
        assert volume.differs(small)
    assert len(small.cases) == 1
    assert len(small.policy.items) < 5


def test_an_engine_that_breaks_down_is_a_disagreement() -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("a number")

    with patch.object(duties, "judged_have", broken):
        whole = batches(3, 5)
    assert any("ZeroDivisionError" in each.what for each in whole.wrong)


# --- what was never met -------------------------------------------------------------------------


def test_what_an_engine_never_met_is_told() -> None:
    whole = volume.Batch(reference=Counter({("Not", "true"): 1}))
    assert ("reference", "Not", "true") not in whole.never()
    assert ("bulk", "Not", "true") in whole.never()
    assert "never met by the bulk engine: Not true" in whole.table()


def test_a_construct_that_is_added_must_be_met() -> None:
    class Thrice(core.Core):
        pass

    added = patch.object(core, "Thrice", Thrice, create=True)
    with added, pytest.raises(LookupError, match="Thrice"):
        list(constructs.wanted())


def test_a_form_that_is_added_must_be_met() -> None:
    names = {name for name, _ in constructs.wanted()}
    for domain in core.Domain:
        assert f"Compare:{domain.value}" in names


# --- the ledger ---------------------------------------------------------------------------------


def test_a_ledger_grows_and_no_night_repeats_another(tmp_path, capsys) -> None:
    ledger = tmp_path / "ledger.jsonl"
    small = ["--policies", "2", "--cases", "5", "--processes", "1", "--ledger", str(ledger)]
    assert main(["volume", "--first", "500", "--batches", "2", *small]) == 2  # too few for all
    assert "never met by the bulk engine" in capsys.readouterr().out
    assert main(["nightly", "--budget", "0.0005", *small]) == 2
    first, second = map(json.loads, ledger.read_text().splitlines())
    assert (first["first"], first["next"], second["first"]) == (500, 502, 502)
    assert second["next"] > 502
    assert first["pairs"] <= first["policies"] * 5
    assert first["disagreements"] == []
    assert first["constructs"]["bulk"]
