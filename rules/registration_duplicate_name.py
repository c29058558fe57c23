"""Two items of one name in one folder of a dataset.

The name of an item is unique in its folder. The platform registers the first and blocks the other: the answer is 200,
with the item under `blocked_items`, so a script that looks at the status alone does not notice. Requests of the same
dataset are compared with each other, also across the files of one run.

Give one of them another name or another `path`. What the dataset already holds, only the platform can tell.
"""

from auditor.finding import Severity, Symptom

SEVERITY = Severity.ERROR
SYMPTOMS = (Symptom.BAD_REQUEST,)
REFERENCES = ("https://docs.v7labs.com/docs/external-storage-troubleshooting",)
