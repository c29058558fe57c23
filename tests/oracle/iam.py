"""Random requests and policies, decided by our engine and by an independent one.

    python -m tests.oracle.iam NODE_MODULES [COUNT] [SEED]

Exit code 1 when the engines differ on a pair. What the other engine is known to get wrong is left out of the grammar: keys with line breaks or a
star (which it takes for a wildcard), policy variables in documents without Version 2012-10-17, encryption contexts, Block Public Access, the
range 0.0.0.0/0 (which it matches with nothing), IPv6 addresses (which it compares as they are written, and which match no NotIpAddress of IPv4
ranges), variables without a value under a negated operator (which the IAM User Guide says match), variables whose value is
empty (which it takes for none), `${*}` and `${?}` where there are no wildcards, paths and the case of role names (it sees the session), an unreadable
number, date or address under a negated operator, a resource that has no policy at all but always has one (a key, a role), and session
policies with grants to everyone or to the session (which the IAM User Guide says they do not limit), and web identities (whom it lets in nowhere). What AWS does not document is left out as
well, for there our engine answers "undecided": a key with several values without ForAllValues or ForAnyValue, ForAnyValue with IfExists and a missing key, a variable without a value in NotResource, an ARN
pattern without six parts under a negated operator, and a NotPrincipal that lists a caller in part.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.policy import ABSENT, Answer, Caller, CallerKind, ContextValue, Environment, Policy, Question, decide, parse_policy
from tests.policy.case_engine import value_of_case

HERE = Location("policy.json")
OWNER, OUTSIDE = "111111111111", "222222222222"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/k"
ROLE, INGEST = f"arn:aws:iam::{OUTSIDE}:role/Platform", f"arn:aws:iam::{OWNER}:role/Ingest"
TARGET = f"arn:aws:iam::{OWNER}:role/Access"
CONTEXT: dict[str, list[Any]] = {
    "aws:SourceVpce": ["vpce-1", "vpce-2", "x", ""],
    "aws:SourceIp": ["10.1.2.3", "203.0.113.9", "203.0.113.77"],
    "aws:PrincipalOrgID": ["o-a", "o-b"],
    "aws:PrincipalTag/team": ["in", "a*", "IN", "iN", "a/b"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2020-06-30T12:00:00Z", "2024-12-31T00:00:00Z"],
    "aws:MultiFactorAuthAge": ["10", "300", "11.5", "0"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalOrgPaths": [
        ["o-a/r/ou/"],
        ["o-a/r/", "o-b/r/"],
        ["o-b/x/"],
        ["o-a/r/", "o-c/r/", "o-B/x/"],
        ["o-b/r/", "O-B/R/"],
    ],
    "aws:SourceArn": ["arn:aws:sns:eu-west-1:111111111111:t", "arn:aws:s3:::b", "arn:aws:sns:eu-west-1:111111111111:t:u"],
    "aws:SourceAccount": [OWNER, OUTSIDE],
    "sts:ExternalId": ["acme", "ACME", "acme-2", ""],
    "s3:prefix": ["", "in/", "in/a", "IN/", "a*b"],
    "s3:max-keys": ["1", "10", "1000"],
    "aws:PrincipalTag/key": ["QUJD", "QUI="],
    "aws:EpochTime": ["1767225600", "1577836800"],
    "aws:TagKeys": [["team"], ["team", "Team"], ["cost", "team", "env"]],
    "aws:Referer": ["https://darwin.v7labs.com/", "HTTPS://DARWIN.V7LABS.COM/", ""],
    "aws:ViaAWSService": ["true", "false"],
    "aws:FederatedProvider": ["arn:aws:iam::222222222222:saml-provider/p", "arn:aws:iam::222222222222:saml-provider/P"],
    "aws:RequestedRegion": ["eu-west-1", "us-east-1"],
    "s3:VersionId": ["v1", "3sL4kqtJlcpXroDTDmJ"],
    "s3:ExistingObjectTag/class": ["open", "Open", "a?b"],
    "s3:RequestObjectTagKeys": [["class"], ["class", "owner"]],
    "s3:x-amz-server-side-encryption": ["AES256", "aws:kms"],
    "s3:x-amz-server-side-encryption-aws-kms-key-id": [KEY, KEY.replace("eu-west-1", "us-east-1")],
    "s3:object-lock-remaining-retention-days": ["0", "30"],
    "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "s3.us-east-1.amazonaws.com"],
    "kms:EncryptionContextKeys": [["aws:s3:arn"], ["aws:s3:arn", "team"]],
}
OF_REQUESTS = {
    "s3:ListBucket": ("s3:prefix", "s3:max-keys"),
    "s3:GetObject": ("s3:ExistingObjectTag/class",),
    "s3:GetObjectVersion": ("s3:VersionId", "s3:ExistingObjectTag/class"),
    "s3:PutObject": (
        "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:RequestObjectTagKeys",
        "s3:object-lock-remaining-retention-days",
    ),
    "kms:Decrypt": ("kms:ViaService", "kms:EncryptionContextKeys"),
    "kms:GenerateDataKey": ("kms:ViaService", "kms:EncryptionContextKeys"),
    "sts:AssumeRole": ("sts:ExternalId", "aws:TagKeys"),
    "sts:TagSession": ("sts:ExternalId", "aws:TagKeys"),
}  # fmt: skip
"""The keys that only requests of an action have, and that policies about it test most."""
OF_SERVICES = ("aws:SourceArn", "aws:SourceAccount")
"""The keys that tell for whom a service calls."""
VALUES: dict[str, list[str]] = {
    "aws:SourceVpce": ["vpce-1", "vpce-*", "VPCE-1", "*", "vpce-?", "?", "${aws:PrincipalTag/team, 'x'}", "${aws:PrincipalOrgID}", "vpce-${*}", "${AWS:principaltag/Team}"],
    "aws:SourceIp": ["10.0.0.0/8", "203.0.113.9", "203.0.113.0/24", "198.51.100.0/25", "203.0.113.64/26", "10.1.2.3/32"],
    "aws:PrincipalOrgID": ["o-a", "o-*", "O-A", "", "o-?"],
    "aws:PrincipalTag/team": ["in", "i?", "IN", "a*", "a${*}", "${aws:PrincipalTag/team}", "?*"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2024-12-31T00:00:00Z", "2025-06-01", "2024-12-31T01:00:00+01:00", "2030-01-01T00:00:00Z"],
    "aws:MultiFactorAuthAge": ["10", "11.5", "300", "300.0", "0", "-1"],
    "aws:SecureTransport": ["true", "false", "True"],
    "aws:PrincipalOrgPaths": ["o-a/*", "o-a/r/", "o-b/r/", "*", "o-?/r/*", "o-b/x/", "O-B/R/"],
    "aws:SourceArn": [
        "arn:aws:sns:*:111111111111:*", "arn:aws:s3:::b", "arn:*:*:*:*:*", "arn:aws:sns:eu-west-1:*:t", "arn:aws:s3:::*", "arn:aws:sns:*:t",
        "arn:aws:sns:eu-west-?:1111*:?", "arn:aws:s3:::b*",
    ],
    "aws:SourceAccount": [OWNER, OUTSIDE, "1111*"],
    "sts:ExternalId": ["acme", "a*", "acme-?", "*", "${aws:PrincipalTag/team}"],
    "s3:prefix": ["", "in/", "in/*", "?n/*", "*", "${aws:PrincipalTag/team}/*", "${aws:PrincipalTag/team, 'in'}/*"],
    "s3:max-keys": ["1", "10", "10.0", "999"],
    "aws:PrincipalTag/key": ["QUJD", "QUI="],
    "aws:EpochTime": ["1767225600", "1577836800", "1577836801"],
    "aws:TagKeys": ["team", "TEAM", "t*", "env", "cost", "*", "${aws:PrincipalTag/team, 'team'}"],
    "aws:Referer": ["https://darwin.v7labs.com/*", "https://*.v7labs.com/", "*", "https://DARWIN.v7labs.com/", "?*"],
    "aws:ViaAWSService": ["true", "false", "FALSE"],
    "aws:FederatedProvider": ["arn:aws:iam::*:saml-provider/*", "accounts.google.com", "arn:aws:iam::222222222222:saml-provider/p", "*"],
    "aws:RequestedRegion": ["eu-*", "us-east-1", "EU-WEST-1", "eu-west-?"],
    "s3:VersionId": ["v1", "v?", "*"],
    "s3:ExistingObjectTag/class": ["open", "o*", "a${?}b", "a?b", "OPEN"],
    "s3:RequestObjectTagKeys": ["class", "owner", "cl*", "CLASS"],
    "s3:x-amz-server-side-encryption": ["AES256", "aws:kms", "aws:*", "aes256"],
    "s3:x-amz-server-side-encryption-aws-kms-key-id": [KEY, "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:*:*:key/k", "*"],
    "s3:object-lock-remaining-retention-days": ["0", "10", "30", "30.5"],
    "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "s3.*.amazonaws.com", "S3.eu-west-1.amazonaws.com", "ec2.*"],
    "kms:EncryptionContextKeys": ["aws:s3:arn", "AWS:S3:ARN", "aws:*", "team"],
    "aws:PrincipalArn": [
        ROLE, INGEST, f"arn:aws:iam::{OUTSIDE}:role/*", "arn:aws:iam::*:user/jo", "arn:aws:iam::*:*", "arn:*:iam::2222????????:role/plat*",
        f"arn:aws:sts::{OUTSIDE}:assumed-role/Platform/*", f"arn:aws:iam::{OUTSIDE}:role/platform", "arn:aws:iam::*:role/${aws:PrincipalTag/team, 'Ingest'}",
    ],
    "aws:PrincipalAccount": [OWNER, OUTSIDE, "2222*", "${aws:PrincipalAccount}"],
    "aws:PrincipalType": ["AssumedRole", "User", "assumedrole", "*Role"],
}  # fmt: skip
TEXT = [f"String{name}" for name in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase")]
RELATIONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OF_ARNS = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]
OPERATORS: dict[str, list[str]] = {
    "aws:SourceIp": ["IpAddress", "NotIpAddress"],
    "aws:CurrentTime": [f"Date{relation}" for relation in RELATIONS],
    "aws:MultiFactorAuthAge": [f"Numeric{relation}" for relation in RELATIONS],
    "aws:SecureTransport": ["Bool"],
    "s3:max-keys": [f"Numeric{relation}" for relation in RELATIONS],
    "aws:SourceArn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"],
    "aws:PrincipalTag/key": ["BinaryEquals"],
    "aws:EpochTime": [f"{family}{relation}" for family in ("Date", "Numeric") for relation in RELATIONS],
    "aws:ViaAWSService": ["Bool", "StringEquals", "StringEqualsIgnoreCase"],
    "s3:object-lock-remaining-retention-days": [f"Numeric{relation}" for relation in RELATIONS],
    "s3:x-amz-server-side-encryption-aws-kms-key-id": [*OF_ARNS, "StringLike", "StringNotLike", "StringEquals"],
    "aws:PrincipalArn": [*OF_ARNS, *TEXT],
    "aws:FederatedProvider": [*TEXT, *OF_ARNS],
}
OF_OTHER_KEYS = ["StringLike", "StringEquals", "StringEqualsIgnoreCase", "ArnLike", "IpAddress"]
"""Operators of another type than a key's: what cannot be read as one meets none of them."""
MULTIVALUED = ("aws:PrincipalOrgPaths", "aws:TagKeys", "s3:RequestObjectTagKeys", "kms:EncryptionContextKeys")
ACTIONS = {
    "s3": [
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:GetObjectVersion",
        "s3:GetBucketLocation",
        "s3:ListBucketMultipartUploads",
    ],
    "kms": ["kms:Decrypt", "kms:GenerateDataKey"],
    "sts": ["sts:AssumeRole", "sts:TagSession"],
}
ON_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
SERVICES = ("sns.amazonaws.com", "cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com")
NAMED = (
    {"AWS": ROLE}, {"AWS": INGEST}, {"AWS": f"arn:aws:iam::{OUTSIDE}:root"}, {"AWS": OWNER}, {"AWS": OUTSIDE}, {"AWS": f"arn:aws:iam::{OWNER}:root"},
    {"AWS": [f"arn:aws:iam::{OUTSIDE}:role/Other", INGEST, ROLE]}, {"AWS": f"arn:aws:iam::{OUTSIDE}:user/jo"}, {"AWS": f"arn:aws:iam::{OWNER}:user/jo"},
    {"AWS": f"arn:aws:sts::{OUTSIDE}:assumed-role/Platform/job"}, {"AWS": f"arn:aws:sts::{OWNER}:assumed-role/Ingest/job"},
    {"AWS": f"arn:aws:sts::{OUTSIDE}:assumed-role/Platform/other"}, "*", {"AWS": "*"}, {"Service": "sns.amazonaws.com"},
    {"Service": ["ec2.amazonaws.com", "sns.amazonaws.com"], "AWS": ROLE}, {"Service": "cloudtrail.amazonaws.com", "AWS": OUTSIDE},
    {"AWS": [OWNER, OUTSIDE]}, {"Service": list(SERVICES)}, {"AWS": ["*"], "Service": "sns.amazonaws.com"}, {"Federated": "accounts.google.com", "AWS": ROLE},
    {"AWS": [f"arn:aws:iam::{OUTSIDE}:user/path/jo", OUTSIDE]}, {"AWS": [f"arn:aws:iam::{OWNER}:user/path/jo", ROLE], "Service": SERVICES[0]},
)  # fmt: skip


