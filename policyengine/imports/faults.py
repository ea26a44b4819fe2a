"""The faults that an export can have, and what a mapping may have done about each."""

from enum import Enum
from typing import Final


class Action(Enum):
    """What is done with a fault, in the spelling of the mapping file."""

    ERROR = "error"
    REJECT = "reject row"
    INVALID = "invalid value"
    WARN = "warn"


class Sort(Enum):
    """What a fault is about: a row as such, a value, a comparison, or several rows at once."""

    ROW = "row"
    VALUE = "value"
    CHECK = "check"
    SEVERAL = "several"


class Fault(Enum):
    """A kind of fault: its name in the mapping and in the load report."""

    RAGGED = "ragged_row"
    NOT_AN_OBJECT = "not_an_object"
    BLANK_KEY = "blank_key"
    BLANK_CASE = "blank_case"
    ORPHAN_CASE = "orphan_case"
    ORPHAN_REFERENCE = "orphan_reference"
    DUPLICATE_KEY = "duplicate_key"
    DRAFT = "draft"
    IN_ERROR = "entered_in_error"
    DELETED = "deleted"
    TEST = "test"
    UNDECLARED_FORMAT = "undeclared_format"
    INVALID_DATE = "invalid_date"
    TWO_DIGIT_YEAR = "two_digit_year"
    PARTIAL_DATE = "partial_date"
    SKIPPED_TIME = "skipped_time"
    NOT_A_NUMBER = "not_a_number"
    LONG_NUMBER = "number_too_long"
    NOT_YES_NO = "not_yes_no"
    UNKNOWN_CODE = "unknown_code"
    LOST_ZERO = "lost_leading_zero"
    INVALID_TEXT = "invalid_text"
    SEVERAL_VALUES = "several_values"
    WRONG_TYPE = "wrong_type"
    NOT_LOOKED_UP = "not_looked_up"
    NHS_NUMBER = "nhs_number"
    BEFORE_PLAUSIBLE = "before_plausible"
    AFTER_EXTRACT = "after_extract"
    END_BEFORE_START = "end_before_start"
    AFTER_DEATH = "after_death"
    WHILE_OPEN = "while_open"
    EXPECTED = "expected"
    OVERLAP = "overlap"
    SHARED_NHS_NUMBER = "shared_nhs_number"
    ID_MAP = "id_map"
    REPEATED_LOOK_UP = "repeated_look_up"


ORPHANS: Final = frozenset({Fault.ORPHAN_CASE, Fault.ORPHAN_REFERENCE})
BESIDE: Final = frozenset({Fault.ID_MAP, Fault.REPEATED_LOOK_UP})
"""Those of tables that belong to no kind."""
LEAVE_OUT: Final = (Fault.DRAFT, Fault.IN_ERROR, Fault.DELETED, Fault.TEST)

_REJECT = (Action.REJECT, Action.ERROR)
_VALUE = (Action.INVALID, Action.REJECT, Action.ERROR)
_CHECK = (Action.WARN, Action.INVALID, Action.REJECT, Action.ERROR)
_ROW_CHECK = (Action.WARN, Action.REJECT, Action.ERROR)
_SEVERAL = (Action.WARN, Action.ERROR)

