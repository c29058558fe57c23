# What the inputs of cloudposse/s3-bucket/aws create, as far as access to the bucket is concerned: release 4.
# Source: the inputs, resources and outputs that the module documents at registry.terraform.io/modules/cloudposse/s3-bucket/aws.

module "this" {
  source = "../cloudposse-label"

  enabled             = var.enabled
  namespace           = var.namespace
  tenant              = var.tenant
  environment         = var.environment
  stage               = var.stage
  name                = var.name
  delimiter           = var.delimiter
  attributes          = var.attributes
  tags                = var.tags
  additional_tag_map  = var.additional_tag_map
  label_order         = var.label_order
  regex_replace_chars = var.regex_replace_chars
  id_length_limit     = var.id_length_limit
  label_key_case      = var.label_key_case
  label_value_case    = var.label_value_case
  descriptor_formats  = var.descriptor_formats
  labels_as_tags      = var.labels_as_tags
  context             = var.context
}

locals {
  enabled     = module.this.enabled
  bucket_name = var.bucket_name != null && var.bucket_name != "" ? var.bucket_name : module.this.id
  bucket_id   = join("", aws_s3_bucket.default[*].id)
  bucket_arn  = "arn:${data.aws_partition.current.partition}:s3:::${local.bucket_id}"
  everything  = [local.bucket_arn, "${local.bucket_arn}/*"]

  acl_grants = var.grants == null ? [] : flatten([
    for grant in var.grants : [
      for permission in grant.permissions : { id = grant.id, type = grant.type, uri = grant.uri, permission = permission }
    ]
  ])

  denials = [for denial in [
    {
      on   = var.allow_encrypted_uploads_only, sid = "DenyIncorrectEncryptionHeader", whole = false
      test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption", values = [var.sse_algorithm]
    },
    {
      on   = var.allow_encrypted_uploads_only, sid = "DenyUnEncryptedObjectUploads", whole = false
      test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"]
    },
    {
      on   = var.allow_ssl_requests_only, sid = "ForceSSLOnlyAccess", whole = true
      test = "Bool", variable = "aws:SecureTransport", values = ["false"]
    },
    {
      on   = var.minimum_tls_version != null, sid = "EnforceTLSVersion", whole = true
      test = "NumericLessThan", variable = "s3:TlsVersion", values = [var.minimum_tls_version]
    },
  ] : denial if denial.on]

  has_policy = (
    var.allow_ssl_requests_only ||
    var.allow_encrypted_uploads_only ||
    length(var.s3_replication_source_roles) > 0 ||
    length(var.privileged_principal_arns) > 0 ||
    length(var.source_policy_documents) > 0
  )
}

locals {
  # The older input names its transitions one by one.
  older_lifecycle = var.lifecycle_rules == null ? [] : [for at, rule in var.lifecycle_rules : {
    id         = try(var.lifecycle_rule_ids[at], "rule-${at + 1}")
    enabled    = rule.enabled
    filter     = { object_size_greater_than = null, object_size_less_than = null, prefix = rule.prefix, tags = rule.tags }
    expiration = rule.enable_current_object_expiration == true ? [{ date = null, days = rule.expiration_days, marker = null }] : []
    transition = concat(
      rule.enable_standard_ia_transition == true ? [{ date = null, days = rule.standard_transition_days, storage_class = "STANDARD_IA" }] : [],
      rule.enable_glacier_transition == true ? [{ date = null, days = rule.glacier_transition_days, storage_class = "GLACIER" }] : [],
      rule.enable_deeparchive_transition == true ? [{ date = null, days = rule.deeparchive_transition_days, storage_class = "DEEP_ARCHIVE" }] : [],
    )
  }]
  newer_lifecycle = [for rule in var.lifecycle_configuration_rules : {
    id      = rule.id
    enabled = rule.enabled
    filter  = rule.filter_and
    expiration = [
      for one in [rule.expiration] : { date = one.date, days = one.days, marker = one.expired_object_delete_marker }
      if try(one.date, null) != null || try(one.days, null) != null || try(one.expired_object_delete_marker, null) != null
    ]
    transition = rule.transition == null ? [] : [for one in rule.transition : one if one.date != null || one.days != null]
  }]
  lifecycle = concat(local.older_lifecycle, local.newer_lifecycle)
}