def glob(dice: random.Random) -> str:
    """A short pattern over few letters."""
    return "".join(dice.choice(["a", "b", "/", "*", "*", "?", "in", "${*}", "${?}", "${$}"]) for _ in range(dice.randint(0, 4)))


def condition(dice: random.Random, likely: Sequence[str] = (), *, iam: bool = True) -> dict[str, dict[str, Any]]:
    """A Condition block of one to three tests, half of them of the keys that are likely."""
    block: dict[str, dict[str, Any]] = {}
    for _ in range(dice.choice([1, 1, 2, 3])):
        # Two tests of one key are where the operators differ.
        some = likely if likely and dice.random() < 0.5 else [key for key in VALUES if iam or key != "aws:PrincipalType"]
        key = dice.choice(some) if not block or dice.random() < 0.5 else next(iter(next(iter(block.values()))))
        key = next(name for name in VALUES if name.lower() == key.lower())
        operator = dice.choice(OPERATORS.get(key, TEXT) if dice.random() < 0.93 else OF_OTHER_KEYS)
        values: Any = dice.sample(VALUES[key], dice.randint(1, min(len(VALUES[key]), dice.choice([2, 2, 6]))))
        if "Not" in operator:
            # A variable without a value, and a pattern without six parts, mean something else to the other engine under a negated operator.
            unlike = ["orgid}", *(["tag/team}"] if key != "aws:PrincipalTag/team" else [])]
            values = [value for value in values if not any(one in value.lower() for one in unlike) and value != "arn:aws:sns:*:t"]
            values = values or [VALUES[key][0]]

        if operator.startswith("Arn"):
            values = [value for value in values if value != "*" and ("Not" not in operator or value.count(":") >= 5)] or [ROLE]
        if "Like" not in operator:
            values = [value for value in values if not {"${*}", "${?}"} & set(re.findall(r"\$\{.\}", value))] or [VALUES[key][0]]
        if dice.random() < 0.12:
            operator, values = "Null", dice.choice(["true", "false"])
        else:
            if key in MULTIVALUED or dice.random() < 0.15:
                operator = dice.choice(["ForAllValues:", "ForAnyValue:"]) + operator
            if dice.random() < 0.25 and not operator.startswith("ForAnyValue"):
                operator += "IfExists"
            if dice.random() < 0.3:
                values = values[0]
        operator = dice.choice([str.lower, str.upper])(operator) if dice.random() < 0.05 else operator
        written = dice.choice([str.lower, str.upper])(key) if dice.random() < 0.1 else key
        block.setdefault(operator, {})[written] = values
    return block


