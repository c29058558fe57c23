"""Types and operators of the language, and the values of resources; no names are resolved here."""
