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

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from policyengine.diagnostics import Diagnostic, Notebook
from policyengine.formats import Mapping, Node, Sequence, load_yaml, read_source
from policyengine.policy import SettingOverride
from policyengine.policy.packs.values import override_of
from policyengine.schema.model import Schema
from policyengine.schema.reading import Reading
from policyengine.standing.waivers_yaml import Limits
from policyengine.values.durations import Duration, Unit

NAME = "trustpolicy.yaml"
_KEYS = ("settings", "targets", "calendar", "waivers", "overlays")
_LENGTH = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*(?:%|percent)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A Trust's settings, targets (in percent, by rule) and calendar. `closed` are further days
    on which nobody works; `bank_holidays` None leaves the schema's own; `path` is where it was
    read from; `overlays` are folders, from where the user stands."""

    settings: Table[str, SettingOverride] = field(default_factory=dict)
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

    def on(self, schema: Schema) -> Schema:
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
) -> tuple[Configuration, list[Diagnostic]]:
    """The configuration that was named, or the nearest upwards from the rules, or none. Every
    mistake in it is a message with its place."""
    path = Path(named) if named else nearest_configuration(rules)
    if path is None:
        return Configuration(), []
    source, faults = read_source(path)
    if source is None:
        return Configuration(), faults
    root, faults = load_yaml(source)
    notes = Notebook(list(faults))
    if root is None or faults:
        return Configuration(), notes.notes
    reading = Reading(notes)
    body = reading.mapping(root, "a configuration")
    config = Configuration() if body is None else _configuration(body, reading)
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


def _configuration(body: Mapping, reading: Reading) -> Configuration:
    reading.only(body, _KEYS, "a configuration")
    holidays, closed = _calendar(body.get("calendar"), reading)
    return Configuration(
        settings=_settings(body.get("settings"), reading),
        targets=_targets(body.get("targets"), reading),
        bank_holidays=holidays,
        closed=closed,
        waivers=_waivers(body.get("waivers"), reading),
        overlays=_overlays(body.get("overlays"), reading),
    )


def _overlays(node: Node | None, reading: Reading) -> tuple[str, ...]:
    if node is not None and not isinstance(node, Sequence):
        reading.fault("SCH001", node.span, "`overlays` must be a list of folders")
    items = node.items if isinstance(node, Sequence) else ()
    texts = [reading.text(item, "an overlay") for item in items]
    return tuple(text.text.strip() for text in texts if text is not None)


# --- settings -----------------------------------------------------------------------------------


def _settings(node: Node | None, reading: Reading) -> dict[str, SettingOverride]:
    body = None if node is None else reading.mapping(node, "`settings`")
    found: dict[str, SettingOverride] = {}
    for entry in body.entries if body else ():
        override = override_of(entry.key, entry.value, reading)
        if override is not None:
            found[entry.key.text] = override
    return found


# --- targets and calendar -----------------------------------------------------------------------


def _targets(node: Node | None, reading: Reading) -> dict[str, Decimal]:
    body = None if node is None else reading.mapping(node, "`targets`")
    found: dict[str, Decimal] = {}
    for entry in body.entries if body else ():
        text = reading.text(entry.value, f"the target of {entry.key.text}")
        share = _PERCENT.fullmatch(text.text.strip()) if text else None
        if text is not None and (share is None or Decimal(share[1]) > 100):
            message = f"the target of {entry.key.text} must be a percentage"
            reading.fault("SCH012", text.span, message, hints=("write it as `95 percent`",))
        elif share is not None:
            found[entry.key.text] = Decimal(share[1])
    return found


def _waivers(node: Node | None, reading: Reading) -> Limits:
    """How long a waiver may last, whether one may be of a critical rule, when one is broad."""
    body = None if node is None else reading.mapping(node, "`waivers`")
    if body is None:
        return Limits()
    reading.only(body, ("longest", "critical", "broad"), "`waivers`")
    made = Limits()
    longest = body.get("longest")
    text = None if longest is None else reading.text(longest, "`longest`")
    if text is not None:
        length = _LENGTH.fullmatch(text.text.strip())
        if length is None:
            message = "`longest` must be a length of time"
            reading.fault("SCH012", text.span, message, hints=("write it as `6 months`",))
        else:
            made = replace(made, longest=Duration(int(length[1]), Unit(length[2])))
    critical = reading.words(body.get("critical"), "`critical`")
    if critical is not None and critical not in ("yes", "no"):
        spot = body.get("critical")
        assert spot is not None
        reading.fault("SCH012", spot.span, "`critical` must be yes or no")
    broad = body.get("broad")
    share = None if broad is None else reading.text(broad, "`broad`")
    if share is not None:
        found = _PERCENT.fullmatch(share.text.strip())
        if found is None or Decimal(found[1]) > 100:
            message = "`broad` must be a percentage"
            reading.fault("SCH012", share.span, message, hints=("write it as `25 percent`",))
        else:
            made = replace(made, broad=int(Decimal(found[1])))
    return replace(made, critical=critical == "yes")


def _calendar(node: Node | None, reading: Reading) -> tuple[str | None, frozenset[date]]:
    body = None if node is None else reading.mapping(node, "`calendar`")
    if body is None:
        return None, frozenset()
    reading.only(body, ("bank_holidays", "closed"), "`calendar`")
    holidays = reading.words(body.get("bank_holidays"), "`bank_holidays`")
    if holidays is not None and holidays not in ("england", "none"):
        spot = body.get("bank_holidays")
        assert spot is not None
        message = f"there are no bank holidays of `{holidays}`"
        reading.fault("SCH012", spot.span, message, hints=("`england`, or `none`",))
    closed = body.get("closed")
    items = closed.items if isinstance(closed, Sequence) else (closed,) if closed else ()
    days = [reading.day(item, "a closed day") for item in items]
    return holidays, frozenset(day for day in days if day is not None)
