"""The bucket that a registration request is about, in the code that declares it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from auditor.contract import Contract
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.inputs import read_inputs
from auditor.needs.access import AccessNeed
from auditor.object_access import ObjectAccess
from auditor.selection import check_principal, select
from auditor.sources.options import SourceOptions


def object_access(
    paths: Sequence[str], contract: Contract, options: SourceOptions, buckets: Sequence[str], texts: Texts
) -> ObjectAccess:
    """What the code under the paths says of reading the objects of its bucket.

    Raises:
        AuditError: something cannot be read, the contract reads nothing, or it is not clear which bucket is meant.
    """
    inputs = read_inputs(paths, (contract,), options, texts)
    check_principal(contract, inputs.roots)
    if inputs.errors:
        raise AuditError("\n".join(map(str, inputs.errors)))
    need = next((need for need in contract.needs_of(AccessNeed) if need.action == "s3:GetObject"), None)
    if need is None:
        raise AuditError(f"contract '{contract.id}' does not read objects")
    chosen = select(inputs.buckets, contract, inputs.directives, buckets).buckets
    if len(chosen) != 1:
        found = ", ".join(bucket.declaration.address for bucket in chosen) or "none"
        raise AuditError(f"a request is about one bucket: say which with --bucket ADDRESS (found: {found})")
    command = shlex.join(("auditor", "check", *paths, "--bucket", chosen[0].declaration.address))
    return ObjectAccess(chosen[0], need, contract, command)
