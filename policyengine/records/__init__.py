"""Case exports: read, typed by the schema, counted row by row, and seen as at a date."""

from policyengine.records.errors import ExportError
from policyengine.records.given import records_from_given
from policyengine.records.model import Export
from policyengine.records.opening import open_export

__all__ = ["Export", "ExportError", "open_export", "records_from_given"]
