"""Files of YAML and JSON, read so that nothing is guessed and nothing is silently lost."""

from policyengine.formats.strict_json import JsonError, loads
from policyengine.formats.strict_yaml import Entry, Mapping, Node, Scalar, Sequence, load_yaml
from policyengine.formats.text_file import SIZE_CAP, read_source, suggestion

__all__ = [
    "SIZE_CAP",
    "Entry",
    "JsonError",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "load_yaml",
    "loads",
    "read_source",
    "suggestion",
]
