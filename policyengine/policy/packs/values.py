"""The value of a setting in YAML: `5 days`, `6 months, 3 months from 2026-04-01`, a list."""

import re
from datetime import date

from policyengine.formats import Node, Scalar, Sequence
from policyengine.policy.overrides import SettingOverride
from policyengine.schema.reading import Reading

_DATED = re.compile(r"(?P<value>[^,]+?)(?:\s+from\s+(?P<start>\d{4}-\d{2}-\d{2}))?", re.ASCII)


def override_of(key: Scalar, node: Node, reading: Reading) -> SettingOverride | None:
    """What is to stand in the place of the setting that `key` names; None after a fault."""
    place = f"{key.span.file.name}:{key.span.line}"
    what = f"the setting `{key.text}`"
    if isinstance(node, Sequence):
        texts = [reading.text(item, f"each value of {what}") for item in node.items]
        options = tuple(text.text for text in texts if text is not None)
        if not options:
            reading.fault("SCH001", node.span, f"{what} must have a value")
            return None
        return SettingOverride(options=options, place=place, span=node.span)
    text = reading.text(node, what)
    if text is None:
        return None
    values = _dated_values(text, reading) if not text.quoted else ((None, text.text),)
    return SettingOverride(values=values, place=place, span=text.span)


def _dated_values(text: Scalar, reading: Reading) -> tuple[tuple[date | None, str], ...]:
    """`6 months, 3 months from 2026-04-01`; a text that is not laid out so is one value."""
    parts = [_DATED.fullmatch(part.strip()) for part in text.text.split(",")]
    if not all(part and (index == 0 or part["start"]) for index, part in enumerate(parts)):
        return ((None, text.text),)
    values: list[tuple[date | None, str]] = []
    for part in parts:
        assert part is not None
        start = None
        if part["start"]:
            start = reading.day(Scalar(part["start"], text.span), "the day of a value")
        values.append((start, part["value"]))
    return tuple(values)
