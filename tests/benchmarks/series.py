"""Inputs that grow: for each shape, the files of a size."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Of the built-in contract of V7 Darwin, which is audited where none is named.
ROLE = "arn:aws:iam::258327614892:role/external_s3"
Files = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Series:
    """One shape of input.

    Attributes:
        files: the files of a size.
        small: sizes that `make bench` runs.
        large: sizes of the whole series, the last one is that of the goal.
        goal: seconds of processor time that the last one may take; 0 where there is none.
        decided: whether every verdict of it is to be decided.
    """

    files: Callable[[int], Files]
    small: tuple[int, ...]
    large: tuple[int, ...]
    goal: float = 0
    decided: bool = False


def _policy(statements: str, name: str = "data", address: str = "") -> str:
    """A bucket with the policy that some statements in HCL make."""
    return f"""
resource "aws_s3_bucket" "{name}" {{
  bucket = "acme-{name}{address}"
}}

data "aws_iam_policy_document" "{name}" {{
{statements}
}}

resource "aws_s3_bucket_policy" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  policy = data.aws_iam_policy_document.{name}.json
}}
"""


def _statement(
    resource: str, *, effect: str = "Allow", who: str = ROLE, action: str = "s3:GetObject", more: str = "", name: str = "data"
) -> str:
    return f"""
  statement {{
    effect    = "{effect}"
    actions   = ["{action}"]
    resources = ["${{aws_s3_bucket.{name}.arn}}/{resource}"]
    principals {{
      type        = "AWS"
      identifiers = ["{who}"]
    }}
{more}
  }}
