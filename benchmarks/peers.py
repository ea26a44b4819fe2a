"""Other rules engines on the one rule that each of them can express: every disclosure of domestic
abuse is followed within a day by an alert on the same person. They answer yes or no.

Each gets a case as it likes it best: dictionaries of numbers and texts, made beforehand. What
reading a case takes, which is counted for us, is told beside it. Blanks, deaths, dates to come, the
verdicts beside yes and no, deadlines and evidence are left out, for none of them has these: they
would have to be written by hand into each rule.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from policyengine.findings import Finding

RULE = "B-02"
TOLD = ("met", "met_late", "breached")
Case = dict[str, list[dict[str, Any]]]
Ask = Callable[[Case], bool]


def answers(findings: Iterable[Finding]) -> dict[str, bool]:
    """Whether all was met in time, by case: of cases in which there was only met or not met."""
    by_case: dict[str, list[str]] = defaultdict(list)
    for each in findings:
        if each.rule == RULE:
            by_case[each.case].append(each.verdict.value)
    return {
        case: all(verdict == "met" for verdict in verdicts)
        for case, verdicts in by_case.items()
        if set(verdicts) <= set(TOLD)
    }


def cases_of(folder: Path, as_at: date, wanted: Iterable[str]) -> dict[str, Case]:
    """The cases as dictionaries: what had happened by a day, days as numbers."""
    found: dict[str, Case] = {case: {"disclosures": [], "alerts": []} for case in wanted}
    queries = {
        "disclosures": (
            "SELECT case_id, id, (date - DATE '1970-01-01')::INT, person FROM "
            f"'{folder}/disclosure.parquet' WHERE about = 'domestic abuse' AND date <= ?"
        ),
        "alerts": (
            "SELECT case_id, id, (opened_on - DATE '1970-01-01')::INT, person FROM "
            f"'{folder}/alert.parquet' WHERE category = 'domestic abuse' AND opened_on <= ? "
            "AND person IS NOT NULL"
        ),
    }
    with duckdb.connect() as con:
        for name, query in queries.items():
            for case, id, day, person in con.execute(query, [as_at]).fetchall():
                if case in found:
                    found[case][name].append({"id": id, "day": day, "person": person})
    return found


def lines_of(folder: Path, wanted: Iterable[str]) -> list[str]:
    """The cases as lines of JSON, whole: what a program would have to read of this case load."""
    cases: dict[str, dict[str, Any]] = {case: {"case_id": case} for case in wanted}
    with duckdb.connect() as con:
        con.execute("CREATE TABLE wanted AS SELECT unnest(?) AS case_id", [list(cases)])
        for path in sorted(folder.glob("*.parquet")):
            sql = f"SELECT * FROM '{path}' SEMI JOIN wanted USING (case_id)"
            found = con.sql(sql).to_arrow_table().to_pylist()
            for row in found:
                case = cases[row.pop("case_id")]
                made = {name: _plain(cell) for name, cell in row.items() if cell is not None}
                if path.stem == "case":
                    case |= made
                else:
                    case.setdefault(path.stem, []).append(made)
    return [json.dumps(case) for case in cases.values()]


def _plain(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


@dataclass(frozen=True, slots=True)
class Peer:
    """Another engine: what is installed, and what makes a judge of one case. `cases`: how many it
    is asked about at most, for some are slow."""

    name: str
    made: Callable[[], Ask]
    cases: int = 2_000


def by_zen() -> Ask:
    """GoRules' ZEN expressions (Rust)."""
    import zen

    rule = zen.compile_expression(
        "all(disclosures as d, some(alerts as a, "
        "a.person == d.person and a.day >= d.day and a.day <= d.day + 1))"
    )
    return lambda case: bool(rule.evaluate(case))


_CEL = (
    "disclosures.all(d, alerts.exists(a, "
    "a.person == d.person && a.day >= d.day && a.day <= d.day + 1))"
)


def by_rust_cel() -> Ask:
    """The Common Expression Language (Rust)."""
    import cel

    program = cel.compile(_CEL)
    return lambda case: bool(program.execute(case))


