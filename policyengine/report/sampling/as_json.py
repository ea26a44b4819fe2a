"""A sample for programs: one JSON object, the same bytes for the same sample."""

from __future__ import annotations

import json
from collections.abc import Sequence

from policyengine.findings.sentences import Sentences
from policyengine.report.sampling.facts import Facts
from policyengine.sampling import Agreement, Estimate
from policyengine.sampling.answers import item_id
from policyengine.sampling.draw import METHOD, Stratum
from policyengine.sampling.frame import Exclusion, FrameCase
from policyengine.sampling.review import Review


def sample_json(facts: Facts, sentences: Sentences) -> str:
    """The object."""
    made: dict[str, object] = {
        "schema_version": 1,
        "engine": {"name": "trust-policy-engine", "version": facts.engine_version},
        "as_at": facts.as_at,
        "known_by": facts.known_by,
        "rules_sha256": facts.rules_sha256,
        "cases_sha256": facts.cases_sha256,
        "cases": facts.cases,
        "rules": list(facts.rules),
        "restricted": facts.restricted,
        "method": {
            "per": facts.per,
            "size": facts.size,
            "margin": facts.margin,
            "seed": facts.draw.seed,
            "words": METHOD,
        },
        "strata": [_stratum(facts, each) for each in facts.draw.strata],
    }
    if facts.review is not None:
        made["review"] = _review(facts.review, sentences)
    if facts.sample is not None and facts.census is not None:
        made["rates"] = [
            _rate(rule, facts.sample.get(rule), *counts) for rule, counts in facts.census.items()
        ]
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def _stratum(facts: Facts, each: Stratum) -> dict[str, object]:
    excluded = facts.frame.excluded.get(each.team)
    return {
        "team": each.team,
        "cases": facts.frame.cases(each.team),
        "excluded": {why.name.lower(): excluded[why] if excluded else 0 for why in Exclusion},
        "frame": each.population,
        "drawn": _cases(each.drawn),
        "reserve": _cases(each.reserve),
    }


def _cases(cases: Sequence[FrameCase]) -> list[dict[str, object]]:
    """The cases and what of them is to be reviewed; never a verdict."""
    return [
        {
            "case": case.case,
            "items": [
                {
                    "item": item_id(finding),
                    "rule": finding.rule,
                    "subject": {"kind": finding.subject_kind, "id": finding.subject_id},
                }
                for finding in case.items
            ],
        }
        for case in cases
    ]


def _review(review: Review, sentences: Sentences) -> dict[str, object]:
    return {
        "overall": _agreement(review.overall),
        "rules": [{"rule": rule, **_agreement(each)} for rule, each in review.rules.items()],
        "ineligible": review.ineligible,
        "unanswered": review.unanswered,
        "warnings": list(review.warnings),
        "differences": [
            {
                "item": item_id(each.finding),
                "rule": each.finding.rule,
                "case": each.finding.case,
                "subject": {
                    "kind": each.finding.subject_kind,
                    "id": each.finding.subject_id,
                },
                "reviewer": each.reviewer,
                "engine": each.finding.verdict.value,
                "because": sentences.sentence(each.finding),
                "found": sentences.found(each.finding),
            }
            for each in review.differences
        ],
    }


def _agreement(each: Agreement) -> dict[str, object]:
    return {
        "records": each.number,
        "agreed": each.agreed,
        "rate": each.rate,
        "interval": None if each.interval is None else list(each.interval),
        "kappa": each.kappa,
        "kappa_interval": None if each.kappa_interval is None else list(each.kappa_interval),
        "answers": [
            {"reviewer": one, "engine": other, "records": count}
            for (one, other), count in each.table.items()
        ],
    }


def _rate(rule: str, each: Estimate | None, met: int, judged: int) -> dict[str, object]:
    interval = None if each is None or each.interval is None else list(each.interval)
    return {
        "rule": rule,
        "sample": {
            "met": 0 if each is None else each.met,
            "judged": 0 if each is None else each.judged,
            "rate": None if each is None else each.rate,
            "interval": interval,
        },
        "census": {
            "met": met,
            "judged": judged,
            "rate": round(met / judged, 6) if judged else None,
        },
    }
