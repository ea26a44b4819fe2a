"""The language held to its meaning, by chance:

`python -m tools.conformance [laws]`: random policies over random records, held to the laws (S26);
`python -m tools.conformance volume`: both engines over a million pairs of a policy and a case;
`python -m tools.conformance nightly --budget MINUTES`: as many of those as the time allows.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tools.conformance.run import Report, run, shown, smallest
from tools.conformance.trial import make_trial

if TYPE_CHECKING:
    from tools.conformance.volume import Batch

LEDGER = Path("conformance-ledger.jsonl")
BATCHES = 140  # with the standing 20 policies and 500 cases: a million pairs and more


def main(arguments: list[str]) -> int:
    """1 if a law broke or the engines disagreed, 2 if something was never met."""
    verbs = {"laws": _laws, "volume": _volume, "nightly": _nightly}
    if arguments and arguments[0] in verbs:
        return verbs[arguments[0]](arguments[1:])
    return _laws(arguments)


# --- laws ---------------------------------------------------------------------------------------


def _laws(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.conformance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--trials", type=int, default=500, help="how many policies")
    parser.add_argument("--cases", type=int, default=10, help="cases for each policy")
    parser.add_argument("--seconds", type=float, help="begin no trial after so long")
    parser.add_argument("--ledger", type=Path, help="a file of JSON lines that the run is added to")
    parser.add_argument("--shrink", type=int, default=3, help="how many of the broken to shrink")
    options = parser.parse_args(arguments)
    until = None if options.seconds is None else time.monotonic() + options.seconds
    report = run(options.first, options.trials, cases=options.cases, until=until)
    print(report.tally.table())
    print(report.summary())
    for code, count in report.codes.most_common():
        print(f"refused with {code}: {count}")
    _print_broken(report, options.cases, options.shrink)
    if options.ledger is not None:
        _enter(options.ledger, options.first, report)
    if report.broken:
        return 1
    return 2 if report.tally.never() else 0


def _print_broken(report: Report, cases: int, most: int) -> None:
    shrunk: set[str] = set()
    for seed, broken in report.broken[:40]:
        place = f"{broken.case} {broken.rule} {broken.what[:300]}"
        print(f"seed {seed}: {broken.law}: {place}", flush=True)  # to make them small takes long
    for seed, broken in report.broken:
        if broken.law in shrunk or len(shrunk) >= most:
            continue
        shrunk.add(broken.law)
        print("\nthe smallest found:\n" + shown(smallest(make_trial(seed, cases), broken.law)))


def _enter(ledger: Path, first: int, report: Report) -> None:
    """What was run, so that runs add up and none is repeated."""
    line = {
        "first": first,
        "policies": report.policies,
        "unchecked": report.unchecked,
        "cases": report.cases,
        "findings": report.findings,
        "broken": len(report.broken),
        "never_met": [" ".join(each) for each in report.tally.never()],
    }
    _add_line(ledger, line)


def _add_line(ledger: Path, line: dict[str, object]) -> None:
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


# --- volume -------------------------------------------------------------------------------------


def _parser(verb: str) -> argparse.ArgumentParser:
    from tools.conformance import volume

    parser = argparse.ArgumentParser(prog=f"python -m tools.conformance {verb}")
    parser.add_argument("--policies", type=int, default=volume.POLICIES, help="of each batch")
    parser.add_argument("--cases", type=int, default=volume.CASES, help="of each batch")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shrink", type=int, default=2, help="how many disagreements to shrink")
    return parser


def _volume(arguments: list[str]) -> int:
    parser = _parser("volume")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--ledger", type=Path, help="a file of JSON lines that the run is added to")
    parser.add_argument(
        "--least", type=int, default=0, metavar="PAIRS", help="fail where fewer were compared"
    )
    options = parser.parse_args(arguments)
    return _judge(options, options.first, options.batches, None)


def _nightly(arguments: list[str]) -> int:
    parser = _parser("nightly")
    parser.add_argument("--budget", type=float, required=True, metavar="MINUTES")
    parser.add_argument("--ledger", type=Path, default=LEDGER, help=f"default {LEDGER}")
    parser.add_argument(
        "--first", type=int, help="the first seed (default: the one after the ledger's last)"
    )
    options = parser.parse_args(arguments)
    first = _next_seed(options.ledger) if options.first is None else options.first
    return _judge(options, first, None, time.monotonic() + 60 * options.budget)


def _next_seed(ledger: Path) -> int:
    """The seed after the last that a ledger tells of: no night repeats another."""
    if not ledger.exists():
        return BATCHES  # the seeds before are tried by every check
    lines = map(json.loads, ledger.read_text(encoding="utf-8").splitlines())
    return max((line["next"] for line in lines if "next" in line), default=BATCHES)


def _judge(
    options: argparse.Namespace, first: int, batches: int | None, until: float | None
) -> int:
    from tools.conformance.volume import Batch, run_volume, shown_in_full

    told = 0

    def progress(whole: Batch) -> None:
        nonlocal told
        for line in shown_in_full(whole.wrong[told:]):
            print(line, flush=True)
        told = len(whole.wrong)

    whole, after = run_volume(
        first,
        batches,
        policies=options.policies,
        cases=options.cases,
        processes=options.processes,
        until=until,
        progress=progress,
    )
    print(whole.table())
    print(whole.summary())
    for code, count in whole.codes.most_common():
        print(f"refused with {code}: {count}")
    small = _made_small(whole, options)
    if options.ledger is not None:
        _enter_volume(options.ledger, (first, after), whole, small)
    if whole.wrong:
        return 1
    return 2 if whole.never() or whole.pairs < getattr(options, "least", 0) else 0


def _made_small(whole: "Batch", options: argparse.Namespace) -> list[str]:
    """The first few disagreements, as small as they were found to be."""
    from tools.conformance.volume import smallest_of

    small: list[str] = []
    for wrong in whole.wrong[: options.shrink]:
        trial = smallest_of(wrong, options.policies, options.cases)
        if trial is not None:
            small.append(shown(trial))
            print(f"\nthe smallest found:\n{small[-1]}", flush=True)
    return small


def _enter_volume(ledger: Path, seeds: tuple[int, int], whole: "Batch", small: list[str]) -> None:
    line: dict[str, object] = {
        "first": seeds[0],
        "next": seeds[1],
        "pairs": whole.pairs,
        "policies": whole.policies,
        "compiled": whole.compiled,
        "distinct": len(whole.texts),
        "cases": whole.cases,
        "findings": whole.findings,
        "counted": whole.counted,
        "left": dict(whole.left),
        "constructs": {
            engine: {" ".join(key): count for key, count in sorted(counts.items())}
            for engine, counts in (("reference", whole.reference), ("bulk", whole.bulk))
        },
        "never_met": [" ".join(each) for each in whole.never()],
        "disagreements": [
            {"seed": each.seed, "rule": each.rule, "case": each.case, "what": each.what}
            for each in whole.wrong
        ],
        "small": small,
    }
    _add_line(ledger, line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
