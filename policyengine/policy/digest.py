"""What a rule set says, as a number: whatever its order, its files and its layout (S24)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from policyengine.policy.overrides import SettingOverride
from policyengine.syntax.tree import Item, PolicyFile


def digest_of(
    files: Sequence[PolicyFile],
    overrides: Mapping[str, SettingOverride],
    targets: Mapping[str, Decimal],
    form: Callable[[Item], str] = repr,
) -> str:
    """The SHA-256, in hexadecimal, of the items and of a Trust's own settings and targets.

    An item's form is its `repr`, which leaves places in files out; `form` may have kept it.
    """
    said = sorted(form(item) for file in files for item in file.items)
    said += [
        f"override {name}: {overrides[name].values!r} {overrides[name].options!r}"
        for name in sorted(overrides)
    ]
    said += [f"target {rule}: {targets[rule]}" for rule in sorted(targets)]
    whole = sha256()
    for line in said:
        whole.update(line.encode("utf-8", "backslashreplace"))
        whole.update(b"\x00")
    return whole.hexdigest()
