"""Plans: `terraform show -json PLAN` as instances.

Known values are taken as planned; what the provider read back is not taken for what is written. What is known only after apply follows from
the configuration beside the plan, else from what its expression refers to, else it is unknown.

Data flows forward: `recognition` (what a text of Terraform's is) → `document` (its resources and changes, `addresses`) → `references` and
`beside` (what an unknown argument means) → `body` (instances) → `reader` (declarations), which `read_back` corrects.
Source: developer.hashicorp.com/terraform/internals/json-format.
"""
