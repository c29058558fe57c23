"""Contracts: the built-in ones, and what is said of broken ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from auditor.contract import load as contracts
from auditor.contract.build import variants
from auditor.contract.kinds import schema
from auditor.foundation.errors import AuditError
from auditor.foundation.text import Texts
from auditor.needs.access import AccessNeed
from auditor.needs.cors import CorsNeed
from auditor.pipeline import Request, audit
from auditor.proofs.grant import GrantNeed


@pytest.mark.whole
@pytest.mark.parametrize("name", contracts.names())
def test_built_in_contracts_fit_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    contract = yaml.safe_load(contracts.text(name))
    jsonschema.Draft202012Validator(schema()).validate(contract)
    # A default is not held against its pattern again when the contract is used.
    patterns = [(one["default"], one.get("pattern", ".*")) for one in contract.get("parameters", {}).values() if one.get("default")]
    assert [default for default, pattern in patterns if not re.fullmatch(pattern, default)] == []


def test_every_value_that_is_lacking_is_told_at_once() -> None:
    with pytest.raises(AuditError) as error:
        contracts.load("snowflake", {"prefix": ""})
    assert str(error.value) == (
        "contract 'snowflake' needs a value for 'external-id' (STORAGE_AWS_EXTERNAL_ID of the storage integration, as DESC INTEGRATION "
        "shows it): --with external-id=…\n"
        "contract 'snowflake' needs a value for 'user' (STORAGE_AWS_IAM_USER_ARN of the storage integration, as DESC INTEGRATION "
        "shows it): --with user=…"
    )


def test_read_write_needs() -> None:
    contract = contracts.load("v7-darwin", {})
    assert [need.id for need in contract.needs] == [
        "s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "cors:GET", "cors:PUT", "ownership",
        "bucket:name", "bucket:no-requester-pays", "bucket:no-archive",
    ]  # fmt: skip
    assert (contract.party.principal, contract.party.account) == ("arn:aws:iam::258327614892:role/external_s3", "258327614892")
    assert contract.needs_of(CorsNeed)[1].headers == ("content-type", "x-amz-content-sha256", "x-amz-date")


def test_read_only_needs_and_prefix() -> None:
    contract = contracts.load("v7-darwin", {"access": "read-only", "prefix": "in/"})
    assert [need.id for need in contract.needs] == [
        "s3:GetObject", "kms:Decrypt", "cors:GET", "ownership", "bucket:name", "bucket:no-requester-pays", "bucket:no-archive",
    ]  # fmt: skip
    assert [need.prefix for need in contract.needs_of(GrantNeed)] == ["in/", "in/"]


def test_slides_of_several_files_make_v7_list_the_bucket() -> None:
    contract = contracts.load("v7-darwin", {"mirax": "yes", "prefix": "slides/"})
    assert [need.lists for need in contract.needs_of(AccessNeed)] == [None, None, "slides/*"]


@pytest.mark.parametrize(
    ("name", "needs", "policy"),
    [
        (
            "segments-ai",
            ["s3:GetObject", "kms:Decrypt", "cors:GET", "ownership"],
            {"Principal": {"AWS": "arn:aws:iam::931508227573:user/segmentsai-prod-user"}, "Action": "s3:GetObject"},
        ),
        (
            "segment",
            ["s3:PutObject", "kms:GenerateDataKey"],
            {"Principal": {"AWS": "arn:aws:iam::107630771604:user/s3-copy"}, "Action": "s3:PutObject"},
        ),
    ],
)
def test_what_other_platforms_ask_for_satisfies_their_contracts(
    name: str, needs: list[str], policy: dict[str, object], tmp_path: Path
) -> None:
    """The configuration that the platform's page gives, as a folder of documents."""
    contract = contracts.load(name, {})
    assert [need.id for need in contract.needs] == needs
    documents = {
        "policy.json": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Resource": f"arn:aws:s3:::acme/{contract.parameters['prefix']}*", **policy}],
        },
        "encryption.json": {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
            }
        },
        "ownership.json": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        "cors.json": {
            "CORSRules": [
                {
                    "AllowedHeaders": ["*"],
                    "AllowedMethods": ["GET"],
                    "AllowedOrigins": ["https://*.segments.ai"],
                    "ExposeHeaders": [],
                }
            ]
        },
        "block.json": {
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            )
        },
    }
    for file, document in documents.items():
        (tmp_path / file).write_text(json.dumps(document), encoding="utf-8")
    report = audit(Request(paths=(str(tmp_path),), contracts=(contract,)), Texts())
    assert {verdict.need.id: verdict.status.value for verdict in report.verdicts} == {
        need: "not-applicable" if need.startswith("kms:") else "holds" for need in needs
    }


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        (
            "v7-darvin",
            {},
            "there is no contract 'v7-darvin'; did you mean 'v7-darwin'?",
        ),
        ("zzz", {}, "there is no contract 'zzz'; 'auditor contracts' lists them"),
        (
            "v7-darwin",
            {"acces": "x"},
            "contract 'v7-darwin' has no parameter 'acces'; did you mean 'access'? (it has: access, origin, mirax, prefix, principal)",
        ),
        (
            "v7-darwin",
            {"access": "readonly"},
            "contract 'v7-darwin': 'access' is one of read-write, read-only, not 'readonly'; did you mean 'read-only'?",
        ),
        (
            "v7-darwin",
            {"principal": "a role"},
            "contract 'v7-darwin': 'a role' is not a valid value for 'principal' (The ARN of V7's role, or the address of a role in the same code.)",
        ),
    ],
)
def test_wrong_names_and_parameters(name: str, parameters: dict[str, str], message: str) -> None:
    with pytest.raises(AuditError) as error:
        contracts.load(name, parameters)
    assert str(error.value) == message


