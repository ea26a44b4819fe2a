"""`--view`: the audit as one kind of reader may see it."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from policyengine.commands.exits import usage
from policyengine.commands.keys import add_key, key_of

if TYPE_CHECKING:
    from policyengine.commands.audit import Audited
    from policyengine.findings import Audit
    from policyengine.plan.core import Plan
    from policyengine.report.views.audiences import Audience

VIEWS = ("worklist", "team", "share", "committee")
_COMMITTEE_FORMATS = ("rich", "text", "json")


def add_view(parser: argparse.ArgumentParser) -> None:
    """Who it is for, and the key of the pseudonyms."""
    parser.add_argument(
        "--view",
        choices=VIEWS,
        help="what these readers may see: worklist and team without rules whose being there can "
        "harm; share without anything that is sensitive; committee counts without small numbers",
    )
    add_key(parser)


class View:
    """What `--view` asks for; without it, everything as it is."""

    def __init__(self, args: argparse.Namespace, format_: str) -> None:
        self._args = args
        self.audience: Audience | None = None
        if args.view:
            from policyengine.report.views.audiences import AUDIENCES

            self.audience = AUDIENCES[args.view]
        if self.is_committee and format_ not in _COMMITTEE_FORMATS:
            raise usage(
                f"the committee's counts are not written as {format_}",
                "as text or json; `trustpolicy report` writes a page",
            )
        self._named = "identifier" in args.reveal
        self.hides_cases = args.pseudonyms or bool(
            self.audience and self.audience.pseudonyms and not self._named
        )
        self.key = key_of(args) if self.hides_cases or args.key_file else None

    @property
    def is_committee(self) -> bool:
        """Whether no finding is shown."""
        return self.audience is not None and not self.audience.findings

    def allowed(self, plan: "Plan") -> "Plan":
        """The plan with the rules that may be told of."""
        if self.audience is None:
            return plan
        from policyengine.report.views.viewing import allowed

        return allowed(plan, self.audience)

    def of(self, audit: "Audit", plan: "Plan") -> "Audit":
        """The audit as it may be shown."""
        if self.audience is not None:
            from policyengine.report.views.viewing import viewed

            audit = viewed(audit, plan, self.audience, self.key, named=self._named)
            if self.audience.pseudonyms or self.audience.anonymous:
                return audit
        if self._args.pseudonyms:
            from policyengine.report.pseudonyms import pseudonymous

            return pseudonymous(audit, self.key)
        return audit

    def named(self, what: "Audited") -> "Audited":
        """What is audited, without what names a case or a file that these readers do not have."""
        if self.hides_cases:
            what = replace(what, explain="")
        if self.audience is not None and self.audience.anonymous:
            what = replace(what, called="")
        return what

    def committee(self, audit: "Audit", format_: str) -> str:
        """The counts of the committee's view."""
        from policyengine.report.views.committee_page import committee_json, committee_text

        assert self.audience is not None
        rule = self.audience.small_numbers
        assert rule is not None
        if format_ == "json":
            return committee_json(audit, rule)
        return "".join(committee_text(audit, rule))
