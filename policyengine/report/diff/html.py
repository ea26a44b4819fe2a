"""A comparison as one file of HTML: no script, nothing fetched."""

from policyengine.report.committee.html import be_ready, rendered
from policyengine.report.diff.page import DiffPage, word
from policyengine.report.diff.text import HEADS
from policyengine.report.safe_text import safe_text

__all__ = ["be_ready", "diff_html"]


def diff_html(page: DiffPage) -> str:
    """The page. Raises ModuleNotFoundError where Jinja2 is not installed."""
    return rendered(
        "diff.html.j2",
        package="policyengine.report.diff",
        styles=("diff.css",),
        page=page,
        heads=HEADS,
        word=word,
        safe=safe_text,
    )
