"""What single proofs cost, the adversarial ones among them.

python -m tests.benchmarks.proofs
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

from auditor.foundation.location import Location
from auditor.foundation.value import Known
from auditor.policy import ABSENT, Caller, Environment, Question, decide, parse_policy
from tests.policy.case_engine import value_of_case

B = "arn:aws:s3:::acme-data/"
ROLE = "arn:aws:iam::222222222222:role/Platform"


def statement(resources: list[str], effect: str = "Allow") -> dict[str, Any]:
    """A statement about some keys."""
    return {
        "Effect": effect,
        "Principal": {"AWS": ROLE} if effect == "Allow" else "*",
        "Action": "s3:*",
        "Resource": [B + one for one in resources],
    }


CASES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "one prefix": ("in/*", [statement(["in/*"])]),
    "typical": ("*", [statement(["*"]), {**statement(["*"], "Deny"), "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]),
    "infix deny": ("in/*", [statement(["*"]), statement(["*/tmp/*"], "Deny")]),
    "three pieces": ("in/*", [statement(["in/?", "in/", "in/??*"])]),
    "20 prefixes": ("*", [statement([f"team-{number}/*" for number in range(20)])]),
    "60 prefixes": ("*", [statement([f"team-{number}/*" for number in range(60)])]),
    "12 suffixes, 6 infixes": (
        "*",
        [statement([f"*.{letter}x" for letter in "abcdefghijkl"]), statement([f"*/{letter}/*" for letter in "mnopqr"], "Deny")],
    ),
    "5 hive patterns": ("*", [statement([f"*/y=*/{letter}=*" for letter in "abcde"])]),
    "adversarial": ("*", [statement(["*a" + "?" * 16])]),
    "adversarial, covered": ("*", [statement(["*"]), statement(["*a" + "?" * 16])]),
    "adversarial deny": ("*", [statement(["*"]), statement(["*a" + "?" * 16, "*b" + "?" * 17], "Deny")]),
}


def main() -> None:
    """Prints milliseconds and the answer for each case, and the peak memory of all."""
    for name, (keys, documents) in CASES.items():
        policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), Location("policy.json"))
        environment = Environment(resource_policy=policy, resource_account=Known("111111111111"))
        question = Question(
            Caller(Known(ROLE), Known("222222222222")),
            "s3:GetObject",
            Known(B),
            keys,
            {"aws:SecureTransport": Known("true")},
            ABSENT,
        )
        best = float("inf")
        for _ in range(5):
            started = time.process_time()
            decision = decide(environment, question)
            best = min(best, time.process_time() - started)
            if best > 0.5:
                break
        witness = f", witness {decision.witness.key!r}" if decision.witness else ""
        sys.stdout.write(f"{name:24} {best * 1000:9.1f} ms  {decision.answer.value}{witness}\n")
    sys.stdout.write(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB\n")


if __name__ == "__main__":
    main()
