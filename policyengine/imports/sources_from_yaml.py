"""`sources` of a mapping file: which files, of which form."""

import codecs
from pathlib import PurePosixPath
from typing import Final

from policyengine.formats import Mapping, Node, Scalar
from policyengine.imports.json_path import path_fault
from policyengine.imports.model import Format, IdMap, LookUp, Source, ValueSource
from policyengine.imports.values_from_yaml import NAME, SHAPE, choice, flag, texts, value_source
from policyengine.schema.reading import Reading, did_you_mean

KEYS: Final = (
    "files",
    "query",
    "format",
    "encoding",
    "delimiter",
    "quote",
    "header",
    "columns",
    "sheet",
    "rows",
    "optional",
)
_ENCODINGS: Final = {
    "utf-8": "utf-8",
    "ascii": "utf-8",
    "cp1252": "cp1252",
    "iso8859-1": "iso8859-1",
    "iso8859-15": "iso8859-15",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}
_DELIMITERS: Final = {"tab": "\t", "\\t": "\t"}
_MOST_HEADER: Final = 1000


class Sources:
    """The named sources of a mapping, and those that stand where they are used."""

    def __init__(self, node: Node | None, reading: Reading) -> None:
        self.reading = reading
        body = None if node is None else reading.mapping(node, "`sources`")
        self.named: dict[str, Source] = {}
        for entry in body.entries if body else ():
            found = self._read(entry.value, entry.key.text)
            if found is not None:
                self.named[entry.key.text] = found
        self.used: set[str] = set()
        self._declared = {entry.key.text for entry in body.entries} if body else set()

    def source(self, node: Node | None, what: str, near: Node) -> Source | None:
        """A name of `sources`, or a source itself. `near` is pointed at where there is none."""
        if node is None:
            message = f"{what} does not say where its rows come from"
            self.reading.fault(SHAPE, near.span, message, hints=("`source: NAME`",))
            return None
        if isinstance(node, Mapping):
            return self._read(node, what.strip("`"))
        name = node.text if isinstance(node, Scalar) else ""
        self.used.add(name)
        if name not in self._declared:
            hints = (did_you_mean(name, self._declared),)
            self.reading.fault(NAME, node.span, f"{what}: there is no such source", hints=hints)
        return self.named.get(name)

    def _read(self, node: Node, name: str) -> Source | None:
        what = f"source `{name}`"
        reading = self.reading
        body = reading.mapping(node, what)
        if body is None:
            return None
        reading.only(body, KEYS, what)
        if body.get("query") is not None:
            return self._query(body, name, what)
        files = texts(body.get("files"), f"`files` of {what}", reading)
        for each in files:
            if not _is_pattern(each):
                message = f"`files` of {what} is a pattern below the folder, such as `orders*.csv`"
                reading.fault(SHAPE, body.span, message)
        if not files:
            hint = "or, of a database, `query: SELECT ...`"
            reading.fault(SHAPE, body.span, f"{what} needs `files`", hints=(hint,))
            return None
        form = body.get("format")
        columns = texts(body.get("columns"), f"`columns` of {what}", reading)
        header = self._header(body.get("header"), columns, what)
        rows = "".join(texts(body.get("rows"), f"`rows` of {what}", reading))
        if rows and (why := path_fault(rows)):
            reading.fault(SHAPE, body.span, f"`rows` of {what}: {why}")
        return Source(
            name=name,
            files=files,
            format=None if form is None else choice(form, Format, f"`format` of {what}", reading),
            encodings=self._encodings(body.get("encoding"), what),
            delimiter=self._delimiter(body.get("delimiter"), what),
            quote=self._quote(body.get("quote"), what),
            header=header,
            columns=columns,
            sheet="".join(texts(body.get("sheet"), f"`sheet` of {what}", reading)) or None,
            rows=rows,
            optional=bool(flag(body.get("optional"), f"`optional` of {what}", reading)),
            span=body.span,
        )

    def _query(self, body: Mapping, name: str, what: str) -> Source | None:
        """A query of a database: it says all that there is to say."""
        self.reading.only(body, ("query",), f"{what}, which is a query,")
        query = "".join(texts(body.get("query"), f"`query` of {what}", self.reading)).strip()
        if not query:
            self.reading.fault(SHAPE, body.span, f"the `query` of {what} asks nothing")
            return None
        return Source(name=name, files=(), query=query, span=body.span)

    def _header(self, node: Node | None, columns: tuple[str, ...], what: str) -> int:
        text = "1" if node is None else node.text if isinstance(node, Scalar) else ""
        number = int(text) if text.isascii() and text.isdigit() else 0
        if node is not None and text != "none" and not 1 <= number <= _MOST_HEADER:
            self.reading.fault(SHAPE, node.span, f"`header` of {what} is a row from 1, or `none`")
        if node is not None and (text == "none") != bool(columns):
            message = f"{what}: `header: none` and `columns: [...]` belong together"
            self.reading.fault(SHAPE, node.span, message)
        if node is None and columns:
            return 0
        return 0 if text == "none" else max(1, number)

    def _encodings(self, node: Node | None, what: str) -> tuple[str, ...]:
        found = []
        for text in texts(node, f"`encoding` of {what}", self.reading):
            try:
                name = _ENCODINGS[codecs.lookup(text).name]
            except LookupError:
                hint = ", ".join(sorted(_ENCODINGS))
                if node is not None:
                    message = f"`encoding` of {what} is one that is not read"
                    self.reading.fault(SHAPE, node.span, message, hints=(hint,))
                continue
            found.append(name)
        return tuple(found) or ("utf-8",)

    def _delimiter(self, node: Node | None, what: str) -> str:
        if node is None:
            return ","
        text = node.text if isinstance(node, Scalar) else ""
        text = _DELIMITERS.get(text, text)
        if len(text) != 1 or text in '"\r\n\0':
            self.reading.fault(SHAPE, node.span, f"`delimiter` of {what} is one character, or tab")
            return ","
        return text

    def _quote(self, node: Node | None, what: str) -> str | None:
        if node is None:
            return '"'
        text = node.text if isinstance(node, Scalar) else ""
        if text == "none":
            return None
        if len(text) != 1 or text in "\r\n\0":
            self.reading.fault(SHAPE, node.span, f"`quote` of {what} is one character, or none")
            return '"'
        return text


