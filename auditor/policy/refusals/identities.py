"""What is wrong with actions and resources of identity policies, and with the actions of trust policies.

Source: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy elements: Action" and "Resource"; what IAM answers is told
where the flaws are judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy.refusals.reading import WrittenStatement, first_symbol, plain
from auditor.policy.refusals.refusal import Fault, Flaw

_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*")
# Source: Service Authorization Reference, "AWS Security Token Service": the actions by which a role is assumed. Their case counts here.
_OF_STS = (
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession",
)  # fmt: skip


def action_forms(statement: WrittenStatement) -> Iterator[Fault]:
    """Actions without a service, with two colons, or with a wildcard in the service."""
    for name in ("Action", "NotAction"):
        entries = statement.entries(name)
        for item in entries.items:
            text = plain(item.text)
            flaw = Flaw.ACTION_FORM if text is None else _action(text)
            if flaw is not None:
                clause = f"lists '{item.written}', which is not of the form of an action"
                fix, depends = "Write 'service:Action'.", () if text is not None else first_symbol(item.text)
                yield statement.fault(flaw, name, clause, fix, item.location, item.written, item.when, depends=depends)
        for symbol in entries.rest if statement.value.entries.get(name) is not None else ():
            yield statement.fault(Flaw.ACTION_FORM, name, "lists something that is not an action", "Remove it.", depends=(symbol,))


def _action(text: str) -> Flaw | None:
    if text in ("*", ""):
        return None
    service, colon, rest = text.partition(":")
    if not colon:
        return Flaw.ACTION_FORM
    if ":" in rest:
        return Flaw.ACTION_COLONS
    return Flaw.ACTION_VENDOR if set(service) & set("*?") else None


def resource_forms(statement: WrittenStatement) -> Iterator[Fault]:
    """Resources that are not ARNs, and ARNs of S3 with a region or an account."""
    for name in ("Resource", "NotResource"):
        entries = statement.entries(name)
        for item in entries.items:
            text = plain(item.text)
            flaw = Flaw.RESOURCE_FORM if text is None else _resource(text)
            if flaw is not None:
                clause = f"has the Resource '{item.written}', which is not an ARN that IAM takes"
                fix, depends = "Write an ARN or '*'.", () if text is not None else first_symbol(item.text)
                value = item.written
                if flaw is Flaw.RESOURCE_PARTITION:
                    value = f'Partition "{value.split(":")[1]}" is not valid for resource "{value}".'
                yield statement.fault(flaw, name, clause, fix, item.location, value, item.when, depends=depends)
        for symbol in entries.rest if statement.value.entries.get(name) is not None else ():
            yield statement.fault(Flaw.RESOURCE_FORM, name, "has a Resource that is not an ARN", "Remove it.", depends=(symbol,))


def _resource(text: str) -> Flaw | None:
    if text in ("*", "") or text.startswith("${"):
        return None
    parts = text.split(":", 5)
    if parts[0] != "arn":
        return Flaw.RESOURCE_FORM
    if len(parts) > 1 and parts[1] not in _PARTITIONS and "$" not in parts[1] and not set(parts[1]) & set("*?"):
        return Flaw.RESOURCE_PARTITION
    if len(parts) > 2 and set(parts[2]) & set("*?"):
        return Flaw.RESOURCE_VENDOR
    if len(parts) < 3 or parts[2] != "s3":
        return None
    if len(parts) < 6:
        return Flaw.RESOURCE_PARTS
    if parts[5].startswith(("accesspoint", "access-grants", "job/", "storage-lens", "async-request")):
        return None
    if parts[3] not in ("", "*"):
        return Flaw.RESOURCE_REGION
    return Flaw.RESOURCE_ACCOUNT if parts[4] not in ("", "*") else None


def actions_of_sts(statement: WrittenStatement) -> Iterator[Fault]:
    """Actions in a trust policy by which no role is assumed."""
    for item in statement.entries("Action").items:
        text = plain(item.text)
        if text is None or (text not in _OF_STS and text):
            clause = f"lists '{item.written}', by which no role is assumed"
            fix, depends = "Write 'sts:AssumeRole'.", () if text is not None else first_symbol(item.text)
            yield statement.fault(
                Flaw.ACTION_OF_STS, "Action", clause, fix, item.location, item.written, item.when, depends=depends
            )  # fmt: skip


def any_resource(statement: WrittenStatement) -> Iterator[Fault]:
    """A Resource in a trust policy."""
    for name in ("Resource", "NotResource"):
        for when, branch in statement.branches(name):
            fix = f"Remove the {name} from statement {statement.title}."
            place = branch.location or statement.place(name)
            yield statement.fault(Flaw.RESOURCE, name, f"has a {name}", fix, place, name, when)
