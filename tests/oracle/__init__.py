"""Differential tests against engines that we did not write; `make oracle` runs them."""
