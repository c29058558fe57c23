"""Templates as a whole: parameters, nested stacks, SAM, CDK, loops, macros, and what speaks to the tool."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import JsonText, Known, Value
from auditor.link import link
from auditor.model import Declarations, Directive, Kind
from auditor.pipeline import Request, audit
from auditor.render.parts.values import written
from auditor.report import Report
from auditor.sources.options import SourceOptions
from auditor.sources.read import read
from tests.cloudformation.templates import declared, faults

ROLE = "arn:aws:iam::258327614892:role/external_s3"


def one(text: str, options: SourceOptions | None = None) -> Declarations:
    (found,) = declared({"a.yaml": text}, options, "a.yaml")
    return found


def attached(found: Declarations, kind: Kind) -> list[str]:
    return [written(attachment.content) for attachment in found.attachments if attachment.kind is kind]


def report(text: str, options: SourceOptions | None = None) -> Report:
    contracts = (load("v7-darwin", {}),)
    return audit(Request(("-",), contracts, options or SourceOptions(), every_bucket=True), Texts({"-": text.encode()}))


# Properties of a bucket

BUCKET = """
    Parameters:
      Wanted: {Type: String}
    Conditions:
      IsWanted: !Equals [!Ref Wanted, "yes"]
    Resources:
      Images:
        Type: AWS::S3::Bucket
        DeletionPolicy: Retain
        Properties:
          BucketName: acme
          AccessControl: BucketOwnerFullControl
          OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - BucketKeyEnabled: "true"
                ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !Ref Key}
          CorsConfiguration:
            CorsRules:
              - {Id: a, AllowedMethods: [GET], AllowedOrigins: ["*"], ExposedHeaders: [ETag], MaxAge: 60}
              - !If
                - IsWanted
                - {AllowedMethods: [PUT], AllowedOrigins: ["*"]}
                - !Ref AWS::NoValue
          PublicAccessBlockConfiguration: {BlockPublicAcls: true, RestrictPublicBuckets: "false"}
      Key: {Type: "AWS::KMS::Key"}
"""


def test_a_bucket_with_everything_inside() -> None:
    found = one(BUCKET)
    assert [(bucket.address, written(bucket.name)) for bucket in found.buckets] == [("Images", "acme")]
    assert found.buckets[0].location == Location("a.yaml", 7, 3, 7, 9)
    assert attached(found, Kind.ACL) == ["{ACL: bucket-owner-full-control}"]
    assert attached(found, Kind.OWNERSHIP) == ["ObjectWriter"]
    assert attached(found, Kind.ENCRYPTION) == ["{SSEAlgorithm: aws:kms, KMSMasterKeyID: ${Key.KeyId}, BucketKeyEnabled: true}"]
    assert attached(found, Kind.CORS) == [
        (
            "{ID: a, AllowedMethods: GET, AllowedOrigins: *, ExposeHeaders: ETag, MaxAgeSeconds: 60}, "
            '({AllowedMethods: PUT, AllowedOrigins: *} if Wanted == "yes", else null)'
        )
    ]
    assert attached(found, Kind.PUBLIC_ACCESS_BLOCK) == ["{BlockPublicAcls: true, RestrictPublicBuckets: false}"]
    assert all(attachment.inline for attachment in found.attachments)


def test_what_exists_under_a_condition() -> None:
    found = one(
        """
        Parameters:
          Stage: {Type: String}
          Extra: {Type: String, Default: "no"}
        Conditions:
          IsProd: !Equals [!Ref Stage, prod]
          IsExtra: !Equals [!Ref Extra, "yes"]
          Either: !Or [!Condition IsProd, !Equals [!Ref Stage, test]]
        Resources:
          Sure: {Type: "AWS::S3::Bucket"}
          Perhaps: {Type: "AWS::S3::Bucket", Condition: IsProd}
          Never: {Type: "AWS::S3::Bucket", Condition: IsExtra}
          OneOfTwo: {Type: "AWS::S3::Bucket", Condition: Either}
          Encrypted:
            Type: AWS::S3::Bucket
            Properties:
              BucketEncryption: !If
                - Either
                - {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}
                - !Ref AWS::NoValue
        """
    )
    conditions = {bucket.address: [(symbol.name, truth) for symbol, truth in bucket.when.literals] for bucket in found.buckets}
    assert conditions == {
        "Sure": [],
        "Perhaps": [('Stage == "prod"', True)],
        "OneOfTwo": [("condition Either", True)],
        "Encrypted": [],
    }
    (encryption,) = found.attachments
    assert [(symbol.name, truth) for symbol, truth in encryption.when.literals] == [("condition Either", True)]


ODD = {
    "CorsConfiguration: {CORSRules: []}": ("cors:GET", "CorsConfiguration has no 'CORSRules': write 'CorsRules'"),
    "CorsConfiguration: {CorsRules: {AllowedMethods: [GET]}}": (
        "cors:GET",
        "it is not written in the form that CloudFormation takes",
    ),
    'CorsConfiguration: {CorsRules: [{AllowedMethods: [PUT], AllowedOrigins: ["*"], ExposeHeaders: [ETag]}]}': (
        "cors:PUT",
        "CloudFormation has no ExposeHeaders in a CORS rule",
    ),
    'CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"]}, {AllowedMethods: [PUT], AllowedOrigins: ["*"], ID: a}]}': (
        "cors:GET",
        "CloudFormation has no ID in a CORS rule",
    ),
    'CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"], MaxAgeSeconds: 60}]}': (
        "cors:GET",
        "CloudFormation has no MaxAgeSeconds in a CORS rule",
    ),
    'CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ["*"], maxAge: 60}]}': (
        "cors:GET",
        "CloudFormation has no maxAge in a CORS rule",
    ),
    "OwnershipControls: {Rule: [{ObjectOwnership: BucketOwnerEnforced}]}": (
        "ownership",
        "OwnershipControls has no 'Rule': write 'Rules'",
    ),
    "OwnershipControls: {Rules: [BucketOwnerEnforced]}": ("ownership", "it is not written in the form that CloudFormation takes"),
    "BucketEncryption: {SSEAlgorithm: AES256}": (
        "kms:Decrypt",
        "it has no ServerSideEncryptionConfiguration, which CloudFormation requires",
    ),
    "BucketEncryption: AES256": ("kms:Decrypt", "it is not written in the form that CloudFormation takes"),
}


@pytest.mark.parametrize("written", ODD)
def test_what_is_not_written_as_cloudformation_takes_it_is_open(written: str) -> None:
    need, reason = ODD[written]
    text = f"Resources:\n  Images:\n    Type: AWS::S3::Bucket\n    Properties:\n      {written}\n"
    verdict = next(verdict for verdict in report(text).verdicts if verdict.need.id == need)
    assert verdict.status.value == "unknown"
    assert reason in {verdict.reason, *(resolution.reason for resolution in verdict.resolved_by)}


def test_what_is_taken_away_inside_a_property_is_not_there() -> None:
    said = report(
        """
