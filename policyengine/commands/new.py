"""`trustpolicy new rule ID`: the first draft of a rule, with its examples, ready to be changed."""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from string import digits
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.options import nearest
from policyengine.commands.output import deliver, format_of, say
from policyengine.commands.rule_set import load, show

if TYPE_CHECKING:
    from policyengine.policy.load import Loaded
    from policyengine.schema import Schema
    from policyengine.schema.model import Kind
    from policyengine.starting.rule_draft import Wish
    from policyengine.values.durations import Duration

HELP = "the first draft of a rule, with examples, that checks as it stands"
RULE_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", re.ASCII)


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument("what", metavar="rule", help="what is new: a rule")
    parser.add_argument("id", metavar="ID", help="its id, such as CTO-30")
    parser.add_argument(
        "rules",
        nargs="*",
        default=[],
        metavar="RULES",
        help="the rules it joins (default: the rules that come with the package)",
    )
    parser.add_argument(
        "--for", dest="subject", metavar="KIND", default="case", help="what it watches: cto, case"
    )
    parser.add_argument(
        "--needs", metavar="KIND", help="what must follow, or be recent: rights_discussion"
    )
    parser.add_argument(
        "--within", metavar="LENGTH", default="7 days", help='how soon: "7 days" (the default)'
    )
    parser.add_argument(
        "--into", metavar="FILE", help="add it at the end of this rule file (made if it is new)"
    )


def run(args: argparse.Namespace) -> int:
    """0; 2 where a word is not known; 3 where FILE cannot be written or is no rule file."""
    if args.what != "rule":
        raise usage(f"`{args.what}` cannot be made new", "try: trustpolicy new rule CTO-30")
    format_of(args, ("text",))
    into = Path(args.into) if args.into else None
    if into is not None and args.output:
        raise usage("--into and -o are two places for one rule: leave one out")
    if args.output and Path(args.output).exists():
        raise usage(f"{args.output} is there already", "--into FILE adds a rule to a file")
    where = [*args.rules, *([args.into] if into is not None and into.exists() else [])]
    loaded = load(args, where, local=False)
    if loaded.schema is None:
        show(loaded.diagnostics)
        raise Stop(CANNOT_RUN, "")
    wish = replace(_wish(args, loaded, loaded.schema), head=into is None or not into.exists())
    text = _draft(wish, loaded.schema)
    if into is None:
        deliver(args, text)
    else:
        _add(into, text)
        say(args, f"{wish.id} stands at the end of {into}", f"try: trustpolicy test {into}")
    return DONE


def _wish(args: argparse.Namespace, loaded: "Loaded", schema: "Schema") -> "Wish":
    from policyengine.starting.rule_draft import Wish
    from policyengine.syntax import tree

    items = [item for file in loaded.files for item in file.items]
    ids = {item.id.text for item in items if isinstance(item, tree.RuleItem)}
    settings = {item.name.text for item in items if isinstance(item, tree.Setting)}
    _free(args.id, ids)
    if args.needs is None:
        raise usage(
            "--needs is missing: which record must there be?",
            f"try: trustpolicy new rule {args.id} --for cto --needs rights_discussion "
            '--within "7 days"',
        )
    needed = _kind(args.needs, schema)
    if needed.name == "case":
        raise usage("--needs asks for a kind of record, and a case is none")
    return Wish(
        args.id,
        _kind(args.subject, schema),
        needed,
        _length(args.within),
        _setting(f"{needed.name}_window", settings),
    )


def _free(id: str, taken: set[str]) -> None:
    """See that it is an id, and that no rule has it."""
    if not RULE_ID.fullmatch(id):
        meant = re.sub(r"[^A-Z0-9]+", "-", id.upper()).strip("-")
        meant = re.sub(r"(?<=[A-Z])(?=[0-9])", "-", meant)
        hints = [f"did you mean `{meant}`?"] if RULE_ID.fullmatch(meant) else []
        raise usage(f"`{id}` is no rule id: capitals, digits and hyphens, as CTO-30", *hints)
    if id in taken:
        stem = id.rstrip(digits) if id[-1].isdigit() else f"{id}-"
        number = next(n for n in range(1, 10_000) if f"{stem}{n:02}" not in taken)
        raise usage(f"there is a rule {id} already", f"the next that is free: {stem}{number:02}")


def _kind(word: str, schema: "Schema") -> "Kind":
    found = schema.kinds.get(word) or schema.kind_of_plural(word)
    if found is None:
        meant = nearest(word, schema.kinds)
        hint = f"did you mean `{meant}`?" if meant else "`trustpolicy schema` lists them"
        raise usage(f"the schema has no kind `{word}`", hint)
    return found


def _length(text: str) -> "Duration":
    """A length as the language writes it."""
    from policyengine.source import SourceFile
    from policyengine.syntax import parse_expression, tree

    parsed, faults = parse_expression(SourceFile("--within", text))
    if faults or not isinstance(parsed, tree.DurationLiteral) or parsed.value.amount < 1:
        raise usage(
            f"--within `{text}` is no length of time",
            'write "7 days", "5 working days", "24 hours"',
        )
    return parsed.value


def _setting(name: str, taken: set[str]) -> str:
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _draft(wish: "Wish", schema: "Schema") -> str:
    """The text, as `fmt` lays it out."""
    from policyengine.schema.bank_holidays import calendar_of
    from policyengine.source import SourceFile
    from policyengine.starting.rule_draft import NoDraftError, rule_draft
    from policyengine.tooling.fmt import format_source

    try:
        text = rule_draft(wish, calendar_of(schema))
    except NoDraftError as error:
        raise usage(str(error)) from None
    return format_source(SourceFile(f"{wish.id}.policy", text)).text


def _add(path: Path, text: str) -> None:
    """Add the text at the end of a file, whole or not at all."""
    from policyengine.report.atomic_write import write_whole

    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        if before:
            text = f"{before.rstrip()}\n\n{text}"
        write_whole(path, text.encode(), mode=mode)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise Stop(CANNOT_RUN, f"{path} cannot be written: {why}") from None
