"""Trees of files that were read before: the same text gives the same tree."""

import contextlib
import functools
import hashlib
import inspect

from policyengine.diagnostics import Diagnostic
from policyengine.formats.node_store import NodeStore, UnknownNodeError
from policyengine.kept import code_stamp, keep, read_kept
from policyengine.source import SourceFile
from policyengine.syntax import tree
from policyengine.syntax.grammar import grammar_text
from policyengine.syntax.parse import parse_file
from policyengine.syntax.tree import PolicyFile
from policyengine.values.durations import Duration, Unit
from policyengine.values.verdict import Verdict

_FORMAT = "1"
_ROOMS = ("syntax", "values", "diagnostics", "source.py", "formats/node_store.py")
_SMALLEST = 2000
"""A shorter text is parsed about as quickly as it is looked for."""


def parse_kept(source: SourceFile) -> tuple[PolicyFile, list[Diagnostic]]:
    """As `parse_file`; a text in which there was no mistake is parsed once, and kept for the next
    run of this program by this user."""
    if len(source.text) < _SMALLEST:
        return parse_file(source)
    name = f"tree-{_key(source)}.json"
    body = read_kept(name)
    if body is not None:
        try:
            found = _store().loads(body, [source])
            if isinstance(found, PolicyFile):
                return found, []
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            pass  # damaged: parsed anew, and kept anew
    file, notes = parse_file(source)
    if not notes:
        with contextlib.suppress(UnknownNodeError, RecursionError):
            keep(name, _store().dumps(file, [source]))
    return file, notes


@functools.cache
def _store() -> NodeStore:
    nodes = [
        each
        for _, each in inspect.getmembers(tree, inspect.isclass)
        if each.__module__ == tree.__name__
    ]
    return NodeStore([*nodes, Duration, Unit, Verdict])


@functools.cache
def _made_with() -> str:
    """The program and the grammar that a tree depends on beside its text."""
    said = (_FORMAT, _store().layout, code_stamp(_ROOMS), grammar_text())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _key(source: SourceFile) -> str:
    whole = hashlib.sha256(_made_with().encode())
    for text in (source.text, source.shown):
        whole.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return whole.hexdigest()[:40]
