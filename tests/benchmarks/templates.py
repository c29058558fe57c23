"""Templates that grow: for each shape, the files of a size."""

from __future__ import annotations

import json

from tests.benchmarks.series import ROLE, Series

QUEUE = "  Q{0}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub ${{AWS::StackName}}-{0}\n"


def _bucket(name: str, more: str = "", head: str = "", bucket_name: str = "acme-data") -> str:
    """A bucket with a policy that lets the consumer read and write."""
    return f"""\
  {name}:
    Type: AWS::S3::Bucket
{head}    Properties:
      BucketName: {bucket_name}
  {name}Policy:
    Type: AWS::S3::BucketPolicy
{head}    Properties:
      Bucket: !Ref {name}
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{AWS: {ROLE}}}
            Action: ["s3:GetObject", "s3:PutObject"]
            Resource: !Sub ${{{name}.Arn}}/*
{more}"""


def _template(resources: str, head: str = "") -> dict[str, str]:
    return {"t.yaml": f"{head}Resources:\n{resources}"}


def _in_json(size: int) -> dict[str, str]:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"}}}
    resources = {"B": {"Type": "AWS::S3::Bucket"}, **{f"Q{one}": queue for one in range(size)}}
    return {"t.json": json.dumps({"Resources": resources}, indent=2)}


def _conditions(size: int) -> dict[str, str]:
    """Conditions that are made of those before, with a bucket under the last one."""
    parameters = "".join(f"  P{one}: {{Type: String}}\n" for one in range(size))
    conditions = "  C0: !Equals [!Ref P0, a]\n" + "".join(
        f"  C{one}: !And [!Condition C{one - 1}, !Equals [!Ref P{one}, a]]\n" for one in range(1, size)
    )
    head = f"    Condition: C{size - 1}\n"
    return _template(_bucket("B", head=head), f"Parameters:\n{parameters}Conditions:\n{conditions}")


def _nested(size: int) -> dict[str, str]:
    """A stack that nests the same template again and again."""
    stack = "  S{0}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: n.yaml\n      Parameters: {{N: acme-{0}}}\n"
    inner = "Parameters:\n  N: {Type: String}\nResources:\n" + _bucket("B", bucket_name="!Ref N")
    return {**_template("".join(map(stack.format, range(size)))), "n.yaml": inner}


def _mappings(size: int) -> dict[str, str]:
    mapping = "".join(f"    k{one}: {{Name: acme-{one}}}\n" for one in range(size))
    found = f"!FindInMap [M, k{size - 1}, Name]"
    return _template(_bucket("B", bucket_name=found), f"Mappings:\n  M:\n{mapping}")


def _loops(size: int) -> dict[str, str]:
    """A loop that makes buckets."""
    names = ", ".join(f"n{one}" for one in range(size))
    loop = (
        f"  Fn::ForEach::All:\n    - Name\n    - [{names}]\n    - B${{Name}}:\n        Type: AWS::S3::Bucket\n        Properties:\n"
    )
    return _template(f"{loop}          BucketName: !Sub acme-${{Name}}\n", "Transform: AWS::LanguageExtensions\n")


def _subs(size: int) -> dict[str, str]:
    """A text with a number of holes."""
    parameters = "".join(f"  P{one}: {{Type: String}}\n" for one in range(size))
    name = "".join(f"${{P{one}}}-" for one in range(size))
    return _template(_bucket("B", bucket_name=f"!Sub {name}x"), f"Parameters:\n{parameters}")


def _merges(size: int) -> dict[str, str]:
    """Resources that each merge the same anchor."""
    shared = "X: &x\n  Type: AWS::SQS::Queue\n  DeletionPolicy: Retain\n"
    return _template(_bucket("B") + "".join(f"  Q{one}: {{<<: *x}}\n" for one in range(size)), shared)


TEMPLATES: dict[str, Series] = {
    "resources of a template": Series(
        lambda size: _template(_bucket("B") + "".join(map(QUEUE.format, range(size)))), (10, 100), (1000, 10000, 90000)
    ),
    "resources of a template that declares nothing": Series(
        lambda size: _template("".join(map(QUEUE.format, range(size)))), (10, 100), (1000, 10000, 90000)
    ),
    "resources of a template in JSON": Series(_in_json, (10, 100), (1000, 10000, 90000)),
    "buckets of a template": Series(
        lambda size: _template("".join(_bucket(f"B{one}", bucket_name=f"acme-{one}") for one in range(size))), (16,), (64, 256)
    ),
    "conditions of a template": Series(_conditions, (4, 16), (64, 256)),
    "nested stacks": Series(_nested, (16,), (64, 256)),
    "keys of a mapping": Series(_mappings, (10, 100), (1000, 10000)),
    "rounds of Fn::ForEach": Series(_loops, (16,), (64, 256)),
    "holes of Fn::Sub": Series(_subs, (16,), (64, 256, 1024)),
    "merges of one anchor": Series(_merges, (10, 100), (1000, 10000)),
}
