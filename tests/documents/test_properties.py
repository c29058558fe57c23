"""Whatever a document holds: a model or located errors, and an audit that does not break down."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.contract.load import load
from auditor.foundation.json_text import parse_json, source_map
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import Known, MapValue
from auditor.inputs import Inputs
from auditor.link import link
from auditor.pipeline import prove
from auditor.rule import Subject, all_rules
from auditor.sources.documents import read_documents
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import COMMANDS
from auditor.verdict import Status
from auditor.writing import Writing

pytestmark = pytest.mark.property

WORDS = [
    "Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    "AWS", "Policy", "PolicyName", "CORSRules", "CORSConfiguration", "AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders",
    "MaxAgeSeconds", "OwnershipControls", "Rules", "ObjectOwnership", "ServerSideEncryptionConfiguration", "SSEAlgorithm", "KMSMasterKeyID",
    "ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "PublicAccessBlockConfiguration", "RestrictPublicBuckets", "Owner", "Grants",
    "ID", "Grantee", "Permission", "LocationConstraint", "KeyMetadata", "KeyId", "Arn", "KeyManager", "KeyState", "Aliases", "AliasName",
    "TargetKeyId", "origin", "method",
]  # fmt: skip
TEXTS = [
    "2012-10-17", "Allow", "Deny", "*", "s3:*", "s3:GetObject", "kms:Decrypt", "arn:aws:s3:::acme/*", "arn:aws:s3:::${bucket}", "arn:aws:s3:::",
    "arn:aws:iam::258327614892:role/external_s3", "GET", "PUT", "https://darwin.v7labs.com", "BucketOwnerEnforced", "ObjectWriter", "aws:kms",
    "AES256", "alias/aws/s3", "alias/x", "arn:aws:kms:eu-west-1:111122223333:key/k", "k", "AWS", "Disabled", "EU", "{{ x }}", '\u00fc\n"\U0001f680',
]  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(TEXTS)
values = st.recursive(
    scalars | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)
statements = st.fixed_dictionaries(
    {},
    optional={
        "Effect": st.sampled_from(["Allow", "Deny"]) | scalars,
        "Principal": values,
        "Action": st.sampled_from(TEXTS) | values,
        "Resource": st.sampled_from(TEXTS) | values,
        "Condition": values,
    },
)
policies = st.fixed_dictionaries({"Statement": statements | st.lists(statements, max_size=3) | values})
documents = st.one_of(
    values,
    policies,
    policies.map(lambda policy: {"Policy": json.dumps(policy, indent=2)}),
    st.lists(st.dictionaries(st.sampled_from(["AllowedOrigins", "AllowedMethods", "AllowedHeaders"]), values), max_size=2),
    values.map(lambda rule: {"OwnershipControls": {"Rules": [{"ObjectOwnership": rule}]}}),
    st.dictionaries(st.sampled_from(["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"]), values).map(
        lambda rule: {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    ),
    st.fixed_dictionaries({"SSEAlgorithm": st.just("aws:kms"), "KMSMasterKeyID": scalars}).map(
        lambda default: {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    ),
    st.dictionaries(st.sampled_from(["KeyId", "Arn", "KeyManager", "KeyState"]), scalars).map(
        lambda one: {"KeyMetadata": {"KeyId": "k"} | one}
    ),
    st.lists(st.fixed_dictionaries({"AliasName": scalars, "TargetKeyId": scalars}), min_size=1, max_size=2).map(
        lambda one: {"Aliases": one}
    ),
    st.fixed_dictionaries({"Owner": values, "Grants": st.lists(values, max_size=2)}),
    st.fixed_dictionaries({"LocationConstraint": values}),
    st.fixed_dictionaries({"PublicAccessBlockConfiguration": values}),
)
texts = st.one_of(
    documents.map(json.dumps),
    st.tuples(documents.map(json.dumps), st.integers(0, 200)).map(lambda drawn: drawn[0][: drawn[1]] + drawn[0][drawn[1] + 1 :]),
    st.text(max_size=30),
)


@given(st.lists(texts, min_size=1, max_size=4))
def test_any_text_gives_a_model_or_located_errors(given_texts: list[str]) -> None:
    names = [f"{number}.json" for number in range(len(given_texts))]
    held = Texts({name: text.encode("utf-8", "surrogatepass") for name, text in zip(names, given_texts, strict=True)})
    roots = list(read_documents(dict.fromkeys(names, True), SourceOptions(), held, COMMANDS))
    for root in roots:
        for error in root.errors:
            assert error.location.path in names
            text = given_texts[names.index(error.location.path)]
            assert error.location.line <= text.count("\n") + 1


@given(st.lists(documents, min_size=1, max_size=4))
def test_proofs_and_rules_take_any_documents(given_documents: list[Any]) -> None:
    names = [f"{number}.json" for number in range(len(given_documents))]
    held = Texts({name: json.dumps(one).encode() for name, one in zip(names, given_documents, strict=True)})
    contract = load("v7-darwin", {})
    for bucket in link(tuple(read_documents(dict.fromkeys(names, True), SourceOptions(), held, COMMANDS))):
        verdicts = tuple(prove(bucket, need, contract) for need in contract.needs)
        subject = Subject(contract, bucket, verdicts)
        for rule in all_rules():
            for finding in rule.findings(subject, Writing(Inputs((), (), (), ()), SourceOptions(), Texts()).patches):
                assert finding.location.path in names


@given(st.dictionaries(st.text(max_size=6), st.text(max_size=12), max_size=4), st.booleans())
def test_every_text_of_a_policy_in_a_string_is_found_where_it_is_written(entries: dict[str, str], escaped: bool) -> None:
    inner = json.dumps(entries, ensure_ascii=escaped)
    text = json.dumps({"Policy": inner}, ensure_ascii=escaped)
    raw = json.dumps(inner, ensure_ascii=escaped)
    place = Location("p.json", 1, text.index(raw) + 1, 1, text.index(raw) + 1 + len(raw))
    found, errors = parse_json(Known(inner, place, None, source_map(text, place)), place)
    assert errors == ()
    assert isinstance(found, MapValue)
    for key, value in entries.items():
        region = found.entries[key].location
        assert region is not None
        # From the quote of the first \" to that of the last.
        written = "\\" + text[region.column - 1 : region.end_column - 1]
        assert json.loads(f'"{written}"') == json.dumps(value, ensure_ascii=escaped)


# A policy with placeholders, and what they may stand for.
MEANT = {
    "bucket": ["acme", "acme-eu", "a.b"],
    "role": ["arn:aws:iam::258327614892:role/external_s3", "arn:aws:iam::111122223333:root", "*", "258327614892"],
    "prefix": ["in", "", "*", "in/a?", "x"],
    "effect": ["Allow", "Deny"],
    "action": ["s3:GetObject", "s3:*", "s3:PutObject", "s3:List*"],
    "flag": ["true", "false"],
    "origin": ["https://darwin.v7labs.com", "https://example.com", "*", "https://*.v7labs.com"],
}  # fmt: skip
open_statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny", "${effect}"]),
        "Principal": st.sampled_from(["*", {"AWS": MEANT["role"][0]}, {"AWS": "${role}"}, {"AWS": [MEANT["role"][1], "${role}"]}]),
        "Action": st.sampled_from([["s3:GetObject", "s3:PutObject"], "${action}", ["s3:GetObject", "${action}"]]),
        "Resource": st.sampled_from(
            ["arn:aws:s3:::${bucket}/*", "arn:aws:s3:::${bucket}/${prefix}*", "arn:aws:s3:::${bucket}/in/*"]
        ),
    },
    optional={"Condition": st.just({"Bool": {"aws:SecureTransport": "${flag}"}})},
)


@given(
    st.lists(open_statements, min_size=1, max_size=3),
    st.lists(st.sampled_from(["${origin}", *MEANT["origin"]]), min_size=1, max_size=2),
    st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in MEANT.items()}),
)
def test_filling_in_a_placeholder_never_flips_what_is_decided(
    open_policy: list[Any], origins: list[str], meant: dict[str, str]
) -> None:
    cors = [{"AllowedOrigins": origins, "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}]
    texts = [json.dumps({"Version": "2012-10-17", "Statement": open_policy}), json.dumps(cors)]
    contract = load("v7-darwin", {})
    statuses = []
    for filled in (texts, [re.sub(r"\$\{(\w+)\}", lambda name: meant[name[1]], text) for text in texts]):
        held = Texts({f"{number}.json": text.encode() for number, text in enumerate(filled)})
        (bucket,) = link(tuple(read_documents({"0.json": True, "1.json": True}, SourceOptions(), held, COMMANDS)))
        statuses.append([prove(bucket, need, contract).status for need in contract.needs])
    before, after = statuses
    assert [(one, other) for one, other in zip(before, after, strict=True) if one is not Status.UNKNOWN and one is not other] == []
