"""Everyday English, and other languages' words, for what the language says in one way."""

import re
from dataclasses import dataclass

from policyengine.diagnostics import Diagnostic, Fix, Label
from policyengine.syntax.scene import Scene


@dataclass(frozen=True, slots=True)
class Phrase:
    """`written` is what the author wrote, from the place on, or from the token before it (`back`).
    It is meant so where `offered` could have stood, and is better written as `mend`."""

    written: re.Pattern[str]
    offered: str
    mend: str
    why: str
    back: bool = False
    unless_offered: str = ""
    after: str = ""


def _phrase(written: str, offered: str, mend: str, why: str = "", **more: object) -> Phrase:
    pattern = re.compile(rf"(?:{written})(?!\w)", re.IGNORECASE)
    return Phrase(pattern, offered, mend, why, **more)  # type: ignore[arg-type]


_TESTS = (
    r"on\s+or\s+(?:before|after)|on|before|after|at\s+(?:least|most)|(?:more|less)\s+than|within"
    r"|between|one\s+of|recorded|known|open"
)
_CLAUSES = (
    _phrase("if|where", "when", "when", "a rule applies `when` its condition holds"),
    _phrase("shall|has to|have to|needs? to|will", "must", "must", "a duty is `must` or `should`"),
    _phrase("ought to|may|could|might", "must", "should", "a duty is `must` or `should`"),
    _phrase(r"except(?:\s+(?:when|if|where))?|excluding|excludes?", "unless", "unless"),
    _phrase("foreach|forall|for_each|every|each|all", "for", "for each", unless_offered="NAME"),
    _phrase("subject|about|watch(?:es)?", "for", "for each", "the subject is named by `for each`"),
    _phrase("priority|importance|level|grade|risk", "severity", "severity"),
    _phrase("message|says|text|print|warn", "say", "say"),
    _phrase("remedy|action|advice|do|mend|fixes", "fix", "fix"),
    _phrase(r"(?:valid|effective|starting|starts|in force)\s+from", "applies", "applies from"),
    _phrase("tags|label|labels|category|group", "tag", "tag"),
    _phrase("authority|reference|references|basis|law|cites?|sources", "source", "source"),
    _phrase("define|set|var|variable|where", "let", "let", after="rule"),
    _phrase("lp", "learning", "learning point"),
    _phrase("standard|goal|aim", "target", "target at least"),
    _phrase("then|so|otherwise", "must", "", "nothing is needed here: leave it out"),
    _phrase("assert|require|requires|ensure|check", "must", "must"),
    _phrase(r"expects?|expected|outcome|result", "expect", "expect"),
    _phrase("givens|with|when|having|assume", "expect", "given"),
)
_DUTIES = (
    _phrase("not", "have", "not have", "`not` stands before `have`", back=True, after="have not"),
    _phrase("be|ensure|satisfy|hold|that", "show", "show", "a state of affairs is shown"),
    _phrase("contain|include|record|exist|possess|hold", "have", "have"),
    _phrase(r"with\s+in|inside|during|in|by\s+within", "within", "within", unless_offered="is"),
    _phrase(r"no\s+later\s+then", "no", "no later than"),
    _phrase(r"by|not\s+later\s+than|until|up\s+to", "within", "no later than", unless_offered="is"),
    _phrase(r"is(?=\s+(?:within|between|on|before|no|at)\s)", "within", "", "a window has no `is`"),
    _phrase(r"from(?=[^\n]*\bto\b)", "between", "between", "and `and` in place of `to`"),
    _phrase(r"every", "within", "at least every", "again and again is `at least every D from T`"),
    _phrase(
        r"once|one|1\s+every", "every", "", "`at least every 6 months` is enough", after="least"
    ),
    _phrase("then", "than", "than"),
)
_TESTING = (
    _phrase(r"not\s+is", "is", "is not", "`not` stands after `is`"),
    _phrase(rf"not\s+(?:{_TESTS})", "is", "is not ...", "`not` stands after `is`"),
    _phrase(_TESTS, "is", "is ...", "a comparison begins with `is`"),
    _phrase("isn['’]t|isnt|aren['’]t", "is", "is not"),
    _phrase("equals|are|was|were|be|eq", "is", "is"),
    _phrase(r"doesn['’]t|doesnt|do\s+not|don['’]t|did\s+not", "does", "does not"),
    _phrase("contains?|includes?|has|says", "mentions", "mentions", "whole words, case ignored"),
    _phrase("like|matching", "matches", "matches", "a regular expression"),
    _phrase("plus", "+", "+"),
    _phrase("minus", "-", "-"),
    _phrase("but|also|as well as", "and", "and"),
)
_AFTER_IS = (
    _phrase(r"(?:greater|bigger|higher|larger|longer)\s+th[ae]n", "more", "more than", back=True),
    _phrase(r"(?:smaller|fewer|lower|shorter|younger)\s+th[ae]n", "less", "less than", back=True),
    _phrase(r"older\s+th[ae]n", "more", "more than", back=True),
    _phrase(r"no\s+more\s+than|up\s+to|at\s+the\s+most", "at", "at most", back=True),
    _phrase(r"no\s+less\s+than|no\s+fewer\s+than", "at", "at least", back=True),
    _phrase(r"(?:equal\s+to|equals|the\s+same\s+as|same\s+as)", "more", "", back=True),
    _phrase(r"later\s+than", "after", "after", back=True),
    _phrase(r"(?:earlier\s+than|prior\s+to)", "before", "before", back=True),
    _phrase(r"in(?=\s*\()|any\s+of(?=\s*\()|among(?=\s*\()", "one", "one of", back=True),
    _phrase(r"inside|in\s+(?=\d)|with\s+in", "within", "within", back=True),
    _phrase(r"none|nothing", "recorded", "not recorded"),
)
_PLACES = (
    _phrase("every|all|any", "each", "each", "the subject is named by `for each`", after="for"),
    _phrase(r"having|which|whose|such\s+that|that|who", "where", "where"),
    _phrase("called|named|=", "as", "as", unless_offered="is"),
    _phrase("else|default|or else", "otherwise", "otherwise"),
    _phrase("of|on", "at", "at", "the day is given as `as at 2026-02-01`", after="as"),
    _phrase("at", "as", "as at", after="example"),
    _phrase(r"true", "yes", "yes", unless_offered="NAME"),
    _phrase(r"false", "no", "no", unless_offered="NAME"),
    _phrase("pct|per\\s+cent", "percent", "percent"),
    _phrase("reason|since|as", "because", "because"),
    _phrase("to|till|through", "until", "until"),
    _phrase("starting|beginning|since|after", "from", "from"),
    _phrase("are|=|be|to", "is", "is", after="setting"),
    _phrase("is|=|as", "be", "be", after="let"),
    _phrase("is|be|=", "as", "as", after="define"),
    _phrase("in", "from", "from", after="gather"),
)
_VERDICTS = (
    _phrase("pass|passed|passes|ok|compliant|fulfilled|done|complied|complete|true", "met", "met"),
    _phrase("fail|failed|fails|breach|violated|violation|overdue|missed|false", "met", "breached"),
    _phrase("met_late|met-late|late", "met", "met late"),
    _phrase("not_yet_due|not-yet-due|pending|due|outstanding|open", "met", "not yet due"),
    _phrase("cannot_tell|cannot-tell|can['’]t tell|unknown|unclear", "met", "cannot tell"),
    _phrase("not_applicable|not-applicable|na|n|skipped|irrelevant", "met", "not applicable"),
    _phrase("excused|excluded|exception|exempted", "met", "exempt"),
    _phrase("nothing|none|no_finding|no-finding", "met", "no finding"),
)
_ALL = (*_VERDICTS, *_AFTER_IS, *_TESTING, *_PLACES, *_DUTIES, *_CLAUSES)


