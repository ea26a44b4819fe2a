"""The bench itself: what a text comes to. It holds the rule set, knows no web, draws nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from policyengine.diagnostics import Diagnostic, Fix, Severity
from policyengine.lsp.mends import mends
from policyengine.lsp.rule_set import Checked, RuleSet
from policyengine.lsp.verdicts import Verdicts
from policyengine.plan.core import Plan, Rule
from policyengine.readback import ReadBack, Reader
from policyengine.records import ExportError
from policyengine.report.charts.svg import Drawing
from policyengine.report.tested.suggestions import Suggestion
from policyengine.report.time_lines import TimeLine, drawn, time_line
from policyengine.source import Span
from policyengine.syntax import read_source
from policyengine.tooling.lint import lint
from policyengine.tooling.suggesting import suggest
from policyengine.workbench.case_load import CaseLoad, Found

_MOST_NOTES = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A mend of the text that is open; `key` finds it again in the same text."""

    key: str
    title: str
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A message and the mends that are offered."""

    diagnostic: Diagnostic
    offers: tuple[Offer, ...]
    here: bool


@dataclass(frozen=True, slots=True)
class ExampleShown:
    """An example of the rule: its time line, its drawing, and whether it came out as it says."""

    line: TimeLine
    drawing: Drawing | None
    row: int
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a text comes to. `stale`: the text has mistakes, and the meaning, the examples and the
    findings are those of the last that had none. `was` is what the saved text finds."""

    rule: str
    notes: tuple[Note, ...]
    more_notes: int
    stale: bool
    backs: tuple[ReadBack, ...]
    examples: tuple[ExampleShown, ...]
    found: Found | None
    was: Found | None
    no_cases: str

    @property
    def errors(self) -> int:
        """How many mistakes there are, those that are not shown among them."""
        shown = sum(note.diagnostic.severity is Severity.ERROR for note in self.notes)
        return shown + (self.more_notes if self.stale else 0)

    @property
    def bad_lines(self) -> list[int]:
        """The lines of the open file that have a mistake."""
        spans = [
            note.diagnostic.span
            for note in self.notes
            if note.here and note.diagnostic.severity is Severity.ERROR
        ]
        return sorted({span.line for span in spans if span is not None})


@dataclass(slots=True)
class Bench:
    """A rule set, the text of one of its files as somebody writes it, and a case load."""

    roots: list[str]
    schema: Path | None = None
    case_load: CaseLoad | None = None
    _open: tuple[str, str] | None = None
    _verdicts: Verdicts = field(default_factory=Verdicts)
    _was: dict[str, Found] = field(default_factory=dict)
    _suggested: dict[str, tuple[Suggestion, ...]] = field(default_factory=dict)
    rule_set: RuleSet = field(init=False)

    def __post_init__(self) -> None:
        self.rule_set = RuleSet(list(self.roots), self._open_text, self.schema)

    def _open_text(self, path: str) -> str | None:
        return self._open[1] if self._open is not None and self._open[0] == path else None

    def reopen(self) -> None:
        """Look at the disk again: files, and the schema."""
        self._open = None
        self.rule_set.stale()

    def check(self, path: str | None = None, text: str = "") -> Checked:
        """The rule set with this text as that file's."""
        now = None if path is None else (path, text)
        if now != self._open:
            self._open = now
            self.rule_set.edited()
        return self.rule_set.check()

    def text_of(self, path: str) -> str:
        """A file as it lies on disk, with line feeds alone; empty if it cannot be read."""
        source, _ = read_source(path)
        return (
            ""
            if source is None
            else source.shown.replace(" \n", "\n")
            if _returns(path)
            else (source.shown)
        )

    def rules(self) -> dict[str, list[tuple[str, str]]]:
        """The ids and titles of the rules of each file, as far as they can be read."""
        found: dict[str, list[tuple[str, str]]] = {}
        shown = self._shown()
        for path in self.rule_set.check().documents:
            found[path] = []
        for rule in () if shown is None or shown.plan is None else shown.plan.rules:
            several = found.setdefault(rule.span.file.name, [])
            if all(id != rule.id for id, _ in several):
                several.append((rule.id, rule.title))
        return found

    def file_of(self, rule: str) -> str:
        """The file of a rule's first version; empty where there is no such rule."""
        shown = self._shown()
        several = () if shown is None or shown.plan is None else shown.plan.rules
        return next((each.span.file.name for each in several if each.id == rule), "")

    def called(self, path: str) -> str:
        """A file's name as the page shows it: from the folder that was given."""
        for root in self.roots:
            if Path(path) != Path(root) and Path(path).is_relative_to(root):
                return str(Path(Path(root).name) / Path(path).relative_to(root))
        return Path(path).name

    def result(self, path: str, text: str, rule: str, line: int | None) -> Result:
        """What a text comes to, for the rule on a line of it, or else for the one that is named,
        or the first of the file."""
        checked = self.check(path, text)
        shown = self._shown()
        stale = checked.plan is None
        plan = None if shown is None else shown.plan
        if plan is not None:
            rule = _chosen(plan, path, rule, None if stale else line)
        notes, more = self._notes(checked, path)
        found, no_cases = self._found(shown, rule)
        if found is not None and not stale and text == self.text_of(path):
            self._was[rule] = found
        return Result(
            rule=rule,
            notes=notes,
            more_notes=more,
            stale=stale,
            backs=() if plan is None else tuple(_backs(plan, path, rule)),
            examples=() if shown is None else tuple(self._examples(shown, rule)),
            found=found,
            was=self._was.get(rule),
            no_cases=no_cases,
        )

    def mend(self, path: str, text: str, key: str) -> str | None:
        """The text with an offer taken; None where this text has no such offer."""
        for note in self._notes(self.check(path, text), path)[0]:
            for offer in note.offers:
                if offer.key == key:
                    return _mended(text, offer.fixes)
        return None

    def suggested(self, path: str, text: str, rule: str) -> tuple[Suggestion, ...] | None:
        """Examples made for a rule; None where the text has mistakes, or no such rule."""
        plan = self.check(path, text).plan
        if plan is None or all(each.id != rule for each in plan.rules):
            return None
        made = self._suggested[rule] = suggest(plan, rule).examples
        return made

    def with_example(self, path: str, text: str, rule: str, number: int) -> str | None:
        """The text with an example that was suggested, below the rule's others."""
        several = self._suggested.get(rule, ())
        plan = self.check(path, text).plan
        if plan is None or not 0 <= number < len(several):
            return None
        ends = [span.end for span in _spans_about(plan, rule) if span.file.name == path]
        return None if not ends else inserted(text, max(ends), several[number].example)

    def end_of_rules(self, path: str, text: str) -> int | None:
        """Where the last rule, setting or example of a text ends; None where none can be read."""
        doc = self.check(path, text).documents.get(path)
        tree = None if doc is None else doc.as_far_as_read
        return None if tree is None or not tree.items else max(i.span.end for i in tree.items)

    # --- parts ----------------------------------------------------------------------------------

    def _shown(self) -> Checked | None:
        """What the right side shows: the set as it is, or as it last was without mistakes."""
        checked = self.rule_set.check()
        return checked if checked.plan is not None else self.rule_set.sound

    def _notes(self, checked: Checked, path: str) -> tuple[tuple[Note, ...], int]:
        """Mistakes first, and those of the open file first of all."""
        doc = checked.documents.get(path)
        several = [note for notes in checked.notes.values() for note in notes]
        several += self.rule_set.schema_notes
        if checked.plan is not None and doc is not None and doc.tree is not None:
            several += lint(checked.plan, [doc.tree])
        several.sort(key=lambda note: _rank(note, path))
        tree = None if doc is None else doc.tree
        made = []
        for note in several[:_MOST_NOTES]:
            here = note.span is not None and note.span.file.name == path
            offers = [
                Offer(_key(mend.fixes), mend.title, mend.fixes)
                for mend in (mends(note, tree) if here else ())
                if all(fix.span.file.name == path for fix in mend.fixes)
            ]
            made.append(Note(note, tuple(offers), here))
        return tuple(made), max(0, len(several) - _MOST_NOTES)

    def _examples(self, shown: Checked, rule: str) -> Iterator[ExampleShown]:
        assert shown.plan is not None
        reader = Reader(shown.plan)
        about = [e for e in shown.plan.examples if any(x.rule == rule for x in e.expects)]
        for outcome in self._verdicts.of(shown, about):
            example, result = outcome.example, outcome.result
            line = time_line(reader, example, rule, outcome.findings)
            yield ExampleShown(line, drawn(line), example.span.line, result.passed, result.detail)

    def _found(self, shown: Checked | None, rule: str) -> tuple[Found | None, str]:
        if self.case_load is None:
            return None, "No case load was given: start with --demo, or --cases and --as-at."
        if shown is None or shown.plan is None:
            return None, ""
        try:
            return self.case_load.found(shown.plan, shown.generation, rule), ""
        except ExportError:
            return None, "The case load cannot be read by this schema."


