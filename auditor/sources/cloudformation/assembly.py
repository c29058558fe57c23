"""The cloud assembly that a template of the AWS CDK lies in: where its stack is deployed, and what is uploaded for it.

Source: AWS CDK API Reference, cloud-assembly-schema: `manifest.json`, `artifacts` of the type `aws:cloudformation:stack` with `environment`
(`aws://ACCOUNT/REGION`, of which either may be `unknown-account` or `unknown-region`), `properties.templateFile` and
`properties.stackName` (else the artifact's id), and `properties.parameters`, which the stack is given;
`NAME.assets.json` beside `NAME.template.json`, `files` with `source.path` and `destinations`, each with an `objectKey`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import plain_json
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, Symbol, Text, Unknown, Value, scalar_text, text_parts
from auditor.lazy.expressions import regex

_ENVIRONMENT = regex(r"aws://(?P<account>[^/]+)/(?P<region>[^/]+)")


def environment_of(path: str, texts: Texts) -> tuple[str | None, str | None]:
    """The account and the region that a manifest beside a template says; None for what none says, or stacks of the template differ in."""
    all_of_it = [_ENVIRONMENT.fullmatch(str(artifact.get("environment", ""))) for _, artifact in _artifacts(path, texts)]
    account, region = ({found[part] for found in all_of_it if found is not None} for part in ("account", "region"))
    return _only(account), _only(region)


def _only(values: set[str]) -> str | None:
    """The one value that is said; None where there are several, or it is known only at deployment."""
    value = values.pop() if len(values) == 1 else "unknown-"
    return None if value.startswith("unknown-") else value


def stack_name_of(path: str, texts: Texts) -> str | None:
    """The name of the stack that a manifest beside a template says; None for what none says."""
    for name, artifact in _artifacts(path, texts):
        return str(artifact["properties"].get("stackName", name))
    return None


def parameters_of(path: str, texts: Texts) -> dict[str, Value]:
    """What a manifest beside a template gives the parameters of its stack, by name; unknown where stacks of the template differ in it."""
    manifest = posixpath.join(posixpath.dirname(path), "manifest.json")
    all_of_it = [artifact["properties"].get("parameters") for _, artifact in _artifacts(path, texts)]
    each = [one if isinstance(one, dict) else {} for one in all_of_it]
    found: dict[str, Value] = {}
    for name in dict.fromkeys(name for one in each for name in one):
        said = {scalar_text(one[name]) if isinstance(one.get(name), str | int | float) else None for one in each}
        text = said.pop() if len(said) == 1 else None
        reason = f"stacks of the template are given several values of the parameter {name}"
        unknown = Unknown(Symbol(name, reason, f"give it with --parameter {name}=…", Location(manifest)), Location(manifest))
        found[name] = unknown if text is None else Known(text, Location(manifest))
    return found


def _artifacts(path: str, texts: Texts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The artifacts that a manifest beside a template lists for it, by their ids."""
    directory, name = posixpath.split(path)
    listed = _listed(posixpath.join(directory, "manifest.json"), "artifacts", texts) if path != "-" else {}
    for one, artifact in listed.items():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if isinstance(properties, dict) and properties.get("templateFile") == name:
            yield one, artifact


def uploaded(url: Text, path: str, texts: Texts) -> str | None:
    """The file that is uploaded to an address for the stack of a template; None where no list of assets says so.

    Args:
        url: an address, whose end is the key of an object.
        path: the template of the stack, or of the one that nests it.
        texts: where files are read from.
    """
    end = text_parts(url)[-1:]
    key = end[0].rpartition("/")[2] if end and isinstance(end[0], str) else ""
    stem = path.removesuffix(".template.json")
    for asset in _listed(f"{stem}.assets.json", "files", texts).values() if key and stem != path else ():
        source, destinations = (asset.get(name) if isinstance(asset, dict) else None for name in ("source", "destinations"))
        keys = (
            [one.get("objectKey") for one in destinations.values() if isinstance(one, dict)]
            if isinstance(destinations, dict)
            else []
        )
        if isinstance(source, dict) and any(isinstance(one, str) and one.rpartition("/")[2] == key for one in keys):
            file = source.get("path")
            return posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if isinstance(file, str) else None
    return None


def _listed(path: str, section: str, texts: Texts) -> Mapping[str, Any]:
    """The entries of a section of a manifest; none where there is no such manifest."""
    text = texts.read(path)
    try:
        document: Any = None if isinstance(text, InputError) else plain_json(text)
    except ValueError:
        return {}
    found = document.get(section) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}