def principals(dice: random.Random, effect: str, caller: str, limits: str) -> dict[str, Any]:
    """The Principal element of a statement, or a NotPrincipal whose meaning is documented: it lists all of a caller, or nothing of it.

    Args:
        dice: of the run.
        effect: of the statement.
        caller: who asks.
        limits: "boundary" or "session" when a policy of that kind limits the caller, else empty.
    """
    if effect == "Deny" and not limits and caller.startswith("arn:") and dice.random() < 0.15:
        account = caller.split(":")[4]
        mine = [f"arn:aws:iam::{account}:root", caller]
        if ":role/" in caller:
            mine.append(f"arn:aws:sts::{account}:assumed-role/{caller.rpartition('/')[2]}/job")
        return {
            "NotPrincipal": {"AWS": dice.choice([mine, ["arn:aws:iam::333333333333:root", "arn:aws:iam::333333333333:role/x"]])}
        }
    meant: dict[str, Any] = {"AWS": caller} if caller.startswith("arn:") else {"Service": caller}
    if caller.startswith("arn:") and dice.random() < 0.4:
        account = caller.split(":")[4]
        meant = {"AWS": dice.choice([account, f"arn:aws:iam::{account}:root"])}
    named = [one for one in NAMED if limits != "session" or effect == "Deny" or not _direct(one)]
    return {"Principal": meant if dice.random() < 0.3 else dice.choice(named)}


