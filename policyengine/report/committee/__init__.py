"""The committee's report: counts with small numbers hidden, and how they came about.

`page.py` decides what is said; a template and `markdown.py` write it.
"""
