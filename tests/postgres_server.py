"""A PostgreSQL server of the tests' own: started empty, on a free port, and thrown away."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

OWNER_SECRET = "owner-Zq81-secret"
READER_SECRET = "reader-Zq82-secret"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server with a database `audit`, an owner, and a reader who may select."""

    port: int

    def address(self, user: str = "reader", secret: str | None = READER_SECRET) -> str:
        """The address of the database for a user."""
        login = user if secret is None else f"{user}:{secret}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/audit"

    @property
    def owner(self) -> str:
        """The address with which tests lay out tables."""
        return self.address("postgres", OWNER_SECRET)


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


@contextmanager
def running() -> Iterator[Server]:
    """Start a server; as `postgres` where the tests run as root, which no server does."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("initdb is missing: Debian's package is postgresql")
        pytest.skip("PostgreSQL's server is not installed")
    as_user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-") as name, socket.socket() as probe:
        home = Path(name)
        secret = home / "secret"
        secret.write_text(OWNER_SECRET, encoding="utf-8")
        if as_user is not None:
            for each in (home, secret):
                shutil.chown(each, as_user, as_user)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()

        def run(*words: str | Path) -> None:
            subprocess.run(
                [str(word) for word in words],
                check=True, cwd=home, user=as_user, group=as_user,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            )  # fmt: skip

        data = home / "data"
        run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256",
            "--pwfile", secret, "--no-sync", "--no-locale", "-E", "UTF8")  # fmt: skip
        settings = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(binaries / "pg_ctl", "-D", data, "-w", "-o", settings, "-l", home / "log", "start")
        try:
            _laid_out(port)
            yield Server(port)
        finally:
            run(binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _laid_out(port: int) -> None:
    import psycopg

    root = f"postgresql://postgres:{OWNER_SECRET}@127.0.0.1:{port}/postgres"
    with psycopg.connect(root, autocommit=True) as connection:
        connection.execute("CREATE DATABASE audit")
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{READER_SECRET}'")