Parameters: {Off: {Type: String, AllowedValues: ["yes", "no"]}}
Conditions: {IsOff: !Equals [!Ref Off, "yes"]}
Resources:
  Images:
    Type: AWS::S3::Bucket
    Properties:
      OwnershipControls: {Rules: !If [IsOff, !Ref "AWS::NoValue", [{ObjectOwnership: BucketOwnerEnforced}]]}
      CorsConfiguration: {CorsRules: !If [IsOff, !Ref "AWS::NoValue", [{AllowedMethods: [GET], AllowedOrigins: ["*"]}]]}
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: !If [IsOff, !Ref "AWS::NoValue", {SSEAlgorithm: "aws:kms"}]
"""
    )
    assert {
        verdict.need.id: (verdict.status.value, [one.name for one in verdict.resolved_by]) for verdict in said.verdicts[2:]
    } == {
        "kms:Decrypt": ("unknown", ['Off == "yes"']),
        "kms:GenerateDataKey": ("unknown", ['Off == "yes"']),
        "cors:GET": ("unknown", ['Off == "yes"']),
        "cors:PUT": ("fails", []),
        "ownership": ("unknown", ["Object Ownership", 'Off == "yes"']),
        "bucket:name": ("holds", []),
        "bucket:no-requester-pays": ("holds", []),
        "bucket:no-archive": ("holds", []),
    }


# Parameters

FILES = {
    "list.json": '[{"ParameterKey": "Role", "ParameterValue": "from-list"}, {"ParameterKey": "Other", "UsePreviousValue": true}]',
    "pairs.json": '["Role=from-pairs", "Other=a=b"]',
    "map.json": '{"Parameters": {"Role": "from-map", "Other": 12}, "Tags": {}}',
}
GIVEN = """
    Parameters: {Role: {Type: String}, Other: {Type: String, Default: default}}
    Resources:
      Images: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "${Role}-${Other}"}}
"""


@pytest.mark.parametrize(
    ("files", "parameters", "name"),
    [
        ((), {}, "${Role}-default"),
        (("list.json",), {}, "from-list-${Other}"),
        (("pairs.json",), {}, "from-pairs-a=b"),
        (("map.json",), {}, "from-map-12"),
        (("map.json", "list.json"), {}, "from-list-${Other}"),
        (("map.json",), {"Role": "given"}, "given-12"),
    ],
)
def test_parameters(files: tuple[str, ...], parameters: dict[str, str], name: str) -> None:
    options = SourceOptions(parameters=parameters, parameter_files=files)
    (found,) = declared({"a.yaml": GIVEN, **FILES}, options, "a.yaml")[:1]
    assert written(found.buckets[0].name) == name


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "p.json:1:1: expected a key in quotes here"),
        ('["Role"]', "p.json:1:2: is not a parameter file of the AWS command line"),
        ('{"Role": "x"}', "p.json:1:1: is not a parameter file of the AWS command line"),
        ('[{"ParameterValue": "x"}]', "p.json:1:2: is not a parameter file of the AWS command line"),
    ],
)
def test_parameter_files_that_cannot_be_read(text: str, error: str) -> None:
    texts = Texts({"-": b'Resources: {A: {Type: "AWS::S3::Bucket"}}', "p.json": text.encode()})
    roots, errors = read(("-",), SourceOptions(parameter_files=("p.json",)), texts)
    assert [str(one) for one in errors] == [error]
    assert [bucket.address for root in roots for bucket in root.buckets] == ["A"]


# Nested stacks

PARENT = """
    Parameters: {Name: {Type: String}}
    Resources:
      Storage:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: nested/storage.yaml
          Parameters: {BucketName: !Ref Name, Key: !GetAtt Key.Arn}
      Key: {Type: "AWS::KMS::Key"}
      Policy:
        Type: AWS::S3::BucketPolicy
        Properties: {Bucket: !GetAtt Storage.Outputs.Bucket, PolicyDocument: {Statement: []}}
