"""Small plans with the parts of those that Terraform 1.11 makes with the stand-in of the provider (`tests/oracle/stand-in`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.contract.load import load
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.verdict import Verdict

Resource = dict[str, Any]


def resource(address: str, **values: Any) -> Resource:
    """A resource with its values."""
    type_, _, name = address.partition("[")[0].partition(".")
    return {"address": address, "mode": "managed", "type": type_, "name": name, "values": values}


def document(action: str, principal: str = "", bucket: str = "acme-label") -> str:
    """A policy that allows an action on all objects of a bucket, for a principal where it is one of a bucket."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **({"Principal": principal} if principal else {})}]})


def plan(
    before: Sequence[Resource],
    after: Sequence[Resource],
    written: Mapping[str, Sequence[str]] | None = None,
    actions: Mapping[str, Sequence[str]] | None = None,
    deposed: Sequence[Resource] = (),
) -> dict[str, Any]:
    """A plan from what is there to what will be.

    Args:
        before, after: the resources.
        written: the arguments that are configured, by address; those of others do not matter.
        actions: what is done, by address, where it is not what follows from the resources.
        deposed: objects that are to be destroyed.
    """
    states = [{one["address"]: one for one in part} for part in (before, after)]

    def change(address: str) -> dict[str, Any]:
        old, new = (state.get(address) for state in states)
        usual = ["create"] if old is None else ["delete"] if new is None else ["no-op"] if old == new else ["update"]
        one = new or old or {}
        done = (actions or {}).get(address, usual)
        return {**one, "change": {"actions": done, "before": old and old["values"], "after": new and new["values"]}}

    identified = ({key: one[key] for key in ("address", "mode", "type", "name")} for one in after)
    configured = [{**one, "expressions": {key: {} for key in (written or {}).get(one["address"], ())}} for one in identified]
    gone = [
        {**one, "deposed": "00000001", "change": {"actions": ["delete"], "before": one["values"], "after": None}} for one in deposed
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(after)}},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": list(before)}}},
        "resource_changes": [*(change(address) for address in {**states[1], **states[0]}), *gone],
        "configuration": {"root_module": {"resources": configured}},
    }


def verdicts(document: Mapping[str, Any], directory: Path, **parameters: str) -> tuple[Verdict, ...]:
    """The verdicts on the only bucket of a plan, with the default contract."""
    (directory / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    return audit(Request((str(directory / "plan.json"),), (load("v7-darwin", parameters),)), Texts()).verdicts


def statuses(document: Mapping[str, Any], directory: Path, **parameters: str) -> dict[str, str]:
    """The status of each need, likewise."""
    return {one.need.id: one.status.value for one in verdicts(document, directory, **parameters)}
