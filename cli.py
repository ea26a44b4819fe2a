"""`python cli.py ...` is the same as `trustpolicy ...`, from a checkout; it is not packaged."""

import sys
from importlib.util import find_spec

COULD_NOT_RUN = 3
MEND = "run ./setup once, then .venv/bin/python cli.py ..."


def launch() -> int:
    """Run the command line, or say the one thing that stands in the way, and exit 3."""
    if sys.version_info < (3, 11):  # noqa: UP036 (whoever types `python` may have an older one)
        print(f"error: Python 3.11 or later is needed; {MEND}", file=sys.stderr)
        return COULD_NOT_RUN
    if find_spec("lark") is None:
        print(f"error: the libraries it needs are not installed; {MEND}", file=sys.stderr)
        return COULD_NOT_RUN
    from policyengine.commands.main import main

    return main()


if __name__ == "__main__":
    sys.exit(launch())
