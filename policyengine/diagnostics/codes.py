"""Every code a message can carry, once, with its meaning in a line. Codes are never reused.

Each has a section in `docs/errors.md` and a smallest rejected file in `tests/rejected/`
(or, for faults of schemas, exports and configuration, a test that names it).
"""

SYNTAX: dict[str, str] = {}

SCHEMA: dict[str, str] = {}

NAMES: dict[str, str] = {}

TYPES: dict[str, str] = {}

CASES: dict[str, str] = {}

LINTS: dict[str, str] = {}

CODES: dict[str, str] = {**SYNTAX, **SCHEMA, **NAMES, **TYPES, **CASES, **LINTS}
