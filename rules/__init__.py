"""The rules, one module each; `auditor.rule` says what a module defines.

Which of them a run loads is said here, so that it does not load a rule to learn that it finds nothing.
"""

OF_FAILURES = {
    "access_blocked_as_public": "AccessCause",
    "access_denied_by_statement": "GrantCause",
    "access_grant_missing": "AccessCause",
    "acls_disabled": "OwnershipCause",
    "acls_enabled": "OwnershipCause",
    "bucket_requirement_unmet": "DemandCause",
    "cors_request_refused": "CorsCause",
    "kms_encryption_context_with_bucket_key": "KeyCause",
    "kms_grant_missing": "KeyCause",
    "kms_key_disabled": "KeyCause",
    "kms_key_unusable": "KeyCause",
    "kms_managed_key_across_accounts": "KeyCause",
    "kms_via_service_region": "KeyCause",
    "objects_archived": "ArchiveCause",
    "policy_requires_acl": "AccessCause",
    "requester_pays": "DemandCause",
    "role_name_mismatch": "TrustCause",
    "role_trust_missing": "TrustCause",
}
"""Those that find something only where a verdict fails for a cause of a class (`subject.failing`), with the name of that class."""

OF_CAUSES = {
    "cors_impossible_origin": "CorsCause",
    "cors_rejected_by_s3": "CorsCause",
    "cors_wider_than_needed": "CorsCause",
    "kms_alias_across_accounts": "KeyCause",
    "role_trust_without_external_id": "TrustCause",
}
"""Those that find something only where a verdict has a cause of a class (`subject.causes`), whatever it is; likewise. Any other may find something."""

MADE_ELSEWHERE = frozenset({"input_error", "need_fails", "suppression_expired", "suppression_malformed", "suppression_unused"})
"""Those without a `check`: other code makes their findings."""
