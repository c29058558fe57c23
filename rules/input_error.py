"""Input that cannot be read, decoded or parsed.

What cannot be read cannot be proven: the audit is incomplete, says so with the place, audits the rest, and ends with exit code 2. The error
is also a result in SARIF, so that code scanning does not close the alerts of a file that merely stopped parsing.

Fix the file, or leave it out of the paths that are audited.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS: tuple[Symptom, ...] = ()
REFERENCES: tuple[str, ...] = ()
