"""Dates, times, durations and numbers that are written otherwise."""

import re

from policyengine.diagnostics import Diagnostic, Fix
from policyengine.syntax.guess import nearest
from policyengine.syntax.scene import Scene
from policyengine.syntax.words import UNITS

_NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_MONTHS = "january february march april may june july august september october november december"
_MONTH = re.compile(rf"(?:{'|'.join(m[:3] for m in _MONTHS.split())})[a-z]*\.?,?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T?(\d{1,2})[:.]?(\d{2})")
_GLUED = re.compile(r"(\d+)-?([a-z]+)$", re.IGNORECASE)
_SHORT = {
    "d": "days",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "m": "months",
    "y": "years",
    "min": "minutes",
    "mins": "minutes",
    "w": "weeks",
    "wk": "weeks",
    "wks": "weeks",
    "yr": "years",
    "yrs": "years",
    "mth": "months",
    "mths": "months",
    "fortnight": "weeks",
    "fortnights": "weeks",
    "sec": "minutes",
    "secs": "minutes",
    "second": "minutes",
    "seconds": "minutes",
    "quarter": "months",
    "quarters": "months",
}
_WORKING = {"business", "weekday", "weekdays", "workday", "workdays", "work", "week-day"}
_PLAIN = {"calendar", "clear", "whole", "full", "consecutive", "more", "other"}
ALL_UNITS = frozenset(UNITS) | {f"{unit}s" for unit in UNITS}


def explain(scene: Scene) -> Diagnostic | None:
    """Anything with digits in it, or that should have some."""
    for explainer in (_date, _month, _time, _in_words, _glued, _unit, _no_unit):
        found = explainer(scene)
        if found is not None:
            return found
    return None


def _date(scene: Scene) -> Diagnostic | None:
    found = _DATE.match(scene.word)
    if found is None:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", scene.word):
        if scene.offers("DATE"):
            return None
        return None
    written = _TIME.match(scene.word)
    if written is not None and scene.word[:10].count("-") == 2:
        return _bad_time(scene, written)
    first, second, third = found.groups()
    hints: tuple[str, ...] = ("a date is written year-month-day: `2026-04-01`",)
    fix = None
    if len(first) == 4:
        mended = f"{first}-{int(second):02}-{int(third):02}"
        fix = Fix(scene.here, mended)
        hints = (f"write `{mended}`",)
    elif len(third) == 4:
        british = f"{third}-{int(second):02}-{int(first):02}"
        hints = (f"a date is written year-month-day: `{british}`, if the day stands first here",)
    return Diagnostic(
        code="SYN010",
        message="a date is written year-month-day, with hyphens and two digits each",
        span=scene.here,
        found="another way to write a date",
        hints=hints,
        fix=fix,
    )


def _bad_time(scene: Scene, written: re.Match[str]) -> Diagnostic:
    mended = f"{written[1]}T{int(written[2]):02}:{written[3]}"
    wants_day = scene.offers("DATE") and not scene.offers("DATETIME")
    good = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", scene.word) is not None
    if good or wants_day:
        return Diagnostic(
            code="SYN010",
            message="a date stands here, without a time of day",
            span=scene.here,
            found="a date with a time",
            hints=(f"write `{written[1]}`",),
            fix=Fix(scene.here, written[1]),
        )
    return Diagnostic(
        code="SYN010",
        message="a time of day is written to the minute, in local time",
        span=scene.here,
        found="another way to write a time",
        hints=(f"write `{mended}`",),
    )


def _month(scene: Scene) -> Diagnostic | None:
    """`1 April 2026`, `April 1, 2026`"""
    day_first = scene.offers("DATE") and scene.word.isdigit() and _is_month(scene.next_word)
    month_first = _is_month(scene.word) and (
        scene.last_kind == "NUMERAL" or scene.offers_any(("DATE",))
    )
    if not (day_first or month_first):
        return None
    return Diagnostic(
        code="SYN010",
        message="a date is written in digits, year-month-day",
        span=scene.here,
        found="a month by its name" if month_first else "a month's name follows",
        hints=("write it as `2026-04-01`",),
    )


