"""Which team answers for a finding (S25), in SQL."""

from policyengine.bulk.outcome import NUMBER
from policyengine.bulk.scope import World
from policyengine.schema.model import FieldType
from policyengine.values.verdict import Verdict

Sql = str


def owners_of(world: World) -> Sql:
    """The owner of each row of `j`: the team on the deadline, or as at if it is not yet due."""
    schema = world.plan.schema
    rule = schema.owner
    if rule is None:
        return "NULL AS owner"
    table = world.tables.kinds[rule.kind or "case"]
    column = table.columns[rule.field]
    if column.field.type not in (FieldType.TEXT, FieldType.CODE, FieldType.REF):
        return "NULL AS owner"
    value = f"f{column.index}"
    if rule.kind is None:
        return f"(SELECT o.{value} FROM {table.seen} o WHERE o.cs = j.cs) AS owner"
    kind = table.kind
    if kind.happened is None:
        return "NULL AS owner"
    as_at = world.as_at or "(SELECT i.a_day FROM inst i WHERE i.cs = j.cs)"
    waiting = NUMBER[Verdict.NOT_YET_DUE]
    day = (
        f"(CASE WHEN j.d_last IS NOT NULL AND j.verdict <> {waiting} THEN j.d_last "
        f"ELSE {as_at} END)"
    )
    happened = kind.fields[kind.happened].index
    tests = [f"o.f{happened} <= {day}"]
    for path in kind.ended:
        if len(path) == 1:
            end = kind.fields[path[0]].index
            tests.append(f"(o.f{end} IS NULL OR o.f{end} >= {day})")
    if table.unseen:
        tests.append("NOT o.u")
    latest = f"arg_max_null(o.{value}, o.rid)"
    return (
        f"(SELECT {latest} FROM {table.seen} o WHERE o.cs = j.cs "
        f"AND {' AND '.join(tests)}) AS owner"
    )
