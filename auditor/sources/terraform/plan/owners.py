"""The buckets and keys of a plan, and what refers to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.foundation.value import Known, Value, is_null, origin_of
from auditor.sources.terraform.plan.document import OWNERS, Json, entries

# What refers to a bucket or key, and what it is referred to by.
_TARGETS = ("bucket", "key_id")
_NAMES = ("bucket", "id", "arn", "key_id")


class Owners:
    """The buckets and keys of a plan by what they are called.

    Args:
        resources: as they will be.
    """

    def __init__(self, resources: Sequence[Json]) -> None:
        self._called = {text: str(one.get("address")) for one in resources for text in _names(one)}

    def meant(self, target: Value) -> str | None:
        """The address of the bucket or key that a reference means, as far as that is known."""
        return origin_of(target) or self._called.get(known_text(target))

    def recorded(self, values: Json) -> Iterator[str]:
        """The addresses of the buckets and keys that the recorded values of a resource name."""
        yield from (self._called[text] for text in (values.get(name) for name in _TARGETS) if text in self._called)


def _names(resource: Json) -> list[str]:
    if resource.get("mode") != "managed" or resource.get("type") not in OWNERS:
        return []
    values = entries(resource.get("values"))
    return [values[name] for name in _NAMES if isinstance(values.get(name), str)]


def known_text(value: Value) -> str:
    """The text of a value; empty where it is not known."""
    return str(value.value) if isinstance(value, Known) and not is_null(value) else ""
