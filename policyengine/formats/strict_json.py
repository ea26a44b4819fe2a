"""JSON with its traps closed: no key twice, no number that is none, no depth without end.

A whole number comes as `int`, one with decimal places as `Decimal`, and one with an exponent as
`float`, a type that no field takes: `1e5` is not how a record writes a number. Texts may hold
lone surrogates; who types them looks.
"""

import json
from decimal import Decimal
from math import isfinite
from typing import NoReturn

DEPTH_CAP = 50
DIGITS_CAP = 400


class JsonError(ValueError):
    """What is wrong with a piece of JSON, and where; never what it says."""


def loads(text: str, where: str) -> object:
    """Read one JSON value.

    `where` (`cases.jsonl line 3`) begins the message of the `JsonError` that is raised for what
    is not JSON, for a key that comes twice, NaN, infinities, numbers of more than 400 digits or
    beyond what a number can be, and more than 50 levels.
    """
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise JsonError(f"{where}: this is not JSON (at {place})") from None
    except JsonError as fault:
        raise JsonError(f"{where}: {fault}") from None
    except RecursionError:
        raise JsonError(f"{where}: {_TOO_DEEP}") from None
    if text.count("[") + text.count("{") > DEPTH_CAP and _deeper_than(value, DEPTH_CAP):
        raise JsonError(f"{where}: {_TOO_DEEP}")
    return value


_TOO_DEEP = f"nested more than {DEPTH_CAP} deep"


def _deeper_than(value: object, cap: int) -> bool:
    level = [value]
    for _ in range(cap):
        below: list[object] = []
        for node in level:
            if type(node) is dict:
                below += [item for item in node.values() if type(item) in (dict, list)]
            elif type(node) is list:
                below += [item for item in node if type(item) in (dict, list)]
        if not below:
            return False
        level = below
    return True


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise JsonError("a key stands twice in one object")
    return made


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_CAP:
        raise JsonError(f"a number has more than {DIGITS_CAP} digits")
    return int(digits)


def _decimal(digits: str) -> Decimal | float:
    if len(digits) > DIGITS_CAP:
        raise JsonError(f"a number has more than {DIGITS_CAP} digits")
    if "e" not in digits and "E" not in digits:
        return Decimal(digits)
    if not isfinite(number := float(digits)):
        raise JsonError("a number is too large to be one")
    return number


def _constant(_name: str) -> NoReturn:
    raise JsonError("NaN and Infinity are not numbers")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_decimal, parse_constant=_constant
)
