"""What `trend` and `report` share: the periods, how charts are made, and an audit for each."""

import argparse
import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from policyengine.commands import options
from policyengine.commands.exits import usage

if TYPE_CHECKING:
    from policyengine.findings import Audit, Finding
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.trend import Options, Period, Rebase

FEWEST_TO_LOCK = 2


def add_chart_flags(parser: argparse.ArgumentParser, basis: str) -> None:
    """Which periods, and how their chart is made; `basis` is what counts unless it is said."""
    group = parser.add_argument_group("charts")
    group.add_argument(
        "--every", choices=("week", "month", "quarter"), default="month", help="default: month"
    )
    group.add_argument(
        "--basis",
        choices=("as-at", "due"),
        default=basis,
        help="as-at: the state of every duty at each period's end; due: the duties that fell due "
        f"in it, and those with no deadline (default: {basis})",
    )
    group.add_argument(
        "--chart",
        choices=("xmr", "p"),
        default="xmr",
        help="xmr (default); p weighs each period by its denominator: for small ones",
    )
    group.add_argument(
        "--unscreened",
        action="store_true",
        help="keep outlying moving ranges (3.267 averages and more) in the limits",
    )
    group.add_argument(
        "--lock-after",
        type=_as_count,
        metavar="N",
        help="make the limits from the first N periods, and judge the rest by them",
    )
    group.add_argument(
        "--rebase",
        nargs=2,
        action="append",
        default=[],
        metavar=("[RULE:]DATE", "REASON"),
        help="make new limits from a day on, for a known change; may come several times",
    )


def _as_count(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or int(text) < FEWEST_TO_LOCK:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of periods, from 2")
    return int(text)


def options_of(args: argparse.Namespace) -> "Options":
    """How charts are made. Stops (exit 2) at a rebase without a date or a reason."""
    from policyengine.trend import Method, Options

    return Options(
        method=Method(args.chart),
        screened=not args.unscreened,
        lock_after=args.lock_after,
        rebases=tuple(_rebase(when, reason) for when, reason in args.rebase),
    )


def _rebase(when: str, reason: str) -> "Rebase":
    from policyengine.trend import Rebase

    rule, _, day = when.rpartition(":")
    try:
        on = options.as_date(day)
    except argparse.ArgumentTypeError as error:
        raise usage(f"--rebase: {error}", "--rebase 2026-04-01 'the new rights form'") from None
    if not reason.strip():
        raise usage("--rebase needs its reason: limits are made anew for a known change only")
    return Rebase(on, " ".join(reason.split()), rule or None)


def check_rebases(made: "Options", plan: "Plan") -> None:
    """Stops (exit 2) at a rebase of a rule that there is not."""
    ids = {rule.id for rule in plan.rules}
    for rebase in made.rebases:
        if rebase.rule is not None and rebase.rule not in ids:
            meant = options.nearest(rebase.rule.upper(), ids)
            hints = [f"did you mean `{meant}`?"] if meant else []
            raise usage(f"--rebase: there is no rule `{rebase.rule}`", *hints)


def audits(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    periods: "Sequence[Period]",
    known_by: date | None,
    keep: "Callable[[Finding], bool] | None" = None,
    standing: Collection[str] = (),
) -> "list[Audit]":
    """An audit as at each period's end, its findings left out once they are counted. `keep` is
    which findings count besides (a team's); `standing` are the rules whose findings count as
    they stand at each period's end."""
    from policyengine.evaluate import run_audit
    from policyengine.report.progress import progress_bar
    from policyengine.trend import Basis, keeps

    basis = Basis(args.basis)

    def judged(period: "Period") -> "Audit":
        kept = _both(keeps(period, basis, standing), keep)
        audit = run_audit(plan, export, period.last, known_by or period.last, keep=kept)
        return replace(audit, findings=())

    quiet = args.quiet or args.no_progress
    with progress_bar("Judging each period", len(periods), wanted=not quiet) as step:
        found = []
        for audit in _each(judged, periods):
            found.append(audit)
            if step is not None:
                step(len(found))
    return found


_judging: "Callable[[Period], Audit] | None" = None  # what a forked process finds here


def _judge(period: "Period") -> "Audit":
    assert _judging is not None
    return _judging(period)


def _each(judged: "Callable[[Period], Audit]", periods: "Sequence[Period]") -> "Iterator[Audit]":
    """Each period's audit, in order: the first here, so that a fault of the export is told as it
    is, the others by as many processes as there are processors (where processes can be forked:
    what the export reads from cannot be sent to another)."""
    global _judging  # noqa: PLW0603 - a fork takes it along
    yield from map(judged, periods[:1])
    rest, processes = periods[1:], os.cpu_count() or 1
    if processes == 1 or len(rest) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(judged, rest)
        return
    _judging = judged
    try:
        with multiprocessing.get_context("fork").Pool(processes, _ignore_interrupts) as pool:
            yield from pool.imap(_judge, rest)
    finally:
        _judging = None


def _ignore_interrupts() -> None:
    """An interrupt is for the process that the person started; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _both(
    one: "Callable[[Finding], bool] | None", other: "Callable[[Finding], bool] | None"
) -> "Callable[[Finding], bool] | None":
    if one is None or other is None:
        return one or other
    first, second = one, other
    return lambda finding: first(finding) and second(finding)
