"""What overlays did to a rule set, in sentences: nothing that they change is left unsaid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from policyengine.findings.dates import counted

if TYPE_CHECKING:
    from policyengine.plan.core import Layer, LayerChange, Layers

_COUNTED = (
    ("setting", "{} set", "setting"),
    ("target", "{} set", "target"),
    ("retitled", "{} given another title", "rule"),
    ("tightened", "{} tightened", "rule"),
    ("rule", "{} added", "rule"),
    ("new setting", "{} added", "setting"),
    ("kind", "{} of record added", "kind"),
    ("fields of", "fields added to {}", "kind"),
    ("code list", "{} added", "code list"),
    ("codes of", "codes added to {}", "code list"),
)


def pack_name(pack: Layer) -> str:
    """`riverside 3`."""
    return f"{pack.name} {pack.version}".strip()


def layer_lines(layers: Layers) -> Iterator[str]:
    """A line for each overlay: how much it changes, and the rules that it disables by name."""
    for pack in layers.packs:
        if pack.role != "overlay":
            continue
        counts = Counter(each.what for each in pack.changes)
        said = [
            words.format(counted(counts[what], noun, _plural(noun)))
            for what, words, noun in _COUNTED
            if counts[what]
        ]
        gone = [each.name for each in pack.changes if each.what == "disabled"]
        if gone:
            said.append(f"disabled: {', '.join(gone)}")
        yield f"with the overlay {pack_name(pack)}: {'; '.join(said) or 'nothing is changed'}"


def _plural(noun: str) -> str:
    return f"{noun}s"


def change_sentence(change: LayerChange) -> str:
    """One change, with what was before it and why."""
    why = f": {change.why}" if change.why else ""
    was = f", before {change.was}" if change.was else ""
    parts = f" ({change.now})" if change.now else ""
    match change.what:
        case "setting":
            return f"{change.name} is {change.now}{was}{why}"
        case "target":
            return f"the target of {change.name} is {change.now}{why}"
        case "disabled":
            titled = f" “{change.was}”" if change.was else ""
            return f"{change.name}{titled} is disabled{why}"
        case "tightened":
            return f"{change.name} is tightened{why}"
        case "retitled":
            return f"{change.name} is called “{change.now}”, before “{change.was}”{why}"
        case "rule":
            return f"{change.name} is added"
        case "new setting":
            return f"the setting {change.name} is added"
        case "fields of" | "codes of":
            noun = "kind" if change.what == "fields of" else "code list"
            what = change.what.partition(" ")[0]
            return f"the {noun} `{change.name}` has new {what}{parts}"
        case _:
            return f"the {change.what} `{change.name}` is added{parts}"


def layers_told(layers: Layers) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each pack with its sentences, the base first."""
    told = []
    for number, pack in enumerate(layers.packs):
        rules = sum(layer == number for layer in layers.rules.values())
        settings = sum(layer == number for layer in layers.settings.values())
        held = f"{counted(rules, 'rule')} and {counted(settings, 'setting')} are of this layer"
        told.append(
            (
                f"{pack_name(pack)}, {pack.role}: {held}",
                tuple(change_sentence(c) for c in pack.changes),
            )
        )
    return tuple(told)
