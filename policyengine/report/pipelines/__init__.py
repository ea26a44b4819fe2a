"""What build pipelines read: remarks on rule files and tests, beside the line that they are about.

SARIF, workflow commands and code quality are for remarks alone. No finding on a person is ever
written in them: they stand beside code, where everybody who sees the code sees them.
"""

from policyengine.report.pipelines.remarks import Level, Place, Remark, from_diagnostic

__all__ = ["Level", "Place", "Remark", "from_diagnostic"]
