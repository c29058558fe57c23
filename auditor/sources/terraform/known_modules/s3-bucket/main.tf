# What the inputs of terraform-aws-modules/s3-bucket/aws create, as far as access to the bucket is concerned: releases 3.9 to 5.
# Source: the inputs, resources and outputs that the module documents at registry.terraform.io/modules/terraform-aws-modules/s3-bucket/aws.

locals {
  create = var.create_bucket && var.putin_khuylo
  plain  = local.create && !var.is_directory_bucket

  attach = (
    var.attach_access_log_delivery_policy ||
    var.attach_analytics_destination_policy ||
    var.attach_cloudtrail_log_delivery_policy ||
    var.attach_deny_incorrect_encryption_headers ||
    var.attach_deny_incorrect_kms_key_sse ||
    var.attach_deny_insecure_transport_policy ||
    var.attach_deny_ssec_encrypted_object_uploads ||
    var.attach_deny_unencrypted_object_uploads ||
    var.attach_elb_log_delivery_policy ||
    var.attach_inventory_destination_policy ||
    var.attach_lb_log_delivery_policy ||
    var.attach_policy ||
    var.attach_require_latest_tls_policy ||
    var.attach_waf_log_delivery_policy
  )

  encryption = try(flatten([var.server_side_encryption_configuration["rule"]]), [])
  algorithm  = try(var.server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm, null)

  objects = "${aws_s3_bucket.this[0].arn}/*"

  grants    = try(jsondecode(var.grant), var.grant)
  cors      = try(jsondecode(var.cors_rule), var.cors_rule)
  lifecycle = try(jsondecode(var.lifecycle_rule), var.lifecycle_rule)
  tiering   = try(jsondecode(var.intelligent_tiering), var.intelligent_tiering)
  retention = try(var.object_lock_configuration.rule.default_retention, null)

  # Statements that deny everyone: what they deny, of what, and the condition.
  denials = [for denial in [
    {
      on   = var.attach_require_latest_tls_policy, sid = "denyOutdatedTLS", whole = true
      test = "NumericLessThan", variable = "s3:TlsVersion", values = ["1.2"]
    },
    {
      on   = var.attach_deny_insecure_transport_policy, sid = "denyInsecureTransport", whole = true
      test = "Bool", variable = "aws:SecureTransport", values = ["false"]
    },
    {
      on   = var.attach_deny_unencrypted_object_uploads, sid = "denyUnencryptedObjectUploads", whole = false
      test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"]
    },
    {
      on   = var.attach_deny_ssec_encrypted_object_uploads, sid = "denySSECEncryptedObjectUploads", whole = false
      test = "Null", variable = "s3:x-amz-server-side-encryption-customer-algorithm", values = ["false"]
    },
    {
      on   = var.attach_deny_incorrect_kms_key_sse, sid = "denyIncorrectKmsKeySse", whole = false
      test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption-aws-kms-key-id", values = [var.allowed_kms_key_arn]
    },
    {
      on     = var.attach_deny_incorrect_encryption_headers, sid = "denyIncorrectEncryptionHeaders", whole = false
      test   = "StringNotEquals", variable = "s3:x-amz-server-side-encryption"
      values = [local.algorithm == "aws:kms" ? "aws:kms" : "AES256"]
    },
  ] : denial if denial.on && local.plain]

  # Statements for services of AWS: their conditions are left out, since no service is the platform.
  services = [for service in [
    { on = var.attach_elb_log_delivery_policy, sid = "", principal = "logdelivery.elasticloadbalancing.amazonaws.com" },
    { on = var.attach_lb_log_delivery_policy, sid = "AlbNlbLogDeliveryWrite", principal = "delivery.logs.amazonaws.com" },
    { on = var.attach_access_log_delivery_policy, sid = "AWSAccessLogDeliveryWrite", principal = "logging.s3.amazonaws.com" },
    { on = var.attach_cloudtrail_log_delivery_policy, sid = "AWSCloudTrailWrite", principal = "cloudtrail.amazonaws.com" },
    { on = var.attach_waf_log_delivery_policy, sid = "WafLogDeliveryWrite", principal = "delivery.logs.amazonaws.com" },
    {
      on        = var.attach_inventory_destination_policy || var.attach_analytics_destination_policy
      sid       = "destinationInventoryAndAnalyticsPolicy"
      principal = "s3.amazonaws.com"
    },
  ] : service if service.on && local.plain]
}

