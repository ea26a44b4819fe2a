"""`--keep-findings` and `--since`: what did not change since an earlier run is not judged again."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyengine.commands.exits import CANNOT_RUN, Stop, usage
from policyengine.commands.output import say

if TYPE_CHECKING:
    from policyengine.commands.audit import Narrowing
    from policyengine.findings import Audit, Finding
    from policyengine.plan.core import Plan
    from policyengine.records import Export
    from policyengine.records.model import CaseRecords
    from policyengine.report.kept_findings import KeptCase, KeptFindings
    from policyengine.schema import Schema

SUFFIX = ".findings"
_CHUNK = 1 << 20


def add_since(parser: argparse.ArgumentParser) -> None:
    """From which run on, and whether the next can go on from this one."""
    group = parser.add_argument_group("from one run to the next")
    group.add_argument(
        "--keep-findings",
        action="store_true",
        help=f"with --manifest FILE: keep the findings in FILE{SUFFIX}, for --since",
    )
    group.add_argument(
        "--since",
        metavar="MANIFEST",
        help="judge again only what changed since that run or was due to; the result is the same",
    )


def check_since(args: argparse.Namespace) -> None:
    """Refuses (exit 2) to keep what would not be whole, or what nobody could find."""
    if args.engine == "spark" and (args.since or args.keep_findings or args.next_change):
        raise usage("--since, --keep-findings and --next-change do not go with --engine spark")
    if not args.keep_findings:
        return
    if not args.manifest:
        raise usage("--keep-findings needs --manifest FILE: the findings stand beside it")
    cut = {
        "--team": args.team,
        "--period": args.period,
        "--view": args.view,
        "--pseudonyms": args.pseudonyms,
    }
    for flag, given in cut.items():
        if given:
            raise usage(f"--keep-findings does not go with {flag}: it keeps all of them, by name")


@dataclass
class Going:
    """A run that may go on from an earlier one, and from which the next may go on."""

    args: argparse.Namespace
    plan: "Plan"
    export: "Export"
    clock: tuple[date, date]
    earlier: "KeptFindings | None" = None
    reused: "dict[str, KeptCase]" = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def judged(self, narrowing: "Narrowing") -> "Audit":
        """The audit, judged as far as it has to be. Raises `ExportError`; stops (exit 3) where
        the earlier run cannot be gone on from."""
        from policyengine.commands import audit

        args = self.args
        if not args.since:
            found = audit.judged(args, self.plan, self.export, self.clock, narrowing)
            return self._looked_ahead(found)
        self.earlier = _earlier(args.since, self.about())
        with closing(self.earlier):
            return self._looked_ahead(self._judged_since(narrowing))

    def _looked_ahead(self, found: "Audit") -> "Audit":
        from policyengine.commands import audit

        args = self.args
        if args.keep_findings:
            return self._kept(found)
        if args.next_change:
            anew = [each for each in found.findings if each.case not in self.reused]
            return audit.looked_ahead(args, self.plan, self.export, found, anew)
        return found

    def about(self) -> dict[str, object]:
        """What the findings rest on, beside the cases."""
        from policyengine.records.digest import shared_digest

        return {
            **_parts(self.plan),
            "as_at": self.clock[0].isoformat(),
            "known_by": self.clock[1].isoformat(),
            "coverage": [sorted(self.export.absent), sorted(self.export.complete_from.items())],
            "shared": shared_digest(self.export.shared),
        }

    # --- going on from an earlier run -----------------------------------------------------------

    def _judged_since(self, narrowing: "Narrowing") -> "Audit":
        from policyengine.commands import audit
        from policyengine.findings.summary import assembled

        earlier = self.earlier
        assert earlier is not None
        sifted = replace(self.export, bulk=None)
        sifted.walk = lambda: self._sifted(sifted)
        anew = audit.judged(self.args, self.plan, sifted, self.clock, narrowing)
        findings = list(anew.findings)
        with _broken(kept_beside(self.args.since)):
            for each in self.reused.values():
                findings += filter(narrowing.keep, earlier.findings(each))
        findings.sort(key=lambda finding: finding.order)
        self._say()
        cases = self.counts["cases"]
        return assembled(self.plan, sifted, self.plan.rules, findings, self.clock, cases)

    def _sifted(self, sifted: "Export") -> "Iterator[CaseRecords]":
        """The cases that have to be judged again; the others are noted."""
        from policyengine.records.digest import case_digest

        earlier = self.earlier
        assert earlier is not None
        comparable = self._is_comparable()
        self.reused, self.counts = {}, dict.fromkeys(("cases", "changed", "new", "due"), 0)
        for case in self.export.cases():
            self.counts["cases"] += 1
            was = earlier.cases.get(case.id)
            if was is None:
                self.counts["new"] += 1
            elif was.digest != case_digest(case):
                self.counts["changed"] += 1
            elif not comparable or self._is_due(was):
                self.counts["due"] += 1
            else:
                self.reused[case.id] = was
                continue
            yield case
        sifted.sha256 = self.export.sha256

    def _is_comparable(self) -> bool:
        """Whether what was found then can stand for today at all: the clocks went on together,
        and what the export holds of everybody is the same."""
        assert self.earlier is not None
        was, now = self.earlier.about, self.about()
        together = was["as_at"] == was["known_by"] and now["as_at"] == now["known_by"]
        fixed = was["as_at"] != was["known_by"] and was["known_by"] == now["known_by"]
        if str(was["as_at"]) > str(now["as_at"]) or not (together or fixed):
            return False
        return bool(_plain(now["coverage"]) == was["coverage"] and now["shared"] == was["shared"])

    def _is_due(self, was: "KeptCase") -> bool:
        if self.args.next_change and not was.is_exact:
            return True
        return was.next_day is not None and was.next_day <= self.clock[0].toordinal()

    def _say(self) -> None:
        assert self.earlier is not None
        count, whole = self.counts, self.counts["cases"]
        gone = len(self.earlier.cases) - (whole - count["new"])
        again = whole - len(self.reused)
        say(
            self.args,
            f"{again:,} of {whole:,} cases judged again: {count['changed']:,} changed, "
            f"{count['new']:,} new, {count['due']:,} due to change; {gone:,} are gone",
        )

    # --- keeping for the next run ---------------------------------------------------------------

    def _kept(self, found: "Audit") -> "Audit":
        """The audit, its findings kept for the next run with the day on which each may change."""
        from policyengine.evaluate.foresight import Foresight
        from policyengine.records.digest import case_digest
        from policyengine.report.kept_findings import case_line, head_line

        by_case: dict[str, list[Finding]] = {}
        for finding in found.findings:
            by_case.setdefault(finding.case, []).append(finding)
        foresight = Foresight(self.plan, self.export)
        spool = self.args.spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `put`
        spool.write(head_line(self.about()))
        told: list[Finding] = []
        for case in self.export.cases():
            was = self.reused.get(case.id)
            findings = by_case.get(case.id, [])
            if was is not None and self.earlier is not None:
                spool.write(self.earlier.line(was))
                told += findings
                continue
            seen = foresight.of_case(case, findings, self.clock)
            day = None if seen.first is None else seen.first.toordinal()
            digest = case_digest(case)
            spool.write(case_line(case.id, digest, day, seen.is_exact, seen.findings))
            told += seen.findings
        told.sort(key=lambda finding: finding.order)
        tells = bool(self.args.next_change)
        return replace(found, findings=tuple(told), tells_next_change=tells)


def put(args: argparse.Namespace) -> None:
    """Put what a run keeps in its place, its owner's alone, and note it for the manifest. Stops
    (exit 3) where it cannot be written."""
    from policyengine.commands.manifest import entry
    from policyengine.report.atomic_write import write_whole

    spool: IO[bytes] | None = getattr(args, "spool", None)
    if spool is None:
        return
    path = kept_beside(args.manifest)
    try:
        with spool:
            spool.seek(0)
            write_whole(path, iter(lambda: spool.read(_CHUNK), b""))
        args.kept = entry(path)
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise Stop(CANNOT_RUN, f"{path} cannot be written: {why}") from None


def kept_beside(manifest: str) -> Path:
    """Where the findings of a manifest's run are kept."""
    return Path(manifest + SUFFIX)


