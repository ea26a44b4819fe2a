"""The schema: what kinds of record there are, what their fields mean, and how they are spelt."""

from policyengine.schema.from_yaml import load_schema
from policyengine.schema.model import Schema

__all__ = ["Schema", "load_schema"]
