"""The rules, one module each; `auditor.rule` says what a module defines."""

OF_FAILURES = frozenset(
    {
        "access_blocked_as_public",
        "access_denied_by_statement",
        "access_grant_missing",
        "acls_disabled",
        "acls_enabled",
        "bucket_requirement_unmet",
        "cors_request_refused",
        "kms_encryption_context_with_bucket_key",
        "kms_grant_missing",
        "kms_key_disabled",
        "kms_key_unusable",
        "kms_managed_key_across_accounts",
        "kms_via_service_region",
        "objects_archived",
        "policy_requires_acl",
        "requester_pays",
        "role_name_mismatch",
        "role_trust_missing",
    }
)
"""Those that find something only where a verdict fails (`subject.failing`): where none does, they are not loaded. Any other may find something."""
