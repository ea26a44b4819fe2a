"""Volume: the same meaning, compiled to statements that DuckDB runs over all cases at once."""
