# What the inputs of terraform-aws-modules/kms/aws create, as far as access to the key is concerned: releases 2 to 4.
# Source: the inputs, resources and outputs that the module documents at registry.terraform.io/modules/terraform-aws-modules/kms/aws.

locals {
  key_id = try(
    aws_kms_key.this[0].key_id,
    aws_kms_external_key.this[0].key_id,
    aws_kms_replica_key.this[0].key_id,
    aws_kms_replica_external_key.this[0].key_id,
    null,
  )
  key_arn = try(
    aws_kms_key.this[0].arn,
    aws_kms_external_key.this[0].arn,
    aws_kms_replica_key.this[0].arn,
    aws_kms_replica_external_key.this[0].arn,
    null,
  )

  use      = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
  delegate = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
  for_aws  = { "kms:GrantIsForAWSResource" = "true" }
  administer = [
    "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*",
    "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:ReplicateKey",
    "kms:ImportKeyMaterial",
  ]

  # Who may do what by the inputs that list principals.
  grants_to = [
    { sid = "KeyOwner", to = var.key_owners, actions = ["kms:*"], only = {} },
    { sid = "KeyAdministration", to = var.key_administrators, actions = local.administer, only = {} },
    { sid = "KeyUsage", to = var.key_users, actions = local.use, only = {} },
    { sid = "KeyServiceUsage", to = var.key_service_users, actions = local.delegate, only = local.for_aws },
    { sid = "KeyServiceRolesASG", to = var.key_service_roles_for_autoscaling, actions = local.use, only = {} },
    {
      sid  = "KeyServiceRolesASGPersistentVol", to = var.key_service_roles_for_autoscaling
      only = local.for_aws, actions = ["kms:CreateGrant"]
    },
    { sid = "KeySymmetricEncryption", to = var.key_symmetric_encryption_users, actions = local.use, only = {} },
    {
      sid  = "KeyHMAC", to = var.key_hmac_users
      only = {}, actions = ["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"]
    },
    {
      sid  = "KeyAsymmetricPublicEncryption", to = var.key_asymmetric_public_encryption_users
      only = {}, actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey", "kms:GetPublicKey"]
    },
    {
      sid  = "KeyAsymmetricSignVerify", to = var.key_asymmetric_sign_verify_users
      only = {}, actions = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"]
    },
  ]

  # Since 4 inputs have types: statements are no map any more, their conditions are called `condition`, and constraints are a list.
  typed      = var.described_release >= 40000
  conditions = local.typed ? "condition" : "conditions"
  statements = flatten([for all in [var.key_statements] : local.typed ? concat(all) : [for one in all : one] if all != null])

  external = var.create_external && !var.create_replica && !var.create_replica_external
  replica  = var.create_replica && !var.create_external && !var.create_replica_external
  both     = var.create_replica_external && !var.create_replica && !var.create_external
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_kms_key" "this" {
  count                              = var.create && !var.create_external && !var.create_replica && !var.create_replica_external ? 1 : 0
  region                             = var.region
  bypass_policy_lockout_safety_check = var.bypass_policy_lockout_safety_check
  customer_master_key_spec           = var.customer_master_key_spec
  custom_key_store_id                = var.custom_key_store_id
  is_enabled                         = var.is_enabled
  key_usage                          = var.key_usage
  multi_region                       = var.multi_region
  policy                             = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

resource "aws_kms_external_key" "this" {
  count                              = var.create && local.external ? 1 : 0
  region                             = var.region
  bypass_policy_lockout_safety_check = var.bypass_policy_lockout_safety_check
  enabled                            = var.is_enabled
  key_material_base64                = var.key_material_base64
  key_spec                           = var.key_spec
  key_usage                          = var.described_release >= 40200 ? var.key_usage : null
  multi_region                       = var.multi_region
  policy                             = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

resource "aws_kms_replica_key" "this" {
  count                              = var.create && local.replica ? 1 : 0
  region                             = var.region
  bypass_policy_lockout_safety_check = var.bypass_policy_lockout_safety_check
  enabled                            = var.is_enabled
  primary_key_arn                    = var.primary_key_arn
  policy                             = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

resource "aws_kms_replica_external_key" "this" {
  count                              = var.create && local.both ? 1 : 0
  region                             = var.region
  bypass_policy_lockout_safety_check = var.bypass_policy_lockout_safety_check
  enabled                            = var.is_enabled
  key_material_base64                = var.key_material_base64
  primary_key_arn                    = var.primary_external_key_arn
  policy                             = coalesce(var.policy, data.aws_iam_policy_document.this[0].json)
}

# The statements for Route 53 are left out: they are for a service of AWS.
data "aws_iam_policy_document" "this" {
  count                     = var.create ? 1 : 0
  source_policy_documents   = var.source_policy_documents
  override_policy_documents = var.override_policy_documents

  dynamic "statement" {
    for_each = var.enable_default_policy ? [1] : []
    content {
      sid       = "Default"
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
      }
    }
  }

  dynamic "statement" {
    for_each = [for grant in local.grants_to : grant if length(grant.to) > 0]
    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.to
      }
      dynamic "condition" {
        for_each = statement.value.only
        content {
          test     = "Bool"
          variable = condition.key
          values   = [condition.value]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local.statements
    content {
      sid           = try(statement.value.sid, null)
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
      dynamic "principals" {
        for_each = try([for one in statement.value.principals : one], [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "not_principals" {
        for_each = try([for one in statement.value.not_principals : one], [])
        content {
          type        = not_principals.value.type
          identifiers = not_principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try([for one in statement.value[local.conditions] : one], [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_kms_alias" "this" {
  for_each      = { for k, v in merge({ for key, name in toset(var.aliases) : key => { name = name } }, var.computed_aliases) : k => v if var.create }
  region        = var.region
  name          = var.aliases_use_name_prefix ? null : "alias/${each.value.name}"
  name_prefix   = var.aliases_use_name_prefix ? "alias/${each.value.name}-" : null
  target_key_id = local.key_id
}

resource "aws_kms_grant" "this" {
  for_each          = { for k, v in merge(var.grants) : k => v if var.create }
  region            = var.region
  key_id            = local.key_id
  grantee_principal = each.value.grantee_principal
  operations        = each.value.operations

  dynamic "constraints" {
    for_each = [for all in [try(each.value.constraints, null)] : all if try(length(all) > 0, false)]
    content {
      encryption_context_equals = local.typed ? lookup(constraints.value[0], "encryption_context_equals", null) : try(constraints.value.encryption_context_equals, null)
      encryption_context_subset = local.typed ? lookup(constraints.value[0], "encryption_context_subset", null) : try(constraints.value.encryption_context_subset, null)
    }
  }
}

output "key_arn" {
  value = local.key_arn
}

output "key_id" {
  value = local.key_id
}

output "key_policy" {
  value = try(aws_kms_key.this[0].policy, aws_kms_external_key.this[0].policy, aws_kms_replica_key.this[0].policy, aws_kms_replica_external_key.this[0].policy, null)
}

output "aliases" {
  value = aws_kms_alias.this
}
