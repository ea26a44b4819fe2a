"""One way for every value from data and rule files into Markdown: as words, and as nothing else.

No value starts a table cell, a heading, a link, an image or HTML, names a person (`@somebody`) or
a ticket (`#12`), or is turned into a link by itself.
"""

import re

from policyengine.report.safe_text import safe_text

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$^=:])")
_PLAIN = re.compile(r"[A-Za-z0-9 ,;'\"/%?]*")
_NOTHING = "<!-- -->"  # breaks what a renderer would make of the text once it is drawn


def markdown_text(value: str) -> str:
    """A value for a line of Markdown or a cell of its tables.

    >>> markdown_text("2 * <b> | [x](y)")
    '2 \\\\* &lt;b&gt; \\\\| \\\\[x\\\\]\\\\(y\\\\)'
    """
    text = safe_text(value)
    if _PLAIN.fullmatch(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _broken(_MARKS.sub(r"\\\1", text))


def _broken(text: str) -> str:
    """With what a renderer would make links or mentions of taken apart. Backslashes are drawn as
    nothing, so they are looked past."""
    out = re.sub(r"(?<=[@!#])(?=\w)", _NOTHING, text)
    out = re.sub(r"(?<=:)(?=//)", _NOTHING, out)
    return re.sub(r"\b(www)(\\\.)", rf"\1{_NOTHING}\2", out, flags=re.IGNORECASE)


def row(*cells: str) -> str:
    """A line of a table; the cells are Markdown already."""
    return "| " + " | ".join(cells) + " |\n"
