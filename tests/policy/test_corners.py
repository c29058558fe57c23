"""Laws aimed at corners that random policies hardly reach: each was once decided wrongly."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.foundation.cases import Choices
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Choice, Domain, Known, ListValue, MapValue, Symbol, Template, Text, Truth, Value
from auditor.policy import (
    ABSENT,
    EVERY,
    UNKNOWN,
    Answer,
    Caller,
    CallerKind,
    ContextValue,
    Environment,
    Question,
    date_text,
    decide,
    parse_policy,
)
from auditor.policy.evaluation.alphabet import Alphabet
from auditor.policy.evaluation.match import match_atom
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.services.public import is_public, public_statements
from tests.policy.case_engine import value_of_case

HERE = Location("policy.json")
OWNER, OUTSIDE = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{OUTSIDE}:role/Platform"
CALLER = Caller(Known(ROLE), Known(OUTSIDE), "job")
OBJECT, KEY = Known("arn:aws:s3:::b/x"), Known(f"arn:aws:kms:eu-west-1:{OWNER}:key/k")
Tests = list[tuple[str, str, dict[str, dict[str, Any]]]]
"""Statements: their effect, their action, their conditions."""


def answer(
    statements: Tests, context: dict[str, ContextValue], action: str = "s3:GetObject", resource: Text = OBJECT, **asked: Any
) -> Answer:
    documents = [
        {"Effect": effect, "Principal": {"AWS": ROLE}, "Action": actions, "Resource": "*", "Condition": conditions}
        for effect, actions, conditions in statements
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
    environment = Environment(resource_policy=policy, resource_account=Known(OWNER))
    question = Question(CALLER, action, resource, None, context, ABSENT)
    return decide(environment, replace(question, **asked)).answer


def summary(answers: Iterable[Answer]) -> Answer:
    """What holds of all: the one answer, or undecided."""
    found = set(answers)
    return found.pop() if len(found) == 1 else Answer.UNDECIDED


def statements(conditions: st.SearchStrategy[dict[str, dict[str, Any]]]) -> st.SearchStrategy[Tests]:
    return st.lists(st.tuples(st.sampled_from(["Allow", "Allow", "Deny"]), st.just("*"), conditions), min_size=1, max_size=3)


def conditions(key: str, operators: Iterable[str], values: Iterable[str], most: int = 2) -> st.SearchStrategy[Any]:
    """Condition blocks of one or two tests of one key."""
    written = st.lists(st.sampled_from(list(values)), min_size=1, max_size=most, unique=True)
    return st.dictionaries(st.sampled_from(list(operators)), written.map(lambda texts: {key: texts}), min_size=1, max_size=2)


TEXTS = ["".join(letters) for size in range(3) for letters in itertools.product("aAbBz*?", repeat=size)]
STRINGS = [f"String{name}" for name in ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase")]


@given(statements(conditions("aws:PrincipalTag/t", STRINGS, ["ab", "AB", "aB", "a*", "?b", "B"])))
def test_an_unknown_text_is_every_text_in_every_case(documents: Tests) -> None:
    each = (answer(documents, {"aws:PrincipalTag/t": Known(text)}) for text in TEXTS)
    missing = answer(documents, {"aws:PrincipalTag/t": ABSENT})
    assert answer(documents, {"aws:PrincipalTag/t": UNKNOWN}) is summary((missing, *each))


SETS = [f"{quantifier}:{operator}" for quantifier in ("ForAllValues", "ForAnyValue") for operator in STRINGS[:4]]
PATHS = ["a", "b", "c", "d", "e", "f", "g", "a*"]
CHOSEN = [chosen for size in (1, 2) for chosen in itertools.combinations([*"abcdefg", "z"], size)]


@given(statements(conditions("aws:PrincipalOrgPaths", SETS, PATHS, most=7)))
def test_an_unknown_set_is_no_more_decided_than_every_set(documents: Tests) -> None:
    found = answer(documents, {"aws:PrincipalOrgPaths": UNKNOWN})
    each = {answer(documents, {"aws:PrincipalOrgPaths": tuple(map(Known, chosen))}) for chosen in CHOSEN}
    each.add(answer(documents, {"aws:PrincipalOrgPaths": ABSENT}))
    assert found is Answer.UNDECIDED or each == {found}


@pytest.mark.parametrize("size", [4, 5, 7])
def test_all_and_some_values_are_questions_of_their_own(size: int) -> None:
    listed = list("abcdefg"[:size])
    allows: Tests = [
        ("Allow", "*", {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": listed}}),
        ("Allow", "*", {"ForAllValues:StringNotEquals": {"aws:PrincipalOrgPaths": listed}}),
    ]
    denies: Tests = [
        ("Allow", "*", {}),
        (
            "Deny",
            "*",
            {
                "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": listed},
                "ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": listed},
            },
        ),
    ]
    assert answer(allows, {"aws:PrincipalOrgPaths": UNKNOWN}) is Answer.UNDECIDED
    assert answer(denies, {"aws:PrincipalOrgPaths": UNKNOWN}) is Answer.UNDECIDED


def test_a_plain_operator_on_a_key_with_several_values_is_not_documented() -> None:
    for operator in ("StringLike", "StringNotLike"):
        documents: Tests = [("Allow", "*", {}), ("Deny", "*", {operator: {"aws:PrincipalOrgPaths": "o-x/*"}})]
        assert answer(documents, {"aws:PrincipalOrgPaths": (Known("o-x/r/"),)}) is Answer.UNDECIDED


FOREIGN_KEYS = ["s3:TlsVersion", "s3:signatureversion", "s3:authType", "s3:ResourceAccount", "s3:prefix", "sts:ExternalId"]
OPERATORS = ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringLike", "Null"]


@given(
    st.sampled_from(FOREIGN_KEYS),
    st.lists(
        st.tuples(st.sampled_from(["Allow", "Deny"]), st.sampled_from(OPERATORS), st.sampled_from(["1.2", "true", "*"])).filter(
            lambda test: test[1] != "Null" or test[2] == "true"
        ),
        min_size=1,
    ),
)  # fmt: skip
def test_a_request_to_kms_has_no_key_of_another_service(key: str, tests: list[tuple[str, str, str]]) -> None:
    documents: Tests = [(effect, "kms:*", {operator: {key: value}}) for effect, operator, value in tests]
    found = answer(documents, {}, "kms:Decrypt", KEY, unlisted=None)
    assert found is answer(documents, {key: ABSENT}, "kms:Decrypt", KEY, unlisted=None)
    assert found is not Answer.UNDECIDED


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:PutObject", "s3:ExistingObjectTag/team"),
        ("s3:GetObject", "s3:x-amz-acl"),
        ("s3:GetObject", "s3:x-amz-server-side-encryption"),
        ("s3:GetObject", "s3:prefix"),
        ("kms:Decrypt", "kms:GrantIsForAWSResource"),
        ("s3:GetObject", "aws:RequestTag/team"),
        ("kms:Decrypt", "aws:RequestTag/team"),
    ],
)
def test_a_key_that_the_action_does_not_have_is_missing(action: str, key: str) -> None:
    resource = KEY if action.startswith("kms:") else OBJECT
    allows: Tests = [("Allow", "*", {"StringLike": {key: "*"}})]
    denies: Tests = [("Allow", "*", {}), ("Deny", "*", {"StringNotLike": {key: "*"}})]
    assert answer(allows, {}, action, resource, unlisted=None) is Answer.DENIED
    assert answer(denies, {}, action, resource, unlisted=None) is Answer.DENIED


def test_a_request_for_an_object_passes_no_tag_keys() -> None:
    every: Tests = [("Allow", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}})]
    some: Tests = [("Allow", "*", {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}})]
    assert answer(every, {}, unlisted=None) is Answer.ALLOWED
    assert answer(some, {}, unlisted=None) is Answer.DENIED
    assert answer(some, {}, "s3:CreateBucket", unlisted=None) is Answer.UNDECIDED


def test_the_account_of_the_resource_is_its_owner() -> None:
    documents: Tests = [("Allow", "*", {"StringEquals": {"aws:ResourceAccount": OUTSIDE}})]
    assert answer(documents, {}, unlisted=None) is Answer.DENIED
    mine: Tests = [("Allow", "*", {"StringEquals": {"aws:ResourceAccount": OWNER}})]
    assert answer(mine, {}, unlisted=None) is Answer.ALLOWED


NAME = Symbol("var.name", "var.name has no default")
NAMES = ["acme", "acme-data", "x"]
CONTEXTS = ["arn:aws:s3:::{{unresolved:var.name}}/*", "arn:aws:s3:::{{unresolved:var.name}}/in/*", "arn:aws:s3:::acme/*",
            "arn:aws:s3:::acme-data/in/*", "arn:aws:s3:::acme*/*", "arn:aws:s3:::acme*", "*/in/*", "arn:aws:s3:::x/in/?"]  # fmt: skip
ARN_KEY = "kms:EncryptionContext:aws:s3:arn"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Allow", "Deny"]),
            st.just("*"),
            conditions(ARN_KEY, ["StringLike", "StringNotLike", "ArnLike"], CONTEXTS),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_encryption_context_of_a_bucket_whose_name_is_open(documents: Tests) -> None:
    def asked(documents: Tests, prefix: Text) -> Answer:
        return answer(documents, {ARN_KEY: EVERY(prefix, "?*")}, "kms:Decrypt", KEY)

    found = asked(documents, Template(("arn:aws:s3:::", NAME, "/")))
    named = {asked(_named(documents, name), Known(f"arn:aws:s3:::{name}/")) for name in NAMES}
    assert found is Answer.UNDECIDED or named == {found}


def _named(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value.replace("{{unresolved:var.name}}", name)
    if isinstance(value, dict):
        return {key: _named(entry, name) for key, entry in value.items()}
    return type(value)(_named(entry, name) for entry in value)


def test_the_context_of_the_bucket_itself_is_that_of_its_objects() -> None:
    documents: Tests = [("Allow", "*", {"StringLike": {ARN_KEY: "arn:aws:s3:::{{unresolved:var.name}}/*"}})]
    prefix = Template(("arn:aws:s3:::", NAME, "/"))
    assert answer(documents, {ARN_KEY: EVERY(prefix, "?*")}, "kms:Decrypt", KEY) is Answer.ALLOWED


DATES = ["2020-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-06-01T00:00:00Z", "1830297600"]
RELATIONS = [f"Date{name}" for name in ("LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals", "Equals", "NotEquals")]
NOW = 1_790_000_000.0
LATER = [NOW, *(NOW + days * 86_400 for days in range(30, 900, 30))]


@given(statements(conditions("aws:CurrentTime", RELATIONS, DATES, most=1)))
def test_what_holds_now_holds_until_it_expires(documents: Tests) -> None:
    asked = [
        {"Effect": effect, "Principal": {"AWS": ROLE}, "Action": actions, "Resource": "*", "Condition": conditions}
        for effect, actions, conditions in documents
    ]
    environment = Environment(
        resource_policy=parse_policy(value_of_case({"Version": "2012-10-17", "Statement": asked}), HERE), resource_account=Known(OWNER)
    )  # fmt: skip
    question = Question(CALLER, "s3:GetObject", OBJECT, now=NOW)
    found = decide(environment, question)
    at = {
        moment: answer(documents, {"aws:CurrentTime": Known(date_text(moment)), "aws:EpochTime": Known(str(int(moment)))})
        for moment in LATER
    }
    assert found.answer is at[NOW]
    if found.answer is Answer.ALLOWED:
        assert all(at[moment] is Answer.ALLOWED for moment in LATER if found.expires is None or moment < found.expires)
        if found.expires is not None:
            moment = Known(date_text(found.expires))
            assert answer(documents, {"aws:CurrentTime": moment, "aws:EpochTime": Known(str(int(found.expires)))}) is Answer.DENIED


def test_dates_are_shown_as_dates() -> None:
    documents = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ROLE},
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": {"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}},
        }
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
    found = decide(Environment(resource_policy=policy, resource_account=Known(OWNER)), Question(CALLER, "s3:GetObject", OBJECT))
    assert (found.depends_on[0].turn.holds_if, found.depends_on[0].turn.fails_if) == (
        "aws:TokenIssueTime is 2026-01-01T00:00:01Z",
        "aws:TokenIssueTime is 2025-12-31T23:59:59Z",
    )


def test_no_key_is_longer_than_a_key_can_be() -> None:
    far = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::b/{'a' * 1025}*"}
    near = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::b/{'a' * 1024}*"}
    grant = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
    answers = []
    for deny in (far, near):
        policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": [grant, deny]}), HERE)
        environment = Environment(resource_policy=policy, resource_account=Known(OWNER))
        answers.append(decide(environment, Question(CALLER, "s3:GetObject", Known("arn:aws:s3:::b/"), "?*")).answer)
    assert answers == [Answer.ALLOWED, Answer.DENIED]


@given(st.lists(st.sampled_from(["role/x", "role/{{unresolved:var.s}}", "role/x{{unresolved:var.s}}", "root"]), min_size=1, max_size=2),
       st.booleans())  # fmt: skip
def test_part_of_a_principal_is_never_everyone(names: list[str], restricted: bool) -> None:
    named = [f"arn:aws:iam::{OWNER}:{name}" for name in names]
    documents = [
        {"Effect": "Allow", "Principal": {"AWS": [ROLE, *named]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": documents}), HERE)
    environment = Environment(resource_policy=policy, resource_account=Known(OWNER), restrict_public_buckets=Known(restricted))
    assert decide(environment, Question(CALLER, "s3:GetObject", OBJECT)).answer is Answer.ALLOWED


def test_a_statement_for_others_asks_nothing_of_the_request() -> None:
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::b/*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    grant = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": [grant, delivery]}), HERE)
    environment = Environment(resource_policy=policy, resource_account=Known(OWNER), object_ownership=Known("BucketOwnerEnforced"))
    assert decide(environment, Question(CALLER, "s3:PutObject", OBJECT)).answer is Answer.ALLOWED


def test_a_pattern_is_shown_with_what_is_unknown_in_it_in_brackets() -> None:
    account, alphabet = Symbol("the account", "", domain=Domain.ACCOUNT), Alphabet()
    role = alphabet.text(Template(("arn:aws:iam::", account, ":role/app")))
    tokens = alphabet.tokens(("arn:aws:iam::", account, ":role/", NAME), wild=True)
    (yes, no) = match_atom(tokens, role, alphabet, "equals").labels
    assert (yes, no) == ("var.name is app", "var.name is something else")
    tokens = alphabet.tokens(("arn:aws:iam::", account, ":role/", NAME, "*"), wild=True)
    (yes, no) = match_atom(tokens, role, alphabet, "like").labels
    assert yes == "var.name makes 'arn:aws:iam::<the account>:role/<var.name>*' match arn:aws:iam::<the account>:role/app"
    assert no == yes.replace("makes", "does not make")


@pytest.mark.parametrize(
    ("keys", "resource", "allowed_if"),
    [
        ("?*", "{{unresolved:v}}", "v matches objects such as arn:aws:s3:::b/x"),
        ("?*", "arn:aws:s3:::b/{{unresolved:v}}", "v makes 'arn:aws:s3:::b/<v>' match objects such as arn:aws:s3:::b/x"),
        (None, "{{unresolved:v}}", "v is arn:aws:s3:::b/"),
        (None, "arn:aws:s3:::{{unresolved:v}}/", "v is b"),
    ],
)
def test_what_one_key_of_many_depends_on_is_told_of_all(keys: str | None, resource: str, allowed_if: str) -> None:
    grant = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": resource}
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": [grant]}), HERE)
    environment = Environment(resource_policy=policy, resource_account=Known(OWNER), object_ownership=Known("BucketOwnerEnforced"))
    (one,) = decide(environment, Question(CALLER, "s3:GetObject", Known("arn:aws:s3:::b/"), keys)).depends_on
    assert one.turn.holds_if == allowed_if


@pytest.mark.parametrize("operator", ["Bool", "BoolIfExists", "ForAllValues:Bool", "ForAnyValue:Bool"])
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_boolean_that_is_neither_true_nor_false_is_not_documented(effect: str, operator: str) -> None:
    everything: Tests = [] if effect == "Allow" else [("Allow", "s3:*", {})]
    for value in ("yes", "1", ""):
        assert (
            answer([*everything, (effect, "s3:*", {operator: {"aws:SecureTransport": value}})], {}, unlisted=None)
            is Answer.UNDECIDED
        )
    met, unmet = (Answer.ALLOWED, Answer.DENIED) if effect == "Allow" else (Answer.DENIED, Answer.ALLOWED)
    assert answer([*everything, (effect, "s3:*", {operator: {"aws:SecureTransport": "True"}})], {}, unlisted=None) is met
    assert answer([*everything, (effect, "s3:*", {operator: {"aws:SecureTransport": "FALSE"}})], {}, unlisted=None) is unmet


@pytest.mark.parametrize("key", ["aws:PrincipalType", "aws:userid"])
def test_what_a_service_is_called_as_a_principal_is_not_documented(key: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "s3:*", "Resource": "*"}
    caller = Caller(Known("sns.amazonaws.com"), Known(""), kind=CallerKind.SERVICE)
    for condition in (
        {"Null": {key: "false"}},
        {"Null": {key: "true"}},
        {"StringLike": {key: "*"}},
        {"StringNotEquals": {key: "x"}},
    ):
        policy = parse_policy(value_of_case({"Statement": {**statement, "Condition": condition}}), HERE)
        environment = Environment(resource_policy=policy, resource_account=Known(OWNER))
        assert decide(environment, Question(caller, "s3:GetObject", OBJECT)).answer is Answer.UNDECIDED


@pytest.mark.parametrize("statements", [("session",), ("session", "role"), ("role", "session")])
@pytest.mark.parametrize("limit", ["service control policy", "permissions boundary"])
def test_what_no_boundary_limits_is_refused_by_the_organization_alone(statements: tuple[str, ...], limit: str) -> None:
    """Whatever else the bucket policy grants; it names the session of a role of the bucket's own account."""
    named = {"role": f"arn:aws:iam::{OWNER}:role/Own", "session": f"arn:aws:sts::{OWNER}:assumed-role/Own/job"}
    allows = [
        {"Effect": "Allow", "Principal": {"AWS": named[one]}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
        for one in statements
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": allows}), HERE)
    other = parse_policy(value_of_case({"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}), HERE)
    limits: dict[str, Any] = {"scps": ((other,),)} if limit == "service control policy" else {"boundary": other}
    environment = Environment(resource_policy=policy, resource_account=Known(OWNER), identity=(), **limits)
    decision = decide(environment, Question(Caller(Known(named["role"]), Known(OWNER), "job"), "s3:GetObject", OBJECT))
    if limit == "service control policy":
        assert decision.reason == "the policy of the organization does not allow s3:GetObject"
    else:
        assert decision.answer is Answer.ALLOWED


_TO_EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
_OF_ONE_ORGANIZATION = {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        ({}, Truth.TRUE),
        ({"Condition": _OF_ONE_ORGANIZATION}, Truth.UNKNOWN),
        ({"NotAction": "s3:PutObject", "Condition": _OF_ONE_ORGANIZATION}, Truth.UNKNOWN),
        ({"Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"}}}, Truth.UNKNOWN),
        ({"Principal": None, "NotPrincipal": {"AWS": ROLE}}, Truth.UNKNOWN),
        ({"Action": "s3:Put*", "Condition": _OF_ONE_ORGANIZATION}, Truth.TRUE),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, Truth.TRUE),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}, Truth.TRUE),
    ],
)
def test_a_deny_for_all_others_may_keep_a_policy_from_being_public(deny: dict[str, Any], expected: Truth) -> None:
    written = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], **deny}
    if "NotAction" in written:
        del written["Action"]
    statements = [_TO_EVERYONE, {name: value for name, value in written.items() if value is not None}][: 2 if deny else 1]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": statements}), HERE)
    assert is_public(policy, PartialCase(Choices({})), lambda *_: Truth.UNKNOWN) is expected
    assert public_statements(policy) == (policy.statements[:1] if expected is Truth.TRUE else ())