"""
CHILD = """
    Parameters: {BucketName: {Type: String}, Key: {Type: String}, Alone: {Type: String}}
    Resources:
      Images:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Ref BucketName
          BucketEncryption:
            ServerSideEncryptionConfiguration:
              - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !Ref Key}
          Tags: [{Key: a, Value: !Ref Alone}]
    Outputs: {Bucket: {Value: !Ref Images}}
"""


def test_a_nested_stack_belongs_to_the_one_that_nests_it() -> None:
    (found,) = declared({"a.yaml": PARENT, "nested/storage.yaml": CHILD})
    (bucket,) = link((found,))
    assert bucket.declaration.address == "Storage/Images"
    assert written(bucket.declaration.name) == "${Name}"
    assert bucket.declaration.calls == (Location("a.yaml", 4, 3, 4, 10),)
    (policy,) = bucket.slot(Kind.POLICY).linked
    assert policy.attachment.address == "Policy"
    (encryption,) = bucket.slot(Kind.ENCRYPTION).linked
    assert "Key.KeyId" in written(encryption.attachment.content)
    assert [root.root for root in declared({"a.yaml": PARENT, "nested/storage.yaml": CHILD}, None, "nested/storage.yaml")] == [
        "a.yaml",
        "nested/storage.yaml",
    ]


def test_a_comment_on_a_nested_stack_holds_for_what_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stack = "  Storage: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml}}\n"
    (tmp_path / "child.yaml").write_text("Resources: {Images: {Type: 'AWS::S3::Bucket'}}\n", encoding="utf-8")
    for comment, kept, suppressed in (("", 2, 0), ("  # auditor: ignore[cors-request-refused]\n", 1, 1)):
        (tmp_path / "a.yaml").write_text(f"Resources:\n{comment}{stack}", encoding="utf-8")
        said = audit(Request((".",), (load("v7-darwin", {}),)), Texts())
        refused = {"access-grant-missing", "cors-request-refused"}
        found = [finding for finding in said.findings if finding.rule in refused]
        assert (len(found), len(said.suppressed)) == (kept, suppressed)
        assert [related.message for related in found[0].related] == ["nested stack"]


def test_a_nested_stack_that_is_not_on_disk_may_add_to_what_it_is_given() -> None:
    said = report(
        """
Resources:
  Images: {Type: "AWS::S3::Bucket"}
  Other: {Type: "AWS::S3::Bucket"}
  More:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://s3.amazonaws.com/x/y.yaml", Parameters: {Bucket: !Ref Images}}
