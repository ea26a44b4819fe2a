"""The schema as people read it: each kind with its fields, their types and what is special."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols
from policyengine.schema.model import Code, CodeMeaning, Field, FieldType, Kind, Schema


def schema_parts(schema: Schema, symbols: Symbols) -> Iterable[RenderableType]:
    """The schema, kind by kind, and the code lists last."""
    head = f"{safe_text(schema.name)}, version {safe_text(schema.version)}"
    yield Line(Text(head, style="bold"), align="left", style="default", characters="━")
    facts = [
        f"{len(schema.kinds)} kinds of record",
        f"time zone {safe_text(schema.time_zone)}",
        f"bank holidays: {schema.bank_holidays or 'none'}",
    ]
    yield Text(symbols.dot.join(facts), style="dim", overflow="fold")
    for kind in schema.kinds.values():
        yield from _kind(kind, schema, symbols)
    if schema.codes:
        yield Text()
        yield Line(Text("Codes", style="bold"), align="left", style="dim")
        for codes in schema.codes.values():
            text = Text(overflow="fold")
            text.append(f"{safe_text(codes.name)}: ", style="bold")
            text.append(", ".join(_code(each) for each in codes.codes.values()))
            yield text


def _code(code: Code) -> str:
    """A code, and what it says where it is no plain value."""
    said = "" if code.means is CodeMeaning.VALUE else f" ({code.means.value.replace('_', ' ')})"
    return f'"{safe_text(code.code)}"{said}'


def _kind(kind: Kind, schema: Schema, symbols: Symbols) -> Iterable[RenderableType]:
    yield Text()
    name = Text(safe_text(kind.name), style="bold", overflow="fold")
    if kind.label != kind.name:
        name.append(f"{symbols.dot}{safe_text(kind.label)}", style="not bold dim")
    yield name
    about = _about(kind, schema)
    if about:
        yield Text(f"  {'; '.join(about)}", style="dim", overflow="fold")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=2)
    table.add_column(overflow="fold", min_width=22)
    table.add_column(overflow="fold", min_width=16)
    table.add_column(overflow="fold")
    if kind.name != "case":
        table.add_row("", Text("id"), Text("text"), Text("numbered if it is left out", style="dim"))
    for field in kind.fields.values():
        marks = Text(", ".join(_marks(field)), style="dim")
        table.add_row("", Text(safe_text(field.name)), Text(_type(field)), marks)
    yield table


def _about(kind: Kind, schema: Schema) -> list[str]:
    about = [] if kind.name == "case" else [f"several: {safe_text(kind.plural)}"]
    if kind.happened:
        about.append(f"happens on {kind.happened}")
    if kind.recorded:
        about.append(f"recorded on {kind.recorded}")
    if kind.ended:
        about.append("ends on " + " or ".join(".".join(path) for path in kind.ended))
    if kind.name == "case" and schema.died:
        about.append(f"{schema.died} ends every duty")
    if kind.void_when:
        about.append(f"does not count where {kind.void_when}")
    if kind.shared:
        about.append("shared by all cases")
    if kind.sensitive:
        about.append(f"sensitive: {kind.sensitive.value.replace('_', ' ')}")
    return about


def _type(field: Field) -> str:
    match field.type:
        case FieldType.CODE | FieldType.REF:
            return f"{field.type.value} {safe_text(field.target or '')}"
        case FieldType.YES_NO:
            return "yes or no"
        case _:
            return str(field.type.value)


def _marks(field: Field) -> list[str]:
    marks = []
    if field.label and field.label != field.name.replace("_", " "):
        marks.append(safe_text(field.label))
    if field.required:
        marks.append("required")
    if field.open:
        marks.append("blank: not yet")
    if field.planned:
        marks.append("may lie in the future")
    if field.known_from:
        marks.append(f"known from {field.known_from}")
    if field.sensitive:
        marks.append(f"sensitive: {field.sensitive.value.replace('_', ' ')}")
    return marks
