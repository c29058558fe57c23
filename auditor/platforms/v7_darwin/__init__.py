"""V7 Darwin: what it needs of a bucket, the requests that register its items, and the guides to its errors.

Source of the guides' causes: https://docs.v7labs.com/docs/external-storage-troubleshooting
"""
