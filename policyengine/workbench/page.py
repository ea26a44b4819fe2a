"""The pages of the workbench: a whole page, and the right side of it alone."""

from functools import lru_cache
from typing import TYPE_CHECKING

from policyengine.diagnostics.text import render
from policyengine.readback import Section
from policyengine.report.readback.html import blocks_html
from policyengine.report.safe_text import safe_text
from policyengine.values.verdict import Verdict
from policyengine.workbench.bench import Note, Result

if TYPE_CHECKING:
    from jinja2 import Environment

_FIRST = ("who", "lets", "when", "duty", "worked", "unless", "cannot_tell", "gaps")


def result_html(result: Result, extra: dict[str, object]) -> str:
    """The right side. `extra`: `called`, `as_at`, `suggestions`."""
    return _rendered("result.html.j2", {"result": result, **extra})


def be_ready() -> None:
    """Raises ModuleNotFoundError without Jinja2."""
    _environment()


def page_html(values: dict[str, object]) -> str:
    """The whole page."""
    return _rendered("bench.html.j2", values)


def status(result: Result) -> str:
    """What changed, in a line: it is read out to those who do not see the page."""
    if result.stale:
        several = "1 mistake" if result.errors == 1 else f"{result.errors} mistakes"
        return f"{several}. The findings and examples are those of the text before."
    parts = ["No mistakes"]
    if result.examples:
        passed = sum(each.passed for each in result.examples)
        parts.append(f"{passed} of {len(result.examples)} examples as expected")
    if result.found is not None:
        counts = result.found.summary.counts
        parts.append(f"{counts[Verdict.BREACHED]:,} breached, {counts[Verdict.MET]:,} met")
    return ". ".join(parts) + "."


def _rendered(template: str, values: dict[str, object]) -> str:
    text = _environment().get_template(template).render(**values)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    packages = ("policyengine.workbench", "policyengine.report.committee")
    made = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "safe": safe_text,
        "blocks": _blocks,
        "first": _FIRST,
        "verdicts": list(Verdict),
        "quoted": _quoted,
        "status": status,
        "percent": _percent,
    }
    return made


def _blocks(section: Section) -> str:
    return "".join(blocks_html(section.blocks))


def _quoted(note: Note) -> str:
    """The line as it stands, the caret and its words, as the command line prints them."""
    return "" if note.diagnostic.span is None else render(note.diagnostic).partition("\n")[2]


def _percent(share: float | None) -> str:
    return "none judged" if share is None else f"{100 * share:.1f}%"
