"""The packs of a rule set, for the part of a page that says where it comes from."""

from collections.abc import Iterator

from policyengine.plan.core import Layers
from policyengine.readback.layers import layers_told, pack_name
from policyengine.report.safe_text import safe_text


def layer_facts(layers: Layers | None) -> Iterator[tuple[str, str]]:
    """A row for each pack, with all that it changed; nothing where no overlay is in use."""
    if layers is None:
        return
    told = layers_told(layers)
    for number, (pack, (head, changes)) in enumerate(zip(layers.packs, told, strict=True)):
        what = "Overlay" if number else "Base"
        name = safe_text(pack_name(pack))
        held = head.removeprefix(f"{pack_name(pack)}: ").removeprefix("the base; ")
        yield f"{what} {name}", safe_text("; ".join([held, *changes]))
