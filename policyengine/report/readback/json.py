"""A read-back for programs: the same sections, sentences and tables as the other forms."""

from policyengine.readback import Block, ReadBack, Said, Table


def readback_json(back: ReadBack) -> dict[str, object]:
    """One version of a rule as a JSON object: `rule`, `title`, `in_force`, `facts`, `sections`
    (`key`, `heading`, `blocks`). A block is a sentence (`text`, `items`) or a table (`caption`,
    `head`, `rows`)."""
    return {
        "rule": back.rule,
        "title": back.title,
        "in_force": back.in_force or None,
        "facts": list(back.facts),
        "sections": [
            {
                "key": section.key,
                "heading": section.heading,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in back.sections
        ],
    }


def _block(block: Block) -> dict[str, object]:
    match block:
        case Table(caption=caption, head=head, rows=rows):
            return {"caption": caption, "head": list(head), "rows": [list(row) for row in rows]}
        case Said(text=text, items=items):
            return {"text": text, "items": [_block(item) for item in items]}
