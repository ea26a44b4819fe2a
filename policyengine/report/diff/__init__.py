"""What changed between two rule sets, drawn: in the terminal, as Markdown for a pull request, as a
page, as JSON."""