# What can be done with each; the first is done if the mapping says nothing.
ACTIONS: Final[dict[Fault, tuple[Action, ...]]] = {
    Fault.RAGGED: _REJECT,
    Fault.NOT_AN_OBJECT: _REJECT,
    Fault.BLANK_KEY: _ROW_CHECK,
    Fault.BLANK_CASE: _REJECT,
    Fault.ORPHAN_CASE: _REJECT,
    Fault.ORPHAN_REFERENCE: _CHECK,
    Fault.DUPLICATE_KEY: _REJECT,
    Fault.DRAFT: (Action.REJECT,),
    Fault.IN_ERROR: (Action.REJECT,),
    Fault.DELETED: (Action.REJECT,),
    Fault.TEST: (Action.REJECT,),
    Fault.UNDECLARED_FORMAT: (Action.ERROR, Action.INVALID, Action.REJECT),
    Fault.INVALID_DATE: _VALUE,
    Fault.TWO_DIGIT_YEAR: _VALUE,
    Fault.PARTIAL_DATE: _VALUE,
    Fault.SKIPPED_TIME: _VALUE,
    Fault.NOT_A_NUMBER: _VALUE,
    Fault.LONG_NUMBER: _VALUE,
    Fault.NOT_YES_NO: _VALUE,
    Fault.UNKNOWN_CODE: _VALUE,
    Fault.LOST_ZERO: _VALUE,
    Fault.INVALID_TEXT: _VALUE,
    Fault.SEVERAL_VALUES: _VALUE,
    Fault.WRONG_TYPE: _VALUE,
    Fault.NOT_LOOKED_UP: _VALUE,
    Fault.NHS_NUMBER: _CHECK,
    Fault.BEFORE_PLAUSIBLE: _CHECK,
    Fault.AFTER_EXTRACT: _CHECK,
    Fault.END_BEFORE_START: _CHECK,
    Fault.AFTER_DEATH: _ROW_CHECK,
    Fault.WHILE_OPEN: _ROW_CHECK,
    Fault.EXPECTED: _ROW_CHECK,
    Fault.OVERLAP: _SEVERAL,
    Fault.SHARED_NHS_NUMBER: _SEVERAL,
    Fault.ID_MAP: _SEVERAL,
    Fault.REPEATED_LOOK_UP: (Action.INVALID, Action.WARN, Action.ERROR),
}

# A sentence for each, as a finding or a message says it of a row.
SAYS: Final[dict[Fault, str]] = {
    Fault.RAGGED: "it has more or fewer cells than the header",
    Fault.NOT_AN_OBJECT: "it is not an object",
    Fault.BLANK_KEY: "its key is blank",
    Fault.BLANK_CASE: "it does not say whose it is",
    Fault.ORPHAN_CASE: "there is no such case",
    Fault.ORPHAN_REFERENCE: "the record that it refers to is not there",
    Fault.DUPLICATE_KEY: "another row has the same key and says something else",
    Fault.DRAFT: "it is a draft",
    Fault.IN_ERROR: "it was entered in error",
    Fault.DELETED: "it was deleted",
    Fault.TEST: "it is a test",
    Fault.UNDECLARED_FORMAT: "a date is written in a layout that is not declared",
    Fault.INVALID_DATE: "there is no such date",
    Fault.TWO_DIGIT_YEAR: "a year has two digits",
    Fault.PARTIAL_DATE: "a date lacks its day",
    Fault.SKIPPED_TIME: "the clocks skip that time",
    Fault.NOT_A_NUMBER: "a number is due and something else stands there",
    Fault.LONG_NUMBER: "a number has too many digits",
    Fault.NOT_YES_NO: "yes or no is due and something else stands there",
    Fault.UNKNOWN_CODE: "a code is not in its list",
    Fault.LOST_ZERO: "a code has perhaps lost its leading zero",
    Fault.INVALID_TEXT: "a text is damaged",
    Fault.SEVERAL_VALUES: "several values stand where one is due",
    Fault.WRONG_TYPE: "a value is of another type",
    Fault.NOT_LOOKED_UP: "a value is not in the table in which it is looked up",
    Fault.NHS_NUMBER: "the NHS number fails its check digit",
    Fault.BEFORE_PLAUSIBLE: "a date lies before any that is plausible",
    Fault.AFTER_EXTRACT: "a date lies after the day of the extract",
    Fault.END_BEFORE_START: "it ends before it starts",
    Fault.AFTER_DEATH: "it happened after the person died",
    Fault.WHILE_OPEN: "a field is blank that is due as long as the record is open",
    Fault.EXPECTED: "a field is blank that is always due",
    Fault.OVERLAP: "it overlaps another of its kind",
    Fault.SHARED_NHS_NUMBER: "another case has the same NHS number",
    Fault.ID_MAP: "the table of former ids goes round in a circle, or one leads to two",
    Fault.REPEATED_LOOK_UP: "a table to look things up in has its key twice, with two values",
}


def default_actions() -> dict[Fault, Action]:
    """What is done where the mapping says nothing."""
    return {fault: actions[0] for fault, actions in ACTIONS.items()}
