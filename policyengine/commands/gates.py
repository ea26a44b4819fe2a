"""Whether an audit meets its gates: `--fail-on`, `--max-rejected`, `--max-cannot-tell`."""

import argparse
import sys
from typing import TYPE_CHECKING

from policyengine.commands.exits import DONE, GATE, UNSAFE, gravest

if TYPE_CHECKING:
    from policyengine.findings import Audit


def exit_code(args: argparse.Namespace, audit: "Audit") -> int:
    """0, 1 where a gate is not met, or 4 where the result is not safe to rely on; why is said on
    standard error."""
    codes = [DONE]
    for why in _unsafe(args, audit):
        print(f"not safe to rely on: {why}", file=sys.stderr)
        codes.append(UNSAFE)
    why_not = _failed(args.fail_on, audit)
    if why_not:
        print(f"gate not met: {why_not}", file=sys.stderr)
        codes.append(GATE)
    return gravest(*codes)


def _failed(gate: str, audit: "Audit") -> str | None:
    from policyengine.values.verdict import Force, Verdict

    if gate == "never":
        return None
    if gate == "target":
        below = [
            row.rule
            for row in audit.summary
            if row.target is not None and row.rate is not None and row.rate < row.target
        ]
        return f"below target: {', '.join(below)}" if below else None
    binding = {row.rule for row in audit.summary if row.force == Force.MUST.value}
    if audit.has_waivers or audit.since_baseline is not None:
        # What is waived, or was so at the baseline, is known: the gate is for what is not.
        stand = [each for each in audit.findings if each.waived is None]
        breached = sum(f.verdict is Verdict.BREACHED and f.rule in binding for f in stand)
        unsure = sum(f.verdict is Verdict.CANNOT_TELL for f in stand)
    else:
        rows = audit.summary
        breached = sum(row.counts[Verdict.BREACHED] for row in rows if row.rule in binding)
        unsure = sum(row.counts[Verdict.CANNOT_TELL] for row in rows)
    if breached:
        return f"{breached:,} breached"
    if gate == "cannot-tell" and unsure:
        return f"{unsure:,} cannot be told"
    return None


def _unsafe(args: argparse.Namespace, audit: "Audit") -> list[str]:
    from policyengine.values.verdict import Verdict

    counts = [row.counts for row in audit.summary]
    unsure = sum(count[Verdict.CANNOT_TELL] for count in counts)
    judged = sum(row.judged for row in audit.summary)
    found = []
    if _is_over(audit.rows_rejected, audit.rows_read, args.max_rejected):
        found.append(f"{audit.rows_rejected:,} of {audit.rows_read:,} rows were rejected")
    if _is_over(unsure, judged + unsure, args.max_cannot_tell):
        found.append(f"{unsure:,} of {judged + unsure:,} duties cannot be told")
    return found


def _is_over(number: int, whole: int, most: tuple[float, bool] | None) -> bool:
    if most is None:
        return False
    ceiling, is_share = most
    return number * 100 > ceiling * whole if is_share else number > ceiling
