"""What a careful reader decides of a template although some of it is unresolved, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asked import ROLE, ask

NO_VALUE = {"Ref": "AWS::NoValue"}
HOLDS = ("holds", "statement 1 grants it for every key")


def grant(**parts: object) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": {"Fn::Sub": "${B.Arn}/*"},
        **parts,
    }


def template(*statements: object, values: tuple[str, ...] = (), bucket: object = None, **sections: object) -> dict[str, str]:
    """A bucket with a policy, the statements of which may depend on a parameter E."""
    allowed = {"AllowedValues": list(values)} if values else {}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policy: dict[str, Any] = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document}}
    if "PolicyCondition" in sections:
        policy["Condition"] = sections.pop("PolicyCondition")
    made = {"Type": "AWS::S3::Bucket", "Properties": bucket or {}}
    whole = {"Parameters": {"E": {"Type": "String", **allowed}}, **sections, "Resources": {"B": made, "P": policy}}
    return {"template.json": json.dumps(whole)}


def equals(value: str) -> dict[str, Any]:
    return {"Fn::Equals": [{"Ref": "E"}, value]}


@pytest.mark.parametrize("values", [("dev", "prod"), ("dev", "qa", "prod"), tuple("abcdefgh"), ("Dev", "Qa", "Prod")])
def test_a_parameter_is_one_of_its_allowed_values(tmp_path: Path, values: tuple[str, ...]) -> None:
    conditions = {f"Is{value}": equals(value) for value in values}
    every = [{"Fn::If": [name, grant(), NO_VALUE]} for name in conditions]
    told = ask(tmp_path, template(*every, values=values, Conditions=conditions))
    assert {status for status, _ in told.of("B", "s3").values()} == {"holds"}
    but_one = ask(tmp_path, template(*every[:-1], values=values, Conditions=conditions))
    assert {status for status, _ in but_one.of("B", "s3").values()} == {"unknown"}


def test_conditions_of_several_allowed_values_exclude_each_other(tmp_path: Path) -> None:
    conditions = {"Is": equals("dev"), "IsNot": {"Fn::Or": [equals("qa"), equals("prod")]}, "Never": equals("other")}
    statements = [{"Fn::If": ["IsNot", grant(), NO_VALUE]}, {"Fn::If": ["Is", grant(), NO_VALUE]}]
    told = ask(tmp_path, template(*statements, values=("dev", "qa", "prod"), Conditions=conditions))
    assert {status for status, _ in told.of("B", "s3").values()} == {"holds"}
    told = ask(tmp_path, template({"Fn::If": ["Never", grant(), NO_VALUE]}, values=("dev", "qa"), Conditions=conditions))
    assert {status for status, _ in told.of("B", "s3").values()} == {"fails"}


@pytest.mark.parametrize("values", [("dev", "prod"), ("dev", "qa", "prod")])
def test_a_bucket_that_is_named_by_an_allowed_value_is_one_bucket(tmp_path: Path, values: tuple[str, ...]) -> None:
    by_name = grant(Resource={"Fn::Sub": "arn:aws:s3:::acme-${E}/*"})
    told = ask(tmp_path, template(by_name, values=values, bucket={"BucketName": {"Fn::Sub": "acme-${E}"}}))
    assert told.of("B", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (("BucketOwnerEnforced", "ObjectWriter", "BucketOwnerPreferred"), "unknown"),
        (("ObjectWriter", "BucketOwnerPreferred"), "fails"),
    ],
)
def test_a_setting_is_one_of_the_allowed_values(tmp_path: Path, values: tuple[str, ...], status: str) -> None:
    owned = {"OwnershipControls": {"Rules": [{"ObjectOwnership": {"Ref": "E"}}]}}
    told = ask(tmp_path, template(grant(), values=values, bucket=owned))
    assert told.of("B", "ownership")["ownership"][0] == status


def test_what_exists_under_a_condition_is_as_the_condition_has_it(tmp_path: Path) -> None:
    action = {"Fn::If": ["X", "s3:GetObject", "s3:PutObject"]}
    told = ask(tmp_path, template(grant(Action=action), PolicyCondition="X", Conditions={"X": equals("y")}))
    nothing = "the bucket has no policy, so nothing lets another account in"
    assert told.of("B", "s3") == {
        "s3:GetObject": ("unknown", f"it depends on 'E == \"y\"': in one case, {nothing}"),
        "s3:PutObject": ("fails", "no statement allows s3:PutObject"),
    }


@pytest.mark.parametrize("second", ["K1", "K2"])
def test_the_key_of_a_case_is_asked_in_that_case(tmp_path: Path, second: str) -> None:
    def key(*more: object) -> dict[str, Any]:
        root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
        return {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [root, *more]}},
        }

    use = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
    chosen = {"Fn::If": ["X", {"Fn::GetAtt": ["K1", "Arn"]}, {"Fn::GetAtt": [second, "Arn"]}]}
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": chosen}
    rules = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default}]}
    whole = {
        "Parameters": {"E": {"Type": "String"}},
        "Conditions": {"X": equals("y")},
        "Resources": {
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": rules}},
            "K1": key({"Fn::If": ["X", use, NO_VALUE]}),
            "K2": key(use),
        },
    }
    told = ask(tmp_path, {"template.json": json.dumps(whole)})
    status = "holds" if second == "K2" else "unknown"
    assert {one for one, _ in told.of("B", "kms").values()} == {status}


def test_a_snippet_that_is_here_is_included(tmp_path: Path) -> None:
    def told(
        location: object,
        snippet: str = "Effect: Allow\nPrincipal: {AWS: '%s'}\nAction: s3:*Object\nResource: arn:aws:s3:::acme-data/*\n",
    ) -> str:
        include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}
        (tmp_path / "parts").mkdir(exist_ok=True)
        (tmp_path / "parts/grant.yaml").write_text(snippet.replace("%s", ROLE), encoding="utf-8")
        return ask(tmp_path, template(include, bucket={"BucketName": "acme-data"})).of("B", "s3")["s3:GetObject"][0]

    assert told("parts/grant.yaml") == told("./parts/grant.yaml") == "holds"
    assert told("s3://bucket/grant.yaml") == told("parts/other.yaml") == told({"Ref": "E"}) == "unknown"
    assert told("parts/grant.yaml", "- not: a map\n") == told("parts/grant.yaml", "a: [\n") == "unknown"


def test_an_attribute_of_what_is_not_there_is_not_its_name(tmp_path: Path) -> None:
    files = template(grant())
    whole = json.loads(files["template.json"])
    del whole["Resources"]["B"]
    told = ask(tmp_path, {"template.json": json.dumps(whole)})
    assert {status for status, _ in told.of("B", "s3").values()} == {"unknown"}


def test_a_parameter_is_never_two_texts(tmp_path: Path) -> None:
    conditions = {"A": equals("a"), "B": equals("b"), "Both": {"Fn::And": [equals("a"), equals("b")]}}
    get, put = grant(Action="s3:GetObject"), grant(Action="s3:PutObject")
    told = ask(tmp_path, template({"Fn::If": ["B", get, put]}, Conditions=conditions, PolicyCondition="A")).of("B", "s3")
    assert {need: status for need, (status, _) in told.items()} == {"s3:GetObject": "fails", "s3:PutObject": "unknown"}
    told = ask(tmp_path, template(grant(), Conditions=conditions, PolicyCondition="Both")).of("B", "s3")
    assert {status for status, _ in told.values()} == {"fails"}


@pytest.mark.parametrize(("first", "status"), [("abc", "holds"), ("ab", "unknown")])
def test_conditions_made_of_others_are_looked_into_where_that_decides(tmp_path: Path, first: str, status: str) -> None:
    conditions = {
        "One": {"Fn::Or": [equals(value) for value in first]},
        "Other": {"Fn::Or": [equals(value) for value in "def"]},
    }
    every = [{"Fn::If": [name, grant(), NO_VALUE]} for name in conditions]
    told = ask(tmp_path, template(*every, values=tuple("abcdef"), Conditions=conditions)).of("B", "s3")
    assert {status for status, _ in told.values()} == {status}


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ({"Fn::Equals": [{"Fn::Sub": "x-${E}-y"}, "x-dev-y"]}, "holds"),
        ({"Fn::Equals": ["dev-y", {"Fn::Join": ["-", [{"Ref": "E"}, "y"]]}]}, "holds"),
        ({"Fn::Equals": [{"Fn::Sub": "x-${E}"}, {"Fn::Sub": "x-${E}"}]}, "holds"),
        ({"Fn::Equals": [{"Fn::Sub": "x-${E}-y"}, "x-qa-y"]}, "unknown"),  # no value that it may be
        ({"Fn::Equals": [{"Fn::Sub": "x-${E}-y"}, "x-y"]}, "unknown"),
    ],
)
def test_what_both_sides_begin_and_end_with_says_nothing(tmp_path: Path, written: dict[str, Any], status: str) -> None:
    statements = [{"Fn::If": ["Written", grant(), NO_VALUE]}, {"Fn::If": ["Is", NO_VALUE, grant()]}]
    sections = {"Conditions": {"Is": equals("dev"), "Written": written}}
    told = ask(tmp_path, template(*statements, values=("dev", "prod"), **sections))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}


OF_E = {"Ref": "E"}


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"Assertions": [{"Assert": {"Fn::Equals": [OF_E, "dev"]}}]}, "holds"),
        ({"Assertions": [{"Assert": {"Fn::Equals": ["dev", OF_E]}}]}, "holds"),
        ({"Assertions": [{"Assert": {"Fn::Contains": [["qa", "prod"], OF_E]}}]}, "fails"),
        ({"Assertions": [{"Assert": {"Fn::Contains": [["dev", "prod"], OF_E]}}]}, "unknown"),
        ({"Assertions": [{"Assert": {"Fn::Or": [{"Fn::Equals": [OF_E, "a"]}, {"Fn::Equals": [OF_E, "b"]}]}}]}, "fails"),
        ({"Assertions": [{"Assert": {"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": [OF_E, "dev"]}]}}]}, "holds"),
        ({"Assertions": [{"Assert": {"Fn::Or": [{"Fn::Equals": [OF_E, "a"]}, {"Fn::Equals": ["x", "x"]}]}}]}, "unknown"),
        ({"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Equals": [OF_E, "dev"]}]}}]}, "unknown"),
        (
            {
                "RuleCondition": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]},
                "Assertions": [{"Assert": {"Fn::Equals": [OF_E, "dev"]}}],
            },
            "unknown",
        ),
    ],
)
def test_a_parameter_is_what_a_rule_asserts(tmp_path: Path, rule: dict[str, Any], status: str) -> None:
    sections = {"Rules": {"R": rule}, "Conditions": {"Is": equals("dev")}}
    told = ask(tmp_path, template(grant(), PolicyCondition="Is", **sections))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}


@pytest.mark.parametrize(("constant", "status"), [("dev", "unknown"), ("qa", "fails"), ("prod", "fails"), ("test", "fails")])
def test_a_parameter_is_what_it_may_be_by_all_that_is_said(tmp_path: Path, constant: str, status: str) -> None:
    rules = {
        "R": {
            "Assertions": [{"Assert": {"Fn::Contains": [values, OF_E]}} for values in (["dev", "us", "prod"], ["us", "dev", "qa"])]
        }
    }
    sections = {"Rules": rules, "Conditions": {"Is": equals(constant)}}
    told = ask(tmp_path, template(grant(), values=("dev", "us", "qa", "test"), PolicyCondition="Is", **sections))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}


@pytest.mark.parametrize("test", ["!Equals [!Ref E, dev]", "!Contains [[dev], !Ref E]"])
def test_a_rule_is_read_in_its_short_form(tmp_path: Path, test: str) -> None:
    sections = {"Rules": {"R": {"Assertions": [{"Assert": "TEST"}]}}, "Conditions": {"Is": equals("dev")}}
    files = {name: text.replace('"TEST"', test) for name, text in template(grant(), PolicyCondition="Is", **sections).items()}
    told = ask(tmp_path, {name.replace(".json", ".yaml"): text for name, text in files.items()})
    assert {found for found, _ in told.of("B", "s3").values()} == {"holds"}


@pytest.mark.parametrize(
    ("limits", "constant", "status"),
    [
        ({"MinLength": 1}, "", "holds"),
        ({"MinLength": 1}, "x", "unknown"),
        ({"MaxLength": "3"}, "none", "holds"),
        ({"AllowedPattern": "[a-z]+"}, "", "holds"),
        ({"AllowedPattern": "[a-z]*"}, "", "unknown"),
        ({"Type": "Number"}, "none", "holds"),
        ({"Type": "Number", "MinValue": 1}, "0", "holds"),
        ({"Type": "Number", "MinValue": 1}, "1", "unknown"),
        ({"Type": "CommaDelimitedList", "MinLength": 1}, "", "unknown"),
        ({"Type": "AWS::EC2::VPC::Id"}, "", "holds"),
        ({"Type": "AWS::EC2::VPC::Id"}, "vpc-1a2b3c4d", "unknown"),
    ],
)
def test_a_parameter_is_nothing_that_it_may_not_be(tmp_path: Path, limits: dict[str, Any], constant: str, status: str) -> None:
    sections = {"Parameters": {"E": {"Type": "String", **limits}}, "Conditions": {"Is": {"Fn::Not": [equals(constant)]}}}
    told = ask(tmp_path, template(grant(), PolicyCondition="Is", **sections))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}


@pytest.mark.parametrize(
    ("transform", "names", "status"),
    [
        ("AWS::LanguageExtensions", ["CorsConfiguration"], "holds"),
        ("AWS::LanguageExtensions", {"Fn::Split": [",", OF_E]}, "unknown"),
        ("AWS::Serverless-2016-10-31", ["CorsConfiguration"], "unknown"),
    ],
)
def test_a_loop_may_make_properties(tmp_path: Path, transform: str, names: object, status: str) -> None:
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://darwin.v7labs.com"], "AllowedHeaders": ["*"]}
    loop = {"Fn::ForEach::Properties": ["Name", names, {"${Name}": {"CorsRules": [rule]}}]}
    told = ask(tmp_path, template(grant(), bucket=loop, Transform=transform))
    assert {found for found, _ in told.of("B", "cors").values()} == {status}


@pytest.mark.parametrize("transform", ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"])
def test_a_function_of_the_language_extensions_needs_them(tmp_path: Path, transform: str) -> None:
    with_length = {"Fn::If": ["Two", grant(), NO_VALUE]}
    conditions = {"Two": {"Fn::Equals": [{"Fn::Length": ["a", "b"]}, 2]}}
    told = ask(tmp_path, template(with_length, Transform=transform, Conditions=conditions))
    assert {status for status, _ in told.of("B", "s3").values()} == {"holds" if "Language" in transform else "unknown"}


def test_of_a_bucket_under_a_condition_the_cases_without_it_are_not_asked(tmp_path: Path) -> None:
    one, other = ({"Fn::If": ["X", {"Fn::GetAtt": [bucket, "Arn"]}, NO_VALUE]} for bucket in ("B1", "B2"))
    other["Fn::If"][1:] = reversed(other["Fn::If"][1:])
    resources = [{"Fn::Sub": ["${A}/*", {"A": {"Fn::If": ["X", one, other]}}]}]
    policy = {"Version": "2012-10-17", "Statement": [grant(Resource=resources)]}
    whole = {
        "Parameters": {"E": {"Type": "String"}},
        "Conditions": {"X": equals("dev"), "Y": {"Fn::Not": [{"Condition": "X"}]}},
        "Resources": {
            "B1": {"Type": "AWS::S3::Bucket", "Condition": "X"},
            "B2": {"Type": "AWS::S3::Bucket", "Condition": "Y"},
            "P": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Fn::If": ["X", {"Ref": "B1"}, {"Ref": "B2"}]}, "PolicyDocument": policy},
            },
        },
    }
    told = ask(tmp_path, {"t.json": json.dumps(whole)})
    assert told.of("B1", "s3") == told.of("B2", "s3") == {"s3:GetObject": HOLDS, "s3:PutObject": HOLDS}


ACCOUNTS = ("111122223333", "444455556666")


@pytest.mark.parametrize(
    ("values", "status"), [(ACCOUNTS, "fails"), (("258327614892",), "holds"), ((*ACCOUNTS, "258327614892"), "unknown")]
)
def test_a_part_of_a_text_is_one_of_the_allowed_values(tmp_path: Path, values: tuple[str, ...], status: str) -> None:
    principal = {"AWS": {"Fn::Sub": "arn:aws:iam::${E}:root"}}
    told = ask(tmp_path, template(grant(Principal=principal), values=values))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}


@pytest.mark.parametrize(("host", "status"), [("b.example", "fails"), ("darwin.v7labs.com", "unknown")])
def test_an_origin_is_made_of_one_of_the_allowed_values(tmp_path: Path, host: str, status: str) -> None:
    origins = [{"Fn::Sub": "https://${E}"}]
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": origins, "AllowedHeaders": ["*"]}
    cors = {"CorsConfiguration": {"CorsRules": [rule]}}
    told = ask(tmp_path, template(grant(), values=("a.example", host), bucket=cors))
    assert {found for found, _ in told.of("B", "cors").values()} == {status}


@pytest.mark.parametrize(("transform", "status"), [("AWS::LanguageExtensions", "holds"), ("AWS::Serverless-2016-10-31", "unknown")])
def test_a_default_of_a_mapping_needs_the_language_extensions(tmp_path: Path, transform: str, status: str) -> None:
    found = {"Fn::FindInMap": ["Roles", "prod", "Arn", {"DefaultValue": ROLE}]}
    roles = {"Roles": {"prod": {"Arn": ROLE}}}
    told = ask(tmp_path, template(grant(Principal={"AWS": found}), Transform=transform, Mappings=roles))
    assert {found for found, _ in told.of("B", "s3").values()} == {status}
