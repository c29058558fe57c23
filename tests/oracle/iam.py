"""Random requests and policies, decided by our engine and by an independent one.

    python -m tests.oracle.iam NODE_MODULES [COUNT] [SEED]

Exit code 1 when the engines differ on a pair that no known defect of the other one explains. What that engine is known to get wrong is left out
of the grammar: keys with line breaks or a star (which it takes for a wildcard), policy variables in documents without Version 2012-10-17,
encryption contexts, Block Public Access, the range 0.0.0.0/0 (which it matches with nothing), IPv6 addresses against IPv4 ranges under
NotIpAddress, and variables without a value under a negated operator (which the IAM User Guide says match). What AWS does not document is left
out as well: there our engine answers "undecided": ForAnyValue with IfExists and a missing key, a variable without a value in NotResource, an
ARN pattern without six parts under a negated operator, NotPrincipal.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from auditor.location import Location
from auditor.policy import ABSENT, Answer, Caller, ContextValue, Environment, Question, decide, parse_policy
from auditor.value import Known
from tests.policy.case_engine import value_of_case

HERE = Location("policy.json")
OWNER, OUTSIDE = "111111111111", "222222222222"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/k"
CONTEXT: dict[str, list[Any]] = {
    "aws:SourceVpce": ["vpce-1", "vpce-2", "x"],
    "aws:SourceIp": ["10.1.2.3", "203.0.113.9", "203.0.113.77"],
    "aws:PrincipalOrgID": ["o-a", "o-b"],
    "aws:PrincipalTag/team": ["in", "a*", "IN"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2020-06-30T12:00:00Z"],
    "aws:MultiFactorAuthAge": ["10", "300"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalOrgPaths": [["o-a/r/ou/"], ["o-a/r/", "o-b/r/"], ["o-b/x/"]],
    "aws:SourceArn": ["arn:aws:sns:eu-west-1:111111111111:t", "arn:aws:s3:::b"],
}
VALUES: dict[str, list[str]] = {
    "aws:SourceVpce": ["vpce-1", "vpce-*", "VPCE-1", "*", "vpce-?", "${aws:PrincipalTag/team, 'x'}"],
    "aws:SourceIp": ["10.0.0.0/8", "203.0.113.9", "203.0.113.0/24", "198.51.100.0/25"],
    "aws:PrincipalOrgID": ["o-a", "o-*", "O-A", ""],
    "aws:PrincipalTag/team": ["in", "i?", "IN", "a*"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2024-12-31T00:00:00Z"],
    "aws:MultiFactorAuthAge": ["10", "11.5", "300"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalOrgPaths": ["o-a/*", "o-a/r/", "o-b/r/", "*"],
    "aws:SourceArn": [
        "arn:aws:sns:*:111111111111:*",
        "arn:aws:s3:::b",
        "arn:*:*:*:*:*",
        "arn:aws:sns:eu-west-1:*:t",
        "arn:aws:s3:::*",
    ],
}
OPERATORS: dict[str, list[str]] = {
    "text": [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
    ],
    "aws:SourceIp": ["IpAddress", "NotIpAddress"],
    "aws:CurrentTime": [
        f"Date{relation}" for relation in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ],
    "aws:MultiFactorAuthAge": [
        f"Numeric{one}" for one in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ],
    "aws:SecureTransport": ["Bool"],
    "aws:SourceArn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"],
}
ACTIONS = {"s3": ["s3:GetObject", "s3:PutObject"], "kms": ["kms:Decrypt", "kms:GenerateDataKey"]}


def glob(dice: random.Random) -> str:
    """A short pattern over few letters."""
    return "".join(dice.choice(["a", "b", "/", "*", "?", "in", "${*}"]) for _ in range(dice.randint(0, 4)))


def condition(dice: random.Random) -> dict[str, dict[str, Any]]:
    """A Condition block of one or two tests."""
    block: dict[str, dict[str, Any]] = {}
    for _ in range(dice.randint(1, 2)):
        key = dice.choice(list(CONTEXT))
        operator = dice.choice(OPERATORS.get(key, OPERATORS["text"]))
        values: Any = dice.sample(VALUES[key], dice.randint(1, 2))
        if dice.random() < 0.12:
            operator, values = "Null", dice.choice(["true", "false"])
        else:
            if key == "aws:PrincipalOrgPaths" or dice.random() < 0.1:
                operator = dice.choice(["ForAllValues:", "ForAnyValue:"]) + operator
            if dice.random() < 0.2 and not operator.startswith("ForAnyValue"):
                operator += "IfExists"
            if dice.random() < 0.3:
                values = values[0]
        written = key.lower() if dice.random() < 0.1 else key
        block.setdefault(operator, {})[written] = values
    return block


def statement(dice: random.Random, service: str, *, resource_based: bool) -> dict[str, Any]:
    """A statement for one service."""
    effect = dice.choice(["Allow", "Allow", "Allow", "Deny"])
    found: dict[str, Any] = {"Effect": effect}
    if resource_based:
        principals = [
            {"AWS": f"arn:aws:iam::{OUTSIDE}:role/Platform"}, {"AWS": f"arn:aws:iam::{OWNER}:role/Ingest"}, {"AWS": f"arn:aws:iam::{OUTSIDE}:root"},
            {"AWS": OWNER}, {"AWS": f"arn:aws:iam::{OWNER}:root"}, {"AWS": [f"arn:aws:iam::{OUTSIDE}:role/Other", f"arn:aws:iam::{OWNER}:role/Ingest"]},
            "*", {"AWS": "*"}, {"Service": "sns.amazonaws.com"},
        ]  # fmt: skip
        found["Principal"] = dice.choice(principals)
    actions = [
        *ACTIONS[service],
        f"{service}:*",
        f"{service.upper()}:get*",
        f"{service}:?e*",
        "*",
        f"{service}:*Object",
        f"{service}:Gen*",
        "ec2:*",
    ]
    found[dice.choice(["Action", "Action", "Action", "NotAction"])] = dice.sample(actions, dice.randint(1, 2))
    if service == "kms":
        found["Resource"] = (
            "*"
            if resource_based
            else dice.choice(["*", KEY, f"arn:aws:kms:*:{OWNER}:key/*", f"arn:aws:kms:eu-west-1:{OWNER}:key/other"])
        )
    else:
        kind = dice.choice(["Resource", "Resource", "Resource", "NotResource"])
        patterns = [
            f"arn:aws:s3:::b/{glob(dice)}",
            "arn:aws:s3:::b/${aws:PrincipalTag/team, 'in'}*",
            "arn:aws:s3:::b",
            "arn:aws:s3:::*",
        ]
        if kind == "Resource":
            patterns.append("arn:aws:s3:::b/${aws:PrincipalTag/team}/*")
        found[kind] = [dice.choice(patterns) for _ in range(dice.randint(1, 2))]
    if dice.random() < 0.5:
        found["Condition"] = condition(dice)
    return found


def job(dice: random.Random) -> dict[str, Any]:
    """One request with its policies."""
    service = dice.choice(["s3", "s3", "s3", "kms"])
    account, role = dice.choice([(OUTSIDE, "Platform"), (OUTSIDE, "Platform"), (OWNER, "Ingest")])
    arn = f"arn:aws:iam::{account}:role/{role}"
    context = {key: dice.choice(values) for key, values in CONTEXT.items() if dice.random() < 0.6}

    def document(count: int, *, resource_based: bool) -> dict[str, Any]:
        return {
            "Version": "2012-10-17",
            "Statement": [statement(dice, service, resource_based=resource_based) for _ in range(count)],
        }

    return {
        "principal": f"arn:aws:sts::{account}:assumed-role/{role}/job",
        "arn": arn,
        "caller": account,
        "account": OWNER,
        "action": dice.choice(ACTIONS[service]),
        "resource": KEY
        if service == "kms"
        else "arn:aws:s3:::b/" + "".join(dice.choice(["a", "b", "/", "in"]) for _ in range(dice.randint(0, 4))),
        "context": {**context, "aws:PrincipalArn": arn, "aws:PrincipalAccount": account},
        "identity": [document(dice.randint(1, 2), resource_based=False)] if dice.random() < 0.8 else [],
        "policy": document(dice.randint(1, 4), resource_based=True) if dice.random() < 0.95 else None,
    }


def ours(one: dict[str, Any]) -> Answer:
    """Our answer."""
    context: dict[str, ContextValue] = {
        key: tuple(Known(text) for text in value) if isinstance(value, list) else Known(value)
        for key, value in one["context"].items()
    }
    environment = Environment(
        resource_policy=None if one["policy"] is None else parse_policy(value_of_case(one["policy"]), HERE),
        resource_account=Known(one["account"]),
        identity=tuple(parse_policy(value_of_case(policy), HERE) for policy in one["identity"]),
    )
    caller = Caller(Known(one["arn"]), Known(one["caller"]), "job")
    return decide(environment, Question(caller, one["action"], Known(one["resource"]), None, context, ABSENT)).answer


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
