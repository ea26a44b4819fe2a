"""`python -m tools.sample [--out FOLDER]`: write the sample case load again."""

import argparse
import sys
from pathlib import Path

from tools.sample.generate import files

_HOME = Path(__file__).resolve().parents[2] / "rules" / "sample"


def main(arguments: list[str]) -> int:
    """Write the files of the sample into a folder, by default the one that is shipped."""
    parser = argparse.ArgumentParser(prog="python -m tools.sample", description=__doc__)
    parser.add_argument("--out", type=Path, default=_HOME, help="the folder to write into")
    folder: Path = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
