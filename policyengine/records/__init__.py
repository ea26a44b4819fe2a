"""Case exports, read and typed by the schema, and seen as at a date."""
