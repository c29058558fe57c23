"""Fixes, tried and applied."""
