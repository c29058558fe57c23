"""Lines to paste into a policy, in the language in which the policy is written. No rule: its name begins with an underscore."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Sequence

from auditor.foundation.value import JsonText, Known, Symbol, Text, text_parts
from auditor.model import Attachment, BucketDeclaration, Declared
from auditor.needs.key import KeyCause
from auditor.rule import Subject

_MODULES = re.compile(r'^(?:module\.[\w-]+(?:\[(?:"[^"]*"|[^\]]*)\])?\.)+')
_RESOURCE = re.compile(r"(?:data\.)?aws_s3_bucket\.(?P<label>[\w-]+)(?:\[.*\])?")
_KEY = re.compile(r"(?:data\.)?aws_kms_\w+\.[\w-]+(?:\[.*\])?")
_EXPRESSION = re.compile(r"(?:var|local|data|module|aws_\w+)\.[\w.\[\]\"-]+")


class Style(enum.Enum):
    """How a policy is written: blocks of `aws_iam_policy_document`, an object for `jsonencode`, JSON, or YAML."""

    BLOCKS = "blocks"
    OBJECT = "object"
    JSON = "json"
    YAML = "yaml"


# Source: Terraform AWS provider, Data Source aws_iam_policy_document.
_BLOCK_NAMES = {"Action": "actions", "Resource": "resources", "NotAction": "not_actions", "NotResource": "not_resources"}


def style_of(subject: Subject, attachment: Attachment | None) -> Style:
    """How the policy of an attachment is written, or how one would be that is not there yet."""
    match subject.language:
        case "terraform":
            content = attachment.content if attachment else None
            if isinstance(content, JsonText):
                return Style.BLOCKS if "aws_iam_policy_document" in (content.origin or "") else Style.OBJECT
            return Style.JSON if attachment is not None else Style.OBJECT
        case "cloudformation":
            return Style.JSON if _is_json(subject.bucket.declaration) else Style.YAML
        case _:
            return Style.JSON


def _is_json(declaration: BucketDeclaration) -> bool:
    """Whether a template is JSON: there the logical id is in quotes. An entry in JSON is one in YAML too."""
    place = declaration.location
    quoted = place.end_column - place.column == len(declaration.address.rpartition("/")[2]) + 2
    return quoted or place.path.endswith(".json")


def listed(element: str, texts: Sequence[str], style: Style) -> str:
    """An element with a list of texts."""
    items = "[" + ", ".join(json.dumps(text, ensure_ascii=False) for text in texts) + "]"
    match style:
        case Style.BLOCKS:
            return f"{_BLOCK_NAMES[element]} = {items}"
        case Style.OBJECT:
            return f"{element} = {items}"
        case Style.JSON:
            return f'"{element}": {items}'
        case Style.YAML:
            return f"{element}: {items}"


def principal(arn: str, style: Style) -> list[str]:
    """The Principal element that names a role or user."""
    match style:
        case Style.BLOCKS:
            return ["principals {", '  type        = "AWS"', f'  identifiers = ["{arn}"]', "}"]
        case Style.OBJECT:
            return [f'Principal = {{ AWS = "{arn}" }}']
        case Style.JSON:
            return [f'"Principal": {{"AWS": "{arn}"}}']
        case Style.YAML:
            return [f'Principal: {{AWS: "{arn}"}}']


def condition(operator: str, key: str, value: str, style: Style) -> list[str]:
    """A condition with one test."""
    match style:
        case Style.BLOCKS:
            return ["condition {", f'  test     = "{operator}"', f'  variable = "{key}"', f'  values   = ["{value}"]', "}"]
        case Style.OBJECT:
            return [f'Condition = {{ {operator} = {{ "{key}" = "{value}" }} }}']
        case Style.JSON:
            return [f'"Condition": {{"{operator}": {{"{key}": "{value}"}}}}']
        case Style.YAML:
            return ["Condition:", f"  {operator}:", f'    {key}: "{value}"']


def statement(sid: str, arn: str | None, actions: Sequence[str], resource: str, style: Style) -> list[str]:
    """An Allow for a role or user (None in a policy of its own); `resource` is an expression of the style."""
    action = listed("Action", actions, style)
    named = principal(arn, style) if arn is not None else []
    match style:
        case Style.BLOCKS:
            lines = ["statement {", f'  sid       = "{sid}"', f"  {action.replace('actions =', 'actions   =')}"]
            return [*lines, f"  resources = [{resource}]", *(["", *(f"  {line}" for line in named)] if named else []), "}"]
        case Style.OBJECT:
            lines = ["{", f'  Sid       = "{sid}"', '  Effect    = "Allow"', *(f"  {line}" for line in named)]
            return [*lines, f"  {action.replace('Action =', 'Action    =')}", f"  Resource  = {resource}", "}"]
        case Style.JSON:
            lines = ["{", f'  "Sid": "{sid}",', '  "Effect": "Allow",', *(f"  {line}," for line in named)]
            return [*lines, f"  {action},", f'  "Resource": {resource}', "}"]
        case Style.YAML:
            lines = [f"- Sid: {sid}", "  Effect: Allow", *(f"  {line}" for line in named)]
            return [*lines, f"  {action}", f"  Resource: {resource}"]


def key_policy(subject: Subject, account: Text | None, lines: Sequence[str], style: Style) -> list[str]:
    """The argument of a key that has none yet: a policy with what the default one says, and a further statement.

    Source: AWS KMS Developer Guide, "Default key policy".
    """
    own = str(account.value) if isinstance(account, Known) and account.value is not None else ""
    match style:
        case Style.YAML:
            root = f'"arn:aws:iam::{own}:root"' if own else '!Sub "arn:aws:iam::${AWS::AccountId}:root"'
            first = [
                "- Sid: OwnAccount",
                "  Effect: Allow",
                f"  Principal: {{AWS: {root}}}",
                '  Action: "kms:*"',
                '  Resource: "*"',
            ]
            return ["KeyPolicy:", '  Version: "2012-10-17"', "  Statement:", *(f"    {line}" for line in (*first, *lines))]
        case Style.JSON:
            root = f'"arn:aws:iam::{own or "ACCOUNT"}:root"'
            if subject.language == "cloudformation" and not own:
                root = '{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}'
            first = ["{", '  "Sid": "OwnAccount",', '  "Effect": "Allow",', f'  "Principal": {{"AWS": {root}}},']
            first += ['  "Action": "kms:*",', '  "Resource": "*"', "},"]
            name = '"KeyPolicy": ' if subject.language == "cloudformation" else ""
            inner = [f"    {line}" for line in (*first, *lines)]
            return [f"{name}{{", '  "Version": "2012-10-17",', '  "Statement": [', *inner, "  ]", "}"]
    root = f"arn:aws:iam::{own or '${data.aws_caller_identity.current.account_id}'}:root"
    first = ["{", '  Sid       = "OwnAccount"', '  Effect    = "Allow"', f'  Principal = {{ AWS = "{root}" }}']
    first += ['  Action    = "kms:*"', '  Resource  = "*"', "},"]
    inner = [f"    {line}" for line in (*first, *lines)]
    return ["policy = jsonencode({", '  Version = "2012-10-17"', "  Statement = [", *inner, "  ]", "})"]


def objects(subject: Subject, prefix: str, style: Style) -> str:
    """An expression for the ARN of the objects of the bucket below a prefix."""
    declaration = subject.bucket.declaration
    if output := _output(declaration, "arn"):
        return f'"${{{output}}}/{prefix}*"'
    match subject.language:
        case "terraform" if local := _local(declaration):
            return f'"${{{local}.arn}}/{prefix}*"'
        case "cloudformation" if local := logical_id(declaration):
            text = f"${{{local}.Arn}}/{prefix}*"
            return f'!Sub "{text}"' if style is Style.YAML else f'{{"Fn::Sub": "{text}"}}'
    return f'"arn:aws:s3:::{_name(subject)}/{prefix}*"'


def key(subject: Subject, style: Style) -> str:
    """An expression for the ARN of the key of the bucket."""
    found = next((cause.key for cause in subject.causes(KeyCause) if cause.key), None)
    address = found.declaration.address if found else ""
    match subject.language:
        case "terraform" if _KEY.fullmatch(local := _MODULES.sub("", address)):
            return f"{local}.arn"
        case "cloudformation" if re.fullmatch(r"\w+", address):
            return f"!GetAtt {address}.Arn" if style is Style.YAML else f'{{"Fn::GetAtt": ["{address}", "Arn"]}}'
    return '"KEY_ARN"'


def consumer(subject: Subject) -> str:
    """A text for the ARN of the consumer's role or user, to stand in quotes."""
    contract = subject.contract
    if contract.account:
        return contract.principal
    local = _MODULES.sub("", contract.principal)
    return f"${{{local}.arn}}" if subject.language == "terraform" and local.startswith("aws_iam_role.") else f"ARN of {local}"


