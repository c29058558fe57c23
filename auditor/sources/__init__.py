"""From text to declarations: one package or module for each language. Sources end at `auditor.model`."""