def explain(scene: Scene) -> Diagnostic | None:
    """The first phrase that stands here and is meant so."""
    for phrase in _ALL:
        start = scene.last_start if phrase.back else scene.offset
        offers = scene.stop.before if phrase.back else scene.stop.offers
        found = phrase.written.match(scene.text, start)
        if found is None or not found.group() or not _meant(scene, phrase, offers):
            continue
        if (
            phrase.back
            and found.end() <= scene.last_end
            and not scene.text.startswith("(", scene.offset)
        ):
            continue
        return _told(scene, phrase, start, found.end())
    if scene.word in ("else", "otherwise") and scene.offers(",") and scene.has_open("if"):
        return _otherwise(scene)
    if scene.last == "have" and scene.word == "not":
        return _turned(scene, "not have", "`not` stands before `have`")
    if scene.last == "not" and scene.word == "show":
        return _turned(
            scene, "show not", "what must not be the case is shown: `must show not (...)`"
        )
    return None


def _meant(scene: Scene, phrase: Phrase, offers: frozenset[str]) -> bool:
    if phrase.offered not in offers or (scene.word in offers and not phrase.back):
        return False
    if phrase.unless_offered and phrase.unless_offered in offers:
        return False
    return not phrase.after or phrase.after in (scene.last, scene.clause_word, scene.item)


def _told(scene: Scene, phrase: Phrase, start: int, end: int) -> Diagnostic:
    written = " ".join(scene.text[start:end].split())
    span = scene.span(start, end)
    mend = phrase.mend
    if mend.endswith("..."):
        mend = mend.removesuffix("...") + written.removeprefix("not ")
    labels: tuple[Label, ...] = scene.why()
    if not mend:
        hint = phrase.why or f"leave `{written}` out"
        return Diagnostic(
            code="SYN019",
            message=f"`{written}` is not needed here",
            span=span,
            found="one word too many",
            labels=labels,
            hints=(hint,),
            fix=Fix(span, ""),
        )
    hint = f"write `{mend}`" + (f": {phrase.why}" if phrase.why else "")
    return Diagnostic(
        code="SYN019",
        message=f"`{written}` is written `{mend}` here",
        span=span,
        found="not a word of the language at this place",
        labels=labels,
        hints=(hint,),
        fix=Fix(span, mend),
    )


def _otherwise(scene: Scene) -> Diagnostic:
    return Diagnostic(
        code="SYN019",
        message=f"`{scene.word}` is written `, otherwise` here",
        span=scene.here,
        found="the last of the choices",
        labels=scene.why(),
        hints=("write `A if CONDITION, B if CONDITION, otherwise C`",),
        fix=Fix(scene.here, ", otherwise"),
    )


def _turned(scene: Scene, mend: str, why: str) -> Diagnostic:
    span = scene.span(scene.last_start, scene.offset + len(scene.word))
    return Diagnostic(
        code="SYN019",
        message=f"`{scene.last} {scene.word}` is written `{mend}` here",
        span=span,
        found="the two words are the wrong way round",
        hints=(f"write `{mend}`: {why}",),
        fix=Fix(span, mend),
    )
