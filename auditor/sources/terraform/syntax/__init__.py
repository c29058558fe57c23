"""Text to a syntax tree: native syntax, JSON syntax, templates; nothing is evaluated."""
