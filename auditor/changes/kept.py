"""What stays deployed although the new code does not write it any more: arguments of a bucket or key that the provider also computes.

Source: registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket and …/kms_key: `policy`, `cors_rule`,
`server_side_encryption_configuration` and the like are optional and computed. developer.hashicorp.com/terraform/plugin/sdkv2/schemas/schema-behaviors,
"Computed": without a value in the configuration, the value that is deployed is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.foundation.value import Known, Symbol
from auditor.inputs import Inputs
from auditor.link import link
from auditor.model import Attachment, BucketDeclaration, Declarations, KeyDeclaration, Opaque, present_address

_Owner = BucketDeclaration | KeyDeclaration


def with_what_stays(old: Inputs, new: Inputs) -> Inputs:
    """What was read of the new side, with what the provider leaves in force of the old one.

    Args:
        old: the old side.
        new: the new one.
    """
    before = {root.root: root for root in old.roots}
    roots = tuple(_with_kept(before.get(root.root), root) for root in new.roots)
    return new if roots == new.roots else replace(new, roots=roots, buckets=tuple(link(roots)))


def _with_kept(old: Declarations | None, new: Declarations) -> Declarations:
    kept = tuple(_kept(old, new)) if old is not None and new.language == "terraform" else ()
    return replace(new, opaque=(*new.opaque, *kept)) if kept else new


def _kept(old: Declarations, new: Declarations) -> Iterator[Opaque]:
    """What stands for each argument that was written in a bucket or key and is not any more, while the bucket or key stays the same."""
    there = {(one.address, one.kind) for one in new.attachments if one.inline}
    owners, former = _owners(new), _owners(old)
    for attachment in old.attachments:
        address = present_address(attachment.address, new.moved)
        owner, was = owners.get(address), former.get(attachment.address)
        if attachment.inline and owner and was and (address, attachment.kind) not in there and not _renamed(was, owner):
            yield _standing_for(attachment, owner)


def _owners(declared: Declarations) -> dict[str, _Owner]:
    """The buckets and keys that are made, by address."""
    found: tuple[_Owner, ...] = (*declared.buckets, *declared.keys)
    return {one.address: one for one in found if one.managed}


def _standing_for(attachment: Attachment, owner: _Owner) -> Opaque:
    kind = attachment.kind
    symbol = Symbol(
        f"the {kind.value} that {owner.address} had",
        f"the {kind.value} was written in {owner.address}, and the provider keeps what is deployed when the argument is removed",
        "write what should be there, or remove it by hand",
        owner.location,
    )
    place = Known(owner.address, owner.location, owner.address)
    return Opaque(owner.address, owner.location, owner.when, owner.calls, symbol=symbol, given=(place,), kinds=frozenset({kind}))


def _renamed(was: _Owner, owner: _Owner) -> bool:
    """Whether a bucket certainly has another name, so that another one is made."""
    names = [one.name for one in (was, owner) if isinstance(one, BucketDeclaration)]
    return len(names) == 2 and all(isinstance(name, Known) for name in names) and names[0] != names[1]
