"""`trustpolicy eval` on a terminal: an expression a line, with history and completion."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.commands.exits import DONE, Stop

if TYPE_CHECKING:
    from policyengine.schema import Schema

PROMPT = "> "
HELP = """\
An expression of the language, and Enter: its value.
  :as-at DATE    see the case as at this day          :case FILE   read one case from a file
  :kinds         the kinds of record                  :fields KIND the fields of a kind
  :help          this                                 :quit        leave (also Ctrl-D)
Tab completes names; the arrow keys bring back earlier lines. They are kept between sittings only
where TRUSTPOLICY_HISTORY names a file, since a line may hold what a record says."""
COMMANDS = (":as-at", ":case", ":fields", ":help", ":kinds", ":quit")
# The words that expressions are made of.
_WORDS = """
    after all and any as_at before between by case days days earlier earliest every from has highest
    hours is known later latest lowest matches mentions minutes months no not number of on one open
    or recorded similarity there to total weeks where within words working years yes
"""
WORDS = tuple(_WORDS.split())


def repl(
    value: Callable[[str], str],
    faults: type[Exception],
    schema: "Schema",
    renewed: Callable[[str, str], None],
) -> int:
    """Read and answer until the end of input. `value` gives an expression's value as text and
    raises `faults` where it has none; `renewed` takes up another clock or case."""
    from policyengine.report.safe_text import safe_text

    _prepare(schema)
    print("An expression and Enter; :help says more.")
    for line in _lines():
        if line in (":quit", ":q"):
            break
        try:
            said = _command(line, schema, renewed) if line[0] == ":" else value(line)
        except faults as error:
            said = f"error: {safe_text(str(error))}"
        except Stop as stop:
            said = "\n  ".join((f"error: {stop.message}", *stop.hints))
        if said:
            print(said)
    return DONE


def _lines() -> Iterator[str]:
    """The lines that hold something, until the end of input; Ctrl-C drops a line."""
    while True:
        try:
            line = input(PROMPT).strip()
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            continue
        if line:
            yield line


def _command(line: str, schema: "Schema", renewed: Callable[[str, str], None]) -> str:
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word:
        case ":help":
            return HELP
        case ":kinds":
            return "  ".join(schema.kinds)
        case ":fields":
            kind = schema.kinds.get(rest)
            if kind is None:
                return f"error: there is no kind `{rest}`; :kinds lists them"
            return "\n".join(
                f"  {rest}.{each.name}: {each.type.value}" for each in kind.fields.values()
            )
        case ":as-at" | ":case" if rest:
            renewed(word[1:], rest)
            return ""
        case _:
            return "error: there is no such command; :help lists them"


def _prepare(schema: "Schema") -> None:
    """Let the arrow keys and Tab work, where the platform has what they need."""
    try:
        import readline
    except ImportError:
        return
    readline.set_completer_delims(" ()+-,\"'")
    readline.set_completer(completer(schema))
    readline.parse_and_bind("tab: complete")
    named = os.environ.get("TRUSTPOLICY_HISTORY")
    if named:
        _keep_history(Path(named))


def _keep_history(path: Path) -> None:
    """Read the lines of earlier sittings, and write them when this one ends (0600)."""
    import atexit
    import readline

    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        os.close(descriptor)
        readline.read_history_file(path)
    except OSError:
        return
    readline.set_history_length(1_000)
    atexit.register(readline.write_history_file, path)


def completer(schema: "Schema") -> Callable[[str, int], str | None]:
    """What Tab offers for the word before it, one a call, as readline asks."""

    def offered(text: str, state: int) -> str | None:
        found = completions(schema, text)
        return found[state] if state < len(found) else None

    return offered


def completions(schema: "Schema", text: str) -> list[str]:
    """The words that begin like this: kinds and words of the language; fields after a dot; and
    for a reference, the fields of what it points at."""
    if text.startswith(":"):
        return [each for each in COMMANDS if each.startswith(text)]
    *before, last = re.split(r"\.", text)
    if not before:
        return sorted({each for each in (*schema.kinds, *WORDS) if each.startswith(last)})
    kind = schema.kinds.get(before[0])
    for step in before[1:]:
        field = kind.fields.get(step) if kind else None
        kind = schema.kinds.get(field.target or "") if field else None
    names = [*kind.fields, *(() if kind.name == "case" else ("id",))] if kind else []
    return [".".join((*before, name)) for name in names if name.startswith(last)]
