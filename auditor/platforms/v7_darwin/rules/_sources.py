"""The documents that the rules rest on."""

DARWIN_PY = "https://github.com/v7labs/darwin-py"
ENABLEMENT = "https://github.com/v7labs/customer-enablement"
TROUBLESHOOTING = "https://docs.v7labs.com/docs/external-storage-troubleshooting"
REGISTERING = "https://docs.v7labs.com/docs/registering-items-from-external-storage"
IMPORTS = "https://docs.v7labs.com/reference/imports"
