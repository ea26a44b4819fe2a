"""Read-backs as others show them: plain text, rich, Markdown, HTML, JSON. One file an output."""

from policyengine.report.readback.html import readback_html, said_html
from policyengine.report.readback.json import readback_json
from policyengine.report.readback.markdown import readback_markdown, said_markdown
from policyengine.report.readback.text import plain_marks, readback_text, said_text

__all__ = [
    "plain_marks",
    "readback_html",
    "readback_json",
    "readback_markdown",
    "readback_text",
    "said_html",
    "said_markdown",
    "said_text",
]
