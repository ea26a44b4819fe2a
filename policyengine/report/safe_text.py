"""One way for every value from data, rule files and file names into what a person sees.

A terminal obeys some characters (escape sequences, the C1 controls), and others change the order
or hide parts of what is read (bidirectional and zero-width characters). Each is written out.
"""

import re
from unicodedata import category

# Category Cf hides or reorders; the joiners inside some scripts' words are let be.
_JOINERS = frozenset({"\u200c", "\u200d"})
_PLAIN = re.compile(r"[ -~]*")


def safe_text(value: str) -> str:
    """The text on one line, with nothing in it that a terminal obeys or a reader cannot see.

    Line ends and tabs become a space; any other control, format, private or unassigned character
    and any half of a surrogate pair becomes its escape (`\\x1b`, `\\u202e`).

    >>> safe_text("Ward 3\\x1b[2J\\nmoved")
    'Ward 3\\\\x1b[2J moved'
    """
    if _PLAIN.fullmatch(value):
        return value
    return "".join(map(_safe, value))


def _safe(char: str) -> str:
    if char in "\t\n\r\v\f\u2028\u2029\x85":
        return " "
    if category(char)[0] == "C" and char not in _JOINERS:
        return _escape(char)
    return char


def _escape(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
