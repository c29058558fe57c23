"""Sections that are not numbered from 1 on, one by one.

`section_index` says which frame or slice a section is. Every known request counts from 1 without gaps; annotations
refer to frames by number, so a gap or a start at 0 shifts them.

Number the sections from 1 on.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.WARNING
SYMPTOMS = (Symptom.MISPLACED,)
REFERENCES = ("https://github.com/v7labs/darwin-py",)
