"""What is known of the context of a request that a role or user makes itself, over TLS and signed with SigV4.

Source: IAM User Guide, "AWS global condition context keys", "Multivalued context keys"; AWS KMS Developer Guide, "AWS KMS condition keys".
"""

from __future__ import annotations

from auditor.foundation.value import Known, Symbol, Text, Unknown, text_of, text_parts
from auditor.policy.question import ABSENT, PRESENT, UNKNOWN, Caller, CallerKind, ContextValue, Shaped

_ALWAYS_PRESENT = frozenset({"aws:currenttime", "aws:epochtime", "aws:useragent", "aws:requestedregion", "aws:resourceaccount"})
# Keys that only calls of a service for a resource, or other kinds of callers, have.
_NEVER = frozenset(
    {
        "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename",
        "aws:principalservicenameslist", "aws:username", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast",
    }
)  # fmt: skip
_OF_SERVICES = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:principalservicenameslist",
    }
)
# What "Principal key values" of the global keys does not tell of services.
_UNTOLD_OF_SERVICES = frozenset({"aws:principaltype", "aws:userid"})
_OF_MEMBERS = frozenset({"aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"})
_FIXED = {"aws:securetransport": "true", "aws:viaawsservice": "false", "aws:principalisawsservice": "false"}
MULTIVALUED = frozenset(
    {
        "aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:tagkeys",
        "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths",
        "kms:encryptioncontextkeys", "kms:resourcealiases", "kms:grantoperations", "s3:requestobjecttagkeys",
    }
)  # fmt: skip
_SESSION = Symbol("the role session's name", "the platform chooses it at run time")
# Keys that say who calls: they are known even where a question lists what else the request has.
OF_CALLER = frozenset({"aws:principalarn", "aws:principalaccount", "aws:principaltype", "kms:calleraccount"})


def presence(key: str, caller: Caller) -> ContextValue:
    """What a request of a caller has of a context key (in lower case) that belongs to no service."""
    if caller.kind is CallerKind.SERVICE and (said := _of_service(key, caller)) is not None:
        return said
    if key == "aws:principalarn":
        return caller.arn if caller.is_iam else ABSENT
    if key == "aws:principalaccount":
        return caller.account if caller.is_iam else Known("anonymous")
    if key == "aws:principaltype":
        return Known(_principal_type(caller))
    if key == "aws:username" and caller.is_user:
        return PRESENT if caller.user is None else Known(caller.user)
    if key == "aws:userid":
        return _user_id(caller)
    if key == "aws:tokenissuetime" and caller.is_iam and not caller.is_user and not caller.is_root:
        # A role has temporary credentials only.
        return PRESENT
    if key in _FIXED:
        return Known(_FIXED[key])
    if key in _ALWAYS_PRESENT:
        return PRESENT
    return ABSENT if key in _NEVER else UNKNOWN


def _of_service(key: str, caller: Caller) -> ContextValue | None:
    """What a request that a service makes by itself has of a context key; None where that is as in any request.

    Source: IAM User Guide, "AWS global condition context keys": aws:SourceArn, aws:SourceAccount, aws:SourceOrgID and aws:SourceOrgPaths are there when
    a service calls for a resource, aws:PrincipalIsAWSService and aws:PrincipalServiceName for a service; the keys of a principal's organization and
    tags only for a principal that has them.
    """
    if key in _OF_SERVICES | _UNTOLD_OF_SERVICES:
        return UNKNOWN
    if key == "aws:principalservicename":
        return caller.arn
    if key == "aws:principalisawsservice":
        return Known("true")
    return ABSENT if key in _OF_MEMBERS or key.startswith("aws:principaltag/") else None


def _user_id(caller: Caller) -> ContextValue:
    """Source: IAM User Guide, "aws:userid" and "Unique identifiers" (the prefixes of ids)."""
    known = text_parts(caller.unique_id)
    if caller.is_user:
        return caller.unique_id if known else Shaped("AIDA?*")
    if caller.is_role and known:
        return text_of((*known, ":", *text_parts(session_of(caller))))
    if caller.is_role:
        return Shaped(f"AROA?*:{caller.session or '?*'}")
    return caller.account if caller.is_root else PRESENT


def session_of(caller: Caller) -> Text:
    """The name of a role session; when that is not known, an unknown value of the request."""
    return Unknown(_SESSION) if caller.session is None else Known(caller.session)


def _principal_type(caller: Caller) -> str:
    """Source: IAM User Guide, "aws:PrincipalType"."""
    if caller.is_root:
        return "Account"
    return {CallerKind.IAM: "User" if caller.is_user else "AssumedRole", CallerKind.FEDERATED: "FederatedUser"}.get(
        caller.kind, "Anonymous"
    )
