"""What a name stands for, in Markdown: for hovers and beside completions."""

from datetime import date

from policyengine.lsp.names import Occurrence, Symbol
from policyengine.lsp.rule_set import Checked
from policyengine.plan.core import Literal_, SettingPlan
from policyengine.schema.model import CodeList, CodeMeaning, Field, FieldType, Kind, Schema
from policyengine.syntax import tree
from policyengine.values.moments import Moment

_MOST_FIELDS = 40
_SENSITIVE = {
    "identifier": "it says who somebody is",
    "third_party": "it is about somebody else",
    "free_text": "it is free text",
    "harmful_if_seen": "it could do harm if it were seen",
}


def described(symbol: Symbol, checked: Checked, made: Occurrence | None = None) -> str | None:
    """A symbol in Markdown; `made` is where it was given its name, if that is known."""
    words, schema = checked.words, checked.words.schema if checked.words else checked.schema
    if schema is None:
        return None
    match symbol.sort:
        case "kind" | "gather":
            kind = schema.kinds.get(symbol.name)
            return None if kind is None else kind_text(kind, schema, gathered=symbol.sort != "kind")
        case "field":
            declared = schema.kinds[symbol.of].fields.get(symbol.name)
            return (
                None if declared is None else field_text(declared, schema.kinds[symbol.of], schema)
            )
        case "define":
            item = None if words is None else words.defines.get((symbol.of, symbol.name))
            return None if item is None else _define_text(item)
        case "setting":
            known = None if words is None else words.settings.get(symbol.name)
            return None if known is None else setting_text(known.plan)
        case "code":
            return code_text(symbol.name, schema.codes.get(symbol.of))
        case "rule":
            return rule_text(symbol.name, checked)
        case "let" | "alias":
            return _local_text(symbol, made, schema)


def kind_text(kind: Kind, schema: Schema, *, gathered: bool = False) -> str:
    """A kind: what it is, when it happened and ended, and its fields."""
    head = f"**{kind.name}**: {kind.label}"
    said = ["gathered from several kinds"] if gathered else []
    if kind.shared:
        said.append("shared by all cases, reached through a reference")
    if kind.happened:
        said.append(f"happened: `{kind.happened}`")
    if kind.ended:
        said.append("ended: " + ", ".join(f"`{'.'.join(path)}`" for path in kind.ended))
    if kind.name == "case" and schema.died:
        said.append(f"died: `{schema.died}`")
    if kind.void_when:
        said.append(f"does not exist where `{kind.void_when}`")
    if kind.sensitive is not None:
        said.append(f"sensitive: {_SENSITIVE[kind.sensitive.value]}")
    lines = [head, "", "; ".join(said)] if said else [head]
    listed = [f"- `{each.name}` {type_words(each)}{_label(each)}" for each in kind.fields.values()]
    more = len(listed) - _MOST_FIELDS
    return "\n".join([*lines, "", *listed[:_MOST_FIELDS], *([f"- and {more} more"] * (more > 0))])


def field_text(declared: Field, kind: Kind, schema: Schema) -> str:
    """A field: its type, its marks, what a blank means, its codes."""
    lines = [f"**{kind.name}.{declared.name}**: {type_words(declared)}{_label(declared)}"]
    said = _marks(declared, kind, schema)
    if said:
        lines += ["", "; ".join(said)]
    if declared.type is FieldType.CODE:
        codes = schema.codes.get(declared.target or "")
        lines += ["", *(_code_line(codes, code) for code in (codes.codes if codes else ()))]
    return "\n".join(lines)


def _marks(declared: Field, kind: Kind, schema: Schema) -> list[str]:
    said = []
    if declared.name == kind.happened:
        said.append("when it happened")
    if declared.name == kind.recorded:
        said.append("when it was recorded")
    if (declared.name,) in kind.ended or (kind.name == "case" and declared.name == schema.died):
        said.append("ends the duties about it")
    if declared.required:
        said.append("always filled in")
    if declared.open:
        said.append("a blank means *not yet* (S1)")
    elif declared.type in (FieldType.DATE, FieldType.DATETIME):
        said.append("a blank is unknown")
    if declared.planned:
        said.append("it may lie in the future")
    if declared.known_from:
        said.append(f"known from `{declared.known_from}` on")
    if declared.sensitive is not None:
        reason = _SENSITIVE[declared.sensitive.value]
        said.append(f"sensitive: {reason}, so no message may show it")
    return said


