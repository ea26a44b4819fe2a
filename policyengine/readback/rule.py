"""A rule in plain English, section by section, in the order in which it is judged (S5, S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from policyengine.plan import core
from policyengine.readback.blocks import Block, ReadBack, Said, Section, full_stop
from policyengine.readback.conditions import condition, is_condition, such
from policyengine.readback.defined import meanings
from policyengine.readback.duties import duty
from policyengine.readback.gaps import cannot_tell, gaps
from policyengine.readback.here import Here, here_of_rule
from policyengine.readback.names import Names, Owner
from policyengine.readback.rates import rates
from policyengine.readback.values import Tails, setting_values, value
from policyengine.readback.words import day_words, quoted
from policyengine.readback.worked import worked_days
from policyengine.schema.bank_holidays import calendar_of
from policyengine.values.calendar import Calendar


def read_back(rule: core.Rule, plan: core.Plan, names: Names, calendar: Calendar) -> ReadBack:
    """One version of a rule: who is looked at, what must be there, exceptions, gaps, the time
    limit worked out, what its words mean, where it comes from."""
    return ReadBack(
        rule=rule.id,
        title=rule.title,
        in_force=in_force(rule),
        facts=tuple(_facts(rule)),
        sections=tuple(sections(rule, plan, names, calendar)),
    )


def sections(
    rule: core.Rule, plan: core.Plan, names: Names, calendar: Calendar
) -> Iterator[Section]:
    """The sections that a rule has, one after another."""
    here = here_of_rule(plan, names, calendar.zone, rule)
    made: tuple[tuple[str, str, Callable[[], Iterable[Block]]], ...] = (
        ("who", "Who is looked at", lambda: _who(rule, here)),
        ("lets", "Short names used in this rule", lambda: _lets(rule, here)),
        ("when", "When it applies", lambda: _when(rule, here)),
        ("duty", "What is asked", lambda: duty(rule, here)),
        ("worked", "Worked days", lambda: worked_days(rule, here, calendar)),
        ("unless", "Exceptions", lambda: _unless(rule, here)),
        ("cannot_tell", "What the record cannot show", lambda: cannot_tell(rule, here)),
        ("gaps", "What silence and blanks mean", lambda: gaps(rule, here)),
        ("meanings", "What its words mean", lambda: meanings(rule, here)),
        ("settings", "Settings", lambda: _settings(rule, here)),
        ("rates", "Who is in the rate", lambda: rates(rule, here)),
        ("messages", "What staff are told", lambda: _messages(rule, here)),
        ("sources", "Where it comes from", lambda: _sources(rule)),
    )
    for key, heading, blocks in made:
        found = tuple(blocks())
        if found:
            yield Section(key, heading, found)


def in_force(rule: core.Rule) -> str:
    """When a version applies: `from 3 November 2008 until 31 December 2098`; empty: always."""
    first, last = rule.applies_from, rule.applies_until
    words = [f"from {day_words(first)}"] if first else []
    words += [f"until {day_words(last)}"] if last else []
    return " ".join(words)


def _facts(rule: core.Rule) -> Iterator[str]:
    yield f"severity {rule.gravity.value}"
    if rule.learning_point is not None:
        yield f"learning point {rule.learning_point}"
    if rule.tags:
        yield f"tags {', '.join(rule.tags)}" if len(rule.tags) > 1 else f"tag {rule.tags[0]}"


# --- who ----------------------------------------------------------------------------------------


def _who(rule: core.Rule, here: Here) -> Iterator[Block]:
    subject, names = rule.subject, here.names
    lead = f"Every {names.kind(subject.kind)}"
    looked = here.looking_at(subject.slot)
    if subject.where is None:
        yield Said(f"{lead}.")
    else:
        which = condition(subject.where, looked)
        yield full_stop(Said(f"{lead} where {which.text}", which.items))
    if subject.previous is not None:
        noun = names.kind(subject.kind)
        yield Said(
            f"Each is looked at beside the one before it, “the previous {noun}” below"
            f"{' (of those just named)' if subject.where is not None else ''}. "
            "The first has none before it, and the rule does not apply to it."
        )
    if subject.companion is not None:
        yield from _pairs(rule, subject.companion, here)
    yield from _ends(rule, here)


def _pairs(rule: core.Rule, companion: core.Companion, here: Here) -> Iterator[Block]:
    other = "other " if companion.kind == rule.subject.kind else ""
    lead = f"Each is looked at once with every {other}{here.names.kind(companion.kind)}"
    if companion.where is None:
        yield Said(f"{lead} of the same person.")
        return
    which = condition(companion.where, here.looking_at(companion.slot))
    yield full_stop(Said(f"{lead} of the same person where {which.text}", which.items))


def _ends(rule: core.Rule, here: Here) -> Iterator[Block]:
    """S14: what ends the duty, and what does not because the time is counted from it."""
    kind = here.plan.schema.kinds[rule.subject.kind]
    owner = here.slots[rule.subject.slot]
    ending = [path for path in kind.ended if path not in rule.kept_open]
    ends = [_path(kind.name, path, owner, here) for path in ending]
    if here.plan.schema.died is not None and not rule.ignores_death:
        ends.append(_path("case", (here.plan.schema.died,), here.slots[0], here))
    kept = [_path(kind.name, path, owner, here) for path in sorted(rule.kept_open)]
    if rule.ignores_death and here.plan.schema.died is not None:
        kept.append(_path("case", (here.plan.schema.died,), here.slots[0], here))
    if ends:
        first = " or ".join(ends)
        yield Said(
            f"The duty ends on {first}, whichever comes first: a breach before then stands, "
            "and nothing is asked after it."
            if len(ends) > 1
            else f"The duty ends on {first}: a breach before then stands, and nothing is asked "
            "after it."
        )
    for each in kept:
        yield Said(f"It is not ended by {each}, since its time is counted from that.")


def _path(kind: str, path: tuple[str, ...], owner: Owner, here: Here) -> str:
    for step in path[:-1]:
        target = here.plan.schema.kinds[kind].fields[step].target
        assert target is not None, "the schema follows references only"
        owner = Owner(f"the {here.noun(target)} of {owner.phrase}")
        kind = target
    return here.names.field(kind, path[-1], owner)


# --- when, lets, exceptions ---------------------------------------------------------------------


def _lets(rule: core.Rule, here: Here) -> Iterator[Block]:
    for let in rule.lets:
        yield full_stop(_let(let, here))


def _let(let: core.Let, here: Here) -> Said:
    name = quoted(let.name.replace("_", " "))
    match let.value:
        case core.Choice(options=options, otherwise=otherwise):
            items = []
            for each, when in options:
                holds = condition(when, here)
                items.append(Said(f"{value(each, here)}, if {holds.text}", holds.items))
            items.append(Said(f"{value(otherwise, here)} otherwise"))
            return Said(f"{name} is the first of these that fits:", tuple(items))
        case core.Pick(which=which, records=records):
            noun = here.names.kind(records.kind) + here.included(records.kind)
            return such(f"{name} is the {which} {noun}", records, here)
        case _ if is_condition(let.value, here):
            holds = condition(let.value, here)
            return holds.prefixed(f"{name} holds where ")
        case _:
            tails: Tails = []
            words = f"{name} is {value(let.value, here, tails)}"
            if not tails:
                return Said(words)
            return Said(f"{words}, {tails[0].text}", tails[0].items)


def _when(rule: core.Rule, here: Here) -> Iterator[Block]:
    if rule.when is not None:
        holds = condition(rule.when, here)
        yield full_stop(Said(f"The rule applies only if {holds.text}", holds.items))
    if rule.applies_from or rule.applies_until:
        day = "the as-at date" if rule.trigger is None else value(rule.trigger, here)
        yield Said(f"This version holds where {day} falls {_span(rule)}.")


def _span(rule: core.Rule) -> str:
    first, last = rule.applies_from, rule.applies_until
    if first and last:
        return f"from {day_words(first)} to {day_words(last)}, both days included"
    if first:
        return f"on {day_words(first)} or later"
    assert last is not None
    return f"on {day_words(last)} or earlier"


def _unless(rule: core.Rule, here: Here) -> Iterator[Block]:
    for each in rule.unless:
        holds = condition(each.condition, here)
        yield full_stop(holds.prefixed(f"{quoted(each.text)}, if "))
    if rule.unless:
        yield Said(
            "An exception excuses what was not done or done late; what was done in time stays met."
        )


# --- settings, messages, sources ----------------------------------------------------------------


def _settings(rule: core.Rule, here: Here) -> Iterator[Block]:
    for name in rule.settings:
        found = here.plan.settings[name]
        local = " (set by this Trust)" if found.local else ""
        why = f" {found.why}" if found.why else ""
        yield Said(f"{quoted(name.replace('_', ' '))}: {setting_values(name, here)}{local}.{why}")
    if any(here.plan.settings[name].is_dated for name in rule.settings):
        if isinstance(rule.duty, core.HaveEvery):
            yield Said("A value that depends on the day is the one in force when each gap starts.")
        else:
            day = "the as-at date" if rule.trigger is None else value(rule.trigger, here)
            yield Said(f"A value that depends on the day is the one in force on {day}.")


def _messages(rule: core.Rule, here: Here) -> Iterator[Block]:
    if rule.say is not None:
        yield Said(f"If it is breached: {_message(rule.say, here)}")
    if rule.fix is not None:
        yield Said(f"What to do: {_message(rule.fix, here)}")


def _message(message: core.Message, here: Here) -> str:
    return "".join(
        part if isinstance(part, str) else f"⟨{value(part, here)}⟩" for part in message.parts
    )


def _sources(rule: core.Rule) -> Iterable[Block]:
    for source in rule.sources:
        yield Said(f"{source.text}: {quoted(source.quoting)}" if source.quoting else source.text)
    if rule.policy:
        owner = f", owned by {rule.policy_owner}" if rule.policy_owner else ""
        yield Said(f"It stands in the policy {quoted(rule.policy)}{owner}.")


def calendar_for(plan: core.Plan) -> Calendar:
    """The calendar of a plan's schema."""
    return calendar_of(plan.schema)
