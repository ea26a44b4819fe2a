"""The first mapping as a file: every guess with its grounds, marked to be confirmed."""

import json
import re
from collections.abc import Iterator
from typing import Final

from policyengine.schema.model import FieldType, Schema
from policyengine.starting.evidence import ISO, SERIAL, Evidence, Looks
from policyengine.starting.looking import Look, Seen
from policyengine.starting.suggesting import CASE, FieldGuess, KindGuess, Suggested, Way
from policyengine.starting.words import parts

MARK: Final = "CONFIRM"
_MOST_LEFT: Final = 40
_MOSTLY_MIDNIGHT: Final = 0.9
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*")
_WORDS: Final = frozenset({"yes", "no", "true", "false", "null", "none", "y", "n", "on", "off"})


def mapping_text(look: Look, found: Suggested, schema: Schema, name: str) -> str:
    """A mapping in YAML that `convert` can read, if a table of cases was found."""
    sources = {id(table): _slug(table, number) for number, table in enumerate(look.tables, 1)}
    lines = [*_opening(found, schema, name), "", "sources:"]
    lines += [_source(table, sources[id(table)]) for table in look.tables]
    for table in found.unused:
        lines.append(f"  # {MARK}: no kind was found for `{sources[id(table)]}`")
    lines += [f"# {_on_one_line(remark)}" for remark in look.left_out]
    lines += _look_ups(found, sources)
    lines += ["", "kinds:"]
    kinds = list(dict.fromkeys(guess.kind.name for guess in found.kinds))
    for kind in kinds:
        several = [guess for guess in found.kinds if guess.kind.name == kind]
        lines.append(f"  {kind}:")
        for guess in several:
            dash = "- " if len(several) > 1 else ""
            lines += _kind(guess, sources[id(guess.table)], schema, dash)
        lines.append("")
    if CASE not in kinds:
        lines.append(f"  # {MARK}: no table of cases was found; `case` must come from somewhere")
    return "\n".join(lines).rstrip() + "\n"


def guesses(text: str) -> int:
    """How many guesses a mapping leaves to be confirmed."""
    return text.count(f"# {MARK}")


def _opening(found: Suggested, schema: Schema, name: str) -> Iterator[str]:
    evidence = [each.seen for guess in found.kinds for each in guess.table.columns]
    yield "# A first mapping, suggested from the names of files and columns, and from what cells"
    yield f"# look like. Nobody has decided anything yet: each line with {MARK} is a guess. Look at"
    yield "# it, mend it, and take the word away. Then:"
    yield "#   trustpolicy convert --mapping THIS --in FOLDER --out FOLDER"
    yield f"mapping: {_quoted(name)}"
    yield f"schema: {schema.name}"
    yield f"# extracted_on: 2026-11-01       # {MARK}: the day on which the export was made"
    yield ""
    yield "defaults:"
    yield "  dates: [iso]                     # each column that has another layout says so below"
    yield from _words("nulls", [word for seen in evidence for word in seen.nulls])
    yield from _words("unknown", [word for seen in evidence for word in seen.unknown])
    yes = [word for seen in evidence for word in seen.yes]
    yield from _words("yes", yes)
    yield from _words("no", [word for seen in evidence for word in seen.no])
    yield from _words(
        "blank_dates", [day for seen in evidence for day in seen.blank_days], "stand for nothing?"
    )
    yield from _words(
        "open_dates", [day for seen in evidence for day in seen.open_days], "stand for no end?"
    )


def _look_ups(found: Suggested, sources: dict[int, str]) -> Iterator[str]:
    """The tables that say whose the rows of others are."""
    ways = {_way_name(guess.way): guess.way for guess in found.kinds if guess.way is not None}
    if ways:
        yield ""
        yield "look_ups:"
    for name, way in ways.items():
        pair = f"from: {_quoted(way.key.name)}, to: {_quoted(way.case.name)}"
        yield f"  {name}: {{source: {sources[id(way.table)]}, {pair}}}  # {MARK}"


