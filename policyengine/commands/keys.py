"""The key of the pseudonyms: from a file, from the environment, or made for one run."""

import argparse
import os
from pathlib import Path

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say

VARIABLE = "TRUSTPOLICY_KEY"
SHORTEST = 16  # bytes: whoever guesses the key can try every case id
_LONGEST = 4096


def add_key(parser: argparse.ArgumentParser) -> None:
    """Where the key stands."""
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help=f"the key of the pseudonyms (default: {VARIABLE}, else one made for this run)",
    )


def key_of(args: argparse.Namespace) -> str | None:
    """The key, or None where none is kept. Stops at one that can be guessed (exit 2) or cannot
    be read (exit 3)."""
    if args.key_file:
        key = _read(args, Path(args.key_file))
        where = args.key_file
    else:
        key, where = os.environ.get(VARIABLE) or "", VARIABLE
        if not key:
            return None
    if len(key.encode("utf-8", "surrogateescape")) < SHORTEST:
        raise usage(
            f"the key in {where} is shorter than {SHORTEST} bytes: it could be guessed",
            "make one with: head -c 32 /dev/urandom | base64",
        )
    return key


def _read(args: argparse.Namespace, path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
        open_to_others = path.stat().st_mode & 0o077
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Stop(CANNOT_RUN, f"the key file {path} cannot be read: {why}") from None
    if len(data) > _LONGEST:
        raise Stop(CANNOT_RUN, f"the key file {path} is no key: it is larger than 4 KiB")
    if open_to_others:
        say(args, f"warning: others can read the key file {path}; chmod 600 it")
    return data.decode("utf-8", "surrogateescape").strip("\r\n")