# --- the earlier run ------------------------------------------------------------------------------

_OTHER = {
    "engine": "by another version of the program, or of what it is built on",
    "settings": "with other settings",
    "schema": "by another schema or calendar",
    "rules": "by other rules",
}


def _earlier(name: str, now: dict[str, object]) -> "KeptFindings":
    """The findings of an earlier run. Stops (exit 3) where there are none, or they are not what
    the manifest says, or they were found by other rules."""
    from policyengine.commands.manifest import entry
    from policyengine.commands.verify import read_manifest
    from policyengine.report.kept_findings import KeptFindings

    held = read_manifest(name)
    kept = held.get("kept")
    if not isinstance(kept, dict):
        raise Stop(
            CANNOT_RUN,
            f"the run of {name} kept no findings, or not all of them",
            "audit once with --manifest FILE --keep-findings; the next can go on from there",
        )
    path = kept_beside(name)
    with _broken(path):
        if entry(path).sha256 != kept.get("sha256"):
            raise Stop(CANNOT_RUN, f"{path} is not what {name} says: it was changed or broken")
        found = KeptFindings(path)
    for part, why in _OTHER.items():
        if found.about.get(part) != now[part]:
            found.close()
            hint = "audit it whole, without --since"
            raise Stop(CANNOT_RUN, f"the run of {name} was judged {why}", hint)
    return found


@contextmanager
def _broken(path: Path) -> Iterator[None]:
    """Stops (exit 3) at kept findings that cannot be used."""
    from policyengine.report.kept_findings import KeptError

    try:
        yield
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise Stop(CANNOT_RUN, f"{path} cannot be read: {why}") from None
    except KeptError as error:
        raise Stop(CANNOT_RUN, f"{path} cannot be used: {error}") from None


# --- what findings rest on ------------------------------------------------------------------------


def _parts(plan: "Plan") -> dict[str, object]:
    from policyengine import __version__
    from policyengine.report.manifest import settings_in, versions
    from policyengine.schema.bank_holidays import calendar_of

    zone = calendar_of(plan.schema).zone
    settings = {name: settings_in(each, zone) for name, each in sorted(plan.settings.items())}
    rules = [plan.digest, sorted({rule.id for rule in plan.rules})]
    return {
        "engine": _hashed([__version__, sorted(versions().items())]),
        "rules": _hashed(rules),
        "settings": _hashed(sorted(settings.items())),
        "schema": _hashed(_schema(plan.schema)),
    }


def _schema(schema: "Schema") -> object:
    return _plain(asdict(schema))


def _plain(value: object) -> object:
    """A value of plain parts, in one order."""
    match value:
        case dict():
            return [[str(key), _plain(each)] for key, each in value.items()]
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted(map(str, value))
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)


def _hashed(value: object) -> str:
    return sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()
