"""What a `pack.yaml` says, and a stack of packs: the base first, each overlay upon those before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from policyengine.formats import Mapping
from policyengine.policy.overrides import SettingOverride
from policyengine.source import SourceFile, Span

if TYPE_CHECKING:
    from policyengine.syntax.tree import PolicyFile

NAME = "pack.yaml"
How = Literal["retitled", "tightened", "disabled"]


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A value in the place of the base's, and why."""

    name: str
    override: SettingOverride
    why: str
    span: Span


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What an overlay does to a rule of the base, and why; `title` where it is given another."""

    rule: str
    how: How
    why: str
    span: Span
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One `pack.yaml`. `extends` is None for a base that only says its name; `schema` holds the
    additions as they were written."""

    folder: Path
    source: SourceFile
    name: str
    version: str
    extends: str | None = None
    extends_span: Span | None = None
    settings: tuple[SettingChange, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    schema: Mapping | None = None


@dataclass(slots=True)
class Stack:
    """The packs of a run. `base` are the paths of the base; `files` the rule files of each pack,
    the base's under 0 and those of `overlays[n]` under n + 1. `declared` are what the schema of the
    base has: `kinds cto`, `codes outcome`."""

    base: list[str]
    base_name: str
    base_version: str
    overlays: list[Pack]
    files: list[list[PolicyFile]]
    declared: frozenset[str] = frozenset()

    def changes(self, how: How) -> Iterator[RuleChange]:
        """What the overlays do to rules in one way."""
        for pack in self.overlays:
            yield from (each for each in pack.rules if each.how == how)

    @property
    def settings(self) -> dict[str, SettingOverride]:
        """The values that the overlays put in the place of the base's."""
        return {each.name: each.override for pack in self.overlays for each in pack.settings}
