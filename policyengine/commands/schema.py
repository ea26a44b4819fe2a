"""`trustpolicy schema`: what the rules expect a record to hold."""

import argparse
import json

from policyengine.commands import options
from policyengine.commands.exits import DONE
from policyengine.commands.output import deliver, encoding_of, format_of, uses_colour, width_of
from policyengine.commands.rule_set import schema_of

HELP = "the kinds of record and their fields, as the rules expect them"
FORMATS = ("rich", "text", "json")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    options.add_rules(parser)
    parser.add_argument(
        "--json-schema", action="store_true", help="a JSON Schema of the nested case export"
    )


def run(args: argparse.Namespace) -> int:
    """0, or 3 where the schema cannot be read."""
    format_ = "json" if args.json_schema else format_of(args, FORMATS)
    schema = schema_of(args, args.rules)
    if format_ == "json":
        from policyengine.schema import to_json_schema

        deliver(args, json.dumps(to_json_schema(schema), indent=2, ensure_ascii=True) + "\n")
        return DONE
    from policyengine.report.drawing import Canvas
    from policyengine.report.schema_page import schema_parts

    canvas = Canvas(width_of(args), encoding_of(args), uses_colour(args, format_))
    deliver(args, canvas.drawn(schema_parts(schema, canvas.symbols)))
    return DONE
