"""Times with an offset are read by the hour, and come out as if each had been read by itself."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.imports.clock import Clock
from policyengine.imports.model import Manner
from policyengine.values.moments import Zone

ZONES = ["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"]
# Around the changes of the clocks: 29 March and 25 October 2026 in London, 4 October on Lord Howe.
TURNS = [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1), datetime(2026, 10, 3, 15, 30)]  # noqa: DTZ001
OFFSETS = ["Z", "+00:00", "+01:00", "-03:30", "+10:30", "+05:45", "+14:00"]


def read_alone(clock: Clock, text: str) -> object:
    return clock._instant(text)


@pytest.mark.parametrize("midnight_unknown", [False, True])
@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_a_change_of_the_clocks(zone: str, midnight_unknown: bool) -> None:
    clock = Clock(Manner(midnight_unknown=midnight_unknown), Zone(zone), None)
    for turn in TURNS:
        for minute in range(-180, 180, 7):
            written = (turn + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S")
            for offset in OFFSETS[:3]:
                text = written + offset
                assert clock.instant(text) == read_alone(clock, text), text


@settings(max_examples=400, deadline=None)
@given(
    st.datetimes(datetime(1700, 1, 1), datetime(2300, 1, 1)),  # noqa: DTZ001
    st.sampled_from(OFFSETS),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"]),
    st.sampled_from(ZONES),
    st.sampled_from([("iso",), ("iso", "%Y-%d-%m %H:%M"), ("%d/%m/%Y",)]),
)
def test_any_time_with_an_offset(
    when: datetime, offset: str, layout: str, zone: str, dates: tuple[str, ...]
) -> None:
    text = when.strftime(layout).zfill(10) + offset
    clock = Clock(Manner(dates=dates), Zone(zone), None)
    assert clock.instant(text) == clock.instant(text) == read_alone(clock, text)


def test_hours_that_are_none() -> None:
    clock = Clock(Manner(), Zone("Europe/London"), None)
    for text in ("2026-02-30T10:15:00Z", "2026-01-01T24:15:00Z", "2026-01-01T10:15:00+25:00"):
        assert clock.instant(text) == read_alone(clock, text)
