"""The cloud assembly that a template of the AWS CDK lies in: where its stack is deployed.

Source: AWS CDK API Reference, cloud-assembly-schema: `manifest.json`, `artifacts` of the type `aws:cloudformation:stack` with `environment`
(`aws://ACCOUNT/REGION`, of which either may be `unknown-account` or `unknown-region`) and `properties.templateFile`.
"""

from __future__ import annotations

import posixpath
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import plain_json
from auditor.foundation.text import Texts
from auditor.lazy.expressions import regex

_ENVIRONMENT = regex(r"aws://(?P<account>[^/]+)/(?P<region>[^/]+)")


def environment_of(path: str, texts: Texts) -> tuple[str | None, str | None]:
    """The account and the region that a manifest beside a template says; None for what none says."""
    directory, name = posixpath.split(path)
    manifest = posixpath.join(directory, "manifest.json")
    text = texts.read(manifest)
    if path == "-" or isinstance(text, InputError):
        return None, None
    try:
        document: Any = plain_json(text)
    except ValueError:
        return None, None
    artifacts = document.get("artifacts") if isinstance(document, dict) else None
    for artifact in artifacts.values() if isinstance(artifacts, dict) else ():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if isinstance(properties, dict) and properties.get("templateFile") == name:
            found = _ENVIRONMENT.fullmatch(str(artifact.get("environment", "")))
            if found is not None:
                account, region = (None if value.startswith("unknown-") else value for value in found.group("account", "region"))
                return account, region
    return None, None
