"""The handbook as one file of HTML: no script, nothing fetched, made to be printed on A4."""

from policyengine.report.committee.html import be_ready, rendered
from policyengine.report.handbook.page import Handbook
from policyengine.report.readback.html import blocks_html
from policyengine.report.safe_text import safe_text

__all__ = ["be_ready", "handbook_html"]


def handbook_html(page: Handbook) -> str:
    """The page. Raises ModuleNotFoundError where Jinja2 is not installed."""
    return rendered(
        "handbook.html.j2",
        package="policyengine.report.handbook",
        styles=("handbook.css",),
        page=page,
        blocks=lambda section: "".join(blocks_html(section.blocks)),
        safe=safe_text,
    )
