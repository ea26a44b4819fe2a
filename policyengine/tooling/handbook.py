"""The handbook of a rule set: its rules read back, its examples judged and drawn."""

from policyengine.evaluate.engine import Engine
from policyengine.plan.core import Plan
from policyengine.report.handbook.page import Handbook, handbook
from policyengine.tooling.examples import judge_example


def handbook_of(plan: Plan, *, with_examples: bool = True) -> Handbook:
    """The handbook of the rules of a plan, or of a selection of them."""
    engine = Engine(plan)
    return handbook(
        plan, lambda example: judge_example(engine, example), with_examples=with_examples
    )
