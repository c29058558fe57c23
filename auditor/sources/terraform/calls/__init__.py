"""Fixes at the call of a module: which arguments make it configure what a bucket of it lacks.

A module is shared by whoever calls it, so a fix belongs into the call wherever the module has arguments for it. `backwards` reads the expressions of a
module backwards: from what is wanted of them to the arguments on which they depend. `blocks` does so for blocks, `at_call` for the changes of a fix.
What comes of it is a proposal like any other fix: it is tried before it is made (`auditor.fixing`).
"""
