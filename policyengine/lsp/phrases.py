"""What the words of the language say: for hovers, and for what completion writes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clause or a construct: its words, what is written for it (with the protocol's places to
    fill in), and what it means."""

    words: str
    snippet: str
    meaning: str


ITEMS: dict[str, Phrase] = {
    "policy": Phrase(
        "policy",
        'policy "${1:Title}"\n  owner "${2:Committee}"\n  source "${3:Source}"\n'
        "  review by ${4:2027-04-01}\n",
        "What the rules of this file belong to. One a file, first.",
    ),
    "setting": Phrase(
        "setting",
        'setting ${1:name} is ${2:7 days}\n  "${3:Why this number}"\n',
        "A number, a length of time or a list that is the Trust's to choose, with its reason.",
    ),
    "define": Phrase(
        "define",
        "define ${1:kind}.${2:name} as ${3:condition}\n",
        "A field of a kind that is made from its other fields.",
    ),
    "gather": Phrase(
        "gather",
        "gather ${1:name} from\n  ${2:kind} by ${3:date},\n  ${4:kind} by ${5:date}\n",
        "A kind made of events of several kinds, for a duty with several triggers.",
    ),
    "rule": Phrase(
        "rule",
        'rule ${1:ID-01} "${2:What must be so}"\n  severity ${3|medium,low,high,critical|}\n'
        '  source "${4:Where the duty comes from}"\n  for each ${5:kind}\n'
        "  must have a ${6:kind} within ${7:7 days} after ${5:kind}.${8:date}\n",
        "One duty: whom it is about, what must be so, by when, and what excuses.",
    ),
    "example": Phrase(
        "example",
        'example "${1:what it shows}" for ${2:ID-01} as at ${3:2026-02-01}\n'
        "  given ${4:kind}: ${5:field} ${6:value}\n  expect ${7|met,met late,breached,"
        "not yet due,exempt,not applicable,cannot tell|}\n",
        "A small case, and what the rule must say of it. `trustpolicy test` runs it.",
    ),
}

CLAUSES: dict[str, Phrase] = {
    "owner": Phrase("owner", 'owner "${1:Committee}"', "Who answers for the policy."),
    "review": Phrase(
        "review by", "review by ${1:2027-04-01}", "When the policy is looked at next."
    ),
    "severity": Phrase(
        "severity",
        "severity ${1|critical,high,medium,low|}",
        "How grave a breach is; `medium` where nothing is said.",
    ),
    "learning": Phrase(
        "learning point", "learning point ${1:1}", "The learning point that the rule answers."
    ),
    "tag": Phrase("tag", "tag ${1:name}", "Words to group rules by in reports."),
    "source": Phrase(
        "source",
        'source "${1:Act, Code of Practice or policy}"',
        "The authority that the duty comes from. A rule without one earns a remark.",
    ),
    "applies": Phrase(
        "applies from",
        "applies from ${1:2026-04-01}",
        "The dates, both included, between which this version of the rule is in force (S20).",
    ),
    "for": Phrase(
        "for each",
        "for each ${1:kind}",
        "Whom the rule is about: it gives one finding for each of these records (S5). Left out, "
        "it is about the case.",
    ),
    "let": Phrase(
        "let", "let ${1:name} be ${2:value}", "A name for a value, or for a record picked out."
    ),
    "when": Phrase(
        "when",
        "when ${1:condition}",
        "The rule applies only if this holds; otherwise the finding is *not applicable*.",
    ),
    "cannot": Phrase(
        "cannot tell if",
        'cannot tell if ${1:condition}\n  because "${2:reason}"',
        "Where the record cannot show whether the duty was done (S6).",
    ),
    "unless": Phrase(
        "unless",
        'unless ${1:condition}\n  because "${2:reason}"',
        "An exception: what is not met is then *exempt*, with this reason (S6).",
    ),
    "must": Phrase(
        "must",
        "must ${1|have a,not have a,show|} $0",
        "The duty, one a rule. A breach is a breach.",
    ),
    "should": Phrase(
        "should",
        "should ${1|have a,not have a,show|} $0",
        "The duty, one a rule. A breach is reported as a shortfall, and fails no run by default.",
    ),
    "blank": Phrase(
        "blank means breached",
        'blank means breached because "${1:reason}"',
        "In the duty, a condition that only blank fields leave unknown counts as not fulfilled "
        "(S4).",
    ),
    "silence": Phrase(
        "silence means cannot tell",
        'silence means cannot tell because "${1:reason}"',
        "Where nothing at all is recorded, the finding is *cannot tell* and not *breached*: "
        "absence of evidence is not evidence of absence.",
    ),
    "target": Phrase(
        "target at least",
        "target at least ${1:95} percent",
        "The standard that reports judge the rate against.",
    ),
    "say": Phrase(
        "say", 'say "${1:sentence}"', "The sentence for a breach. `{...}` holds an expression."
    ),
    "fix": Phrase("fix", 'fix "${1:sentence}"', "What to do about a breach."),
    "given": Phrase(
        "given", "given ${1:kind}: ${2:field} ${3:value}", "A record of the example's case."
    ),
    "expect": Phrase("expect", "expect ", "What the rule must say of the example's case."),
}

CONSTRUCTS: dict[str, str] = {
    "within": "A window: from the one end to the other, both included. Days last until the end of "
    "the day (S15), hours are elapsed time (S16).",
    "between": "A window from the one to the other, both ends included.",
    "every": "All records of a kind; over none at all it is true (S19).",
    "as_at": "The date as at which the rules are judged, to the end of that day (S1).",
    "recorded": "Whether something was filled in: a value, or that the value is not known (S4).",
    "known": "Whether a value is known: neither blank nor recorded as unknown (S4).",
    "open": "Whether the date has not happened yet: a blank `open` field (S1).",
    "previous": "The record before this one, in the kind's order; a first one has none (S5).",
    "latest": "The last record, in the kind's order, of those that qualify (S19, S22).",
    "earliest": "The first record, in the kind's order, of those that qualify (S19, S22).",
    "counting": "T is day one: a period that begins with that day (S15).",
    "repeats": "Whether two texts have the same words in the same order (S21).",
    "mentions": "Whether the words stand in a text, one after another (S21).",
    "similarity": "200 times the shared words over the words of both, from 0 to 100 (S21).",
    "age": "Reached on the birthday (S18).",
    "deadline": "The last moment at which the duty can still be done in time.",
    "working": "Saturdays, Sundays, bank holidays and closed days are passed over (S17).",
}

VERDICTS: dict[str, str] = {
    "met": "the duty was done, in time",
    "met late": "it was done, after its deadline",
    "breached": "it was not done and its deadline has passed; or something forbidden happened",
    "not yet due": "it is not surely done, and the deadline has not passed",
    "exempt": "it is not met, and an `unless` holds",
    "not applicable": "the rule does not apply to this subject, or the duty ended early",
    "cannot tell": "the record does not say",
    "no finding": "the rule says nothing of the case: there is no such subject",
}
