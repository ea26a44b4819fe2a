"""`python -m tools.conformance [--first N] [--trials N] [--seconds S] [--ledger FILE]`."""

import argparse
import json
import sys
import time
from pathlib import Path

from tools.conformance.run import Report, run, shown, smallest
from tools.conformance.trial import make_trial


def main(arguments: list[str]) -> int:
    """Run trials, print what was met and what broke; 1 if a law broke, 2 if something that the
    language has was never met."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
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
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
