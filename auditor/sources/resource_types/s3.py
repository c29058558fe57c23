"""S3: buckets and what is configured of them, one record each.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs and AWS CloudFormation Template Reference, under the name of each type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.lazy.modules import module
from auditor.model import Kind
from auditor.sources.cloudformation.aws.resource_type import Property, TemplateType
from auditor.sources.resource_types.record import ResourceType
from auditor.sources.terraform.aws.resource_type import Inside, TerraformType

if TYPE_CHECKING:
    from auditor.sources.cloudformation.aws import attributes as template
    from auditor.sources.cloudformation.aws import buckets as properties
    from auditor.sources.cloudformation.aws import storage
    from auditor.sources.terraform.aws import attributes, buckets, cloud_control
else:
    template = module("auditor.sources.cloudformation.aws.attributes")
    properties = module("auditor.sources.cloudformation.aws.buckets")
    storage = module("auditor.sources.cloudformation.aws.storage")
    attributes = module("auditor.sources.terraform.aws.attributes")
    buckets = module("auditor.sources.terraform.aws.buckets")
    cloud_control = module("auditor.sources.terraform.aws.cloud_control")

_TO_BUCKET = {"bucket": "id"}
_CLOUD_CONTROL = "awscc_s3_bucket"
_TEMPLATE_BUCKETS = ("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket")

BUCKET = ResourceType(
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket",
            buckets.bucket,
            owner=True,
            computed={
                "id": attributes.bucket_name,
                "bucket": attributes.bucket_name,
                "arn": attributes.bucket_arn,
                "region": attributes.region_of,
                "bucket_region": attributes.region_of,
                "bucket_domain_name": attributes.bucket_domain_name,
                "bucket_regional_domain_name": attributes.bucket_regional_domain_name,
            },
            links={**_TO_BUCKET, "policy": "json"},
            filled_in=frozenset(
                {
                    "cors_rule",
                    "grant",
                    "lifecycle_rule",
                    "object_lock_configuration",
                    "server_side_encryption_configuration",
                    "versioning",
                }
            ),
        ),
        TerraformType(
            "aws_s3_directory_bucket",
            buckets.bucket,
            owner=True,
            computed={"id": attributes.bucket_name, "bucket": attributes.bucket_name, "arn": attributes.directory_bucket_arn},
            links=_TO_BUCKET,
        ),
        TerraformType(
            "awscc_s3_bucket",
            buckets.bucket,
            owner=True,
            computed={
                "id": attributes.bucket_name,
                "bucket": attributes.bucket_name,
                "bucket_name": attributes.bucket_name,
                "arn": attributes.bucket_arn,
                "domain_name": attributes.bucket_domain_name,
                "regional_domain_name": attributes.bucket_regional_domain_name,
            },
        ),
        TerraformType(
            "aws_s3_bucket",
            buckets.bucket,
            data=True,
            computed={
                "id": attributes.referred_bucket_name,
                "bucket": attributes.referred_bucket_name,
                "arn": attributes.referred_bucket_arn,
                "region": attributes.region_of,
                "bucket_region": attributes.region_of,
                "bucket_domain_name": lambda instance: attributes.text_joined(
                    attributes.referred_bucket_name(instance), ".s3.amazonaws.com"
                ),
                "bucket_regional_domain_name": lambda instance: attributes.text_joined(
                    attributes.referred_bucket_name(instance), ".s3.", attributes.region_of(instance), ".amazonaws.com"
                ),
            },
            links=_TO_BUCKET,
        ),
    ),
    cloudformation=lambda: (
        TemplateType(
            "AWS::S3::Bucket",
            properties.bucket,
            template.bucket_name,
            {
                "Arn": template.bucket_arn,
                "DomainName": template.bucket_host("{name}.s3.amazonaws.com"),
                "DualStackDomainName": template.bucket_host("{name}.s3.dualstack.{region}.amazonaws.com"),
                "RegionalDomainName": template.bucket_host("{name}.s3.{region}.amazonaws.com"),
            },
            owner=True,
        ),
        TemplateType("AWS::S3Express::DirectoryBucket", properties.bucket, template.bucket_name, owner=True),
    ),
)

POLICY = ResourceType(
    Kind.POLICY,
    "s3api get-bucket-policy",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_policy",
            content=buckets.argument("policy"),
            computed={"id": attributes.id_of_bucket_configuration},
            links={**_TO_BUCKET, "policy": "json"},
        ),
        TerraformType("awscc_s3_bucket_policy", content=buckets.argument("policy_document"), links=_TO_BUCKET),
        Inside("aws_s3_bucket", buckets.argument_if_written("policy")),
    ),
    cloudformation=lambda: (
        TemplateType("AWS::S3::BucketPolicy", properties.bucket_policy),
        TemplateType("AWS::S3Express::BucketPolicy", properties.bucket_policy),
    ),
)

CORS = ResourceType(
    Kind.CORS,
    "s3api get-bucket-cors",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_cors_configuration",
            content=buckets.cors,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside("aws_s3_bucket", buckets.blocks_if_written("cors_rule", buckets.cors_rules)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("cors_configuration", properties.cors)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "CorsConfiguration", properties.cors),),
)

OWNERSHIP = ResourceType(
    Kind.OWNERSHIP,
    "s3api get-bucket-ownership-controls",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_ownership_controls",
            content=buckets.ownership,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("ownership_controls", properties.ownership)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "OwnershipControls", properties.ownership),),
)

ENCRYPTION = ResourceType(
    Kind.ENCRYPTION,
    "s3api get-bucket-encryption",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_server_side_encryption_configuration",
            content=buckets.encryption,
            computed={"id": attributes.id_of_bucket_configuration},
            links={**_TO_BUCKET, "kms_master_key_id": "arn"},
        ),
        Inside("aws_s3_bucket", buckets.blocks_if_written("server_side_encryption_configuration", buckets.legacy_encryption)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("bucket_encryption", properties.encryption)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "BucketEncryption", properties.encryption),),
)

PUBLIC_ACCESS_BLOCK = ResourceType(
    Kind.PUBLIC_ACCESS_BLOCK,
    "s3api get-public-access-block",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_public_access_block",
            content=buckets.public_access_block,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("public_access_block_configuration", properties.public_access_block)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "PublicAccessBlockConfiguration", properties.public_access_block),),
)

ACL = ResourceType(
    Kind.ACL,
    "s3api get-bucket-acl",
    terraform=lambda: (
        # Its id also holds the ACL.
        TerraformType("aws_s3_bucket_acl", content=buckets.acl, links=_TO_BUCKET),
        Inside("aws_s3_bucket", buckets.argument_if_written("acl", buckets.entry("ACL", "acl"))),
        Inside("aws_s3_bucket", buckets.blocks_if_written("grant", buckets.legacy_grants)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("access_control", properties.acl)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "AccessControl", properties.acl),),
)

# What the commands for acceleration and versioning print looks alike: a query puts a name around it.
ACCELERATION = ResourceType(
    Kind.ACCELERATION,
    's3api get-bucket-accelerate-configuration --query "{AccelerateConfiguration: @}"',
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_accelerate_configuration",
            content=buckets.arguments({"AccelerationStatus": "status"}),
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside(
            "aws_s3_bucket",
            buckets.argument_if_written("acceleration_status", buckets.entry("AccelerationStatus", "acceleration_status")),
        ),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("accelerate_configuration", lambda content: content)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "AccelerateConfiguration", lambda content: content),),
)

VERSIONING = ResourceType(
    Kind.VERSIONING,
    's3api get-bucket-versioning --query "{VersioningConfiguration: @}"',
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_versioning",
            content=buckets.versioning,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside("aws_s3_bucket", buckets.blocks_if_written("versioning", buckets.legacy_versioning)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("versioning_configuration", lambda content: content)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "VersioningConfiguration", lambda content: content),),
)

REQUEST_PAYMENT = ResourceType(
    # CloudFormation has no property for it.
    Kind.REQUEST_PAYMENT,
    "s3api get-bucket-request-payment",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_request_payment_configuration",
            content=buckets.arguments({"Payer": "payer"}),
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside("aws_s3_bucket", buckets.argument_if_written("request_payer", buckets.entry("Payer", "request_payer"))),
    ),
)

OBJECT_LOCK = ResourceType(
    Kind.OBJECT_LOCK,
    "s3api get-object-lock-configuration",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_object_lock_configuration",
            content=buckets.object_lock,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside("aws_s3_bucket", buckets.blocks_if_written("object_lock_configuration", buckets.legacy_object_lock)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("object_lock_configuration", storage.object_lock)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "ObjectLockConfiguration", storage.object_lock),),
)

LIFECYCLE = ResourceType(
    Kind.LIFECYCLE,
    "s3api get-bucket-lifecycle-configuration",
    terraform=lambda: (
        TerraformType(
            "aws_s3_bucket_lifecycle_configuration",
            content=buckets.lifecycle,
            computed={"id": attributes.id_of_bucket_configuration},
            links=_TO_BUCKET,
        ),
        Inside("aws_s3_bucket", buckets.blocks_if_written("lifecycle_rule", buckets.legacy_lifecycle)),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("lifecycle_configuration", storage.lifecycle)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "LifecycleConfiguration", storage.lifecycle),),
)

# Where there is none, the command prints no list: the query makes it an empty one.
INTELLIGENT_TIERING = ResourceType(
    Kind.INTELLIGENT_TIERING,
    's3api list-bucket-intelligent-tiering-configurations --query "{IntelligentTieringConfigurationList: [IntelligentTieringConfigurationList][]}"',
    terraform=lambda: (
        # Its id also holds its name.
        TerraformType("aws_s3_bucket_intelligent_tiering_configuration", content=buckets.intelligent_tiering, links=_TO_BUCKET),
        Inside(_CLOUD_CONTROL, cloud_control.in_property("intelligent_tiering_configurations", storage.intelligent_tiering)),
    ),
    cloudformation=lambda: (Property(_TEMPLATE_BUCKETS, "IntelligentTieringConfigurations", storage.intelligent_tiering),),
)

ACCOUNT_PUBLIC_ACCESS_BLOCK = ResourceType(
    Kind.ACCOUNT_PUBLIC_ACCESS_BLOCK,
    terraform=lambda: (
        TerraformType(
            "aws_s3_account_public_access_block",
            content=buckets.public_access_block,
            target="account_id",
        ),
    ),
)

NOT_READ = ResourceType(
    # Configuration of a bucket that nothing asks about; only its id is known.
    terraform=lambda: tuple(
        TerraformType(f"aws_s3_bucket_{name}", computed={"id": attributes.id_of_bucket_configuration}, links=_TO_BUCKET)
        for name in (
            "logging",
            "notification",
            "replication_configuration",
            "website_configuration",
        )
    ),
)

RECORDS = (
    BUCKET,
    POLICY,
    CORS,
    OWNERSHIP,
    ENCRYPTION,
    PUBLIC_ACCESS_BLOCK,
    ACL,
    ACCELERATION,
    VERSIONING,
    REQUEST_PAYMENT,
    OBJECT_LOCK,
    LIFECYCLE,
    INTELLIGENT_TIERING,
    ACCOUNT_PUBLIC_ACCESS_BLOCK,
    NOT_READ,
)
