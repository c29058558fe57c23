"""Widely used public modules that configure no bucket and no key: what a call of one that is not available locally may do all the same.

Such a module is handed buckets all the time, to be read, written to or announced. It is listed here where no release of it has a resource,
a stack or a module of somebody else that could configure one.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.sources.terraform.modules.registry_modules import Version, published_as

_FIRST = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Listing:
    """One listed module, with its submodules.

    Attributes:
        registry: its address in the public registry.
        repository: its repository on GitHub.
        until: the last major version that is listed.
        identities: whether it gives policies to roles, users or groups.
        since: the first release that is listed.
        only: the paths of the modules that are listed, "" for the one at the top; None where all are.
        runs: the inputs from which it takes what it runs when it is applied.
    """

    registry: str
    repository: str
    until: int
    identities: bool = False
    since: Version = _FIRST
    only: frozenset[str] | None = None
    runs: tuple[str, ...] = ()


_PACKAGING = (
    "source_path", "hash_extra", "docker_build_root", "docker_file", "docker_image", "docker_additional_options", "docker_entrypoint",
)  # fmt: skip


def _listing(
    name: str,
    until: int,
    *,
    by: str = "terraform-aws-modules",
    identities: bool = False,
    since: Version = _FIRST,
    only: Sequence[str] | None = None,
    runs: tuple[str, ...] = (),
) -> Listing:
    """A module with the usual names of an organization."""
    paths = frozenset(only) if only is not None else None
    return Listing(f"{by}/{name}/aws", f"{by}/terraform-aws-{name}", until, identities, since, paths, runs)


LISTINGS: Sequence[Listing] = (
    _listing("acm", 6),
    _listing("alb", 10, since=(3, 0, 0)),
    _listing("autoscaling", 9, identities=True, since=(4, 9, 0)),
    _listing("cloudfront", 6),
    _listing("cloudwatch", 5),
    _listing("dynamodb-table", 5),
    _listing("ec2-instance", 6, identities=True),
    _listing("ecr", 3, identities=True),
    _listing("ecs", 7, identities=True),
    _listing("eventbridge", 4, identities=True),
    _listing("iam", 6, identities=True),
    _listing("iam-s3-user", 1, by="cloudposse", identities=True),
    _listing("iam-system-user", 1, by="cloudposse", identities=True),
    _listing("lambda", 8, identities=True, only=("", "modules/alias"), runs=_PACKAGING),
    _listing("msk-kafka-cluster", 3),
    _listing("opensearch", 2),
    _listing("rds", 7, identities=True),
    _listing("rds-aurora", 10, identities=True),
    _listing("redshift", 7, identities=True),
    _listing("s3-bucket", 5, only=("modules/notification", "modules/object")),
    _listing("secrets-manager", 2),
    _listing("security-group", 5),
    _listing("sns", 7),
    _listing("sqs", 5),
    _listing("ssm-parameter", 2),
    _listing("step-functions", 5, identities=True),
    _listing("vpc", 6, identities=True),
)
"""Source: the resources of every tagged release up to the newest of that major version, in the repository of each module (github.com), and
those that the module documents at registry.terraform.io. `lambda` builds its package by a provisioner that runs the commands of `source_path`;
`modules/deploy` runs a script, and is not listed; `alb` had a bucket until 3.0.0, and `autoscaling` a provisioner until 4.9.0."""

_MOST_KEPT = 256  # many calls of a repository are of the same few modules
_SUBMODULE = regex(r"(?<=[^:/])//([^?]*)")


@functools.lru_cache(_MOST_KEPT)
def listing_of(source: str | None, version: str | None) -> Listing | None:
    """The listing of the module that a call means, None when it is not listed, or that release or submodule is not.

    Args:
        source: the `source` argument; what follows `//` is the path of a submodule.
        version: the `version` argument, for a module of the registry.

    Source: developer.hashicorp.com/terraform/language/modules/sources, "Modules in Package Sub-directories".
    """
    if source is None:
        return None
    path = _SUBMODULE.search(source)
    found = published_as(_SUBMODULE.sub("", source), version, LISTINGS)
    inside = path[1].strip("/") if path else ""
    return found if found and (found.only is None or inside in found.only) else None
