"""The accounts by which CloudFront delivers standard logs (legacy), which an ACL lets in: no platform makes its requests as one of them."""

from __future__ import annotations

CANONICAL_USERS = {
    "aws": "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
    "aws-cn": "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56",
}
"""Their canonical user ids, by partition.

Sources: Amazon CloudFront Developer Guide, "Configure standard logging (legacy)" (the account awslogsdelivery), and the same of Amazon CloudFront in
China; registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/cloudfront_log_delivery_canonical_user_id.
"""
