"""Tries the pre-commit hooks of this repository, as it is committed, on a repository with every kind of change.

    python -m venv .oracle/pre-commit && .oracle/pre-commit/bin/pip install pre-commit
    python -m tests.oracle.hooks .oracle/pre-commit/bin/pre-commit

Each hook is run for the files that a commit would change; what is compared is whether it passes and what it prints.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "fixtures" / "demo"


@dataclass(frozen=True)
class Trial:
    """A run of one hook.

    Attributes:
        hook: its id.
        files: the changed files.
        passes: whether it is to pass.
        says: what is to stand in its output.
        gone: files that the commit under way deletes.
    """

    hook: str
    files: Sequence[str]
    passes: bool
    says: str
    gone: Sequence[str] = ()


_FREEZES = "error[access-denied-by-statement]"
_KEY = "error[kms-grant-missing]"

# The kinds of change that `auditor` must see, each by a file that says nothing on its own.
TRIALS = (
    Trial("auditor", ["good/images.tf"], passes=True, says="Passed"),
    Trial("auditor", ["bad/scans.tf"], passes=False, says="4 fail, 6 hold; 5 findings (4 errors, 1 warning)."),
    # one file of a module stands for all of it
    Trial("auditor", ["bad/main.tf"], passes=False, says="error[acls-enabled]"),
    Trial("auditor", ["good/images.tf", "bad/scans.tf"], passes=False, says="read 2 roots, found 2 buckets"),
    Trial("auditor", ["latin/main.tf"], passes=False, says="not read: is not UTF-8: byte 0xe9 at offset 5"),
    Trial("auditor", ["package.json"], passes=True, says="Passed"),
    # 1: a policy that code reads, alone it would hold
    Trial("auditor", ["frozen/policies/read.json"], passes=False, says=_FREEZES),
    # 2: a module, where its caller has the principal
    Trial("auditor", ["called/modules/media/main.tf"], passes=False, says=_KEY),
    # 3: a module that a called module calls
    Trial("auditor", ["called/modules/key/main.tf"], passes=False, says=_KEY),
    # 4: one of two policies that are right together
    Trial("auditor", ["merged/policies/read.json"], passes=True, says="Passed"),
    # 5: values beside the code, 6: values in a directory without code
    Trial("auditor", ["frozen/terraform.tfvars"], passes=False, says=_FREEZES),
    Trial("auditor", ["frozen/envs/prod.tfvars"], passes=False, says=_FREEZES),
    # 7: a template of Terraform
    Trial("auditor", ["template/policy.json.tftpl"], passes=False, says=_FREEZES),
    # 8: YAML that code reads
    Trial("auditor", ["yaml/policy.yaml"], passes=False, says=_FREEZES),
    # 9: a file whose name is computed
    Trial("auditor", ["computed/policies/prod.yaml"], passes=False, says=_FREEZES),
    # 10: a template in a template
    Trial("auditor", ["stacks/child.yaml"], passes=False, says="Parent/"),
    # 11: a document beside others
    Trial("auditor", ["live/cors.json"], passes=False, says="error[cors-request-refused]"),
    # 12: a commit that only deletes, 13: one that also changes something else
    Trial("auditor", [], passes=False, says=_FREEZES, gone=["frozen/allow.tf"]),
    Trial("auditor", ["good/images.tf"], passes=False, says=_FREEZES, gone=["frozen/allow.tf"]),
    Trial("auditor", ["notes.txt"], passes=True, says="Passed"),
    Trial("auditor-all", ["notes.txt"], passes=True, says="(no files to check)Skipped"),
    Trial("auditor-all", ["good/images.tf"], passes=False, says="error[acls-enabled]"),
)


def _statement(effect: str, action: str, name: str) -> str:
    role = "arn:aws:iam::258327614892:role/external_s3"
    sid = effect + action.partition(":")[2].partition('"')[0]
    return (
        f'{{"Sid": "{sid}", "Effect": "{effect}", "Principal": {{"AWS": "{role}"}}, "Action": [{action}], '
        f'"Resource": "arn:aws:s3:::acme-{name}/*"}}'
    )


def _document(name: str, *statements: tuple[str, str]) -> str:
    return f'{{"Version": "2012-10-17", "Statement": [{", ".join(_statement(*one, name) for one in statements)}]}}'


_BOTH = '"s3:GetObject", "s3:PutObject"'
_FROZEN = (("Allow", _BOTH), ("Deny", '"s3:PutObject"'))


def _bucket(name: str, policy: str, more: str = "") -> str:
    return f"""resource "aws_s3_bucket" "b" {{
  bucket = "acme-{name}"
}}
resource "aws_s3_bucket_ownership_controls" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{
    object_ownership = "BucketOwnerEnforced"
  }}
}}
resource "aws_s3_bucket_cors_configuration" "b" {{
  bucket = aws_s3_bucket.b.id
  cors_rule {{
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = {policy}
}}
{more}"""


_MERGED = """data "aws_iam_policy_document" "b" {
  source_policy_documents = [file("${path.module}/policies/read.json"), file("${path.module}/policies/write.json")]
}
"""
_ENCRYPTED = """variable "role" {}
module "key" {
  source = "../key"
  role   = var.role
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key.arn
    }
  }
}
"""
_KEY_OF_MODULE = """variable "role" {}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = { AWS = var.role }, Action = ["kms:Decrypt"], Resource = "*"
  }] })
}
output "arn" {
  value = aws_kms_key.k.arn
}
"""
_ROLE_OF_CALLER = 'module "media" {\n  source = "./modules/media"\n  role   = "arn:aws:iam::258327614892:role/external_s3"\n}\n'
_PARENT = "Resources:\n  Parent:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./child.yaml}\n"
_CHILD = f"""Resources:
  Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: acme-child}}}}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: {{Bucket: !Ref Bucket, PolicyDocument: {_document("child", *_FROZEN)}}}
