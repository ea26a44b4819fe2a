"""What overlays add to a schema: new kinds, new fields, new codes; never another meaning of what
is declared. It is done on the nodes of YAML, so that all that is checked of a schema is checked of
the whole, and every message points at the file that says it."""

from collections.abc import Sequence as Items
from pathlib import Path

from policyengine.diagnostics import Label
from policyengine.formats import Entry, Mapping, Scalar
from policyengine.schema.codes_from_yaml import codes_of
from policyengine.schema.reading import Reading
from policyengine.source import SourceFile


def with_additions(
    body: Mapping, folder: Path | None, additions: Items[Mapping], reading: Reading
) -> Mapping:
    """The schema with what is added. Notes PAK005 for what is declared already, PAK004 where it
    is another overlay that added it."""
    adding = _Adding({each.span.file for each in additions}, folder, reading)
    for added in additions:
        for entry in added.entries:
            inner = reading.mapping(entry.value, f"`{entry.key.text}`")
            if inner is not None and entry.key.text == "codes":
                body = _put(body, entry.key, adding.codes(_inner(body, "codes"), inner))
            elif inner is not None and entry.key.text == "kinds":
                body = _put(body, entry.key, adding.kinds(_inner(body, "kinds"), inner))
    return body


def _inner(body: Mapping, key: str) -> Mapping:
    node = body.get(key)
    return node if isinstance(node, Mapping) else Mapping((), body.span)


def _put(body: Mapping, key: Scalar, value: Mapping) -> Mapping:
    """A mapping with another value under a key, or with one more key."""
    kept = [each if each.key.text != key.text else Entry(each.key, value) for each in body.entries]
    if all(each.key.text != key.text for each in body.entries):
        kept.append(Entry(key, value))
    return Mapping(tuple(kept), body.span)


class _Adding:
    def __init__(self, overlays: set[SourceFile], folder: Path | None, reading: Reading) -> None:
        self.overlays = overlays
        self.folder = folder
        self.reading = reading

    def codes(self, lists: Mapping, added: Mapping) -> Mapping:
        """Whole lists that are new, and new codes in those that are there."""
        for entry in added.entries:
            there = _entry(lists, entry.key.text)
            inner = self.reading.mapping(entry.value, f"code list `{entry.key.text}`")
            if inner is None or there is None:
                lists = _put(lists, entry.key, inner or Mapping((), entry.key.span))
                continue
            known = codes_of(there, self.folder, self.reading)
            if known is not None:
                what = f"of the code list `{entry.key.text}`"
                lists = _put(lists, there.key, self._more(known, inner, f"the code `%s` {what}"))
        return lists

    def kinds(self, kinds: Mapping, added: Mapping) -> Mapping:
        """Whole kinds that are new, and new fields of those that are there."""
        for entry in added.entries:
            name = entry.key.text
            there = _entry(kinds, name)
            if there is None or not isinstance(there.value, Mapping):
                kinds = _put_entry(kinds, entry)
                continue
            inner = self.reading.mapping(entry.value, f"kind `{name}`")
            if inner is None:
                continue
            for each in inner.entries:
                if each.key.text != "fields":
                    message = f"the kind `{name}` is there already: an overlay adds fields to it"
                    label = Label(there.key.span, "it is declared here")
                    hints = (f"keep only `fields:` under `{name}:`",)
                    self.reading.fault(
                        "PAK005", each.key.span, message, hints=hints, labels=(label,)
                    )
            fields = inner.get("fields")
            more = None if fields is None else self.reading.mapping(fields, "`fields`")
            if more is not None:
                known = self._more(_inner(there.value, "fields"), more, f"the field `{name}.%s`")
                key = Scalar("fields", there.key.span)
                kinds = _put(kinds, there.key, _put(there.value, key, known))
        return kinds

    def _more(self, known: Mapping, added: Mapping, what: str) -> Mapping:
        for entry in added.entries:
            there = _entry(known, entry.key.text)
            if there is None:
                known = _put_entry(known, entry)
                continue
            of_overlay = there.key.span.file in self.overlays
            who = "by another overlay" if of_overlay else "by the base"
            message = f"{what % entry.key.text} is declared {who} already"
            hint = "an overlay adds to a schema; it changes nothing that is declared"
            self.reading.fault(
                "PAK004" if of_overlay else "PAK005",
                entry.key.span,
                message,
                hints=(hint,),
                labels=(Label(there.key.span, "it is declared here"),),
            )
        return known


def _entry(body: Mapping, key: str) -> Entry | None:
    return next((each for each in body.entries if each.key.text == key), None)


def _put_entry(body: Mapping, entry: Entry) -> Mapping:
    return Mapping((*body.entries, entry), body.span)
