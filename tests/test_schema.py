"""A schema as it is read: section 8 of the language reference."""

from datetime import date
from pathlib import Path

import pytest

from policyengine.schema import Schema, load_schema
from policyengine.schema.model import CodeMeaning, FieldType, OwnerRule, Sensitivity
from policyengine.shipped import shipped

PAGE = """
schema: trust-case-record
version: 1
time_zone: Europe/London
calendar: {bank_holidays: england, closed: [2026-12-24]}
codes:
  outcome:
    understood: Understood
    no: "No"
    not known: {label: Not known, means: not_known}
    not stated: {means: not_stated}
    declined: {label: Declined, means: declined_to_say}
    no order: {label: There is no order, means: not_applicable}
kinds:
  case:
    label: service user
    died: died_on
    owner: {kind: team_period, field: team}
    fields:
      team: text
      date_of_birth: {type: date, sensitive: identifier}
      died_on: {type: date, open: true}
  staff:
    shared: true
    fields: {role: text}
  team_period:
    happened: from_on
    fields: {from_on: date, team: text}
  cto:
    label: community treatment order
    plural: ctos
    happened: started_on
    recorded: entered_on
    ended: ended_on
    void_when: entered_in_error
    fields:
      started_on: date
      ended_on: {type: date, open: true}
      expires_on: {type: date, planned: true}
      entered_on: date
      entered_in_error: yes_no
      clinician: ref staff
  rights_discussion:
    happened: date
    ended: [order.ended_on, stopped_at]
    ordered_by: stopped_at
    sensitive: harmful_if_seen
    fields:
      date: {type: date, required: yes}
      order: ref cto
      outcome: {type: code outcome, known_from: graded_on}
      graded_on: date
      stopped_at: datetime
      minutes: number
      notes: {type: text, sensitive: free_text, label: what was said}
"""


def load(tmp_path: Path, text: str) -> tuple[Schema | None, list[tuple[str, int]]]:
    path = tmp_path / "schema.yaml"
    path.write_text(text, "utf-8")
    schema, notes = load_schema(path)
    assert (schema is None) == bool(notes)
    return schema, [(note.code, note.span.line if note.span else 0) for note in notes]


@pytest.fixture
def page(tmp_path: Path) -> Schema:
    schema, notes = load(tmp_path, PAGE)
    assert notes == []
    assert schema is not None
    return schema


def test_the_head_of_a_schema(page: Schema) -> None:
    assert (page.name, page.version, page.time_zone) == ("trust-case-record", "1", "Europe/London")
    assert page.bank_holidays == "england"
    assert page.closed == {date(2026, 12, 24)}
    assert page.died == "died_on"
    assert page.owner == OwnerRule("team_period", "team")


def test_codes_keep_their_spelling_and_their_meaning(page: Schema) -> None:
    codes = page.codes["outcome"].codes
    assert {code: each.means for code, each in codes.items()} == {
        "understood": CodeMeaning.VALUE,
        "no": CodeMeaning.VALUE,
        "not known": CodeMeaning.NOT_KNOWN,
        "not stated": CodeMeaning.NOT_STATED,
        "declined": CodeMeaning.DECLINED,
        "no order": CodeMeaning.NOT_APPLICABLE,
    }
    unknown = [code for code, each in codes.items() if each.is_unknown]
    assert unknown == ["not known", "not stated", "declined"]
    assert codes["no"].label == "No"
    assert codes["not stated"].label == "not stated"


def test_a_kind_says_what_its_records_are(page: Schema) -> None:
    cto, talk = page.kinds["cto"], page.kinds["rights_discussion"]
    assert (cto.label, cto.plural) == ("community treatment order", "ctos")
    assert (talk.label, talk.plural) == ("rights discussion", "rights_discussions")
    assert (cto.happened, cto.recorded, cto.void_when) == (
        "started_on",
        "entered_on",
        "entered_in_error",
    )
    assert cto.ordered_by == "started_on"
    assert talk.ordered_by == "stopped_at"
    assert cto.ended == (("ended_on",),)
    assert talk.ended == (("order", "ended_on"), ("stopped_at",))
    assert talk.sensitive is Sensitivity.HARMFUL
    assert page.kinds["staff"].shared
    assert page.kind_of_plural("ctos") is cto


