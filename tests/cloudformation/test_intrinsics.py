"""Intrinsic functions, in their short and long forms, on what is resolved and what is unknown."""

from __future__ import annotations

import pytest

from tests.cloudformation.templates import output

HEAD = """
    Transform: AWS::LanguageExtensions
    Parameters:
      Open: {Type: String}
      Stage: {Type: String, Default: dev}
      Two: {Type: String, AllowedValues: ["on", "off"]}
      Three: {Type: String, AllowedValues: [a, b, c]}
      One: {Type: String, AllowedValues: [only]}
      Names: {Type: CommaDelimitedList, Default: "x, y,z"}
      OpenNames: {Type: CommaDelimitedList}
      Count: {Type: Number, Default: 3}
      Secret: {Type: String, NoEcho: true, Default: hush}
      Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /some/name}
    Mappings:
      Regions:
        us-east-1: {Bucket: east, Zones: [a, b]}
        eu-west-1: {Bucket: west, Zones: [c]}
      Same:
        us-east-1: {Bucket: one}
        eu-west-1: {Bucket: one}
    Conditions:
      IsDev: !Equals [!Ref Stage, dev]
      IsNotDev: !Not [!Condition IsDev]
      Perhaps: !Equals [!Ref Open, x]
      Both: !And [!Condition Perhaps, !Condition Maybe]
      Maybe: !Equals [y, !Ref Stored]
      Either: !Or [!Condition Perhaps, !Condition Maybe]
      Neither: !Not [!Condition Either]
      Sure: !Or [!Condition Perhaps, !Condition IsDev]
      IsOn: !Equals [!Ref Two, "on"]
      IsOff: !Equals [!Ref Two, "off"]
      Impossible: !Equals [!Ref Three, d]
      Lists: !Equals [!Ref Names, [x, y, z]]
      Bare: {"Fn::Equals": [a, a]}
    Resources:
      Images: {Type: "AWS::S3::Bucket"}
      Named: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Sub "acme-${Stage}"}}
      Either: {Type: "AWS::S3::Bucket", Properties: {BucketName: !If [Perhaps, one, two]}}
      Key: {Type: "AWS::KMS::Key"}
      Alias: {Type: "AWS::KMS::Alias", Properties: {AliasName: alias/images, TargetKeyId: !Ref Key}}
      Role: {Type: "AWS::IAM::Role", Properties: {RoleName: reader, Path: /app/}}
      Policy: {Type: "AWS::IAM::ManagedPolicy", Properties: {ManagedPolicyName: read}}
      User: {Type: "AWS::IAM::User"}
      Topic: {Type: "AWS::SNS::Topic", Properties: {TopicName: news}}
      Site: {Type: "AWS::CloudFront::Distribution"}
      Made: {Type: "Custom::Thing"}
      Machine: {Type: "AWS::EC2::Instance"}
      Setting: {Type: "AWS::SSM::Parameter", Properties: {Value: !Sub "set-${Stage}"}}
      Gone: {Type: "AWS::S3::Bucket", Condition: IsNotDev}
"""

