"""House rules on the package's own code: names, sizes, and a core that touches nothing outside."""

import ast
import re

import pytest

from tests.house.tree import PACKAGE, files_below, modules

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}

# One class after another, each with its surface form: long, and read from the top like a list.
LISTS_OF_NODES = {"syntax/tree.py", "plan/core.py"}

CORE = ("values", "plan", "policy", "evaluate")
WORLD = {"os", "time", "random", "secrets", "uuid", "socket", "subprocess", "tempfile", "shutil"}
TOUCHES = {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes"}


def test_every_module_is_named_for_what_it_holds() -> None:
    named_for_nothing = [
        path
        for path in files_below(PACKAGE)
        if {path.stem, *path.relative_to(PACKAGE).parent.parts} & NAMES_THAT_SAY_NOTHING
    ]
    assert named_for_nothing == []


def test_no_file_is_over_500_lines() -> None:
    long = {
        name: lines
        for path in files_below(PACKAGE)
        if path.suffix == ".py"
        and (name := path.relative_to(PACKAGE).as_posix()) not in LISTS_OF_NODES
        and (lines := len(path.read_text("utf-8").splitlines())) > 500
    }
    assert long == {}


def outside_touched(tree: ast.Module) -> list[str]:
    """What a module reaches for beyond its arguments: files, the clock, chance, the machine."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names if name.name.split(".")[0] in WORLD]
            case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] in WORLD:
                found.append(module)
            case ast.Call(func=ast.Name(id="open" | "input" | "print" as name)):
                found.append(f"{name}()")
            case ast.Call(func=ast.Attribute(attr=name)) if name in TOUCHES or name == "open":
                found.append(f".{name}()")
            case _:
                pass
    return found


@pytest.mark.parametrize("room", CORE)
def test_the_core_opens_no_file_and_reads_no_clock(room: str) -> None:
    touching = {name: found for name, tree in modules(room) if (found := outside_touched(tree))}
    assert touching == {}


@pytest.mark.parametrize(
    "code",
    [
        "open('x')",
        "path.open()",
        "path.read_text()",
        "from datetime import datetime\ndatetime.now()",
        "import datetime as d\nd.date.today()",
        "import time",
        "from time import time",
        "import os.path",
        "from random import choice",
    ],
)
def test_the_check_on_the_core_sees(code: str) -> None:
    assert outside_touched(ast.parse(code)) != []


def test_the_check_on_the_core_lets_pure_code_be() -> None:
    assert outside_touched(ast.parse("from datetime import date\nx = date(2026, 1, 1)")) == []


def test_every_room_says_what_it_holds() -> None:
    silent = [
        name
        for name, tree in modules()
        if name.endswith("__init__.py") and not re.search(r"\w", ast.get_docstring(tree) or "")
    ]
    assert silent == []
