"""The interface for Python: `functions` is what `auditor` exports, `request` what the command line shares with it."""
