"""What is said of every sample: of what, as at when, how it was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policyengine.sampling import Draw, Estimate, Frame
from policyengine.sampling.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A sample, and what a reviewer's answers came to, if there are any.

    `asked` is the size in words (`10 a team`); `census` gives met and judged of everybody in the
    frame by rule, `sample` the estimate beside it; both are empty where they were not asked for.
    """

    engine_version: str
    as_at: str
    known_by: str
    rules_sha256: str
    cases_sha256: str
    cases: int
    rules: Mapping[str, str]
    restricted: bool
    per: str
    asked: str
    size: int | None
    margin: int | None
    frame: Frame
    draw: Draw
    review: Review | None = None
    sample: Mapping[str, Estimate] | None = None
    census: Mapping[str, tuple[int, int]] | None = None
