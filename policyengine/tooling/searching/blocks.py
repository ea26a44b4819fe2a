"""A small case as an `example` that can be pasted beside its rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from string import digits

from policyengine.findings.writing import written
from policyengine.plan.core import ExamplePlan, Expected, GivenRecord
from policyengine.schema.model import FieldType, Schema
from policyengine.source import SourceFile
from policyengine.tooling.fmt import format_source
from policyengine.tooling.fmt.words import day, number, quoted
from policyengine.tooling.searching.bench import CASE_ID, Bench, as_raw
from policyengine.tooling.searching.edits import referring
from policyengine.tooling.searching.model import GivenValue, Rows, SmallCase, SmallRecord
from policyengine.values.moments import Moment, Zone

_HEAD = 'policy "Found by search"\n\n'


@dataclass(frozen=True, slots=True)
class Block:
    """An example, ready to be pasted: what it is called, its text, and the case as it is named."""

    title: str
    text: str
    case: SmallCase
    rows: Rows


def example_block(
    bench: Bench,
    title: str,
    case: SmallCase,
    *,
    subjects: Sequence[str] | None = None,
    deadlines: bool = False,
) -> Block:
    """The example of a case, laid out as `fmt` lays it out, that expects what the rule says.

    `subjects` are those to expect something of (None: all); `deadlines` says them too.
    """
    named, names = relabelled(case)
    rows = bench.rows(bench.stage(named))
    wanted = None if subjects is None else {renamed(each, names) for each in subjects}
    bare = _bare(named, _told(rows, wanted), bench.plan.schema)
    lines = [_head(title, bench.rule_id, named)]
    lines += [f"  {line}" for line in _givens(named, bare, bench.plan.schema)]
    lines += [f"  {line}" for line in _expects(rows, wanted, bench, deadlines)]
    laid_out = format_source(SourceFile("found.policy", _HEAD + "\n".join(lines) + "\n"))
    return Block(title, laid_out.text.removeprefix(_HEAD), named, rows)


def example_plan(bench: Bench, title: str, case: SmallCase) -> ExamplePlan:
    """The same as an example that was checked: for whoever draws it as a time line, or judges it.
    It expects what the rule says of each subject, and stands where the rule stands."""
    named, _ = relabelled(case)
    span = bench.versions[-1].rule.span
    records = tuple(
        GivenRecord(
            kind=record.kind,
            label=record.label or None,
            count=1,
            fields={name: as_raw(value) for name, value in record.fields.items()},
        )
        for record in named.records
    )
    expects = tuple(
        Expected(
            rule=bench.rule_id,
            verdict=row.verdict.value,
            label=None if row.subject == CASE_ID else row.subject,
            deadline=None if row.deadline is None else _deadline(row.deadline, bench.calendar.zone),
            span=span,
        )
        for row in bench.rows(bench.stage(named))
    )
    return ExamplePlan(
        title=title,
        as_at=named.as_at,
        known_by=named.known_by or named.as_at,
        records=records,
        settings=(),
        no_history=named.no_history,
        expects=expects,
        span=span,
    )


def _head(title: str, rule_id: str, case: SmallCase) -> str:
    known = "" if case.known_by is None else f" known by {day(case.known_by)}"
    return f"example {quoted(title)} for {rule_id} as at {day(case.as_at)}{known}"


# --- what is given --------------------------------------------------------------------------------


def _givens(case: SmallCase, bare: frozenset[str], schema: Schema) -> list[str]:
    lines: list[str] = []
    alike = Counter(_alike(record) for record in case.records if record.label in bare)
    for record in case.records:
        if record.kind == "case" and not record.fields:
            continue
        count = alike.pop(_alike(record), 0) if record.label in bare else 1
        if count == 0:
            continue
        kind = schema.kinds[record.kind]
        head = f"given {record.kind}" if count == 1 else f"given {count} {kind.name}"
        if record.label and record.label not in bare:
            head += f" {record.label}"
        said = [
            f"{name} {_value(kind.fields[name].type, record.fields[name])}"
            for name in kind.fields
            if name in record.fields
        ]
        lines.append(head + (f": {', '.join(said)}" if said else ""))
    lines += [
        f"given no history of {kind} before {day(first)}"
        for kind, first in sorted(case.no_history.items())
    ]
    return lines


def _alike(record: SmallRecord) -> tuple[object, ...]:
    return record.kind, tuple(sorted(record.fields.items(), key=lambda one: one[0]))


def _value(type_: FieldType, value: GivenValue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return number(value)
        case date():
            return day(value)
        case _:
            return value if type_ is FieldType.REF else quoted(value)


def _told(rows: Rows, wanted: set[str] | None) -> frozenset[str]:
    """The labels of the subjects that have to be named."""
    of_rows = {row.subject for row in rows}
    named = of_rows if len(rows) > 1 else set()
    if rows and wanted is not None:
        named = named | (wanted - of_rows)
    return frozenset(part for subject in named for part in _parts(subject))


def _bare(case: SmallCase, subjects: frozenset[str], schema: Schema) -> frozenset[str]:
    """The labels that can be left out: nothing refers to the record, no finding is of it, and
    no other of its kind could take its place in the order."""
    of_kind = Counter(record.kind for record in case.records)
    bare: set[str] = set()
    for record in case.records:
        referred = any(referring(other, record, schema) for other in case.records)
        twins = sum(_alike(other) == _alike(record) for other in case.records)
        if not referred and record.label not in subjects and of_kind[record.kind] == twins:
            bare.add(record.label)
    return frozenset(bare)


def _parts(subject: str) -> list[str]:
    return [part.partition(".")[0] for part in subject.split("+")]


# --- what is expected -----------------------------------------------------------------------------


def _expects(rows: Rows, wanted: set[str] | None, bench: Bench, deadlines: bool) -> list[str]:
    if not rows:
        return ["expect no finding"]
    lines = []
    for row in rows:
        if wanted is not None and row.subject not in wanted:
            continue
        label = f" for {row.subject}" if len(rows) > 1 else ""
        by = ""
        if deadlines and row.deadline is not None:
            by = f", deadline {_deadline(row.deadline, bench.calendar.zone)}"
        lines.append(f"expect {row.verdict.words}{label}{by}")
    if not lines and wanted:  # whom another version would watch, this one does not
        lines = [f"expect no finding for {subject}" for subject in sorted(wanted)]
    return lines or [f"expect {rows[0].verdict.words} for {rows[0].subject}"]


def _deadline(deadline: Moment, zone: Zone) -> str:
    said = written(deadline, zone)
    if "T" not in said:
        return said
    at = datetime.fromisoformat(said)
    return at.replace(tzinfo=None).isoformat(timespec="seconds" if at.second else "minutes")


# --- names ----------------------------------------------------------------------------------------


def relabelled(case: SmallCase) -> tuple[SmallCase, Mapping[str, str]]:
    """The case with labels that read well, in the order of the records: `o1`, `rd1`."""
    names: dict[str, str] = {}
    for record in case.records:
        if record.kind == "case":
            continue
        stem = "".join(word[0] for word in record.kind.split("_"))
        number_ = 1 + sum(name.rstrip(digits) == stem for name in names.values())
        names.setdefault(record.label, f"{stem}{number_}")
    return replace(case, records=tuple(_renamed(record, names) for record in case.records)), names


def _renamed(record: SmallRecord, names: Mapping[str, str]) -> SmallRecord:
    fields = {
        name: names.get(value, value) if isinstance(value, str) else value
        for name, value in record.fields.items()
    }
    return SmallRecord(record.kind, names.get(record.label, record.label), fields)


def renamed(subject: str, names: Mapping[str, str]) -> str:
    """A subject's id by the new names: a pair's, a gathered record's."""
    parts = []
    for part in subject.split("+"):
        label, dot, field = part.partition(".")
        parts.append(names.get(label, label) + dot + field)
    return "+".join(parts)