def bucket(subject: Subject) -> str:
    """An expression for the bucket itself, as an argument `bucket` takes it."""
    declaration = subject.bucket.declaration
    if output := _output(declaration, "id"):
        return output
    match subject.language:
        case "terraform" if local := _local(declaration):
            return f"{local}.id"
        case "cloudformation" if local := logical_id(declaration):
            return f"!Ref {local}" if style_of(subject, None) is Style.YAML else f'{{"Ref": "{local}"}}'
    return f'"{_name(subject)}"'


def logical_id(declaration: Declared) -> str:
    """How a template refers to one of its own resources: the logical id without the nested stacks before it; empty for any other."""
    local = declaration.address.rpartition("/")[2]
    return local if getattr(declaration, "managed", True) and local.isalnum() else ""


def attribute(subject: Subject, resource: str, name: str) -> str:
    """An attribute of a resource of a template."""
    return f"!GetAtt {resource}.{name}" if style_of(subject, None) is Style.YAML else f'{{"Fn::GetAtt": ["{resource}", "{name}"]}}'


def entry(subject: Subject, key: str, value: str) -> str:
    """An entry of a map in a template or document; `value` is an expression of its language."""
    return f"{key}: {value}" if style_of(subject, None) is Style.YAML else f'"{key}": {value}'