def test_fields_have_their_types_and_marks_in_order(page: Schema) -> None:
    fields = page.kinds["rights_discussion"].fields
    assert [(each.name, each.type, each.index) for each in fields.values()] == [
        ("date", FieldType.DATE, 0),
        ("order", FieldType.REF, 1),
        ("outcome", FieldType.CODE, 2),
        ("graded_on", FieldType.DATE, 3),
        ("stopped_at", FieldType.DATETIME, 4),
        ("minutes", FieldType.NUMBER, 5),
        ("notes", FieldType.TEXT, 6),
    ]
    assert (fields["order"].target, fields["outcome"].target) == ("cto", "outcome")
    assert fields["date"].required
    assert fields["outcome"].known_from == "graded_on"
    assert (fields["notes"].sensitive, fields["notes"].label) == (
        Sensitivity.FREE_TEXT,
        "what was said",
    )
    assert page.kinds["cto"].fields["ended_on"].open
    assert page.kinds["cto"].fields["expires_on"].planned
    assert fields["graded_on"].label == "graded on"


def test_the_smallest_schema(tmp_path: Path) -> None:
    schema, notes = load(tmp_path, "schema: small\nkinds:\n  case:\n")
    assert notes == []
    assert schema is not None
    assert (schema.time_zone, schema.bank_holidays, schema.owner) == ("Europe/London", None, None)
    assert schema.kinds["case"].fields == {}


def test_the_owner_may_be_a_field_of_the_case(tmp_path: Path) -> None:
    schema, _ = load(tmp_path, "schema: s\nkinds:\n  case: {owner: team, fields: {team: text}}\n")
    assert schema is not None
    assert schema.owner == OwnerRule(None, "team")


@pytest.mark.parametrize("name", ["schema.yaml"])
def test_the_shipped_schema_has_no_fault(name: str) -> None:
    schema, notes = load_schema(shipped("rules") / name)
    assert notes == []
    assert schema is not None
    assert "case" in schema.kinds


# Each: what is changed in the page, and the code and the words that are earned.
WRONG = [
    ("version: 1", "version: [1]", "SCH001", "must be a text"),
    ("fields: {role: text}", "fields: [role]", "SCH001", "keys and values"),
    ("closed: [2026-12-24]", "closed: 2026-12-24", "SCH001", "list of dates"),
    ("schema: trust-case-record\n", "", "SCH002", "`schema:`"),
    ("{type: code outcome, known", "{known", "SCH002", "no `type`"),
    ("owner: {kind: team_period, field: team}", "owner: {kind: team_period}", "SCH002", "`field`"),
    ("planned: true", "planed: true", "SCH003", "did you mean `planned`?"),
    ("    happened: started_on", "    happend: started_on", "SCH003", "did you mean `happened`?"),
    ("time_zone:", "timezone:", "SCH003", "did you mean `time_zone`?"),
    ("bank_holidays:", "holidays:", "SCH003", "`holidays`"),
    ("means: not_stated", "meaning: not_stated", "SCH003", "did you mean `means`?"),
    ("minutes: number", "minutes: numeric", "SCH004", "there is no type `numeric`"),
    ("started_on: date\n", "started_on: dat\n", "SCH004", "did you mean `date`?"),
    ("order: ref cto", "order: ref", "SCH004", "`ref NAME`"),
    ("minutes: number", "minutes: number 3", "SCH004", "nothing follows"),
    ("minutes: number", "Minutes: number", "SCH005", "write `minutes`"),
    ("minutes: number", "2nd_minute: number", "SCH005", "a letter first"),
    ("  staff:\n", "  Staff Member:\n", "SCH005", "write `staff_member`"),
    ("plural: ctos", "plural: CTOs", "SCH005", "write `ctos`"),
    ("  outcome:\n", "  Outcome:\n", "SCH005", "write `outcome`"),
    ("  staff:\n", "  number:\n", "SCH006", "`number`"),
    ("plural: ctos", "plural: days", "SCH006", "`days`"),
    ("minutes: number", "id: text", "SCH007", "without being declared"),
    ("minutes: number", "case_id: text", "SCH007", "without being declared"),
    ("happened: started_on", "happened: start_on", "SCH008", "did you mean `started_on`?"),
    ("order.ended_on", "order.end_on", "SCH008", "did you mean `ended_on`?"),
    ("known_from: graded_on", "known_from: grade_on", "SCH008", "did you mean `graded_on`?"),
    ("died: died_on", "died: dead_on", "SCH008", "did you mean `died_on`?"),
    ("field: team}", "field: teem}", "SCH008", "did you mean `team`?"),
    ("happened: started_on", "happened: entered_in_error", "SCH009", "`started_on`"),
    ("recorded: entered_on", "recorded: clinician", "SCH009", "date"),
    ("void_when: entered_in_error", "void_when: started_on", "SCH009", "yes_no"),
    ("ordered_by: stopped_at", "ordered_by: minutes", "SCH009", "datetime"),
    ("ended: ended_on", "ended: clinician", "SCH009", "must lead to a date"),
    ("known_from: graded_on", "known_from: minutes", "SCH009", "type date"),
    ("graded_on: date", "graded_on: {type: date, known_from: graded_on}", "SCH009", "another"),
    ("died: died_on", "died: team", "SCH009", "date field"),
    ("field: team}", "field: from_on}", "SCH009", "text or a code"),
    ("order: ref cto", "order: ref ctos", "SCH010", "did you mean `cto`?"),
    ("clinician: ref staff", "clinician: ref case", "SCH010", "`case`"),
    ("kind: team_period", "kind: team_perod", "SCH010", "did you mean `team_period`?"),
    ("type: code outcome", "type: code outcomes", "SCH011", "did you mean `outcome`?"),
    ("sensitive: free_text", "sensitive: freetext", "SCH012", "did you mean `free_text`?"),
    ("means: not_known", "means: unknown", "SCH012", "`unknown`"),
    ("shared: true", "shared: maybe", "SCH012", "true or false"),
    ("bank_holidays: england", "bank_holidays: englnd", "SCH012", "did you mean `england`?"),
    (
        "team: text\n      date_of",
        "team: {type: text, open: true}\n      date_of",
        "SCH013",
        "`open`",
    ),
    ("minutes: number", "minutes: {type: number, planned: true}", "SCH013", "`planned`"),
    ("plural: ctos", "plural: staff", "SCH014", "`staff`"),
    (
        "died_on: {type: date, open: true}\n  s",
        "died_on: date\n      cto: text\n  s",
        "SCH014",
        "both",
    ),
    ("closed: [2026-12-24]", "closed: [2026-02-30]", "SCH015", "2026-12-24"),
    ("closed: [2026-12-24]", "closed: [2026-W01-1]", "SCH015", "2026-12-24"),
    ("Europe/London", "Europe/Londn", "SCH016", "Europe/Londn"),
    ("    label: service user", "    happened: died_on", "SCH017", "`happened`"),
    ("    plural: ctos", "    died: ended_on", "SCH017", "the kind `case`"),
    ("ended: [order.ended_on", "ended: [outcome.ended_on", "SCH018", "no reference"),
    ("    declined: {", '    "not known ": {', "SCH019", "same code"),
]