resource "aws_s3_bucket" "this" {
  count         = local.plain ? 1 : 0
  region        = var.region
  bucket        = var.bucket
  bucket_prefix = var.bucket_prefix

  object_lock_enabled = var.object_lock_enabled
}

resource "aws_s3_directory_bucket" "this" {
  count  = local.create && var.is_directory_bucket ? 1 : 0
  region = var.region
  bucket = "${var.bucket}--${var.availability_zone_id}--x-s3"
}

resource "aws_s3_bucket_acl" "this" {
  count  = local.plain && (var.acl != null && var.acl != "null" || length(local.grants) > 0) ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  acl    = var.acl == "null" ? null : var.acl

  dynamic "access_control_policy" {
    for_each = length(local.grants) > 0 ? [true] : []
    content {
      dynamic "grant" {
        for_each = local.grants
        content {
          permission = grant.value.permission
          grantee {
            type          = grant.value.type
            id            = try(grant.value.id, null)
            uri           = try(grant.value.uri, null)
            email_address = try(grant.value.email, null)
          }
        }
      }
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = local.create && length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  bucket = var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id

  dynamic "rule" {
    for_each = local.encryption
    content {
      bucket_key_enabled = try(rule.value.bucket_key_enabled, null)
      dynamic "apply_server_side_encryption_by_default" {
        for_each = try([rule.value.apply_server_side_encryption_by_default], [])
        content {
          sse_algorithm     = apply_server_side_encryption_by_default.value.sse_algorithm
          kms_master_key_id = try(apply_server_side_encryption_by_default.value.kms_master_key_id, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "this" {
  count  = local.plain && length(local.cors) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id

  dynamic "cors_rule" {
    for_each = local.cors
    content {
      id              = try(cors_rule.value.id, null)
      allowed_methods = cors_rule.value.allowed_methods
      allowed_origins = cors_rule.value.allowed_origins
      allowed_headers = try(cors_rule.value.allowed_headers, null)
      expose_headers  = try(cors_rule.value.expose_headers, null)
      max_age_seconds = try(cors_rule.value.max_age_seconds, null)
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  count  = local.create && local.attach ? 1 : 0
  bucket = var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id
  policy = data.aws_iam_policy_document.combined[0].json
}

data "aws_iam_policy_document" "combined" {
  count                   = local.create && local.attach ? 1 : 0
  source_policy_documents = [data.aws_iam_policy_document.made[0].json, var.attach_policy ? var.policy : ""]
}

data "aws_iam_policy_document" "made" {
  count = local.create && local.attach ? 1 : 0

  dynamic "statement" {
    for_each = local.denials
    content {
      sid       = statement.value.sid
      effect    = "Deny"
      actions   = [statement.value.whole ? "s3:*" : "s3:PutObject"]
      resources = statement.value.whole ? [aws_s3_bucket.this[0].arn, local.objects] : [local.objects]
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
    for_each = local.services
    content {
      sid       = statement.value.sid
      actions   = ["s3:PutObject"]
      resources = [local.objects]
      principals {
        type        = "Service"
        identifiers = [statement.value.principal]
      }
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = local.plain && var.attach_public_policy ? 1 : 0
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = local.plain && var.control_object_ownership ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule {
    object_ownership = var.object_ownership
  }
}

resource "aws_s3_bucket_accelerate_configuration" "this" {
  count  = local.plain && var.acceleration_status != null ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  status = title(lower(var.acceleration_status))
}

resource "aws_s3_bucket_versioning" "this" {
  count  = local.plain && length(keys(var.versioning)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  versioning_configuration {
    status = try(
      tobool(var.versioning.enabled) ? "Enabled" : "Suspended",
      tobool(var.versioning.status) ? "Enabled" : "Suspended",
      title(lower(var.versioning.status)),
      "Enabled",
    )
  }
}

resource "aws_s3_bucket_request_payment_configuration" "this" {
  count  = local.plain && var.request_payer != null ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  payer  = lower(var.request_payer) == "requester" ? "Requester" : "BucketOwner"
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  count  = local.create && var.object_lock_enabled && local.retention != null ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule {
    default_retention {
      mode  = local.retention.mode
      days  = try(local.retention.days, null)
      years = try(local.retention.years, null)
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count  = local.create && length(local.lifecycle) > 0 ? 1 : 0
  bucket = var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id

  dynamic "rule" {
    for_each = local.lifecycle
    content {
      id = try(rule.value.id, null)
      status = try(
        tobool(rule.value.enabled) ? "Enabled" : "Disabled",
        tobool(rule.value.status) ? "Enabled" : "Disabled",
        title(lower(rule.value.status)),
      )
      dynamic "filter" {
        for_each = try(flatten([rule.value.filter]), [])
        content {
          and {
            prefix                   = try(filter.value.prefix, null)
            tags                     = try(filter.value.tags, filter.value.tag, null)
            object_size_greater_than = try(filter.value.object_size_greater_than, null)
            object_size_less_than    = try(filter.value.object_size_less_than, null)
          }
        }
      }
      dynamic "transition" {
        for_each = try(flatten([rule.value.transition]), [])
        content {
          date          = try(transition.value.date, null)
          days          = try(transition.value.days, null)
          storage_class = transition.value.storage_class
        }
      }
      dynamic "expiration" {
        for_each = try(flatten([rule.value.expiration]), [])
        content {
          date                         = try(expiration.value.date, null)
          days                         = try(expiration.value.days, null)
          expired_object_delete_marker = try(expiration.value.expired_object_delete_marker, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_intelligent_tiering_configuration" "this" {
  for_each = { for name, one in local.tiering : name => one if local.plain }
  bucket   = aws_s3_bucket.this[0].id
  name     = each.key
  status   = try(tobool(each.value.status) ? "Enabled" : "Disabled", title(lower(each.value.status)), null)

  dynamic "filter" {
    for_each = try(flatten([each.value.filter]), [])
    content {
      prefix = try(filter.value.prefix, null)
      tags   = try(filter.value.tags, null)
    }
  }

  dynamic "tiering" {
    for_each = each.value.tiering
    content {
      access_tier = tiering.key
      days        = tiering.value.days
    }
  }
}

output "s3_bucket_id" {
  value = try(aws_s3_bucket.this[0].id, aws_s3_directory_bucket.this[0].bucket, "")
}

output "s3_bucket_arn" {
  value = try(aws_s3_bucket.this[0].arn, "")
}

output "s3_bucket_bucket_domain_name" {
  value = try(aws_s3_bucket.this[0].bucket_domain_name, "")
}

output "s3_bucket_bucket_regional_domain_name" {
  value = try(aws_s3_bucket.this[0].bucket_regional_domain_name, "")
}

output "s3_bucket_region" {
  value = try(aws_s3_bucket.this[0].bucket_region, "")
}

output "s3_bucket_policy" {
  value = try(aws_s3_bucket_policy.this[0].policy, "")
}

output "s3_directory_bucket_name" {
  value = try(aws_s3_directory_bucket.this[0].bucket, null)
}

output "s3_directory_bucket_arn" {
  value = try(aws_s3_directory_bucket.this[0].arn, null)
}

output "s3_bucket_hosted_zone_id" {
  value = try(aws_s3_bucket.this[0].hosted_zone_id, "")
}
