"""Fixes applied: each tried in memory, audited again, and kept only if it fixes what it should and harms nobody.

`harm` says what a change of the code does that no fix may do, `bench` tries some, `apply` chooses which, `files` writes them or shows them as a patch.
"""