CASES = [
    # Ref
    ("!Ref Stage", "dev"),
    ('{Ref: "Stage"}', "dev"),
    ("!Ref Open", "${Open}"),
    ("!Ref Count", "3"),
    ("!Ref Names", "x, y, z"),
    ("!Ref OpenNames", "${OpenNames}"),
    ("!Ref Two", '(on if Two == "on", else off)'),
    ("!Ref Three", "${Three}"),
    ("!Ref One", "only"),
    ("!Ref Secret", "${Secret}"),
    ("!Ref Stored", "${Stored}"),
    ("!Ref Images", "${Images.BucketName}"),
    ("!Ref Named", "acme-dev"),
    ("!Ref Either", "${Either.BucketName}"),
    ("!Ref Key", "${Key.KeyId}"),
    ("!Ref Alias", "alias/images"),
    ("!Ref Role", "reader"),
    ("!Ref Policy", "arn:aws:iam::${AWS::AccountId}:policy/read"),
    ("!Ref Topic", "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:news"),
    ("!Ref Machine", "${Machine}"),
    ("!Ref Gone", "${Gone}"),
    ("!Ref Nothing", "${Nothing}"),
    ("!Ref AWS::Region", "${AWS::Region}"),
    ("!Ref AWS::AccountId", "${AWS::AccountId}"),
    ("!Ref AWS::Partition", "aws"),
    ("!Ref AWS::URLSuffix", "amazonaws.com"),
    ("!Ref AWS::StackName", "${AWS::StackName}"),
    ("!Ref AWS::NoValue", "null"),
    ("!Ref AWS::NotificationARNs", "…${AWS::NotificationARNs}"),
    ("!Ref AWS::Moon", "${AWS::Moon}"),
    # GetAtt
    ("!GetAtt Images.Arn", "arn:aws:s3:::${Images.BucketName}"),
    ("!GetAtt [Images, Arn]", "arn:aws:s3:::${Images.BucketName}"),
    ('{"Fn::GetAtt": [Images, Arn]}', "arn:aws:s3:::${Images.BucketName}"),
    ('{"Fn::GetAtt": Images.Arn}', "arn:aws:s3:::${Images.BucketName}"),
    ("!GetAtt Named.RegionalDomainName", "acme-dev.s3.${AWS::Region}.amazonaws.com"),
    ("!GetAtt Key.Arn", "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key.KeyId}"),
    ("!GetAtt Role.Arn", "arn:aws:iam::${AWS::AccountId}:role/app/reader"),
    ("!GetAtt User.Arn", "arn:aws:iam::${AWS::AccountId}:user/${User.UserName}"),
    ("!GetAtt Site.DomainName", "${Site}.cloudfront.net"),
    ("!GetAtt Made.Value", "${Made.Value}"),
    ("!GetAtt Machine.PublicIp", "${Machine.PublicIp}"),
    ("!GetAtt Nothing.Arn", "${Nothing.Arn}"),
    ("!GetAtt Setting.Value", "set-dev"),
    # Sub
    ('!Sub "a-${Stage}-${AWS::Region}"', "a-dev-${AWS::Region}"),
    ('!Sub "${Images.Arn}/*"', "arn:aws:s3:::${Images.BucketName}/*"),
    ('!Sub "${!aws:userid}/${ Stage }"', "${aws:userid}/dev"),
    ('!Sub ["${a}-${b}-${Stage}", {a: 1, b: !Ref Open}]', "1-${Open}-dev"),
    ('{"Fn::Sub": "${Count}"}', "3"),
    ('!Sub "${Two}-x"', '(on-x if Two == "on", else off-x)'),
    ('!Sub "${self:custom.stage}-x"', "${${self:custom.stage}}-x"),
    ('!Sub "{{resolve:ssm:/${Stage}/name}}"', "${{{resolve:ssm:/dev/name}}}"),
    ('!Sub "{{resolve:ssm:/${Open}/name}}-x"', "${{{resolve:ssm:/${Open}/name}}}-x"),
    # Join, Select, Split
    ('!Join ["", ["arn:", !Ref "AWS::Partition", ":s3:::", !Ref Named]]', "arn:aws:s3:::acme-dev"),
    ('!Join ["/", !Ref Names]', "x/y/z"),
    ('!Join [",", [a, !Ref "AWS::NoValue", b]]', "a,b"),
    ('!Join [",", [a, !If [Perhaps, b, !Ref "AWS::NoValue"]]]', '(a,b if Open == "x", else a)'),
    ('!Join [",", !Ref OpenNames]', '${Join(",", OpenNames)}'),
    ('!Join [",", [a, [b]]]', '${Join(",", ["a", ["b"]])}'),
    ("!Select [1, !Ref Names]", "y"),
    ('!Select ["1", [a, b]]', "b"),
    ('!Select [0, [!Ref "AWS::NoValue", b]]', "b"),
    ('!Select [0, [!If [Perhaps, a, !Ref "AWS::NoValue"], b]]', '(a if Open == "x", else b)'),
    ("!Select [!Ref Open, [a, b]]", '(a if Open == "0", else b)'),
    ("!Select [!Ref Open, [a]]", "a"),
    ("!Select [7, [a]]", '${Select(7, ["a"])}'),
    ("!Select [0, !Ref OpenNames]", "${Select(0, OpenNames)}"),
    ('!Split [",", "a,b"]', "a, b"),
    ('!Split ["/", !Sub "a/${AWS::Region}/b"]', "a, ${AWS::Region}, b"),
    ('!Split ["/", !Sub "a/${Open}/b"]', 'a, b, …${Split("/", "a/${Open}/b")}'),
    ('!Select [5, !Split [":", !GetAtt Images.Arn]]', "${Images.BucketName}"),
    ('!Select [0, !Split ["-", !Ref Open]]', '${Select(0, [Split("-", Open)...])}'),
    # If
    ("!If [IsDev, a, b]", "a"),
    ("!If [IsNotDev, a, b]", "b"),
    ("!If [Perhaps, a, b]", '(a if Open == "x", else b)'),
    ("!If [Both, a, b]", '((a if Stored == "y", else b) if Open == "x", else b)'),
    ("!If [Either, a, b]", "(a if condition Either, else b)"),
    ("!If [Neither, a, b]", "(b if condition Either, else a)"),
    ("!If [Sure, a, b]", "a"),
    ("!If [Lists, a, b]", "a"),
    ("!If [Bare, a, b]", "a"),
    ("!If [IsOn, !Ref Two, x]", '(on if Two == "on", else x)'),
    ("!If [IsOff, !Ref Two, x]", '(x if Two == "on", else off)'),
    ("!If [Impossible, a, b]", "b"),
    ("!If [Unheard, a, b]", "(a if condition Unheard, else b)"),
    ("!If [Perhaps, !If [Perhaps, a, b], c]", '(a if Open == "x", else c)'),
    # FindInMap
    ("!FindInMap [Regions, us-east-1, Bucket]", "east"),
    ("!FindInMap [Regions, us-east-1, Zones]", "a, b"),
    ("!FindInMap [Regions, !Ref AWS::Region, Bucket]", '(east if AWS::Region == "us-east-1", else west)'),
    ("!FindInMap [Same, !Ref AWS::Region, Bucket]", "one"),
    ("!FindInMap [Regions, mars, Bucket, {DefaultValue: none}]", "none"),
    ("!FindInMap [Regions, mars, Bucket]", '${FindInMap("Regions", "mars", "Bucket")}'),
    ("!FindInMap [Nowhere, mars, Bucket]", '${FindInMap("Nowhere", "mars", "Bucket")}'),
    # the rest
    ("!Base64 abc", "YWJj"),
    ("!Base64 {Ref: Open}", "${Base64(Open)}"),
    ('!ImportValue {"Fn::Sub": "${Stage}-Bucket"}', '${ImportValue("dev-Bucket")}'),
    ('!Cidr ["10.0.0.0/24", 2, 5]', "10.0.0.0/27, 10.0.0.32/27"),
    ("!Cidr [!Ref Open, 2, 5]", "…${Cidr([Open, 2, 5])}"),
    ('!GetAZs ""', '${GetAZs("")}'),
    ('{"Fn::Length": [a, b]}', "2"),
    ('{"Fn::Length": {Ref: OpenNames}}', "${Length(OpenNames)}"),
    ('{"Fn::ToJsonString": {a: !Ref Stage}}', "{a: dev}"),
    ('{"Fn::Transform": {Name: "AWS::Include", Parameters: {Location: "s3://x"}}}', "${Fn::Transform at template.yaml:51:26}"),
    ('{"Fn::GetStackOutput": {StackName: x}}', '${GetStackOutput({"StackName" = "x"})}'),
    ("!Rain::Embed x", "${Rain::Embed at template.yaml:51:26}"),
    ('{"Rain::Embed": x}', "${Rain::Embed at template.yaml:51:26}"),
    ("!Sub [a]", '${Sub(["a"])}'),
    ("!Join [a]", "${Fn::Join at template.yaml:51:26}"),
    # markers of other tools
    ("'{{ name }}-x'", "${{{ name }}}-x"),
    ("'{{resolve:ssm:/a/b:1}}'", "${{{resolve:ssm:/a/b:1}}}"),
    ("'${self:custom.name}'", "${${self:custom.name}}"),
    ("'${file(./x.yml):name}-${opt:stage, ''dev''}'", "${${file(./x.yml):name}}-${${opt:stage, 'dev'}}"),
    ("'${aws:username}'", "${aws:username}"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), CASES, ids=[expression for expression, _ in CASES])
