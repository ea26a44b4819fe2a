"""The whole sample: its people in order, and the files that hold them."""

import json
from collections.abc import Callable

from tools.sample import (
    assessing,
    caring,
    families,
    following,
    orders,
    people,
    planning,
    reviews,
)
from tools.sample.edges import spoil
from tools.sample.readme import readme
from tools.sample.story import AS_AT, Story, plain

SEED = "keeping people safe"
PEOPLE = 1000

_EXPORT = f"""# What this export holds. Contacts before the change of system stayed in the old one.
extracted_at: 2026-11-04T06:00
complete_from:
  contact: {people.CONTACTS_FROM.isoformat()}
"""
_SAMPLE = f"""# The sample: {PEOPLE} invented service users, made by `python -m tools.sample`.
as_at: {AS_AT.isoformat()}
cases: cases.jsonl
"""


def files(seed: str = SEED, number: int = PEOPLE) -> dict[str, str]:
    """The files of the sample by name. The same seed gives the same text, always."""
    stories = [_story(place, seed) for place in range(1, number + 1)]
    spoil(stories)
    rows = [json.dumps(plain(story.as_row()), separators=(",", ":")) for story in stories]
    return {
        "README.md": readme(number, len(people.TEAMS), AS_AT.isoformat()),
        "cases.jsonl": "\n".join(rows) + "\n",
        "export.yaml": _EXPORT,
        "sample.yaml": _SAMPLE,
    }


def _story(number: int, seed: str) -> Story:
    """One person's record, chapter by chapter: later ones look back at earlier ones."""
    story = people.begin(number, seed)
    chapters: list[tuple[float, Callable[[Story], None]]] = [
        (0.23, orders.order),
        (1.0, families.changes),
        (1.0, families.asked),
        (1.0, families.other_alerts),
        (1.0, reviews.incidents),
        (0.25, families.abuse),
        (1.0, people.misses),
        (1.0, planning.plan),
        (1.0, assessing.assess),
        (1.0, reviews.review),
        (1.0, assessing.named),
        (1.0, people.see),
        (1.0, people.follow_up),
        (1.0, caring.carers),
        (1.0, following.afresh),
        (1.0, following.released),
    ]
    for likely, tell in chapters:
        if story.dice.chance(likely):
            tell(story)
    return story
