"""Pages as one HTML file: no script, nothing fetched, every value escaped.

The policy in the page allows its own style by its hash and nothing else, so that a value that got
past the escaping would still do nothing.
"""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from policyengine.report.committee.page import CommitteePage

if TYPE_CHECKING:
    from jinja2 import Environment


def committee_html(page: CommitteePage) -> str:
    """The committee's report. Raises ModuleNotFoundError where Jinja2 is not installed."""
    return rendered("report.html.j2", page=page)


def be_ready() -> None:
    """Before an hour's judging, not after it: raises ModuleNotFoundError without Jinja2."""
    _environment()


def rendered(template: str, **values: object) -> str:
    """A template of this folder with the style and its hash."""
    style = _style()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    text = _environment().get_template(template).render(style=style, style_hash=digest, **values)
    # Halves of surrogate pairs cannot be written in UTF-8; they are spelt out instead.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("policyengine.report.committee", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _style() -> str:
    """The style, without comments and indentation: it stands in every report."""
    text = (
        files("policyengine.report.committee").joinpath("templates", "page.css").read_text("utf-8")
    )
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("/*"))
