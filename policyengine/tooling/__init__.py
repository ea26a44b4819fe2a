"""What policy authors use: formatting, lint, examples."""
