"""`trustpolicy.yaml`: what a Trust puts in the place of the rule set's own numbers.

settings:
  rights_window: 5 days
  rights_repeat: 6 months, 3 months from 2026-04-01
  high_risk: [high, very high]
targets:
  CTO-01: 95 percent
calendar:
  bank_holidays: england
  closed: [2026-12-24]
waivers:
  longest: 6 months
  critical: no
  broad: 25 percent
overlays:
  - packs/riverside
"""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.standing.limits import Limits

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.policy.overrides import SettingOverride
    from policyengine.schema.model import Schema

NAME = "trustpolicy.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A Trust's settings, targets (in percent, by rule) and calendar. `closed` are further days
    on which nobody works; `bank_holidays` None leaves the schema's own; `path` is where it was
    read from; `overlays` are folders, from where the user stands."""

    settings: "Table[str, SettingOverride]" = field(default_factory=dict)
    targets: Table[str, Decimal] = field(default_factory=dict)
    bank_holidays: str | None = None
    closed: frozenset[date] = frozenset()
    path: Path | None = None
    waivers: Limits = field(default_factory=Limits)
    overlays: tuple[str, ...] = ()

    @property
    def has_calendar(self) -> bool:
        """Whether it says anything about working days."""
        return self.bank_holidays is not None or bool(self.closed)

    def on(self, schema: "Schema") -> "Schema":
        """A schema with this calendar."""
        holidays = self.bank_holidays or schema.bank_holidays
        return replace(
            schema,
            bank_holidays=None if holidays == "none" else holidays,
            closed=schema.closed | self.closed,
        )


def no_configuration() -> Configuration:
    """The rule set's own numbers."""
    return Configuration()


def read_configuration(
    named: str | None, rules: list[str]
) -> "tuple[Configuration, list[Diagnostic]]":
    """The configuration that was named, or the nearest upwards from the rules, or none. Every
    mistake in it is a message with its place."""
    path = Path(named) if named else nearest_configuration(rules)
    if path is None:
        return Configuration(), []
    from policyengine.commands.configuration_yaml import configuration_in
    from policyengine.diagnostics import Notebook
    from policyengine.formats import load_yaml, read_source
    from policyengine.schema.reading import Reading

    source, faults = read_source(path)
    if source is None:
        return Configuration(), faults
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if root is None or faults:
        return Configuration(), notes.notes
    reading = Reading(notes)
    body = reading.mapping(root, "a configuration")
    config = Configuration() if body is None else configuration_in(body, reading)
    overlays = tuple(str(path.parent / each) for each in config.overlays)
    return replace(config, path=path, overlays=overlays), notes.notes


def nearest_configuration(rules: list[str]) -> Path | None:
    """`trustpolicy.yaml` in the folder of the rules, or the nearest above it. Of the rules that
    come with the package it is the one where the user stands, or above."""
    first = next((path for path in rules if path != "-"), ".")
    start = Path(first).resolve()
    folder = start if start.is_dir() else start.parent
    for place in (folder, *folder.parents):
        if (place / NAME).is_file():
            return place / NAME
    return None