def _way_name(way: Way) -> str:
    return "case_of_" + re.sub(r"[^a-z0-9]+", "_", way.key.name.lower()).strip("_")


def _words(key: str, words: list[str], why: str = "seen in the files") -> Iterator[str]:
    if words:
        listed = ", ".join(_quoted(word) for word in sorted(set(words)))
        yield f"  {key}: [{listed}]  # {MARK}: {why}"


def _slug(table: Seen, number: int) -> str:
    stem = table.sheet or table.pattern.rpartition("/")[2].rpartition(".")[0]
    words = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    return f"{words or 'table'}_{number}"


def _source(table: Seen, slug: str) -> str:
    said = [f"files: {_quoted(table.pattern)}", f"format: {table.format}"]
    grounds = f"{table.rows} rows were looked at"
    if table.format == "csv":
        said.append(f"encoding: [{table.encoding}]")
        delimiter = "tab" if table.delimiter == "\t" else _quoted(table.delimiter)
        said.append(f"delimiter: {delimiter}")
    if table.sheet is not None:
        said.append(f"sheet: {_quoted(table.sheet)}")
    if table.format in ("csv", "xlsx"):
        if table.header:
            said.append(f"header: {table.header}")
        else:
            names = ", ".join(each.name for each in table.columns)
            said.append(f"header: none, columns: [{names}]")
            grounds += "; the first row looks like data: name the columns"
    return f"  {slug}: {{{', '.join(said)}}}  # {MARK}: {grounds}"


def _kind(guess: KindGuess, source: str, schema: Schema, dash: str) -> Iterator[str]:
    pad = "    " + ("  " if dash else "")
    first = "    " + dash
    yield f"{first}source: {source}  # {MARK}: {guess.likeness:.0f} of 100 by its name"
    if guess.key is not None:
        grounds = "never blank, never twice" if guess.key.seen.unique else "by its name"
        yield f"{pad}key: {_quoted(guess.key.name)}  # {MARK}: {grounds}"
    elif guess.kind.name == CASE:
        yield f"{pad}key: WHICH  # {MARK}: there is no such column yet; a case must have a key"
    if guess.kind.name != CASE and not guess.kind.shared:
        yield from _case(guess, pad)
    if guess.fields:
        yield f"{pad}fields:"
        for one in guess.fields:
            yield from _field(one, schema, pad + "  ")
    else:
        yield f"{pad}fields: {{}}  # {MARK}: no column was found for a field"
    if guess.left:
        some = ", ".join(_quoted(name) for name in guess.left[:_MOST_LEFT])
        more = len(guess.left) - _MOST_LEFT
        yield f"{pad}# left over: {some}" + (f" and {more} more" if more > 0 else "")
    missing = [
        each.name
        for each in guess.kind.fields.values()
        if each.name not in {one.field.name for one in guess.fields}
    ]
    if missing:
        yield f"{pad}# no column for: {', '.join(missing)}"


def _case(guess: KindGuess, pad: str) -> Iterator[str]:
    if guess.through is not None:
        yield f"{pad}case: {{through: {guess.through}}}  # {MARK}: that of the record it refers to"
        return
    if guess.way is not None and guess.case is not None:
        where = f"{{from: {_quoted(guess.case.name)}, look_up: {_way_name(guess.way)}}}"
        yield f"{pad}case: {where}  # {MARK}: another table says whose it is"
        return
    if guess.case is None:
        yield f"{pad}# No column says whose a row is. It may be told `{{through: REFERENCE}}` too."
        yield f"{pad}case: WHOSE  # {MARK}: there is no such column yet"
        return
    grounds = "by its name"
    if guess.case_found is not None:
        grounds = f"{guess.case_found:.0%} of its values are cases"
    yield f"{pad}case: {_reference(guess.case.name, guess.case.seen)}  # {MARK}: {grounds}"


def _reference(name: str, seen: Evidence) -> str:
    """A column of ids; of FHIR references, what follows the stroke."""
    if seen.values and all("/" in text for text in seen.values):
        return f'{{from: {_quoted(name)}, then: [{{split: "/", take: last}}]}}'
    return _quoted(name)


