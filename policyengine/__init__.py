"""A policy engine: duties in a readable language, judged over case records."""

__version__ = "0.1.0"
