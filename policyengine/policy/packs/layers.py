"""Of each rule and each setting, the pack that it comes from; and what each overlay changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from policyengine.diagnostics import Notebook
from policyengine.formats import Mapping as Body
from policyengine.formats import Node, Scalar, Sequence
from policyengine.plan.core import ExamplePlan, Layer, LayerChange, Layers, Plan, SettingPlan
from policyengine.policy.context import Vocabulary
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.packs.applying import named
from policyengine.policy.packs.model import Pack, SettingChange, Stack
from policyengine.policy.settings import apply_overrides, settle_settings
from policyengine.schema.model import Schema
from policyengine.syntax.tree import PolicyFile, RuleItem, Setting
from policyengine.values.moments import Zone

CONFIGURATION = "trustpolicy.yaml"


def with_layers(
    plan: Plan,
    stack: Stack,
    overrides: Mapping[str, SettingOverride],
    targets: Mapping[str, Decimal],
) -> Plan:
    """The plan of a stack with its layers. `overrides` and `targets` are a Trust's configuration,
    the last layer of all. The digest covers what the packs say; each example keeps the settings of
    the pack that it stands in."""
    layers = _layers(stack, overrides, targets)
    whole = sha256(plan.digest.encode())
    for line in (*map(repr, layers.packs), *_schemas(stack)):
        whole.update(line.encode("utf-8", "backslashreplace") + b"\x00")
    whys = {each.name: each.why for pack in stack.overlays for each in pack.settings}
    settings = {
        name: replace(each, why=whys[name]) if name in whys and name not in overrides else each
        for name, each in plan.settings.items()
    }
    examples = tuple(_examples(plan, stack))
    return replace(
        plan, layers=layers, digest=whole.hexdigest(), settings=settings, examples=examples
    )


def _schemas(stack: Stack) -> Iterator[str]:
    for pack in stack.overlays:
        yield "" if pack.schema is None else _text(pack.schema)


def _text(node: Node) -> str:
    """What a node says, whatever its place and the order of its keys."""
    match node:
        case Scalar():
            return repr(node.text)
        case Sequence():
            return f"[{', '.join(map(_text, node.items))}]"
        case Body():
            parts = sorted(f"{each.key.text!r}: {_text(each.value)}" for each in node.entries)
            return "{" + ", ".join(parts) + "}"


# --- the layers -----------------------------------------------------------------------------------


def _layers(
    stack: Stack, overrides: Mapping[str, SettingOverride], targets: Mapping[str, Decimal]
) -> Layers:
    packs = [Layer(stack.base_name, stack.base_version, "base")]
    rules = dict.fromkeys(named(stack.files[0], RuleItem), 0)
    settings = dict.fromkeys(named(stack.files[0], Setting), 0)
    titles = _titles(stack)
    declared = set(stack.declared)
    for number, pack in enumerate(stack.overlays, 1):
        own = stack.files[number]
        changes = tuple(_changes(pack, stack.files[:number], own, rules, titles, declared))
        packs.append(Layer(pack.name, pack.version, "overlay", changes))
        rules |= dict.fromkeys(named(own, RuleItem), number)
        settings |= dict.fromkeys((each.name for each in pack.settings), number)
        settings |= dict.fromkeys(named(own, Setting), number)
        for change in pack.rules:
            if change.how == "disabled":
                rules.pop(change.rule, None)
    local = [LayerChange("setting", each, now=_given(overrides[each])) for each in overrides]
    local += [LayerChange("target", each, now=f"{targets[each]} percent") for each in targets]
    if local:
        settings |= dict.fromkeys((each for each in overrides if each in settings), len(packs))
        packs.append(Layer(CONFIGURATION, "", "configuration", tuple(sorted(local, key=repr))))
    return Layers(tuple(packs), dict(sorted(rules.items())), dict(sorted(settings.items())))


def _changes(
    pack: Pack,
    below: list[list[PolicyFile]],
    own: list[PolicyFile],
    rules: Mapping[str, int],
    titles: Mapping[str, str],
    declared: set[str],
) -> Iterator[LayerChange]:
    """In a fixed order, whatever the order in the file."""
    for setting in sorted(pack.settings, key=lambda each: each.name):
        was = _written(setting, below)
        yield LayerChange("setting", setting.name, setting.why, was, _given(setting.override))
    for how in ("disabled", "tightened", "retitled"):
        for each in sorted(pack.rules, key=lambda each: each.rule):
            if each.how == how:
                yield LayerChange(how, each.rule, each.why, titles.get(each.rule, ""), each.title)
    for rule in sorted(named(own, RuleItem)):
        if rule not in rules:
            yield LayerChange("rule", rule)
    there = {name for files in below for name in named(files, Setting)}
    for setting_ in sorted(named(own, Setting).keys() - there):
        yield LayerChange("new setting", setting_)
    yield from _additions(pack.schema, declared)


def _additions(schema: Body | None, declared: set[str]) -> Iterator[LayerChange]:
    """Kinds and code lists that are new, and fields and codes that are; `declared` are those
    that the base has, and what is added is put to them."""
    for kind, more, key, inner in (
        ("kind", "fields of", "kinds", "fields"),
        ("code list", "codes of", "codes", ""),
    ):
        body = None if schema is None else schema.get(key)
        for entry in body.entries if isinstance(body, Body) else ():
            what = more if f"{key} {entry.key.text}" in declared else kind
            declared.add(f"{key} {entry.key.text}")
            parts = entry.value.get(inner) if inner and isinstance(entry.value, Body) else None
            held = parts if inner else entry.value
            names = [each.key.text for each in held.entries] if isinstance(held, Body) else []
            yield LayerChange(what, entry.key.text, now=", ".join(sorted(names)))


def _titles(stack: Stack) -> dict[str, str]:
    """The titles of each rule in the lowest pack that has it: versions may have several."""
    found: dict[str, str] = {}
    for files in stack.files:
        own: dict[str, dict[str, None]] = {}
        for item in (item for file in files for item in file.items):
            if isinstance(item, RuleItem):
                own.setdefault(item.id.text, {})[item.title] = None
        found = {**{rule: " / ".join(titles) for rule, titles in own.items()}, **found}
    return found


def _given(override: SettingOverride) -> str:
    if override.options is not None:
        return ", ".join(f"{each}" for each in override.options)
    return ", ".join(
        f"{value}" if start is None else f"{value} from {start.isoformat()}"
        for start, value in override.values
    )


def _written(change: SettingChange, below: list[list[PolicyFile]]) -> str:
    """The value of a setting as the base writes it."""
    for item in (item for files in below for file in files for item in file.items):
        if isinstance(item, Setting) and item.name.text == change.name:
            if item.options:
                return ", ".join(each.span.text for each in item.options)
            return ", ".join(
                each.value.span.text
                if each.start is None
                else f"{each.value.span.text} from {each.start.isoformat()}"
                for each in item.values
            )
    return ""


# --- examples -------------------------------------------------------------------------------------


def _examples(plan: Plan, stack: Stack) -> Iterator[ExamplePlan]:
    """Each with the settings that its own pack knows: what an overlay above it puts in their place
    is no concern of it."""
    places = [{id(file.file) for file in files} for files in stack.files]
    known = [_settings_at(layer, stack, plan.schema, plan.settings) for layer in range(len(places))]
    for example in plan.examples:
        layer = next((n for n, files in enumerate(places) if id(example.span.file) in files), None)
        if layer is None or not known[layer]:
            yield example
        else:
            yield replace(example, settings=(*known[layer], *example.settings))


def _settings_at(
    layer: int, stack: Stack, schema: Schema, settings: Mapping[str, SettingPlan]
) -> tuple[SettingPlan, ...]:
    """The settings that packs above a layer change, as they are in it."""
    above = {each.name for pack in stack.overlays[layer:] for each in pack.settings}
    if not above:
        return ()
    words = Vocabulary(schema, Zone(schema.time_zone))
    files = [file for files in stack.files for file in files]
    items = [item for file in files for item in file.items if isinstance(item, Setting)]
    settle_settings(items, words, Notebook())
    below = {each.name: each.override for pack in stack.overlays[:layer] for each in pack.settings}
    apply_overrides(below, words, Notebook())
    return tuple(words.settings[name].plan for name in sorted(above) if name in settings)
