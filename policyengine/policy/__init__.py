"""Names and types settled: a syntax tree becomes a plan, or messages."""
