"""Small cases that show what a rule does, found by search.

`witnesses` is the door: it takes a checked plan, a rule's id and one or more goals (a verdict, a
condition's truth, a difference from another version of the rule, or any test), and gives the
smallest cases that were found to show them. `example_block` writes one as an `example` that can
be pasted beside the rule, `example_plan` gives it as an example that was checked.

What a rule means is asked of the reference engine alone: the search only guesses. That nothing
was found proves nothing, and whoever reports it says so.
"""

from policyengine.tooling.searching.bench import Bench
from policyengine.tooling.searching.blocks import Block, example_block, example_plan
from policyengine.tooling.searching.model import (
    Effort,
    Gives,
    Goal,
    Meets,
    Row,
    Rows,
    SmallCase,
    SmallRecord,
    Such,
    TellsApart,
    Witness,
)
from policyengine.tooling.searching.search import Ask, Search, ask_of, differs, witnesses

__all__ = [
    "Ask",
    "Bench",
    "Block",
    "Effort",
    "Gives",
    "Goal",
    "Meets",
    "Row",
    "Rows",
    "Search",
    "SmallCase",
    "SmallRecord",
    "Such",
    "TellsApart",
    "Witness",
    "ask_of",
    "differs",
    "example_block",
    "example_plan",
    "witnesses",
]
