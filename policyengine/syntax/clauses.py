"""The clauses of a rule, from the grammar's alternatives to nodes of the tree."""

from typing import Any, Literal

from policyengine.syntax import errors
from policyengine.syntax.bench import Part
from policyengine.syntax.duties import DutyBuilder
from policyengine.syntax.expressions import valued
from policyengine.syntax.guess import nearest
from policyengine.syntax.literals import text_value
from policyengine.syntax.templates import TemplateReader
from policyengine.syntax.tree import (
    Applies,
    BlankMeansBreached,
    CannotTellIf,
    Choice,
    Companion,
    DutyClause,
    Expr,
    FixClause,
    ForEach,
    LearningPoint,
    Let,
    Say,
    SeverityClause,
    SilenceMeansCannotTell,
    Source,
    Tags,
    Target,
    Unless,
    When,
)
from policyengine.syntax.words import SEVERITIES


class ClauseBuilder(TemplateReader, DutyBuilder):
    """One method for each clause."""

    def severity(self, kids: list[Any]) -> SeverityClause:
        level = kids[1]
        if level.text not in SEVERITIES:
            guess = nearest(level.text, SEVERITIES)
            self.note(errors.no_such_severity(level.span, SEVERITIES, guess))
        return SeverityClause(span=self.span(kids), level=level)

    def learning_point(self, kids: list[Any]) -> LearningPoint:
        number = self.count(kids[2], "a learning point")
        return LearningPoint(span=self.span(kids), number=number)

    def tags(self, kids: list[Any]) -> Tags:
        return Tags(span=self.span(kids), names=tuple(kids[1::2]))

    def source(self, kids: list[Any]) -> Source:
        _, text, _, quoting = kids
        return Source(
            span=self.span(kids),
            text=text_value(text),
            quoting=None if quoting is None else text_value(quoting),
        )

    def applies(self, kids: list[Any]) -> Applies:
        _, _, first, _, last = kids
        return Applies(
            span=self.span(kids),
            first=self.day(first),
            last=None if last is None else self.day(last),
        )

    def previous(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), kids[-1])

    def companion(self, kids: list[Any]) -> Companion:
        _, _, kind, alias, where = kids
        return Companion(span=self.span(kids), kind=kind, alias=valued(alias), where=valued(where))

    def for_each(self, kids: list[Any]) -> ForEach:
        _, _, kind, alias, where, previous, companion = kids
        return ForEach(
            span=self.span(kids),
            kind=kind,
            alias=valued(alias),
            where=valued(where),
            previous=valued(previous),
            companion=companion,
        )

    def let(self, kids: list[Any]) -> Let:
        return Let(span=self.span(kids), name=kids[1], value=kids[3])

    def option(self, kids: list[Any]) -> Part:
        value, _, condition = kids
        return Part(self.span(kids), (self.joined(value), self.joined(condition)))

    def choice(self, kids: list[Any]) -> Expr:
        options = tuple(kid.value for kid in kids[:-3:2])
        otherwise = self.joined(kids[-1])
        node = Choice(span=self.span(kids), options=options, otherwise=otherwise)
        return self.deep(node, otherwise, *(part for option in options for part in option))

    def when(self, kids: list[Any]) -> When:
        return When(span=self.span(kids), condition=kids[1])

    def cannot_tell_if(self, kids: list[Any]) -> CannotTellIf:
        because = text_value(kids[-1])
        return CannotTellIf(span=self.span(kids), condition=kids[3], because=because)

    def unless(self, kids: list[Any]) -> Unless:
        return Unless(span=self.span(kids), condition=kids[1], because=text_value(kids[-1]))

    def must(self, kids: list[Any]) -> DutyClause:
        force: Literal["must", "should"] = "must" if kids[0] == "must" else "should"
        return DutyClause(span=self.span(kids), force=force, duty=kids[1])

    should = must

    def blank_means_breached(self, kids: list[Any]) -> BlankMeansBreached:
        return BlankMeansBreached(span=self.span(kids), because=text_value(kids[-1]))

    def silence_means_cannot_tell(self, kids: list[Any]) -> SilenceMeansCannotTell:
        return SilenceMeansCannotTell(span=self.span(kids), because=text_value(kids[-1]))

    def target(self, kids: list[Any]) -> Target:
        number = kids[3]
        percent = self.amount(number)
        if percent > 100:
            self.note(errors.bad_percent(self.place(number)))
        return Target(span=self.span(kids), percent=percent)

    def say(self, kids: list[Any]) -> Say:
        return Say(span=self.span(kids), text=self.template(kids[1]))

    def fix(self, kids: list[Any]) -> FixClause:
        return FixClause(span=self.span(kids), text=self.template(kids[1]))
