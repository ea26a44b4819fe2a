"""What a run ends with: exit codes, one meaning each, and what stops a run early."""

from typing import Final

DONE: Final = 0
GATE: Final = 1  # done, and a gate was not met
USAGE: Final = 2  # the command line is wrong
CANNOT_RUN: Final = 3  # the rules do not check, an input cannot be read
UNSAFE: Final = 4  # done, but not safe to rely on
BUG: Final = 70
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

_ORDER = (BUG, CANNOT_RUN, UNSAFE, GATE, DONE)


def gravest(*codes: int) -> int:
    """The code that wins: 70, then 3, then 4, then 1.

    >>> gravest(GATE, UNSAFE)
    4
    """
    return min(codes, key=_ORDER.index, default=DONE)


class Stop(Exception):  # noqa: N818 - an end that is meant, not an error of the program
    """The run ends here, with a message for standard error and a code."""

    def __init__(self, code: int, message: str, *hints: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hints = hints


def usage(message: str, *hints: str) -> Stop:
    """The command line is wrong, and how to mend it."""
    return Stop(USAGE, message, *hints)