"""
    )
    reasons = {
        verdict.subject.address: (verdict.status.value, verdict.reason)
        for verdict in said.verdicts
        if verdict.need.id == "s3:GetObject"
    }
    assert reasons["Images"] == (
        "unknown",
        "the template of the nested stack More is not available locally ('https://s3.amazonaws.com/x/y.yaml')",
    )
    assert reasons["Other"][0] == "fails"


def test_stacks_that_nest_each_other_end() -> None:
    text = "Resources: {Again: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: %s}}, B: {Type: 'AWS::S3::Bucket'}}"
    found = declared({"a.yaml": text % "b.yaml", "b.yaml": text % "a.yaml"}, None, "a.yaml", "b.yaml")
    assert [[bucket.address for bucket in root.buckets] for root in found] == [["B", "Again/B"], ["B", "Again/B"]]
    assert [root.root for root in declared({"a.yaml": text % "b.yaml", "b.yaml": text % "a.yaml"})] == ["a.yaml"]
    assert [root.root for root in declared({"c.yaml": text % "c.yaml"})] == ["c.yaml"]


HASH = "0df4" * 16
ASSETS = {
    "version": "36.0.0",
    "files": {
        "other": {
            "source": {"path": "asset.zip", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "x", "objectKey": "other.zip"}},
        },
        HASH: {
            "source": {"path": "Nested.nested.template.json", "packaging": "file"},
            "destinations": {"current_account-current_region": {"bucketName": "x", "objectKey": f"{HASH}.json"}},
        },
    },
}
JOINED = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, f"/cdk-assets/{HASH}.json"]]}
SUBSTITUTED = {"Fn::Sub": f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/cdk-assets-${{AWS::AccountId}}/{HASH}.json"}


@pytest.mark.parametrize(
    ("url", "metadata", "assets"),
    [
        (JOINED, {"aws:cdk:path": "App/Nested", "aws:asset:path": "Nested.nested.template.json"}, "{}"),
        (JOINED, {}, json.dumps(ASSETS)),
        (SUBSTITUTED, {}, json.dumps(ASSETS)),
    ],
)
def test_cdk_output(url: object, metadata: dict[str, str], assets: str) -> None:
    parent = {
        "Resources": {
            "Nested": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": url,
                    "Parameters": {"Ref83908E77Arn": {"Fn::GetAtt": ["Images83908E77", "Arn"]}},
                },
                "Metadata": metadata,
            },
            "Images83908E77": {"Type": "AWS::S3::Bucket", "UpdateReplacePolicy": "Retain"},
        }
    }
    child = {
        "Parameters": {"Ref83908E77Arn": {"Type": "String"}},
        "Resources": {
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Ref83908E77Arn"}, "PolicyDocument": {"Statement": []}},
            }
        },
    }
    files = {"App.template.json": json.dumps(parent), "Nested.nested.template.json": json.dumps(child), "App.assets.json": assets}
    (found,) = declared({f"cdk.out/{name}": text for name, text in files.items()}, None, "cdk.out/App.template.json")
    (bucket,) = link((found,))
    assert [linked.attachment.address for linked in bucket.slot(Kind.POLICY).linked] == ["Nested/Policy"]


@pytest.mark.parametrize(
    "assets", ["", "[]", "{}", '{"files": []}', '{"files": {"a": 1, "b": {"source": 1}, "c": {"destinations": [1]}}}', '{"files"']
)
def test_a_list_of_assets_that_says_nothing_leaves_the_stack_unread(assets: str) -> None:
    template = {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": JOINED}}}}
    files = {"a.template.json": json.dumps(template), "a.assets.json": assets}
    (found,) = [root for root in declared(files, None, "a.template.json") if root.root == "a.template.json"]
    assert len(found.not_read) == 1


def test_a_template_that_sam_builds_is_built_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "Resources: {N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: ./patterns/one/.aws-sam/packaged.yaml}}}"
    Path("t.yaml").write_text(text)
    ((found,), errors) = read(("t.yaml",), SourceOptions(), Texts())
    assert errors == []
    assert [one.symbol.hint for one in found.opaque if one.symbol] == [
        "build it: .aws-sam holds what SAM makes of the template in patterns/one"
    ]


# Keys and roles


def test_keys_aliases_and_roles() -> None:
    found = one(
        """
        Resources:
          Key: {Type: "AWS::KMS::Key", Properties: {KeyPolicy: {Statement: []}}}
          Replica: {Type: "AWS::KMS::ReplicaKey", Properties: {PrimaryKeyArn: x, KeyPolicy: {Statement: []}}}
          Alias: {Type: "AWS::KMS::Alias", Properties: {AliasName: alias/a, TargetKeyId: !Ref Key}}
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: reader
              AssumeRolePolicyDocument: {Statement: []}
              PermissionsBoundary: arn:aws:iam::aws:policy/Boundary
              Policies: [{PolicyName: a, PolicyDocument: {Id: inline}}]
              ManagedPolicyArns: [!Ref Managed, arn:aws:iam::aws:policy/OfNobody]
          Managed: {Type: "AWS::IAM::ManagedPolicy", Properties: {PolicyDocument: {Id: managed}}}
          Attached: {Type: "AWS::IAM::Policy", Properties: {PolicyDocument: {Id: attached}, Roles: [!Ref Role]}}
          Alone: {Type: "AWS::IAM::RolePolicy", Properties: {PolicyDocument: {Id: alone}, RoleName: !Ref Role}}
        """
    )
    assert [key.address for key in found.keys] == ["Key", "Replica"]
    assert attached(found, Kind.KEY_POLICY) == ["{Statement: }", "{Statement: }"]
    assert [(written(alias.name), getattr(alias.target, "origin", None)) for alias in found.aliases] == [("alias/a", "Key")]
    (role,) = found.identities
    assert (written(role.name), written(role.arn)) == ("reader", "arn:aws:iam::${AWS::AccountId}:role/reader")
    assert written(role.boundary) == "${policy arn:aws:iam::aws:policy/Boundary}"
    assert [(written(policy.identity), written(policy.document)) for policy in found.identity_policies] == [
        ("reader", "{Id: inline}"),
        ("reader", "{Id: managed}"),
        ("reader", "${policy arn:aws:iam::aws:policy/OfNobody}"),
        ("reader", "{Id: attached}"),
        ("reader", "{Id: alone}"),
    ]


def test_functions_of_sam_bring_their_roles() -> None:
    found = one(
        """
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {PermissionsBoundary: boundary, Runtime: python3.12}}
        Resources:
          Images: {Type: "AWS::S3::Bucket", Properties: {BucketName: acme}}
          Reader:
            Type: AWS::Serverless::Function
            Properties:
              Policies:
                - S3ReadPolicy: {BucketName: !Ref Images}
                - KMSDecryptPolicy: {KeyId: k}
                - SomePolicy: {}
                - OfNobody
                - Statement: [{Sid: Own}]
          Other: {Type: "AWS::Serverless::Function", Properties: {Role: "arn:aws:iam::111122223333:role/own"}}
          Policy:
            Type: AWS::S3::BucketPolicy
            Properties:
              Bucket: !Ref Images
              PolicyDocument: {Statement: [{Principal: {AWS: !GetAtt ReaderRole.Arn}}]}
        """
    )
    (role,) = found.identities
    assert (role.address, written(role.boundary)) == ("ReaderRole", "${policy boundary}")
    assert attached(found, Kind.POLICY) == ["{Statement: {Principal: {AWS: arn:aws:iam::${AWS::AccountId}:role/${ReaderRole}}}}"]
    assert [written(policy.document) for policy in found.identity_policies] == [
        (
            "{Statement: {Effect: Allow, Action: s3:GetObject, s3:ListBucket, s3:GetBucketLocation, s3:GetObjectVersion, "
            "s3:GetLifecycleConfiguration, Resource: arn:aws:s3:::acme, arn:aws:s3:::acme/*}}"
        ),
        "{Statement: {Effect: Allow, Action: kms:Decrypt, Resource: arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/k}}",
        "${policy SomePolicy}",
        "${policy OfNobody}",
        "{Statement: {Sid: Own}}",
    ]


# Loops and macros


def test_loops_are_unrolled() -> None:
    found = one(
        """
        Transform: [AWS::LanguageExtensions]
        Parameters: {Names: {Type: CommaDelimitedList, Default: "raw, in-2"}}
        Resources:
          Fn::ForEach::Buckets:
            - Name
            - !Ref Names
            - "Bucket&{Name}":
                Type: AWS::S3::Bucket
                Properties:
                  BucketName: !Sub "acme-${Name}"
                  Tags: [{Key: name, Value: !Ref Name}]
        """
    )
    assert [(bucket.address, written(bucket.name)) for bucket in found.buckets] == [
        ("Bucketraw", "acme-raw"),
        ("Bucketin2", "acme-in-2"),
    ]


MACROS = [
    (
        "Transform: Company::Harden\nResources: {Images: {Type: 'AWS::S3::Bucket'}}\n",
        "the macro Company::Harden may change the template at deployment",
    ),
    (
        "Fn::Transform: {Name: 'AWS::Include'}\nResources: {Images: {Type: 'AWS::S3::Bucket'}}\n",
        "the macro AWS::Include may change the template at deployment",
    ),
    (
        "Resources:\n  Images: {Type: 'AWS::S3::Bucket'}\n  Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: 's3://x'}}\n",
        "a macro makes resources at deployment",
    ),
    (
        (
            "Transform: AWS::LanguageExtensions\nParameters: {Names: {Type: CommaDelimitedList}}\nResources:\n"
            "  Images: {Type: 'AWS::S3::Bucket'}\n  Fn::ForEach::More: [X, !Ref Names, {'P${X}': {Type: 'AWS::S3::BucketPolicy'}}]\n"
        ),
        "what Fn::ForEach goes over is not resolved",
    ),
    (
        "Resources:\n  Images: {Type: 'AWS::S3::Bucket'}\n  More: {Type: !Rain::Module x.yml}\n",
        "More could not be read",
    ),
    (
        "Resources:\n  Images: {Type: 'AWS::S3::Bucket'}\n  More: {Type: '{{ type }}'}\n",
        "another tool puts a value here before CloudFormation reads it",
    ),
]


@pytest.mark.parametrize(("text", "reason"), MACROS, ids=["template", "outermost", "resources", "loop", "type", "marker"])
def test_what_a_macro_may_add_is_open(text: str, reason: str) -> None:
    said = {verdict.need.id: verdict for verdict in report(text).verdicts}
    assert (said["s3:GetObject"].status.value, said["s3:GetObject"].reason) == ("unknown", reason)


def test_a_macro_among_the_properties_leaves_open_what_is_not_written() -> None:
    said = report(
        """
