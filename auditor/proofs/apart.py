"""Consumers in another partition of AWS than the bucket: no policy lets them in."""

from __future__ import annotations

from auditor.aws.partitions import COMMERCIAL, partition_in
from auditor.foundation.value import Domain, Known, Symbol, is_null
from auditor.model import Bucket
from auditor.proofs.grant import GrantNeed
from auditor.proofs.outcome import open_because
from auditor.proofs.setting import DemandCause
from auditor.verdict import Outcome, Status


def out_of_reach(need: GrantNeed, bucket: Bucket) -> Outcome | None:
    """The failure of a request by a role, user or account of another partition; unknown where the Region is not resolved.

    Source: AWS Fault Isolation Boundaries, "Partitions": credentials of IAM from one partition cannot be used with resources of another one.

    Args:
        need: of whom, or of a role of the customer's that they assume.
        bucket: what it is about; it is in another partition only where its Region says so.
    """
    here, party = bucket.declaration.partition, need.party
    principal = party.trust.principal if party.trust is not None else party.principal
    theirs = partition_in(Known(principal))
    if theirs in (here, ""):
        return None
    region = bucket.declaration.region
    place = region.location or bucket.declaration.location
    if here == COMMERCIAL and (not isinstance(region, Known) or is_null(region)):
        reason = f"{principal} reaches only a bucket in a Region of the partition {theirs}"
        hint = "give the Region with --region"
        return open_because(Symbol(f"the Region of {bucket.declaration.address}", reason, hint, place, Domain.REGION), place)
    named = f"the bucket is in {region.value}, of" if isinstance(region, Known) else "the bucket is in a Region of"
    cause = DemandCause(
        f"a Region of the partition {theirs}",
        decision=f"A bucket cannot be moved: create one in a Region of the partition {theirs}, or ask the platform for a principal in {here}",
    )
    reason = f"{named} the partition {here}, where no policy can let in {principal}"
    return Outcome(Status.FAILS, reason, place, {"request": f"{need.operation} by {principal}"}, cause=cause)
