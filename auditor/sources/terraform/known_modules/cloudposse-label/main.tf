# What cloudposse/label/null makes of its inputs: release 0.25, which modules of Cloud Posse call in their context.tf.
# Source: the inputs and outputs that the module documents at registry.terraform.io/modules/cloudposse/label/null.

locals {
  own = {
    enabled          = var.enabled, namespace = var.namespace, tenant = var.tenant, environment = var.environment
    stage            = var.stage, name = var.name, delimiter = var.delimiter, label_order = var.label_order
    id_length_limit  = var.id_length_limit, regex_replace_chars = var.regex_replace_chars
    label_key_case   = var.label_key_case, label_value_case = var.label_value_case
  }
  # An input goes before the context; attributes, tags and maps are added to it; labels_as_tags stays as it was first set.
  input = merge(
    { for name, value in local.own : name => value == null ? try(var.context[name], null) : value },
    {
      attributes         = compact(distinct(concat(coalesce(try(var.context.attributes, []), []), coalesce(var.attributes, []))))
      tags               = merge(try(var.context.tags, {}), var.tags)
      additional_tag_map = merge(try(var.context.additional_tag_map, {}), var.additional_tag_map)
      descriptor_formats = merge(try(var.context.descriptor_formats, {}), var.descriptor_formats)
      labels_as_tags     = try(contains(var.context.labels_as_tags, "unset"), true) ? var.labels_as_tags : var.context.labels_as_tags
    },
  )

  delimiter = local.input.delimiter == null ? "-" : local.input.delimiter
  dropped   = local.input.regex_replace_chars == null ? "/[^-a-zA-Z0-9]/" : local.input.regex_replace_chars
  case      = local.input.label_value_case == null ? "lower" : local.input.label_value_case
  order     = try(coalescelist(local.input.label_order), ["namespace", "environment", "stage", "name", "attributes"])
  limit     = local.input.id_length_limit == null ? 0 : local.input.id_length_limit

  plain = merge(
    {
      for label in ["namespace", "tenant", "environment", "stage", "name"] :
      label => [local.input[label] == null ? "" : replace(local.input[label], local.dropped, "")]
    },
    { attributes = compact(distinct([for one in local.input.attributes : replace(one, local.dropped, "")])) },
  )
  cased = {
    for label, texts in local.plain : label => [
      for text in texts :
      local.case == "none" ? text : local.case == "title" ? title(lower(text)) : local.case == "upper" ? upper(text) : lower(text)
    ]
  }
  labels = { for label, texts in local.cased : label => join(local.delimiter, texts) }
  whole  = join(local.delimiter, [for label in local.order : local.labels[label] if local.labels[label] != ""])

  # A longer id than the limit ends in five characters of a digest of the whole.
  room   = local.limit - 5 - length(local.delimiter)
  start  = local.room > 0 ? "${trimsuffix(substr(local.whole, 0, local.room), local.delimiter)}${local.delimiter}" : ""
  digest = "${md5(local.whole)}qrstuvwxyz"
  end    = local.case == "title" ? title(local.digest) : local.case == "upper" ? upper(local.digest) : lower(local.digest)
  short  = substr("${local.start}${replace(local.end, local.dropped, "")}", 0, local.limit)
  id     = local.limit != 0 && length(local.whole) > local.limit ? local.short : local.whole
}

output "id" {
  value = local.input.enabled ? local.id : ""
}

output "id_full" {
  value = local.input.enabled ? local.whole : ""
}

output "enabled" {
  value = local.input.enabled
}

output "namespace" {
  value = local.input.enabled ? local.labels.namespace : ""
}

output "tenant" {
  value = local.input.enabled ? local.labels.tenant : ""
}

output "environment" {
  value = local.input.enabled ? local.labels.environment : ""
}

output "stage" {
  value = local.input.enabled ? local.labels.stage : ""
}

output "name" {
  value = local.input.enabled ? local.labels.name : ""
}

output "delimiter" {
  value = local.input.enabled ? local.delimiter : ""
}

output "attributes" {
  value = local.input.enabled ? local.cased.attributes : []
}

output "label_order" {
  value = local.order
}

output "regex_replace_chars" {
  value = local.dropped
}

output "id_length_limit" {
  value = local.limit
}

output "additional_tag_map" {
  value = local.input.additional_tag_map
}

output "context" {
  value = local.input
}