def inserted(text: str, at: int, block: str) -> str:
    """A block of its own after a place, an empty line on each side."""
    before, after = text[:at].rstrip(), text[at:].lstrip("\n")
    if after and not after.startswith("```"):  # the end of a block of a page
        after = f"\n{after}"
    return f"{before}\n\n{block.strip()}\n{after}"


def _returns(path: str) -> bool:
    return b"\r\n" in Path(path).read_bytes()


def _rank(note: Diagnostic, path: str) -> tuple[bool, bool, str, int]:
    name, start = ("", 0) if note.span is None else (note.span.file.name, note.span.start)
    return note.severity is not Severity.ERROR, name != path, name, start


def _key(fixes: Sequence[Fix]) -> str:
    said = [(fix.span.start, fix.span.end, fix.span.text, fix.replacement) for fix in fixes]
    return sha256(ascii(said).encode()).hexdigest()[:16]


def _mended(text: str, fixes: Sequence[Fix]) -> str:
    for fix in sorted(fixes, key=lambda each: -each.span.start):
        text = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
    return text


def _spans_about(plan: Plan, rule: str) -> Iterator[Span]:
    yield from (each.span for each in plan.rules if each.id == rule)
    yield from (e.span for e in plan.examples if any(x.rule == rule for x in e.expects))


def _chosen(plan: Plan, path: str, rule: str, line: int | None) -> str:
    """The rule that stands on a line, or that an example on it is about."""
    here = [(each.span, each.id) for each in plan.rules if each.span.file.name == path]
    said = [
        (e.span, next((x.rule for x in e.expects if x.rule == rule), e.expects[0].rule))
        for e in plan.examples
        if e.span.file.name == path and e.expects
    ]
    for span, id in [*here, *said] if line is not None else ():
        if line is not None and span.line <= line <= span.file.line_column(span.end)[0]:
            return id
    if any(each.id == rule for each in plan.rules):
        return rule
    return here[0][1] if here else ""


def _backs(plan: Plan, path: str, rule: str) -> Iterator[ReadBack]:
    """The versions of a rule, those of the open file first."""
    reader = Reader(plan)
    several: list[Rule] = [each for each in plan.rules if each.id == rule]
    several.sort(key=lambda each: each.span.file.name != path)
    yield from (reader.sentences(each) for each in several)
