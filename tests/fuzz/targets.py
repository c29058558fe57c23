"""What is fuzzed: each way in as a function of bytes, with its seeds. A refusal is an answer; anything else that is raised is a finding."""

from __future__ import annotations

import functools
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from auditor.baseline.file import read as read_baseline
from auditor.changes.documents import PolicyDocument, read_policy_document
from auditor.comparison.access import PolicyKind
from auditor.comparison.access import compare as compare_policies
from auditor.contract.build import contract_of
from auditor.contract.file import ContractFile
from auditor.contract.load import load, names
from auditor.contract.load import text as text_of
from auditor.foundation.border import border_of
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.pipeline import Request, audit
from auditor.platforms.v7_darwin.check import RegistrationOptions, check
from auditor.platforms.v7_darwin.requests.inventory import NotAListing, batches
from auditor.render import RenderOptions, render
from auditor.settings.apply import with_settings
from auditor.settings.read import read_settings
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.modules.evaluate import resolved
from auditor.sources.terraform.modules.module import Root
from auditor.sources.terraform.syntax.native import parse_expression, parse_template
from tests.own_code import PROJECT

Target = Callable[[bytes], None]

CONTRACT = load("v7-darwin", {})
FORMATS = ("human", "sarif", "markdown", "github", "html")
BUCKET = """resource "aws_s3_bucket" "b" {
  bucket = var.name
}

resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Statement = [{ Sid = "a", Effect = "Allow", Principal = { AWS = var.who }, Action = ["s3:GetObject", "s3:PutObject"],
    Resource = "${aws_s3_bucket.b.arn}/*" }]
  })
}

variable "name" {}

variable "who" {
  type = any
}
"""


class Broken(Exception):
    """An audit has an internal error."""


def _audited(options: SourceOptions, path: str = ".", texts: Texts | None = None) -> None:
    """The audit of a path, in every format that quotes code."""
    report = audit(Request((path,), (CONTRACT,), options, every_bucket=True), texts or Texts())
    for error in report.errors:
        if "internal error" in error.message:
            raise Broken(error.message)
    for form in FORMATS:
        render(form, report, RenderOptions(explain=True, verbose=True))


def _file(name: str, content: bytes, **others: str) -> None:
    """Writes the only files of the current directory."""
    for old in os.listdir("."):
        os.unlink(old)
    Path(name).write_bytes(content)
    for other, text in others.items():
        Path(other.replace("_", ".")).write_text(text, encoding="utf-8")


def hcl(data: bytes) -> None:
    _file("main.tf", data)
    _audited(SourceOptions())


def hcl_in_json(data: bytes) -> None:
    _file("main.tf.json", data)
    _audited(SourceOptions())


def expression(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    parsed, _ = parse_expression(text, "x.tf", 1, 1)
    parse_template(text, "x.tf")
    if parsed is not None:
        resolved(parsed, _root().module.scope)


@functools.cache
def _root() -> Root:
    """A module for expressions, made once the current directory is the one to be fuzzed in."""
    from auditor.sources.resource_types import TERRAFORM
    from auditor.sources.terraform.modules.directory import Library

    _file("main.tf", BUCKET.encode())
    return Root(".", SourceOptions(), Library(Texts(border=border_of((".",)))), TERRAFORM.attribute_of)


def values(data: bytes) -> None:
    _file("terraform.tfvars.json" if data[:1] == b"{" else "terraform.tfvars", data, main_tf=BUCKET)
    _audited(SourceOptions())


def from_standard_input(data: bytes) -> None:
    """A plan, a template, a document: whatever it is taken for."""
    _file("none", b"")
    _audited(SourceOptions(), "-", Texts({"-": data}))


def template(data: bytes) -> None:
    """A template in YAML."""
    _file("t.yaml", data)
    _audited(SourceOptions())


def document(data: bytes) -> None:
    name = "cors.xml" if data[:1] == b"<" else "cors.json" if b"CORSRules" in data else "policy.json"
    _file(name, data)
    _audited(SourceOptions(), name)


def parameters(data: bytes) -> None:
    template = "Parameters: {N: {Type: String}}\nResources: {B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Ref N}}}\n"
    _file("p.json", data, t_yaml=template)
    _audited(SourceOptions(parameter_files=("p.json",)), "t.yaml")


def contract(data: bytes) -> None:
    file = ContractFile(data.decode("utf-8", "replace"), "x.yaml", built_in=False)
    contract_of(file, {})


def settings(data: bytes) -> None:
    _file(".auditor.yaml", data, main_tf=BUCKET)
    _audited(with_settings(SourceOptions(), read_settings((".",))))


def registration(data: bytes) -> None:
    check(["r.json"], RegistrationOptions(), Texts({"r.json": data}))


def listing(data: bytes) -> None:
    _file("listing", data)
    for _ in batches("listing"):
        pass


def baseline(data: bytes) -> None:
    _file("baseline.json", data)
    read_baseline("baseline.json")


def comments(data: bytes) -> None:
    lines = data.decode("utf-8", "replace").splitlines()
    _file("main.tf", "\n".join([*(f"# {line}" for line in lines), BUCKET]).encode())
    _audited(SourceOptions())


def two_policies(data: bytes) -> None:
    old, _, new = data.partition(b"\n---\n")
    texts = Texts({"old.json": old, "new.json": new})
    sides = [read_policy_document(name, texts) for name in ("old.json", "new.json")]
    if all(isinstance(side, PolicyDocument) for side in sides):
        compare_policies(*(side.policy for side in sides), PolicyKind.BUCKET)  # type: ignore[union-attr]


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        hcl, expression, hcl_in_json, values, from_standard_input, template, document, parameters, contract, settings, registration, listing,
        baseline, comments, two_policies,
    )
}  # fmt: skip
REFUSALS = (AuditError, NotAListing, OSError, UnicodeDecodeError)
LARGEST = 6_000  # bytes of a seed


