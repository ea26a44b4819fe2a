"""Rule packs: a base, and overlays that change it in declared ways.

`stack` finds the packs and their order, `from_yaml` reads a `pack.yaml`, `applying` makes the one
rule set of them, and `layers` says of each rule and setting where it comes from.
"""

from policyengine.policy.packs.model import NAME, Pack, Stack

__all__ = ["NAME", "Pack", "Stack"]
