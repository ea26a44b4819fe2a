"""From the rows of one case to its records: which are kept, what they are called, their order.

Nothing here depends on the order in which rows came (S24, S26): rows that share an id are
compared by what they say, and the first of them by that is the one that is kept.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Final

from policyengine.records.clock_texts import ClockTexts, Misfit
from policyengine.records.model import Absent, CaseRecords, LoadReport, Record, Value
from policyengine.records.notes import noted_keys
from policyengine.records.typing import KindTyping, Typing, identifier
from policyengine.schema.model import Schema, Sensitivity
from policyengine.values.moments import LAST_DAY, Moment, Zone

WHOLE_ROW: Final = ""  # the field of a fault that is about no one field
MODULUS: Final = 1 << 256
_DAWN: Final = -(10**13)

Rows = Sequence[object]  # what stands where a row should


class Builder:
    """Makes cases, and adds up what they say in `digest`: a sum, so that order has no part."""

    def __init__(self, schema: Schema, typing: Typing) -> None:
        self.schema = schema
        self.typing = typing
        self.digest = 0
        self._dates = ClockTexts(Zone(schema.time_zone))

    def case(
        self,
        case_id: str,
        fields: Mapping[str, object],
        rows: Mapping[str, Rows],
        load: LoadReport,
        *,
        place: int = 0,
        coverage: object = None,
    ) -> CaseRecords:
        """A case of its own fields and the rows of its kinds. The case itself counts as a row.

        `coverage` is what the case says of its own: from when its kinds are complete (S8).
        """
        record, raws = self.typing.kinds["case"].read(fields, load, place)
        record.id = case_id
        load.rows_read += 1
        load.rows_kept += 1
        prints = [ascii((case_id, raws))]
        made = CaseRecords(case_id, record)
        for kind, several in rows.items():
            made.records[kind] = self.records(kind, several, load, prints, case_id)
        if coverage is not None:
            made.complete_from = self._coverage(coverage, load)
            prints.append(ascii(sorted(made.complete_from.items())))
        self.add_digest(prints)
        return made

    def records(
        self,
        kind: str,
        rows: Rows,
        load: LoadReport,
        prints: list[str],
        case_id: str | None = None,
    ) -> list[Record]:
        """The records of one kind of one case (or of a shared kind) in the order of S22."""
        typing = self.typing.kinds[kind]
        kept = _distinct(_typed(typing, rows, load, prints, case_id), typing, load)
        load.rows_read += len(rows)
        load.rows_kept += len(kept)
        load.rows_rejected += len(rows) - len(kept)
        _in_order(kept, typing.order, kind)
        void = typing.void
        if void is None:
            return kept
        real = [record for record in kept if record.values[void] is not True]
        if len(real) < len(kept):
            load.fault(kind, typing.names[void], "void", len(kept) - len(real))
        return real

    def add_digest(self, prints: list[str]) -> None:
        """Add what a case (or a rejected row) says to the sum."""
        prints.sort()
        hashed = sha256("\n".join(prints).encode("ascii")).digest()
        self.digest = (self.digest + int.from_bytes(hashed, "big")) % MODULUS

    def _coverage(self, raw: object, load: LoadReport) -> dict[str, int]:
        """What a case says of its own coverage. A date that cannot be read covers nothing: it
        is safer to say that records may be unseen than that there were none (S8)."""
        made: dict[str, int] = {}
        if not isinstance(raw, dict):
            load.fault("case", "_complete_from", Misfit.TYPE.value)
            return dict.fromkeys(sorted(self.schema.kinds.keys() - {"case"}), LAST_DAY)
        for kind, text in raw.items():
            if kind not in self.schema.kinds or kind == "case":
                load.fault("case", "_complete_from", "unknown_kind")
            elif text is not None:
                first = self._dates.read_date(text.strip()) if isinstance(text, str) else None
                if isinstance(first, Moment):
                    made[kind] = first.day
                else:
                    load.fault("case", "_complete_from", Misfit.DATE.value)
                    made[kind] = LAST_DAY
        return made


def _typed(
    typing: KindTyping,
    rows: Rows,
    load: LoadReport,
    prints: list[str],
    case_id: str | None,
) -> list[Record]:
    """The rows that are rows, typed; the others are counted, and fall away."""
    name, read, known = typing.kind.name, typing.read, typing.known
    made: list[Record] = []
    for place, raw in enumerate(rows, 1):
        if type(raw) is not dict:
            load.fault(name, WHOLE_ROW, "not_an_object")
            prints.append(ascii((name, "not_an_object")))
            continue
        if case_id is not None and "case_id" in raw and identifier(raw["case_id"]) != case_id:
            load.fault(name, "case_id", "other_case")
            prints.append(ascii((name, "other_case")))
            continue
        if not known.issuperset(raw):
            noted_keys(typing, raw, load)
        record, raws = read(raw, load, place)
        given = identifier(raw.get("id"))
        if type(given) is str:
            record.id = given
        elif isinstance(given, Misfit):
            load.fault(name, "id", given.value)
        prints.append(ascii((name, given, raws)))
        made.append(record)
    return made


def _distinct(rows: list[Record], typing: KindTyping, load: LoadReport) -> list[Record]:
    """One row for each id; every further one is rejected."""
    if len(rows) < 2:
        return rows
    by_id: dict[str, list[Record]] = {}
    nameless: list[Record] = []
    for row in rows:
        if row.id:
            by_id.setdefault(row.id, []).append(row)
        else:
            nameless.append(row)
    if len(by_id) + len(nameless) == len(rows):
        return rows
    load.fault(typing.kind.name, "id", "duplicate_id", len(rows) - len(by_id) - len(nameless))
    return nameless + [min(several, key=_content) for several in by_id.values()]


def _in_order(rows: list[Record], order: int | None, kind: str) -> None:
    """Put rows in the order of S22, and give those without an id one of theirs."""
    if not all(row.id for row in rows):
        _number(rows, order, kind)
    if len(rows) > 1:
        rows.sort(key=lambda row: (_when(row, order), row.id))


def _number(rows: list[Record], order: int | None, kind: str) -> None:
    """Ids for the rows that have none: `KIND-n`, in their order, tied ones by their content."""
    whens = [_when(row, order) for row in rows]
    if len(set(whens)) == len(whens):
        rows.sort(key=lambda row: _when(row, order))
    else:
        rows.sort(key=lambda row: (_when(row, order), _content(row)))
    taken = {row.id for row in rows}
    number = 0
    for row in rows:
        if not row.id:
            number += 1
            while (name := f"{kind}-{number}") in taken:
                number += 1
            row.id = name


def _when(row: Record, order: int | None) -> tuple[bool, int, int]:
    """The place in time: by day, then by instant; undated rows last."""
    moment = None if order is None else row.values[order]
    if not isinstance(moment, Moment):
        return True, 0, 0
    return False, moment.day, _DAWN if moment.at is None else moment.at


_SECRECY = (
    None,
    Sensitivity.IDENTIFIER,
    Sensitivity.FREE_TEXT,
    Sensitivity.THIRD_PARTY,
    Sensitivity.HARMFUL,
)


def _content(row: Record) -> tuple[str, ...]:
    """What a row says. Rows that say the same are the same, whichever comes first.

    What is not sensitive comes first: so a sensitive value tells apart only rows that are the
    same without it, and moves nothing that a report without such values would show.
    """
    fields = sorted(
        row.kind.fields.values(), key=lambda field: (_SECRECY.index(field.sensitive), field.index)
    )
    return tuple(_plain(row.values[field.index]) for field in fields)


def _plain(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Moment():
            at = "" if value.at is None else f"@{value.at}"
            return f"{date.fromordinal(value.day).isoformat()}{at}"
        case Absent():
            return f"?{value.name}"
        case _:
            return str(value)