def run(name: str, data: bytes) -> None:
    """One execution; what refuses is an answer, too.

    Raises:
        Exception: a finding.
    """
    try:
        TARGETS[name](data)
    except (AuditError, NotAListing):
        return
    except (OSError, UnicodeDecodeError) as error:
        # of files that are read where no audit is around them
        if name not in ("listing", "baseline"):
            raise
        del error


def seeds() -> Iterator[tuple[str, bytes]]:
    """What fuzzing begins with, from the fixtures: for each target its own kind of files."""
    for path in sorted(PROJECT.joinpath("fixtures").rglob("*")):
        if not path.is_file() or path.stat().st_size > LARGEST:
            continue
        data = path.read_bytes()
        for name in _of(path):
            yield name, data
            if name == "listing":
                yield name, gzip.compress(data)
    for contract_name in names():
        yield "contract", text_of(contract_name).encode()
    for data in OWN:
        yield data


def _of(path: Path) -> tuple[str, ...]:
    """The targets that a fixture is a seed of."""
    if path.name == ".auditor.yaml":
        return ("settings",)
    if "registration" in path.parts:
        return ("registration", "listing") if path.suffix in (".json", ".jsonl", ".txt") else ()
    if path.name.endswith((".tf.json", ".tofu.json")):
        return ("hcl_in_json",)
    if path.suffix in (".tf", ".tofu"):
        return ("hcl",)
    if path.suffix == ".tfvars":
        return ("values",)
    if path.suffix in (".yaml", ".yml", ".template"):
        return ("from_standard_input", "template")
    return ("from_standard_input", "document") if path.suffix in (".json", ".xml") else ()


_ROLE = '{"Statement": [{"Effect": "%s", "Principal": {"AWS": "*"}, "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"}]}'
OWN: tuple[tuple[str, bytes], ...] = (
    ("expression", b'[for k, v in { a = 1 } : "${k}-%{ if v > 0 }x%{ else }y%{ endif }" if v != null]'),
    ("expression", b'merge({ a = [1, 2.5e3] }, jsondecode("{\\"b\\": null}"))["b"] == null ? <<-E\n  x ${1 + 1}\n  E\n : null'),
    ("expression", b'regex("(?P<a>[a-z]+)-(\\\\d{2,})", format("%s-%03d", "x", 7)).a'),
    ("expression", b'flatten([cidrsubnet("10.0.0.0/8", 8, 2), split(",", join(",", ["a", "b"])), toset(["a"])])[*]'),
    ("expression", b'yamldecode("a: [1, 2]").a[0] + length(setproduct(["a"], [1, 2])) % 3 - pow(2, 3)'),
    ("hcl_in_json", (b'{"resource": {"aws_s3_bucket": {"b": {"bucket": "${var.n}-x"}}, "aws_s3_bucket_acl": {"a": [{"bucket": "b", "acl": "private"}]}},'
    b' "variable": {"n": {}}, "locals": [{"a": 1.5}], "module": {"m": {"source": "./m", "//": "a comment"}}}')),
    ("template", (b"X: &x {Type: AWS::S3::Bucket}\nResources:\n  A: &a\n    <<: *x\n    Properties: &p {BucketName: !Ref N}\n  B: {<<: [*x, *a]}\n"
    b"Parameters:\n  N: &n {Type: String, Default: a}\n  M: *n\nOutputs:\n  O: {Value: !Sub ['${A}-${y}', &v {y: !If [c, *n, b]}], X: *v}\n")),
    ("template", (b"---\nResources:\n    'A' : # B:\n        Type: 'AWS::S3::Bucket'\n        Metadata: \"x:\n  B: {\n\"\n        ? Properties\n        : {\n"
    b"  BucketName: a}\nDescription: |+\n  # A:\n\n\nTransform:\n- AWS::LanguageExtensions\n")),
    ("values", b'name = "a"\nwho = { AWS = ["*"] }\n'),
    ("values", b'{"name": "a", "who": ["arn:aws:iam::1:root"]}'),
    ("parameters", b'[{"ParameterKey": "N", "ParameterValue": "a"}]'),
    ("parameters", b'{"Parameters": {"N": "a"}}'),
    ("parameters", b'["N=a"]'),
    ("settings", b"contracts:\n  - name: v7-darwin\n    with: {access: read-only}\n    buckets: [aws_s3_bucket.b]\n"),
    ("settings", b"paths:\n  - match: '**'\n    vars: {name: a}\n    region: eu-west-1\nexclude: ['old/**']\nrules: {acls-enabled: note}\n"),
    ("baseline", b'{"version": 1, "findings": [{"fingerprint": "acls-enabled|main.tf|aws_s3_bucket.b|", "contract": "v7-darwin", "root": ".", "count": 1}]}'),
    ("comments", b"auditor: ignore[acls-enabled] until 2027-01-01: because\nauditor: contract=v7-darwin\n"),
    ("two_policies", (_ROLE % "Allow" + "\n---\n" + _ROLE % "Deny").encode()),
)  # fmt: skip
