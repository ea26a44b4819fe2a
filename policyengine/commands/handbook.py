"""`trustpolicy handbook`: the rules in plain English, for those who read and do not write them."""

import argparse

from policyengine.commands import options
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop
from policyengine.commands.extras import needs_report_extra
from policyengine.commands.output import deliver, format_of
from policyengine.commands.rule_set import checked_plan, chosen

HELP = "the rules in plain English, with worked days and drawn examples: HTML or Markdown"
FORMATS = ("html", "md")
EPILOG = """\
Made from the rules themselves, so that what is read is what is judged. One file, without scripts,
that fetches nothing and prints on A4. --select takes rules and tags, as everywhere.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    parser.add_argument("--no-examples", action="store_true", help="leave the examples out")


def run(args: argparse.Namespace) -> int:
    """0, and the handbook; 3 where the rules do not check."""
    format_ = _format(args)
    plan = chosen(checked_plan(args, args.rules), args)
    if not plan.rules:
        raise Stop(CANNOT_RUN, "no rule is left to write about")
    with needs_report_extra():
        if format_ == "html":
            from policyengine.report.handbook.html import be_ready

            be_ready()
        from policyengine.tooling.handbook import handbook_of

        page = handbook_of(plan, with_examples=not args.no_examples)
        if format_ == "md":
            from policyengine.report.handbook.markdown import handbook_markdown

            deliver(args, "".join(handbook_markdown(page)))
        else:
            from policyengine.report.handbook.html import handbook_html

            deliver(args, handbook_html(page))
    return DONE


def _format(args: argparse.Namespace) -> str:
    """HTML, unless Markdown is asked for by flag or suffix."""
    if args.format is None and not (args.output and args.output != "-"):
        return "html"
    return format_of(args, FORMATS)
