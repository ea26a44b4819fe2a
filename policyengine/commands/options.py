"""The flags that every verb understands, and a parser whose faults come with a suggestion."""

import argparse
import re
from collections.abc import Iterable
from datetime import date
from typing import NoReturn

from policyengine.commands.exits import usage

FORMATS = (
    "rich",
    "text",
    "json",
    "jsonl",
    "csv",
    "xlsx",
    "md",
    "html",
    "junit",
    "sarif",
    "github",
    "gitlab",
)


class Parser(argparse.ArgumentParser):
    """A parser that says what was perhaps meant, and leaves the exit to `main`."""

    def __init__(self, **options: object) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """A wrong command line: exit 2."""
        hints = []
        for word in re.findall(r"'([^']*)'", message)[:1] or _words_after_colon(message):
            known = _choices(message) or self._known_flags()
            meant = nearest(word.split("=")[0], known)
            hints += [f"did you mean `{meant}`?"] if meant else []
        verb = self.prog.partition(" ")[2]
        hints.append(
            f"`{self.prog.partition(' ')[0]} {verb + ' ' if verb else ''}--help` says what there is"
        )
        raise usage(_in_our_words(message), *hints)

    def _known_flags(self) -> list[str]:
        return [flag for flag in self._option_string_actions if flag.startswith("--")]


def _words_after_colon(message: str) -> list[str]:
    return message.rpartition(": ")[2].split()[:1]


def _choices(message: str) -> list[str]:
    found = re.search(r"\(choose from (.*)\)", message)
    return [choice.strip(" '") for choice in found.group(1).split(",")] if found else []


def _in_our_words(message: str) -> str:
    message = message.replace("unrecognized arguments:", "there is no such flag or argument:")
    return message.replace("the following arguments are required:", "this is missing:")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a misspelt one."""
    from policyengine.formats import suggestion

    return suggestion(word, known)


def as_date(text: str) -> date:
    """A day of the command line, `2026-11-01`."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"`{text}` is not a date of the calendar") from None
    raise argparse.ArgumentTypeError(f"`{text}` is not a date: write it as 2026-11-01")


def as_limit(text: str) -> int:
    """How many findings a rule: a whole number, 0 for all."""
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 0 (0: all)")
    return int(text)


def as_seconds(text: str) -> float:
    """A time to wait, in seconds: more than 0, at most an hour."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text, re.ASCII) or not 0 < float(text) <= 3600:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of seconds from 0.001 to 3600")
    return float(text)


def as_ceiling(text: str) -> tuple[float, bool]:
    """At most so many, `10`, or such a share, `5%`: the number, and whether it is a share."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(%?)", text, re.ASCII)
    if not found or (not found[2] and "." in found[1]):
        raise argparse.ArgumentTypeError(f"`{text}` is neither a whole number nor a share like 5%")
    return float(found[1]), bool(found[2])


def add_rules(parser: argparse.ArgumentParser) -> None:
    """RULES: files and folders; the shipped rules where there are none."""
    parser.add_argument(
        "rules",
        nargs="*",
        default=[],  # or argparse calls it missing where another argument is
        metavar="RULES",
        help="rule files or folders (default: the rules that come with the package)",
    )


def add_cases(
    parser: argparse.ArgumentParser, demo: str | None = "the sample case load, at its date"
) -> None:
    """Which case export, and the mapping by which a foreign one is read; `demo` is what --demo is
    (None: the verb has no such flag)."""
    from policyengine.commands.mapped import add_mapping

    parser.add_argument("--cases", metavar="EXPORT", help="a case export: a file, a folder, or -")
    add_mapping(parser)
    if demo is not None:
        parser.add_argument("--demo", action="store_true", help=demo)


def settle_cases(args: argparse.Namespace) -> date | None:
    """The sample's own export where --demo asks for it, and its as-at date (which is taken where
    the verb has that flag and it was left out); None without --demo. Stops (exit 2) where there
    is no export."""
    found: date | None = None
    if getattr(args, "demo", False):
        from policyengine.commands.demo import sample

        if getattr(args, "mapping", None):
            raise usage("--demo takes no mapping: the sample case load needs none")
        cases, found = sample()
        args.cases = args.cases or str(cases)
        if hasattr(args, "as_at"):
            args.as_at = args.as_at or found
    if not args.cases:
        has_demo = hasattr(args, "demo")
        hint = "--demo takes the sample case load" if has_demo else "try: trustpolicy demo"
        raise usage("--cases is missing: which case export?", hint)
    return found


def common() -> Parser:
    """The flags that every verb understands, as a parent of its parser."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group("flags of every verb")
    group.add_argument(
        "--schema", metavar="FILE", help="the schema (default: the one beside the rules)"
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        help="settings, targets and calendar of a Trust (default: the nearest trustpolicy.yaml "
        "upwards from the rules)",
    )
    group.add_argument(
        "--overlay",
        metavar="FOLDER",
        action="append",
        default=[],
        help="a pack of a Trust's own upon the rules: a folder with a pack.yaml; it may come "
        "several times",
    )
    group.add_argument("--format", choices=FORMATS, metavar="FORMAT", help=" | ".join(FORMATS))
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to a file, whole or not at all; its suffix gives the format",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="no warnings, no progress")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour (default: auto)",
    )
    group.add_argument(
        "--select", metavar="RULE", action="append", help="only these rules or tags (A,B)"
    )
    group.add_argument(
        "--ignore", metavar="RULE", action="append", help="all but these rules or tags (A,B)"
    )
    group.add_argument("--no-progress", action="store_true", help="no progress bar")
    return parser
