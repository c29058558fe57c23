"""Scaffolds: what is written holds."""
