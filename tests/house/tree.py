"""The files of the checkout, as the house rules see them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "policyengine"

_NOT_OURS = {"build", "dist", "__pycache__", "node_modules"}


def files_below(folder: Path) -> Iterator[Path]:
    """Every file that is kept; hidden folders (but .ci) and what tools leave behind are not."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            if not hidden and path.name not in _NOT_OURS and path.suffix != ".egg-info":
                yield from files_below(path)
        elif path.suffix != ".pyc":
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """Each file's name, from the checkout's root, and its text; what is not UTF-8 is left out."""
    for path in files_below(ROOT):
        raw = path.read_bytes()
        if b"\0" in raw:
            continue
        try:
            yield path.relative_to(ROOT).as_posix(), raw.decode()
        except UnicodeDecodeError:
            continue


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Each module of the rooms (of all of them if none is named), parsed."""
    for folder in [PACKAGE / room for room in rooms] or [PACKAGE]:
        for path in files_below(folder) if folder.is_dir() else [folder.with_suffix(".py")]:
            if path.suffix == ".py":
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))
