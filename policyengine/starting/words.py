"""What the columns of real exports are called: other words for the kinds and fields of a schema.

Only a help to the eye: what is suggested by a name is confirmed by somebody, or struck out.
"""

import re
from functools import cache
from typing import Final

# Other words for kinds, as files and sheets are called. A kind of a schema that is not here is
# known by its own name and label.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "case": (
        "patient",
        "patients",
        "client",
        "clients",
        "mpi",
        "demographics",
        "caseload",
        "person",
    ),
    "team_period": ("team", "service type referred to", "ward stay", "other service type"),
    "referral": ("referral", "referral in", "episode of care", "service request"),
    "key_worker": ("key worker", "care coordinator", "lead professional"),
    "hospital_stay": (
        "hospital provider spell",
        "hosp prov spell",
        "admission",
        "inpatient",
        "spell",
    ),
    "contact": ("care contact", "appointment", "visit", "encounter", "activity"),
    "cto": ("community treatment order", "comm treat order", "cto", "cto register", "mha cto"),
    "cto_recall": ("recall", "comm treat order recall", "cto recall", "form cto recall"),
    "cto_period": ("extension", "cto extension", "renewal"),
    "rights_discussion": ("rights", "section rights", "form rights", "explanation of rights"),
    "risk_review": ("risk review", "form risk review"),
    "risk_assessment": ("risk assessment", "risk summary", "core risk"),
    "incident": ("incident", "datix", "ulysses"),
    "da_enquiry": ("routine enquiry", "domestic abuse enquiry"),
    "disclosure": ("disclosure",),
    "alert": ("alert", "flag", "warning"),
    "dash_assessment": ("dash", "dash ric"),
    "keeping_safe_plan": ("keeping safe plan", "safety plan"),
    "care_plan": ("care plan", "care plan type", "care plans"),
    "care_plan_review": ("care plan review", "care plan agreement"),
    "s117": ("section aftercare", "aftercare"),
    "carer": ("carer", "carers", "related person", "relationship", "patient relationship"),
    "engagement_offer": ("carer offer", "offer", "form carer offer", "communication"),
}

# Other words for fields, for every kind that has a field of that name.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "nhs_number": ("nhs number", "nhs no"),
    "date_of_birth": ("date of birth", "birth date", "person birth date", "date birth", "dob"),
    "died_on": ("date of death", "death date", "pers death date", "date death", "deceased"),
    "team": ("team", "team description", "team name", "care prof team local"),
    "accepted_on": (
        "period start",
        "accepted date",
        "date accepted",
        "referral request received date",
        "referral date",
    ),
    "closed_on": (
        "period end",
        "discharge date",
        "serv disch date",
        "closed date",
        "end date",
        "date closed",
    ),
    "entered_on": (
        "create date",
        "created date",
        "date recorded",
        "entered date",
        "date event recorded",
    ),
    "entered_at": (
        "create date",
        "created date",
        "date recorded",
        "created",
        "date event recorded",
    ),
    "entered_in_error": ("deleted", "entered in error", "removed data", "deleted date"),
    "from_on": ("period start", "start date", "from date", "date from"),
    "until_on": ("period end", "end date", "until date", "date to", "refer closure date"),
    "admitted_at": (
        "period start",
        "admission date",
        "date admission",
        "start date hosp prov spell",
    ),
    "discharged_at": (
        "period end",
        "discharge date",
        "date discharge",
        "disch date hosp prov spell",
    ),
    "happened_at": (
        "period start",
        "contact date",
        "appointment date",
        "care cont date",
        "date event",
    ),
    "attended": ("attended", "attend status", "attendance", "attend or dna code"),
    "with_patient": ("patient seen", "care cont subj"),
    "method": ("contact method", "cons mechanism mh", "consultation medium"),
    "started_on": ("start date", "order start", "start date comm treat ord", "section start"),
    "ended_on": ("end date", "ended", "end date comm treat ord"),
    "end_reason": ("end reason", "comm treat ord end reason"),
    "expires_on": ("expiry date", "expires", "expiry date comm treat ord"),
    "date": (
        "occurrence date time",
        "authored",
        "sent",
        "effective date time",
        "assessment date",
        "date",
        "event date",
        "date given",
        "review date",
        "date event",
    ),
    "order": ("order", "section", "cto ref"),
    "decided_at": (
        "decision date time",
        "decided",
        "start date comm treat ord recall",
        "recall date",
    ),
    "served_at": ("served date time", "notice served"),
    "detained_at": ("arrived date time", "arrived", "detained"),
    "ended_at": ("released", "ended date time", "end date comm treat ord recall"),
    "created_on": ("created", "care plan creat date", "plan date", "made", "created date"),
    "last_update_on": (
        "last update date",
        "care plan last update date",
        "last changed",
        "last updated",
    ),
    "plan": ("care plan", "plan ref"),
    "opened_on": ("period start", "start date", "opened", "date from"),
    "identified_on": ("period start", "date identified", "identified date", "start date"),
    "pulled_from": ("original note",),
    "narrative": ("narrative", "summary", "free text", "comments"),
    "outcome": ("outcome", "understood"),
    "in_writing": ("written", "in writing", "leaflet given"),
    "spoken": ("oral", "verbal", "verbally"),
}

_SHORT: Final = {
    "dob": "date of birth",
    "dod": "date of death",
    "dt": "date",
    "dttm": "date time",
    "datetime": "date time",
    "no": "number",
    "num": "number",
    "nhsnumber": "nhs number",
    "adm": "admission",
    "pt": "patient",
    "ref": "ref",
    "desc": "description",
    "hosp": "hosp",
}
_EMPTY: Final = frozenset(
    {"the", "of", "on", "at", "id", "identifier", "form", "type12", "row", "local"}
)
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
WHOSE: Final = frozenset(
    {
        "patient",
        "client",
        "person",
        "patient id",
        "client id",
        "person id",
        "local patient id",
        "hospital no",
        "hospital number",
        "id patient",
        "patient reference",
        "subject reference",
        "rio id",
        "case id",
        "service user id",
        "patient no",
        "patient number",
        "client no",
    }
)
_ID_ENDS: Final = frozenset({"id", "identifier", "ref", "no", "number", "key", "guid"})


def parts(name: str) -> list[str]:
    """The words of a column's name: `StartDateCommTreatOrd` is start, date, comm, treat, ord."""
    return [part.lower() for part in _PARTS.findall(name)]


@cache
def plain(name: str) -> str:
    """A name in plain words, without those that say nothing."""
    words = " ".join(_SHORT.get(part, part) for part in parts(name)).split()
    return " ".join(word for word in words if word not in _EMPTY and not word.isdigit())


def is_whose(name: str) -> bool:
    """Whether a column says by its name whose the row is."""
    return " ".join(parts(name)) in WHOSE


def is_id(name: str) -> bool:
    """Whether a column is called like an id."""
    words = parts(name)
    return bool(words) and (words[-1] in _ID_ENDS or words[0] == "id")