def _is_pattern(text: str) -> bool:
    """Whether a pattern stays below the folder, on every system."""
    if not text.strip() or "\\" in text or "\0" in text or ":" in text:
        return False
    parts = PurePosixPath(text)
    return not parts.is_absolute() and ".." not in parts.parts and bool(parts.parts)


def id_map(node: Node | None, sources: Sources, reading: Reading) -> IdMap | None:
    """`id_map: {source: ..., from: OLD, to: NEW}`."""
    body = None if node is None else reading.mapping(node, "`id_map`")
    if body is None:
        return None
    found = _two_columns(body, "`id_map`", sources, reading)
    return None if found is None else IdMap(source=found[0], old=found[1], new=found[2])


def look_ups(node: Node | None, sources: Sources, reading: Reading) -> dict[str, LookUp]:
    """`look_ups: {NAME: {source: ..., from: KEY, to: VALUE}}`."""
    body = None if node is None else reading.mapping(node, "`look_ups`")
    made: dict[str, LookUp] = {}
    for entry in body.entries if body else ():
        what = f"look-up `{entry.key.text}`"
        inside = reading.mapping(entry.value, what)
        found = None if inside is None else _two_columns(inside, what, sources, reading)
        if found is not None:
            made[entry.key.text] = LookUp(
                name=entry.key.text, source=found[0], key=found[1], value=found[2]
            )
    return made


def _two_columns(
    body: Mapping, what: str, sources: Sources, reading: Reading
) -> tuple[Source, ValueSource, ValueSource] | None:
    reading.only(body, ("source", "from", "to"), what)
    source = sources.source(body.get("source"), what, body)
    pair = [body.get("from"), body.get("to")]
    if None in pair:
        reading.fault(SHAPE, body.span, f"{what} needs a `from` and a `to`")
        return None
    old, new = (value_source(each, what, reading) for each in pair if each is not None)
    if source is None or old is None or new is None:
        return None
    return source, old, new
