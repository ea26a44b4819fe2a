"""What a command does before it starts the bulk engine."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _NoPandas(MetaPathFinder):
    """Says that there is no pandas."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Nothing, for every other name."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def without_pandas() -> None:
    """Let pyarrow know that it needs no pandas: it would look for it at the first array that it
    makes, and importing it takes longer than judging a thousand cases. For a process of our own
    alone, since nothing of pyarrow's in it can make a data frame after."""
    if "pandas" in sys.modules or "pyspark" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)