def setting_text(plan: SettingPlan) -> str:
    """A setting: its values with their dates, and why."""
    lines = [f"**setting {plan.name}**: {_values(plan)}"]
    if plan.why:
        lines += ["", plan.why]
    return "\n".join([*lines, "", "A Trust may put its own value in `trustpolicy.yaml`."])


def code_text(code: str, codes: CodeList | None) -> str | None:
    """A code: its label, its list, and whether it reads as unknown."""
    if codes is None or code not in codes.codes:
        return None
    return f"**{code}**, a code of `{codes.name}`\n\n{_code_line(codes, code)}"


def rule_text(rule: str, checked: Checked) -> str | None:
    """A rule: its title, gravity, duty, sources, versions and examples."""
    items = [
        item
        for file in checked.files
        for item in file.items
        if isinstance(item, tree.RuleItem) and item.id.text == rule
    ]
    if not items:
        return None
    item = items[-1]
    lines = [f"**{rule}** {item.title}", ""]
    lines += [f"Source: {c.text}" for c in item.clauses if isinstance(c, tree.Source)]
    if len(items) > 1:
        lines.append(f"{len(items)} versions, each with its own dates")
    shown = sum(
        isinstance(each, tree.Example) and (each.rule is not None and each.rule.text == rule)
        for file in checked.files
        for each in file.items
    )
    lines.append(f"{shown} example{'s' if shown != 1 else ''}")
    return "\n\n".join(line for line in lines if line)


def _define_text(item: tree.Define) -> str:
    return f"**{item.kind.text}{_dotted(item.name.text)}**, defined\n\n{fenced(item.span.text)}"


def _dotted(name: str) -> str:
    return name if name.startswith(".") else f".{name}"


def _local_text(symbol: Symbol, made: Occurrence | None, schema: Schema) -> str:
    if symbol.sort == "let":
        line = "" if made is None else made.span.file.line_text(made.span.line).strip()
        text = f"**{symbol.name}**, a name of this rule\n\n{fenced(line)}"
    else:
        text = f"**{symbol.name}**, an alias"
    kind = None if made is None or made.kind is None else schema.kinds.get(made.kind)
    return text if kind is None else f"{text}\n\n{kind_text(kind, schema)}"


def fenced(text: str) -> str:
    """A piece of a rule file in Markdown."""
    return f"```policy\n{text.strip()}\n```"


def type_words(declared: Field) -> str:
    """A field's type in a few words."""
    match declared.type:
        case FieldType.CODE:
            return f"a code of `{declared.target}`"
        case FieldType.REF:
            return f"a reference to `{declared.target}`"
        case FieldType.YES_NO:
            return "yes or no"
        case FieldType.DATETIME:
            return "a date-time"
        case _:
            return f"a {declared.type.value}"


def _label(declared: Field) -> str:
    return f" ({declared.label})" if declared.label and declared.label != declared.name else ""


def _code_line(codes: CodeList | None, code: str) -> str:
    known = None if codes is None else codes.codes.get(code)
    if known is None:
        return f"- `{code}`"
    unknown = " (reads as unknown, S4)" if known.is_unknown else ""
    if known.means is CodeMeaning.NOT_APPLICABLE:
        unknown = " (the question does not arise)"
    return f"- `{code}`: {known.label}{unknown}"


def _values(plan: SettingPlan) -> str:
    if plan.options is not None and plan.options != ():
        return "one of " + ", ".join(_value(option) for option in plan.options)
    return ", ".join(_dated(start, value) for start, value in plan.values)


def _dated(start: date | None, value: Literal_) -> str:
    return _value(value) + (f" from {start.isoformat()}" if start else "")


def _value(value: Literal_ | None) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case str():
            return f'"{value}"'
        case Moment(day=day):
            return date.fromordinal(day).isoformat()
        case _:
            return str(value)
