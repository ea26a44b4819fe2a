"""A time line for programs."""

from policyengine.report.time_lines.line import TimeLine


def time_line_json(line: TimeLine) -> dict[str, object]:
    """`title`, `outcomes` (`verdict`, null for no finding, and `words`), `marks` (`number`, `when`,
    `what`, `sort`: event, deadline or as at), `undated`."""
    return {
        "title": line.title,
        "outcomes": [{"verdict": each.verdict, "words": each.words} for each in line.outcomes],
        "marks": [
            {
                "number": mark.number,
                "when": mark.when,
                "what": mark.what,
                "sort": mark.sort.value,
            }
            for mark in line.marks
        ],
        "undated": list(line.undated),
    }
