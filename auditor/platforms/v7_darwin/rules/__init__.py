"""The rules about registration requests: a few of one idea in a module, each declared beside the code that makes its findings.

Every module reports into a scope (`requests.scope`); `check.py` calls them for each request and each item.
"""
