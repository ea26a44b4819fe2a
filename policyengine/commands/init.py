"""`trustpolicy init`: a folder to work in, and a first mapping of the files that are there."""

import argparse
from pathlib import Path

from policyengine.commands.audit import export_errors
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.options import nearest
from policyengine.commands.output import deliver, format_of, say
from policyengine.commands.rule_set import schema_of
from policyengine.shipped import shipped

HELP = "a folder to work in, and with --from a first mapping of the files that you have"
MAPPING = "mapping.yaml"


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="the folder to make (what is there stays)"
    )
    parser.add_argument(
        "--from",
        dest="exports",
        metavar="EXPORTS",
        help="look at the files of this folder and suggest a mapping, every guess marked; nothing "
        "that stands in a cell is shown",
    )

    parser.add_argument(
        "--like",
        metavar="NAME",
        help=f"begin with a mapping that comes with the package: {', '.join(_shipped())}",
    )


def run(args: argparse.Namespace) -> int:
    """0, or 3 where the folder cannot be read or written."""
    if args.folder is None and args.exports is None and args.like is None:
        raise usage(
            "init needs a FOLDER to make, or --from EXPORTS, or both",
            "try: trustpolicy init policy --from exports",
        )
    if args.exports is not None and args.like is not None:
        raise usage("--from and --like are two ways to one mapping: leave one out")
    format_of(args, ("text",))
    text = None
    if args.exports is not None:
        text = _suggested(args, Path(args.exports))
    elif args.like is not None:
        text = _like(args.like)
    if args.folder is None:
        assert text is not None
        deliver(args, text)
        return DONE
    if args.output:
        raise usage("FOLDER and -o are two places for one mapping: leave one out")
    return _make(args, Path(args.folder), text)


def _shipped() -> list[str]:
    """The names of the mappings that come with the package."""
    try:
        return sorted(path.stem for path in shipped("mappings").glob("*.yaml"))
    except FileNotFoundError:
        return []


def _like(name: str) -> str:
    """A mapping that comes with the package, as it is."""
    known = _shipped()
    if name not in known:
        meant = nearest(name, known)
        hint = f"did you mean `{meant}`?" if meant else f"there is: {', '.join(known)}"
        raise usage(f"no mapping `{name}` comes with the package", hint)
    return (shipped("mappings") / f"{name}.yaml").read_text(encoding="utf-8")


def _suggested(args: argparse.Namespace, exports: Path) -> str:
    """The mapping. On standard error: how much of it is guesswork."""
    from policyengine.starting import look_at, mapping_text, suggest
    from policyengine.starting.writing import guesses

    schema = schema_of(args, [])
    with export_errors():
        look = look_at(exports)
    if not look.tables:
        raise Stop(
            CANNOT_RUN,
            f"{exports}: there is no table in it that can be read",
            "tables are .csv, .txt, .tsv, .jsonl, .ndjson and .xlsx files",
            *look.left_out[:5],
        )
    found = suggest(look, schema)
    text = mapping_text(look, found, schema, "first-mapping")
    kinds = len({guess.kind.name for guess in found.kinds})
    say(
        args,
        f"{len(look.tables)} tables were looked at; {kinds} kinds were found in them; "
        f"{guesses(text)} guesses wait to be confirmed",
        *look.left_out,
    )
    return text


def _make(args: argparse.Namespace, folder: Path, mapping: str | None) -> int:
    from policyengine.starting import make_workspace

    try:
        made = make_workspace(folder, {} if mapping is None else {MAPPING: mapping})
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise Stop(CANNOT_RUN, f"{folder} cannot be made: {why}") from None
    lines = [f"made {folder / name}" for name in made.written]
    lines += [f"kept {folder / name}: it was there already" for name in made.kept]
    deliver(args, "".join(f"{line}\n" for line in lines))
    return DONE
