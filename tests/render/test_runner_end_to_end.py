"""Code whose every name is hostile, through the command line: what the runner's published rules take for a command is our own annotations alone.

Source: actions/runner, `src/Runner.Common/ActionCommand.cs`: `TryParseV2` (after blanks at the beginning of a line `::`, up to the next `::` the
command's name and, after a blank, its properties) and `TryParse` (`##[` anywhere, up to `]`); both look at standard output and error.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli import main
from auditor.render import FORMATS

# Source: actions/runner, `src/Runner.Worker/ActionCommandManager.cs` and `…/Handlers/OutputManager.cs`.
REGISTERED = (
    *(
        "add-mask",
        "add-matcher",
        "remove-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "internal-set-repo-path",
        "notice",
    ),
    *("save-state", "set-env", "set-output", "stop-commands", "warning"),
)
OURS = re.compile(r"::(?:error|warning|notice) (?:(?:file|line|endLine|col|endColumn|title)=[^,:]*,?)*::[^\r\n]*")
_PIECES = (
    *(
        "::",
        "##[",
        "]",
        "\n",
        "\r",
        "\n::",
        "\n##[",
        " ",
        "\t",
        "\u200b",
        "\u2028",
        "\x85",
        "\x00",
        "\x1b[31m",
        "\x1b]8;;http://evil.example\x07",
        "\x9b8m",
        "\u202e",
        "%0A",
        "%3A%3A",
        "'",
        '"',
        "`",
        "$",
        "\\",
    ),
    *(f"::{name}::" for name in REGISTERED),
    *(f"##[{name}]" for name in REGISTERED),
)
NAMES = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)
COMMANDS = [
    *(["check", "--all-buckets", "--explain", "--verbose", "--show-suppressed", "--format", name, "."] for name in FORMATS),
    *(["check", "."], ["check", "--summary", "."], ["inspect", "."], ["config", "."]),
    *(["inspect", "--format", form, "."] for form in ("json", "mermaid", "dot")),
    *(["diff", "--format", form, "old", "."] for form in ("human", "json", "markdown", "sarif", "github")),
    *(["contracts", does, "contract.yaml"] for does in ("show", "check")),
    *(["check", "--contract", "contract.yaml", "."], ["check", "--baseline", "baseline.json", "."], ["platforms", "."]),
    *(["registration", "check", "request.json", "--format", form] for form in ("human", "json")),
]
# What a terminal obeys, but for the colours that are ours.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def acting(text: str) -> Iterator[str]:
    """The lines that the runner takes for commands."""
    for line in re.split("\r\n|\r|\n", text):
        start = line.lstrip()
        second = start.find("::", 2)
        if start.startswith("::") and second > 0 and start[2:second].split(" ")[0].strip().lower() in REGISTERED:
            yield line
        for found in re.findall(r"##\[([^\]]*)\]", line):
            if found.split(" ")[0].strip().lower() in REGISTERED:
                yield line


def tree(name: str) -> dict[str, str]:
    """Files that hold a name wherever code may name something."""
    quoted = json.dumps(name, ensure_ascii=False)
    hcl = quoted.replace("${", "$${").replace("%{", "%%{")
    one_line = re.sub(r"[\r\n]", " ", name)
    return {
        "main.tf": f"""# auditor: {one_line}
# auditor: ignore[{one_line}]
resource "aws_s3_bucket" "b" {{
  for_each = toset([{hcl}])
  bucket   = "acme"
}}
resource "aws_s3_bucket_policy" "p" {{
  bucket = "acme"
  policy = jsonencode({{ Statement = [{{ Sid = {hcl}, Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme/*",
    Condition = {{ {hcl} = {{ {hcl} = {hcl} }} }} }}] }})
}}
resource "aws_s3_bucket" {hcl} {{
  bucket = {hcl}
}}
module "m" {{
  source = {hcl}
}}
""",
        "broken.tf": f"resource {one_line} = {name}\n",
        "t.json": json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {name: {"Type": "AWS::S3::Bucket", "Condition": name}, "X": {name: 1}}}),
        "policy.json": f'{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*", {quoted}: 1, {quoted}: 2}}]}}',
        "contract.yaml": f"id: own\nname: {quoted}\nprincipal: {quoted}\nneeds: [{{access: s3:GetObject, why: {quoted}}}]\n",
        "baseline.json": json.dumps({"version": 1, "findings": [{"fingerprint": name, "contract": name, "root": name, "count": 1}]}),
        "request.json": json.dumps({"dataset_slug": name, "items": [{"name": name, "slots": [{"slot_name": name, "storage_key": name}]}], name: 1}),
        "terraform.tfvars": f"{one_line} = {hcl}\n",
        f"{name.replace('/', '')[:60]}.tf": f"locals {{ a = {name} }}\n",
    }  # fmt: skip


@pytest.mark.property
@settings(max_examples=15, deadline=None)
@given(NAMES, st.sampled_from(COMMANDS))
def test_only_our_own_annotations_act(name: str, arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        for file, content in tree(name).items():
            Path(place, file.replace("\x00", "")).write_text(content, encoding="utf-8", newline="")
        Path(place, "old").mkdir()
        Path(place, "old/main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "acme"\n}\n', encoding="utf-8")
        here = os.getcwd()
        os.chdir(place)
        try:
            ran = CliRunner().invoke(main, arguments)
        finally:
            os.chdir(here)
    assert "internal error" not in ran.stderr
    assert ran.exit_code in (0, 1, 2)
    annotations = "github" in arguments
    acted = [*acting(ran.stdout)]
    assert [line for line in acted if not (annotations and OURS.fullmatch(line))] == []
    assert [*acting(ran.stderr)] == []
    assert OBEYED.search(ran.stdout + ran.stderr) is None


@pytest.mark.parametrize(
    "line", ["::add-mask::e", " \t::stop-commands::zz", "a ##[add-mask]e", "::error file=a,line=1::b", "x ##[group]y"]
)
def test_the_rules_of_the_runner_are_known(line: str) -> None:
    assert [*acting(line)] == [line]