RENAMED = ("  staff:\n", "  outcome:\n")


@pytest.mark.parametrize(("old", "new", "code", "words"), WRONG)
def test_one_mistake_gives_one_message(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    assert PAGE.count(old) >= 1, "the page has changed"
    path = tmp_path / "schema.yaml"
    path.write_text(PAGE.replace(old, new, 1), "utf-8")
    schema, notes = load_schema(path)
    assert schema is None
    told = [(note.code, note.message, note.hints) for note in notes]
    if old in RENAMED:  # whatever refers to the old name is at fault as well
        notes = [note for note in notes if note.code == code]
    assert [note.code for note in notes] == [code], told
    assert words in " ".join((notes[0].message, *notes[0].hints)), told
    assert notes[0].span is not None
    changed = next(
        (n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if new in line), None
    )
    if changed is not None and code != "SCH014":
        assert notes[0].span.line == changed


def test_several_mistakes_give_several_messages(tmp_path: Path) -> None:
    text = (
        "schema: s\nkinds:\n  case: {feilds: {}}\n  cto:\n    happened: on\n    fields: {a: dat}\n"
    )
    assert load(tmp_path, text)[1] == [("SCH003", 3), ("SCH004", 6), ("SCH008", 5)]


def test_a_field_at_fault_is_not_reported_missing_as_well(tmp_path: Path) -> None:
    text = "schema: s\nkinds:\n  case:\n  cto:\n    happened: on\n    fields: {on: dat}\n"
    assert load(tmp_path, text)[1] == [("SCH004", 6)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "SCH002"),
        ("schema: s\n", "SCH002"),
        ("schema: s\nkinds: {cto: {fields: {a: date}}}\n", "SCH002"),
        ("- a\n", "SCH001"),
        ("text", "SCH001"),
        ("schema: s\nkinds: [a]\n", "SCH001"),
        ("schema: s\nkinds: {case: }\ncodes: {outcome: {}}\n", "SCH019"),
        ("[" * 30_000, "YML007"),
        ("schema: &a s", "YML005"),
        ("schema: s\nschema: t\n", "YML006"),
    ],
)
def test_what_is_no_schema_says_so(tmp_path: Path, text: str, code: str) -> None:
    assert [each for each, _ in load(tmp_path, text)[1]] == [code]


