"""Contracts: the built-in ones, and what is said of broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from auditor import contracts
from auditor.errors import AuditError

HERE = Path(contracts.__file__).parent


@pytest.mark.parametrize("name", contracts.names())
def test_built_in_contracts_fit_the_schema(name: str) -> None:
    schema = json.loads((HERE / "contract.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(contracts.text(name)))


def test_read_write_needs() -> None:
    contract = contracts.load("v7-darwin", {})
    assert [need.id for need in contract.needs] == [
        "s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "cors:GET", "cors:PUT", "ownership",
    ]  # fmt: skip
    assert (contract.principal, contract.account) == ("arn:aws:iam::258327614892:role/external_s3", "258327614892")
    assert contract.needs[5].headers == ("content-type", "x-amz-content-sha256", "x-amz-date")


def test_read_only_needs_and_prefix() -> None:
    contract = contracts.load("v7-darwin", {"access": "read-only", "prefix": "in/"})
    assert [need.id for need in contract.needs] == ["s3:GetObject", "kms:Decrypt", "cors:GET", "ownership"]
    assert [need.prefix for need in contract.needs] == ["in/", "in/", "", ""]


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("v7-darvin", {}, "there is no built-in contract 'v7-darvin'; did you mean 'v7-darwin'? (built in: v7-darwin)"),
        (
            "v7-darwin",
            {"acces": "x"},
            "contract 'v7-darwin' has no parameter 'acces'; did you mean 'access'? (it has: access, origin, prefix, principal)",
        ),
        (
            "v7-darwin",
            {"access": "readonly"},
            "contract 'v7-darwin': 'access' is one of read-write, read-only, not 'readonly'; did you mean 'read-only'?",
        ),
        ("v7-darwin", {"principal": "x"}, "contract 'v7-darwin': 'x' is no value for 'principal' (The ARN of V7's role.)"),
    ],
)
def test_wrong_names_and_parameters(name: str, parameters: dict[str, str], message: str) -> None:
    with pytest.raises(AuditError) as error:
        contracts.load(name, parameters)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: x\ntitle: X\nneeds:\n  - id: s3:GetObject\n    wy: read\n", ":4:5: needs/0: unknown key 'wy'; did you mean 'why'?"),
        ("id: x\ntitle: X\nneeds:\n  - {id: cors:PATCH, why: w}\n", ":4:10: needs/0/id: 'cors:PATCH' does not match"),
        ("id: x\n  title: [\n", ":2:8: the contract is not YAML: mapping values are not allowed in this context"),
        (
            "id: x\ntitle: ${who}\nneeds: [{id: ownership, why: w, prefix: '${who}'}]\n",
            ": ${who} names no parameter of the contract",
        ),
    ],
)
def test_broken_files_name_the_place(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuditError) as error:
        contracts.load(str(path), {})
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))


def test_a_missing_file() -> None:
    with pytest.raises(AuditError, match=r"^nowhere\.yaml: the contract cannot be read: No such file or directory$"):
        contracts.load("nowhere.yaml", {})
