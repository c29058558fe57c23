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
  bucket_arn  = "arn:aws:s3:::${local.bucket_id}"
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
    {
      on   = length(var.source_ip_allow_list) > 0, sid = "AllowIPPrincipals", whole = true
      test = "NotIpAddress", variable = "aws:SourceIp", values = var.source_ip_allow_list
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
  older_lifecycle = var.lifecycle_rules == null ? [] : [for rule in var.lifecycle_rules : {
    enabled    = rule.enabled
    filter_and = { prefix = try(rule.prefix, null), tags = try(rule.tags, null) }
    expiration = try(rule.enable_current_object_expiration, false) == true ? { days = rule.expiration_days } : null
    transition = [for one in [
      { on = try(rule.enable_standard_ia_transition, false), days = try(rule.standard_transition_days, null), storage_class = "STANDARD_IA" },
      { on = try(rule.enable_glacier_transition, false), days = try(rule.glacier_transition_days, null), storage_class = "GLACIER" },
      { on = try(rule.enable_deeparchive_transition, false), days = try(rule.deeparchive_transition_days, null), storage_class = "DEEP_ARCHIVE" },
    ] : one if one.on == true]
  }]
  lifecycle = concat(local.older_lifecycle, var.lifecycle_configuration_rules == null ? [] : var.lifecycle_configuration_rules)
}

resource "aws_s3_bucket" "default" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_name

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
      id              = try(cors_rule.value.id, null)
      allowed_headers = try(cors_rule.value.allowed_headers, null)
      allowed_methods = try(cors_rule.value.allowed_methods, null)
      allowed_origins = try(cors_rule.value.allowed_origins, null)
      expose_headers  = try(cors_rule.value.expose_headers, null)
      max_age_seconds = try(cors_rule.value.max_age_seconds, null)
    }
  }
}

resource "aws_s3_bucket_acl" "default" {
  count  = local.enabled && var.s3_object_ownership != "BucketOwnerEnforced" ? 1 : 0
  bucket = local.bucket_id
  acl    = length(local.acl_grants) == 0 ? var.acl : null

  dynamic "access_control_policy" {
    for_each = length(local.acl_grants) == 0 || try(length(var.acl), 0) > 0 ? [] : [1]
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
}

data "aws_iam_policy_document" "aggregated_policy" {
  source_policy_documents   = [data.aws_iam_policy_document.bucket_policy.json]
  override_policy_documents = var.source_policy_documents
}

resource "aws_s3_bucket_policy" "default" {
  count  = local.enabled && local.has_policy ? 1 : 0
  bucket = local.bucket_id
  policy = data.aws_iam_policy_document.aggregated_policy.json
}

resource "aws_s3_bucket_accelerate_configuration" "default" {
  count  = local.enabled && var.transfer_acceleration_enabled == true ? 1 : 0
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
  count  = local.enabled && try(var.s3_request_payment_configuration.enabled, false) ? 1 : 0
  bucket = local.bucket_id
  payer  = lower(try(var.s3_request_payment_configuration.payer, "")) == "requester" ? "Requester" : "BucketOwner"
}

resource "aws_s3_bucket_object_lock_configuration" "default" {
  count  = local.enabled && var.object_lock_configuration != null ? 1 : 0
  bucket = local.bucket_id
  rule {
    default_retention {
      mode  = var.object_lock_configuration.mode
      days  = try(var.object_lock_configuration.days, null)
      years = try(var.object_lock_configuration.years, null)
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "default" {
  count  = local.enabled && length(local.lifecycle) > 0 ? 1 : 0
  bucket = local.bucket_id

  dynamic "rule" {
    for_each = local.lifecycle
    content {
      id     = try(rule.value.id, null)
      status = rule.value.enabled == true ? "Enabled" : "Disabled"
      dynamic "filter" {
        for_each = try(rule.value.filter_and, null) == null ? [] : [rule.value.filter_and]
        content {
          and {
            prefix                   = try(filter.value.prefix, null)
            tags                     = try(filter.value.tags, null)
            object_size_greater_than = try(filter.value.object_size_greater_than, null)
            object_size_less_than    = try(filter.value.object_size_less_than, null)
          }
        }
      }
      dynamic "transition" {
        for_each = try(rule.value.transition, null) == null ? [] : rule.value.transition
        content {
          date          = try(transition.value.date, null)
          days          = try(transition.value.days, null)
          storage_class = transition.value.storage_class
        }
      }
      dynamic "expiration" {
        for_each = try(rule.value.expiration, null) == null ? [] : [rule.value.expiration]
        content {
          date                         = try(expiration.value.date, null)
          days                         = try(expiration.value.days, null)
          expired_object_delete_marker = try(expiration.value.expired_object_delete_marker, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "default" {
  for_each = { for one in var.intelligent_tiering_configuration : one.name => one if local.enabled }
  bucket   = local.bucket_id
  name     = each.key
  status   = try(each.value.status, null)

  dynamic "filter" {
    for_each = try(each.value.filter, null) == null ? [] : [each.value.filter]
    content {
      prefix = try(filter.value.prefix, null)
      tags   = try(filter.value.tags, null)
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
