"""What code means where it has other words than the AWS API.

The state of a KMS key, whether it is a multi-Region key, booleans, kinds of policies, and commands that write configuration, or none.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import Known, Symbol, Unknown, Value, When, alternatives, is_null, scalar_text
from auditor.lazy.expressions import regex
from auditor.model import Kind, OrganizationPolicyKind
from auditor.sources.choices import in_branches


def is_recent(namespace: Value) -> bool:
    """Whether a bucket with a namespace is one of those that are made since March 2026.

    Source: AWS, What's New, 12 March 2026, "Amazon S3 introduces account regional namespaces for general purpose buckets".
    """
    return namespace == Known("account-regional")


# Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
_STATES = {"true": "Enabled", "false": "Disabled"}


def key_state(enabled: Value) -> Value:
    """The KeyState of a key, null where the switch is not written, unknown where the switch is."""

    def state(switch: Value) -> Value:
        if not isinstance(switch, Known) or is_null(switch):
            return switch
        return replace(switch, value=_STATES.get(scalar_text(switch.value).lower(), switch.value))

    return in_branches(enabled, state)


def imported(state: Value, origin: Value, address: str, place: Location) -> Value:
    """The KeyState of a key that, where its origin is EXTERNAL, cannot be used before somebody imports key material.

    Source: AWS KMS Developer Guide, "Importing key material for AWS KMS keys": until then its state is PendingImport.

    Args:
        state: what the code says of it otherwise.
        origin: the Origin of the AWS API; null where that is not written, and AWS KMS makes the material.
        address: of the key.
        place: of the key.
    """
    why = "the code does not import it, and a key cannot be used before it is there"
    pending = Unknown(Symbol(f"the key material of {address}", why, "import the key material", place), place)

    def waiting(of: Value) -> Value:
        own = is_null(of) or (isinstance(of, Known) and of.value != "EXTERNAL")
        return state if own else in_branches(state, lambda one: one if one == Known("Disabled") else pending)

    return in_branches(origin, waiting)


def multi_region(written: Value, *, replica: bool) -> Value:
    """The MultiRegion of a key that the code makes.

    Source: AWS KMS API Reference, CreateKey, MultiRegion: false where it is not given; ReplicateKey makes multi-Region keys only.
    """
    return Known(True) if replica else in_branches(written, lambda value: Known(False) if is_null(value) else value)


def multi_region_type(*, replica: bool) -> Value:
    """The MultiRegionKeyType that a key of the code has where it is multi-Region.

    Source: AWS KMS API Reference, MultiRegionConfiguration; ReplicateKey.
    """
    return Known("REPLICA" if replica else "PRIMARY")


_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def truth(written: Value) -> Value:
    """A boolean, which may be written as text; text that is none is unknown.

    Source: developer.hashicorp.com/terraform/language/expressions/types, "Type Conversion"; CloudFormation User Guide, "Template format".
    """

    def of_branch(value: Value) -> Value:
        if not isinstance(value, Known) or is_null(value) or isinstance(value.value, bool):
            return value
        text = scalar_text(value.value)
        if text.lower() in _TRUTHS:
            return replace(value, value=_TRUTHS[text.lower()])
        return Unknown(Symbol(f"'{text}'", "it is neither true nor false", "write true or false", value.location), value.location)

    return in_branches(written, of_branch)


_KINDS = {
    "SERVICE_CONTROL_POLICY": OrganizationPolicyKind.SERVICE_CONTROL,
    "RESOURCE_CONTROL_POLICY": OrganizationPolicyKind.RESOURCE_CONTROL,
}


def organization_policy_kinds(written: Value, address: str, place: Location) -> Iterator[tuple[When, OrganizationPolicyKind]]:
    """The kinds that a policy of an organization can be, each with when it is one and holds for the account of the root; none for one that authorizes nothing.

    Source: AWS Organizations API Reference, CreatePolicy (Type) and AttachPolicy: a policy holds for the accounts below whatever it is attached to.

    Args:
        written: its type; null for one that is not written, which is a service control policy.
        address: of the policy.
        place: of the policy.
    """
    why = "which accounts an organization's policy holds for is not in the code"
    held = Symbol(f"{address} holds for this account", why, "see what it is attached to", place)
    for when, branch in alternatives(written):
        text = branch.value if isinstance(branch, Known) else ""
        for name, kind in _KINDS.items():
            if text in (name, "") or (is_null(branch) and kind is OrganizationPolicyKind.SERVICE_CONTROL):
                yield when.and_(held), kind


# What the commands of `aws s3api` and `aws kms` that write configuration are called after `put-` and `delete-`; none of them is the beginning
# of another one's.
# Source: AWS CLI Command Reference, s3api and kms.
_COMMANDS = {
    "bucket-policy": Kind.POLICY,
    "bucket-cors": Kind.CORS,
    "bucket-ownership-controls": Kind.OWNERSHIP,
    "bucket-encryption": Kind.ENCRYPTION,
    "public-access-block": Kind.PUBLIC_ACCESS_BLOCK,
    "bucket-acl": Kind.ACL,
    "bucket-accelerate-configuration": Kind.ACCELERATION,
    "bucket-versioning": Kind.VERSIONING,
    "bucket-request-payment": Kind.REQUEST_PAYMENT,
    "object-lock-configuration": Kind.OBJECT_LOCK,
    "bucket-lifecycle": Kind.LIFECYCLE,
    "bucket-lifecycle-configuration": Kind.LIFECYCLE,
    "bucket-intelligent-tiering-configuration": Kind.INTELLIGENT_TIERING,
    "key-policy": Kind.KEY_POLICY,
}
_WRITES = regex(r"\b(?:s3api|kms)\s+(?:put|delete)-([a-z-]+)")


def written_by(commands: str) -> frozenset[Kind]:
    """What the commands of AWS in a text write.

    Args:
        commands: such as those of a provisioner.
    """
    return frozenset(_COMMANDS[name] for name in _WRITES.findall(commands) if name in _COMMANDS)


# What of the AWS CLI configures no bucket or key, whatever it is given, and what of a shell runs nothing else.
# Source: AWS CLI Command Reference, s3, s3api, kms, cloudfront and sts; "Command line options" (what may stand before a service).
_CONFIGURES_NOTHING = regex(
    r"s3 (?:cp|ls|mv|presign|rm|sync)|s3api (?:(?:get|head|list)-[a-z0-9-]+|(?:put|copy|delete)-objects?)"
    r"|kms (?:describe|get|list)-[a-z-]+|cloudfront (?:create-invalidation|wait)|sts get-caller-identity"
)
_WITH_VALUE = frozenset({"--region", "--profile", "--output"})
_RUNS_NOTHING = frozenset({"cd", "echo", "exit", "sleep", "true"})
_IN_ITS_PLACE = regex(r"\$\w+|\$\{\w+\}|\d?>[ \t]*/dev/null|\d>&\d|\\\n")
_NEXT = regex(r"&&|\|\||[;\n]")
_OF_SHELL = regex(r"[`$|<>&(){}]")


def configures_nothing(commands: str) -> bool:
    """Whether commands of a shell certainly configure no bucket or key: all are known, and none does.

    Args:
        commands: such as those of a provisioner; what code puts into them stands in them as a word.
    """
    each = _NEXT.split(_IN_ITS_PLACE.sub(" - ", commands))
    if any(map(_OF_SHELL.search, each)):
        return False
    try:
        return all(_is_harmless(shlex.split(command, comments=True)) for command in each)
    except ValueError:  # what a shell would not take apart there
        return False


def _is_harmless(words: Sequence[str]) -> bool:
    if not words or words[0] in _RUNS_NOTHING:
        return True
    at = 1
    while words[at : at + 1] and words[at] in _WITH_VALUE:
        at += 2
    named, more = " ".join(words[at : at + 2]), words[at + 2 :]
    return words[0] == "aws" and _CONFIGURES_NOTHING.fullmatch(named) is not None and not any(_gives_access(word) for word in more)


def _gives_access(word: str) -> bool:
    """Whether an option gives an object an ACL, or may."""
    return word.startswith(("--acl", "--grant", "--cli-input"))