"""
FILES = {
    "frozen/main.tf": _bucket("frozen", "data.aws_iam_policy_document.b.json", 'variable "x" {\n  default = ""\n}\n')
    + 'data "aws_iam_policy_document" "b" {\n  source_policy_documents = [file("policies/read.json"), file("policies/freeze.json")]\n}\n',
    "frozen/allow.tf": "locals {}\n",
    "frozen/policies/read.json": _document("frozen", ("Allow", _BOTH)),
    "frozen/policies/freeze.json": _document("frozen", ("Deny", '"s3:PutObject"')),
    "frozen/terraform.tfvars": 'x = "y"\n',
    "frozen/envs/prod.tfvars": 'x = "z"\n',
    "called/main.tf": _ROLE_OF_CALLER,
    "called/modules/media/main.tf": _bucket("called", f"jsonencode({_document('called', ('Allow', _BOTH))})", _ENCRYPTED),
    "called/modules/key/main.tf": _KEY_OF_MODULE,
    "merged/main.tf": _bucket("merged", "data.aws_iam_policy_document.b.json", _MERGED),
    "merged/policies/read.json": _document("merged", ("Allow", '"s3:GetObject"')),
    "merged/policies/write.json": _document("merged", ("Allow", '"s3:PutObject"')),
    "template/main.tf": _bucket("template", 'templatefile("${path.module}/policy.json.tftpl", { name = "template" })'),
    "template/policy.json.tftpl": _document("${name}", *_FROZEN),
    "yaml/main.tf": _bucket("yaml", 'jsonencode(yamldecode(file("${path.module}/policy.yaml")))'),
    "yaml/policy.yaml": _document("yaml", *_FROZEN),
    "computed/main.tf": 'variable "env" {\n  default = "prod"\n}\n'
    + _bucket("computed", 'jsonencode(yamldecode(file("${path.module}/policies/${var.env}.yaml")))'),
    "computed/policies/prod.yaml": _document("computed", *_FROZEN),
    "stacks/parent.yaml": _PARENT,
    "stacks/child.yaml": _CHILD,
    "live/cors.json": '{"CORSRules": [{"AllowedOrigins": ["https://darwin.v7labs.com/"], "AllowedMethods": ["GET", "PUT"]}]}',
    "package.json": '{"name": "x"}',
    "notes.txt": "nothing\n",
}


def _repository(folder: Path) -> None:
    """A repository with modules, templates and documents, and one commit."""
    for module, file in (("good", "images.tf"), ("bad", "scans.tf")):
        (folder / module).mkdir()
        for name in (file, "main.tf"):
            shutil.copy(DEMO / name, folder / module)
    (folder / "latin").mkdir()
    (folder / "latin" / "main.tf").write_bytes(b"# caf\xe9\n")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    _git(folder, "init", "--quiet")


def _run(program: str, trial: Trial, folder: Path, store: str) -> subprocess.CompletedProcess[str]:
    """A run of one hook, with the deletions staged meanwhile."""
    if trial.gone:
        _git(folder, "rm", "--quiet", *trial.gone)
    files = ["--files", *trial.files] if trial.files else []
    run = subprocess.run(
        [program, "run", trial.hook, *files],
        cwd=folder,
        env={**os.environ, "PRE_COMMIT_HOME": store, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    _git(folder, "reset", "--quiet", "--hard")
    return run


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: list[str]) -> int:
    """Runs the trials; 0 when all are as they should be, 1 when one is not, 2 when pre-commit is not there."""
    program = shutil.which(os.path.abspath(arguments[0])) if arguments else shutil.which("pre-commit")
    if program is None:
        sys.stderr.write(f"pre-commit is not there\n{__doc__}")
        return 2
    worst = 0
    with tempfile.TemporaryDirectory() as store, tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        _repository(folder)
        hooks = "".join(f"      - id: {name}\n" for name in ("auditor", "auditor-all"))
        configuration = folder / ".pre-commit-config.yaml"
        revision = _git(PROJECT, "rev-parse", "HEAD")
        configuration.write_text(f"repos:\n  - repo: {PROJECT}\n    rev: {revision}\n    hooks:\n{hooks}", encoding="utf-8")
        _git(folder, "add", "--all")
        _git(folder, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "all")
        for trial in TRIALS:
            run = _run(program, trial, folder, store)
            right = (run.returncode == 0) is trial.passes and trial.says in run.stdout
            worst |= not right
            sys.stdout.write(
                f"{'as expected' if right else 'WRONG'}: {trial.hook} for {', '.join((*trial.files, *(f'{one} (gone)' for one in trial.gone)))}\n"
            )
            if not right:
                sys.stdout.write(run.stdout + run.stderr)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
