"""The demand that the bucket lies in one of some Regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Need, WrittenNeed
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.errors import did_you_mean
from auditor.foundation.value import Known, Truth, is_null, symbols_in
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.model import Bucket
from auditor.proofs.setting import DemandCause
from auditor.verdict import Outcome, Status

# Source: AWS General Reference, "AWS service endpoints", Regional endpoints: an area, a direction, a number.
_REGION = regex(r"[a-z]{2,}(-[a-z]+)*-(central|(north|south)(east|west)?|east|west)-\d+")
_REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
    "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1",
    "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
)  # fmt: skip
_ANOTHER = ""


def no_region(code: str) -> str:
    """Why a text is not the code of a Region; empty for one that has the form of a code, so that a new Region is one."""
    meant = "" if _REGION.fullmatch(code) else did_you_mean(code.lower(), _REGIONS) or ", such as eu-west-1"
    return meant and f"'{code}' is not the code of a Region{meant}"


@dataclass(frozen=True, slots=True)
class RegionNeed(Need):
    """That the bucket is in one of the Regions that the consumer works with.

    Attributes:
        regions: their codes.
    """

    IDS: ClassVar[str] = "bucket:region"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("bucket:region",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "regions": {
            "description": "The codes of the Regions, one of which the bucket must be in.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
        }
    }

    regions: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; what is not the code of a Region is told."""
        regions = written.texts("regions")
        if not regions:
            written.problem("the key 'regions' is missing", "id")
        for region in regions:
            if problem := no_region(region):
                written.problem(problem, "regions")
        return cls(*written.head, regions)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:  # noqa: ARG002 - it is the same for all
        """Whether the bucket is in one of them, in one case."""
        region = bucket.declaration.region
        place = region.location or bucket.declaration.location
        listed = " or ".join(self.regions)
        cause = DemandCause(
            f"the Region {listed}", decision=f"A bucket cannot be moved: create one in {listed}, and copy the objects into it"
        )
        if isinstance(region, Known) and not is_null(region):
            if region.value in self.regions:
                return Outcome(Status.HOLDS, f"the bucket is in {region.value}", place, cause=cause)
            reason = f"the bucket is in {region.value}"
            return Outcome(Status.FAILS, reason, place, {"region": str(region.value)}, cause=cause)
        possible = tuple(one for one in self.regions if same_text(region, Known(one)) is not Truth.FALSE)
        symbol = next(symbols_in(region), None)
        if not possible or symbol is None:
            return Outcome(
                Status.FAILS, f"the Region of the bucket cannot be {listed}", place, {"region": "another one"}, cause=cause
            )
        labels = (*(f"{symbol.written} is {one}" for one in possible), f"{symbol.written} is another Region")
        chosen = choices.of(Atom(("region", region), (*possible, _ANOTHER), symbol, labels))
        if chosen:
            return Outcome(Status.HOLDS, f"the bucket is in {chosen}", place, cause=cause)
        return Outcome(
            Status.FAILS, f"the bucket is in none of {', '.join(self.regions)}", place, {"region": "another one"}, cause=cause
        )


KIND = RegionNeed
