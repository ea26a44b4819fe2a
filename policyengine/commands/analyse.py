"""`trustpolicy check --analyse`: what can be proved of the rules without a case. It never stands
in the way: what it finds is said, and the exit code is 0."""

import argparse
import json
from typing import TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, DONE, Stop
from policyengine.commands.output import deliver, format_of
from policyengine.commands.rule_set import checked_plan, chosen

if TYPE_CHECKING:
    from policyengine.analysis.claims import Answer, Claim, Unsettled


def analyse(args: argparse.Namespace) -> int:
    """0: everything that was proved, and what could not be settled in time."""
    try:
        from policyengine.analysis.questions import analysed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "z3":
            raise
        raise Stop(
            CANNOT_RUN,
            "z3 is not installed, and the rules are analysed with it",
            "install it: pip install 'trust-policy-engine[analysis]'",
        ) from None
    from policyengine.report.progress import progress_bar

    format_ = format_of(args, ("text", "json"))
    plan = chosen(checked_plan(args, args.rules), args)
    ids = list(dict.fromkeys(rule.id for rule in plan.rules))
    wanted = not (args.quiet or args.no_progress)
    with progress_bar("Analysing", len(ids), wanted=wanted) as step:
        answers = list(analysed(plan, ids, args.seconds, step))
    if format_ == "json":
        deliver(args, json.dumps(_as_json(answers), indent=1, ensure_ascii=False) + "\n")
    else:
        deliver(args, _as_text(answers, len(ids)))
    return DONE


def _as_text(answers: "list[Answer]", rules: int) -> str:
    from policyengine.analysis.claims import Claim
    from policyengine.findings.dates import counted

    claims = [each for each in answers if isinstance(each, Claim)]
    late = [each for each in answers if not isinstance(each, Claim)]
    pieces = [_claim(each) for each in claims]
    if late:
        pieces.append("\n".join(["Not settled (--seconds allows more time):", *_lines(late)]))
    proved = counted(len(claims), "thing") + " proved" if claims else "nothing to remark"
    pieces.append(
        f"{counted(rules, 'rule')} analysed: {proved}. It holds of complete and valid records, "
        "two of each kind, or one more than a rule counts to."
    )
    return "\n\n".join(pieces) + "\n"


def _lines(late: "list[Unsettled]") -> list[str]:
    return [f"  {' and '.join(each.rules)}: {each.asked}" for each in late]


def _claim(claim: "Claim") -> str:
    from policyengine.report.safe_text import safe_text

    place = f"{claim.span.file.name}:{claim.span.line}:{claim.span.column}"
    who = "" if len(claim.rules) > 1 else f"{claim.rules[0]}: "
    lines = [f"{place}: {claim.code}: {who}{claim.said}"]
    if claim.parts:
        lines += [f"    {part}" for part in claim.parts]
    if claim.example is not None:
        lines += [f"  {claim.shows}:", *(f"    {line}" for line in claim.example.splitlines())]
    return "\n".join(safe_text(line) for line in lines)


def _as_json(answers: "list[Answer]") -> dict[str, object]:
    from policyengine.analysis.claims import Claim

    return {
        "schema_version": 1,
        "proved": [
            {
                "code": each.code,
                "rules": each.rules,
                "file": each.span.file.name,
                "line": each.span.line,
                "column": each.span.column,
                "says": each.said,
                "parts": each.parts,
                "shows": each.shows if each.example is not None else None,
                "example": each.example,
            }
            for each in answers
            if isinstance(each, Claim)
        ],
        "not_settled": [
            {"rules": each.rules, "asked": each.asked}
            for each in answers
            if not isinstance(each, Claim)
        ],
    }