def test_a_field_may_be_called_by_a_word_of_the_language(tmp_path: Path) -> None:
    text = "schema: s\nkinds:\n  case:\n  visit: {fields: {number: number, owner: text}}\n"
    assert load(tmp_path, text)[1] == []


def test_default_plurals_do_not_hide_a_kind(tmp_path: Path) -> None:
    text = (
        "schema: s\nkinds:\n  case:\n  alert: {fields: {a: text}}\n  alerts: {fields: {a: text}}\n"
    )
    assert load(tmp_path, text)[1] == [("SCH014", 4)]


def test_a_missing_file_is_one_message(tmp_path: Path) -> None:
    schema, notes = load_schema(tmp_path / "none.yaml")
    assert schema is None
    assert [note.code for note in notes] == ["YML001"]


# --- code lists in files of their own ----------------------------------------------------------

LISTED = """
schema: s
codes:
  outcome: {file: codes/outcome.yaml}
kinds:
  case: {fields: {said: code outcome}}
"""


def listed(
    folder: Path, list_: str | None, schema: str = LISTED
) -> tuple[Schema | None, list[tuple[str, str]]]:
    (folder / "rules" / "codes").mkdir(parents=True)
    if list_ is not None:
        (folder / "rules" / "codes" / "outcome.yaml").write_text(list_, "utf-8")
    path = folder / "rules" / "schema.yaml"
    path.write_text(schema, "utf-8")
    read, notes = load_schema(path)
    at = [Path(note.span.file.name).name if note.span else "" for note in notes]
    return read, [(note.code, name) for note, name in zip(notes, at, strict=True)]


def test_a_code_list_may_stand_in_a_file(tmp_path: Path) -> None:
    schema, notes = listed(tmp_path, "yes: 'Yes'\nunsure: {label: Unsure, means: not_known}\n")
    assert notes == []
    assert schema is not None
    codes = schema.codes["outcome"].codes
    assert [(each.code, each.label, each.is_unknown) for each in codes.values()] == [
        ("yes", "Yes", False),
        ("unsure", "Unsure", True),
    ]


@pytest.mark.parametrize(
    ("list_", "code"),
    [
        (None, "SCH020"),
        ("", "SCH019"),
        ("- yes\n", "SCH001"),
        ("yes: {labl: Yes}\n", "SCH003"),
        ("yes: &a Yes\nno: *a\n", "YML"),
        ("yes: Yes\nyes: No\n", "YML"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(
    tmp_path: Path, list_: str | None, code: str
) -> None:
    schema, notes = listed(tmp_path, list_)
    assert schema is None
    assert notes
    assert all(found.startswith(code) for found, _ in notes)
    inside = list_ is not None and list_ != ""
    assert notes[0][1] == ("outcome.yaml" if inside else "schema.yaml")


@pytest.mark.parametrize(
    "name",
    [
        "../outcome.yaml",
        "codes/../../outcome.yaml",
        "/etc/outcome.yaml",
        "..\\outcome.yaml",
        "c:outcome.yaml",
    ],
)
def test_no_code_list_is_read_from_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "outcome.yaml").write_text("yes: 'Yes'\n", "utf-8")
    schema, notes = listed(tmp_path, "yes: 'Yes'\n", LISTED.replace("codes/outcome.yaml", name))
    assert schema is None
    assert notes == [("SCH020", "schema.yaml")]


def test_nor_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "outcome.yaml").write_text("yes: 'Yes'\n", "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "linked").symlink_to(tmp_path / "elsewhere")
    path = tmp_path / "rules" / "schema.yaml"
    path.write_text(LISTED.replace("codes/", "linked/"), "utf-8")
    schema, notes = load_schema(path)
    assert schema is None
    assert [note.code for note in notes] == ["SCH020"]


def test_a_code_called_file_is_a_code(tmp_path: Path) -> None:
    text = LISTED.replace("{file: codes/outcome.yaml}", "{file: On file, none: None held}")
    schema, notes = listed(tmp_path, None, text)
    assert notes == []
    assert schema is not None
    assert list(schema.codes["outcome"].codes) == ["file", "none"]


def test_the_shipped_lists_are_all_in_use_and_in_files() -> None:
    schema, _ = load_schema(shipped("rules") / "schema.yaml")
    assert schema is not None
    used = {field.target for kind in schema.kinds.values() for field in kind.fields.values()}
    assert set(schema.codes) <= used
    files = {path.stem for path in (shipped("rules") / "codes").iterdir()}
    assert files == set(schema.codes)
