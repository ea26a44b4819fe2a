"""An audit as a job: rows packed, dealt out by case, judged in each partition, put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policyengine.findings.model import Audit, Finding
from policyengine.findings.summary import assembled
from policyengine.plan.core import Plan
from policyengine.policy.load import load_rules
from policyengine.records.building import Builder
from policyengine.records.errors import export_error
from policyengine.records.model import Export
from policyengine.records.settings import ExportSettings, settings_in
from policyengine.records.tables import CASE, TableFolder, no_cases, table_files
from policyengine.records.typing import Typing
from policyengine.records.walking import finished
from policyengine.spark import kernel as kernel_
from policyengine.spark import rows
from policyengine.spark.errors import SparkError
from policyengine.spark.kernel import Task, kernel
from policyengine.spark.session import collected
from policyengine.spark.told import Share, finding_of, share_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class Asked:
    """What an audit is asked. `keep` picks the findings that count."""

    as_at: date
    known_by: date
    select: Collection[str] | None = None
    keep: Callable[[Finding], bool] | None = None
    cases_at_once: int = 10_000
    partitions: int | None = None
    memory: str | None = None


def audit(  # noqa: PLR0913 - what an audit can be asked
    frames: Mapping[str, DataFrame],
    *,
    rules: Collection[str] | Plan | None = None,
    as_at: date | str,
    known_by: date | str | None = None,
    schema: str | Path | None = None,
    export: str | Path | None = None,
    select: Collection[str] | None = None,
    cases_at_once: int = 10_000,
    partitions: int | None = None,
    memory: str | None = None,
) -> Audit:
    """The audit of data frames, one for each kind (`case` among them; a kind without one is
    absent, S8), on the cluster that they are of.

    Every frame has `case_id`, every kind but `case` has `id`; a frame of a `shared` kind has no
    `case_id`, and goes to every worker. `rules` are files or folders (None: the shipped ones), or
    a plan; `export` is a folder with an `export.yaml`, for coverage and spellings. `as_at` is a
    date or its text. `cases_at_once` bounds what a worker holds at a time, `memory` (such as
    `2GB`) what its database may use.

    Raises `ExportError` as reading a folder does, `SparkError` where the cluster cannot finish,
    `ValueError` for rules with errors. Nothing is returned unless all cases were judged.
    """
    plan = rules if isinstance(rules, Plan) else _plan(rules, schema)
    settings = settings_in(Path(export), plan.schema) if export else ExportSettings()
    at = _day(as_at)
    asked = Asked(
        at,
        at if known_by is None else _day(known_by),
        select,
        None,
        cases_at_once,
        partitions,
        memory,
    )
    reader = TableFolder(plan.schema, settings)
    found, _ = _judged(plan, reader, frames, asked)
    return found


def audit_folder(
    spark: SparkSession, folder: Path, plan: Plan, asked: Asked
) -> tuple[Audit, Share]:
    """The audit of a folder of tables, and what was left to the reference engine. Tables in
    Parquet are read by the cluster, which has to see the folder; those in CSV and JSON lines by
    the driver, whole. Raises as `audit` does."""
    if not folder.is_dir():
        hint = "one table for each kind: case.parquet, cto.parquet and so on"
        raise export_error("CAS002", f"{folder}: --engine spark takes a folder of tables", hint)
    settings = settings_in(folder, plan.schema)
    reader = TableFolder(plan.schema, settings)
    files = table_files(folder)
    reader.vouch(folder, files)
    frames: dict[str, DataFrame] = {}
    for path in files:
        if path.suffix.lower() == ".parquet" and path.stem in plan.schema.kinds:
            reader.claim(path)
            reader.check_columns(path, plan.schema.kinds[path.stem], _columns(path))
            frames[path.stem] = spark.read.parquet(str(path.resolve()))
        else:
            reader.take(path)
    if CASE not in frames and CASE not in reader.tables:
        raise no_cases(folder)
    return _judged(plan, reader, frames, asked, spark)


def _columns(path: Path) -> Collection[str]:
    from policyengine.records.parquet_rows import column_types, open_parquet

    return column_types(path, open_parquet(path))


def _plan(rules: Collection[str] | None, schema: str | Path | None) -> Plan:
    from policyengine.shipped import shipped

    paths = [str(shipped("rules"))] if rules is None else [str(each) for each in rules]
    loaded = load_rules(paths, None if schema is None else Path(schema))
    if loaded.plan is None:
        errors = [note for note in loaded.diagnostics if note.severity.name == "ERROR"]
        raise ValueError(f"the rules do not check: {errors[0].code}: {errors[0].message}")
    return loaded.plan


def _day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


# --- the job --------------------------------------------------------------------------------------


def _judged(
    plan: Plan,
    reader: TableFolder,
    frames: Mapping[str, DataFrame],
    asked: Asked,
    spark: SparkSession | None = None,
) -> tuple[Audit, Share]:
    """Deal out the rows, judge them, and put together what the partitions tell."""
    own, shared = _by_use(plan, reader, frames)
    if CASE not in own and CASE not in reader.tables:
        raise export_error("CAS006", "there is no table of cases: a data frame named `case`")
    session = spark or own[CASE].sparkSession
    kinds = ({*own, *reader.tables} - {CASE}) | shared.keys()
    task = Task(
        plan,
        asked.as_at,
        asked.known_by,
        reader.settings,
        frozenset(kinds),
        shared,
        None if asked.select is None else frozenset(asked.select),
        asked.cases_at_once,
        asked.memory,
    )
    whole = _read_by_driver(plan, reader, shared)
    dealt = _dealt(session, reader, own, asked.partitions)
    findings: list[Finding] = []
    for what, line in collected(dealt.mapInArrow(kernel(task), kernel_.SCHEMA)):
        match what:
            case kernel_.FINDING:
                finding = finding_of(line)
                if asked.keep is None or asked.keep(finding):
                    findings.append(finding)
            case kernel_.SHARE:
                whole.add(share_of(line))
            case kernel_.STOPPED:
                raise SparkError(line)
            case _:
                raise AssertionError(f"a worker broke down: {line}")
    findings.sort(key=lambda finding: finding.order)
    return _assembled(plan, task, whole, findings, asked), whole


def _by_use(
    plan: Plan, reader: TableFolder, frames: Mapping[str, DataFrame]
) -> tuple[dict[str, DataFrame], dict[str, list[rows.Raw]]]:
    """The frames of the cases' own kinds, and the rows of the shared ones. Frames of kinds that
    the schema does not have are counted and left out."""
    own: dict[str, DataFrame] = {}
    shared = {
        name: reader.tables.pop(name)
        for name, kind in plan.schema.kinds.items()
        if kind.shared and name in reader.tables
    }
    for name, frame in frames.items():
        kind = plan.schema.kinds.get(name)
        if kind is None:
            from policyengine.records.csv_rows import RawTable

            reader.reject_stranger(name, RawTable((), [{}] * frame.count()))
            continue
        reader.check_columns(Path(name), kind, frame.columns)
        wanted = [each for each in frame.columns if each in {*kind.fields, "case_id", "id"}]
        if refused := rows.refused_columns(frame, wanted):
            message = f"{name}: the column `{refused[0]}` is of a type that no field has"
            raise export_error("CAS002", message)
        if kind.shared:
            packed = frame.select(*wanted).mapInArrow(rows.packing(name, wanted), rows.SCHEMA)
            shared[name] = [
                rows.unpacked(cells) for _, cells in collected(packed.select("kind", "cells"))
            ]
        else:
            own[name] = frame.select(*wanted)
    return own, shared


def _read_by_driver(plan: Plan, reader: TableFolder, shared: Mapping[str, list[Any]]) -> Share:
    """What the driver has read itself: shared kinds, and rows that belong to no case."""
    builder = Builder(plan.schema, Typing(plan.schema, reader.settings.spellings))
    for kind, several in shared.items():
        prints: list[str] = []
        builder.records(kind, several, reader.load, prints)
        for each in prints:
            builder.add_digest([each])
    for each in reader.rejected:
        builder.add_digest([each])
    return Share(replace(reader.load), builder.digest)


def _dealt(
    spark: SparkSession,
    reader: TableFolder,
    own: Mapping[str, DataFrame],
    partitions: int | None,
) -> DataFrame:
    """All rows in one frame: those of a case in one partition, one after the other."""
    packed = [
        frame.mapInArrow(rows.packing(kind, frame.columns), rows.SCHEMA)
        for kind, frame in own.items()
    ]
    for kind, several in reader.tables.items():
        table = rows.table_of(rows.packed(kind, several))
        packed.append(spark.createDataFrame(table))
    whole = packed[0]
    for each in packed[1:]:
        whole = whole.unionAll(each)
    dealt = whole.repartition(partitions or _at_once(spark), "case_key")
    return dealt.sortWithinPartitions("case_key")


def _at_once(spark: SparkSession) -> int:
    """How many partitions a cluster judges at once: a range at a time, so more gain nothing."""
    return max(1, int(spark.sparkContext.defaultParallelism))


def _assembled(
    plan: Plan, task: Task, whole: Share, findings: list[Finding], asked: Asked
) -> Audit:
    export = Export(
        schema=plan.schema,
        absent=task.absent,
        complete_from=task.settings.complete_from,
        shared={},
        walk=tuple,
        find=lambda _: None,
    )
    export.load = whole.load
    finished(export, whole.load, whole.digest)
    chosen = [rule for rule in plan.rules if asked.select is None or rule.id in asked.select]
    clock = (asked.as_at, asked.known_by)
    return assembled(plan, export, chosen, findings, clock, whole.cases)
