"""Rule files as their authors wrote them: reading, parsing, and what is wrong with them."""

from policyengine.syntax.files import find_rule_files, read_source, source_of_text
from policyengine.syntax.parse import parse_expression, parse_file

__all__ = ["find_rule_files", "parse_expression", "parse_file", "read_source", "source_of_text"]
