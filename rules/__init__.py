"""The rules, one module each; `auditor.rule` says what a module defines."""
