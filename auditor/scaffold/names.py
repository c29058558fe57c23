"""What the code of a scaffold calls its things, in each language."""

from __future__ import annotations

from auditor.aws.partitions import partition_of
from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Known, Text
from auditor.lazy.classes import dataclass
from auditor.model import BucketDeclaration, IdentityDeclaration, IdentityKind, KeyDeclaration

_NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class ScaffoldNames:
    """What things are called.

    Attributes:
        language: "terraform", "cloudformation" or "json".
        contract: the id of the contract.
        bucket: the name of the bucket; empty where AWS or Terraform makes one up.
        account: the id of the account, where it is known; else empty.
        region: the code of the Region, likewise.
    """

    language: str
    contract: str
    bucket: str = ""
    account: str = ""
    region: str = ""

    def label(self, noun: str = "") -> str:
        """The label of a resource of Terraform, or the logical id of one of a template: that of a thing that is called a noun."""
        words = self.contract.replace("_", "-").replace(".", "-").split("-")
        if self.language == "terraform":
            return "_".join(words)
        return "".join(f"{word[:1].upper()}{word[1:]}" for word in words) + noun

    def bucket_declaration(self) -> BucketDeclaration:
        """The bucket."""
        name = Known(self.bucket) if self.bucket else NULL
        return BucketDeclaration(self._address("aws_s3_bucket", "Bucket"), _NOWHERE, name=name, region=self._region)

    def key_declaration(self) -> KeyDeclaration:
        """The key."""
        return KeyDeclaration(self._address("aws_kms_key", "Key"), _NOWHERE, region=self._region)

    def identity(self, kind: IdentityKind, name: str) -> IdentityDeclaration:
        """A role or user.

        Args:
            kind: which of them.
            name: that it must have; empty for any.
        """
        address = self._address(f"aws_iam_{kind.value}", kind.value.title())
        called = name or (self.contract if self.language == "json" else "")
        arn = f"arn:{partition_of(self.region)}:iam::{self.account or 'ACCOUNT'}:{kind.value}/{called}"
        return IdentityDeclaration(
            address,
            _NOWHERE,
            kind=kind,
            name=Known(called) if called else NULL,
            arn=Known(arn) if self.language == "json" else NULL,
        )

    @property
    def _region(self) -> Text:
        return Known(self.region) if self.region else NULL

    def _address(self, kind: str, noun: str) -> str:
        return f"{kind}.{self.label()}" if self.language == "terraform" else self.label(noun)
