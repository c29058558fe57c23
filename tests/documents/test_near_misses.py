"""Documents that are almost something: named with what to write, wherever they are met; and CORS in XML, which is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from auditor import audit
from auditor.cli import main
from auditor.foundation.errors import InputError
from auditor.policy.services.bucket_arn import is_bucket_arn, meant
from auditor.sources.documents.shape import RecognisedDocument, UnrecognisedDocument, recognise
from auditor.sources.documents.xml_text import may_be_cors, parse_cors

V7 = "arn:aws:iam::258327614892:role/external_s3"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": V7},
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": "arn:aws:s3:::acme/*",
}
POLICY = {"Version": "2012-10-17", "Statement": [STATEMENT]}
RULE = {"AllowedOrigins": ["https://darwin.v7labs.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
LOWER_RULE = {"allowedOrigins": ["*"], "allowedMethods": ["GET"]}
ENCRYPTION = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}
ENFORCED = {"ObjectOwnership": "BucketOwnerEnforced"}
OWNERSHIP = {"OwnershipControls": {"Rules": [ENFORCED]}}
BLOCK = {"BlockPublicAcls": True, "RestrictPublicBuckets": True}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments, "--format", "concise"], input=stdin, catch_exceptions=False)


def of_resource(*resources: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [STATEMENT | {"Resource": list(resources)}]}


def lower(value: Any) -> Any:
    if isinstance(value, list):
        return [lower(item) for item in value]
    return {key.lower(): lower(item) if key == "Statement" else item for key, item in value.items()}


def write(document: Any) -> str:
    return f"write {json.dumps(document)}"


CORS = "looks like a CORS configuration, but"
BUCKET_POLICY = "looks like a bucket policy, but"
WHOLE = "1:1"
NEAR: list[tuple[str, Any, str, str]] = [
    ("one rule", RULE, WHOLE, f"{CORS} it is one rule without the list around it: {write([RULE])}"),
    ("a list in a list", [[RULE]], "1:2", f"{CORS} its list stands inside another list: {write([RULE])}"),
    ("lists in a list", [[RULE], [RULE]], "1:2", f"{CORS} its list stands inside another list: {write([RULE, RULE])}"),
    (
        "a list in CORSRules",
        {"CORSRules": [[RULE]]},
        "1:16",
        f"{CORS} its list stands inside another list: {write({'CORSRules': [RULE]})}",
    ),
    ("CorsRules", {"CorsRules": [RULE]}, "1:2", f"{CORS} 'CORSRules' is written 'CorsRules': {write({'CORSRules': [RULE]})}"),
    ("cors_rules", {"cors_rules": [RULE]}, "1:2", f"{CORS} 'CORSRules' is written 'cors_rules': {write({'CORSRules': [RULE]})}"),
    (
        "as the operation takes it, without the bucket",
        {"CORSConfiguration": {"CORSRules": [RULE]}},
        "1:2",
        f"{CORS} it stands inside 'CORSConfiguration': {write({'CORSRules': [RULE]})}",
    ),
    (
        "as the operation takes it, with a slip",
        {"Bucket": "acme", "CORSConfiguration": {"CorsRules": [RULE]}},
        "1:20",
        f"{CORS} it stands inside 'CORSConfiguration' and 'CORSRules' is written 'CorsRules': {write({'CORSRules': [RULE]})}",
    ),
    (
        "as CloudFormation has it",
        {"CorsConfiguration": {"CorsRules": [RULE]}},
        "1:2",
        f"{CORS} it stands inside 'CorsConfiguration' and 'CORSRules' is written 'CorsRules': {write({'CORSRules': [RULE]})}",
    ),
    (
        "XML turned into JSON, as of MinIO",
        {"CORSConfiguration": {"CORSRule": {"AllowedOrigin": "*", "AllowedMethod": ["GET"]}}},
        "1:2",
        (f"{CORS} it stands inside 'CORSConfiguration' and 'CORSRules' is written 'CORSRule', 'AllowedOrigins' is written 'AllowedOrigin' and "
        f"'AllowedMethods' is written 'AllowedMethod': {write({'CORSRules': [{'AllowedOrigins': ['*'], 'AllowedMethods': ['GET']}]})}"),
    ),
    (
        "keys in lower case",
        [LOWER_RULE],
        "1:3",
        f"{CORS} 'AllowedOrigins' is written 'allowedOrigins' and 'AllowedMethods' is written 'allowedMethods': "
        + write([{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]),
    ),
    ("one rule in CORSRules", {"CORSRules": RULE}, "1:2", f"{CORS} 'CORSRules' is one rule, not a list of rules: {write({'CORSRules': [RULE]})}"),
    (
        "texts for lists",
        [RULE, RULE | {"AllowedMethods": "GET, PUT", "AllowedOrigins": "https://a.example"}],
        "1:113",
        f"{CORS} 'AllowedOrigins' and 'AllowedMethods' are texts, not lists: "
        + write([RULE, RULE | {"AllowedOrigins": ["https://a.example"]}]),
    ),
    (
        "a text for a list in CORSRules",
        {"CORSRules": [RULE | {"AllowedHeaders": "*"}]},
        "1:100",
        f"{CORS} 'AllowedHeaders' is a text, not a list: {write({'CORSRules': [RULE]})}",
    ),
    (
        "Google Cloud Storage",
        [{"origin": ["https://a.example"], "method": ["GET"], "responseHeader": ["ETag"], "maxAgeSeconds": 60}],
        WHOLE,
        f"{CORS} it has the form of Google Cloud Storage ('origin', 'method'): "
        + write(
            [
                {
                    "AllowedOrigins": ["https://a.example"],
                    "AllowedMethods": ["GET"],
                    "AllowedHeaders": ["ETag"],
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 60,
                }
            ]
        ),
    ),
    (
        "Cloudflare R2",
        {"rules": [{"allowed": {"methods": ["GET"], "origins": ["*"], "headers": ["range"]}, "exposeHeaders": ["etag"], "maxAgeSeconds": 9}]},
        WHOLE,
        f"{CORS} it has the form of Cloudflare R2 ('allowed.origins', 'allowed.methods'): "
        + write(
            [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["range"], "ExposeHeaders": ["etag"], "MaxAgeSeconds": 9}]
        ),
    ),
    (
        "a comment in a policy",
        {"Version": "2012-10-17", "Comment": "x", "Statement": [STATEMENT]},
        "1:27",
        f"{BUCKET_POLICY} 'Comment' is not an element of a policy (those are Version, Id and Statement): remove 'Comment'",
    ),
    (
        "a condition beside the statement",
        POLICY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        "1:210",
        f"{BUCKET_POLICY} 'Condition' stands beside 'Statement', and belongs in a statement: "
        + write({"Version": "2012-10-17", "Statement": [STATEMENT | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}),
    ),
    (
        "a condition beside two statements",
        {"Statement": [STATEMENT, STATEMENT], "Condition": {}},
        "1:353",
        (f"{BUCKET_POLICY} 'Condition' is not an element of a policy (those are Version, Id and Statement): "
        "move 'Condition' into the statements that it is for"),
    ),
    (
        "a policy in lower case",
        lower(POLICY),
        "1:2",
        (f"{BUCKET_POLICY} 'Version' is written 'version', 'Statement' is written 'statement', 'Effect' is written 'effect', 'Principal' is "
        f"written 'principal', 'Action' is written 'action' and 'Resource' is written 'resource': {write(POLICY)}"),
    ),
    ("one statement", STATEMENT, WHOLE, f"{BUCKET_POLICY} it is one statement without the policy around it: {write(POLICY)}"),
    ("statements", [STATEMENT], WHOLE, f"{BUCKET_POLICY} it is a list of statements without the policy around it: {write(POLICY)}"),
    ("wrapped", {"BucketPolicy": POLICY}, "1:2", f"{BUCKET_POLICY} it stands inside 'BucketPolicy': {write(POLICY)}"),
    ("a string", json.dumps(POLICY), WHOLE, f"{BUCKET_POLICY} it is JSON inside a JSON string: {write(POLICY)}"),
    (
        "a string in what is printed",
        {"Policy": json.dumps(json.dumps(POLICY))},
        "1:2",
        f"{BUCKET_POLICY} it is JSON inside a JSON string: {write(POLICY)}",
    ),
    ("ownership", ENFORCED, WHOLE, f"looks like ownership controls, but it is one rule without what stands around it: {write(OWNERSHIP)}"),
    (
        "ownership without Rules",
        {"OwnershipControls": [ENFORCED]},
        "1:2",
        f"looks like ownership controls, but the rule stands directly in 'OwnershipControls', not in its 'Rules': {write(OWNERSHIP)}",
    ),
    (
        "encryption",
        {"SSEAlgorithm": "AES256"},
        WHOLE,
        f"looks like a default encryption, but it is the inside of a rule alone: {write(ENCRYPTION)}",
    ),
    (
        "public access block",
        {"blockPublicAcls": True, "restrictPublicBuckets": True},
        "1:2",
        ("looks like a public access block, but 'BlockPublicAcls' is written 'blockPublicAcls' and 'RestrictPublicBuckets' is written "
        f"'restrictPublicBuckets': {write(BLOCK)}"),
    ),
    *(
        (
            resource,
            of_resource(resource),
            "1:186",
            f"{BUCKET_POLICY} '{resource}' is not the ARN of a bucket or of its objects: write '{right}'",
        )
        for resource, right in (
            ("arn:aws:s3::acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3::::acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:eu-west-1:123456789012:acme/*", "arn:aws:s3:::acme/*"),
            ("arn:was:s3:::acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:::s3://acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:::https://acme/*", "arn:aws:s3:::acme/*"),
            ("https://acme.s3.eu-west-1.amazonaws.com/in/*", "arn:aws:s3:::acme/in/*"),
            ("s3://acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:::/acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:::acme:*", "arn:aws:s3:::acme/*"),
            ("acme/*", "arn:aws:s3:::acme/*"),
            ("arn:aws:s3:::acme images/*", "arn:aws:s3:::BUCKET/*"),
            ("arn:aws::s3:*", "arn:aws:s3:::BUCKET/*"),
            ("arn:aws:s3::${Bucket}/*", "arn:aws:s3:::${Bucket}/*"),
        )
    ),
]  # fmt: skip


# What is right for another store is an error where somebody names it, or there is nothing else.
STORES = {row[0]: row[1] for row in NEAR if row[0] in ("Google Cloud Storage", "Cloudflare R2")}


@pytest.mark.parametrize(("document", "place", "message"), [row[1:] for row in NEAR], ids=[row[0] for row in NEAR])
def test_a_near_miss_is_an_error_with_its_correction_wherever_it_is_met(
    here: Path, document: Any, place: str, message: str
) -> None:
    (here / "odd.json").write_text(json.dumps(document), encoding="utf-8")
    for path in (".", "odd.json"):
        result = run(path)
        assert (result.exit_code, result.stderr) == (2, f"error: odd.json:{place}: {message}\n")


@pytest.mark.parametrize("document", [row[1] for row in NEAR], ids=[row[0] for row in NEAR])
def test_what_a_near_miss_is_told_to_write_is_read(document: Any) -> None:
    found = recognise(json.dumps(document), "odd.json")
    assert isinstance(found, UnrecognisedDocument)
    _, told, correction = found.error.message.partition(": write ")
    if told and correction[0] in "{[":
        assert isinstance(recognise(correction, "odd.json"), RecognisedDocument)
    elif told:
        assert is_bucket_arn(correction.strip("'"))


def test_a_near_miss_beside_others_is_said(here: Path) -> None:
    (here / "policy.json").write_text(json.dumps(POLICY))
    (here / "cors.json").write_text(json.dumps(RULE))
    assert (run(".").exit_code, run(".").stderr) == (2, f"error: cors.json:1:1: {NEAR[0][3]}\n")


def test_the_form_of_another_store_is_said_where_cors_rules_are_missing(here: Path) -> None:
    (here / "policy.json").write_text(json.dumps(POLICY))
    (here / "cors.json").write_text(json.dumps(STORES["Google Cloud Storage"]))
    (told,) = {
        resolution.reason
        for verdict in audit(here, contract="v7-darwin").verdicts
        for resolution in verdict.resolved_by
        if "CORS" in resolution.name
    }
    assert told == (
        f"no document holds the CORS configuration of acme; {here}/cors.json looks like a CORS configuration, but it has the form of Google Cloud "
        "Storage ('origin', 'method')"
    )


@pytest.mark.parametrize(
    "document",
    [
        # The settings of applications and of other services.
        LOWER_RULE,
        {"cors": RULE},
        {"Cors": LOWER_RULE},
        {"version": 1, "rules": [{"id": "a"}]},
        {"policy": {"statement": "we like cookies"}},
        {"statements": [{"action": "buy", "resource": "bread"}]},
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::acme/*"}],
            "Comment": "x",
        },
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "a/b"}], "Comment": "x"},
        {"resources": {"allowed": {"a": 1}}},
        *STORES.values(),
    ],
)
def test_what_others_may_have_is_passed_over_in_a_walk(here: Path, document: Any) -> None:
    (here / "odd.json").write_text(json.dumps(document), encoding="utf-8")
    assert (run(".", "--related").exit_code, run(".", "--related").stderr) == (0, "")
    assert run("odd.json").exit_code == 2


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:s3:::acme",
        "arn:aws:s3:::acme-*/in/*",
        "arn:aws:s3:::Acme_Images/*",
        "arn:aws:s3:::${AWS::StackName}-x/*",
        "arn:${AWS::Partition}:s3:::acme/*",
        "arn:aws-cn:s3:::acme/*",
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/*",
        "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/a",
        "arn:aws:kms:eu-west-1:123456789012:key/a",
        "acme",
    ],
)
def test_what_is_right_or_of_something_else_has_no_correction(resource: str) -> None:
    assert meant(resource) is None


@pytest.mark.parametrize("cut", [0, 3])
def test_a_document_that_is_not_read_may_say_anything_of_its_kind(here: Path, cut: int) -> None:
    (here / "a.json").write_text(json.dumps(POLICY))
    deny = json.dumps({"Version": "2012-10-17", "Comment": "x", "Statement": [STATEMENT | {"Effect": "Deny"}]})
    (here / "b.json").write_text(deny[: len(deny) - cut])
    (here / "ownership.json").write_text(json.dumps(OWNERSHIP))
    report = json.loads(CliRunner().invoke(main, ["check", ".", "--format", "json"]).stdout)
    found = {one["need"]: (one["status"], one["reason"]) for one in report["verdicts"]}
    unread = ("unknown", "b.json could not be read")
    assert (found["s3:GetObject"], found["s3:PutObject"]) == (unread, unread)
    assert found["ownership"] == ("holds", "Object Ownership is BucketOwnerEnforced")


# CORS in XML


XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n  <CORSRule>\n'
    "    <AllowedOrigin>https://darwin.v7labs.com</AllowedOrigin>\n    <AllowedMethod>GET</AllowedMethod>\n"
    "    <AllowedMethod>PUT</AllowedMethod>\n    <AllowedHeader>*</AllowedHeader>\n    <MaxAgeSeconds>3000</MaxAgeSeconds>\n  </CORSRule>\n"
    "</CORSConfiguration>\n"
)


def test_cors_in_xml_is_read_like_cors_in_json(here: Path) -> None:
    (here / "policy.json").write_text(json.dumps(POLICY))
    (here / "cors.xml").write_text(XML)
    (here / "pom.xml").write_text("<project/>")
    for arguments in ((".",), ("policy.json", "cors.xml")):
        report = json.loads(CliRunner().invoke(main, ["check", *arguments, "--format", "json"]).stdout)
        assert {one["need"]: one["status"] for one in report["verdicts"] if one["need"].startswith("cors")} == {
            "cors:GET": "holds",
            "cors:PUT": "holds",
        }
        assert report["errors"] == []


def test_cors_in_xml_and_the_same_in_json_are_one(here: Path) -> None:
    (here / "policy.json").write_text(json.dumps(POLICY))
    (here / "cors.xml").write_text(XML)
    (here / "cors.json").write_text(json.dumps([RULE | {"MaxAgeSeconds": 3000}]))
    report = json.loads(CliRunner().invoke(main, ["check", ".", "--format", "json"]).stdout)
    assert {one["bucket"] for one in report["verdicts"]} == {"acme"}


def test_cors_in_xml_from_standard_input() -> None:
    result = run("-", stdin=XML.replace("PUT", "POST"))
    assert result.exit_code == 1
    (error,) = [line for line in result.stdout.split("\n") if ": error: " in line]
    assert error == (
        "-:5:5: error: V7 Darwin cannot PUT objects of the bucket of - from a page at 'https://darwin.v7labs.com': rule 1 does not list "
        "PUT. [cors-request-refused]"
    )


def test_a_fault_of_a_rule_in_xml_has_its_place(here: Path) -> None:
    (here / "cors.xml").write_text(XML.replace("AllowedHeader>", "AllowHeader>"))
    errors = [line for line in run(".").stdout.split("\n") if "cors-rejected-by-s3" in line]
    assert [line.partition(": error: ")[0] for line in errors] == ["cors.xml:7:5"]


FORM = (
    "write <CORSConfiguration><CORSRule><AllowedOrigin>https://…</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
    "</CORSConfiguration>, each value in an element of its own"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<CORSConfiguration/>", f"c.xml:1:1: is a CORS configuration without a CORSRule: {FORM}"),
        ("<!-- x --><CORSRule/>", f"c.xml:1:11: has <CORSRule> inside the document, where S3 does not take it: {FORM}"),
        ("<corsconfiguration/>", f"c.xml:1:1: has <corsconfiguration> inside the document, where S3 does not take it: {FORM}"),
        (
            '<!DOCTYPE x [<!ENTITY a "b">]>\n<CORSConfiguration/>',
            "c.xml:1:13: has a document type, which no CORS configuration has: remove it",
        ),
        (
            "<CORSConfiguration><CORSRule></CORSConfiguration>",
            "c.xml:1:32: looks like a CORS configuration, but is not valid XML: mismatched tag",
        ),
        (
            "<CORSConfiguration><AllowedOrigin>x</AllowedOrigin></CORSConfiguration>",
            f"c.xml:1:20: has <AllowedOrigin> inside <CORSConfiguration>, where S3 does not take it: {FORM}",
        ),
        (
            "<CORSConfiguration><CORSRule><AllowedOrigin><member>x</member></AllowedOrigin></CORSRule></CORSConfiguration>",
            f"c.xml:1:45: has <member> inside <AllowedOrigin>, where S3 does not take it: {FORM}",
        ),
        *(
            (
                f"<CORSConfiguration><CORSRule><{written}>x</{written}></CORSRule></CORSConfiguration>",
                f"c.xml:1:30: has <{written}>, which is called <{name}> in XML: {FORM}",
            )
            for name in ("AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader")
            for written in (f"{name}s", name.lower(), f"{name}S")
        ),
        ("<CORSConfiguration>" + " " * 1024 * 1024, "c.xml:1:1: is too long for a CORS configuration, which S3 limits to 64 KB"),
        (
            "<CORSConfiguration>" + "<CORSRule>" * 5,
            f"c.xml:1:40: has <CORSRule> inside <CORSRule>, where S3 does not take it: {FORM}",
        ),
    ],
)
def test_xml_that_cannot_be_read(here: Path, text: str, message: str) -> None:
    (here / "c.xml").write_text(text)
    assert (run(".").exit_code, run(".").stderr) == (2, f"error: {message}\n")


@pytest.mark.parametrize("cut", range(0, len(XML), 7))
def test_every_beginning_of_a_configuration_in_xml_ends_in_rules_or_an_error(cut: int) -> None:
    found = parse_cors(XML[:cut] + "\r\u00fc" + XML[cut:].replace("\n", "\r"), "c.xml")
    assert isinstance(found, InputError) or found.location is not None


@pytest.mark.parametrize(
    "document",
    [
        {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": "${restrict}"}},
        {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "{{ algorithm }}"}, "BucketKeyEnabled": "{{ key }}"}]},
        {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {}}]},
        [RULE | {"MaxAgeSeconds": "${seconds}"}],
    ],
)
def test_members_that_are_placeholders_or_newer_are_read(document: Any) -> None:
    assert isinstance(recognise(json.dumps(document), "x.json"), RecognisedDocument)


SETTINGS = "BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy and RestrictPublicBuckets"


@pytest.mark.parametrize(
    ("document", "place", "told"),
    [
        (
            {"ServerSideEncryptionConfiguration": {"Rules": [{"applyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}},
            "1:51",
            "looks like a default encryption, but 'ApplyServerSideEncryptionByDefault' is written 'applyServerSideEncryptionByDefault': "
            + write(ENCRYPTION),
        ),
        (
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KmsMasterKeyId": "k"}}]},
            "1:78",
            "looks like a default encryption, but 'KMSMasterKeyID' is written 'KmsMasterKeyId': "
            + write({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}]}),
        ),
        (
            {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"KeyArn": "k"}}]}},
            "1:1",
            "has 'KeyArn' in 'ApplyServerSideEncryptionByDefault', which has SSEAlgorithm and KMSMasterKeyID",
        ),
        (
            {"ServerSideEncryptionConfiguration": {"Rules": [{"ByDefault": {"SSEAlgorithm": "AES256"}}]}},
            "1:1",
            "has no 'ApplyServerSideEncryptionByDefault' in the rule of 'ServerSideEncryptionConfiguration'",
        ),
        (
            {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": None}]}},
            "1:1",
            "has no 'ApplyServerSideEncryptionByDefault' in the rule of 'ServerSideEncryptionConfiguration'",
        ),
        (
            {"OwnershipControls": {"Rules": [{"Ownership": "BucketOwnerEnforced"}]}},
            "1:1",
            "has no 'ObjectOwnership' in the rule of 'OwnershipControls'",
        ),
        (
            {"PublicAccessBlockConfiguration": {"BlockPublicACLs": True}},
            "1:37",
            "looks like a public access block, but 'BlockPublicAcls' is written 'BlockPublicACLs': "
            + write({"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
        ),
        (
            {"PublicAccessBlockConfiguration": {"RestrictPublicBucket": True}},
            "1:1",
            "has 'RestrictPublicBucket' in 'PublicAccessBlockConfiguration', which has " + SETTINGS,
        ),
        (
            {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": "no"}},
            "1:1",
            """has "no" in 'RestrictPublicBuckets', which must be true or false""",
        ),
        ({"RestrictPublicBuckets": None}, "1:1", "has null in 'RestrictPublicBuckets', which must be true or false"),
        (
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": "True"}]},
            "1:1",
            """has "True" in 'BucketKeyEnabled', which must be true or false""",
        ),
        (
            {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": 5}}]}},
            "1:1",
            "has 5 in 'KMSMasterKeyID', which must be text",
        ),
        (
            {"CORSRules": [RULE, RULE | {"MaxAgeSeconds": "3000"}]},
            "1:1",
            """has "3000" in 'MaxAgeSeconds', which must be a whole number""",
        ),
        ([RULE | {"MaxAgeSeconds": True}], "1:1", "has true in 'MaxAgeSeconds', which must be a whole number"),
        ([RULE | {"MaxAgeSeconds": 0.5}], "1:1", "has 0.5 in 'MaxAgeSeconds', which must be a whole number"),
        ([RULE | {"ID": 1}], "1:1", "has 1 in 'ID', which must be text"),
        (
            {"KeyMetadata": {"KeyId": "k", "keyState": "Disabled"}},
            "1:32",
            "looks like a key description, but 'KeyState' is written 'keyState': "
            + write({"KeyMetadata": {"KeyId": "k", "KeyState": "Disabled"}}),
        ),
        (
            {"KeyId": "k", "KeyState": "Disabled"},
            "1:1",
            "looks like a key description, but it is the metadata of a key without what stands around it: "
            + write({"KeyMetadata": {"KeyId": "k", "KeyState": "Disabled"}}),
        ),
        ({"CORSRules": None}, "1:1", "has no list of rules in 'CORSRules'"),
    ],
)
def test_a_member_under_another_name_does_not_pass_for_none(document: Any, place: str, told: str, here: Path) -> None:
    (here / "policy.json").write_text(json.dumps(POLICY))
    (here / "x.json").write_text(json.dumps(document))
    line, column = place.split(":")
    found = recognise(json.dumps(document), "x.json")
    assert isinstance(found, UnrecognisedDocument)
    assert found.claims
    assert (found.error.location.line, found.error.location.column, found.error.message) == (int(line), int(column), told)
    assert f"error: x.json:{place}: {told}" in run(".").stderr.splitlines()


def test_what_python_prints_of_a_document_is_named(here: Path) -> None:
    (here / "policy.json").write_text(str(POLICY))
    (here / "cors.json").write_text(str([RULE]))
    (here / "other.json").write_text(str({"Version": "1", "Statement": "of a bank"}))
    assert [line for line in run(".").stderr.splitlines() if "JSON" in line] == [
        "error: cors.json:1:3: looks like a CORS configuration, but is not valid JSON: has text in single quotes here: JSON has double quotes",
        "error: policy.json:1:2: looks like a policy, but is not valid JSON: has text in single quotes here: JSON has double quotes",
    ]


def test_prose_about_cors_in_xml_is_passed_over() -> None:
    assert recognise("<book><![CDATA[<CORSRule>]]></book>", "c.xml") is None


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            '{"KeyMetadata": {"KeyId": "1", "KeyState": "Disabled"}',
            "looks like a key description, but is not valid JSON: expected ',' or '}' here",
        ),
        ('{"KeyMetadata": {"KeyId": "1", "KeyState": 3}}', "has 3 in 'KeyState', which must be text"),
        ('{"KeyMetadata": {"KeyId": "1", "Enabled": "no"}}', "has \"no\" in 'Enabled', which must be true or false"),
    ],
)
def test_a_key_whose_description_is_refused_may_be_of_no_use(here: Path, key: str, message: str) -> None:
    arn = "arn:aws:kms:eu-west-1:111122223333:key/1"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    encryption = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}}
    used = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::258327614892:role/external_s3"},
        "Action": "kms:*",
        "Resource": "*",
    }
    own = {**used, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
    (here / "encryption.json").write_text(json.dumps(encryption))
    (here / "key-policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [own, used]}))

    def report() -> dict[str, Any]:
        said: dict[str, Any] = json.loads(CliRunner().invoke(main, ["check", ".", "--format", "json"]).stdout)
        return said

    def status(said: dict[str, Any]) -> list[str]:
        return [verdict["status"] for verdict in said["verdicts"] if verdict["need"] == "kms:Decrypt"]

    assert status(report()) == ["holds"]
    (here / "key.json").write_text(key)
    assert status(report()) == ["unknown"]
    assert [error["message"] for error in report()["errors"]] == [message]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("OwnershipControls", "ownership controls"),
        ("PublicAccessBlockConfiguration", "a public access block"),
        ("ServerSideEncryptionConfiguration", "a default encryption"),
    ],
)
def test_what_the_command_line_printed_and_is_broken_is_an_error_in_a_directory(here: Path, name: str, what: str) -> None:
    (here / "x.json").write_text(f'{{"{name}": {{')
    result = CliRunner().invoke(main, ["check", ".", "--format", "concise"])
    message = f"looks like {what}, but is not valid JSON: expected a key in quotes here"
    assert result.stderr == f"error: x.json:1:{len(name) + 6}: {message}\n"


@pytest.mark.hostile
def test_what_repeats_is_read_in_one_way() -> None:
    """Each doubled the time for one more repetition."""
    assert not may_be_cors("<!-- one line of a header -->\n" * 99 + "<ClinicalDocument/>")
    assert may_be_cors("<!-- a -->\n" * 99 + "<corsRule/>")
    assert meant("acme.s3" + "-a" * 99) is None
