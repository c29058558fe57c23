"""A baseline: the findings that are known, so that only new ones count.

An entry is known by content: what the fingerprint of SARIF is made of (rule, file, bucket, subject), the contract, and the root that declares
the bucket. It holds no line. What `moved` blocks moved keeps its entry.
"""
