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


_HERE = "policyengine.report.committee"


def be_ready() -> None:
    """Before an hour's judging, not after it: raises ModuleNotFoundError without Jinja2."""
    _environment(_HERE)


def rendered(
    template: str, *, package: str = _HERE, styles: tuple[str, ...] = (), **values: object
) -> str:
    """A template with the style of every page and its hash. `package` is where it lies, if not
    here; `styles` are files beside it whose rules come after those of every page."""
    style = "\n".join([_style(_HERE, "page.css"), *(_style(package, name) for name in styles)])
    digest = b64encode(sha256(style.encode()).digest()).decode()
    made = _environment(package).get_template(template)
    text = made.render(style=style, style_hash=digest, **values)
    # Halves of surrogate pairs cannot be written in UTF-8; they are spelt out instead.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(maxsize=4)
def _environment(package: str) -> "Environment":
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in dict.fromkeys((package, _HERE))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _style(package: str, name: str) -> str:
    """A style, without comments and indentation: it stands in every report."""
    text = files(package).joinpath("templates", name).read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("/*"))
