"""A kind of need that only the tests have: the KMS key beside the bucket is in one Region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from auditor.contract import Contract, Contradiction, Need, WrittenNeed
from auditor.foundation.cases import Atom, Choices
from auditor.foundation.equality import same_text
from auditor.foundation.value import Known, Truth, symbols_in
from auditor.lazy.classes import dataclass
from auditor.model import Bucket, Resource
from auditor.verdict import Outcome, Status


@dataclass(frozen=True, slots=True)
class KeyRegionNeed(Need):
    """That the key is in `region`."""

    IDS: ClassVar[str] = "key-region"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("key-region",)
    KEYS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"region": {"type": "string", "minLength": 1}}

    region: str = ""

    @classmethod
    def read(cls, written: WrittenNeed) -> Self:
        """The need; the schema cannot say that it must name a Region."""
        if not written.text("region"):
            written.problem("the Region is missing", "region")
        return cls(*written.head, written.text("region"))

    def contradictions(self, contract: Contract) -> Iterator[Contradiction]:
        """A consumer in China uses no key of another Region."""
        if contract.party.principal.startswith("arn:aws-cn:") and not self.region.startswith("cn-"):
            yield Contradiction(f"'{self.region}' is not a Region of China", ("principal", "arn"))

    def about(self, bucket: Bucket) -> Resource:
        """The key, where there is one."""
        return next(iter(bucket.estate.keys), bucket)

    def prove(self, bucket: Bucket, contract: Contract, choices: Choices) -> Outcome:
        """Whether the key is there."""
        del contract
        key = next(iter(bucket.estate.keys), None)
        if key is None:
            return Outcome(Status.NOT_APPLICABLE, "no key is declared", bucket.location)
        region = key.declaration.region
        same = same_text(region, Known(self.region))
        if same is Truth.UNKNOWN:
            symbol = next(symbols_in(region))
            labels = (f"{symbol.name} is {self.region}", f"{symbol.name} is another Region")
            same = Truth.of(choices.of(Atom(("key region", symbol.name, self.region), (True, False), symbol, labels)))
        if same is Truth.TRUE:
            return Outcome(Status.HOLDS, f"{key.address} is in {self.region}", key.location)
        return Outcome(Status.FAILS, f"{key.address} is not in {self.region}", key.location, {"request": "Encrypt"})


KIND = KeyRegionNeed
