"""A configuration in Terraform and in CloudFormation, with its hidden values hidden, or completed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.completions.configurations import Configuration, Slot, Statement

Completion = Mapping[str, object] | None
"""The values of hidden slots by name; None where they stay hidden."""

ACCOUNT = "444455556666"
_TLS = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def terraform(made: Configuration, completion: Completion) -> list[str]:
    """The blocks."""
    return _Terraform(completion).blocks(made)


def cloudformation(made: Configuration, completion: Completion) -> dict[str, Any]:
    """The template."""
    return _CloudFormation(completion).template(made)


class _Terraform:
    def __init__(self, completion: Completion) -> None:
        self.completion = completion

    def value(self, slot: Slot) -> str:
        """A slot as an expression."""
        if not slot.hidden:
            return json.dumps(slot.options[slot.chosen])
        if self.completion is not None:
            return json.dumps(self.completion[slot.name])
        if slot.hidden == "variable":
            return f"var.{slot.name}"
        if slot.hidden == "lookup":
            *others, last = map(json.dumps, slot.options)
            entries = ", ".join(f"k{at} = {option}" for at, option in enumerate(others))
            return f"lookup({{ {entries} }}, var.{slot.name}, {last})"
        first, second = map(json.dumps, slot.options)
        return f"var.{slot.name} ? {first} : {second}"

    def blocks(self, made: Configuration) -> list[str]:
        """The blocks, the bucket first."""
        blocks = ['resource "aws_s3_bucket" "b" {\n  bucket = "acme-images"\n}\n']
        policy = self._policy(made.statements, "aws_s3_bucket.b.arn")
        blocks.append(self._resource("aws_s3_bucket_policy", made.policy, f"  policy = {policy}\n"))
        if made.cors:
            there, origins, methods, headers = made.cors
            rule = (
                f"allowed_origins = {self.value(origins)}\n    allowed_methods = {self.value(methods)}\n"
                f"    allowed_headers = {self.value(headers)}\n"
            )
            blocks.append(self._resource("aws_s3_bucket_cors_configuration", there, f"  cors_rule {{\n    {rule}  }}\n"))
        if made.encryption:
            there, algorithm, grants = made.encryption
            root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
            key = self._policy(grants, "", first=root)
            blocks.append(f'resource "aws_kms_key" "k" {{\n  policy = {key}\n}}\n')
            text = (
                f"  rule {{\n    apply_server_side_encryption_by_default {{\n      sse_algorithm = {self.value(algorithm)}\n"
                f'      kms_master_key_id = ({self.value(algorithm)}) == "aws:kms" ? aws_kms_key.k.arn : null\n    }}\n  }}\n'
            )
            blocks.append(self._resource("aws_s3_bucket_server_side_encryption_configuration", there, text))
        if made.ownership:
            there, setting = made.ownership
            text = f"  rule {{\n    object_ownership = {self.value(setting)}\n  }}\n"
            blocks.append(self._resource("aws_s3_bucket_ownership_controls", there, text))
        if made.block:
            there, policy_, restrict = made.block
            text = f"  block_public_policy = {self.value(policy_)}\n  restrict_public_buckets = {self.value(restrict)}\n"
            blocks.append(self._resource("aws_s3_bucket_public_access_block", there, text))
        if self.completion is None:
            blocks += [f'variable "{slot.name}" {{\n}}\n' for slot in made.hidden]
        return blocks

    def _resource(self, kind: str, there: Slot, text: str) -> str:
        count = f"  count  = {self.value(there)} ? 1 : 0\n" if there.hidden or not there.options[there.chosen] else ""
        return f'resource "{kind}" "b" {{\n{count}  bucket = aws_s3_bucket.b.id\n{text}}}\n'

    def _policy(self, statements: Sequence[Statement], arn: str, first: dict[str, Any] | None = None) -> str:
        lists = [f"[{json.dumps(first)}]"] if first else []
        lists += [self._statement(statement, arn) for statement in statements]
        joined = f"concat({', '.join(lists)})"
        return f'jsonencode({{ Version = "2012-10-17", Statement = {joined} }})'

    def _statement(self, statement: Statement, arn: str) -> str:
        parts = [f'Effect = "{statement.effect}"', f"Principal = {{ AWS = {self.value(statement.principal)} }}"]
        parts.append(f"Action = {self.value(statement.actions)}")
        parts.append(f'Resource = "${{{arn}}}${{{self.value(statement.suffix)}}}"' if statement.suffix else 'Resource = "*"')
        if statement.condition:
            operator, key, slot = statement.condition
            parts.append(f'Condition = {{ {operator} = {{ "{key}" = {self.value(slot)} }} }}')
        return f"[for s in [{{ {', '.join(parts)} }}] : s if {self.value(statement.there)}]"


class _CloudFormation:
    def __init__(self, completion: Completion) -> None:
        self.completion = completion
        self.conditions: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}

    def value(self, slot: Slot) -> Any:  # any JSON
        """A slot as JSON: a list hides behind a condition for every two options, a truth behind its text."""
        if not slot.hidden:
            return slot.options[slot.chosen]
        if self.completion is not None:
            return self.completion[slot.name]
        plain = all(isinstance(option, str) for option in slot.options)
        self.parameters[slot.name] = {"Type": "String"}
        if slot.hidden == "lookup":
            allowed = list(slot.options) if plain else [str(at) for at in range(len(slot.options))]
            self.parameters[slot.name]["AllowedValues"] = allowed
            if plain:
                return {"Ref": slot.name}
        if slot.hidden == "variable" and plain:
            return {"Ref": slot.name}
        value: Any = slot.options[-1]
        for at, option in enumerate(slot.options[:-1]):
            name = f"{slot.name}is{at}"
            self.conditions[name] = {"Fn::Equals": [{"Ref": slot.name}, str(at)]}
            value = {"Fn::If": [name, option, value]}
        return value

    def there(self, slot: Slot) -> str | bool:
        """Whether something exists: a condition's name, or a truth."""
        value = self.value(slot)
        return value["Fn::If"][0] if isinstance(value, dict) else bool(value)

    def template(self, made: Configuration) -> dict[str, Any]:
        """The template."""
        properties: dict[str, Any] = {"BucketName": "acme-images"}
        resources: dict[str, Any] = {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}
        arn = {"Fn::GetAtt": ["B", "Arn"]}
        policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": self._policy(made.statements, arn)}
        self._put(resources, "P", made.policy, {"Type": "AWS::S3::BucketPolicy", "Properties": policy})
        if made.cors:
            there, *values = made.cors
            names = ("AllowedOrigins", "AllowedMethods", "AllowedHeaders")
            rule = {name: self.value(slot) for name, slot in zip(names, values, strict=True)}
            self._put(properties, "CorsConfiguration", there, {"CorsRules": [rule]})
        if made.encryption:
            there, algorithm, grants = made.encryption
            root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            first = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
            key = self._policy(grants, None)
            key["Statement"].insert(0, first)
            resources["K"] = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": key}}
            chosen = self.value(algorithm)
            default = {"SSEAlgorithm": chosen}
            arn = {"Fn::GetAtt": ["K", "Arn"]}
            if chosen == "aws:kms":
                default["KMSMasterKeyID"] = arn
            elif isinstance(chosen, dict):
                name = f"{algorithm.name}kms"
                only = {"Ref": algorithm.name} if "Ref" in chosen else str(list(algorithm.options).index("aws:kms"))
                equal = [only, "aws:kms"] if "Ref" in chosen else [{"Ref": algorithm.name}, only]
                if "Ref" in chosen or only == "0":
                    self.conditions[name] = {"Fn::Equals": equal}
                    default["KMSMasterKeyID"] = {"Fn::If": [name, arn, {"Ref": "AWS::NoValue"}]}
                else:
                    default["KMSMasterKeyID"] = {"Fn::If": [chosen["Fn::If"][0], {"Ref": "AWS::NoValue"}, arn]}
            rules = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
            self._put(properties, "BucketEncryption", there, rules)
        if made.ownership:
            there, setting = made.ownership
            self._put(properties, "OwnershipControls", there, {"Rules": [{"ObjectOwnership": self.value(setting)}]})
        if made.block:
            there, *flags = made.block
            block = {
                name: self.value(slot) for name, slot in zip(("BlockPublicPolicy", "RestrictPublicBuckets"), flags, strict=True)
            }
            self._put(properties, "PublicAccessBlockConfiguration", there, block)
        head = {"Parameters": self.parameters, "Conditions": self.conditions} if self.completion is None else {}
        return {**{name: value for name, value in head.items() if value}, "Resources": resources}

    def _put(self, into: dict[str, Any], name: str, slot: Slot, value: dict[str, Any]) -> None:
        """Puts something where it is, or where it is under a condition."""
        there = self.there(slot)
        if there is True:
            into[name] = value
        elif isinstance(there, str):
            into[name] = {"Condition": there, **value} if "Type" in value else {"Fn::If": [there, value, {"Ref": "AWS::NoValue"}]}

    def _policy(self, statements: Sequence[Statement], arn: object) -> dict[str, Any]:
        found: list[Any] = []
        for statement in statements:
            there = self.there(statement.there)
            if there is False:
                continue
            resource = {"Fn::Join": ["", [arn, self.value(statement.suffix)]]} if statement.suffix else "*"
            body: dict[str, Any] = {
                "Effect": statement.effect, "Principal": {"AWS": self.value(statement.principal)},
                "Action": self.value(statement.actions), "Resource": resource,
            }  # fmt: skip
            if statement.condition:
                operator, key, slot = statement.condition
                body["Condition"] = {operator: {key: self.value(slot)}}
            found.append(body if there is True else {"Fn::If": [there, body, {"Ref": "AWS::NoValue"}]})
        return {"Version": "2012-10-17", "Statement": found}


