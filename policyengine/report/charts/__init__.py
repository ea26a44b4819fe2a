"""Charts: what they show, decided once, and drawn as text, as SVG, or written as numbers."""

from policyengine.report.charts.picture import Dot, Lines, Mark, Picture, picture_of

__all__ = ["Dot", "Lines", "Mark", "Picture", "picture_of"]
