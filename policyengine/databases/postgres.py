"""PostgreSQL: one read-only transaction, one snapshot, a cursor on the server for each query."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NoReturn

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from policyengine.databases.addresses import shown
from policyengine.databases.fetching import FAILED, NOT_READ
from policyengine.records.errors import export_error

_AT_ONCE: Final = 1000  # rows that are held at a time
_CONNECT_SECONDS: Final = 15
# The session is set before anything is asked. Every statement after it stands in one transaction
# that sees one moment and cannot write; a cursor of the server is a single SELECT by nature.
_SESSION: Final = (
    "SET default_transaction_read_only = on",
    "SET datestyle = 'ISO, YMD'",
    "SET timezone = 'UTC'",
    "SET client_encoding = 'UTF8'",
    "SET lock_timeout = '30s'",
    "SET statement_timeout = '15min'",
    "SET synchronize_seqscans = off",
)
_OFFSET = re.compile(r"([+-]\d{2})(?::?(\d{2}))?(?::\d{2})?$", re.ASCII)
# What a server says at the door carries no SQLSTATE here: it is known by its words.
_WHY: Final = (
    ("password authentication failed", "the user or the password is wrong"),
    ("no password supplied", "it asks for a password, and none was given"),
    ("no pg_hba.conf entry", "it does not let this user in from here"),
    ("is not permitted to log in", "it does not let this user in"),
    ("role ", "the user or the password is wrong"),
    ("database ", "there is no such database on it"),
    ("too many", "it has no connection left"),
    ("SSL", "an encrypted connection cannot be made"),
)
_FAULTS: Final = {
    "25006": "it would write, and nothing is ever written",
    "42501": "the user may not read one of its tables",
    "57014": "it took longer than it may, or it was cancelled",
    "55P03": "a table of it is locked",
    "22P02": "a value cannot be cast as it says",
}


class _Plain(Loader):
    """Dates and times as the server writes them in ISO: `infinity` is no date of Python's."""

    def load(self, data: Buffer) -> str:
        """The text."""
        return bytes(data).decode("ascii")


class _Instant(_Plain):
    """`2026-01-01 10:00:00+00` is `2026-01-01T10:00:00+00:00` elsewhere."""

    def load(self, data: Buffer) -> str:
        """The text, with a T and a whole offset."""
        text = super().load(data).replace(" ", "T", 1)
        return _OFFSET.sub(lambda found: f"{found[1]}:{found[2] or '00'}", text)


class _Local(_Plain):
    """A timestamp without a zone."""

    def load(self, data: Buffer) -> str:
        """The text, with a T."""
        return super().load(data).replace(" ", "T", 1)


class _Rows:
    """The rows of a cursor."""

    def __init__(self, cursor: "psycopg.ServerCursor[tuple[object, ...]]", what: str) -> None:
        self._cursor = cursor
        self._what = what
        self.columns: Sequence[str] = [each.name for each in cursor.description or ()]

    def __iter__(self) -> Iterator[Sequence[object]]:
        try:
            while rows := self._cursor.fetchmany(_AT_ONCE):
                yield from rows
        except psycopg.Error as error:
            _failed(error, self._what)


class Postgres:
    """A connection inside its one transaction."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._connection = connection
        self._number = 0

    @contextmanager
    def rows(self, query: str, what: str) -> Iterator[_Rows]:
        """Ask a query. Raises `ExportError` (MAP009) where it fails."""
        self._number += 1
        plain = query.strip().removesuffix(";")
        cursor = self._connection.cursor(name=f"trustpolicy_{self._number}")
        with cursor:
            try:
                # psycopg sends it by the protocol that takes one statement and no second.
                cursor.execute(plain.encode())
            except psycopg.Error as error:
                _failed(error, what)
            yield _Rows(cursor, what)


@contextmanager
def opened(address: str) -> Iterator[Postgres]:
    """Open a database for reading. Raises `ExportError` (MAP008) where that is not possible."""
    try:
        connection = psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="trustpolicy",
        )
    except psycopg.Error as error:
        _refused(error, address)
    with connection:
        try:
            for statement in _SESSION:
                connection.execute(statement.encode())
            connection.set_autocommit(False)
            connection.set_read_only(True)
            connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        except psycopg.Error as error:
            _refused(error, address)
        for name, loader in (
            ("date", _Plain),
            ("time", _Plain),
            ("timetz", _Plain),
            ("timestamp", _Local),
            ("timestamptz", _Instant),
        ):
            connection.adapters.register_loader(name, loader)
        try:
            yield Postgres(connection)
        finally:
            if not connection.closed:
                connection.rollback()


def _refused(error: psycopg.Error, address: str) -> NoReturn:
    """Why a database cannot be opened. The driver's own words can hold what was typed."""
    said = str(error)
    told = [why for words, why in _WHY if "FATAL" in said and words in said]
    if "no password supplied" in said:
        told = [why for words, why in _WHY if words in said]
    hint = "PGPASSWORD, or a password file (PGPASSFILE, ~/.pgpass), keeps it off the command line"
    why = told[0] if told else "it cannot be reached, or the address is not understood"
    raise export_error(NOT_READ, f"{shown(address)}: {why}", hint) from None


def _failed(error: psycopg.Error, what: str) -> NoReturn:
    """Why a query failed. Of faults in the query itself (class 42) the server's words are told,
    since they name tables and columns; others can hold what stands in a row."""
    state = error.sqlstate or ""
    why = _FAULTS.get(state)
    if why is None and state.startswith("42"):
        why = error.diag.message_primary
    if why is None:
        why = f"the database refused it (SQLSTATE {state})" if state else "the connection was lost"
    raise export_error(FAILED, f"{what}: {why}") from None