def _is_month(word: str) -> bool:
    return word[:1].isupper() and _MONTH.fullmatch(word) is not None


def _time(scene: Scene) -> Diagnostic | None:
    """`2026-04-01 14:30`"""
    if scene.last_kind != "DATE" or not re.match(r"\d{1,2}:\d\d", scene.word):
        return None
    return Diagnostic(
        code="SYN010",
        message="a date and its time of day are joined by a `T`",
        span=scene.here,
        found="a time that stands apart",
        hints=(f"write `{scene.last}T{scene.word[:5]:0>5}`",),
    )


def _in_words(scene: Scene) -> Diagnostic | None:
    """`seven days`: the number is read as a name, and the unit is one too many."""
    word = scene.word.lower()
    if scene.offers("NUMERAL") and word in _NUMBERS:
        place, number = scene.here, _NUMBERS[word]
    elif word in ALL_UNITS | {"working"} and scene.last.lower() in _NUMBERS:
        place, number = scene.last_place, _NUMBERS[scene.last.lower()]
    elif word in ALL_UNITS | {"working"} and scene.last in ("a", "an"):
        place, number = scene.last_place, 1
    else:
        return None
    return Diagnostic(
        code="SYN014",
        message="a number is written in digits",
        span=place,
        found="a number in words",
        hints=(f"write `{number}`",),
        fix=Fix(place, str(number)),
    )


def _glued(scene: Scene) -> Diagnostic | None:
    """`7days`, `72h`"""
    found = _GLUED.fullmatch(scene.word)
    if found is None:
        return None
    unit = found[2].lower()
    unit = _SHORT.get(unit, unit)
    if unit not in ALL_UNITS:
        near = nearest(unit, ALL_UNITS)
        if near is None:
            return None
        unit = near
    mended = f"{found[1]} {_as_many(found[1], unit)}"
    return Diagnostic(
        code="SYN012",
        message="a number and its unit are two words",
        span=scene.here,
        found="written as one",
        hints=(f"write `{mended}`",),
        fix=Fix(scene.here, mended),
    )


def _unit(scene: Scene) -> Diagnostic | None:
    """`7 dayz`, `5 business days`, `72 hrs`"""
    word = scene.word.lower()
    if not scene.offers("days") or scene.last_kind not in ("NUMERAL", "WORKING"):
        return None
    if scene.last_kind == "WORKING" or word in _WORKING:
        return _named_unit(scene, "working days" if word in _WORKING else "days")
    if word in _PLAIN:
        return _named_unit(scene, "days")
    if word in _SHORT:
        return _named_unit(scene, _as_many(scene.last, _SHORT[word]))
    near = nearest(word, ALL_UNITS)
    if near is None or len(word) < 3 or scene.offers(word):
        return None
    return _named_unit(scene, _as_many(scene.last, near))


def _named_unit(scene: Scene, unit: str) -> Diagnostic:
    return Diagnostic(
        code="SYN012",
        message=f"`{scene.word}` is not a unit of time",
        span=scene.here,
        found="not a unit",
        hints=(
            (
                f"did you mean `{unit}`? The units are minutes, hours, days, weeks, months, years "
                "and working days"
            ),
        ),
    )


def _no_unit(scene: Scene) -> Diagnostic | None:
    """`within 7 after cto.started_on`"""
    if not scene.offers("days", "hours") or scene.last_kind != "NUMERAL":
        return None
    if scene.offers_any(("percent", "and", "because")):
        return None
    return Diagnostic(
        code="SYN012",
        message="this duration has no unit",
        span=scene.last_place,
        found="a number alone",
        hints=(f"say of what: `{scene.last} days`, `{scene.last} working days`, ...",),
    )


def _as_many(number: str, unit: str) -> str:
    singular = unit.removesuffix("s")
    return singular if number == "1" else f"{singular}s"
