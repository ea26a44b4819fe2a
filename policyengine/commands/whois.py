"""`trustpolicy whois`: whose a pseudonym is, for whoever holds the key."""

import argparse
import os
from typing import TYPE_CHECKING

from policyengine.commands import audit, keys, mapped, options
from policyengine.commands.exits import DONE, GATE, usage
from policyengine.commands.output import deliver, say
from policyengine.commands.rule_set import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policyengine.records import Export
    from policyengine.report.pseudonyms import Pseudonyms

HELP = "whose a pseudonym is, for whoever holds the key it was made with"
EPILOG = """\
The key stands in a file (--key-file) or in TRUSTPOLICY_KEY. A report that was made without a key
cannot be turned back: its key was made for that run and forgotten.
exit 1: a pseudonym belongs to no case of the export, or was made with another key
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    parser.add_argument("pseudonyms", nargs="+", metavar="P-...", help="as they stand in a report")
    options.add_cases(parser, demo="of the sample case load")
    keys.add_key(parser)


def run(args: argparse.Namespace) -> int:
    """0, or 1 where a pseudonym is nobody's."""
    from policyengine.report.pseudonyms import Pseudonyms

    if os.environ.get("CI"):
        raise usage("whois is refused where CI is set: what it shows would stay in a log")
    options.settle_cases(args)
    key = keys.key_of(args)
    if key is None:
        raise usage("only the key tells whose a pseudonym is", "say where it is: --key-file FILE")
    _check(args.pseudonyms)
    schema = schema_of(args, [])
    with audit.export_errors(), mapped.cases_of(args, args.cases, schema) as (export, _):
        found = dict(_found(export, Pseudonyms(key), set(args.pseudonyms)))
    deliver(
        args, "".join(f"{name} {_safe(found[name])}\n" for name in args.pseudonyms if name in found)
    )
    lost = [name for name in args.pseudonyms if name not in found]
    for name in lost:
        say(args, f"{name}: no case of this export, under this key")
    return GATE if lost else DONE


def _check(names: list[str]) -> None:
    from policyengine.report.pseudonyms import looks_like_one

    for name in names:
        if not looks_like_one(name):
            raise usage(f"`{name}` is no pseudonym of a case", "they look like P-0123456789ab")


def _found(export: "Export", names: "Pseudonyms", wanted: set[str]) -> "Iterator[tuple[str, str]]":
    for case in export.cases():
        name = names.of(case.id)
        if name in wanted:
            yield name, case.id


def _safe(text: str) -> str:
    from policyengine.report.safe_text import safe_text

    return safe_text(text)