def spoiled_blocks(blocks: Sequence[str], dice: random.Random) -> list[str]:
    """Terraform of which something cannot be read: a block, or a module that is handed the bucket."""
    found = list(blocks)
    if dice.random() < 0.5:
        at = dice.randrange(len(found))
        found[at] = found[at].rstrip().removesuffix("}") + "  = ]\n}\n"
    else:
        source = dice.choice(("./missing", "acme/bucket/aws", "git::https://example.com/bucket.git"))
        found.append(
            f'module "m" {{\n  source = "{source}"\n  bucket = aws_s3_bucket.b.{dice.choice(("id", "arn", "bucket"))}\n}}\n'
        )
    return found


def spoiled_template(template: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
    """A template of which something cannot be read: a resource that is handed the bucket, or what a macro includes."""
    resources = dict(template["Resources"])
    bucket = {"Bucket": dice.choice(({"Ref": "B"}, {"Fn::GetAtt": ["B", "Arn"]}))}
    kind = dice.choice(("Custom::Setup", "AWS::CloudFormation::Stack", "macro", "module"))
    if kind == "macro":
        name = dice.choice(list(resources))
        resources[name] = {
            **resources[name],
            "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://acme/x.json"}},
        }
    elif kind == "module":
        resources["M"] = {"Type": "Acme::Bucket::Policy::MODULE", "Properties": bucket}
    elif kind == "Custom::Setup":
        token = "arn:aws:lambda:eu-west-1:444455556666:function:setup"
        resources["M"] = {"Type": kind, "Properties": {"ServiceToken": token, **bucket}}
    else:
        resources["M"] = {"Type": kind, "Properties": {"TemplateURL": "https://example.com/t.yaml", "Parameters": bucket}}
    return {**template, "Resources": resources}
