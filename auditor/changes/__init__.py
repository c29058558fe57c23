"""What a change does: verdicts, access for anybody, CORS and the settings of buckets, before and after.

Data flows forward: `sides` (a directory, a git revision by `revisions`, or a document, read) → `policies` and `settings` (what each
resource has) → `change` (both sides, compared).
"""
