"""Terraform's functions, one module a group of the language reference; `call` dispatches by name."""
