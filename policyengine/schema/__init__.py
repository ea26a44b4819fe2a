"""The schema: what kinds of record there are, what their fields mean, and how they are spelt."""

from policyengine.schema.describe import summary, to_json_schema
from policyengine.schema.from_yaml import load_schema
from policyengine.schema.model import Schema

__all__ = ["Schema", "load_schema", "summary", "to_json_schema"]
