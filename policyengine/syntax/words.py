"""The words of the language: which are reserved, and what begins a clause or an item."""

RESERVED: tuple[str, ...] = (
    *("and", "or", "not", "yes", "no", "any", "all", "none", "there", "every", "number"),
    *("similarity", "total", "highest", "lowest", "latest", "earliest", "later", "earlier"),
    *("days", "age", "start", "end", "as_at", "is", "does", "where", "as"),
)
"""The words that begin or join an expression: they cannot stand bare as a name."""

TOP_LEVEL: tuple[str, ...] = ("policy", "setting", "define", "gather", "rule", "example")
"""The words that begin what stands at top level; after a mistake, reading goes on at the next."""

HEADER_CLAUSES: tuple[str, ...] = ("owner", "source", "review")
RULE_CLAUSES: tuple[str, ...] = (
    *("severity", "learning", "tag", "source", "applies", "for", "let", "when", "cannot"),
    *("unless", "must", "should", "blank", "silence", "target", "say", "fix"),
)
EXAMPLE_CLAUSES: tuple[str, ...] = ("given", "expect")

SEVERITIES: tuple[str, ...] = ("critical", "high", "medium", "low")

UNITS: tuple[str, ...] = ("minute", "hour", "day", "week", "month", "year")
