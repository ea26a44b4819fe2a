"""The cases of a rule's own examples, to begin a search with."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from policyengine.plan import core
from policyengine.schema.model import FieldType, Schema
from policyengine.tooling.searching.edits import new_label
from policyengine.tooling.searching.model import GivenValue, SmallCase, SmallRecord


def seeds_of(plan: core.Plan, rule_id: str) -> Iterator[SmallCase]:
    """The case of each example that expects something of the rule. Those that bring settings of
    their own are left out: what is found must hold under the rule set's."""
    for example in plan.examples:
        if any(each.rule == rule_id for each in example.expects) and not example.settings:
            yield small_case(plan.schema, example)


def small_case(schema: Schema, example: core.ExamplePlan) -> SmallCase:
    """The case of an example. Records without a label get one of their own."""
    case = SmallCase(
        (),
        example.as_at,
        None if example.known_by == example.as_at else example.known_by,
        dict(example.no_history),
    )
    labels = [given.label for given in example.records if given.label]
    taken = [SmallRecord(given.kind, given.label or "") for given in example.records]
    made: list[SmallRecord] = []
    numbers: dict[str, int] = {}
    for given in example.records:
        for _ in range(given.count):
            label = "" if given.kind == "case" else given.label
            if label is None:
                numbers[given.kind] = numbers.get(given.kind, 0) + 1
                label = f"{given.kind}-{numbers[given.kind]}"
                if label in labels:
                    label = new_label(SmallCase((*taken, *made), example.as_at), given.kind)
            fields = {
                name: typed(schema.kinds[given.kind].fields[name].type, value)
                for name, value in given.fields.items()
            }
            made.append(SmallRecord(given.kind, label, fields))
    return SmallCase(tuple(made), case.as_at, case.known_by, case.no_history)


def typed(type_: FieldType, value: str | bool | Decimal | int) -> GivenValue:
    """A value as a person would write it, from what an export would hold."""
    match type_, value:
        case FieldType.DATE, str():
            return date.fromisoformat(value)
        case FieldType.DATETIME, str():
            return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        case FieldType.NUMBER, int():
            return Decimal(value)
        case _:
            assert isinstance(value, str | bool | Decimal)
            return value
