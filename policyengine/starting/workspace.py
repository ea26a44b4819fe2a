"""A folder to work in: settings, a place for the Trust's own rules, and what to do next."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONFIG: Final = "trustpolicy.yaml"
_CONFIG_TEXT: Final = """\
# What is the Trust's own to decide: numbers of the rules, targets, days on which it is closed.
# `trustpolicy doctor` shows which file is in force. Nothing here is needed to begin.
#
# settings:
#   rights_window: 7 days
# targets:
#   CTO-01: 95 percent
"""
_README_TEXT: Final = """\
# Policy and audit

    trustpolicy demo                                 an audit of a fictional case load
    trustpolicy check                                the rules that come with the package
    trustpolicy init --from EXPORTS -o mapping.yaml  a first mapping of your own files
    trustpolicy convert --mapping mapping.yaml --in EXPORTS --out cases
    trustpolicy schema --coverage --cases cases      which rules that export can support
    trustpolicy audit --cases cases --as-at DATE

Keep `cases/` and the exports out of version control: they hold people's records.
"""
_IGNORE_TEXT: Final = """\
# Records of people never belong into version control.
/cases/
/exports/
*.csv
*.xlsx
*.ndjson
*.jsonl
"""
_FILES: Final = {CONFIG: _CONFIG_TEXT, "README.md": _README_TEXT, ".gitignore": _IGNORE_TEXT}


@dataclass(frozen=True, slots=True)
class Made:
    """The files that were written, and those that were there already and stay as they are."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def make_workspace(folder: Path, extra: dict[str, str] | None = None) -> Made:
    """Write what is not there yet; no file is ever written over. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written, kept = [], []
    for name, text in {**_FILES, **(extra or {})}.items():
        try:
            with (folder / name).open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            written.append(name)
        except FileExistsError:
            kept.append(name)
    return Made(tuple(written), tuple(kept))
