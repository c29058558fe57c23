"""The kinds of need that a contract can have, one module each: the need, its proof, and the cause that rules match on.

Which module an id is of is said here, so that a run loads no other; `KIND.IDS` of the module decides.
"""

HOMES = {
    "bucket:acceleration": "bucket_setting",
    "bucket:encryption": "bucket_encryption",
    "bucket:name": "bucket_name",
    "bucket:no-archive": "bucket_archive",
    "bucket:no-requester-pays": "bucket_setting",
    "bucket:no-retention": "bucket_retention",
    "bucket:region": "bucket_region",
    "bucket:versioning": "bucket_setting",
    "cors": "cors",
    "kms": "key",
    "ownership": "ownership",
    "s3": "access",
    "sts": "trust",
}
"""By the id of a need, or what stands before its colon: the module of its kind. An id that is not listed is looked for in all of them."""
