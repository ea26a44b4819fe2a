"""The command line: which verb, and what becomes of what goes wrong. One file a verb beside this.

Nothing heavy is imported before a verb runs, so that `--help` is quick.
"""

import argparse
import atexit
import gc
import os
import sys
import traceback
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from types import ModuleType

from policyengine import __version__
from policyengine.commands.exits import BUG, DONE, INTERRUPTED, PIPE_CLOSED, Stop, usage
from policyengine.commands.options import Parser, common, nearest

VERBS = (
    "audit",
    "worklist",
    "whois",
    "trend",
    "report",
    "sample",
    "explain",
    "replay",
    "check",
    "handbook",
    "test",
    "fmt",
    "eval",
    "diff",
    "serve",
    "lsp",
    "schema",
    "convert",
    "init",
    "new",
    "verify",
    "doctor",
    "completions",
    "demo",
)
PROG = "trustpolicy"
EXITS = """\
exit codes: 0 done; 1 a gate is not met; 2 wrong command line; 3 could not run;
4 done, but not safe to rely on; 70 a bug; 130 interrupted; 141 the pipe was closed
"""

MANY_OBJECTS = 10_000
"""So many new objects wait until they are looked through for circles that nothing else holds."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and give its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if argv is None:
        _look_for_circles_seldom()
    _speak_any_language()
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except Stop as stop:
        return _stopped(stop)
    except SystemExit as left:  # argparse, after --help and --version
        return left.code if isinstance(left.code, int) else DONE
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _close_the_pipe()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug, and is said to be one
        return _bug(error)


def _run(words: list[str]) -> int:
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb is not None and verb not in VERBS:
        meant = nearest(verb, VERBS)
        hint = f"did you mean `{meant}`?" if meant else f"there is: {', '.join(VERBS)}"
        raise usage(f"there is no verb `{verb}`", hint)
    parser = _parser([verb] if verb in VERBS else [], tells_verbs=words[:1] != [verb])
    args, unknown = parser.parse_known_args(words)
    if unknown and hasattr(args, "rules") and not any(word[:1] == "-" for word in unknown):
        args.rules = [*args.rules, *unknown]  # RULES that come after the first flag
    elif unknown:
        (parser if args.verb is None else _flags_of(parser, args.verb)).error(
            f"there is no such flag or argument: {' '.join(unknown)}"
        )
    args.words = words
    if args.verb is None:
        parser.print_help()
        return DONE
    run: int = _module(args.verb).run(args)
    return run


def whole_parser() -> Parser:
    """The parser with the flags of every verb."""
    return _parser(VERBS)


def _parser(with_flags: Collection[str], *, tells_verbs: bool = True) -> Parser:
    """The parser; only the verbs that are meant are given their flags. Where nothing tells what
    the others do, as where a verb is the first word, their modules are not imported."""
    parser = Parser(
        prog=PROG,
        description="Judge case records against a policy, and say where it was not kept.",
        epilog=EXITS,
    )
    parser.add_argument("--version", action="version", version=f"{PROG} {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs", parser_class=Parser)
    for name in VERBS:
        if name in with_flags:
            module = _module(name)
            added = verbs.add_parser(
                name, help=module.HELP, description=module.HELP, parents=[common()]
            )
            module.add(added)
        elif tells_verbs:
            verbs.add_parser(name, help=_module(name).HELP)
        else:
            verbs.add_parser(name)
    return parser


def _flags_of(parser: Parser, verb: str) -> Parser:
    (verbs,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    found: Parser = verbs.choices[verb]
    return found


def _module(verb: str) -> ModuleType:
    return import_module(f"policyengine.commands.{verb}")


def _stopped(stop: Stop) -> int:
    from policyengine.report.safe_text import safe_text

    if stop.message:
        print(f"{PROG}: error: {safe_text(stop.message)}", file=sys.stderr)
    for hint in stop.hints:
        print(f"  {safe_text(hint)}", file=sys.stderr)
    return stop.code


def _look_for_circles_seldom() -> None:
    """What is made while modules are imported and rules are read stays until the end. With
    Python's own threshold (700) a seventh of `check` goes into looking through it; and once the
    process ends, all of it would be looked through again before it is given back."""
    gc.set_threshold(MANY_OBJECTS)
    atexit.register(gc.freeze)


def _speak_any_language() -> None:
    """A character that the terminal cannot carry is written out; it does not end the run."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _close_the_pipe() -> None:
    """Keep the interpreter's last flush from complaining about a pipe that is gone."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def _bug(error: Exception) -> int:
    """What happened and where, but no value: the message of an error may hold somebody's record."""
    frames = traceback.extract_tb(error.__traceback__)
    print(f"{PROG}: this is a bug in the program: {type(error).__name__}", file=sys.stderr)
    for frame in frames[-4:]:
        place = Path(frame.filename)
        print(f"  {'/'.join(place.parts[-3:])}:{frame.lineno} in {frame.name}", file=sys.stderr)
    print("  please report it with these lines; no data is in them", file=sys.stderr)
    return BUG