def test_value(expression: str, value: str) -> None:
    assert output(expression, HEAD) == value


def test_a_region_that_is_given_settles_what_depends_on_it() -> None:
    assert output("!FindInMap [Regions, !Ref AWS::Region, Bucket]", HEAD, region="eu-west-1") == "west"
    assert output("!Ref AWS::Partition", HEAD, region="us-gov-west-1") == "aws-us-gov"
    assert output("!Ref AWS::URLSuffix", HEAD, region="cn-north-1") == "amazonaws.com.cn"


@pytest.mark.parametrize(("size", "cases"), [(2, 2), (32, 32), (33, 0)])
def test_a_text_by_region_is_told_apart_by_all_regions_of_a_mapping(size: int, cases: int) -> None:
    entries = "".join(f"    us-east-{number}: {{Account: '{number:012}'}}\n" for number in range(size))
    text = output(
        '!Sub ["arn:${A}:root", {A: !FindInMap [Accounts, !Ref AWS::Region, Account]}]', f"Mappings:\n  Accounts:\n{entries}"
    )
    assert [f"arn:{number:012}:root" in text for number in range(size)] == [cases > 0] * size
    assert text.count(' if AWS::Region == "us-east-') == max(cases - 1, 0)


def test_a_parameter_that_is_given_settles_what_depends_on_it() -> None:
    assert output("!If [Perhaps, a, b]", HEAD, {"Open": "x"}) == "a"
    assert output("!Join ['+', !Ref OpenNames]", HEAD, {"OpenNames": "p, q"}) == "p+q"
    assert output("!Ref Stage", HEAD, {"Stage": "prod"}) == "prod"
    assert output("!Ref Secret", HEAD, {"Secret": "known"}) == "${Secret}"
    assert output("!Ref Stored", HEAD, {"Stored": "/other/name"}) == "${Stored}"