Resources:
  Images:
    Type: AWS::S3::Bucket
    Properties:
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
      Fn::Transform: {Name: "AWS::Include", Parameters: {Location: "s3://x"}}
"""
    )
    statuses = {verdict.need.id: verdict.status.value for verdict in said.verdicts}
    assert statuses == {
        "s3:GetObject": "fails",
        "s3:PutObject": "fails",
        "kms:Decrypt": "unknown",
        "kms:GenerateDataKey": "unknown",
        "cors:GET": "unknown",
        "cors:PUT": "unknown",
        "ownership": "holds",
        "bucket:name": "unknown",
        "bucket:no-requester-pays": "holds",
        "bucket:no-archive": "unknown",
    }


def test_a_policy_as_json_text_is_read() -> None:
    found = one(
        """
        Transform: AWS::LanguageExtensions
        Resources:
          Images: {Type: "AWS::S3::Bucket"}
          Policy:
            Type: AWS::S3::BucketPolicy
            Properties:
              Bucket: !Ref Images
              PolicyDocument: {"Fn::ToJsonString": {Statement: []}}
        """
    )
    content: Value = found.attachments[0].content
    assert isinstance(content, JsonText)


# What speaks to the tool


def test_comments_and_metadata() -> None:
    found = one(
        """\
        Resources:
          # auditor: contract=v7-darwin
          Images:
            Type: AWS::S3::Bucket
            Properties:
              BucketName: acme.images  # auditor: ignore[cors-request-refused]

          Other:
            Type: AWS::S3::Bucket
            Metadata:
              auditor:
                contract: v7-darwin
                ignore: [acls-enabled, "cors-request-refused until=2027-01-01 -- later"]
        # auditor: nonsense
        """
    )
    assert found.directives == (
        Directive("contract=v7-darwin", Location("a.yaml", 2, 3, 2, 32), Location("a.yaml", 3, 1, 6, 71)),
        Directive("ignore[cors-request-refused]", Location("a.yaml", 6, 32, 6, 71), Location("a.yaml", 6, 1, 6, 71)),
        Directive("contract=v7-darwin", Location("a.yaml", 12, 9, 12, 17), Location("a.yaml", 8, 3, 13, 81)),
        Directive("ignore[acls-enabled]", Location("a.yaml", 13, 9, 13, 15), Location("a.yaml", 8, 3, 13, 81)),
        Directive(
            "ignore[cors-request-refused] until=2027-01-01 -- later",
            Location("a.yaml", 13, 9, 13, 15),
            Location("a.yaml", 8, 3, 13, 81),
        ),
        Directive("nonsense", Location("a.yaml", 14, 1, 14, 20), Location("a.yaml", 14, 1, 14, 20)),
    )


# What a walk meets


def test_a_walk_passes_over_everything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "deployment.yaml": "apiVersion: v1\nkind: Deployment\n",
        "config.yaml": "kind: ConfigMap\ndata:\n  t.yaml: |\n    AWSTemplateFormatVersion: x\n    Resources: {A: {Type: AWS::S3::Bucket}}\n",
        "helm.yaml": "{{- if .Values.x }}\nResources: AWS::\n  - {{ .x }}\n{{- end }}\n",
        "serverless.yml": "service: x\nresources:\n  Resources:\n    A: {Type: 'AWS::S3::Bucket'}\n",
        "package.json": '{"name": "x", "description": "Resources of AWS::S3"}',
        "tree.json": '{"x": {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}}',
        "broken.json": "{",
        "right.template": "Resources:\n  A: {Type: 'AWS::S3::Bucket'}\n",
        "indented.yml": "---\n# first\n  Resources:\n    B: {Type: 'AWS::S3::Bucket'}\n",
        "claims.yaml": "Resources:\n  A: {Type: 'AWS::S3::Bucket'\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    roots, errors = read((".",), SourceOptions(), Texts())
    assert [(root.root, [bucket.address for bucket in root.buckets]) for root in roots] == [
        ("claims.yaml", []),
        ("indented.yml", ["B"]),
        ("right.template", ["A"]),
    ]
    assert [str(error) for error in errors] == ["claims.yaml:3:1: is not YAML: did not find expected ',' or '}'"]


def test_a_file_that_was_named_must_be_a_template() -> None:
    texts = Texts({"tree.json": b'{"x": {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}}'})
    (found,) = declared({"tree.json": texts.read_bytes("tree.json").decode()}, None, "tree.json")
    assert [str(error) for error in found.errors] == [
        "tree.json:1:1: is not a valid CloudFormation template: it has neither a map of Resources nor a format version"
    ]


def test_symbols_of_account_and_region_are_one_for_nested_stacks() -> None:
    (found,) = declared(
        {
            "a.yaml": "Resources: {N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: ./b.yaml}}, K: {Type: 'AWS::KMS::Key'}}",
            "b.yaml": "Resources: {K: {Type: 'AWS::KMS::Key'}}",
        }
    )
    assert [(key.address, key.account == found.keys[0].account, key.region == found.keys[0].region) for key in found.keys] == [
        ("K", True, True),
        ("N/K", True, True),
    ]
    assert found.keys[0].arn != found.keys[1].arn
    assert isinstance(one("Resources: {K: {Type: 'AWS::KMS::Key'}}", SourceOptions(region="eu-west-1")).keys[0].region, Known)


# Hostile templates


def nested(function: Callable[[object], object], times: int, value: object = "x") -> object:
    for _ in range(times):
        value = function(value)
    return value


def chained(body: Callable[[int], object], length: int, last: object) -> dict[str, object]:
    return {**{f"N{number}": body(number) for number in range(length)}, f"N{length}": last}


def named(name: object) -> dict[str, object]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}


HOSTILE: dict[str, dict[str, object]] = {
    "functions in functions": {"Resources": {"A": named(nested(lambda inner: {"Fn::Join": ["", [inner, {"Ref": "AWS::Region"}]]}, 45))}},
    "lists in lists": {"Resources": {"A": named(nested(lambda inner: [inner], 150))}},
    "names from names": {"Resources": chained(lambda at: named({"Fn::Sub": f"${{N{at + 1}}}-x"}), 400, named("x"))},
    "names that double": {"Resources": chained(lambda at: named({"Fn::Sub": f"${{N{at + 1}}}${{N{at + 1}}}"}), 40, named("x"))},
    "conditions of conditions": {
        "Conditions": chained(lambda at: {"Fn::Not": [{"Condition": f"N{at + 1}"}]}, 2000, {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}),
        "Resources": {"A": {"Type": "AWS::S3::Bucket", "Condition": "N0"}},
    },
    "very many conditions": {
        "Parameters": {f"P{number}": {"Type": "String"} for number in range(500)},
        "Conditions": {"C": {"Fn::Or": [{"Fn::Equals": [{"Ref": f"P{number}"}, "x"]} for number in range(500)]}},
        "Resources": {"A": {"Type": "AWS::S3::Bucket", "Condition": "C"}},
    },
    "branches of branches": {
        "Parameters": {f"P{number}": {"Type": "String", "AllowedValues": ["a", "b"]} for number in range(60)},
        "Resources": {"A": named({"Fn::Sub": "".join(f"${{P{number}}}" for number in range(60))})},
    },
    "loops in loops": {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {
            "Fn::ForEach::A": [
                "X",
                [str(number) for number in range(200)],
                {"Fn::ForEach::B": ["Y", [str(number) for number in range(200)], {"B${X}x${Y}": named("${X}-${Y}")}]},
            ]
        }
    },
}  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_ends(name: str) -> None:
    said = report(json.dumps(HOSTILE[name]))
    assert said.verdicts
    assert said.errors == ()


# Verdicts that a careful reader would give

OPEN_NAME = """
    Parameters:
      Name: {Type: String}
    Resources:
      Images:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Sub "NAME"
          OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
      Policy:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref Images
          PolicyDocument:
            Statement:
              - {Effect: Allow, Principal: {AWS: "ROLE"}, Action: ["s3:GetObject", "s3:PutObject"], Resource: !Sub "ALLOWED"}
              - {Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Sub "DENIED"}
