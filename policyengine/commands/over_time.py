"""What `trend` and `report` share: the periods, how charts are made, and an audit for each."""

import argparse
import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from policyengine.commands import engines, options
from policyengine.commands.exits import usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.evaluate.over_time import Asked, Audits, Tally
    from policyengine.findings import Audit, Finding
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.records.model import CaseRecords
    from policyengine.trend import Options, Period, Rebase

FEWEST_TO_LOCK = 2
FEWEST_TO_SHARE = 200  # cases: fewer are judged before other processes are there
BATCH = 2_000  # cases in memory at a time


def add_chart_flags(parser: argparse.ArgumentParser, basis: str) -> None:
    """Which periods, how their chart is made, and which engine counts; `basis` is what counts
    unless it is said."""
    engines.add_engine(parser)
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
    """How charts are made. Stops (exit 2) at a rebase without a date or a reason, and at an engine
    that counts no periods."""
    from policyengine.trend import Method, Options

    if args.engine == "spark" or args.master:
        raise usage(f"{args.verb} does not go with --engine spark", "--engine duckdb, or auto")
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
    keep: "Callable[[Finding], bool] | None" = None,
    standing: Collection[str] = (),
    now: "Asked | None" = None,
) -> "list[Audit]":
    """An audit as at each period's end, its findings left out once they are counted; and, the
    last, as at `now`. The export is read once. `keep` is which findings count besides (a team's);
    `standing` are the rules whose findings count as they stand at each period's end. The bulk
    engine judges where it is asked for or there is much to judge; but not for a team."""
    from policyengine.evaluate.over_time import Asked, Audits
    from policyengine.report.progress import progress_bar
    from policyengine.trend import Basis, keeps

    if keep is None and engines.is_bulk(args, export):
        return _in_bulk(args, plan, export, periods, standing, now)
    basis, known_by = Basis(args.basis), args.known_by
    several = [
        Asked(each.last, known_by or each.last, _both(keeps(each, basis, standing), keep))
        for each in periods
    ]
    made = Audits(plan, export, several if now is None else [*several, now])
    quiet = args.quiet or args.no_progress
    with progress_bar("Judging", export.count, wanted=not quiet) as step:
        cases = export.cases()
        while batch := list(islice(cases, BATCH)):
            # What notes whose findings it sees cannot do so in another process.
            made.add(made.judged(batch) if keep else _in_processes(made, batch), len(batch))
            if step is not None:
                step(made.cases)
    return made.made()


def _in_bulk(
    args: argparse.Namespace,
    plan: "Plan",
    export: "Export",
    periods: "Sequence[Period]",
    standing: Collection[str],
    now: "Asked | None",
) -> "list[Audit]":
    """The same by the bulk engine."""
    from policyengine.bulk.over_time import Counted, run_bulk_counts
    from policyengine.bulk.side_by_side import Means
    from policyengine.report.progress import progress_bar
    from policyengine.trend import Basis

    due = Basis(args.basis) is not Basis.AS_AT
    several = [
        Counted(
            each.last,
            args.known_by or each.last,
            (each.first.toordinal(), each.last.toordinal()) if due else None,
        )
        for each in periods
    ]
    quiet = args.quiet or args.no_progress
    with (
        engines.database_errors(),
        progress_bar("Judging", export.count, wanted=not quiet) as step,
    ):
        found, notes = run_bulk_counts(
            plan,
            export,
            several,
            reference=engines.reference_of(plan, export),
            standing=standing,
            now=None if now is None else (now.as_at, now.known_by),
            progress=step,
            means=Means(args.memory, args.threads),
        )
    if args.verbose:
        say(args, *notes.lines())
    return found


_made: "Audits | None" = None  # what a forked process finds here, and the cases
_batch: "Sequence[CaseRecords]" = ()


def _share(place: int, step: int) -> "list[Tally]":
    assert _made is not None
    return _made.judged(_batch[place::step])


def _in_processes(made: "Audits", batch: "Sequence[CaseRecords]") -> "list[Tally]":
    """What is found in some cases, by as many processes as there are processors, where processes
    can be forked: each has the cases that were read, and none reads any."""
    global _made, _batch
    processes = os.cpu_count() or 1
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if processes == 1 or len(batch) < FEWEST_TO_SHARE or not can_fork:
        return made.judged(batch)
    _made, _batch = made, batch
    try:
        with multiprocessing.get_context("fork").Pool(processes, _ignore_interrupts) as pool:
            first, *others = pool.starmap(_share, [(each, processes) for each in range(processes)])
    finally:
        _made, _batch = None, ()
    for other in others:
        for tally, more in zip(first, other, strict=True):
            tally.join(more)
    return first


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
