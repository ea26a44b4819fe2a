"""`trustpolicy schema`: what the rules expect a record to hold, and what a rule loses without."""

import argparse
import json
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.exits import DONE, usage
from policyengine.commands.output import deliver, encoding_of, format_of, uses_colour, width_of
from policyengine.commands.rule_set import checked_plan, chosen, schema_of

if TYPE_CHECKING:
    from policyengine.report.drawing import Canvas

HELP = "the kinds of record and their fields, as the rules expect them"
FORMATS = ("rich", "text", "json")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    parser.add_argument(
        "--json-schema", action="store_true", help="a JSON Schema of the nested case export"
    )
    parser.add_argument(
        "--needed-by",
        metavar="RULE",
        help="what this rule reads, what for, and what it loses without it (`all`: every rule)",
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="which rules can be judged on an export (--cases), and for want of what others cannot",
    )
    parser.add_argument("--cases", metavar="EXPORT", help="the case export of --coverage")
    parser.add_argument(
        "--as-at",
        type=options.as_date,
        metavar="DATE",
        help="with --needed-by and --coverage: only what is in force on this day",
    )


def run(args: argparse.Namespace) -> int:
    """0, or 3 where the schema, the rules or the export cannot be read."""
    asked = [bool(args.json_schema), args.needed_by is not None, bool(args.coverage)]
    if sum(asked) > 1:
        raise usage("--json-schema, --needed-by and --coverage are three questions: ask one")
    if args.cases and not args.coverage:
        raise usage("--cases goes with --coverage")
    if args.as_at and not (args.coverage or args.needed_by is not None):
        raise usage("--as-at goes with --needed-by and with --coverage")
    if args.needed_by is not None:
        return _needs(args)
    if args.coverage:
        return _coverage(args)
    return _schema(args)


def _schema(args: argparse.Namespace) -> int:
    format_ = "json" if args.json_schema else format_of(args, FORMATS)
    schema = schema_of(args, args.rules)
    if format_ == "json":
        from policyengine.schema import to_json_schema

        _json(args, to_json_schema(schema))
        return DONE
    from policyengine.report.schema_page import schema_parts

    canvas = _canvas(args, format_)
    deliver(args, canvas.drawn(schema_parts(schema, canvas.symbols)))
    return DONE


def _needs(args: argparse.Namespace) -> int:
    from policyengine.report.needs_page import needs_json, needs_parts
    from policyengine.tooling.needs import needs_of

    format_ = format_of(args, FORMATS)
    plan = chosen(checked_plan(args, args.rules), args)
    ids = list(dict.fromkeys(rule.id for rule in plan.rules))
    wanted = ids if args.needed_by == "all" else [args.needed_by]
    if wanted[:1] and wanted[0] not in ids:
        meant = options.nearest(wanted[0], ids) or options.nearest(wanted[0].upper(), ids)
        hint = f"did you mean `{meant}`?" if meant else "`trustpolicy check -v` lists them"
        raise usage(f"there is no rule `{wanted[0]}`", hint)
    needs = [needs_of(plan, rule, args.as_at) for rule in wanted]
    if format_ == "json":
        _json(args, needs_json(needs))
    else:
        canvas = _canvas(args, format_)
        deliver(args, canvas.drawn(needs_parts(needs, canvas.symbols)))
    return DONE


def _coverage(args: argparse.Namespace) -> int:
    from policyengine.commands.audit import export_errors, opened
    from policyengine.report.needs_page import coverage_json, coverage_parts
    from policyengine.tooling.export_coverage import coverage, survey

    if not args.cases:
        raise usage("--cases is missing: which case export?")
    format_ = format_of(args, FORMATS)
    plan = chosen(checked_plan(args, args.rules), args)
    with export_errors():
        found = survey(opened(args.cases, plan.schema))
    rules = coverage(plan, found, args.as_at)
    if format_ == "json":
        _json(args, coverage_json(rules))
    else:
        canvas = _canvas(args, format_)
        deliver(args, canvas.drawn(coverage_parts(rules, args.cases, canvas.symbols)))
    return DONE


def _json(args: argparse.Namespace, made: object) -> None:
    deliver(args, json.dumps(made, indent=2, ensure_ascii=True) + "\n")


def _canvas(args: argparse.Namespace, format_: str) -> "Canvas":
    from policyengine.report.drawing import Canvas

    return Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
