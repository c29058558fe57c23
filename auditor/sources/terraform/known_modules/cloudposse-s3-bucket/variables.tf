variable "acl" {
  type    = string
  default = "private"
}

variable "additional_tag_map" {
  type    = map(string)
  default = {}
}

variable "allow_encrypted_uploads_only" {
  type     = bool
  default  = false
  nullable = false
}

variable "allow_ssl_requests_only" {
  type     = bool
  default  = false
  nullable = false
}

variable "attributes" {
  type    = list(string)
  default = []
}

variable "availability_zone_id" {
  type    = string
  default = ""
}

variable "block_public_acls" {
  type     = bool
  default  = true
  nullable = false
}

variable "block_public_policy" {
  type     = bool
  default  = true
  nullable = false
}

variable "bucket_key_enabled" {
  type     = bool
  default  = false
  nullable = false
}

variable "bucket_name" {
  type    = string
  default = null
}

variable "context" {
  type    = any
  default = { enabled = true }
}

variable "cors_configuration" {
  type = list(object({
    id              = optional(string)
    allowed_headers = optional(list(string))
    allowed_methods = optional(list(string))
    allowed_origins = optional(list(string))
    expose_headers  = optional(list(string))
    max_age_seconds = optional(number)
  }))
  default  = []
  nullable = false
}

variable "create_s3_directory_bucket" {
  type    = bool
  default = false
}

variable "delimiter" {
  type    = string
  default = null
}

variable "descriptor_formats" {
  type    = any
  default = {}
}

variable "enabled" {
  type    = bool
  default = null
}

variable "environment" {
  type    = string
  default = null
}

variable "grants" {
  type = list(object({
    id          = string
    type        = string
    permissions = list(string)
    uri         = string
  }))
  default  = []
  nullable = false
}

variable "id_length_limit" {
  type    = number
  default = null
}

variable "ignore_public_acls" {
  type     = bool
  default  = true
  nullable = false
}

variable "intelligent_tiering_configuration" {
  type = list(object({
    name   = string
    status = optional(string, "Enabled")
    filter = optional(object({
      prefix = optional(string)
      tags   = optional(map(string))
    }))
    tiering = list(object({
      access_tier = string
      days        = number
    }))
  }))
  default  = []
  nullable = false
}

variable "kms_master_key_arn" {
  type     = string
  default  = ""
  nullable = false
}

variable "label_key_case" {
  type    = string
  default = null
}

variable "label_order" {
  type    = list(string)
  default = null
}

variable "label_value_case" {
  type    = string
  default = null
}

variable "labels_as_tags" {
  type    = set(string)
  default = ["default"]
}

variable "lifecycle_configuration_rules" {
  type = list(object({
    enabled = optional(bool, true)
    id      = string
    filter_and = optional(object({
      object_size_greater_than = optional(number)
      object_size_less_than    = optional(number)
      prefix                   = optional(string)
      tags                     = optional(map(string), {})
    }))
    expiration = optional(object({
      date                         = optional(string)
      days                         = optional(number)
      expired_object_delete_marker = optional(bool)
    }))
    transition = optional(list(object({
      date          = optional(string)
      days          = optional(number)
      storage_class = optional(string)
    })), [])
  }))
  default  = []
  nullable = false
}

variable "lifecycle_rule_ids" {
  type    = list(string)
  default = []
}

variable "lifecycle_rules" {
  type = list(object({
    prefix                           = string
    enabled                          = bool
    tags                             = map(string)
    enable_glacier_transition        = bool
    enable_deeparchive_transition    = bool
    enable_standard_ia_transition    = bool
    enable_current_object_expiration = bool
    standard_transition_days         = number
    glacier_transition_days          = number
    deeparchive_transition_days      = number
    expiration_days                  = number
  }))
  default = null
}

variable "minimum_tls_version" {
  type    = string
  default = null
}

variable "name" {
  type    = string
  default = null
}

variable "namespace" {
  type    = string
  default = null
}

variable "object_lock_configuration" {
  type = object({
    mode  = string
    days  = number
    years = number
  })
  default = null
}

variable "privileged_principal_actions" {
  type     = list(string)
  default  = []
  nullable = false
}

variable "privileged_principal_arns" {
  type     = list(map(list(string)))
  default  = []
  nullable = false
}

variable "regex_replace_chars" {
  type    = string
  default = null
}

variable "restrict_public_buckets" {
  type     = bool
  default  = true
  nullable = false
}

variable "s3_object_ownership" {
  type     = string
  default  = "ObjectWriter"
  nullable = false
}

variable "s3_replication_source_roles" {
  type     = list(string)
  default  = []
  nullable = false
}

variable "s3_request_payment_configuration" {
  type = object({
    enabled = bool
    payer   = string
  })
  default = {
    enabled = false
    payer   = "BucketOwner"
  }
}

variable "source_ip_allow_list" {
  type     = list(string)
  default  = []
  nullable = false
}

variable "source_policy_documents" {
  type     = list(string)
  default  = []
  nullable = false
}

variable "sse_algorithm" {
  type     = string
  default  = "AES256"
  nullable = false
}

variable "stage" {
  type    = string
  default = null
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "tenant" {
  type    = string
  default = null
}

variable "transfer_acceleration_enabled" {
  type     = bool
  default  = false
  nullable = false
}

variable "versioning_enabled" {
  type     = bool
  default  = true
  nullable = false
}

# Inputs that do not bear on who may use the bucket.

variable "access_key_enabled" {
  default = null
}

variable "allowed_bucket_actions" {
  default = null
}

variable "blocked_encryption_types" {
  default = null
}

variable "bucket_namespace" {
  default = null
}

variable "event_notification_details" {
  default = null
}

variable "expected_bucket_owner" {
  default = null
}

variable "force_destroy" {
  default = null
}

variable "logging" {
  default = null
}

variable "replication_rules" {
  default = null
}

variable "s3_replica_bucket_arn" {
  default = null
}

variable "s3_replication_enabled" {
  default = null
}

variable "s3_replication_permissions_boundary_arn" {
  default = null
}

variable "s3_replication_rules" {
  default = null
}

variable "ssm_base_path" {
  default = null
}

variable "store_access_key_in_ssm" {
  default = null
}

variable "user_enabled" {
  default = null
}

variable "user_permissions_boundary_arn" {
  default = null
}

variable "website_configuration" {
  default = null
}

variable "website_redirect_all_requests_to" {
  default = null
}