def _direct(principal: Any) -> bool:
    """Whether a principal is everyone or a session."""
    named = principal if isinstance(principal, str) else " ".join(f"{text}" for text in principal.values())
    return "*" in named or ":assumed-role/" in named


def statement(dice: random.Random, service: str, caller: str, *, resource_based: bool, limits: str = "") -> dict[str, Any]:
    """A statement for one service."""
    effect = "Deny" if dice.random() < 0.15 else "Allow"
    found: dict[str, Any] = {"Effect": effect}
    if resource_based:
        found |= principals(dice, effect, caller, limits)
    actions = [
        *ACTIONS[service], *ACTIONS[service], f"{service}:*", f"{service}:*", f"{service.upper()}:get*", f"{service}:?e*", "*", f"{service}:*Object", f"{service}:List*",
        f"{service}:Gen*", f"{service}:*s*", "ec2:*",
    ]  # fmt: skip
    found["NotAction" if dice.random() < 0.15 else "Action"] = dice.sample(actions, dice.randint(1, 3))
    if service == "kms":
        named = [
            "*",
            "*",
            KEY,
            f"arn:aws:kms:*:{OWNER}:key/*",
            f"arn:aws:kms:eu-west-1:{OWNER}:key/other",
            f"arn:aws:kms:eu-west-1:{OWNER}:alias/k",
        ]
        found["Resource"] = "*" if resource_based else dice.choice(named)
    elif service == "sts":
        if not resource_based:
            found["Resource"] = dice.choice(
                ["*", TARGET, f"arn:aws:iam::{OWNER}:role/*", "arn:aws:iam::*:role/Acc???", f"arn:aws:iam::{OWNER}:role/x"]
            )
    else:
        kind = "NotResource" if dice.random() < 0.2 else "Resource"
        patterns = [
            f"arn:aws:s3:::b/{glob(dice)}", f"arn:aws:s3:::b/{glob(dice)}*", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'in'}*", "arn:aws:s3:::b",
            "arn:aws:s3:::*", "arn:*:s3:::b/*", "arn:aws:s3:*:*:b*", "*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*",
        ]  # fmt: skip
        if kind == "Resource":
            patterns += ["arn:aws:s3:::b/${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/${AWS:principaltag/TEAM}*"]
        found[kind] = [dice.choice(patterns) for _ in range(dice.randint(1, 2))]
    if dice.random() < 0.4:
        likely = [key for action in ACTIONS[service] for key in OF_REQUESTS.get(action, ())]
        iam = caller.startswith("arn:")
        found["Condition"] = condition(dice, [*likely, *(() if iam else OF_SERVICES)], iam=iam)
    return found


