"""What each report costs for 100,000 findings: `python benchmarks/reports.py [FINDINGS]`.

The yardstick is plain CSV of the same rows, measured in the same run: a loop over the findings
with `csv.writer`, no care taken. Each format runs in a process of its own, CPU seconds (user and
system, best of three), and the memory that it took at its peak beyond the findings themselves.
The aim: at most 3 times the plain CSV, a workbook at most 15 times, and memory that does not grow
with the findings where a format can be written as it comes. Nothing here is asserted.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AS_AT = date(2026, 11, 1)
NUMBER = 100_000
FORMATS = (
    "plain csv",
    "csv",
    "csv for people",
    "json",
    "jsonl",
    "junit",
    "md",
    "worklist csv",
    "worklist xlsx",
)
YARDSTICK = FORMATS[0]


def many_findings(number: int) -> tuple[Any, Any]:
    """An audit with so many open findings (the sample's, under new case ids), and its plan."""
    from policyengine.evaluate import run_audit
    from policyengine.policy.load import load_rules
    from policyengine.records import open_export
    from policyengine.values.verdict import Verdict

    plan = load_rules([str(ROOT / "rules")]).plan
    assert plan is not None
    export = open_export(str(ROOT / "rules" / "sample" / "cases.jsonl"), plan.schema)
    audit = run_audit(plan, export, AS_AT)
    open_ = [each for each in audit.findings if each.verdict is Verdict.BREACHED]
    made = [
        replace(open_[index % len(open_)], case=f"B{index // len(open_):03}{each}")
        for index, each in zip(
            range(number), (open_[i % len(open_)].case for i in range(number)), strict=True
        )
    ]
    made.sort(key=lambda finding: finding.order)
    return replace(audit, findings=tuple(made)), plan


def plain_csv(audit: Any, sentences: Any, path: Path) -> None:
    """The same rows as our CSV, as anybody would write them."""
    titles = {row.rule: row for row in audit.summary}
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        for each in audit.findings:
            about = titles[each.rule]
            evidence = [
                {"kind": item.kind, "id": item.id, "on": item.on, "role": item.role}
                for item in each.evidence
            ]
            reasons = [
                {
                    "why": reason.why.value,
                    "kind": reason.kind,
                    "id": reason.id,
                    "field": reason.field,
                    "text": reason.text,
                }
                for reason in each.reasons
            ]
            writer.writerow(
                [
                    each.rule,
                    about.title,
                    about.force,
                    about.severity,
                    about.learning_point,
                    each.applies_from,
                    each.case,
                    each.subject_kind,
                    each.subject_id,
                    each.verdict.value,
                    each.deadline,
                    each.done_on,
                    each.owner,
                    sentences.sentence(each),
                    each.fix,
                    json.dumps(dict(each.settings)),
                    json.dumps(evidence),
                    json.dumps(reasons),
                ]
            )


def writer_of(format_: str, audit: Any, plan: Any) -> Callable[[Path], None]:
    """What writes a format to a file."""
    from policyengine.findings.sentences import Sentences
    from policyengine.report import findings_csv, json_report
    from policyengine.report.atomic_write import write_whole
    from policyengine.report.pipelines import audit_junit, summary
    from policyengine.report.worklist.as_csv import worklist_csv
    from policyengine.report.worklist.as_workbook import worklist_workbook
    from policyengine.report.worklist.rows import worklist

    sentences = Sentences(plan, audit.as_at)

    def pieces() -> Iterable[str]:
        match format_:
            case "csv":
                return findings_csv.findings_csv(audit, sentences)
            case "csv for people":
                return findings_csv.findings_csv(audit, sentences, for_people=True)
            case "json":
                return json_report.audit_json_pieces(audit, sentences)
            case "jsonl":
                return json_report.audit_json_lines(audit, sentences)
            case "junit":
                return audit_junit.audit_junit(audit, sentences)
            case "md":
                return summary.audit_summary(audit)
            case _:
                return worklist_csv(worklist(audit, plan, None))

    def write(path: Path) -> None:
        if format_ == YARDSTICK:
            plain_csv(audit, sentences, path)
        elif format_ == "worklist xlsx":
            write_whole(path, worklist_workbook(worklist(audit, plan, None)))
        else:
            write_whole(path, (piece.encode() for piece in pieces()))

    return write


def measure(format_: str, number: int) -> None:
    """Print CPU seconds, MiB of memory beyond the findings and MiB of file, of one format."""
    audit, plan = many_findings(number)
    before = _peak()
    best = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        write = writer_of(format_, audit, plan)
        for _ in range(3):
            start = time.process_time()
            write(path)
            best = min(best, time.process_time() - start)
        size = path.stat().st_size / (1 << 20)
    print(best, _peak() - before, size)


def _peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table, or, for one format, what it cost."""
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    print(f"Python {sys.version.split()[0]}, {number:,} findings, CPU seconds, best of three\n")
    print(f"{'format':16} {'seconds':>8} {'x CSV':>6} {'peak MiB':>9} {'file MiB':>9}")
    plain = 0.0
    for format_ in FORMATS:
        command = [sys.executable, __file__, format_, str(number)]
        said = subprocess.run(  # noqa: S603 - this very file
            command, check=True, capture_output=True, text=True, cwd=ROOT
        )
        seconds, memory, size = map(float, said.stdout.split())
        plain = plain or seconds
        print(f"{format_:16} {seconds:8.2f} {seconds / plain:6.1f} {memory:9.0f} {size:9.1f}")


if __name__ == "__main__":
    main()