data "aws_partition" "current" {}

resource "aws_s3_bucket" "default" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_name

  bucket_namespace    = var.bucket_namespace
  object_lock_enabled = var.object_lock_configuration != null
}

resource "aws_s3_directory_bucket" "default" {
  count  = var.create_s3_directory_bucket ? 1 : 0
  bucket = "${local.bucket_name}-${var.availability_zone_id}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "default" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_id
  rule {
    bucket_key_enabled = var.bucket_key_enabled
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.sse_algorithm
      kms_master_key_id = var.kms_master_key_arn
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "default" {
  count  = local.enabled && try(length(var.cors_configuration), 0) > 0 ? 1 : 0
  bucket = local.bucket_id
  dynamic "cors_rule" {
    for_each = var.cors_configuration
    content {
      id              = cors_rule.value.id
      allowed_headers = cors_rule.value.allowed_headers
      allowed_methods = cors_rule.value.allowed_methods
      allowed_origins = cors_rule.value.allowed_origins
      expose_headers  = cors_rule.value.expose_headers
      max_age_seconds = cors_rule.value.max_age_seconds
    }
  }
}

resource "aws_s3_bucket_acl" "default" {
  count  = local.enabled && var.s3_object_ownership != "BucketOwnerEnforced" ? 1 : 0
  bucket = local.bucket_id
  acl    = try(length(local.acl_grants), 0) == 0 ? var.acl : null

  dynamic "access_control_policy" {
    for_each = try(length(local.acl_grants), 0) == 0 || try(length(var.acl), 0) > 0 ? [] : [1]
    content {
      dynamic "grant" {
        for_each = local.acl_grants
        content {
          permission = grant.value.permission
          grantee {
            id   = grant.value.id
            type = grant.value.type
            uri  = grant.value.uri
          }
        }
      }
    }
  }
}

data "aws_iam_policy_document" "bucket_policy" {
  count = local.enabled ? 1 : 0

  dynamic "statement" {
    for_each = local.denials
    content {
      sid       = statement.value.sid
      effect    = "Deny"
      actions   = [statement.value.whole ? "s3:*" : "s3:PutObject"]
      resources = statement.value.whole ? local.everything : ["${local.bucket_arn}/*"]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.test
        variable = statement.value.variable
        values   = statement.value.values
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.s3_replication_source_roles) > 0 ? [1] : []
    content {
      sid = "CrossAccountReplicationObjects"
      actions = [
        "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:GetObjectVersionTagging", "s3:ObjectOwnerOverrideToBucketOwner",
      ]
      resources = ["${local.bucket_arn}/*"]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.s3_replication_source_roles) > 0 ? [1] : []
    content {
      sid       = "CrossAccountReplicationBucket"
      actions   = ["s3:List*", "s3:GetBucketVersioning", "s3:PutBucketVersioning"]
      resources = [local.bucket_arn]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }

  dynamic "statement" {
    for_each = var.privileged_principal_arns
    content {
      sid       = "AllowPrivilegedPrincipal[${statement.key}]"
      actions   = var.privileged_principal_actions
      resources = distinct(concat([local.bucket_arn], formatlist("${local.bucket_arn}/%s*", values(statement.value)[0])))
      principals {
        type        = "AWS"
        identifiers = [keys(statement.value)[0]]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.source_ip_allow_list) > 0 ? [1] : []
    content {
      sid       = "AllowIPPrincipals"
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = local.everything
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = "NotIpAddress"
        variable = "aws:SourceIp"
        values   = var.source_ip_allow_list
      }
    }
  }
}

data "aws_iam_policy_document" "aggregated_policy" {
  count = local.enabled ? 1 : 0

  source_policy_documents   = [one(data.aws_iam_policy_document.bucket_policy[*].json)]
  override_policy_documents = var.source_policy_documents
}

resource "aws_s3_bucket_policy" "default" {
  count  = local.enabled && local.has_policy ? 1 : 0
  bucket = local.bucket_id
  policy = one(data.aws_iam_policy_document.aggregated_policy[*].json)
}

resource "aws_s3_bucket_accelerate_configuration" "default" {
  count  = local.enabled && var.transfer_acceleration_enabled ? 1 : 0
  bucket = local.bucket_id
  status = "Enabled"
}

resource "aws_s3_bucket_versioning" "default" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_id
  versioning_configuration {
    status = var.versioning_enabled ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_request_payment_configuration" "default" {
  count  = local.enabled && var.s3_request_payment_configuration.enabled ? 1 : 0
  bucket = local.bucket_id
  payer  = lower(var.s3_request_payment_configuration.payer) == "requester" ? "Requester" : "BucketOwner"
}

resource "aws_s3_bucket_object_lock_configuration" "default" {
  count  = local.enabled && var.object_lock_configuration != null ? 1 : 0
  bucket = local.bucket_id
  rule {
    default_retention {
      mode  = var.object_lock_configuration.mode
      days  = var.object_lock_configuration.days
      years = var.object_lock_configuration.years
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "default" {
  count  = local.enabled && length(local.lifecycle) > 0 ? 1 : 0
  bucket = local.bucket_id

  dynamic "rule" {
    for_each = local.lifecycle
    content {
      id     = rule.value.id
      status = rule.value.enabled == true ? "Enabled" : "Disabled"
      dynamic "filter" {
        for_each = [for one in [rule.value.filter] : one if one != null]
        content {
          and {
            prefix                   = filter.value.prefix
            tags                     = filter.value.tags
            object_size_greater_than = filter.value.object_size_greater_than
            object_size_less_than    = filter.value.object_size_less_than
          }
        }
      }
      dynamic "transition" {
        for_each = rule.value.transition
        content {
          date          = transition.value.date
          days          = transition.value.days
          storage_class = transition.value.storage_class
        }
      }
      dynamic "expiration" {
        for_each = rule.value.expiration
        content {
          date                         = expiration.value.date
          days                         = expiration.value.days
          expired_object_delete_marker = expiration.value.marker
        }
      }
    }
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "default" {
  for_each = { for one in var.intelligent_tiering_configuration : one.name => one if local.enabled }
  bucket   = local.bucket_id
  name     = each.key
  status   = each.value.status

  dynamic "filter" {
    for_each = each.value.filter == null ? [] : [each.value.filter]
    content {
      prefix = filter.value.prefix
      tags   = filter.value.tags
    }
  }

  dynamic "tiering" {
    for_each = each.value.tiering
    content {
      access_tier = tiering.value.access_tier
      days        = tiering.value.days
    }
  }
}

resource "aws_s3_bucket_public_access_block" "default" {
  count                   = local.enabled ? 1 : 0
  bucket                  = local.bucket_id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "default" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_id
  rule {
    object_ownership = var.s3_object_ownership
  }
}

output "bucket_id" {
  value = local.enabled ? local.bucket_id : ""
}

output "bucket_arn" {
  value = local.enabled ? join("", aws_s3_bucket.default[*].arn) : ""
}

output "bucket_domain_name" {
  value = local.enabled ? join("", aws_s3_bucket.default[*].bucket_domain_name) : ""
}

output "bucket_regional_domain_name" {
  value = local.enabled ? join("", aws_s3_bucket.default[*].bucket_regional_domain_name) : ""
}

output "bucket_region" {
  value = local.enabled ? join("", aws_s3_bucket.default[*].region) : ""
}

output "enabled" {
  value = local.enabled
}
