"""Groups of commands that stand for themselves, one module each."""
