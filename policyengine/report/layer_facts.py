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
    for pack, (head, changes) in zip(layers.packs, told, strict=True):
        held = head.removeprefix(f"{pack_name(pack)}, {pack.role}: ")
        name = f"{pack.role.capitalize()} {pack_name(pack)}"
        yield safe_text(name), safe_text("; ".join([held, *changes]))
