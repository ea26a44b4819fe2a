"""What a kind, a field or a code list may be called."""

import re

# The words that begin or join an expression cannot stand bare, so no kind can be called by one:
# `there is a number` has to mean one thing. A field can, for it may be written after a dot.
RESERVED = frozenset(
    re.findall(
        r"\w+",
        "and or not yes no all any none there every number similarity total highest lowest latest "
        "earliest later earlier days age start end as_at is does where as",
    )
)

# Every record has these without their being declared.
OWN_NAMES = frozenset({"id", "case_id"})

_FORM = re.compile(r"[a-z][a-z0-9_]*")


def is_name(word: str) -> bool:
    """Whether a word is a name: lower case, digits and underscores, a letter first."""
    return len(word) <= 63 and _FORM.fullmatch(word) is not None


def as_name(word: str) -> str:
    """The name that a word was perhaps meant to be; empty if nothing is left of it."""
    plain = re.sub(r"[^a-z0-9]+", "_", word.strip().lower()).strip("_")
    return plain if is_name(plain) else ""


def as_label(name: str) -> str:
    """How a name is said where nothing better is declared."""
    return name.replace("_", " ")
