"""Code lists: written in the schema itself, or each in a file of its own beside it."""

from pathlib import Path, PurePosixPath
from unicodedata import normalize

from policyengine.formats import Entry, Mapping, Node, Scalar, load_yaml, read_source
from policyengine.schema.fields_from_yaml import bad_name
from policyengine.schema.model import Code, CodeList, CodeMeaning
from policyengine.schema.names import is_name
from policyengine.schema.reading import Reading

_SUFFIXES = (".yaml", ".yml")


def read_code_lists(
    node: Node | None, folder: Path | None, reading: Reading
) -> dict[str, CodeList]:
    """The lists under `codes`. `folder` is the schema's own: the files of `{file: NAME.yaml}`
    are looked for below it and nowhere else (None: such a file cannot be read)."""
    body = None if node is None else reading.mapping(node, "`codes`")
    made: dict[str, CodeList] = {}
    for entry in body.entries if body else ():
        name = entry.key.text
        if not is_name(name):
            bad_name(entry.key, "a code list", reading)
            continue
        codes = codes_of(entry, folder, reading)
        if codes is None:
            continue
        if not codes.entries:
            reading.fault("SCH019", entry.key.span, f"code list `{name}` has no code")
        made[name] = CodeList(name, _codes(codes, name, reading))
    return made


def codes_of(entry: Entry, folder: Path | None, reading: Reading) -> Mapping | None:
    """The codes of one list as they were written, in the schema or in a file of their own."""
    what = f"code list `{entry.key.text}`"
    body = reading.mapping(entry.value, what)
    if body is None:
        return None
    named = _file_of(body)
    return body if named is None else _from_file(named, folder, what, reading)


def _file_of(body: Mapping) -> Scalar | None:
    """The file that `{file: codes/NAME.yaml}` names. A code that is called `file` and has a label
    like a YAML file's name has to stand in a file itself."""
    if len(body.entries) != 1 or body.entries[0].key.text != "file":
        return None
    value = body.entries[0].value
    fits = isinstance(value, Scalar) and value.text.strip().endswith(_SUFFIXES)
    return value if fits and isinstance(value, Scalar) else None


def _from_file(named: Scalar, folder: Path | None, what: str, reading: Reading) -> Mapping | None:
    path = _inside(named.text.strip(), folder)
    if path is None:
        hints = ("write it as `codes/NAME.yaml`, a file below the folder of the schema",)
        message = f"the file of {what} must lie in the folder of the schema, or in one below it"
        reading.fault("SCH020", named.span, message, hints=hints)
        return None
    source, faults = read_source(path)
    if source is None:
        why = faults[0].message if faults else "it cannot be read"
        reading.fault("SCH020", named.span, f"the file of {what}: {why}")
        return None
    root, faults = load_yaml(source)
    reading.notes.extend(faults)
    if faults:
        return None
    if root is None:
        return Mapping((), named.span)
    return reading.mapping(root, f"the file of {what}")


def _inside(name: str, folder: Path | None) -> Path | None:
    """The file below the folder; None for a path that leads out of it, by its parts or by a
    link, and for what is no plain relative path on every system."""
    parts = PurePosixPath(name)
    if folder is None or "\\" in name or ":" in name or "\0" in name:
        return None
    if parts.is_absolute() or ".." in parts.parts:
        return None
    path = folder / parts
    return path if path.resolve().is_relative_to(folder.resolve()) else None


def _codes(body: Mapping, of: str, reading: Reading) -> dict[str, Code]:
    made: dict[str, Code] = {}
    for entry in body.entries:
        text = normalize("NFC", entry.key.text.strip())
        if not text or text in made:
            what = "the same code as another" if text else "an empty code"
            reading.fault("SCH019", entry.key.span, f"{what} in code list `{of}`")
            continue
        made[text] = _code(text, entry.value, reading)
    return made


def _code(text: str, node: Node, reading: Reading) -> Code:
    if isinstance(node, Scalar):
        return Code(text, text if node.is_empty else node.text)
    body = reading.mapping(node, f"code `{text}`")
    if body is None:
        return Code(text, text)
    reading.only(body, ("label", "means"), f"code `{text}`")
    label = reading.words(body.get("label"), f"the label of code `{text}`") or text
    means = reading.choice(body.get("means"), CodeMeaning, f"`means` of code `{text}`")
    return Code(text, label, means or CodeMeaning.VALUE)
