"""What a `trustpolicy.yaml` says, key by key; every mistake is a message with its place."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from policyengine.commands.configuration import Configuration
from policyengine.formats import Mapping, Node, Sequence
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.packs.values import override_of
from policyengine.schema.reading import Reading
from policyengine.standing.limits import Limits
from policyengine.values.durations import Duration, Unit

_KEYS = ("settings", "targets", "calendar", "waivers", "overlays")
_LENGTH = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*(?:%|percent)?", re.ASCII)


def configuration_in(body: Mapping, reading: Reading) -> Configuration:
    """The configuration in a mapping, as far as it could be read; what is wrong is noted."""
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