"""


FOREIGN = "S3 refuses the bucket policy of Images: statement 2 has the Resource 'arn:aws:s3:::other-*', which is not of this bucket"
MANY = "which does not begin with the name of the bucket"


@pytest.mark.parametrize(
    ("name", "allowed", "denied", "status", "reason"),
    [
        ("${Name}", "${Images.Arn}/*", "arn:aws:s3:::acme-*/private/*", "unknown", "statement 2 denies s3:GetObject"),
        ("${Name}", "${Images.Arn}/*", "arn:aws:s3:::acme-?/*", "unknown", "statement 2 denies s3:GetObject"),
        ("acme-${Name}", "${Images.Arn}/?*", "${Images.Arn}", "holds", "statement 1 grants it for every key"),
        ("acme-${Name}", "arn:aws:s3:::acme*?", "${Images.Arn}", "unknown", MANY),
        ("${Name}", "${Images.Arn}/*", "arn:aws:s3:::*-logs*", "fails", "statement 2 denies s3:GetObject"),
        ("acme-${Name}", "${Images.Arn}/*", "arn:aws:s3:::acme-*/private/*", "fails", "statement 2 denies s3:GetObject"),
        ("acme-${Name}", "${Images.Arn}/*", "arn:aws:s3:::acme-?/*", "unknown", MANY),
        ("acme-${Name}", "arn:aws:s3:::acme-?/*", "${Images.Arn}", "unknown", MANY),
        ("acme-${Name}", "${Images.Arn}/*", "arn:aws:s3:::other-*", "fails", FOREIGN),
        ("acme-${Name}", "arn:aws:s3:::acme-*", "${Images.Arn}", "unknown", MANY),
        ("acme-${Name}", "arn:aws:s3:::acme-*/in/*", "${Images.Arn}", "fails", "no statement allows s3:GetObject"),
    ],
)
def test_wildcards_in_the_bucket_of_a_resource(name: str, allowed: str, denied: str, status: str, reason: str) -> None:
    text = OPEN_NAME.replace("NAME", name).replace("ROLE", ROLE).replace("ALLOWED", allowed).replace("DENIED", denied)
    verdict = next(verdict for verdict in report(text).verdicts if verdict.need.id == "s3:GetObject")
    assert verdict.status.value == status
    assert verdict.reason.endswith(reason)


GIVEN_PRINCIPALS = """
    Parameters:
      Principals: {Type: CommaDelimitedList}
    Resources:
      Images: {Type: AWS::S3::Bucket}
      Policy:
        Type: AWS::S3::BucketPolicy
        Properties: {Bucket: !Ref Images, PolicyDocument: {Principal: {AWS: !Ref Principals}}}
