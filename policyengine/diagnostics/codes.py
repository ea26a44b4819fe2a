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

NAMES: dict[str, str] = {
    "NAM001": "a kind that there is not",
    "NAM002": "a field that the kind does not have",
    "NAM003": "a name that nothing in sight has",
    "NAM004": "a name that could mean two things",
    "NAM005": "a name that would hide another in sight",
    "NAM006": "a name defined twice, or taken by the schema",
    "NAM007": "two versions of a rule in force on one day",
    "NAM008": "definitions that go in a circle",
    "NAM009": "a rule that there is not",
    "NAM010": "a label that the example does not give",
    "NAM011": "a setting that there is not",
    "NAM012": "a kind that has no records of its own in a case here",
    "NAM013": "something given twice in an example",
    "NAM014": "a file without its `policy`, or with two",
}

TYPES: dict[str, str] = {
    "TYP001": "a code that is not in its list",
    "TYP002": "a value where a condition is needed",
    "TYP003": "two values that cannot be compared",
    "TYP004": "dates compared with the words for numbers",
    "TYP005": "`is open` of a field that is never open",
    "TYP006": "`mentions` with something other than words",
    "TYP007": "a regular expression that RE2 refuses",
    "TYP008": "a period of hours or of working days",
    "TYP009": "a sensitive field in a message",
    "TYP010": "`at least every` where it makes no sense",
    "TYP011": "no duty, or two",
    "TYP012": "a value of another type than is needed",
    "TYP013": "a clause that stands twice",
    "TYP014": "`silence` of a duty that looks for nothing",
    "TYP015": "a field that cannot be the event of a duty",
    "TYP016": "a previous or a pair of the case",
    "TYP017": "a sum of what cannot be added",
    "TYP018": "a setting's value of the wrong type",
    "TYP019": "a dated setting out of order",
    "TYP020": "an example's value that does not fit its field",
    "TYP021": "an example that cannot be run as it is written",
    "TYP022": "`is recorded` of something that no one records",
    "TYP023": "a pick or a choice outside a `let`",
    "TYP024": "a version that ends before it starts",
    "TYP025": "a number that cannot be meant",
    "TYP026": "`or the next working day` where nothing rolls",
    "TYP027": "nested too deep, through definitions",
    "TYP028": "a window of another form",
    "TYP029": "a local time that the clocks skip",
    "TYP030": "a choice between values of two types",
    "TYP031": "a gather by something that is no date",
    "TYP032": "a message that would show a whole record",
}

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
