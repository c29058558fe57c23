"""What `ignore_changes` keeps: whatever an argument says, what is deployed may differ from it.

Source: developer.hashicorp.com/terraform/language/meta-arguments/lifecycle, "ignore_changes".
"""

from __future__ import annotations

from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Symbol, Unknown, Value, is_null
from auditor.lazy.classes import dataclass
from auditor.sources.choices import choose
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks, EvaluatedBody, Instance

# What tells which thing a resource is, or whose: a change of it makes another resource.
_IDENTITY = frozenset(
    {"account_id", "bucket", "bucket_prefix", "expected_bucket_owner", "key_id", "name", "name_prefix", "path", "region"}
    | {"role", "role_name", "roles"}
)


def in_force(instance: Instance, *, owner: bool) -> Instance:
    """An instance whose arguments say what is in force: as written, or something unknown where `ignore_changes` keeps it.

    Args:
        instance: it, as the code says.
        owner: whether it is a bucket, key or role: what is not written inside one may be configured beside it, and stays unwritten.
    """
    return replace(instance, body=_InForce(instance, owner)) if instance.ignored else instance


@dataclass(frozen=True, slots=True)
class _InForce:
    """The body of a resource under `ignore_changes`."""

    instance: Instance
    owner: bool

    @property
    def _body(self) -> EvaluatedBody:
        return self.instance.body

    @property
    def location(self) -> Location:
        """The header of the block."""
        return self._body.location

    def attribute(self, name: str) -> Value:
        """The value of an argument, or something unknown."""
        value = self._body.attribute(name)
        if not self._is_kept(name) or (self.owner and is_null(value)):
            return value
        as_written, deployed = self._symbols(name)
        return choose(as_written, value, Unknown(deployed, deployed.location))

    def written(self, name: str) -> Location | None:
        """The place of an argument."""
        return self._body.written(name)

    def blocks(self, name: str) -> EvaluatedBlocks:
        """The nested blocks, or something unknown."""
        found = self._body.blocks(name)
        if not self._is_kept(name) or (self.owner and not found.items and found.rest is None):
            return found
        return replace(found, kept=self._symbols(name))

    def _is_kept(self, name: str) -> bool:
        return name not in _IDENTITY and not self.instance.ignored.isdisjoint({name, "all"})

    def _symbols(self, name: str) -> tuple[Symbol, Symbol]:
        """The condition that the resource is as written, and what stands for an argument when it is not."""
        address = self.instance.address
        deployed = Symbol(
            f"{address}.{name} as deployed",
            f"ignore_changes keeps what is deployed, whatever {address} says",
            "take it out of ignore_changes",
            self._body.location,
        )
        return replace(deployed, name=f"{address} is as written"), deployed
