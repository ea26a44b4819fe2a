"""A replay as one file of HTML: no script, nothing fetched, made to be printed too."""

from policyengine.report.committee.html import be_ready, rendered
from policyengine.report.replay.drawing import MOST_LANES, time_line
from policyengine.report.replay.page import TURNS, ReplayPage
from policyengine.report.safe_text import safe_text

__all__ = ["be_ready", "replay_html"]


def replay_html(page: ReplayPage) -> str:
    """The page. Raises ModuleNotFoundError where Jinja2 is not installed."""
    return rendered(
        "replay.html.j2",
        package="policyengine.report.replay",
        styles=("replay.css",),
        page=page,
        drawing=time_line(page),
        most=MOST_LANES,
        words=dict(TURNS),
        safe=safe_text,
    )
