"""Audit samples: the frame, the draw, what a reviewer says of it, and the sample beside the census.

Invariants: nothing here draws by chance or reads a clock; the same seed and the same case give
the same place in the draw, whatever else is in the export and in whatever order.
"""

from policyengine.sampling.agreement import Agreement, agreement
from policyengine.sampling.draw import Draw, Stratum, draw
from policyengine.sampling.estimate import Estimate, estimate
from policyengine.sampling.frame import Frame, FrameCase, frame_of
from policyengine.sampling.size import size_for

__all__ = [
    "Agreement",
    "Draw",
    "Estimate",
    "Frame",
    "FrameCase",
    "Stratum",
    "agreement",
    "draw",
    "estimate",
    "frame_of",
    "size_for",
]
