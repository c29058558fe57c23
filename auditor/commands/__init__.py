"""The commands that belong to no platform, one module each; `requested` is what two of them have in common."""
