"""Two versions of a rule set: what changed in words, whether it asks for more or less, and whose
verdicts move.

`changes.py` compares what the rules say, section by section of their readings, so that layout,
comments and the names of things inside a rule are no change. `moves.py` judges a case load by
both, and `hybrids.py` says which clause moved a verdict. Which way a rule moved is looked for, and
proved, in `analysis`.
"""

from policyengine.comparing.changes import (
    Change,
    Comparison,
    Direction,
    Part,
    Side,
    compare,
    schema_differences,
    unjudgeable,
)
from policyengine.comparing.moves import Before, Move, Moves, moves, moves_of

__all__ = [
    "Before",
    "Change",
    "Comparison",
    "Direction",
    "Move",
    "Moves",
    "Part",
    "Side",
    "compare",
    "moves",
    "moves_of",
    "schema_differences",
    "unjudgeable",
]
