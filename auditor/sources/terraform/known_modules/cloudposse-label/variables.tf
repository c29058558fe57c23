variable "additional_tag_map" {
  type    = map(string)
  default = {}
}

variable "attributes" {
  type    = list(string)
  default = []
}

variable "context" {
  type    = any
  default = { enabled = true }
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

variable "id_length_limit" {
  type    = number
  default = null
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

variable "name" {
  type    = string
  default = null
}

variable "namespace" {
  type    = string
  default = null
}

variable "regex_replace_chars" {
  type    = string
  default = null
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
