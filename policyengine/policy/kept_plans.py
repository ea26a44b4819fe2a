"""Plans that were checked before: the same files, schema and settings give the same plan.

Only a rule set of which there is nothing to say is kept.
"""

import contextlib
import functools
import hashlib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path

from policyengine.formats import read_source
from policyengine.formats.node_store import NodeStore, UnknownNodeError
from policyengine.kept import code_stamp, keep, read_kept
from policyengine.plan import core
from policyengine.plan.core import Plan
from policyengine.policy.overrides import SettingOverride
from policyengine.schema import model
from policyengine.source import SourceFile
from policyengine.syntax.grammar import grammar_text
from policyengine.values import durations, moments, verdict

_FORMAT = "1"
_ROOMS = (
    *("policy", "plan", "syntax", "schema", "values", "diagnostics", "formats"),
    *("source.py", "shipped.py", "kept.py"),
)
_NAMED_FILE = re.compile(r"[\w./-]+\.ya?ml\b")
_SUFFIX = re.compile(r"\.ya?ml\b")

Overrides = Mapping[str, SettingOverride]


class PlanKey:
    """What a plan is made from: rule files as they were read, a schema, a Trust's own settings
    and targets. `name` is None where a plan made from these is not kept."""

    def __init__(
        self,
        sources: Sequence[SourceFile],
        schema: Path,
        overrides: Overrides,
        targets: Mapping[str, Decimal],
    ) -> None:
        spans = [overrides[name].span for name in sorted(overrides)]
        own = {id(span.file): span.file for span in spans if span is not None}
        self.files = [*sources, *own.values()]
        parts = _schema_texts(schema)
        self.name: str | None = None
        if parts is None:
            return
        whole = hashlib.sha256(_made_with().encode())
        for text in (*_texts(sources), *parts, *_local(overrides, targets)):
            whole.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        self.name = f"plan-{whole.hexdigest()[:40]}.json"

    def recalled(self) -> Plan | None:
        """The plan, if it was made before."""
        body = None if self.name is None else read_kept(self.name)
        if body is None:
            return None
        try:
            found = _store().loads(body, self.files)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return None  # damaged: made anew, and kept anew
        return found if isinstance(found, Plan) else None

    def keep(self, plan: Plan) -> None:
        """Keep the plan for the next run."""
        if self.name is not None:
            with contextlib.suppress(UnknownNodeError, RecursionError, LookupError):
                keep(self.name, _store().dumps(plan, self.files))


@functools.cache
def _store() -> NodeStore:
    return NodeStore(
        [
            each
            for module in (core, model, durations, moments, verdict)
            for _, each in inspect.getmembers(module, inspect.isclass)
            if each.__module__ == module.__name__ and (issubclass(each, Enum) or is_dataclass(each))
        ]
    )


@functools.cache
def _made_with() -> str:
    """The program and the grammar that a plan depends on beside its files."""
    said = (_FORMAT, _store().layout, code_stamp(_ROOMS), grammar_text())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _texts(sources: Sequence[SourceFile]) -> Iterator[str]:
    """The files in their order; their names are no part of a plan."""
    yield f"{len(sources)} files"
    for source in sources:
        yield source.text
        yield source.shown


def _schema_texts(schema: Path) -> list[str] | None:
    """The schema, and the files of code lists that it may name; None where it cannot be told which
    those are."""
    source, _ = read_source(schema)
    if source is None:
        return None
    named = _NAMED_FILE.findall(source.text)
    if len(named) != len(_SUFFIX.findall(source.text)):
        return None
    texts = [source.text]
    for name in named:
        codes, _ = read_source(schema.parent / name)
        if codes is None:
            return None
        texts += [name, codes.text]
    return texts


def _local(overrides: Overrides, targets: Mapping[str, Decimal]) -> Iterator[str]:
    for name in sorted(overrides):
        each = overrides[name]
        place = None if each.span is None else (each.span.start, each.span.end)
        yield f"override {name} {each.values!r} {each.options!r} {each.place} {place}"
    for rule in sorted(targets):
        yield f"target {rule} {targets[rule]}"