def label(subject: Subject) -> str:
    """A label for a resource that stands beside the bucket's, or beside the call of the public module that makes it."""
    if call := _public_call(subject.bucket.declaration):
        return call.removeprefix("module.").partition("[")[0]
    found = _RESOURCE.fullmatch(_MODULES.sub("", subject.bucket.declaration.address))
    return found["label"] if found else "this"


def said(sentence: str, lines: Iterable[str]) -> str:
    """A fix: a first sentence, and lines to paste."""
    return "\n".join((sentence, *lines))


def _local(declaration: BucketDeclaration) -> str:
    """How code beside the bucket refers to it; empty when there is no such code (a public module makes it)."""
    local = _MODULES.sub("", declaration.address)
    return local if _RESOURCE.fullmatch(local) and declaration.location not in declaration.calls else ""


# Source: registry.terraform.io, the outputs of terraform-aws-modules/s3-bucket/aws and of cloudposse/s3-bucket/aws.
_OUTPUTS = {"aws_s3_bucket.this[0]": "s3_bucket", "aws_s3_bucket.default[0]": "bucket"}


def _public_call(declaration: BucketDeclaration) -> str:
    """The call of the public module that makes the bucket, `module.images`; empty where its code lies beside the bucket."""
    path = _MODULES.match(declaration.address)
    modules = re.findall(r"module\.[^.\[]+(?:\[[^\]]*\])?", path[0]) if path else []
    known = _MODULES.sub("", declaration.address) in _OUTPUTS
    return modules[-1] if known and len(modules) > len(declaration.calls) else ""


def _output(declaration: BucketDeclaration, attribute: str) -> str:
    """The output of a public module that is the bucket's `id` or `arn`; empty where no such module makes it."""
    call = _public_call(declaration)
    return f"{call}.{_OUTPUTS[_MODULES.sub('', declaration.address)]}_{attribute}" if call else ""


def _name(subject: Subject) -> str:
    name = subject.bucket.declaration.name
    if isinstance(name, Known) and name.value is None:
        return "NAME"
    return "".join(_hole(part, subject.language) if isinstance(part, Symbol) else part for part in text_parts(name))


def _hole(symbol: Symbol, language: str) -> str:
    return f"${{{symbol.name}}}" if language == "terraform" and _EXPRESSION.fullmatch(symbol.name) else "NAME"