KEYS = "known keys: id, title, description, parameters, principal, principals, origin, needs, assumptions"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id: x\ntitle: X\nneeds:\n  - id: s3:GetObject\n    wy: read\n",
            "4:5: needs/0: the key 'why' is missing\n{path}:5:5: needs/0: unknown key 'wy'; did you mean 'why'?",
        ),
        (
            "id: x\ntitle: X\nneeds:\n  - {{id: ownersip, why: w}}\n",
            (
                "4:10: needs/0/id: 'ownersip' is not of the form s3:GetObject, bucket:no-archive, bucket:encryption, bucket:name, bucket:region, "
                "bucket:no-retention, bucket:no-requester-pays, bucket:versioning, bucket:acceleration, cors:GET, kms:Decrypt, "
                "kms:GenerateDataKey, ownership, sts:AssumeRole, sts:TagSession; "
                "did you mean 'ownership'?"
            ),
        ),
        ("id: x\n  title: [\n", "2:8: the contract is not YAML: mapping values are not allowed in this context"),
        ("id: x\n\ttitle: y\n", "2:1: the contract is not YAML: found a tab character that violates indentation"),
        ("&a [*a]\n", "1:1: the contract is not YAML: found unconstructable recursive node"),
        ("", "1:1: the contract: must be a mapping"),
        ("- a\n", "1:1: the contract: must be a mapping"),
        ("1: 2\n", f"1:1: the contract: the key 'id' is missing\n{{path}}:1:1: the contract: unknown key '1'; {KEYS}"),
        ("id: x\nid: y\n", "1:1: the contract: the key 'title' is missing\n{path}:2:1: the key 'id' stands here twice"),
        ("id: x\ntitle: X\nneeds: []\n", "3:8: needs: must not be empty"),
        (
            "id: x\ntitle: X\nneeds: 5\nfoo: 1\n",
            f"3:8: needs: must be a list\n{{path}}:4:1: the contract: unknown key 'foo'; {KEYS}",
        ),
        ("id: x y\ntitle: X\nneeds: [{{id: ownership, why: w}}]\n", "1:5: id: 'x y' does not match ^[a-z0-9]+(-[a-z0-9]+)*$"),
        (
            "id: x\ntitle: X\nparameters: {{a: {{description: d, pattern: '['}}}}\nneeds: [{{id: ownership, why: w}}]\n",
            "3:43: parameters/a/pattern: '[' is not a valid regular expression",
        ),
        (
            "id: x\ntitle: X\nneeds: [{{id: ownership, why: w, sources: [{{url: x, confidence: sure}}]}}]\n",
            "3:64: needs/0/sources/0/confidence: 'sure' is none of documented, derived, remembered",
        ),
        (
            "id: x\ntitle: ${{who}}\nneeds: [{{id: s3:GetObject, why: w, prefix: '${{who}}'}}]\n",
            (
                "3:44: ${{who}} names no parameter of the contract\n"
                "{path}:1:1: the principal is missing, and the contract has needs that policies must grant it"
            ),
        ),
        (
            "id: x\ntitle: X\nneeds: [{{id: ownership, why: w, prefix: in/}}, {{id: s3:GetObject, why: w, headers: [a]}}]\n",
            (
                "3:33: needs/0: unknown key 'prefix'; known keys: id, why, when, sources, acls\n"
                "{path}:3:74: needs/1: unknown key 'headers'; known keys: id, why, when, sources, prefix, by, lists, sends"
            ),
        ),
        (
            "id: x\ntitle: X\nneeds: [{{id: ownership, why: w, when: {{access: [x]}}}}, {{id: ownership, why: w}}]\n",
            "3:48: 'access' names no parameter of the contract",
        ),
        (
            "id: x\ntitle: X\nneeds: [{{id: s3:GetObject, why: w}}]\n",
            "1:1: the principal is missing, and the contract has needs that policies must grant it",
        ),
        (
            "id: x\ntitle: X\nprincipal: {{arn: 'arn:aws:s3:::me'}}\nneeds: [{{id: kms:Decrypt, why: w}}]\n",
            "3:18: 'arn:aws:s3:::me' is not the ARN of a role or user, an account, a service or the address of a role or user, and the contract has needs that policies must grant it",
        ),
        (
            "id: x\ntitle: X\nprincipal: {{arn: logs.example.com}}\nneeds: [{{id: s3:GetObject, why: w}}]\n",
            "3:18: 'logs.example.com' is not a service, whose name ends in .amazonaws.com, or the address of a role or user, and the contract has needs that policies must grant it",
        ),
        (
            "id: x\ntitle: X\norigin: {{url: 'https://x.y/'}}\nneeds: [{{id: cors:GET, why: w}}]\n",
            "3:15: 'https://x.y/' is not a valid origin (https://host, nothing after it), and the contract has needs of cors",
        ),
        ("id: x\ntitle: X\nneeds: [{{id: cors:GET, why: w}}]\n", "1:1: the origin is missing, and the contract has needs of cors"),
        (
            (
                "id: x\ntitle: X\nprincipal: {{arn: 'arn:aws:iam::123456789012:role/x'}}\n"
                "needs: [{{id: s3:GetObjct, why: w}}, {{id: s3:CreateAccessPoint, why: w}}, {{id: ownership, why: w}}, {{id: ownership, why: w}}]\n"
            ),
            (
                "4:14: there is no action 's3:GetObjct'; did you mean 's3:GetObject'?\n"
                "{path}:4:41: 's3:CreateAccessPoint' is not an action on objects, on buckets or on the account\n{path}:4:102: 'ownership' is needed twice"
            ),
        ),
    ],
)
def test_broken_files_name_the_place(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text.format(), encoding="utf-8")
    with pytest.raises(AuditError) as error:
        contracts.load(str(path), {})
    assert str(error.value) == f"{path}:{message.format(path=path)}"
    assert [str(problem) for problem in error.value.problems] == str(error.value).split("\n")


