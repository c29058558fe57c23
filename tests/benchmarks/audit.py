"""What the audit of a directory costs.

python -m tests.benchmarks.audit DIRECTORY
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter

from auditor.contract.load import load
from auditor.foundation.location import Lines
from auditor.foundation.text import TERRAFORM_SUFFIXES, Texts
from auditor.pipeline import Request, audit


def main() -> None:
    """Prints CPU time, peak memory, files, bytes, blocks parsed of blocks seen, and verdicts."""
    directory = sys.argv[1] if len(sys.argv) > 1 else "."
    from auditor.sources.terraform.syntax import native as grammar
    from auditor.sources.terraform.syntax import scanner as blocks

    seen, parsed = Counter[str](), Counter[str]()
    scan, parse = blocks.scan, grammar.parse_block

    def counting_scan(lines: Lines) -> blocks.Scan:
        found = scan(lines)
        seen["files"] += 1
        seen["bytes"] += len(lines.text)
        seen["blocks"] += len(found.blocks)
        return found

    def counting_parse(raw: blocks.RawBlock) -> object:
        parsed["blocks"] += 1
        parsed["bytes"] += raw.end - raw.start
        return parse(raw)

    blocks.scan, grammar.parse_block = counting_scan, counting_parse  # type: ignore[assignment]
    files = sum(name.endswith(TERRAFORM_SUFFIXES) for _, _, names in os.walk(directory) for name in names)
    started, wall = time.process_time(), time.monotonic()
    report = audit(Request(paths=(directory,), contracts=(load("v7-darwin", {}),), every_bucket=True), Texts())
    spent, passed = time.process_time() - started, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    statuses = Counter(verdict.status.value for verdict in report.verdicts)
    buckets = len({(verdict.subject.root, verdict.subject.address) for verdict in report.verdicts})
    lines = [
        f"{directory}: {files} Terraform files on disk",
        f"  CPU {spent:.2f} s, wall {passed:.2f} s, peak {peak:.0f} MiB",
        f"  read {seen['files']} files, {seen['bytes'] / 1e6:.2f} MB, {seen['blocks']} blocks",
        f"  parsed {parsed['blocks']} blocks, {parsed['bytes'] / 1e6:.2f} MB",
        f"  {buckets} buckets, verdicts: {dict(statuses)}, {len(report.findings)} findings, {len(report.errors)} errors",
    ]
    reasons = Counter(verdict.reason for verdict in report.verdicts if verdict.status.value == "unknown")
    lines.extend(f"  unknown {count:5}  {reason[:150]}" for reason, count in reasons.most_common(10))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
