"""`trustpolicy eval`: the value of one expression of the language."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from policyengine.commands import audit
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.options import as_date
from policyengine.commands.output import deliver, format_of
from policyengine.commands.rule_set import schema_of, show

if TYPE_CHECKING:
    from policyengine.diagnostics import Diagnostic
    from policyengine.evaluate import Engine
    from policyengine.evaluate.scene import Scene
    from policyengine.schema import Schema

HELP = "the value of one expression; `-` reads one a line; without one, on a terminal, a dialogue"
FORMATS = ("text", "json", "jsonl")
NO_DAY = date(9999, 12, 31)  # for what does not ask: everything has happened
_SLOTS = 256  # more records in sight at once than 64 levels can hold
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.add_argument(
        "expression", nargs="?", metavar="EXPRESSION", help="an expression, or - to read many"
    )
    audit.add_clocks(parser)
    parser.add_argument("--case", metavar="FILE", help="a file with one case, which is `case`")
    audit.add_reveal(parser)


def run(args: argparse.Namespace) -> int:
    """0, or 3 where an expression has no meaning."""
    audit.check_flags(args)
    format_ = format_of(args, FORMATS)
    if args.expression is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise usage("this is missing: EXPRESSION", "`-` reads an expression a line")
    evaluator = Evaluator(args)
    if args.expression is None:
        return _dialogue(args, evaluator)
    if args.expression == "-":
        broken = Counted()
        deliver(args, _many(evaluator, broken, format_))
        return CANNOT_RUN if broken.number else DONE
    try:
        text = evaluator.value(args.expression)
    except MeaninglessError as error:
        show(error.faults)
        raise Stop(CANNOT_RUN, "" if error.faults else error.message) from None
    deliver(args, _line(args.expression, text, None, format_))
    return DONE


def _dialogue(args: argparse.Namespace, evaluator: "Evaluator") -> int:
    """Ask and answer, on a terminal."""
    from policyengine.commands.eval_repl import repl

    now = [evaluator]

    def renewed(what: str, value: str) -> None:
        changed = argparse.Namespace(**vars(args))
        if what == "as-at":
            try:
                changed.as_at, changed.known_by = as_date(value), None
            except argparse.ArgumentTypeError as error:
                raise usage(str(error)) from None
        else:
            changed.case = value
        now[0] = Evaluator(changed)
        args.__dict__.update(vars(changed))

    def asked(text: str) -> str:
        return now[0].value(text)

    return repl(asked, MeaninglessError, evaluator.schema, renewed)


class MeaninglessError(Exception):
    """An expression without a meaning, and why: a sentence, and messages with their places."""

    def __init__(self, message: str, faults: "list[Diagnostic] | None" = None) -> None:
        super().__init__(message)
        self.message = message
        self.faults = faults or []


class Counted:
    """How many lines were wrong."""

    number = 0


def _many(evaluator: "Evaluator", broken: Counted, format_: str) -> Iterator[str]:
    from policyengine.report.safe_text import safe_text

    for line in sys.stdin.buffer:
        try:
            expression = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            broken.number += 1
            yield _line("", None, "this line is not UTF-8", format_)
            continue
        try:
            yield _line(expression, evaluator.value(expression), None, format_)
        except MeaninglessError as error:
            broken.number += 1
            yield _line(expression, None, safe_text(error.message), format_)


def _line(expression: str, value: str | None, error: str | None, format_: str) -> str:
    if format_ == "text":
        return f"{value}\n" if error is None else f"error: {error}\n"
    made: dict[str, str | None] = {"expression": expression, "value": value}
    return json.dumps({**made, "error": error} if error else made) + "\n"


class Evaluator:
    """Evaluates expressions over one case, or over a case of which nothing is recorded."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.schema: Schema = schema_of(args, [])
        self.as_at: date | None = args.as_at
        self.known_by: date | None = args.known_by
        self.reveal = frozenset(args.reveal)
        if args.case and self.as_at is None:
            raise usage(
                "--as-at is missing: as at which day is the case seen?",
                "nothing here reads the clock; say it: --as-at 2026-11-01",
            )
        self.engine = self._engine()
        self.scene = self._scene(args.case)

    def value(self, expression: str) -> str:
        """The value as it is printed. Raises `MeaninglessError` where there is none."""
        from decimal import Decimal

        from policyengine.evaluate.scene import Frame
        from policyengine.policy.settle import settle_expression
        from policyengine.source import SourceFile
        from policyengine.syntax import parse_expression
        from policyengine.values.moments import Moment

        source = SourceFile("<expression>", expression)
        parsed, faults = parse_expression(source)
        if parsed is None or faults:
            raise MeaninglessError(_first(faults), faults)
        core, _, faults = settle_expression(parsed, self.schema)
        if core is None:
            raise MeaninglessError(_first(faults), faults)
        if self.as_at is None and re.search(r"\bas_at\b", _TEXTS.sub("", expression)):
            raise MeaninglessError("`as_at` is asked for, and --as-at says no date")
        value = self.engine.compiler.compile(core)(Frame(self.scene, _SLOTS))
        hidden = self._hidden(core)
        if hidden and isinstance(value, str | Decimal | int | Moment):
            return f"recorded, not shown (--reveal {hidden} shows it)"
        return self.shown(value)

    def _engine(self) -> "Engine":
        from policyengine.evaluate import Engine
        from policyengine.plan.core import Plan

        nothing = Plan(
            schema=self.schema,
            rules=(),
            definitions={},
            gatherings={},
            settings={},
            examples=(),
            digest="",
        )
        return Engine(nothing)

    def _scene(self, path: str | None) -> "Scene":
        from policyengine.records.given import records_from_given
        from policyengine.records.model import Export

        as_at = self.as_at or NO_DAY
        if path is not None:
            with audit.export_errors():
                export = audit.opened(path, self.schema)
                case = next(export.cases(), None)
            if case is None:
                raise Stop(CANNOT_RUN, f"{path} holds no case")
            return self.engine.scene(case, export, as_at, self.known_by)
        case, shared = records_from_given(self.schema, {"case_id": "case"}, [])
        empty = Export(self.schema, frozenset(), {}, shared, lambda: [case], lambda _: case)
        return self.engine.scene(case, empty, as_at, self.known_by)

    def _hidden(self, core: object) -> str | None:
        """The kind of sensitivity of a value that is passed on as it is, unless asked for."""
        from policyengine.plan.core import Choice, Core, ExtremeOf, Field

        if not isinstance(core, Field | Choice | ExtremeOf):
            return None
        assert isinstance(core, Core)
        for field in self.engine.compiler.fields_behind(core):
            marked = self.schema.kinds[field.kind].fields[field.name].sensitive
            if marked is not None and marked.value not in self.reveal:
                return marked.value
        return None

    def shown(self, value: object) -> str:
        """A value in the language's own spelling."""
        from policyengine.report.safe_text import safe_text
        from policyengine.values.durations import Duration
        from policyengine.values.moments import Moment
        from policyengine.values.truth import NOT_YET

        match value:
            case bool():
                return "yes" if value else "no"
            case str():
                escaped = value.replace("\\", "\\\\").replace('"', '\\"')
                return f'"{safe_text(escaped)}"'
            case Moment():
                return self._moment(value)
            case Duration():
                return str(value)
            case _ if value is NOT_YET:
                return "not yet"
            case _:
                return _number(value)

    def _moment(self, moment: "object") -> str:
        from policyengine.values.moments import Moment

        assert isinstance(moment, Moment)
        if moment.day != moment.last:
            return "unknown"
        if moment.timed and moment.at is not None:
            local = self.engine.calendar.zone.local(moment.at).replace(tzinfo=None)
            return local.isoformat(timespec="seconds" if local.second else "minutes")
        return date.fromordinal(moment.day).isoformat()


def _first(faults: "list[Diagnostic]") -> str:
    return faults[0].message if faults else "this is no expression"


def _number(value: object) -> str:
    """A number without needless noughts; whatever else there is cannot be told."""
    from decimal import Decimal

    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return "unknown"
