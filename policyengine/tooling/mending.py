"""Mending rule files: the changes that messages offer as safe, made together, and looked at again.

Invariants: a change is made only if the files have no more errors after it than before; a file
that was laid out is laid out afterwards; nothing is written here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from policyengine.diagnostics import Diagnostic, Severity
from policyengine.policy.overrides import SettingOverride
from policyengine.policy.settle import settle
from policyengine.schema.model import Schema
from policyengine.source import SourceFile
from policyengine.syntax import parse_file
from policyengine.syntax.files import source_of_text
from policyengine.syntax.tree import PolicyFile
from policyengine.tooling.fmt import format_source
from policyengine.tooling.lint import lint

_ROUNDS = 12  # what is taken out may leave something else that nothing uses
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was made: where, for which message, and in words what."""

    line: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class MendedFile:
    """A file that was changed: its text as it is shown, and the changes in the order made."""

    source: SourceFile
    text: str
    changes: tuple[Change, ...]


@dataclass(slots=True)
class _State:
    """The files on their way."""

    files: list[PolicyFile]
    schema: Schema
    overrides: Mapping[str, SettingOverride] | None
    targets: Mapping[str, Decimal] | None
    today: date | None
    faults: list[list[Diagnostic]] = field(default_factory=list)

    def notes(self) -> list[Diagnostic]:
        """Every message: mistakes, or the remarks where there are none."""
        found = [note for each in self.faults for note in each]
        plan, settled = settle(self.files, self.schema, self.overrides, self.targets)
        found += settled
        if plan is None or any(note.severity is Severity.ERROR for note in found):
            return found
        return [*found, *lint(plan, self.files, self.today)]

    def with_texts(self, texts: Mapping[int, str]) -> "_State | None":
        """The same with other texts for some files; None where one cannot be read at all."""
        files, faults = list(self.files), list(self.faults)
        for at, text in texts.items():
            source, unread = source_of_text(_source(files[at]).name, text)
            if source is None:
                return None
            files[at], faults[at] = parse_file(source)
            faults[at] = [*unread, *faults[at]]
        return replace(self, files=files, faults=faults)


def mended(
    files: Sequence[PolicyFile],
    schema: Schema,
    overrides: Mapping[str, SettingOverride] | None = None,
    targets: Mapping[str, Decimal] | None = None,
    today: date | None = None,
) -> list[MendedFile]:
    """The files that can be mended, as they would be. `today` is as for `lint`."""
    first = [parse_file(_source(file)) for file in files]
    state = _State([file for file, _ in first], schema, overrides, targets, today)
    state.faults = [faults for _, faults in first]
    made: dict[int, list[Change]] = {}
    refused: set[tuple[str, str]] = set()
    for _ in range(_ROUNDS):
        notes = state.notes()
        wanted = _apart(note for note in notes if note.fix and _key(note) not in refused)
        if not wanted:
            break
        state = _round(state, notes, wanted, made, refused)
    return [
        MendedFile(_source(files[at]), _laid_out(files[at], state.files[at]), tuple(changes))
        for at, changes in sorted(made.items())
    ]


def _round(
    state: _State,
    notes: Sequence[Diagnostic],
    wanted: Sequence[Diagnostic],
    made: dict[int, list[Change]],
    refused: set[tuple[str, str]],
) -> _State:
    """All the changes at once; where that does not do, the first that does by itself."""
    before = _errors(notes)
    for several in (list(wanted), *([note] for note in wanted if len(wanted) > 1)):
        after = state.with_texts(_texts(state, several))
        if after is not None and _errors(after.notes()) <= before:
            for note in several:
                made.setdefault(_place(state, note), []).append(_told(note))
            return after
    refused.update(_key(note) for note in wanted)
    return state


def _errors(notes: Iterable[Diagnostic]) -> int:
    return sum(note.severity is Severity.ERROR for note in notes)


def _apart(notes: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those whose changes do not touch each other, the first in a file first."""

    def place(note: Diagnostic) -> tuple[str, int]:
        assert note.fix is not None
        return note.fix.span.file.name, note.fix.span.start

    chosen: list[Diagnostic] = []
    for note in sorted(notes, key=place):
        assert note.fix is not None
        last = chosen[-1].fix if chosen else None
        same = last is not None and last.span.file is note.fix.span.file
        if not same or (last is not None and last.span.end <= note.fix.span.start):
            chosen.append(note)
    return chosen


def _texts(state: _State, notes: Iterable[Diagnostic]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for note in reversed(list(notes)):
        assert note.fix is not None
        at = _place(state, note)
        text = texts.get(at, _source(state.files[at]).shown)
        span = note.fix.span
        texts[at] = text[: span.start] + note.fix.replacement + text[span.end :]
    return texts


def _place(state: _State, note: Diagnostic) -> int:
    assert note.fix is not None
    return next(at for at, file in enumerate(state.files) if _source(file) is note.fix.span.file)


def _key(note: Diagnostic) -> tuple[str, str]:
    assert note.fix is not None
    return note.code, note.fix.span.text


def _told(note: Diagnostic) -> Change:
    assert note.fix is not None
    span, new = note.fix.span, note.fix.replacement.strip()
    old = _short(span.text)
    line = note.span.line if note.span is not None else span.line
    if not new:
        return Change(line, note.code, f"took out `{old}`")
    if not old:
        return Change(line, note.code, f"put in `{_short(new)}`")
    return Change(line, note.code, f"`{old}` is now `{_short(new)}`")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _laid_out(before: PolicyFile, after: PolicyFile) -> str:
    """The text, laid out where it was laid out before."""
    now = _source(after)
    if _is_laid_out(_source(before)):
        return format_source(now).text
    return now.shown


def _is_laid_out(source: SourceFile) -> bool:
    result = format_source(source)
    faulty = any(note.severity is Severity.ERROR for note in result.diagnostics)
    return not faulty and not result.changed


def _source(file: PolicyFile) -> SourceFile:
    assert isinstance(file.file, SourceFile)
    return file.file


def as_bytes(mended_file: MendedFile, before: bytes) -> bytes | None:
    """The file's new bytes, with the line ends and the mark at the start that it had.

    None where its line ends are of both sorts, or where `before` is not what was read: then it is
    safer to leave it.
    """
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    old = before.removeprefix(mark).decode("utf-8", "replace")
    if old.replace("\r\n", " \n") != mended_file.source.shown:
        return None
    returns = old.count("\r\n")
    if returns and returns != old.count("\n"):
        return None
    text = mended_file.text
    if returns:
        text = "\r\n".join(
            line.removesuffix(" ") for line in text.replace("\r\n", " \n").split("\n")
        )
    return mark + text.encode()


def changes_said(files: Iterable[MendedFile]) -> Iterator[str]:
    """A line for each change: `rules/a.policy:12: LNT006 took out ...`."""
    for file in files:
        for change in file.changes:
            yield f"{file.source.name}:{change.line}: {change.code} {change.words}"
