"""Terraform and OpenTofu configuration: scanned lazily, parsed where it matters, evaluated without ever raising.

Data flows forward: `blocks` (text to top-level blocks) → `grammar` (block to `syntax`) → `module` (files to a module tree) → `evaluate`
(expressions to values) → `resources` (instances to declarations).
"""