def test_whether_denies_for_others_count_is_asked_once_of_all() -> None:
    denies = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::b/{at}/*",
            "Condition": _OF_ONE_ORGANIZATION,
        }
        for at in range(3)
    ]
    policy = parse_policy(value_of_case({"Version": "2012-10-17", "Statement": [_TO_EVERYONE, _TO_EVERYONE, *denies]}), HERE)
    case = PartialCase(Choices({}))
    assert is_public(policy, case, lambda *_: Truth.UNKNOWN) is Truth.UNKNOWN
    assert {atom.key for atom in case.pending} == {("denied to others",)}


CONDITION = Symbol("var.everyone", "it has no default")


def under(then: str | None, otherwise: str | None) -> Value:
    """A text that is one or the other, or not there."""
    return Choice(CONDITION, Known(then, HERE), Known(otherwise, HERE))


def in_both_cases(statement: Value) -> tuple[Truth, ...]:
    """Whether a policy is public where the condition is true, and where it is false."""
    policy = parse_policy(MapValue({"Version": Known("2012-10-17"), "Statement": statement}, HERE), HERE)
    cases = (PartialCase(Choices.where(ALWAYS.and_(CONDITION, truth))) for truth in (True, False))
    return tuple(is_public(policy, case, lambda *_: Truth.UNKNOWN) for case in cases)


WIDE, FIXED = Known("o-*", HERE), Known("o-abcdefghij", HERE)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([FIXED], (Truth.FALSE, Truth.FALSE)),
        ([FIXED, WIDE], (Truth.TRUE, Truth.TRUE)),
        ([under("o-*", "o-abcdefghij")], (Truth.TRUE, Truth.FALSE)),
        ([FIXED, under("o-*", None)], (Truth.TRUE, Truth.FALSE)),
        ([FIXED, under(None, "o-bcdefghijk")], (Truth.FALSE, Truth.FALSE)),
        ([WIDE, under("o-bcdefghijk", None)], (Truth.TRUE, Truth.TRUE)),
        ([under("o-bcdefghijk", None)], (Truth.FALSE, Truth.UNKNOWN)),  # what a test without values counts for is not documented
    ],
)
def test_a_value_makes_a_policy_public_only_where_it_is_there(values: list[Value], expected: tuple[Truth, Truth]) -> None:
    statement = value_of_case(_TO_EVERYONE)
    assert isinstance(statement, MapValue)
    tested = MapValue({"StringLike": MapValue({"aws:PrincipalOrgID": ListValue(tuple(values), HERE)}, HERE)}, HERE)
    assert in_both_cases(MapValue({**statement.entries, "Condition": tested}, HERE)) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (under("s3:GetObject", "s3:PutObject"), (Truth.TRUE, Truth.TRUE)),
        (under("s3:GetObject", "s3:CreateBucket"), (Truth.TRUE, Truth.UNKNOWN)),
        (under("s3:CreateBucket", "s3:GetObject*"), (Truth.UNKNOWN, Truth.TRUE)),
    ],
)
def test_an_action_makes_a_policy_public_only_where_it_is_there(action: Value, expected: tuple[Truth, Truth]) -> None:
    statement = value_of_case(_TO_EVERYONE)
    assert isinstance(statement, MapValue)
    assert in_both_cases(MapValue({**statement.entries, "Action": action}, HERE)) == expected
