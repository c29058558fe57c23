variable "aliases" {
  type    = list(string)
  default = []
}

variable "aliases_use_name_prefix" {
  type    = bool
  default = false
}

variable "bypass_policy_lockout_safety_check" {
  type    = bool
  default = null
}

variable "computed_aliases" {
  type    = any
  default = {}
}

variable "create" {
  type    = bool
  default = true
}

variable "create_external" {
  type    = bool
  default = false
}

variable "create_replica" {
  type    = bool
  default = false
}

variable "create_replica_external" {
  type    = bool
  default = false
}

variable "custom_key_store_id" {
  type    = string
  default = null
}

variable "customer_master_key_spec" {
  type    = string
  default = null
}

variable "enable_default_policy" {
  type    = bool
  default = true
}

variable "grants" {
  type    = any
  default = {}
}

variable "is_enabled" {
  type    = bool
  default = null
}

variable "key_administrators" {
  type    = list(string)
  default = []
}

variable "key_asymmetric_public_encryption_users" {
  type    = list(string)
  default = []
}

variable "key_asymmetric_sign_verify_users" {
  type    = list(string)
  default = []
}

variable "key_hmac_users" {
  type    = list(string)
  default = []
}

variable "key_material_base64" {
  type    = string
  default = null
}

variable "key_owners" {
  type    = list(string)
  default = []
}

variable "key_service_roles_for_autoscaling" {
  type    = list(string)
  default = []
}

variable "key_service_users" {
  type    = list(string)
  default = []
}

variable "key_spec" {
  type    = string
  default = null
}

variable "key_statements" {
  type    = any
  default = []
}

variable "key_symmetric_encryption_users" {
  type    = list(string)
  default = []
}

variable "key_usage" {
  type    = string
  default = null
}

variable "key_users" {
  type    = list(string)
  default = []
}

variable "multi_region" {
  type    = bool
  default = false
}

variable "override_policy_documents" {
  type    = list(string)
  default = []
}

variable "policy" {
  type    = string
  default = null
}

variable "primary_external_key_arn" {
  type    = string
  default = null
}

variable "primary_key_arn" {
  type    = string
  default = null
}

variable "region" {
  type    = string
  default = null
}

variable "source_policy_documents" {
  type    = list(string)
  default = []
}

# Inputs that do not bear on who may use the key.

variable "deletion_window_in_days" {
  default = null
}

variable "description" {
  default = null
}

variable "enable_key_rotation" {
  default = null
}

variable "enable_route53_dnssec" {
  default = null
}

variable "rotation_period_in_days" {
  default = null
}

variable "route53_dnssec_sources" {
  default = null
}

variable "tags" {
  default = null
}

variable "valid_to" {
  default = null
}

# Given by the audit itself: the release that is called.
variable "described_release" {
  type = number
}
