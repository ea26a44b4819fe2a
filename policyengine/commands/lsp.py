"""`trustpolicy lsp`: the language server, for an editor to start."""

import argparse
import sys
from pathlib import Path

from policyengine.commands.exits import CANNOT_RUN, DONE, Stop

HELP = "the language server: an editor starts it and speaks to it on standard input and output"


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument(
        "rules",
        nargs="*",
        metavar="RULES",
        help="files and folders of the one rule set (default: looked for from each open file: the "
        "nearest folder upwards with a schema.yaml or a trustpolicy.yaml, or the open folder)",
    )
    parser.add_argument("--stdio", action="store_true", help="as editors call it; it is always so")


def run(args: argparse.Namespace) -> int:
    """Serves until the editor ends it."""
    try:
        from policyengine.lsp.server import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        raise Stop(
            CANNOT_RUN,
            "pygls is not installed, and editors are spoken to with it",
            "install it: pip install 'trust-policy-engine[lsp]'",
        ) from None
    if sys.stdin.isatty():
        print(
            "an editor starts this, and speaks to it here: docs/editors.md says how to set one up",
            file=sys.stderr,
        )
    make_server(args.rules, Path(args.schema) if args.schema else None).start_io()
    return DONE
