"""A scaffold in Terraform.

Sources: Terraform AWS provider, Resources aws_s3_bucket, aws_s3_bucket_ownership_controls, aws_s3_bucket_public_access_block, aws_s3_bucket_policy,
aws_s3_bucket_cors_configuration, aws_s3_bucket_server_side_encryption_configuration, aws_s3_bucket_versioning,
aws_s3_bucket_accelerate_configuration, aws_kms_key, aws_iam_role, aws_iam_user, aws_iam_role_policy and aws_iam_user_policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.diagnosis.grants import VERSION
from auditor.fixes import Content, Input, Reference, hcl
from auditor.fixes.hcl import Blocks, Hcl
from auditor.fixes.references import variable
from auditor.scaffold.design import CustomerIdentity, Design

_OBJECTS, _BLOCKS = Hcl("terraform"), Blocks("terraform")
_CALLER = "data.aws_caller_identity.current"


def write(design: Design) -> str:
    """The code."""
    blocks = [block for part in (_variables(design), _identity(design), _key(design), _bucket(design)) for block in part]
    if any(_CALLER in line for block in blocks for line in block):
        blocks.insert(len(design.inputs), ['data "aws_caller_identity" "current" {}'])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _variables(design: Design) -> Iterator[list[str]]:
    for name, description in design.inputs.items():
        arguments = [["type = string"], _argument("description", description)]
        yield hcl.block(f'variable "{variable(Input(name))}"', arguments)


def _argument(name: str, content: Content) -> list[str]:
    return _OBJECTS.entry(name, content)


def _policy(name: str, statements: Sequence[Content]) -> list[str]:
    return hcl.jsonencode(_OBJECTS, name, _document(statements))


def _document(statements: Sequence[Content]) -> Mapping[str, Content]:
    return {"Version": VERSION, "Statement": tuple(statements)}


def _identity(design: Design) -> Iterator[list[str]]:
    identity = design.identity
    if identity is None:
        return
    kind, label = f"aws_iam_{identity.declaration.kind.value}", design.names.label()
    name = identity.name or design.names.contract
    arguments = [_argument("name", name)]
    if identity.trust:
        arguments.append(_policy("assume_role_policy", identity.trust))
    yield hcl.resource(kind, label, arguments)
    if identity.policy:
        yield hcl.resource(f"{kind}_policy", label, _own_policy(identity))


def _own_policy(identity: CustomerIdentity) -> list[list[str]]:
    noun = identity.declaration.kind.value
    attribute = "id" if noun == "role" else "name"
    return [_argument(noun, Reference(identity.declaration, attribute)), _policy("policy", identity.policy)]


def _key(design: Design) -> Iterator[list[str]]:
    if design.key is not None:
        yield hcl.resource("aws_kms_key", design.names.label(), [_policy("policy", design.key_policy)])


def _bucket(design: Design) -> Iterator[list[str]]:
    label, names = design.names.label(), design.names
    bucket = _argument("bucket", Reference(design.bucket, "id"))

    def resource(kind: str, arguments: Sequence[Sequence[str]] = (), inner: Sequence[str] = ()) -> list[str]:
        return hcl.resource(f"aws_s3_bucket_{kind}", label, [bucket, *arguments], inner)

    named = [_argument("bucket", names.bucket)] if names.bucket else []
    yield hcl.resource("aws_s3_bucket", label, named) if named else [f'resource "aws_s3_bucket" "{label}" {{}}']
    yield resource("ownership_controls", (), _BLOCKS.block("rule", {"ObjectOwnership": design.ownership}))
    yield resource(
        "public_access_block",
        [
            _argument("block_public_acls", not design.public_acls),
            _argument("block_public_policy", True),
            _argument("ignore_public_acls", not design.public_acls),
            _argument("restrict_public_buckets", True),
        ],
    )
    if design.key is not None:
        yield resource("server_side_encryption_configuration", (), _encryption(Reference(design.key, "arn")))
    if "bucket:versioning" in design.settings:
        yield resource("versioning", (), _BLOCKS.block("versioning_configuration", {"Status": "Enabled"}))
    if "bucket:acceleration" in design.settings:
        yield resource("accelerate_configuration", [_argument("status", "Enabled")])
    if design.policy:
        yield resource("policy", [_policy("policy", design.policy)])
    if design.cors:
        rules = [_BLOCKS.block("cors_rule", rule) for rule in design.cors if isinstance(rule, Mapping)]
        yield resource("cors_configuration", (), [line for rule in rules for line in rule])


def _encryption(key: Content) -> list[str]:
    default = _BLOCKS.block("apply_server_side_encryption_by_default", {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key})
    return hcl.block("rule", [_argument("bucket_key_enabled", True)], default)
