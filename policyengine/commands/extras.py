"""What a verb says where the libraries that it writes with are not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from policyengine.commands.exits import CANNOT_RUN, Stop

_NEEDED = {"jinja2": "Jinja2", "markupsafe": "MarkupSafe", "xlsxwriter": "XlsxWriter"}


@contextmanager
def needs_report_extra() -> Iterator[None]:
    """Ends the run (exit 3) with the one command that installs what is missing; or where the
    disk is full before the file is made."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name not in _NEEDED:
            raise
        raise Stop(
            CANNOT_RUN,
            f"{_NEEDED[name]} is not installed, and this is written with it",
            "install it: pip install 'trust-policy-engine[report]'",
        ) from None
    except OSError as error:
        why = error.strerror or "there is no room for it"
        raise Stop(CANNOT_RUN, f"what is to be written cannot be written: {why}") from None
