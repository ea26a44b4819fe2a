"""Judging a trial with the reference engine: its plan, its exports, its findings."""

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.evaluate import Engine
from policyengine.findings.model import Finding
from policyengine.plan.core import Plan
from policyengine.policy.settle import settle
from policyengine.records import open_export
from policyengine.records.model import Export
from policyengine.schema.from_yaml import schema_from
from policyengine.schema.model import Schema
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from tools.conformance.cases import Json
from tools.conformance.trial import Trial

ByCase = dict[str, list[Finding]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checker made of a policy."""

    plan: Plan | None
    notes: list[Diagnostic]


def schema_of(text: str) -> Schema:
    """The schema of a text that must be good."""
    schema, notes = schema_from(SourceFile("schema.yaml", text))
    assert schema is not None, [(note.code, note.message) for note in notes]
    return schema


def check(text: str, schema: Schema) -> Checked:
    """A policy's text, checked."""
    file, notes = parse_file(SourceFile("random.policy", text))
    if any(note.severity is Severity.ERROR for note in notes):
        return Checked(None, notes)
    plan, found = settle([file], schema)
    return Checked(plan, notes + found)


def opened(plan: Plan, raw: Json) -> Export:
    """An export, opened as a user's is; it is read whole before its file goes."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(json.dumps(raw))  # at once: `dump` writes piece by piece, many times slower
        file.flush()
        return open_export(file.name, plan.schema)


class Bench:
    """Judges the cases of one trial, as they are or changed."""

    def __init__(
        self,
        trial: Trial,
        plan: Plan,
        making: Callable[[], AbstractContextManager[object]] | None = None,
    ) -> None:
        """`making` is what an engine is made in: a tally's watch, say."""
        self.trial = trial
        self.plan = plan
        if making is None:
            self.engine = Engine(plan)
        else:
            with making():
                self.engine = Engine(plan)

    def judge(
        self,
        cases: Sequence[Json] | None = None,
        *,
        raw: Json | None = None,
        as_at: date | None = None,
        known_by: date | None = None,
    ) -> ByCase:
        """The findings by case."""
        export = opened(self.plan, self.trial.export(cases) if raw is None else raw)
        day = as_at or self.trial.as_at
        known = known_by or self.trial.known_by
        return {case.id: self.engine.judge(case, export, day, known) for case in export.cases()}
