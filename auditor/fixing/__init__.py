"""Fixes applied: each tried in memory, audited again, and kept only if it fixes what it should and harms nobody.

`harm` says what a change of the code does that no fix may do, `apply` chooses and tries the fixes, `files` writes them or shows them as a patch.
"""
