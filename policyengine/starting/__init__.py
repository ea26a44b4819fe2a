"""The first day: a folder to work in, and a first mapping of the files that a Trust already has."""

from policyengine.starting.looking import look_at
from policyengine.starting.suggesting import suggest
from policyengine.starting.workspace import Made, make_workspace
from policyengine.starting.writing import mapping_text

__all__ = ["Made", "look_at", "make_workspace", "mapping_text", "suggest"]
