"""Proves offline that a bucket will work for the external platform that is to use it."""

__version__ = "0.1.0"
