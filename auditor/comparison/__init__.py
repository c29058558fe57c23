"""What a changed policy lets somebody do that the old one did not, and the reverse, for every principal, action, resource and context.

Data flows forward: `statements` (two documents, compiled) → `principals`, `resources`, `context`
(finitely many representatives of each) → `search` (a request that one document allows and the other does not) → `access` (the relation).
"""
