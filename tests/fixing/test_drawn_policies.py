"""The law of fixes, over drawn policies: the consumer loses nothing, nobody else gains anything, and AWS still takes what it took."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.contract.load import load
from auditor.fixing.apply import fix
from auditor.fixing.harm import CodeState
from auditor.foundation.border import border_of
from auditor.foundation.text import Texts
from auditor.pipeline import Request
from auditor.policy.refusals import Grade
from auditor.proofs.grant import GrantCause
from auditor.sources.options import SourceOptions
from auditor.verdict import Status
from tests.asked import ROLE
from tests.policy.case_engine import decide_iam

OWNER, OTHER = "444455556666", "arn:aws:iam::111122223333:role/other"
BUCKET = "arn:aws:s3:::acme-a"
CODE = """\
resource "aws_s3_bucket" "a" {
  bucket = "acme-a"
}
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = file("${path.module}/policy.json")
}
"""
PRINCIPALS = (
    "*", {"AWS": ROLE}, {"AWS": ROLE}, {"AWS": [ROLE, OTHER]}, {"AWS": OTHER}, {"AWS": "258327614892"}, {"Service": "logging.s3.amazonaws.com"},
)  # fmt: skip
ACTIONS = (
    "s3:GetObject", "s3:PutObject", ["s3:GetObject", "s3:PutObject"], "s3:*", "s3:Get*", ["s3:ListBucket", "s3:GetObject"], "s3:*Object",
    ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"],
)  # fmt: skip
RESOURCES = (f"{BUCKET}/*", f"{BUCKET}/*", [BUCKET, f"{BUCKET}/*"], f"{BUCKET}/in/*", BUCKET, f"{BUCKET}*")
CONDITIONS: tuple[Mapping[str, Mapping[str, object]], ...] = (
    {}, {}, {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"StringEquals": {"aws:PrincipalArn": ROLE}},
    {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/external_s3", OTHER]}},
    {"StringNotEquals": {"aws:PrincipalAccount": ["111122223333"]}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
    {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
)  # fmt: skip
WHO: tuple[Mapping[str, object], ...] = (
    {"role_arn": OTHER, "session_arn": "arn:aws:sts::111122223333:assumed-role/other/s", "account": "111122223333"},
    {
        "role_arn": "arn:aws:iam::258327614892:role/another",
        "session_arn": "arn:aws:sts::258327614892:assumed-role/another/s",
        "account": "258327614892",
    },
    {"anonymous": True},
)
REQUESTS = [
    (action, resource)
    for action, resources in {"GetObject": ("/in/x", "/z"), "PutObject": ("/in/x", "/z"), "DeleteObject": ("/z",), "ListBucket": ("",)}.items()
    for resource in resources
]  # fmt: skip
CONTEXTS = [
    {"aws:SecureTransport": secure, "aws:SourceIp": address}
    for secure, address in itertools.product(("true", "false"), ("203.0.113.7", "198.51.100.1"))
]


def drawn(draw: random.Random) -> dict[str, Any]:
    """A bucket policy."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": draw.choice(("Allow", "Allow", "Deny")),
                "Principal": draw.choice(PRINCIPALS),
                "Action": draw.choice(ACTIONS),
                "Resource": draw.choice(RESOURCES),
                **({"Condition": condition} if (condition := draw.choice(CONDITIONS)) else {}),
            }
            for _ in range(draw.choice((1, 2, 2, 3)))
        ],
    }


def let_in(policy: Mapping[str, Any]) -> Iterator[tuple[int, str, str, int]]:
    """The requests of others that a policy lets in."""
    for (number, who), (action, key), (at, plain) in itertools.product(enumerate(WHO), REQUESTS, enumerate(CONTEXTS)):
        context = {**plain, **({"s3:x-amz-acl": "bucket-owner-full-control"} if action == "PutObject" else {})}
        environment: dict[str, Any] = {
            "bucket": {"arn": BUCKET, "account": OWNER, "policy": policy},
            "principal": who,
            "context": context,
        }
        if "role_arn" in who:
            environment["identity_policies"] = "external-assumed-allow"
        asked = {"environment": environment, "question": {"action": f"s3:{action}", "resource": f"{BUCKET}{key}"}}
        if decide_iam(asked)["answer"] == "allowed":
            yield number, action, key, at


def served(state: CodeState) -> set[str]:
    """The needs of the consumer that hold."""
    return {one.need.id for one in state.report.verdicts if one.status is Status.HOLDS}


def refused(state: CodeState) -> bool:
    """Whether AWS refuses the policy."""
    causes = (one.outcome.cause for one in state.report.verdicts)
    return any(why.grade is Grade.CERTAIN for one in causes if isinstance(one, GrantCause) for why in one.refusals)


def made(directory: Path, policy: Mapping[str, Any]) -> Iterator[tuple[str, CodeState, CodeState, Mapping[str, Any]]]:
    """The code of a policy with the fixes of each rule: its name, the code before and after, the policy afterwards."""
    (directory / "main.tf").write_text(CODE)
    (directory / "policy.json").write_text(json.dumps(policy, indent=2) + "\n")
    options = SourceOptions(account=OWNER)
    request = Request((".",), (load("v7-darwin", {}),), every_bucket=True, options=options)
    texts = Texts(border=border_of((".",)))
    before = fix(request, texts, "suppression-unused").state
    for rule in sorted({one.rule for one in before.report.findings if one.fixes}):
        fixed = fix(request, texts, rule)
        if text := fixed.files.get("policy.json"):
            yield rule, before, fixed.state, json.loads(text)


@pytest.mark.whole
@pytest.mark.parametrize("seeds", [range(at, at + 10) for at in range(0, 60, 10)], ids=str)
def test_a_fix_takes_nothing_from_the_consumer_and_gives_nobody_else_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: Sequence[int]
) -> None:
    monkeypatch.chdir(tmp_path)
    fixes = 0
    for seed in seeds:
        policy = drawn(random.Random(seed))
        others = {*let_in(policy)}
        for rule, before, after, changed in made(tmp_path, policy):
            fixes += 1
            assert served(before) <= served(after), (seed, rule)
            assert {*let_in(changed)} <= others, (seed, rule)
            assert refused(before) or not refused(after), (seed, rule)
    assert fixes > len(seeds)
