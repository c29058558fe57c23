"""Policies that AWS manages, as far as S3 and KMS go.

Source: AWS Managed Policy Reference Guide, the page of each policy. `managed_policies.json` has the texts of August 2026, collected by
github.com/iann0036/iam-dataset (MIT, (c) 2021 Ian Mckay), AdministratorAccess apart. It lists each policy by what follows `:policy/` in its ARN
(`?/NAME` where its path is not known), with the statements that can match an action of S3 or KMS.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.foundation.border import beside, own
from auditor.foundation.value import Known, ListValue, MapValue, Value

_PREFIX = "arn:aws:iam::aws:policy/"


def managed_policy(arn: str) -> Value | None:
    """The document of a policy that AWS manages, as far as S3 and KMS go; None when its text is not known here.

    Args:
        arn: of the policy, or its name alone, as SAM takes it.
    """
    path = arn.removeprefix(_PREFIX)
    name = path.rpartition("/")[2]
    found = (path, f"?/{name}") if path != arn else (_by_name().get(arn, ""),)
    for one in found:
        if one in _texts():
            return _document(name, _texts()[one])
    return None


def _document(name: str, statements: Sequence[Mapping[str, Any]]) -> Value:
    titles = [name] if len(statements) == 1 else [f"{name} {number}" for number in range(1, len(statements) + 1)]
    listed = tuple(_value({"Sid": title, **statement}) for title, statement in zip(titles, statements, strict=True))
    return MapValue({"Version": Known("2012-10-17"), "Statement": ListValue(listed)})


@functools.cache
def _texts() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    texts: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(own(beside(__file__, "managed_policies.json")))
    return texts


@functools.cache
def _by_name() -> Mapping[str, str]:
    """The paths by the name alone; no two policies share a name."""
    return {path.rpartition("/")[2]: path for path in _texts()}


def _value(written: Any) -> Value:
    match written:
        case dict():
            return MapValue({key: _value(value) for key, value in written.items()})
        case list():
            return ListValue(tuple(map(_value, written)))
    return Known(written)
