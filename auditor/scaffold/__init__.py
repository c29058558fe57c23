"""The smallest configuration with which a contract holds, written in a language and audited before it is shown.

`parameters` says which values of the contract are inputs of the code, `names` what the code calls things, `design` what is made, in the terms of the
AWS API; one module for each language lays it out with the writers of `auditor.fixes`; `proof` audits it, and `missing` does the same for code
that is there already.
"""
