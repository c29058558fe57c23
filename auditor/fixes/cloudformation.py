"""Templates of CloudFormation: what a bucket or key is given, as resources and properties.

Sources: AWS CloudFormation, AWS::S3::BucketPolicy, AWS::S3::Bucket (CorsConfiguration, CorsRule) and AWS::KMS::Key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.aws.cors_fields import CLOUDFORMATION
from auditor.fixes.fix import Content


def cors_rule(content: Mapping[str, Content]) -> Mapping[str, Content]:
    """A CORS rule."""
    return {CLOUDFORMATION.get(name, name): value for name, value in content.items()}


def cors_configuration(rules: Sequence[Content]) -> Mapping[str, Content]:
    """The value of the property `CorsConfiguration`."""
    return {"CorsRules": tuple(cors_rule(rule) if isinstance(rule, Mapping) else rule for rule in rules)}


def bucket_policy(bucket: Content, document: Content) -> Mapping[str, Content]:
    """The resource of a bucket policy."""
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": bucket, "PolicyDocument": document}}
