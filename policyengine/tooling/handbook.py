"""The handbook of a rule set: its rules read back, its examples judged and drawn."""

from collections.abc import Set

from policyengine.evaluate.engine import Engine
from policyengine.plan.core import Plan
from policyengine.readback import Reader
from policyengine.report.handbook.page import Handbook, handbook, time_lines
from policyengine.report.time_lines import TimeLine
from policyengine.tooling.examples import judge_example


def examples_of(reader: Reader, rules: Set[str]) -> dict[str, list[TimeLine]]:
    """The examples of some rules of a plan, judged, as time lines, by rule."""
    engine = Engine(reader.plan)
    return time_lines(reader, lambda example: judge_example(engine, example), rules)


def handbook_of(plan: Plan, *, with_examples: bool = True) -> Handbook:
    """The handbook of the rules of a plan, or of a selection of them."""
    engine = Engine(plan)
    return handbook(
        plan, lambda example: judge_example(engine, example), with_examples=with_examples
    )