def by_python_cel() -> Ask:
    """The Common Expression Language (Python)."""
    import celpy
    from celpy.adapter import json_to_cel

    environment = celpy.Environment()
    program = environment.program(environment.compile(_CEL))
    return lambda case: bool(
        program.evaluate({name: json_to_cel(rows) for name, rows in case.items()})
    )


def by_rule_engine() -> Ask:
    """rule-engine (Python)."""
    import rule_engine

    rule = rule_engine.Rule(
        "$all([$any([a.person == d.person and a.day >= d.day and a.day <= d.day + 1 "
        "for a in alerts]) for d in disclosures])"
    )
    return lambda case: bool(rule.matches(case))


def by_clips() -> Ask:
    """CLIPS, by rete (C)."""
    import clips

    environment = clips.Environment()
    environment.build("(deftemplate disclosure (slot id) (slot day) (slot person))")
    environment.build("(deftemplate alert (slot id) (slot day) (slot person))")
    environment.build(
        "(defrule unanswered (disclosure (id ?id) (day ?d) (person ?p)) "
        "(not (alert (person ?p) (day ?a&:(and (>= ?a ?d) (<= ?a (+ ?d 1)))))) "
        "=> (assert (breach ?id)))"
    )
    disclosure, alert = (environment.find_template(name) for name in ("disclosure", "alert"))

    def ask(case: Case) -> bool:
        environment.reset()
        for each in case["disclosures"]:
            disclosure.assert_fact(**each)
        for each in case["alerts"]:
            alert.assert_fact(**each)
        return bool(environment.run() == 0)

    return ask


def by_rego() -> Ask:
    """Rego, by rego-cpp (C++)."""
    import regopy

    rego = regopy.Interpreter()
    rego.add_module(
        "disclosures",
        "package disclosures\nimport rego.v1\n"
        "answered(d) if {\n  some a in input.alerts\n  a.person == d.person\n"
        "  a.day >= d.day\n  a.day <= d.day + 1\n}\n"
        "unanswered contains d.id if {\n  some d in input.disclosures\n  not answered(d)\n}\n",
    )

    def ask(case: Case) -> bool:
        rego.set_input(case)
        found = rego.query("count(data.disclosures.unanswered)")
        return bool(found.results[0].expressions[0] == 0)

    return ask


def by_shacl() -> Ask:
    """SHACL with a constraint in SPARQL, by pySHACL (Python)."""
    from pyshacl import validate
    from rdflib import RDF, Graph, Literal, Namespace

    ns = Namespace("urn:b:")
    shapes = Graph().parse(
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix b: <urn:b:> .
        b:Answered a sh:NodeShape ; sh:targetClass b:Disclosure ; sh:sparql [
          sh:message "no alert" ;
          sh:select \"\"\"SELECT $this WHERE {
            $this <urn:b:day> ?d ; <urn:b:person> ?p .
            FILTER NOT EXISTS { ?a a <urn:b:Alert> ; <urn:b:person> ?p ; <urn:b:day> ?day .
                                FILTER (?day >= ?d && ?day <= ?d + 1) } }\"\"\" ] .
        """,
        format="turtle",
    )

    def ask(case: Case) -> bool:
        graph = Graph()
        for name, kind in (("disclosures", ns.Disclosure), ("alerts", ns.Alert)):
            for each in case[name]:
                node = ns[each["id"]]
                graph.add((node, RDF.type, kind))
                graph.add((node, ns.day, Literal(each["day"])))
                graph.add((node, ns.person, Literal(each["person"])))
        conforms, _, _ = validate(graph, shacl_graph=shapes, advanced=True)
        return bool(conforms)

    return ask


PEERS = (
    Peer("zen-engine", by_zen, 20_000),
    Peer("common-expression-language", by_rust_cel),
    Peer("clipspy", by_clips),
    Peer("rule-engine", by_rule_engine, 1_000),
    Peer("regopy", by_rego, 300),
    Peer("cel-python", by_python_cel, 200),
    Peer("pyshacl", by_shacl, 40),
)