"""


@pytest.mark.parametrize(
    ("given", "principals"),
    [
        ('"a, b"', "a, b"),
        ('!Join [",", [a, !Ref "AWS::AccountId"]]', "a, ${AWS::AccountId}"),
        ('!Join [",", [a, !Ref Open, b]]', 'a, b, …${Split(",", "a,${Open},b")}'),
        ("!If [Perhaps, 'a,b', c]", '(a, b if Open == "x", else c)'),
    ],
)
def test_text_given_for_a_list(given: str, principals: str) -> None:
    parent = f"""
        Parameters: {{Open: {{Type: String}}}}
        Conditions: {{Perhaps: !Equals [!Ref Open, x]}}
        Resources:
          Nested: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: b.yaml, Parameters: {{Principals: {given}}}}}}}
    """
    (found,) = declared({"a.yaml": parent, "b.yaml": GIVEN_PRINCIPALS}, None, "a.yaml")
    assert attached(found, Kind.POLICY) == [f"{{Principal: {{AWS: {principals}}}}}"]


KEY = """
    Parameters: {Open: {Type: String}}
    Resources:
      Key:
        Type: AWS::KMS::Key
        Properties: {KeyPolicy: {Id: x}, PROPERTY}
"""


@pytest.mark.parametrize(
    ("written_property", "spec", "usage", "state"),
    [
        ("KeySpec: SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT", None, None),
        ("KeySpec: RSA_2048, KeyUsage: ENCRYPT_DECRYPT", "RSA_2048", "ENCRYPT_DECRYPT", None),
        ("KeyUsage: GENERATE_VERIFY_MAC, Enabled: 'false'", None, "GENERATE_VERIFY_MAC", "Disabled"),
        ("Enabled: true", None, None, "Enabled"),
    ],
)
def test_what_decides_whether_a_key_can_be_used(
    written_property: str, spec: str | None, usage: str | None, state: str | None
) -> None:
    (key,) = one(KEY.replace("PROPERTY", written_property)).keys
    assert (key.spec, key.usage, key.state) == (Known(spec), Known(usage), Known(state))


@pytest.mark.parametrize(
    ("made_by", "status", "reason"),
    [
        ("Custom::Policy", "unknown", "the code of the custom resource Other may configure what it is given"),
        ("AWS::CloudFormation::CustomResource", "unknown", "the code of the custom resource Other may configure what it is given"),
        ("My::Bucket::Policy::MODULE", "unknown", "the module My::Bucket::Policy::MODULE is in the CloudFormation registry"),
        (
            "My::Bucket::Policy",
            "unknown",
            "the code behind the type My::Bucket::Policy, which is not of AWS, may configure what it is given",
        ),
        ("Custom::S3AutoDeleteObjects", "fails", "the bucket has no policy, so nothing lets another account in"),
        ("AWS::SSM::Parameter", "fails", "the bucket has no policy, so nothing lets another account in"),
    ],
)
def test_what_may_configure_the_bucket_that_it_is_given(made_by: str, status: str, reason: str) -> None:
    text = f"""
        Resources:
          Images: {{Type: AWS::S3::Bucket}}
          Other: {{Type: "{made_by}", Properties: {{Settings: {{Value: !Ref Images}}}}}}
    """
    verdict = report(text).verdicts[0]
    assert (verdict.need.id, verdict.status.value, verdict.reason) == ("s3:GetObject", status, reason)


def test_module_of_the_registry_is_not_read() -> None:
    assert one("Resources: {Images: {Type: 'My::Bucket::MODULE'}}").not_read == ("the module My::Bucket::MODULE",)


@pytest.mark.parametrize("kind", ["!Rain::Module bucket.yml", "{Rain::Module: bucket.yml}"])
def test_a_module_of_rain_is_told_also_where_nothing_else_can_be_a_bucket(kind: str) -> None:
    found = one(f"Resources:\n  Images:\n    Type: {kind}\n")
    said = "a.yaml:2:3: the Type of the resource Images is a module of Rain: audit what 'rain pkg' prints"
    assert [f"{error.location}: {error.message}" for error in found.errors] == [said]


def test_what_get_template_prints_is_the_template() -> None:
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-b"}}}}
    printed = json.dumps({"TemplateBody": template, "StagesAvailable": ["Original", "Processed"]})
    ((bucket,),) = (one.buckets for one in declared({"template.json": printed}))
    assert (bucket.address, bucket.name) == ("B", Known("acme-b"))
    text = json.dumps({"TemplateBody": "Resources: {B: {Type: AWS::S3::Bucket}}", "StagesAvailable": ["Original"]})
    assert faults(text) == [
        "-:1:18: holds a template as text: print that alone (aws cloudformation get-template --query TemplateBody --output text)"
    ]


def test_stacks_of_one_template_in_two_regions_leave_the_region_unknown() -> None:
    def artifact(region: str) -> dict[str, object]:
        environment = f"aws://111122223333/{region}"
        return {"type": "aws:cloudformation:stack", "environment": environment, "properties": {"templateFile": "t.json"}}

    template = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
    for regions, account, region in (
        (("eu-west-1", "us-east-1"), Known("111122223333"), None),
        (("eu-west-1", "eu-west-1"), Known("111122223333"), Known("eu-west-1")),
        (("eu-west-1", "unknown-region"), Known("111122223333"), None),
    ):
        manifest = json.dumps({"artifacts": {f"S{number}": artifact(one) for number, one in enumerate(regions)}})
        ((bucket,),) = (
            one.buckets for one in declared({"t.json": template, "manifest.json": manifest}, None, "t.json") if one.buckets
        )
        assert bucket.account == account
        assert (bucket.region if isinstance(bucket.region, Known) else None) == region
