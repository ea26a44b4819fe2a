"""The sample case load: two hundred invented service users, made from a seed.

`python -m tools.sample` writes `rules/sample/cases.jsonl` and the two small files beside it.
Everybody in it is invented, and so is every word that is said of them.
"""
