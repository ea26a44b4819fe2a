"""Findings from the rows of a judged rule: the same fields, spelt by the same functions, as the
reference engine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from policyengine.bulk import outcome
from policyengine.bulk.duties import CODES
from policyengine.bulk.outcome import VERDICTS
from policyengine.bulk.reasons import Reasons
from policyengine.bulk.rules import Judged
from policyengine.bulk.saying import SaidLength, SaidMoment, SaidPlain
from policyengine.bulk.tables import Table, Tables
from policyengine.findings.model import Evidence, Finding, Gap
from policyengine.findings.summary import is_restricted
from policyengine.findings.writing import in_words, reasons_in_order, setting_text, shown, written
from policyengine.plan import core
from policyengine.schema.model import FieldType
from policyengine.values.moments import Moment, Zone
from policyengine.values.truth import NOT_YET, Unknown
from policyengine.values.verdict import Verdict

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NEAR_MISSES: Final = 5
FALSE, TRUE, UNKNOWN = 0, 1, 2
Row = Mapping[str, Any]


class Records:
    """The ids and the dates of the records that evidence names, kind by kind."""

    def __init__(self, con: DuckDBPyConnection, zone: Zone) -> None:
        self._con = con
        self._zone = zone
        self._known: dict[str, dict[int, tuple[str, str | None]]] = {}
        self.on = lru_cache(maxsize=1 << 18)(self._on)

    def of(self, table: Table) -> dict[int, tuple[str, str | None]]:
        """Each record's id, and when it happened, by its number."""
        known = self._known.get(table.seen)
        if known is None:
            known = {}
            happened = table.kind.happened
            columns = "NULL, NULL"
            if happened is not None:
                field = table.kind.fields[happened]
                i = field.index
                columns = f"f{i}, NULL"
                if field.type is FieldType.DATETIME:
                    columns = f"l{i}, CASE WHEN a{i} IS NOT NULL THEN u{i} END"
            sql = f"SELECT rid, id, {columns} FROM {table.seen} WHERE rid >= 0"
            for rid, id, last, until in self._con.execute(sql).fetchall():
                known[rid] = (id, self.on(last, until))
            self._known[table.seen] = known
        return known

    def _on(self, last: int | None, until: int | None) -> str | None:
        if last is None:
            return None
        return written(moment(last, until), self._zone)


def moment(last: int, until: int | None) -> Moment:
    """A moment as it is written: its last day, or its instant."""
    if until is None:
        return Moment(last)
    return Moment(last, at=until, timed=True)


