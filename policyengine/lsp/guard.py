"""What goes wrong is told to whoever runs the server, and never to anybody's text."""

import functools
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def tell(error: BaseException) -> None:
    """Write to standard error what went wrong and where; its message may hold what was typed, and
    is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = "; ".join(f"{Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames)
    print(f"trustpolicy lsp: {type(error).__name__}: {places}", file=sys.stderr, flush=True)


def hush(library: str) -> None:
    """A library's own log would hold what was sent, and with it what was typed."""
    log = logging.getLogger(library)
    log.addHandler(logging.NullHandler())
    log.propagate = False


def guarded(do: Callable[P, T]) -> Callable[P, T | None]:
    """The same, but None where something goes wrong."""

    @functools.wraps(do)
    def safely(*given: P.args, **named: P.kwargs) -> T | None:
        try:
            return do(*given, **named)
        except Exception as error:  # noqa: BLE001 - the server stays up whatever was typed
            tell(error)
            return None

    return safely