def job(dice: random.Random) -> dict[str, Any]:
    """One request with its policies."""
    service = dice.choice(["s3", "s3", "s3", "kms", "sts"])
    kind = dice.choices(["role", "user", "service"], [6, 2, 3])[0]
    account = dice.choice([OUTSIDE, OWNER])
    name = {"role": {OUTSIDE: "Platform", OWNER: "Ingest"}[account], "user": "jo"}.get(kind, "")
    arn = dice.choice(SERVICES) if kind == "service" else f"arn:aws:iam::{account}:{kind}/{name}"
    action = dice.choice(ACTIONS[service])
    apart = {key for keys in OF_REQUESTS.values() for key in keys} - set(OF_REQUESTS.get(action, ()))
    context = {key: dice.choice(values) for key, values in CONTEXT.items() if key not in apart and dice.random() < 0.6}
    if kind != "service":
        context |= {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
        context["aws:PrincipalType"] = "User" if kind == "user" else "AssumedRole"
    limited = kind != "service" and dice.random() < 0.3
    objects = "arn:aws:s3:::b/" + "".join(dice.choice(["a", "b", "/", "in"]) for _ in range(dice.randint(0, 4)))

    def document(count: int, *, resource_based: bool, limits: str = "") -> dict[str, Any]:
        statements = [statement(dice, service, arn, resource_based=resource_based, limits=limits) for _ in range(count)]
        return {"Version": "2012-10-17", "Statement": statements}

    def limit() -> dict[str, Any] | None:
        wide = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        return None if dice.random() < 0.5 else wide if dice.random() < 0.3 else document(2, resource_based=False)

    boundary = limit() if limited else None
    full = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    denying = document(1, resource_based=True)
    denying["Statement"][0]["Effect"], denying["Statement"][0]["Principal"] = "Deny", "*"
    denying["Statement"][0].pop("NotPrincipal", None)
    if service == "sts":
        denying["Statement"][0]["Resource"] = "*"
    session = limit() if limited and kind == "role" else None
    limits = "session" if session is not None else "boundary" if boundary is not None else ""
    written = service != "s3" or dice.random() < 0.95
    return {
        "principal": arn if kind != "role" else f"arn:aws:sts::{account}:assumed-role/{name}/job",
        "arn": arn,
        "caller": account if kind != "service" else "",
        "account": OWNER,
        "action": action,
        "resource": {"kms": KEY, "sts": TARGET}.get(service, "arn:aws:s3:::b" if action in ON_BUCKET else objects),
        "context": context,
        "identity": [document(dice.randint(1, 2), resource_based=False)] if kind != "service" and dice.random() < 0.85 else [],
        "policy": document(dice.randint(1, 4), resource_based=True, limits=limits) if written else None,
        "boundary": boundary,
        "session": session,
        "scps": [[full], [document(2, resource_based=False)]] if limited and dice.random() < 0.4 else [],
        "rcps": [[full, denying]] if limited and dice.random() < 0.4 else [],
    }


def environment(one: dict[str, Any]) -> Environment:
    """What surrounds the request of a job; parts of its policies may be holes."""
    return Environment(
        resource_policy=_policy(one["policy"]),
        resource_account=Known(one["account"]),
        identity=tuple(parse_policy(value_of_case(policy), HERE) for policy in one["identity"]),
        boundary=_policy(one["boundary"]),
        session_policy=_policy(one["session"]),
        scps=tuple(tuple(parse_policy(value_of_case(policy), HERE) for policy in level) for level in one["scps"]),
        rcps=tuple(tuple(parse_policy(value_of_case(policy), HERE) for policy in level) for level in one["rcps"]),
    )


def question(one: dict[str, Any]) -> Question:
    """The request of a job."""
    context: dict[str, ContextValue] = {
        key: tuple(Known(text) for text in value) if isinstance(value, list) else Known(value)
        for key, value in one["context"].items()
    }
    kind = CallerKind.IAM if one["caller"] else CallerKind.SERVICE
    caller = Caller(Known(one["arn"]), Known(one["caller"]), "job" if ":role/" in one["arn"] else None, kind)
    return Question(caller, one["action"], Known(one["resource"]), None, context, ABSENT)


def ours(one: dict[str, Any]) -> Answer:
    """Our answer."""
    return decide(environment(one), question(one)).answer


def _policy(document: dict[str, Any] | None) -> Policy | None:
    return None if document is None else parse_policy(value_of_case(document), HERE)


def compare(modules: Path, count: int, seed: int) -> tuple[Counter[str], list[dict[str, Any]]]:
    """How often the engines agree, and the jobs on which they differ."""
    dice = random.Random(seed)
    jobs = [job(dice) for _ in range(count)]
    lines = "".join(json.dumps(one) + "\n" for one in jobs)
    driver = Path(__file__).with_name("simulate.mjs")
    done = subprocess.run(["node", str(driver), str(modules.resolve())], input=lines, capture_output=True, text=True, check=True)
    theirs = done.stdout.splitlines()
    if len(theirs) != count:
        raise SystemExit(f"{len(theirs)} answers to {count} jobs: {done.stderr[-2000:]}")
    tally: Counter[str] = Counter()
    different = []
    for one, their in zip(jobs, theirs, strict=True):
        mine = ours(one)
        if their.startswith("error"):
            tally[f"the other engine fails: {their[:60]}"] += 1
        elif mine is Answer.UNDECIDED:
            tally["undecided"] += 1
        elif (mine is Answer.ALLOWED) == (their == "Allowed"):
            tally[f"both {mine.value}"] += 1
        else:
            tally["different"] += 1
            different.append({"ours": mine.value, "theirs": their, **one})
    return tally, different


def main() -> None:
    """Prints the tally, and the first differences in full."""
    modules = Path(sys.argv[1])
    count, seed = (
        (int(argument) for argument in (*sys.argv[2:], "20000", "1")[:2]) if len(sys.argv) < 4 else map(int, sys.argv[2:4])
    )
    tally, different = compare(modules, count, seed)
    for name, number in tally.most_common():
        sys.stdout.write(f"{number:8} {name}\n")
    for one in different[:5]:
        sys.stdout.write(json.dumps(one, indent=1) + "\n")
    sys.exit(1 if different or tally["undecided"] else 0)


if __name__ == "__main__":
    main()
