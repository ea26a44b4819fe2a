"""Examples, from the grammar's alternatives to nodes of the tree."""

from typing import Any

from policyengine.syntax import errors
from policyengine.syntax.bench import Part
from policyengine.syntax.clauses import ClauseBuilder
from policyengine.syntax.expressions import valued
from policyengine.syntax.literals import text_value
from policyengine.syntax.tree import (
    Example,
    Expect,
    Given,
    GivenField,
    GivenNoHistory,
    GivenSetting,
    Name,
    Path,
)
from policyengine.syntax.words import EXAMPLE_CLAUSES
from policyengine.values.verdict import Verdict

_VERDICTS: dict[str, Verdict | None] = {
    **{verdict.words: verdict for verdict in Verdict},
    "no finding": None,
}


class ExampleBuilder(ClauseBuilder):
    """`example` with its `given` and `expect` lines."""

    def label(self, kids: list[Any]) -> Path:
        """A label is one word; that of a gathered record has a dot in it."""
        span = self.span(kids)
        text = "".join(str(kid) for kid in kids if kid is not None)
        return Path(span=span, parts=(Name(span=span, text=text),))

    def given_field(self, kids: list[Any]) -> GivenField:
        self._check_comma(kids[0])
        return GivenField(span=self.span(kids), field=kids[0], value=kids[1])

    def _check_comma(self, field: Name) -> None:
        """A comma at the end of a line makes a field of the next line's first word."""
        if field.text not in EXAMPLE_CLAUSES:
            return
        before = self.desk.file.text[: field.span.start]
        if "\n" in before[len(before.rstrip()) :]:
            at = len(before.rstrip()) - 1
            self.note(errors.trailing_comma(self.desk.span(at, at + 1)))

    def given_fields(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), tuple(kids[1::2]))

    def given(self, kids: list[Any]) -> Given:
        _, count, kind, label, fields = kids
        if count is not None and label is not None:
            self.note(errors.count_and_label(self.place(count), self.place(label)))
        return Given(
            span=self.span(kids),
            kind=kind,
            fields=() if fields is None else fields.value,
            count=None if count is None else self.count(count, "a number of records"),
            label=None if label is None else str(label),
        )

    def given_setting(self, kids: list[Any]) -> GivenSetting:
        return GivenSetting(span=self.span(kids), name=kids[2], values=(kids[4],))

    def given_list_setting(self, kids: list[Any]) -> GivenSetting:
        return GivenSetting(span=self.span(kids), name=kids[2], values=kids[4].value, listed=True)

    def given_no_history(self, kids: list[Any]) -> GivenNoHistory:
        return GivenNoHistory(span=self.span(kids), kind=kids[4], before=self.day(kids[6]))

    def verdict(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), _VERDICTS[" ".join(kids)])

    def expect_for(self, kids: list[Any]) -> Part:
        labels = [kid.parts[0].text for kid in kids if isinstance(kid, Path)]
        return Part(self.span(kids), "+".join(labels))

    def expect_deadline(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), kids[2].value)

    def expect(self, kids: list[Any]) -> Expect:
        _, rule, verdict, subject, deadline = kids
        return Expect(
            span=self.span(kids),
            verdict=verdict.value,
            rule=None if rule is None else self.a_name(rule),
            label=valued(subject),
            deadline=valued(deadline),
        )

    def for_rule(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), self.a_name(kids[1]))

    def known_by(self, kids: list[Any]) -> Part:
        return Part(self.span(kids), self.day(kids[2]))

    def example(self, kids: list[Any]) -> Example:
        _, title, rule, _, _, as_at, known_by, *lines = kids
        expects = tuple(line for line in lines if isinstance(line, Expect))
        span = self.span(kids)
        swallowed = any(
            given_field.field.text == "expect"
            for line in lines
            if isinstance(line, Given)
            for given_field in line.fields
        )
        if not expects and not swallowed:
            self.note(errors.no_expect(self.place(kids[0]).to(self.place(title))))
        seen: Expect | None = None
        for line in lines:
            if isinstance(line, Expect):
                seen = seen or line
            elif seen is not None:
                self.note(errors.given_after_expect(line.span, seen.span))
                break
        return Example(
            span=span,
            title=text_value(title),
            as_at=self.day(as_at),
            rule=valued(rule),
            known_by=valued(known_by),
            givens=tuple(line for line in lines if not isinstance(line, Expect)),
            expects=expects,
        )
