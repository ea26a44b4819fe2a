"""What a Trust puts in the place of a setting's own values (S20), before it is read by its type."""

from dataclasses import dataclass
from datetime import date

from policyengine.plan.core import Literal_
from policyengine.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOverride:
    """A Trust's values for a setting: dated ones in order (None: always has been), or a list.

    A text is read by the type of the setting that it overrides: `7 days`, `14`, `2026-04-01`.
    `place` says where it stands, for messages (`trustpolicy.yaml:12`); `span` if it is known.
    """

    values: tuple[tuple[date | None, Literal_], ...] = ()
    options: tuple[Literal_, ...] | None = None
    place: str = ""
    span: Span | None = None
