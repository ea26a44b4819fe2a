"""What a rule reads: the kinds of record and the fields that can move any of its findings.

Its own expressions are only the half of it: a kind brings the fields by which its records exist,
stand in order and end (S1, S14, S22); a derived field what it is made from; a gathered kind its
sources; a reference the kind that it points at.
"""

from policyengine.plan import core
from policyengine.plan.walks import walk
from policyengine.schema.model import Field, FieldType, Kind

Read = tuple[str, str]  # kind, field; field "" is the kind's records themselves


def read_by(plan: core.Plan, rule: core.Rule) -> frozenset[Read]:
    """Everything that can move a finding of one version of a rule."""
    reading = _Reading(plan)
    reading.node(rule)
    reading.kind(rule.subject.kind)
    reading.kind("case")
    if plan.schema.owner is not None:
        owner = plan.schema.owner
        reading.field(owner.kind or "case", owner.field)
        for path in plan.schema.kinds[owner.kind].ended if owner.kind else ():
            reading.path(owner.kind or "case", path)
    if plan.schema.died is not None:
        reading.field("case", plan.schema.died)
    for path in plan.schema.kinds[rule.subject.kind].ended:
        reading.path(rule.subject.kind, path)
    return frozenset(reading.found)


class _Reading:
    def __init__(self, plan: core.Plan) -> None:
        self._plan = plan
        self.found: set[Read] = set()

    def node(self, node: object) -> None:
        """Whatever a tree names."""
        for each in walk(node):
            match each:
                case core.Field(kind=kind, name=name):
                    self.field(kind, name)
                case core.Derived(kind=kind, name=name):
                    self.kind(kind)
                    self._derived(kind, name)
                case core.Follow(kind=kind) | core.RecordSet(kind=kind):
                    self.kind(kind)
                case core.Companion(kind=kind) | core.Subject(kind=kind):
                    self.kind(kind)
                case _:
                    pass

    def kind(self, name: str) -> None:
        """A kind, with what says that its records exist and in which order."""
        if (name, "") in self.found or name not in self._plan.schema.kinds:
            return
        self.found.add((name, ""))
        gathering = self._plan.gatherings.get(name)
        if gathering is not None:
            self._gathered(gathering)
            return
        kind = self._plan.schema.kinds[name]
        for field in (kind.happened, kind.recorded, kind.ordered_by, kind.void_when):
            if field is not None:
                self.field(name, field)

    def field(self, kind: str, name: str) -> None:
        """A field, with the field since when it is known, and the kind that it points at."""
        self.kind(kind)
        declared = self._declared(kind, name)
        if declared is None or (kind, name) in self.found:
            return
        self.found.add((kind, name))
        if declared.known_from is not None:
            self.field(kind, declared.known_from)
        gathering = self._plan.gatherings.get(kind)
        for source in gathering.sources if gathering else ():
            self._source_field(gathering, source, name)

    def path(self, kind: str, path: tuple[str, ...]) -> None:
        """A path of an `ended`: fields, each but the last a reference."""
        for name in path:
            self.field(kind, name)
            declared = self._declared(kind, name)
            if declared is None or declared.type is not FieldType.REF or not declared.target:
                return
            kind = declared.target

    def _declared(self, kind: str, name: str) -> Field | None:
        found: Kind | None = self._plan.schema.kinds.get(kind)
        return found.fields.get(name) if found else None

    def _derived(self, kind: str, name: str) -> None:
        definition = self._plan.definitions.get((kind, name))
        if definition is not None and (kind, name) not in self.found:
            self.found.add((kind, name))
            self.node(definition.value)

    def _gathered(self, gathering: core.Gathering) -> None:
        for source in gathering.sources:
            self.field(source.kind, source.field)
            self.node(source.where)

    def _source_field(
        self, gathering: core.Gathering | None, source: core.GatherFrom, name: str
    ) -> None:
        """The field of a source from which a gathered kind's field comes."""
        assert gathering is not None
        shared = [field for field in gathering.kind.fields if field not in ("date", "from_kind")]
        if name in shared and shared.index(name) < len(source.shared):
            index = source.shared[shared.index(name)]
            origin = self._plan.schema.kinds[source.kind]
            self.field(
                source.kind, next(f.name for f in origin.fields.values() if f.index == index)
            )
