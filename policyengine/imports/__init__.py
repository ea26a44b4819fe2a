"""Exports of a Trust's own, turned into the tables that the rules read by a declared mapping."""

from policyengine.imports.convert import Converted, convert
from policyengine.imports.from_yaml import load_mapping
from policyengine.imports.model import Mapping

__all__ = ["Converted", "Mapping", "convert", "load_mapping"]
