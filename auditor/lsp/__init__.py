"""The language server: what `auditor check` says, in an editor, while the code is being written.

Data flows forward: `project` audits what belongs to the open files, `diagnostics`, `hover` and `actions` make of the answers what the protocol
has for them, `server` speaks it. It is `auditor check --changed --related` for the open files, with what is unsaved in place of what is saved.

Source: Language Server Protocol 3.17 (https://microsoft.github.io/language-server-protocol/).
"""
