"""The seven verdicts. They partition the subjects of a rule."""

from enum import Enum


class Verdict(Enum):
    """What a finding says of a duty, in the spelling of the JSON report."""

    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    NOT_YET_DUE = "not_yet_due"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"

    @property
    def words(self) -> str:
        """As people say it: `met late`, `cannot tell`."""
        return self.value.replace("_", " ")


class Force(Enum):
    """Whether a duty binds (`must`) or is expected (`should`)."""

    MUST = "must"
    SHOULD = "should"


class Gravity(Enum):
    """How grave a breach is, gravest first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Gravity).index(self)
