"""IAM's own semantics: statements, principals, conditions and patterns against a request, in every case of what is unknown."""
