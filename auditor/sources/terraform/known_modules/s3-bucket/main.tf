# What the inputs of terraform-aws-modules/s3-bucket/aws create, as far as access to the bucket is concerned: releases 3.9 to 5.
# Source: the inputs, resources and outputs that the module documents at registry.terraform.io/modules/terraform-aws-modules/s3-bucket/aws.

locals {
  create = var.create_bucket && var.putin_khuylo
  plain  = local.create && !var.is_directory_bucket

  attach = (
    var.attach_access_log_delivery_policy ||
    (var.attach_analytics_destination_policy && var.described_release >= 51502) ||
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

  arn     = try(aws_s3_bucket.this[0].arn, "")
  objects = "${local.arn}/*"
  account = data.aws_caller_identity.current.account_id

  grants    = try(jsondecode(var.grant), var.grant)
  cors      = try(jsondecode(var.cors_rule), var.cors_rule)
  lifecycle = try(jsondecode(var.lifecycle_rule), var.lifecycle_rule)
  tiering   = try(jsondecode(var.intelligent_tiering), var.intelligent_tiering)
  retention = try(var.object_lock_configuration.rule.default_retention, null)

  # Conditions of the statements below.
  owned = [{ test = "StringEquals", variable = "s3:x-amz-acl", values = ["bucket-owner-full-control"] }]
  of_lb = [{ test = "StringEquals", variable = "aws:ResourceOrgID", values = var.lb_log_delivery_policy_source_organizations }]
  of_logging = [
    { test = "StringEquals", variable = "aws:ResourceOrgID", values = var.access_log_delivery_policy_source_organizations },
  ]
  of_source = [
    { test = "ForAnyValue:ArnLike", variable = "aws:SourceArn", values = var.access_log_delivery_policy_source_buckets },
    { test = "ForAnyValue:StringEquals", variable = "aws:SourceAccount", values = var.access_log_delivery_policy_source_accounts },
  ]
  partition  = data.aws_partition.current.partition
  waf_region = var.described_release >= 51503 ? "*" : data.aws_region.current.region
  waf_logs   = "arn:${var.described_release >= 50901 ? local.partition : "aws"}:logs:${local.waf_region}:${local.account}:*"
  of_waf = [
    { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    { test = "ArnLike", variable = "aws:SourceArn", values = [local.waf_logs] },
  ]
  of_inventory = [
    {
      test = "ArnLike", variable = "aws:SourceArn", values = compact(distinct([
        var.inventory_self_source_destination ? local.arn : var.inventory_source_bucket_arn,
        var.analytics_self_source_destination ? local.arn : var.analytics_source_bucket_arn,
      ]))
    },
    {
      test = "StringEquals", variable = "aws:SourceAccount", values = compact(distinct([
        var.inventory_self_source_destination ? local.account : var.inventory_source_account_id,
        var.analytics_self_source_destination ? local.account : var.analytics_source_account_id,
      ]))
    },
  ]

  # The accounts of Elastic Load Balancing in Regions that are older than its service principal.
  # Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer", step 2.
  elb_accounts = {
    us-east-1      = "127311923021", us-east-2 = "033677994240", us-west-1 = "027434742980", us-west-2 = "797873946194"
    af-south-1     = "098369216593", ap-east-1 = "754344448648", ap-south-1 = "718504428378", ap-northeast-1 = "582318560864"
    ap-northeast-2 = "600734575887", ap-northeast-3 = "383597477331", ap-southeast-1 = "114774131450"
    ap-southeast-2 = "783225319266", ap-southeast-3 = "589379963580", ca-central-1 = "985666609251", cn-north-1 = "638102146993"
    cn-northwest-1 = "037604701340", eu-central-1 = "054676820928", eu-west-1 = "156460612806", eu-west-2 = "652711504416"
    eu-west-3      = "009996457667", eu-south-1 = "635631232127", eu-north-1 = "897822967062", me-south-1 = "076674570225"
    sa-east-1      = "507241528517", us-gov-west-1 = "048591011584", us-gov-east-1 = "190560391635"
  }
  elb = [
    for region, id in local.elb_accounts :
    { sid = "ELBRegion${title(region)}", account = id, allow = ["s3:PutObject"], on = [local.objects] }
    if region == data.aws_region.current.region
  ]

  # What each input that attaches something attaches: who may do what, or what nobody may, and the conditions.
  lb_sid    = var.described_release >= 41100 ? "AlbNlbLogDelivery" : "AWSLogDelivery"
  lb_checks = var.described_release >= 31401 ? ["s3:GetBucketAcl", "s3:ListBucket"] : ["s3:GetBucketAcl"]
  statements = {
    elb = concat(local.elb, [
      { sid = "", service = "logdelivery.elasticloadbalancing", allow = ["s3:PutObject"], on = [local.objects] },
    ])
    lb = [
      {
        sid  = "${local.lb_sid}Write", service = "delivery.logs", allow = ["s3:PutObject"], on = [local.objects]
        when = concat(local.owned, local.of_lb)
      },
      { sid = "${local.lb_sid}AclCheck", service = "delivery.logs", allow = local.lb_checks, on = [local.arn], when = local.of_lb },
    ]
    access_log = [
      {
        sid  = "AWSAccessLogDeliveryWrite", service = "logging.s3", allow = ["s3:PutObject"], on = [local.objects]
        when = concat(local.of_source, local.of_logging)
      },
      {
        sid  = "AWSAccessLogDeliveryAclCheck", service = "logging.s3", allow = ["s3:GetBucketAcl"], on = [local.arn]
        when = local.of_logging
      },
    ]
    cloudtrail = [
      { sid = "AWSCloudTrailAclCheck", service = "cloudtrail", allow = ["s3:GetBucketAcl"], on = [local.arn] },
      {
        sid  = "AWSCloudTrailWrite", service = "cloudtrail", allow = ["s3:PutObject"], on = ["${local.arn}/AWSLogs/*"]
        when = local.owned
      },
    ]
    tls = [{
      sid  = "denyOutdatedTLS", deny = ["s3:*"], on = [local.arn, local.objects]
      when = [{ test = "NumericLessThan", variable = "s3:TlsVersion", values = ["1.2"] }]
    }]
    insecure = [{
      sid  = "denyInsecureTransport", deny = ["s3:*"], on = [local.arn, local.objects]
      when = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    }]
    unencrypted = [{
      sid  = "denyUnencryptedObjectUploads", deny = ["s3:PutObject"], on = [local.objects]
      when = [{ test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"] }]
    }]
    ssec = [{
      sid  = "denySSECEncryptedObjectUploads", deny = ["s3:PutObject"], on = [local.objects]
      when = [{ test = "Null", variable = "s3:x-amz-server-side-encryption-customer-algorithm", values = ["false"] }]
    }]
    key = [{
      sid  = "denyIncorrectKmsKeySse", deny = ["s3:PutObject"], on = [local.objects]
      when = [{ test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption-aws-kms-key-id", values = [var.allowed_kms_key_arn] }]
    }]
    headers = [{
      sid = "denyIncorrectEncryptionHeaders", deny = ["s3:PutObject"], on = [local.objects]
      when = [{
        test   = "StringNotEquals", variable = "s3:x-amz-server-side-encryption"
        values = [local.algorithm == "aws:kms" ? "aws:kms" : "AES256"]
      }]
    }]
    inventory = [{
      sid  = "destinationInventoryAndAnalyticsPolicy", service = "s3", allow = ["s3:PutObject"], on = [local.objects]
      when = concat(local.of_inventory, local.owned)
    }]
    waf = [
      {
        sid  = "WafLogDeliveryWrite", service = "delivery.logs", allow = ["s3:PutObject"]
        on   = ["${local.arn}/AWSLogs/${local.account}/*"]
        when = concat(local.owned, local.of_waf)
      },
      { sid = "WafLogDeliveryAclCheck", service = "delivery.logs", allow = ["s3:GetBucketAcl"], on = [local.arn], when = local.of_waf },
    ]
  }

  # Since 5.8 a policy may name the bucket by placeholders.
  named = {
    _S3_BUCKET_ID_  = try(var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id, null)
    _S3_BUCKET_ARN_ = try(var.is_directory_bucket ? aws_s3_directory_bucket.this[0].arn : aws_s3_bucket.this[0].arn, null)
  }
  written = try(data.aws_iam_policy_document.combined[0].json, "")
  replaced = replace(
    replace(replace(local.written, "_S3_BUCKET_ID_", local.named._S3_BUCKET_ID_), "_S3_BUCKET_ARN_", local.named._S3_BUCKET_ARN_),
    "_AWS_ACCOUNT_ID_", local.account,
  )
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {
  region = var.described_release >= 50301 ? var.region : null
}

resource "aws_s3_bucket" "this" {
  count         = local.plain ? 1 : 0
  region        = var.region
  bucket        = var.bucket
  bucket_prefix = var.bucket_prefix

  bucket_namespace    = var.bucket_namespace
  object_lock_enabled = var.object_lock_enabled
}

resource "aws_s3_directory_bucket" "this" {
  count  = local.create && var.is_directory_bucket ? 1 : 0
  region = var.region
  bucket = "${var.bucket}--${var.availability_zone_id}--x-s3"
}

resource "aws_s3_bucket_acl" "this" {
  count  = local.plain && (var.acl != null && var.acl != "null" || length(local.grants) > 0) ? 1 : 0
  region = var.region
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
  region = var.region
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
  region = var.region
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
  region = var.region
  bucket = var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id
  policy = var.described_release >= 50800 ? local.replaced : local.written
}

data "aws_iam_policy_document" "combined" {
  count = local.create && local.attach ? 1 : 0
  source_policy_documents = compact([
    var.attach_elb_log_delivery_policy ? data.aws_iam_policy_document.made["elb"].json : "",
    var.attach_lb_log_delivery_policy ? data.aws_iam_policy_document.made["lb"].json : "",
    var.attach_access_log_delivery_policy ? data.aws_iam_policy_document.made["access_log"].json : "",
    var.attach_cloudtrail_log_delivery_policy ? data.aws_iam_policy_document.made["cloudtrail"].json : "",
    var.attach_require_latest_tls_policy ? data.aws_iam_policy_document.made["tls"].json : "",
    var.attach_deny_insecure_transport_policy ? data.aws_iam_policy_document.made["insecure"].json : "",
    var.attach_deny_unencrypted_object_uploads ? data.aws_iam_policy_document.made["unencrypted"].json : "",
    var.attach_deny_ssec_encrypted_object_uploads ? data.aws_iam_policy_document.made["ssec"].json : "",
    var.attach_deny_incorrect_kms_key_sse ? data.aws_iam_policy_document.made["key"].json : "",
    var.attach_deny_incorrect_encryption_headers ? data.aws_iam_policy_document.made["headers"].json : "",
    var.attach_inventory_destination_policy || var.attach_analytics_destination_policy ? data.aws_iam_policy_document.made["inventory"].json : "",
    var.attach_policy ? var.policy : "",
    var.attach_waf_log_delivery_policy ? data.aws_iam_policy_document.made["waf"].json : "",
  ])
}

data "aws_iam_policy_document" "made" {
  for_each = { for name, statements in local.statements : name => statements if local.plain }

  dynamic "statement" {
    for_each = each.value
    content {
      sid       = statement.value.sid
      effect    = can(statement.value.deny) ? "Deny" : "Allow"
      actions   = try(statement.value.deny, statement.value.allow)
      resources = statement.value.on
      principals {
        type = can(statement.value.deny) ? "*" : can(statement.value.service) ? "Service" : "AWS"
        identifiers = [
          try("${statement.value.service}.amazonaws.com", "arn:${local.partition}:iam::${statement.value.account}:root", "*"),
        ]
      }
      dynamic "condition" {
        for_each = [for one in try(statement.value.when, []) : one if length(one.values) > 0]
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = local.plain && var.attach_public_policy ? 1 : 0
  region                  = var.region
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = local.plain && var.control_object_ownership ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  rule {
    object_ownership = var.object_ownership
  }
}

resource "aws_s3_bucket_accelerate_configuration" "this" {
  count  = local.plain && var.acceleration_status != null ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  status = title(lower(var.acceleration_status))
}

resource "aws_s3_bucket_versioning" "this" {
  count  = local.plain && length(keys(var.versioning)) > 0 ? 1 : 0
  region = var.region
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
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  payer  = lower(var.request_payer) == "requester" ? "Requester" : "BucketOwner"
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  count  = local.create && var.object_lock_enabled && local.retention != null ? 1 : 0
  region = var.region
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
  region = var.region
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
        for_each = [for one in try(flatten([rule.value.filter]), []) : one if length(keys(one)) > 0]
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
  region   = var.region
  bucket   = aws_s3_bucket.this[0].id
  name     = each.key
  status   = try(tobool(each.value.status) ? "Enabled" : "Disabled", title(lower(each.value.status)), null)

  dynamic "filter" {
    for_each = length(try(flatten([each.value.filter]), [])) == 0 ? [] : [true]
    content {
      prefix = try(each.value.filter.prefix, null)
      tags   = try(each.value.filter.tags, null)
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
