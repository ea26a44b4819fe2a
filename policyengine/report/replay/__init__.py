"""One case day by day, drawn: in the terminal, as one page with a time line, as JSON."""