def test_every_value_is_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("id: 2024-01-01\ntitle: on\nneeds: [{id: ownership, why: 1}]\n", encoding="utf-8")
    contract = contracts.load(str(path), {})
    assert (contract.id, contract.title, contract.needs[0].why) == ("2024-01-01", "on", "1")


def test_a_missing_file() -> None:
    with pytest.raises(AuditError, match=r"^nowhere\.yaml:1:1: the contract cannot be read: No such file or directory$"):
        contracts.load("nowhere.yaml", {})


OWNERSHIP = "id: {0}\ntitle: T\nparameters: {{{0}: {{description: d, default: x}}}}\nneeds: [{{id: ownership, why: w}}]\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(OWNERSHIP.format(name), encoding="utf-8")
    return str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")


def test_each_of_several_contracts_is_given_its_own_parameters(pair: tuple[str, str]) -> None:
    loaded, problems = contracts.load_all(pair, {"a": "1"})
    assert [dict(contract.parameters) for contract in loaded] == [{"a": "1"}, {"b": "x"}]
    assert problems == ()
    with pytest.raises(AuditError, match=r"^contracts 'a' and 'b' have no parameter 'c'"):
        contracts.load_all(pair, {"c": "1"})


def test_one_broken_contract_of_several_is_a_problem_and_the_others_are_used(pair: tuple[str, str]) -> None:
    Path(pair[1]).write_text("id: b\n", encoding="utf-8")
    loaded, problems = contracts.load_all(pair, {})
    assert [contract.id for contract in loaded] == ["a"]
    assert [problem.message for problem in problems] == ["the contract: the key 'title' is missing"]


@pytest.mark.parametrize("digits", ["1234567890123456789", "\u0663"])
def test_a_number_has_at_most_eighteen_digits(tmp_path: Path, digits: str) -> None:
    text = 'id: a\ntitle: T\nparameters: {n: {description: d}}\nneeds: [{id: "bucket:name", why: w, max-length: "${n}"}]\n'
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(AuditError) as error:
        contracts.load(str(tmp_path / "a.yaml"), {"n": digits})
    assert [problem.message for problem in error.value.problems] == [f"'{digits}' is not a whole number of at most 18 digits"]


def test_two_contracts_with_one_id(pair: tuple[str, str]) -> None:
    Path(pair[1]).write_text(OWNERSHIP.format("a"), encoding="utf-8")
    with pytest.raises(AuditError, match=r"^two contracts have the id 'a'$"):
        contracts.load_all(pair, {})


UNGIVEN = """\
id: mine
title: Mine
parameters:
  mode: {{description: how, choices: [fast, slow]}}
  principal: {{description: who}}
principal: {{arn: "${{principal}}"}}
needs:
  - {{id: "{0}", why: It does., prefix: "${{mode}}/"}}
  - {{id: "bucket:name", why: It must., starts-with: "${{mode}}"}}
"""


def test_what_is_wrong_with_any_value_is_told_before_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(UNGIVEN.format("s3:GetObjects"), encoding="utf-8")
    with pytest.raises(AuditError) as error:
        tuple(variants(contracts.read(str(tmp_path / "wrong.yaml")), strict=True))
    assert [problem.message for problem in error.value.problems] == [
        "there is no action 's3:GetObjects'; did you mean 's3:GetObject'?"
    ]


def test_what_a_value_may_make_right_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text(UNGIVEN.format("s3:GetObject"), encoding="utf-8")
    assert [contract.id for contract in variants(contracts.read(str(tmp_path / "right.yaml")), strict=True)] == ["mine"]
