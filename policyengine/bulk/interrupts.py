"""An interrupt (Ctrl-C, or a request to end) in the middle of a statement: the database is told
at once, and private files go with the run.

Python runs a signal's handler only between two of its own steps, and a long statement is one
step. But it writes a byte where `set_wakeup_fd` says as soon as the signal comes, and there a
thread waits for it.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def interrupted_at_once(con: DuckDBPyConnection) -> Iterator[None]:
    """While this lasts, an interrupt ends the statement that the connection is in; a request to
    end (SIGTERM) is an interrupt too, where nobody else listens to it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears of signals
        return
    mine, other = socket.socketpair()
    mine.setblocking(False)
    watcher = threading.Thread(target=_watch, args=(other, con), daemon=True)
    before = signal.set_wakeup_fd(mine.fileno(), warn_on_full_buffer=False)
    watcher.start()
    listens = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if listens:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        if listens:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.set_wakeup_fd(before)
        mine.close()  # ends the watcher
        watcher.join()
        other.close()


def _watch(listening: socket.socket, con: DuckDBPyConnection) -> None:
    while heard := listening.recv(16):
        if signal.SIGINT in heard or signal.SIGTERM in heard:
            with suppress(Exception):
                con.interrupt()
