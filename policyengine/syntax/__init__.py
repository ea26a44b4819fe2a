"""Rule files as their authors wrote them: reading, parsing, and what is wrong with them."""

from policyengine.syntax.parse import parse_expression, parse_file

__all__ = ["parse_expression", "parse_file"]