class Reader:
    """Reads the findings of one version of a rule."""

    def __init__(
        self,
        plan: core.Plan,
        rule: core.Rule,
        judged: Judged,
        tables: Tables,
        packed: tuple[Reasons, Records, Zone],
    ) -> None:
        self.plan = plan
        self.rule = rule
        self.judged = judged
        self.tables = tables
        self.reasons, self.records, self.zone = packed
        self.restricted = is_restricted(plan, rule)
        self.applies_from = rule.applies_from.isoformat() if rule.applies_from else None
        self._dated = [plan.settings[name] for name in rule.settings]
        self.settings = lru_cache(maxsize=4096)(self._settings)
        match rule.duty:
            case core.Have(records=records) | core.NotHave(records=records):
                self.kind = records.kind
            case core.HaveEvery(records=records):
                self.kind = records.kind
            case core.HaveField(event=core.Field() | core.Derived() as event):
                self.kind = event.kind
            case _:
                self.kind = ""

    def findings(self, rows: Iterator[Row], cases: Sequence[str]) -> Iterator[Finding]:
        """The findings of the rows; `cases` are the ids by the instance's number."""
        for row in rows:
            yield self.finding(row, cases[row["cs"]])

    def finding(self, row: Row, case: str) -> Finding:
        """One finding."""
        verdict = VERDICTS[row["verdict"]]
        path = row["path"]
        in_frame = path < 10 or path >= 20
        reasons = tuple(self.reasons.read(each) for each in dict.fromkeys(row["why"] or ()))
        last, until = row["d_last"], row["d_until"]
        evidence: tuple[Evidence, ...] = ()
        done: str | None = None
        gaps: tuple[Gap, ...] = ()
        if path < 10 and not row["voided"]:
            evidence, done, gaps = self._evidence(row)
        breached = verdict is Verdict.BREACHED
        owned = row["owner"]
        in_force = in_frame or bool(reasons)
        return Finding(
            rule=self.rule.id,
            applies_from=self.applies_from if in_force else None,
            case=case,
            subject_kind=self.rule.subject.kind,
            subject_id=row["id"],
            verdict=verdict,
            deadline=None if last is None else self.records.on(last, until),
            deadline_day=last,
            done_on=done,
            message=self._said(0, row) if breached else "",
            fix=self._said(1, row) if breached else "",
            owner=owned,
            settings=self.settings(row["t_day"], row["t_unknown"], in_frame),
            evidence=evidence,
            reasons=reasons_in_order(reasons),
            late_gaps=gaps,
            restricted=self.restricted,
            ended=bool(row["ended"]),
        )

    @property
    def mends_by_values(self) -> bool:
        """Whether what would mend a breach has values of the record in it."""
        return any(not isinstance(part, str) for part in self.judged.said[1][1])

    def fix(self, row: Row) -> str:
        """What would mend a breach."""
        return self._said(1, row)

    # --- settings and messages ------------------------------------------------------------------

    def _settings(
        self, day: int | None, unknown: bool, in_frame: bool
    ) -> tuple[tuple[str, str], ...]:
        if not in_frame:
            return ()
        return tuple((each.name, self._in_force(each, day, unknown)) for each in self._dated)

    def _in_force(self, setting: core.SettingPlan, day: int | None, unknown: bool) -> str:
        if setting.options is not None:
            return ", ".join(setting_text(option, self.zone) for option in setting.options)
        if unknown and setting.is_dated:
            return "not known"
        value: object = None
        for start, later in setting.values:
            if start is None or (day is not None and start.toordinal() <= day):
                value = later
        return "not in force" if value is None else setting_text(value, self.zone)

    def _said(self, which: int, row: Row) -> str:
        said: list[str] = []
        for part in self.judged.said[which][1]:
            match part:
                case str():
                    said.append(part)
                case core.Deadline():
                    last = row["d_last"]
                    known = None if last is None else moment(last, row["d_until"])
                    said.append("not recorded" if known is None else in_words(known, self.zone))
                case _:
                    said.append(shown(self._value(part, row), self.zone))
        return "".join(said)

    def _value(self, part: object, row: Row) -> object:
        match part:
            case SaidMoment(last=last, until=until, not_yet=not_yet):
                if row[not_yet]:
                    return NOT_YET
                return Unknown(()) if row[last] is None else moment(row[last], row[until])
            case SaidPlain(name=name):
                return Unknown(()) if row[name] is None else row[name]
            case SaidLength(name=name, lengths=lengths):
                return Unknown(()) if row[name] is None else lengths[row[name]]
        raise AssertionError(type(part).__name__)

    # --- evidence -------------------------------------------------------------------------------

    def _evidence(self, row: Row) -> tuple[tuple[Evidence, ...], str | None, tuple[Gap, ...]]:
        number = row["number"]
        if number in (outcome.UNOPENED, outcome.WAITING, outcome.CEASED, outcome.CANNOT_WHILE):
            return (), None, ()
        match self.rule.duty:
            case core.Show():
                return (), None, ()
            case core.HaveField():
                return (*self._have(number, self._one(row), 1), ())
            case core.HaveEvery():
                return self._have_every(number, self._entries(row), row)
            case core.Have(least=least):
                return (*self._have(number, self._entries(row), least), ())
            case core.NotHave():
                return self._not_have(number, self._entries(row)), None, ()

    def _entries(self, row: Row) -> list[_Entry]:
        known = self.records.of(self.tables.kinds[self.kind])
        return [
            _Entry(self.kind, *known[packed // CODES], packed % CODES)
            for packed in row["entries"] or ()
        ]

    def _one(self, row: Row) -> list[_Entry]:
        if not row["there"]:
            return []
        code = 9 * _digit(row["inside"]) + 3 * _digit(row["after"]) + _digit(row["matches"])
        id = row["record"]
        on = self.records.on(row["on_last"], row["on_until"])
        return [_Entry("" if id is None else self.kind, id, on, code)]

    def _have(
        self, number: int, found: list[_Entry], least: int
    ) -> tuple[tuple[Evidence, ...], str | None]:
        inside = [each for each in found if each.is_sure(each.inside)]
        if number == outcome.MET:
            return tuple(each.seen("met") for each in inside[:least]), inside[least - 1].on
        perhaps = [each for each in found if each.is_perhaps(each.inside)]
        seen = [each.seen("met") for each in inside] + [each.seen("perhaps") for each in perhaps]
        if number == outcome.NOT_YET:
            return tuple(seen), None
        if number == outcome.CANNOT_INSIDE:
            return (*seen, *_near_misses(found)), None
        by_now = [each for each in found if each.is_sure(each.after)]
        if number == outcome.MET_LATE:
            matched = [each.seen("met" if each.inside == TRUE else "late") for each in by_now]
            return tuple(matched[:least]), by_now[least - 1].on
        seen = [each.seen("late") for each in by_now]
        seen += [each.seen("perhaps") for each in found if each.is_perhaps(each.after)]
        seen += [miss for miss in _near_misses(found) if miss not in seen]
        if number == outcome.BREACHED and not by_now:
            seen.append(Evidence(self.kind, None, None, "absent"))
        return tuple(seen), None

    def _not_have(self, number: int, found: list[_Entry]) -> tuple[Evidence, ...]:
        if number == outcome.MET:
            return ()
        seen = [each.seen("forbidden") for each in found if each.is_sure(each.inside)]
        seen += [each.seen("perhaps") for each in found if each.is_perhaps(each.inside)]
        return tuple(seen)

    def _have_every(
        self, number: int, found: list[_Entry], row: Row
    ) -> tuple[tuple[Evidence, ...], str | None, tuple[Gap, ...]]:
        known = self.records.of(self.tables.kinds[self.kind])
        rids = [packed // CODES for packed in row["entries"] or ()]
        both = [
            (rid, each) for rid, each in zip(rids, found, strict=True) if each.is_sure(each.after)
        ]
        events = [each for _, each in both]
        gaps: list[Gap] = []
        for gap in row["gaps"] or ():
            due = self.records.on(gap["d"], None)
            gaps.append(Gap(due or "", known[gap["r"]][1]))
        late = {gap["r"] for gap in row["gaps"] or ()}
        recent = len(events) - NEAR_MISSES
        seen = [
            each.seen("late" if rid in late else "met")
            for place, (rid, each) in enumerate(both)
            if rid in late or place >= recent  # every late gap is listed
        ]
        seen += [each.seen("perhaps") for each in found if each.is_perhaps(each.after)]
        if row["by_events"] == outcome.BREACHED:
            gaps.append(Gap(self.records.on(row["d_last"], row["d_until"]) or "", None))
            if not events and number == outcome.BREACHED:
                seen.append(Evidence(self.kind, None, None, "absent"))
        if number == outcome.NOT_YET:
            gaps = []
        done = events[-1].on if number in (outcome.MET, outcome.MET_LATE) else None
        return tuple(seen), done, tuple(gaps)


def _digit(truth: bool | None) -> int:
    return UNKNOWN if truth is None else int(truth)


class _Entry:
    """A candidate: where it stands to the window, and whether it matches."""

    __slots__ = ("after", "id", "inside", "kind", "matches", "on")

    def __init__(self, kind: str, id: str | None, on: str | None, code: int) -> None:
        self.kind = kind
        self.id = id
        self.on = on
        self.inside, rest = divmod(code, 9)
        self.after, self.matches = divmod(rest, 3)

    def seen(self, role: str) -> Evidence:
        """The candidate as evidence."""
        return Evidence(self.kind, self.id, self.on, role)

    def is_sure(self, place: int) -> bool:
        """It matches there."""
        return place == TRUE and self.matches == TRUE

    def is_perhaps(self, place: int) -> bool:
        """It may match there, but not surely."""
        return FALSE not in (place, self.matches) and not self.is_sure(place)


def _near_misses(found: list[_Entry]) -> list[Evidence]:
    """The records that a reader would hold up, as `evaluate.candidates` has them."""
    before = [each for each in found if each.after == FALSE and each.matches == TRUE]
    late = [
        each
        for each in found
        if each.inside == FALSE and each.after != FALSE and each.matches == TRUE
    ]
    unlike = [each for each in found if each.inside == TRUE and each.matches == FALSE]
    return [
        *(each.seen("before_window") for each in before[-NEAR_MISSES:]),
        *(each.seen("late") for each in late[:NEAR_MISSES]),
        *(each.seen("not_matching") for each in unlike[:NEAR_MISSES]),
    ]
