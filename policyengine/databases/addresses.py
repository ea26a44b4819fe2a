"""Addresses of databases, as they are given on the command line and as they may be shown.

An address may hold a password; what is shown never holds more than the server and the name of
the database. Nothing here needs a driver.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

POSTGRES: Final = ("postgresql", "postgres")
# Addresses that are known for what they are, and that no driver here reads.
OTHERS: Final = ("mssql", "sqlserver", "odbc", "oracle", "mysql", "mariadb", "sqlite", "duckdb")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9.\-]*)(?:\+[A-Za-z0-9.\-]+)?:/{0,2}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.\-]{1,200}", re.ASCII)
_SERVER = re.compile(r"(?:[A-Za-z0-9_.\-]{1,200}|\[[0-9A-Fa-f:.]{2,50}\])(?::\d{1,5})?", re.ASCII)
_SECRET: Final = frozenset({"password", "sslpassword", "passfile", "oauth_client_secret"})


def scheme_of(text: str) -> str:
    """The scheme of an address in lower case, without its driver; "" for what is none."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def is_database(text: str) -> bool:
    """Whether a text is the address of a database, of a sort that is read here or not."""
    scheme = scheme_of(text)
    return scheme in POSTGRES + OTHERS and (scheme not in OTHERS or "://" in text)


def shown(text: str) -> str:
    """An address as it may be printed: `postgresql://server/name`, and no more.

    >>> shown("postgresql://ann:secret@db.example:5432/audit?sslmode=require")
    'postgresql://db.example:5432/audit'
    """
    scheme = scheme_of(text) or "database"
    try:
        parts = urlsplit(text)
        where = parts.netloc.rpartition("@")[2]
        name = unquote(parts.path.removeprefix("/"))
    except ValueError:
        return f"{scheme}://..."
    if not _is_whole(text) or (where and not _SERVER.fullmatch(where)):
        return f"{scheme}://..."
    return f"{scheme}://{where}/{name if _PLAIN.fullmatch(name) else ''}"


def _is_whole(text: str) -> bool:
    """Whether an address parts into what it should. A `/`, `?` or `#` in a password that was not
    written as `%2F` and the like ends the server's part too early, and leaves an `@` behind."""
    parts = urlsplit(text)
    return "@" not in parts.path + parts.query + parts.fragment


def has_password(text: str) -> bool:
    """Whether an address holds a password, which the list of processes shows to everybody."""
    try:
        parts = urlsplit(text)
        named = {key.lower() for key, _ in parse_qsl(parts.query)}
    except ValueError:
        return True
    login = parts.netloc.rpartition("@")[0]
    return ":" in login or not _is_whole(text) or bool(named & _SECRET)
