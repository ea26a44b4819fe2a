"""What kinds of record there are, what fields they have, and what may be said of them."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum


class FieldType(Enum):
    """The declared types of section 8 of the language reference."""

    TEXT = "text"
    CODE = "code"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    REF = "ref"


class Sensitivity(Enum):
    """Why a value, or the existence of a finding, is not shown by default."""

    IDENTIFIER = "identifier"
    THIRD_PARTY = "third_party"
    FREE_TEXT = "free_text"
    HARMFUL = "harmful_if_seen"


class CodeMeaning(Enum):
    """What a code says: a value, or that the value is recorded as unknown (S4).

    `NOT_APPLICABLE` is a value: somebody looked, and the question does not arise. It is known,
    it is compared like any other code, and it is told apart only so that whoever reads or draws
    up an export can see which code says so.
    """

    VALUE = "value"
    NOT_APPLICABLE = "not_applicable"
    NOT_KNOWN = "not_known"
    NOT_STATED = "not_stated"
    DECLINED = "declined_to_say"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list: as it stands in the data, its label, its class of meaning."""

    code: str
    label: str
    means: CodeMeaning = CodeMeaning.VALUE

    @property
    def is_unknown(self) -> bool:
        """Whether the code says that the value is not known, whatever the reason."""
        return self.means not in (CodeMeaning.VALUE, CodeMeaning.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list of codes, in the order of the file."""

    name: str
    codes: dict[str, Code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a kind. `index` is its place in a record's tuple of values.

    `target` is the code list's name for CODE, the kind's name for REF. `known_from` names the
    field before whose date this value was not known (S1).
    """

    name: str
    type: FieldType
    index: int
    target: str | None = None
    label: str = ""
    required: bool = False
    open: bool = False
    planned: bool = False
    known_from: str | None = None
    sensitive: Sensitivity | None = None


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Which team answers for a finding: a field of the case (`kind` None), or of the record of
    `kind` whose span (happened to ended) holds the deadline."""

    kind: str | None
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of record. Every kind but `case` also has an `id`, which is not among `fields`.

    `ended` holds paths of field names from the record (`("order", "ended_on")`); the earliest
    ends the duties about it (S14). `happened`, `recorded`, `ordered_by`, `void_when` are names
    of its own fields. `ordered_by` is `happened` where the schema says nothing.
    """

    name: str
    label: str
    plural: str
    fields: dict[str, Field]
    happened: str | None = None
    recorded: str | None = None
    ended: tuple[tuple[str, ...], ...] = ()
    ordered_by: str | None = None
    void_when: str | None = None
    sensitive: Sensitivity | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A whole schema. `kinds` includes `case`. `closed` are days that are no working days beside
    the bank holidays of `bank_holidays` (`england`, or None for none)."""

    name: str
    version: str
    time_zone: str
    kinds: dict[str, Kind]
    codes: dict[str, CodeList] = field(default_factory=dict)
    bank_holidays: str | None = None
    closed: frozenset[date] = frozenset()
    died: str | None = None
    owner: OwnerRule | None = None

    def kind_of_plural(self, word: str) -> Kind | None:
        """The kind whose plural this word is, if there is one."""
        return next((kind for kind in self.kinds.values() if kind.plural == word), None)
