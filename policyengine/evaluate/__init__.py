"""The meaning: each rule judged over each subject of a case, and explained."""

from policyengine.evaluate.audit import run_audit
from policyengine.evaluate.engine import Engine

__all__ = ["Engine", "run_audit"]
