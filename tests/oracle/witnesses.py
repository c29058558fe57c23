"""Witnesses of comparisons, put to an independent engine: what is gained is refused by the old document and allowed by the new one.

    python -m tests.oracle.witnesses NODE_MODULES [COUNT] [SEED] [PAIRS.jsonl …]

Compared are the recorded pairs, COUNT random edits of their documents, and pairs from further files of the same form. Exit code 1 when the
engines differ on a witness. Left out is what the other engine is known to get wrong (`tests/oracle/iam.py`), anonymous callers and callers
that are neither roles, users nor services, which it does not have, and what only the edits bring: a document without Version
2012-10-17 that has policy variables, a principal's own keys that contradict the caller, and actions that it does not know.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.comparison.access import PolicyKind, compare
from auditor.comparison.search import FoundRequest
from tests.comparison.mutations import documents, listed, mutated
from tests.comparison.test_pairs import policy

_FIXTURES = Path(__file__).parents[2] / "fixtures" / "comparison" / "pairs.jsonl"
_OTHER_ACCOUNT = "123456789012"
_EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_ALWAYS = {"aws:CurrentTime": "2026-06-01T00:00:00Z", "aws:SecureTransport": "true", "aws:EpochTime": "1780272000"}


def pairs(count: int, seed: int, files: list[str]) -> Iterator[tuple[str, str, Any, Any]]:
    """Pairs of documents, each with a name and its kind."""
    for path in (str(_FIXTURES), *files):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            pair = json.loads(line)
            yield pair["id"], pair["kind"], pair["old"], pair["new"]
    dice = random.Random(seed)
    every = documents()
    for number in range(count):
        kind, document = dice.choice(every)
        old = mutated(document, dice)
        yield f"edit {number}", kind, old, mutated(old, dice)


def job(kind: str, document: Any, found: FoundRequest) -> dict[str, Any] | None:
    """A witness as a request to the other engine, decided by one document; None when it cannot be put to it."""
    caller = found.principal
    if caller is not None and caller.type not in ("role", "user", "root", "service"):
        return None
    text = json.dumps(document)
    patterns = [
        text for one in listed(document["Statement"]) for name in ("Resource", "NotResource") for text in listed(one.get(name))
    ]
    if any("arn:" in str(value)[3:] for value in found.context.values()) or ('"StringNot' in text and "${" in text):
        return None  # texts that are nearly ARNs; variables without a value under a negated operator
    unlike = any("${" in text for one in listed(document["Statement"]) for text in listed(one.get("NotResource")))
    if unlike or any(one != "*" and not one.startswith("arn:") for one in patterns):  # not documented; refused by AWS
        return None
    if found.resource == "*" and kind != "trust":  # which the other engine takes for every resource
        return None
    if ("${" in text and document.get("Version") != "2012-10-17") or any(
        one in text for one in ("0.0.0.0/0", "::/", "NotPrincipal")
    ):
        return None
    context = {
        **_ALWAYS,
        **{key: list(value) if isinstance(value, tuple) else value for key, value in found.context.items() if value is not None},
    }
    arn, account = "arn:aws:iam::999999999999:role/x", "999999999999"
    if caller is not None:
        arn, account = caller.arn, caller.account
        context |= {key: value for key, value in _tied(found).items() if key.lower() not in {one.lower() for one in context}}
    principal = arn
    if ":role/" in arn:
        principal = f"arn:aws:sts::{account}:assumed-role/{arn.rpartition('/')[2]}/{caller.session if caller else 's'}"
    of_identity = kind == "identity"
    resource = found.resource
    owner = (*resource.split(":"), "", "", "", "", "")[4]
    if of_identity and owner not in ("", account):  # the other engine asks the resource's own account as well
        if any(key.lower().startswith("aws:principal") for key in context):
            return None
        principal, account = principal.replace(account, owner), owner
    if kind == "trust":
        resource = f"arn:aws:iam::{_OTHER_ACCOUNT}:role/Access"
    return {
        "principal": principal,
        "account": account if of_identity else _OTHER_ACCOUNT,
        "action": found.action,
        "resource": resource,
        "context": context,
        "identity": [document] if of_identity else [] if caller and caller.type == "service" else [_EVERYTHING],
        "policy": _of_key(found.action, account) if of_identity else document,
        "boundary": None,
        "session": None,
        "scps": [],
        "rcps": [],
    }


def _of_key(action: str, account: str) -> dict[str, Any] | None:
    """What lets identity policies speak for a key: without its key policy nobody may use one."""
    if not action.startswith("kms:"):
        return None
    delegation = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [delegation]}


def _tied(found: FoundRequest) -> dict[str, str]:
    """The keys that follow from the caller."""
    assert found.principal is not None
    names = {
        "aws:principalarn": "aws:PrincipalArn",
        "aws:principalaccount": "aws:PrincipalAccount",
        "aws:principaltype": "aws:PrincipalType",
    }
    names |= {
        "aws:username": "aws:username",
        "aws:principalisawsservice": "aws:PrincipalIsAWSService",
        "kms:calleraccount": "kms:CallerAccount",
    }
    return {names[key]: value for key, value in found.principal.context().items() if key in names and value is not None}


def main() -> None:
    """Prints the tally, and the first differences in full."""
    modules, count, seed = Path(sys.argv[1]), int((*sys.argv[2:3], "600")[0]), int((*sys.argv[3:4], "1")[0])
    jobs: list[tuple[str, bool, dict[str, Any]]] = []
    tally: Counter[str] = Counter()
    for name, kind, old, new in pairs(count, seed, sys.argv[4:]):
        difference = compare(policy(old), policy(new), PolicyKind(kind))
        tally[f"pairs that are {difference.relation.value}"] += 1
        for requests, allowing, refusing in ((difference.gained, new, old), (difference.lost, old, new)):
            for found in requests:
                asked = [(expected, job(kind, document, found)) for expected, document in ((True, allowing), (False, refusing))]
                if any(
                    one is None or not listed(document["Statement"])
                    for (_, one), document in zip(asked, (allowing, refusing), strict=True)
                ):
                    tally["witnesses that are left out"] += 1
                    continue
                jobs += [(name, expected, one) for expected, one in asked if one is not None]
    lines = "".join(json.dumps(one) + "\n" for _, _, one in jobs)
    driver = Path(__file__).with_name("simulate.mjs")
    done = subprocess.run(["node", str(driver), str(modules.resolve())], input=lines, capture_output=True, text=True, check=True)
    theirs = done.stdout.splitlines()
    if len(theirs) != len(jobs):
        raise SystemExit(f"{len(theirs)} answers to {len(jobs)} requests: {done.stderr[-2000:]}")
    different = []
    for (name, expected, one), their in zip(jobs, theirs, strict=True):
        if their.startswith("error"):
            tally[f"the other engine fails: {their[:60]}"] += 1
        elif (their == "Allowed") == expected:
            tally["witnesses confirmed, a side each"] += 1
        else:
            tally["different"] += 1
            different.append({"pair": name, "expected": expected, "theirs": their, **one})
    for label, number in tally.most_common():
        sys.stdout.write(f"{number:8} {label}\n")
    for one in different[:5]:
        sys.stdout.write(json.dumps(one) + "\n")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
