"""`trustpolicy completions`: what a shell needs to finish verbs, flags and file names."""

import argparse
from collections.abc import Mapping

from policyengine.commands.exits import DONE, usage
from policyengine.commands.options import nearest
from policyengine.commands.output import deliver, format_of

HELP = "a script that lets your shell finish verbs, flags and file names"
# Where each shell looks for such a script; what `--help` says.
PLACES = {
    "bash": 'eval "$(trustpolicy completions bash)"   in ~/.bashrc',
    "zsh": "trustpolicy completions zsh > FOLDER/_trustpolicy, a folder of $fpath",
    "fish": "trustpolicy completions fish > ~/.config/fish/completions/trustpolicy.fish",
    "tcsh": "trustpolicy completions tcsh > ~/.trustpolicy.tcsh, and source it in ~/.tcshrc",
}
# What an argument with one of these names takes: a file, or a folder.
FILES = ("FILE", "RULES", "EXPORT", "OLD", "NEW", "MANIFEST")
FOLDERS = ("FOLDER", "EXPORTS")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument("shell", metavar="SHELL", help=" | ".join(PLACES))
    lines = (f"  {shell:5} {how}" for shell, how in PLACES.items())
    parser.epilog = "how to use it:\n" + "\n".join(lines)


def run(args: argparse.Namespace) -> int:
    """0, or 2 where the shell is not known."""
    if args.shell not in PLACES:
        meant = nearest(args.shell, PLACES)
        hint = f"did you mean `{meant}`?" if meant else f"there is: {', '.join(PLACES)}"
        raise usage(f"there are no completions for `{args.shell}`", hint)
    format_of(args, ("text",))
    deliver(args, _script(args.shell))
    return DONE


def _script(shell: str) -> str:
    import shtab

    from policyengine.commands.main import whole_parser

    parser = whole_parser()
    _say_which_are_files(parser, {"file": shtab.FILE, "folder": shtab.DIRECTORY})
    script: str = shtab.complete(parser, shell)
    return script if script.endswith("\n") else script + "\n"


def _say_which_are_files(parser: argparse.ArgumentParser, marks: Mapping[str, object]) -> None:
    """Mark the arguments that are files and folders, of a parser and of its verbs."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in set(action.choices.values()):
                _say_which_are_files(each, marks)
        elif action.metavar in FILES:
            action.complete = marks["file"]  # type: ignore[attr-defined]
        elif action.metavar in FOLDERS:
            action.complete = marks["folder"]  # type: ignore[attr-defined]
