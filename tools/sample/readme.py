"""The README of the sample, written from the frequencies that the generator uses."""

from tools.sample.edges import FAULTS
from tools.sample.failures import FAILURES, implied_rate

_HEAD = """# The sample case load

{people} invented service users in {teams} teams over three years, as at {as_at}. Nobody in it
is real: the NHS numbers are from the range that begins with 999 and is kept for tests, and every
sentence was written for it. `python -m tools.sample` makes it again, byte for byte, and
`trustpolicy demo` audits it.

It is made so that the audit looks like a Trust's. Rights at the start of an order, which are
audited every month, are near 100 percent. Care plans in date are about 75 percent. For about half
of the carers nothing shows that the engagement tool was offered: the audit says that it cannot
tell, and does not say that no offer was made.

## What goes wrong, and how often

Of a hundred duties, so many are done late, so many never, and for so many the decisive answer is
left blank (the audit cannot tell). The rate is what that comes to. The audit's own rate differs a
little: a duty can end before it is due, and one entry can serve for two duties.

| rule | the duty | late | never | blank | rate |
|---|---|---|---|---|---|
"""

_FAULTS = """
What an export itself gets wrong was put in by hand, into so many records. The load report counts
it, or the rules have to bear it:

| kind | records | what was done to them |
|---|---|---|
"""

_TAIL = """
Other rules are broken as well, by smaller chances that stand in each chapter of `tools/sample/`.

## What the export does not hold

- Contacts before 1 February 2024 stayed in the system that was replaced (`export.yaml` says so).
- No `alert_reference` at all: DA-12B cannot be judged, as `trustpolicy schema --coverage` says.
- Nothing under the Mental Health Act 2025: CTO-19, CTO-21, CTO-22 and CP-11 are not in force.
"""


def readme(people: int, teams: int, as_at: str) -> str:
    """The README, whole."""
    rows = [
        f"| {each.rule} | {each.duty} | {_told(each.late)} | {_told(each.never)} "
        f"| {_told(each.blank)} | {100 * implied_rate(each):.0f}% |"
        for each in FAILURES
    ]
    faults = [f"| `{kind}` | {times} | {what} |" for kind, times, what, _ in FAULTS]
    head = _HEAD.format(people=f"{people:,}", teams=teams, as_at=as_at)
    return head + "\n".join(rows) + "\n" + _FAULTS + "\n".join(faults) + "\n" + _TAIL


def _told(share: float) -> str:
    return f"{share:g}" if share else "–"
