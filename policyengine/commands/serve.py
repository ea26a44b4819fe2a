"""`trustpolicy serve`: the workbench, on this machine only."""

import argparse
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from policyengine.commands import audit, mapped, options
from policyengine.commands.exits import CANNOT_RUN, DONE, Stop, usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.workbench.case_load import CaseLoad

HELP = "the workbench: write a rule in a browser, and see what it means and finds"
EPILOG = """\
Listens on 127.0.0.1 alone. The address that it prints holds a token: whoever has it can read the
rules, see what they find and save them, until this ends (Ctrl-C).
"""
_LIBRARIES = ("starlette", "uvicorn", "jinja2", "markupsafe", "anyio")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags of the verb."""
    parser.epilog = EPILOG
    options.add_rules(parser)
    parser.add_argument("--cases", metavar="EXPORT", help="a case export: a file or a folder")
    parser.add_argument("--demo", action="store_true", help="the sample case load, at its date")
    audit.add_clocks(parser)
    audit.add_reveal(parser)
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="listen there (default: any free port)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"`{text}` is no port: a whole number up to 65535")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0 when it was ended; 3 where it cannot listen, or the case load cannot be read."""
    audit.check_flags(args)
    try:
        import uvicorn

        from policyengine.workbench.app import make_app
        from policyengine.workbench.bench import Bench
        from policyengine.workbench.guarding import Keys
    except ModuleNotFoundError as error:
        _not_installed(error)
    from policyengine.shipped import shipped

    load = _case_load(args)
    roots = args.rules or [str(shipped("rules"))]
    bench = Bench(roots, Path(args.schema) if args.schema else None, load)
    checked = bench.check()
    if not checked.documents or checked.schema is None:
        from policyengine.commands.rule_set import show

        show(bench.rule_set.schema_notes)
        raise Stop(
            CANNOT_RUN, "there are no rule files to work on", "`trustpolicy init FOLDER` makes some"
        )
    if load is not None:
        say(args, f"reading {load.called} ...")
        with audit.export_errors():
            load.read(checked.schema)
    try:
        listening = socket.create_server(("127.0.0.1", args.port))
    except OSError as error:
        raise Stop(
            CANNOT_RUN, f"port {args.port} cannot be listened on: {error.strerror}"
        ) from None
    keys = Keys(listening.getsockname()[1])
    app = make_app(bench, keys, can_save=bool(args.rules))
    print(f"The workbench is at {keys.address}\nCtrl-C ends it.", flush=True)
    # No access log: it would hold the token.
    config = uvicorn.Config(
        app, access_log=False, log_level="critical", server_header=False, lifespan="off", ws="none"
    )
    with listening, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
    return DONE


def _not_installed(error: ModuleNotFoundError) -> NoReturn:
    if (error.name or "").partition(".")[0] not in _LIBRARIES:
        raise error
    raise Stop(
        CANNOT_RUN,
        f"{error.name} is not installed, and the workbench is served with it",
        "install it: pip install 'trust-policy-engine[web]'",
    ) from None


def _case_load(args: argparse.Namespace) -> "CaseLoad | None":
    from policyengine.workbench.case_load import CaseLoad

    if not args.cases and not args.demo:
        if args.as_at is not None:
            raise usage("--as-at says when, and there are no cases", "--cases EXPORT, or --demo")
        return None
    called = mapped.called(args.cases) if args.cases else "the sample case load, which is fictional"
    if args.cases == "-":
        raise usage("the workbench reads its cases from a file or a folder")
    options.settle_cases(args)
    mapped.refuse_database(args.cases)
    as_at, known_by = audit.clocks(args)
    return CaseLoad(args.cases, called, as_at, known_by, "identifier" in args.reveal)
