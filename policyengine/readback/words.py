"""English for small things: plurals, articles, lists, dates, values of the core."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from policyengine.findings.dates import long_date
from policyengine.plan.core import Literal_
from policyengine.values.durations import Duration
from policyengine.values.moments import Moment, Zone

_NOT_COUNTED = ("care", "advice", "information", "after-care")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def a(noun: str) -> str:
    """The noun with its article.

    >>> a("alert"), a("MARAC meeting"), a("other reason")
    ('an alert', 'a MARAC meeting', 'an other reason')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def plural(label: str) -> str:
    """The plural of a label: of its head, which stands before the first `of`, `in`, `with`.

    >>> plural("explanation of rights"), plural("nearest relative entry"), plural("alert")
    ('explanations of rights', 'nearest relative entries', 'alerts')
    """
    words = label.split(" ")
    cut = next((at for at, word in enumerate(words) if at and word in _AFTER_THE_HEAD), len(words))
    head = words[cut - 1]
    return " ".join([*words[: cut - 1], _plural_word(head), *words[cut:]])


_AFTER_THE_HEAD = ("of", "in", "with", "to", "before", "about", "for")


def head_ends(label: str) -> int | None:
    """Where the head of a label ends, if more stands after it."""
    words = label.split(" ")
    cut = next((at for at, word in enumerate(words) if at and word in _AFTER_THE_HEAD), None)
    return None if cut is None else len(" ".join(words[:cut]))


def _plural_word(word: str) -> str:
    if word in _NOT_COUNTED:
        return f"{word} records"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"


def number_word(number: int) -> str:
    """A small number as a word.

    >>> number_word(2), number_word(14)
    ('two', '14')
    """
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"


def quoted(text: str) -> str:
    """A text in quotation marks; marks of its own are doubled, so that it ends where it ends."""
    return f"“{text.replace('”', '””')}”"


def listed(parts: Sequence[str], last: str = "or") -> str:
    """`A`, `A or B`, `A, B or C`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def value_words(value: Literal_, zone: Zone) -> str:
    """A literal: `7 days`, `1 April 2026`, `“understood”`, `14`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Moment():
            return moment_words(value, zone)
        case Duration() as duration:
            return str(duration)
        case Decimal():
            return f"{value:f}"
        case str():
            return quoted(value)


def moment_words(moment: Moment, zone: Zone) -> str:
    """A day or a time of a day: `1 April 2026`, `1 April 2026 at 14:30`."""
    day = day_words(date.fromordinal(moment.last))
    if moment.timed and moment.until is not None:
        local = zone.local(moment.until)
        return f"{day} at {local:%H:%M:%S}" if local.second else f"{day} at {local:%H:%M}"
    return day


def day_words(day: date) -> str:
    """A day without its weekday: `1 April 2026`."""
    return long_date(day.isoformat()).split(" ", 1)[1]
