"""Templates of CloudFormation: what a bucket or key is given, as resources and properties.

Sources: AWS CloudFormation, AWS::S3::BucketPolicy, AWS::S3::Bucket (CorsConfiguration, CorsRule) and AWS::KMS::Key.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from auditor.aws.cors_fields import CLOUDFORMATION
from auditor.fixes import place
from auditor.fixes.fix import Content
from auditor.fixes.source import SourceFile
from auditor.lazy.answers import made_once
from auditor.lazy.expressions import regex

# Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas": resources in a template.
_MOST_RESOURCES = 500
_POLICY = "AWS::S3::BucketPolicy"
_POLICY_TYPE = regex(rf"""["']?\bType["']?\s*:\s*["']?{_POLICY}\b""")
_BUCKET = regex(r"""\bBucket["']?\s*:(?P<value>(?:(?!PolicyDocument).){0,200})""", re.DOTALL)


def cors_rule(content: Mapping[str, Content]) -> Mapping[str, Content]:
    """A CORS rule."""
    return {CLOUDFORMATION.get(name, name): value for name, value in content.items()}


def cors_configuration(rules: Sequence[Content]) -> Mapping[str, Content]:
    """The value of the property `CorsConfiguration`."""
    return {"CorsRules": tuple(cors_rule(rule) if isinstance(rule, Mapping) else rule for rule in rules)}


def bucket_policy(bucket: Content, document: Content, condition: str = "") -> Mapping[str, Content]:
    """The resource of a bucket policy, under the condition of its bucket: it cannot name one that is not there."""
    under: Mapping[str, Content] = {"Condition": condition} if condition else {}
    return {"Type": _POLICY, **under, "Properties": {"Bucket": bucket, "PolicyDocument": document}}


def policies_of(source: SourceFile, bucket: str) -> Iterator[str]:
    """The logical ids of the bucket policies of a template whose `Bucket` names a bucket, be they there or not.

    Args:
        source: the template.
        bucket: the logical id of the bucket.
    """
    named = re.compile(rf"\b{bucket}\b")
    return (policy for policy, written in _policies(source) if named.search(written))


@made_once(most=16)
def _policies(source: SourceFile) -> Sequence[tuple[str, str]]:
    """The logical ids of the bucket policies of a template, each with what stands behind `Bucket`."""
    first = itertools.islice(_POLICY_TYPE.finditer(source.text), _MOST_RESOURCES)
    around = (place.resource_around(source, found.start()) for found in first)
    return [(policy, found["value"]) for policy, body in around if (found := _BUCKET.search(body))]
