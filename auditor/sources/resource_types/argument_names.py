"""The names of arguments and nested blocks, by type of resource.

Every name that some release of the provider knows since version 2, those that it computes itself included: `name` is an argument or a block of
which the inside is not looked at, `name{…}` a block. A name that is not here may be one of a later release, or a slip.

Source: registry.terraform.io/providers/hashicorp/aws, "Argument Reference" of each type, versions 2 to 6.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.lazy.expressions import regex
from auditor.sources.terraform.modules.misnamed import BlockNames

_PUBLIC_ACCESS = "block_public_acls block_public_policy ignore_public_acls restrict_public_buckets skip_destroy"
_CORS = "allowed_headers allowed_methods allowed_origins expose_headers max_age_seconds"
_BY_DEFAULT = "apply_server_side_encryption_by_default{kms_master_key_id sse_algorithm} bucket_key_enabled blocked_encryption_types"
_KEY = (
    "arn bypass_policy_lockout_safety_check deletion_window_in_days description key_id key_usage multi_region policy tags tags_all"
)
_MATERIAL = "enabled expiration_model key_material_base64 key_spec key_state valid_to"
_PRINCIPALS = "principals{identifiers type} not_principals{identifiers type}"
_OF_ROLE = "name name_prefix path description permissions_boundary tags tags_all arn unique_id create_date"

_WRITTEN = {
    "aws_s3_bucket": f"""
        acceleration_status acl arn bucket bucket_domain_name bucket_namespace bucket_prefix bucket_region bucket_regional_domain_name
        cors_rule{{{_CORS}}} force_destroy grant{{id permissions type uri}} hosted_zone_id lifecycle_rule logging object_lock_configuration
        object_lock_enabled policy replication_configuration request_payer server_side_encryption_configuration{{rule{{{_BY_DEFAULT}}}}}
        tags tags_all versioning website website_domain website_endpoint""",
    "aws_s3_bucket_policy": "bucket policy",
    "aws_s3_bucket_cors_configuration": f"bucket expected_bucket_owner cors_rule{{id {_CORS}}}",
    "aws_s3_bucket_ownership_controls": "bucket expected_bucket_owner rule{object_ownership}",
    "aws_s3_bucket_server_side_encryption_configuration": f"bucket expected_bucket_owner rule{{{_BY_DEFAULT}}}",
    "aws_s3_bucket_public_access_block": f"bucket expected_bucket_owner {_PUBLIC_ACCESS}",
    "aws_s3_account_public_access_block": f"account_id {_PUBLIC_ACCESS}",
    "aws_s3_bucket_acl": """
        bucket expected_bucket_owner acl access_control_policy{owner{id display_name}
        grant{permission grantee{display_name email_address id type uri}}}""",
    "aws_s3_bucket_accelerate_configuration": "bucket expected_bucket_owner status",
    "aws_kms_key": f"""
        {_KEY} custom_key_store_id customer_master_key_spec enable_key_rotation is_enabled key_spec rotation_period_in_days xks_key_id""",
    "aws_kms_external_key": f"{_KEY} {_MATERIAL}",
    "aws_kms_replica_key": f"{_KEY} enabled key_rotation_enabled key_spec primary_key_arn",
    "aws_kms_replica_external_key": f"{_KEY} {_MATERIAL} primary_key_arn",
    "aws_kms_key_policy": "key_id policy bypass_policy_lockout_safety_check",
    "aws_kms_alias": "arn name name_prefix target_key_arn target_key_id",
    "aws_kms_grant": """
        name key_id grantee_principal operations retiring_principal grant_creation_tokens retire_on_delete grant_id grant_token
        constraints{encryption_context_equals encryption_context_subset}""",
    "aws_iam_role": f"{_OF_ROLE} assume_role_policy force_detach_policies max_session_duration managed_policy_arns inline_policy{{name policy}}",
    "aws_iam_user": f"{_OF_ROLE} force_destroy",
    "aws_iam_role_policy": "name name_prefix role policy",
    "aws_iam_user_policy": "name name_prefix user policy",
    "aws_iam_group_policy": "name name_prefix group policy",
    "aws_iam_policy": """
        name name_prefix path description policy policy_id attachment_count delay_after_policy_creation_in_ms arn tags tags_all""",
    "aws_iam_role_policy_attachment": "role policy_arn",
    "aws_iam_user_policy_attachment": "user policy_arn",
    "aws_iam_group_policy_attachment": "group policy_arn",
    "data.aws_iam_policy_document": f"""
        json minified_json override_json override_policy_documents policy_id source_json source_policy_documents version
        statement{{actions condition{{test values variable}} effect not_actions not_resources resources sid {_PRINCIPALS}}}""",
}

# What people write for a name although it is not like it: the name of the resource that configures the same, that of another language.
_MEANT = {
    "aws_s3_bucket": {
        "bucket_name": "bucket", "name": "bucket", "cors": "cors_rule", "cors_configuration": "cors_rule", "bucket_policy": "policy",
        "policy_document": "policy", "encryption": "server_side_encryption_configuration", "bucket_acl": "acl",
        "bucket_encryption": "server_side_encryption_configuration", "accelerate_configuration": "acceleration_status",
    },
    "aws_s3_bucket_policy": {"policy_document": "policy", "bucket_name": "bucket"},
    "aws_kms_key": {"key_policy": "policy", "enabled": "is_enabled"},
}  # fmt: skip

_TOKEN = regex(r"\w+|[{}]")


def _read(tokens: Iterator[str]) -> dict[str, BlockNames | None]:
    found: dict[str, BlockNames | None] = {}
    last = ""
    for token in tokens:
        if token == "}":
            break
        if token == "{":
            found[last] = BlockNames(_read(tokens))
        else:
            found[last := token] = None
    return found


NAMES = {kind: BlockNames(_read(iter(_TOKEN.findall(text))), _MEANT.get(kind, {})) for kind, text in _WRITTEN.items()}
"""The names by type; data sources are called `data.TYPE`."""
