"""Random configurations of buckets, and random changes of them: everything that a plan can do to a resource.

A configuration is a list of settings for each bucket; the text of Terraform is made of it in one of several styles.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

T = TypeVar("T")

ROLE = "arn:aws:iam::258327614892:role/external_s3"
HEAD = 'provider "aws" {\n  region = "eu-west-1"\n}\n'


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket with what is configured of it; None where something is not.

    Attributes:
        label: of its resource.
        name: of the bucket.
        made_up: whether the provider makes a name up instead.
        team: what a tag of the bucket says.
        actions: what its policy allows.
        methods: what its CORS configuration allows.
        ownership: its Object Ownership.
        blocked: its Block Public Access.
        key: what the policy of its KMS key allows; none is a bucket with SSE-S3.
        named: the attribute by which the bucket names its key.
        style: how references and documents are written.
        moved: the label that it had before.
        imported: whether it is there already, and is imported.
        canned: whether the bucket has the ACL 'private', which up to version 3 of the provider everybody wrote.
    """

    label: str
    name: str
    made_up: bool
    team: str
    actions: tuple[str, ...] | None
    methods: tuple[str, ...] | None
    ownership: str | None
    blocked: bool | None
    key: tuple[str, ...] | None
    named: str
    style: str
    moved: str = ""
    imported: bool = False
    canned: bool = False


def bucket(pick: random.Random, number: int) -> Bucket:
    """A bucket at random."""
    return Bucket(
        label=f"b{number}",
        name=f"acme-{number}-{pick.randint(10, 99)}",
        made_up=pick.random() < 0.2,
        team=pick.choice(("vision", "robots")),
        actions=_maybe(pick, (("s3:GetObject", "s3:PutObject"), ("s3:GetObject",), ("s3:PutObject", "s3:DeleteObject"), ("s3:*",))),
        methods=_maybe(pick, (("GET", "PUT"), ("GET",), ("PUT", "POST"))),
        ownership=_maybe(pick, ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")),
        blocked=_maybe(pick, (True, False)),
        key=_maybe(pick, (("kms:Decrypt", "kms:GenerateDataKey"), ("kms:Decrypt",), ("kms:Encrypt",))),
        named=pick.choice(("arn", "arn", "id")),
        style=pick.choice(("plain", "document", "heredoc", "count", "each")),
        canned=pick.random() < 0.25,
    )


def changed(pick: random.Random, before: Bucket, number: int) -> Bucket | None:
    """What becomes of a bucket: some of its settings are deleted or changed, it is moved, replaced, removed, or stays as it is."""
    other = bucket(pick, number)
    kept = {
        name: getattr(other if pick.random() < 0.35 else before, name)
        for name in ("actions", "methods", "ownership", "blocked", "key", "named", "team", "canned")
    }
    gone = {name: None for name in kept if name not in ("named", "team", "canned") and pick.random() < 0.3}
    after = replace(before, **{**kept, **gone})
    fate = pick.random()
    if fate < 0.1:
        return None
    if before.imported:
        return after  # what is imported is there under its name
    if fate < 0.25:
        return replace(after, label=f"m{number}", moved=before.label)
    return replace(after, name=other.name) if fate < 0.35 else after


def _maybe(pick: random.Random, options: tuple[T, ...]) -> T | None:
    return pick.choice(options) if pick.random() < 0.75 else None


def text(buckets: list[Bucket]) -> str:
    """A configuration of some buckets."""
    return HEAD + "\n".join("\n".join(_parts(one)) for one in buckets)


def _parts(one: Bucket) -> list[str]:
    many = {"count": "  count  = 1\n", "each": '  for_each = toset(["x"])\n'}.get(one.style, "")
    index = {"count": "[count.index]", "each": "[each.key]"}.get(one.style, "")
    key = {"count": "[0]", "each": '["x"]'}.get(one.style, "")
    reference = f"aws_s3_bucket.{one.label}{index}"

    def resource(kind: str, body: str) -> str:
        return f'resource "aws_s3_bucket_{kind}" "{one.label}" {{\n{many}  bucket = {reference}.id\n{body}}}\n'

    named = "" if one.made_up else f'  bucket = "{one.name}"\n'
    named += '  acl = "private"\n' if one.canned else ""
    parts = [f'resource "aws_s3_bucket" "{one.label}" {{\n{many}{named}  tags = {{ Team = "{one.team}" }}\n}}\n']
    if one.moved:
        kinds = ("", "_policy", "_cors_configuration", "_ownership_controls", "_public_access_block")
        parts += [
            f"moved {{\n  from = aws_s3_bucket{kind}.{one.moved}\n  to   = aws_s3_bucket{kind}.{one.label}\n}}\n"
            for kind in (*kinds, "_server_side_encryption_configuration")
        ]
    if one.imported:
        parts.append(f'import {{\n  to = aws_s3_bucket.{one.label}{key}\n  id = "{one.name}"\n}}\n')
    if one.actions is not None:
        document, policy = _policy(one, many, f"{reference}.arn", index)
        parts += [document, resource("policy", f"  policy = {policy}\n")]
    if one.methods is not None:
        rule = f'allowed_headers = ["*"]\n    allowed_methods = {json.dumps(one.methods)}\n    allowed_origins = ["https://darwin.v7labs.com"]'
        parts.append(resource("cors_configuration", f"  cors_rule {{\n    {rule}\n  }}\n"))
    if one.ownership is not None:
        parts.append(resource("ownership_controls", f'  rule {{\n    object_ownership = "{one.ownership}"\n  }}\n'))
    if one.blocked is not None:
        names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        parts.append(resource("public_access_block", "".join(f"  {name} = {json.dumps(one.blocked)}\n" for name in names)))
    return [*parts, *(_encrypted(one, many, index, resource) if one.key is not None else ())]


def _policy(one: Bucket, many: str, arn: str, index: str) -> tuple[str, str]:
    """A document that the policy needs, and the expression of the policy."""
    allow = {"Sid": "Darwin", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": one.actions, "Resource": "RESOURCE"}
    whole = json.dumps({"Version": "2012-10-17", "Statement": [allow]}).replace("RESOURCE", f"${{{arn}}}/*")
    if one.style == "heredoc":
        return "", f"<<-EOT\n{whole}\n  EOT"
    if one.style != "document":
        return "", f"jsonencode({whole})"
    statement = (
        f'    actions   = {json.dumps(one.actions)}\n    resources = ["${{{arn}}}/*"]\n'
        f'    principals {{\n      type        = "AWS"\n      identifiers = ["{ROLE}"]\n    }}\n'
    )
    document = f'data "aws_iam_policy_document" "{one.label}" {{\n{many}  statement {{\n{statement}  }}\n}}\n'
    return document, f"data.aws_iam_policy_document.{one.label}{index}.json"


def _encrypted(one: Bucket, many: str, index: str, resource: Callable[[str, str], str]) -> list[str]:
    account = {
        "Sid": "Root",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    grant = {"Sid": "Key", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": one.key, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [account, grant]})
    default = f'sse_algorithm     = "aws:kms"\n      kms_master_key_id = aws_kms_key.{one.name}{index}.{one.named}'
    return [
        f'resource "aws_kms_key" "{one.name}" {{\n{many}  policy = jsonencode({policy})\n}}\n',
        resource(
            "server_side_encryption_configuration",
            f"  rule {{\n    apply_server_side_encryption_by_default {{\n      {default}\n    }}\n  }}\n",
        ),
    ]
