"""Where the rules, the grammar and the mappings that come with the package lie on disk."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_HOMES = (_PACKAGE / "_shipped", _PACKAGE.parent)  # as installed; as checked out


def shipped(name: str) -> Path:
    """Find `rules`, `grammar`, `mappings`, or a path below one, such as `grammar/policy.lark`.

    An installed package holds them in `_shipped`; an editable install uses the checkout's own.
    Raises FileNotFoundError, which means that the installation is broken, if neither has `name`.
    """
    for home in _HOMES:
        if (found := home / name).exists():
            return found
    raise FileNotFoundError(f"{name} is missing from this installation of trust-policy-engine")