"""


_GRANT = f"""
  statement {{
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${{aws_s3_bucket.data.arn}}/*"]
    principals {{
      type        = "AWS"
      identifiers = ["{ROLE}"]
    }}
  }}
"""


def bucket(number: int) -> str:
    """A bucket and all its parts."""
    name = f"data{number}"
    return (
        _policy(_statement("*", name=name, action='s3:GetObject", "s3:PutObject'), name)
        + f"""
resource "aws_s3_bucket_ownership_controls" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    object_ownership = "BucketOwnerEnforced"
  }}
}}

resource "aws_s3_bucket_public_access_block" "{name}" {{
  bucket                  = aws_s3_bucket.{name}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}

resource "aws_kms_key" "{name}" {{
  description = "of {name}"
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.{name}.arn
    }}
  }}
}}

resource "aws_s3_bucket_cors_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id
  cors_rule {{
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }}
}}
"""
    )


_EACH = (
    bucket(0)
    .replace("data0", "data")
    .replace("aws_s3_bucket.data.", "aws_s3_bucket.data[each.key].")
    .replace("aws_kms_key.data.", "aws_kms_key.data[each.key].")
    .replace("aws_iam_policy_document.data.", "aws_iam_policy_document.data[each.key].")
    .replace('"acme-data"', '"acme-${each.key}"')
)


def _names(size: int) -> str:
    """A set of a number of names; `range` makes no more than 1024 numbers."""
    if size <= 1024:
        return f'toset([for number in range({size}) : "n${{number}}"])'
    return f'toset(flatten([for ten in range({size // 10}) : [for one in range(10) : "n${{ten}}${{one}}"]]))'


def _each(size: int) -> str:
    """One bucket with all its parts, for each of a number of names."""
    lines = []
    for line in _EACH.splitlines():
        lines.append(line)
        if line.startswith(("resource", "data")):
            lines.append("  for_each = local.names")
    return f"locals {{\n  names = {_names(size)}\n}}\n" + "\n".join(lines) + "\n"


def _tree(leaves: int) -> Files:
    """Modules that call two others each, down to modules with one bucket."""
    depth = leaves.bit_length() - 1
    files = {f"m{depth}/main.tf": 'variable "name" {}\n' + bucket(0).replace("acme-data0", "acme-${var.name}")}
    for level in range(depth):
        text = 'variable "name" {\n  default = "x"\n}\n' + "".join(
            f'module "{side}" {{\n  source = "{"./" if level == 0 else "../"}m{level + 1}"\n  name   = "${{var.name}}{side}"\n}}\n'
            for side in "ab"
        )
        files["main.tf" if level == 0 else f"m{level}/main.tf"] = text
    return files


def _module_each(size: int) -> Files:
    """A module that is called for each of a number of names."""
    leaf = 'variable "name" {}\n' + bucket(0).replace("acme-data0", "acme-${var.name}")
    call = f'module "b" {{\n  source   = "./m"\n  for_each = {_names(size)}\n  name     = each.key\n}}\n'
    return {"main.tf": call, "m/main.tf": leaf}


_OWNED = """
resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
"""


def _statements(size: int, one: Callable[[int], str], before: str = "", grant: str = "") -> Files:
    return {"main.tf": before + _policy(grant + "".join(one(number) for number in range(size))) + _OWNED}


def _flags(size: int) -> Files:
    """Denies of another action, each behind a flag."""

    def one(number: int) -> str:
        return f"""
  dynamic "statement" {{
    for_each = var.p{number} ? [1] : []
    content {{
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${{aws_s3_bucket.data.arn}}/*"]
      principals {{
        type        = "*"
        identifiers = ["*"]
      }}
    }}
  }}
"""

    variables = "".join(f'variable "p{number}" {{\n  type = bool\n}}\n' for number in range(size))
    return _statements(size, one, variables, _GRANT)


def _variables(size: int) -> str:
    return "".join(f'variable "v{number}" {{\n  type = string\n}}\n' for number in range(size))


def _denied(pattern: str, more: str = "") -> str:
    return _statement(pattern, effect="Deny", who="*", action="s3:*", more=more)


_EXEMPT = f"""
    condition {{
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = ["{ROLE}"]
    }}
"""


def _raw(size: int, resource_of: Callable[[int], str]) -> Files:
    """A policy document of many statements for the caller."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::acme-data/{resource_of(number)}",
        }
        for number in range(size)
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return {
        "main.tf": 'resource "aws_s3_bucket" "data" {\n  bucket = "acme-data"\n}\n'
        'resource "aws_s3_bucket_policy" "data" {\n  bucket = aws_s3_bucket.data.id\n  policy = file("${path.module}/p.json")\n}\n',
        "p.json": text,
    }


def _in_output(expression: str, locals_: str = "") -> Files:
    """A bucket whose name is an expression."""
    return {"main.tf": f'{locals_}resource "aws_s3_bucket" "data" {{\n  bucket = {expression}\n}}\n'}


SERIES: dict[str, Series] = {
    "buckets in one file": Series(lambda size: {"main.tf": "".join(map(bucket, range(size)))}, (16, 64), (128, 481, 1443), 3),
    "buckets in files": Series(lambda size: {f"b{one}.tf": bucket(one) for one in range(size)}, (16, 64), (128, 481), 3),
    "roots": Series(lambda size: {f"r{one}/main.tf": bucket(0) for one in range(size)}, (16,), (64, 256)),
    "leaf modules": Series(_tree, (16, 64), (256, 512, 1024), 6),
    "for_each of buckets": Series(lambda size: {"main.tf": _each(size)}, (10, 100), (1000, 10000), 15, decided=True),
    "for_each of a module": Series(_module_each, (10, 100), (300, 1000)),
    "two stars": Series(
        lambda size: _statements(size, lambda one: _statement(f"*team{one}*x{one}*")), (4, 16), (32, 64, 128), 1, decided=True
    ),
    "two stars, granted": Series(
        lambda size: _statements(size, lambda one: _statement(f"*team{one}*x{one}*"), grant=_GRANT),
        (4, 16),
        (64, 128),
        1,
        decided=True,
    ),
    "denied infixes": Series(
        lambda size: _statements(size, lambda one: _denied(f"a{one}/*/x{one}*", _EXEMPT), grant=_GRANT),
        (16,),
        (64, 256),
        decided=True,
    ),
    "denied infixes, in force": Series(
        lambda size: _statements(size, lambda one: _denied(f"*/a{one}/*/x{one}*"), grant=_GRANT), (16,), (64, 256), decided=True
    ),
    "unknown principals": Series(
        lambda size: _statements(size, lambda one: _statement("*", who=f"${{var.v{one}}}"), _variables(size)), (4, 16), (64,), 0.6
    ),
    "unknown principals, granted": Series(
        lambda size: _statements(size, lambda one: _statement("*", who=f"${{var.v{one}}}"), _variables(size), _GRANT),
        (4, 16),
        (64,),
        0.6,  # one of them may be "*", a policy that is refused where public ones are blocked
    ),
    "denies of another action behind flags": Series(_flags, (4, 16), (64,), 0.6),
    "unknown prefixes denied": Series(
        lambda size: _statements(size, lambda one: _denied(f"${{var.v{one}}}/*"), _variables(size), _GRANT), (4, 16), (64,), 1
    ),
    "unknown prefixes allowed": Series(
        lambda size: _statements(size, lambda one: _statement(f"${{var.v{one}}}/*"), _variables(size)), (4, 16), (64,), 1
    ),
    "statements N*x?N*": Series(lambda size: _raw(size, lambda one: f"{one}*x?{one}*"), (30,), (300, 1000), 5),
    "statements of eight stars": Series(lambda size: _raw(size, lambda one: f"*a*b*c*d*e*f*g*h{one}*"), (4,), (14, 30), 5),
    "nested counts": Series(
        lambda size: {
            "main.tf": f'module "m" {{\n  source = "./m"\n  count  = {size}\n}}\n',
            "m/main.tf": f'resource "aws_s3_bucket" "data" {{\n  count = {size}\n}}\n',
        },
        (20,),
        (100, 900),
        5,
    ),
    "nested alternatives": Series(lambda size: _in_output(f'regex("(((a*)*)*)*b", "{"a" * size}")'), (20,), (40,), 1),
    "alternatives": Series(lambda size: _in_output(f'regex("(?:aa|aa|aa|aa|aa|aa|aa|aa)*b", "{"a" * size}")'), (20,), (40,), 1),
    "replace": Series(lambda size: _in_output(f'replace("{"a" * size}", "/(((a*)*)*)*b/", "x")'), (20,), (40,), 1),
    "names that double": Series(
        lambda size: _in_output(
            f"local.a{size}",
            'variable "v" {}\nlocals {\n  a0 = var.v\n'
            + "".join(f'  a{one} = join("", [local.a{one - 1}, local.a{one - 1}])\n' for one in range(1, size + 1))
            + "}\n",
        ),
        (16,),
        (44,),
        1,
    ),
    "comments": Series(
        lambda size: {"main.tf": "# auditor: ignore[acls-enabled]\n" * size + 'resource "aws_s3_bucket" "data" {\n}\n'},
        (1000,),
        (10000,),
        1,
    ),
    "braces": Series(lambda size: {"main.tf": "a {\n" * size}, (1000,), (20000,), 1),
    "brackets": Series(lambda size: _in_output("(" * size + "1" + ")" * size), (1000,), (200000,), 1),
    "sums": Series(lambda size: _in_output("+".join(["1"] * size)), (1000,), (20000,), 1),
    "indices": Series(lambda size: _in_output("local.x" + "[0]" * size), (1000,), (50000,), 1),
    "heredocs": Series(
        lambda size: _in_output("join([" + "".join("<<E\nx\nE\n," for _ in range(size)) + '"x"])'), (100,), (10000,), 1
    ),
}