def _field(one: FieldGuess, schema: Schema, pad: str) -> Iterator[str]:
    seen, each = one.column.seen, one.field
    grounds = [f"{one.likeness:.0f} of 100 by name", f"{seen.filled} of {seen.rows} filled"]
    value = _quoted(one.column.name)
    if each.type is FieldType.REF:
        value = _reference(one.column.name, seen)
        grounds[0] = f"its values are found among the keys of {each.target}"
    elif each.type in (FieldType.DATE, FieldType.DATETIME):
        value, more = _dates(one, value)
        grounds += more
    elif each.type is FieldType.CODE:
        known = schema.codes[each.target or ""].codes
        fit = sum(text in known for text in seen.values)
        if fit < len(seen.values):
            grounds.append(f"{len(seen.values) - fit} spellings are not codes of {each.target}")
    elif each.type is FieldType.YES_NO and _is_dated(one):
        value = f"{{filled: {value}}}"
        grounds.append("a date there says that it was so")
    elif each.type is FieldType.YES_NO and not _says_yes_or_no(seen):
        grounds.append("not only yes and no: say what counts as each")
    elif each.name == "nhs_number":
        value = f"{{from: {value}, check: nhs_number}}"
    yield f"{pad}{each.name}: {value}  # {MARK}: {'; '.join(grounds)}"
    if (
        each.type is FieldType.CODE
        and seen.values
        and not all(text in schema.codes[each.target or ""].codes for text in seen.values)
    ):
        codes = ", ".join(schema.codes[each.target or ""].codes)
        yield f"{pad}#   codes: {{YOURS: THEIRS, ...}} with THEIRS one of: {codes}"


def _is_dated(one: FieldGuess) -> bool:
    """Whether a yes or no is told by a stamp: by what stands there, or by its name."""
    if one.column.seen.looks is Looks.EMPTY:
        return "date" in parts(one.column.name)
    return one.column.seen.looks in (Looks.DATE, Looks.DATETIME)


def _says_yes_or_no(seen: Evidence) -> bool:
    return seen.looks in (Looks.YES_NO, Looks.EMPTY) or seen.values <= {"0", "1"}


def _dates(one: FieldGuess, column: str) -> tuple[str, list[str]]:
    """The column with the layouts that fit. Where a file does not say which of two layouts it is,
    none is declared, so that nothing is converted before somebody has said."""
    seen = one.column.seen
    if one.serial:
        grounds = ["numbers that could be days as Excel counts them"]
        return f"{{from: {column}, dates: [{SERIAL}]}}", grounds
    said = []
    if seen.undecided and one.day_first:
        said.append("dates: [" + ", ".join(_quoted(each) for each in seen.layouts) + "]")
        grounds = ["day first, as other columns of the table are: none of these cells says so"]
        return f"{{from: {column}, {said[0]}}}", grounds
    if seen.undecided:
        either = " or ".join(_quoted(each) for each in seen.layouts if each != ISO)
        turned = either.replace("%d/%m", "%m/%d")
        grounds = [f"no cell says whether day or month is first: dates: [{either}] or [{turned}]"]
        return column, grounds
    grounds = [f"{seen.share:.0%} are dates"] if seen.filled else ["nothing in it to tell by"]
    if seen.layouts and seen.layouts != (ISO,):
        said.append("dates: [" + ", ".join(_quoted(each) for each in seen.layouts) + "]")
    if seen.midnights and seen.midnights >= _MOSTLY_MIDNIGHT * seen.filled:
        said.append("midnight: unknown")
        grounds.append("nearly all at 00:00")
    if not said:
        return column, grounds
    return f"{{from: {column}, {', '.join(said)}}}", grounds


def _quoted(text: str) -> str:
    """A text as YAML and JSON both read it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _on_one_line(text: str) -> str:
    """A remark that stays in its comment, whatever a file is called."""
    return "".join(char if char.isprintable() else "?" for char in text)
