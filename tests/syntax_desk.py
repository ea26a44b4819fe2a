"""Short ways to read a text, and to write down what a tree must be."""

from dataclasses import fields
from typing import Any

from policyengine.diagnostics import Diagnostic
from policyengine.source import SourceFile
from policyengine.syntax import parse_expression, parse_file
from policyengine.syntax.tree import Node, PolicyFile

RULE = 'policy "P"\nrule R-01 "t"\n'


def read(text: str) -> PolicyFile:
    """The tree of a text without faults."""
    tree, faults = parse_file(SourceFile("t.policy", text))
    assert faults == [], [(fault.code, fault.message) for fault in faults]
    return tree


def faults_of(text: str) -> list[Diagnostic]:
    """The messages about a text."""
    return parse_file(SourceFile("t.policy", text))[1]


def expression(text: str) -> str:
    """The shape of an expression without faults."""
    tree, faults = parse_expression(SourceFile("t.policy", text))
    assert faults == [] and tree is not None, [(fault.code, fault.message) for fault in faults]
    return shape(tree)


def clause(text: str) -> str:
    """The shape of the one clause of a rule."""
    (made,) = read(f"{RULE}  {text}\n").items[1].clauses  # type: ignore[attr-defined]
    return shape(made)


def item(text: str) -> str:
    """The shape of the last thing at top level."""
    return shape(read(f'policy "P"\n{text}\n').items[-1])


def shape(node: Any) -> str:
    """`Compare(how='is', left=a.b, right=3)`: what differs from a field's default, names as words."""
    if isinstance(node, tuple):
        return "[" + ", ".join(map(shape, node)) + "]"
    if not isinstance(node, Node):
        return repr(node) if isinstance(node, str) else str(node)
    kind = type(node).__name__
    if kind == "Name":
        return node.text  # type: ignore[attr-defined,no-any-return]
    if kind == "Path":
        return ".".join(map(shape, node.parts))  # type: ignore[attr-defined]
    if kind in ("Number", "YesNo", "DateLiteral", "DateTimeLiteral", "DurationLiteral"):
        value = node.value  # type: ignore[attr-defined]
        percent = "%" if getattr(node, "percent", False) else ""
        return f"{str(value).replace(' 00:00:00', '')}{percent}"
    if kind == "TextLiteral":
        return repr(node.value)  # type: ignore[attr-defined]
    shown = [
        f"{field.name}={shape(getattr(node, field.name))}"
        for field in fields(node)
        if field.name != "span" and getattr(node, field.name) != field.default
    ]
    return f"{kind}({', '.join(shown)})"
