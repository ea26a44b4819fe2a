"""What goes wrong in a real export, put in on purpose and counted, so that nothing in the sample
is at the mercy of chance: values that cannot be, dates without their times, records entered in
error or long afterwards, ends before starts."""

from collections.abc import Callable
from datetime import date, timedelta

from tools.sample.clock import at
from tools.sample.story import AS_AT, Fields, Story

Mend = Callable[[Fields], None]


def spoil(stories: list[Story]) -> None:
    """Put each fault into so many records of its kind, spread over the cases."""
    for place, (kind, times, _, mend) in enumerate(FAULTS):
        least = 1 if kind == "risk_review" else 0  # a first review is not compared with another
        rows = [
            story.records[kind][-1] for story in stories if len(story.records.get(kind, [])) > least
        ]
        step = len(rows) // times
        for turn in range(times):
            mend(rows[(step // 3 + turn * step + place * 5) % len(rows)])


def _put(field: str, value: object) -> Mend:
    def mend(row: Fields) -> None:
        row[field] = value

    return mend


def _only_day(*fields: str) -> Mend:
    """A date whose time was not exported."""

    def mend(row: Fields) -> None:
        for field in fields:
            if isinstance(row.get(field), date):
                row[field] = str(row[field])[:10]

    return mend


def _ends_first(row: Fields) -> None:
    if isinstance(day := row["started_on"], date):
        row["ended_on"] = day - timedelta(days=9)


def _no_end(row: Fields) -> None:
    """A recall whose end nobody entered."""
    for field in ("ended_at", "ended_how", "rc_opinion_at", "amhp_agreed_at"):
        row.pop(field, None)


def _stale(row: Fields) -> None:
    """An order still shown as in force, whose extension did not reach this part of the record."""
    if "ended_on" not in row or row["ended_on"] is None:
        row["expires_on"] = AS_AT - timedelta(days=17)


def _known_later(row: Fields) -> None:
    """Entered after the sample's as-at date: a run as at that date does not see it."""
    row["entered_on"] = AS_AT + timedelta(days=2)


def _skipped_hour(row: Fields) -> None:
    """Detained at a local time that never was: the clocks went from one o'clock to two."""
    night = date(2026, 3, 29)
    row |= {
        "decided_at": at(night - timedelta(days=1), 20, 15),
        "served_at": at(night - timedelta(days=1), 22, 40),
        "detained_at": at(night, 1, 30),
        "discussed_at": at(night, 9, 20),
        "ended_at": at(night + timedelta(days=2), 11, 5),
        "entered_at": at(night, 2, 10),
    }


FAULTS: tuple[tuple[str, int, str, Mend], ...] = (
    ("rights_discussion", 2, "a date that is not in the calendar", _put("date", "2026-02-31")),
    (
        "certificate",
        1,
        "a date that is not in the calendar, written another way",
        _put("signed_on", "31/04/2025"),
    ),
    (
        "hospital_stay",
        1,
        "a time of day that there is not",
        _put("discharged_at", "2025-06-12T25:10"),
    ),
    ("cto_recall", 1, "detained at a local time that the clocks skipped", _skipped_hour),
    ("risk_review", 1, "neither yes nor no", _put("new_risk", "maybe")),
    ("incident", 1, "a code that is not in the list", _put("how_serious", "quite bad")),
    ("dash_assessment", 1, "a number in words", _put("yes_count", "fourteen")),
    ("referral", 1, "neither yes nor no", _put("assessment_only", "n/k")),
    ("cto_recall", 4, "days without their times", _only_day("detained_at", "ended_at")),
    ("keeping_safe_plan", 2, "a day without its time", _only_day("made_on")),
    ("cto", 2, "it ends before it starts", _ends_first),
    ("cto", 3, "shown as in force after it expired", _stale),
    ("cto_recall", 1, "its end was never entered", _no_end),
    ("cto", 1, "entered in error", _put("entered_in_error", True)),
    ("rights_discussion", 3, "entered in error", _put("entered_in_error", True)),
    ("contact", 3, "entered in error", _put("entered_in_error", True)),
    ("incident", 1, "entered in error", _put("entered_in_error", True)),
    ("rights_discussion", 2, "entered after the as-at date", _known_later),
    ("alert", 1, "entered after the as-at date", _known_later),
    ("cto_recall", 1, "how it ended is not known", _put("ended_how", "not known")),
)
