"""Connectors of AWS SAM: the policy that one adds to the role of its source, where its destination is a bucket.

Source: AWS SAM Developer Guide, "Managing resource permissions with AWS SAM connectors"; the profiles of the AWS SAM translator 1.110
(connector_profiles/profiles.json): of all pairs of types only those of a function or a state machine with a bucket say anything of S3, and none
grants anything on a KMS key.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.location import Location
from auditor.foundation.value import NULL, Known, ListValue, MapValue, Symbol, Unknown, Value, When, alternatives, is_null
from auditor.model import IdentityPolicyDeclaration, Kind, Opaque, PolicyOwner
from auditor.sources.choices import items_of
from auditor.sources.cloudformation.aws.attributes import role_of_source
from auditor.sources.cloudformation.aws.found import StackDeclarations
from auditor.sources.cloudformation.intrinsics import joined
from auditor.sources.cloudformation.stack import StackResource
from auditor.sources.cloudformation.template import entries_of, text_in

_ACTIONS = {
    "Read": (
        *("GetObject", "GetObjectAcl", "GetObjectLegalHold", "GetObjectRetention", "GetObjectTorrent", "GetObjectVersion"),
        *("GetObjectVersionAcl", "GetObjectVersionForReplication", "GetObjectVersionTorrent", "ListBucket"),
        *("ListBucketMultipartUploads", "ListBucketVersions", "ListMultipartUploadParts"),
    ),
    "Write": (
        *("AbortMultipartUpload", "DeleteObject", "DeleteObjectVersion", "PutObject", "PutObjectLegalHold", "PutObjectRetention"),
        "RestoreObject",
    ),
}
# The argument that names the role, for each type of source with such a profile.
_ROLE_OF = {
    "AWS::Serverless::Function": "Role",
    "AWS::Lambda::Function": "Role",
    "AWS::Serverless::StateMachine": "Role",
    "AWS::StepFunctions::StateMachine": "RoleArn",
}
_BUCKET = "AWS::S3::Bucket"


def connector(resource: StackResource, found: StackDeclarations) -> None:
    """Declares what a connector that is a resource of its own adds."""
    _connect(resource, found, resource.value("Source"), resource.value("Destination"), resource.value("Permissions"))


def connectors_of(resource: StackResource, found: StackDeclarations) -> None:
    """Declares what the connectors that are written inside their source add."""
    if "Connectors" not in resource.body.entries or not resource.stack.is_serverless:
        return
    source = MapValue({"Id": Known(resource.id, resource.location)}, resource.location)
    listed = resource.stack.evaluate(resource.body.entries["Connectors"])
    for body in entries_of(listed).values() if isinstance(listed, MapValue) else ():
        properties = entries_of(entries_of(body).get("Properties"))
        _connect(resource, found, source, properties.get("Destination", NULL), properties.get("Permissions", NULL))
    if isinstance(listed, Unknown):
        _unknown(resource, found, listed.symbol, (source,))


def _connect(resource: StackResource, found: StackDeclarations, source: Value, destination: Value, permissions: Value) -> None:
    destinations = items_of(destination) if isinstance(destination, ListValue) else alternatives(destination)
    for when, one in destinations:
        bucket = _bucket(resource, one)
        if bucket is None:
            continue
        role = _role(resource, source)
        place = source.location or resource.location
        actions = tuple(_actions(permissions))
        if role is None or isinstance(bucket, Unknown) or None in actions:
            symbol = Symbol(
                f"the connector {resource.address}", f"what the connector {resource.address} connects is not resolved", "", place
            )
            _unknown(resource, found, symbol, (source, destination))
        elif not is_null(role):
            named = tuple(action for action in actions if action is not None)
            _grant(resource, found, role, _allowed(named, bucket, place), when)


def _unknown(resource: StackResource, found: StackDeclarations, symbol: Symbol, given: tuple[Value, ...]) -> None:
    found.declare(Opaque, resource, symbol=symbol, given=given, kinds=frozenset({Kind.ROLE_POLICY}), unread=True)


def _grant(resource: StackResource, found: StackDeclarations, role: Value, document: Value, when: When) -> None:
    found.declare(IdentityPolicyDeclaration, resource, when, identity=role, document=document, owner=PolicyOwner.AWS)


def _bucket(resource: StackResource, destination: Value) -> Value | None:
    """The ARN of the bucket that is the destination, None where that is certainly no bucket."""
    entries = entries_of(destination)
    if "Id" in entries:
        meant = resource.stack.resources.get(text_in(entries["Id"]))
        if meant is not None:
            return resource.stack.surroundings.types.attribute_of(meant, "Arn") if meant.type == _BUCKET else None
        return None if isinstance(entries["Id"], Known) else Unknown(Symbol(resource.address, "its destination is not resolved"))
    kind = entries.get("Type", NULL)
    if isinstance(kind, Known):
        return entries.get("Arn", NULL) if kind.value == _BUCKET and not is_null(entries.get("Arn", NULL)) else None
    return Unknown(Symbol(resource.address, "its destination is not resolved"))


def _role(resource: StackResource, source: Value) -> Value | None:
    """The role of the source; null where the source is of a type without a profile, None where that is not resolved."""
    entries = entries_of(source)
    if "Id" in entries:
        meant = resource.stack.resources.get(text_in(entries["Id"]))
        if meant is None:
            return NULL if isinstance(entries["Id"], Known) else None
        return role_of_source(meant, _ROLE_OF[meant.type]) if meant.type in _ROLE_OF else NULL
    return entries.get("RoleName") if isinstance(source, MapValue) else None


def _actions(permissions: Value) -> Iterator[str | None]:
    """The actions that permissions stand for; None among them where some are not resolved."""
    for when, one in items_of(permissions):
        if when.literals or not isinstance(one, Known):
            yield None
        else:
            yield from _ACTIONS.get(str(one.value), ())


def _allowed(actions: tuple[str, ...], bucket: Value, place: Location) -> Value:
    statement: dict[str, Value] = {
        "Effect": Known("Allow", place),
        "Action": ListValue(tuple(Known(f"s3:{action}", place) for action in actions), place),
        "Resource": ListValue((bucket, joined([bucket, "/*"])), place),
    }
    return MapValue({"Statement": ListValue((MapValue(statement, place),), place)}, place)
