"""Every code a message can carry, once, with its meaning in a line. Codes are never reused.

Each has a section in `docs/errors.md` and a smallest rejected file in `tests/rejected/`
(or, for faults of schemas, exports and configuration, a test that names it).
"""

SYNTAX: dict[str, str] = {}

# YAML files of every sort (YML) and what they say of records (SCH).
SCHEMA: dict[str, str] = {
    "YML001": "the file cannot be opened",
    "YML002": "the file is too large",
    "YML003": "the file is not UTF-8",
    "YML004": "the file is not YAML",
    "YML005": "an anchor, an alias, a tag or a merge key",
    "YML006": "a key stands twice",
    "YML007": "nested too deep",
    "YML008": "more than one document in a file",
    "YML009": "a key that is not a text",
    "SCH001": "something has the wrong shape: a list, keys and values, or a text was needed",
    "SCH002": "something that a schema needs is missing",
    "SCH003": "an unknown key",
    "SCH004": "an unknown type, or one without what it points at",
    "SCH005": "a word that cannot be a name",
    "SCH006": "a kind called by a word of the language",
    "SCH007": "a field that every record has without its being declared",
    "SCH008": "a field that the kind does not have",
    "SCH009": "a field of the wrong type for its part",
    "SCH010": "a kind that there is not",
    "SCH011": "a code list that there is not",
    "SCH012": "a word that is not one of those that can stand here",
    "SCH013": "a mark that only a date can carry",
    "SCH014": "one word for two things",
    "SCH015": "not a date of the calendar",
    "SCH016": "an unknown time zone",
    "SCH017": "a key of the case on another kind, or of a record on the case",
    "SCH018": "a path that goes on from a field that is no reference",
    "SCH019": "an empty code list, or the same code twice",
}

NAMES: dict[str, str] = {}

TYPES: dict[str, str] = {}

CASES: dict[str, str] = {
    "CAS001": "a case export that cannot be opened",
    "CAS002": "a case export of a form that is not read",
    "CAS003": "a case export that is not text in its encoding",
    "CAS004": "broken JSON in a case export",
    "CAS005": "a case export that is laid out wrongly",
    "CAS006": "a folder of tables without the table of cases",
    "CAS007": "two tables for one kind",
    "CAS008": "a table without a column that it needs",
    "CAS009": "a header that names a column twice, or not at all",
    "CAS010": "a CSV file that cannot be split into columns",
    "CAS011": "export.yaml says something that is not understood",
    "CAS012": "something in a case export is too large",
}

LINTS: dict[str, str] = {}

CODES: dict[str, str] = {**SYNTAX, **SCHEMA, **NAMES, **TYPES, **CASES, **LINTS}
