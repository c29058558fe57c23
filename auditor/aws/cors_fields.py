"""What each language calls the fields of a CORS rule, by their names in the AWS API.

Sources: Amazon S3 API Reference, CORSRule (the fields in JSON, as the AWS command line and the SDKs have them) and PutBucketCors, "Request
Syntax" (the elements in XML); AWS CloudFormation, AWS::S3::Bucket CorsRule; Terraform AWS provider, `aws_s3_bucket_cors_configuration`; Terraform
AWS Cloud Control provider, which is generated from the schemas of the CloudFormation registry, `awscc_s3_bucket`.
"""

from __future__ import annotations

from collections.abc import Mapping

CorsFields = Mapping[str, str]

API: CorsFields = {
    "AllowedOrigins": "AllowedOrigins",
    "AllowedMethods": "AllowedMethods",
    "AllowedHeaders": "AllowedHeaders",
    "ExposeHeaders": "ExposeHeaders",
    "MaxAgeSeconds": "MaxAgeSeconds",
    "ID": "ID",
}
XML: CorsFields = {
    **API,
    "AllowedOrigins": "AllowedOrigin",
    "AllowedMethods": "AllowedMethod",
    "AllowedHeaders": "AllowedHeader",
    "ExposeHeaders": "ExposeHeader",
}
CLOUDFORMATION: CorsFields = {**API, "ExposeHeaders": "ExposedHeaders", "MaxAgeSeconds": "MaxAge", "ID": "Id"}
TERRAFORM: CorsFields = {
    "AllowedOrigins": "allowed_origins",
    "AllowedMethods": "allowed_methods",
    "AllowedHeaders": "allowed_headers",
    "ExposeHeaders": "expose_headers",
    "MaxAgeSeconds": "max_age_seconds",
    "ID": "id",
}
CLOUD_CONTROL: CorsFields = {**TERRAFORM, "ExposeHeaders": "exposed_headers", "MaxAgeSeconds": "max_age"}
