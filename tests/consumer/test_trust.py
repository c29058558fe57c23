"""Assumed roles: who may assume a role of the code, under which external id, and what hangs on it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from auditor.contract import Contract, Party, Sent, Trust
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, Symbol, Unknown, text_of
from auditor.model import (
    Bucket,
    BucketDeclaration,
    Estate,
    IamIdentity,
    IdentityDeclaration,
    IdentityKind,
    IdentityPolicyDeclaration,
    Storage,
)
from auditor.needs.access import AccessNeed
from auditor.needs.trust import TrustNeed
from auditor.pipeline import prove
from auditor.proofs.trust import TrustCause
from auditor.verdict import Verdict
from tests.policy.case_engine import value_of_case

HERE = Location("main.tf")
OWN = "111122223333"
ROOT = "arn:aws:iam::464622532012:root"
USER = "arn:aws:iam::094410056844:user/delegated_access_user"
MASTER = "arn:aws:iam::414351767826:role/master"
GOOGLE = "accounts.google.com"
GITHUB = "token.actions.githubusercontent.com"
EXTERNAL = "sts:ExternalId"
MFA = "aws:MultiFactorAuthPresent"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-logs/*"}


def allow(principal: Any, action: Any = "sts:AssumeRole", effect: str = "Allow", **condition: Mapping[str, Any]) -> dict[str, Any]:
    named = principal if isinstance(principal, Mapping) else {"AWS": principal}
    statement = {"Effect": effect, "Principal": named, "Action": action}
    return {**statement, **({"Condition": condition} if condition else {})}


def role(
    *statements: Mapping[str, Any], name: str = "access", own: Sequence[Mapping[str, Any]] = (READ,), **given: Any
) -> IamIdentity:
    policy = IdentityPolicyDeclaration(
        "aws_iam_role_policy.p", HERE, document=value_of_case({"Version": "2012-10-17", "Statement": list(own)})
    )
    declared = {
        "name": Known(name),
        "arn": Known(f"arn:aws:iam::{OWN}:role/{name}"),
        "account": Known(OWN),
        "trust_policy": value_of_case({"Version": "2012-10-17", "Statement": list(statements)}),
        **given,
    }
    return IamIdentity(IdentityDeclaration(f"aws_iam_role.{name}", HERE, **declared), "main.tf", "terraform", ((ALWAYS, policy),))


def trust(principal: str = ROOT, requests: Mapping[str, Sent] | None = None, **more: Any) -> Trust:
    return Trust(principal, requests or {}, **more)


def verdict(
    party: Party | Trust, *roles: IamIdentity, action: str = "", parameters: Mapping[str, str] | None = None, need: type = TrustNeed
) -> Verdict:
    who = party if isinstance(party, Party) else Party(trust=party)
    assert who.trust is not None
    asked = action or who.trust.action
    needed = (
        TrustNeed(asked, "w", (), who, "", asked)
        if need is TrustNeed
        else AccessNeed("s3:GetObject", "w", (), who, "", "s3:GetObject")
    )
    declared = BucketDeclaration("aws_s3_bucket.b", HERE, name=Known("acme-logs"), account=Known(OWN))
    bucket = Bucket(declared, "main.tf", "terraform", {}, Estate(identities=roles))
    return prove(bucket, needed, Contract("own", "Datadog", (who,), (), (needed,), parameters or {}))


def told(found: Verdict) -> tuple[str, str]:
    return found.status.value, found.reason


GRANTED = ("holds", "statement 1 grants it")
CANNOT = "Datadog ({}) cannot assume aws_iam_role.access: {}"
REFUSED = ("fails", CANNOT.format(ROOT, "no statement allows sts:AssumeRole"))
BY_ID = {"StringEquals": {EXTERNAL: "acme"}}


@pytest.mark.parametrize(
    ("sent", "condition", "expected"),
    [
        ({EXTERNAL: ("acme",)}, BY_ID, "holds"),
        ({EXTERNAL: ("other",)}, BY_ID, "fails"),
        ({EXTERNAL: None}, BY_ID, "fails"),
        ({EXTERNAL: ()}, BY_ID, "unknown"),
        ({}, BY_ID, "unknown"),
        ({EXTERNAL: ("acme",)}, {}, "holds"),
        ({EXTERNAL: None}, {"StringEqualsIfExists": {EXTERNAL: "acme"}}, "holds"),
        ({EXTERNAL: None}, {"Null": {EXTERNAL: "true"}}, "holds"),
        ({EXTERNAL: ()}, {"Null": {EXTERNAL: "true"}}, "fails"),
        ({EXTERNAL: ()}, {"StringLike": {EXTERNAL: "*"}}, "holds"),
    ],
)
def test_the_external_id_decides(sent: Mapping[str, Sent], condition: Mapping[str, Any], expected: str) -> None:
    assert verdict(trust(ROOT, sent), role(allow(ROOT, **condition))).status.value == expected


@pytest.mark.parametrize(
    ("principal", "named", "expected"),
    [
        (USER, USER, "holds"),
        (USER, "arn:aws:iam::094410056844:root", "holds"),
        (USER, "094410056844", "holds"),
        (USER, "arn:aws:iam::094410056844:user/another", "fails"),
        (ROOT, "arn:aws:iam::464622532012:role/archives", "unknown"),
        ("464622532012", ROOT, "holds"),
        ("firehose.amazonaws.com", {"Service": "firehose.amazonaws.com"}, "holds"),
        ("firehose.amazonaws.com", {"Service": ["ec2.amazonaws.com", "firehose.amazonaws.com"]}, "holds"),
        ("firehose.amazonaws.com", {"Service": "ec2.amazonaws.com"}, "fails"),
        (f"arn:aws:iam::{OWN}:role/app", f"arn:aws:iam::{OWN}:role/app", "holds"),
        (f"arn:aws:iam::{OWN}:role/app", f"arn:aws:iam::{OWN}:root", "unknown"),
    ],
)
def test_who_is_let_in(principal: str, named: Any, expected: str) -> None:
    given = Party("aws_iam_role.access", trust=trust(principal))
    assert verdict(given, role(allow(named))).status.value == expected


@pytest.mark.parametrize(
    ("principal", "sent", "statement", "expected"),
    [
        (GOOGLE, {f"{GOOGLE}:sub": ("1",)}, allow({"Federated": GOOGLE}, "sts:AssumeRoleWithWebIdentity", StringEquals={f"{GOOGLE}:sub": "1"}), "holds"),
        (GOOGLE, {f"{GOOGLE}:sub": ("2",)}, allow({"Federated": GOOGLE}, "sts:AssumeRoleWithWebIdentity", StringEquals={f"{GOOGLE}:sub": "1"}), "fails"),
        (GOOGLE, {f"{GOOGLE}:sub": ()}, allow({"Federated": GOOGLE}, "sts:AssumeRoleWithWebIdentity", StringEquals={f"{GOOGLE}:sub": "1"}), "unknown"),
        (GOOGLE, {}, allow({"Federated": GOOGLE}, "sts:AssumeRole"), "fails"),
        (GITHUB, {}, allow({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"}, "sts:AssumeRoleWithWebIdentity"), "holds"),
        (GITHUB, {}, allow({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity"), "fails"),
    ],
)  # fmt: skip
def test_a_web_identity_has_its_subject(
    principal: str, sent: Mapping[str, Sent], statement: Mapping[str, Any], expected: str
) -> None:
    given = Party("aws_iam_role.access", trust=trust(principal, sent))
    assert verdict(given, role(statement)).status.value == expected


@pytest.mark.parametrize(
    ("principal", "test", "expected"),
    [
        (ROOT, {"Bool": {MFA: "true"}}, "fails"),
        (ROOT, {"BoolIfExists": {MFA: "true"}}, "unknown"),
        (ROOT, {"Bool": {MFA: "false"}}, "unknown"),
        (ROOT, {"BoolIfExists": {MFA: "false"}}, "holds"),
        (ROOT, {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, "fails"),
        ("firehose.amazonaws.com", {"Bool": {MFA: "false"}}, "fails"),
        ("firehose.amazonaws.com", {"BoolIfExists": {MFA: "true"}}, "holds"),
    ],
)
def test_programs_have_no_mfa(principal: str, test: Mapping[str, Any], expected: str) -> None:
    named = {"Service": principal} if principal.endswith(".com") else principal
    found = verdict(trust(principal), role(allow(named, **test)))
    assert found.status.value == expected
    if principal == ROOT:
        assert "Datadog assumes the role without MFA." in found.assumptions


def test_tags_of_the_session_need_an_allow_of_their_own() -> None:
    given = trust(ROOT, {EXTERNAL: ("acme",)})
    alone, both = role(allow(ROOT)), role(allow(ROOT, ["sts:AssumeRole", "sts:TagSession"]))
    assert told(verdict(given, alone)) == GRANTED
    assert told(verdict(given, alone, action="sts:TagSession")) == (
        "fails",
        CANNOT.format(ROOT, "no statement allows sts:TagSession"),
    )
    assert told(verdict(given, both, action="sts:TagSession")) == GRANTED


ITSELF = allow(f"arn:aws:iam::{OWN}:root", ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/access"})
OWN_POLICY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OWN}:role/access"}
NOT_ITSELF = "aws_iam_role.access cannot assume itself: "


@pytest.mark.parametrize(
    ("statements", "own", "expected"),
    [
        ([ITSELF], [READ, OWN_POLICY], GRANTED),
        (
            [ITSELF],
            [READ],
            ("fails", f"{NOT_ITSELF}no policy of its own allows it"),
        ),
        (
            [],
            [READ, OWN_POLICY],
            ("fails", f"{NOT_ITSELF}its trust policy lets in neither it nor its account"),
        ),
        ([allow(f"arn:aws:iam::{OWN}:role/access")], [READ], GRANTED),
        (
            [allow(f"arn:aws:iam::{OWN}:root", ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/x"})],
            [READ, OWN_POLICY],
            None,
        ),
    ],
)
def test_a_role_may_have_to_assume_itself(
    statements: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]], expected: tuple[str, str] | None
) -> None:
    found = verdict(trust(MASTER, itself=True), role(allow(MASTER), *statements, own=own))
    assert told(found) == expected if expected else found.status.value == "fails"


def test_a_role_may_have_to_have_a_name() -> None:
    named = Party(trust=trust(), name="ScaleAI-Integration")
    assert told(verdict(named, role(allow(ROOT), name="ScaleAI-Integration"))) == GRANTED
    wrong = "Datadog assumes a role that is named 'ScaleAI-Integration', and aws_iam_role.access is named 'access'"
    assert told(verdict(named, role(allow(ROOT)))) == ("fails", wrong)
    generated = Unknown(Symbol("the name of aws_iam_role.access", "it is generated at apply time"))
    assert verdict(named, role(allow(ROOT), name="access", arn=Known("arn:aws:iam::1:role/x"))).status.value == "fails"
    unresolved = role(allow(ROOT))
    declared = IdentityDeclaration("aws_iam_role.access", HERE, name=generated, trust_policy=unresolved.declaration.trust_policy)
    assert verdict(named, IamIdentity(declared, "main.tf", "terraform")).status.value == "unknown"
    # Of several roles, the one of that name is meant; and where no trust policy names the platform, too.
    both = (role(allow(ROOT)), role(allow(ROOT), name="ScaleAI-Integration"))
    assert told(verdict(named, *both)) == GRANTED
    assert told(verdict(named, role(allow(MASTER), name="ScaleAI-Integration")))[1].startswith(
        f"Datadog ({ROOT}) cannot assume aws_iam_role.ScaleAI-Integration: "
    )


def test_which_of_several_roles_is_asked_only_where_they_differ() -> None:
    one, same, other = role(allow(ROOT), name="a"), role(allow(ROOT), name="b"), role(allow(ROOT, **BY_ID), name="c")
    given = trust(ROOT, {EXTERNAL: ("other",)})
    assert told(verdict(given, one, same)) == GRANTED
    found = verdict(given, one, other, parameters={"role": ""})
    assert found.status.value == "unknown"
    (resolution,) = found.resolved_by
    assert (resolution.reason, resolution.holds_if, resolution.fails_if, resolution.hint) == (
        f"aws_iam_role.a and aws_iam_role.c trust {ROOT}",
        "it is aws_iam_role.a",
        "it is aws_iam_role.c",
        "give the role's address: --with role=ADDRESS",
    )
    assert found.subject.address == "aws_s3_bucket.b"
    assert verdict(given, one).subject.address == "aws_iam_role.a"


def test_no_role_trusts_the_platform() -> None:
    found = verdict(trust(), role(allow(MASTER)), parameters={"role": ""})
    assert told(found) == ("unknown", f"no trust policy beside the bucket names {ROOT}")
    assert found.resolved_by[0].hint == "give the role's address: --with role=ADDRESS"
    given = Party("aws_iam_role.access", trust=trust())
    assert told(verdict(given, role(allow(MASTER)))) == REFUSED


@pytest.mark.parametrize(
    ("principal", "whom"),
    [
        ("{{unresolved:var.user}}", "var.user"),
        ("arn:aws:iam::{{unresolved:var.account}}:root", "var.account"),
        ("arn:aws:iam::{{unresolved:var.account}}:role/x", None),
        ("arn:aws:iam::{{unresolved:own}}:root", None),
        ({"Service": "{{unresolved:var.service}}.amazonaws.com"}, None),
    ],
)
def test_a_role_that_may_trust_the_platform_is_named(principal: Any, whom: str | None) -> None:
    """It is not taken for the platform's role, which may be another one that is not in the code, but named for whoever knows."""
    own = Symbol("own", "the case leaves it unknown")
    found = verdict(trust(), role(allow(principal), account=text_of((own,))), parameters={"role": ""})
    also = f", and whom aws_iam_role.access trusts is not resolved: '{whom}'" if whom else ""
    assert told(found) == ("unknown", f"no trust policy beside the bucket names {ROOT}{also}")
    assert found.resolved_by[0].hint == f"give the role's address: --with role={'aws_iam_role.access' if whom else 'ADDRESS'}"


def test_a_role_that_its_own_trust_policy_names_is_there_already() -> None:
    """IAM rejects a principal that does not exist, which the role itself does not while it is created."""
    mine, there = (
        f"arn:aws:iam::{OWN}:role/access",
        "aws_iam_role.access is there already: IAM does not create a role whose trust policy names it.",
    )
    named, root = role(allow([MASTER, mine])), role(allow([MASTER, f"arn:aws:iam::{OWN}:root"]))
    read_back = role(allow([MASTER, mine]), storage=Storage.STORED)
    found = [verdict(trust(MASTER, itself=True), one) for one in (named, root, read_back)]
    assert [there in one.outcome.assumptions for one in found] == [True, False, False]


def test_a_user_is_not_assumed() -> None:
    declared = IdentityDeclaration("aws_iam_user.u", HERE, kind=IdentityKind.USER, arn=text_of((f"arn:aws:iam::{OWN}:user/u",)))
    user = IamIdentity(declared, "main.tf", "terraform")
    found = verdict(Party("aws_iam_user.u", trust=trust()), user)
    assert told(found) == ("fails", "aws_iam_user.u is a user, and only roles can be assumed")


@pytest.mark.parametrize(
    ("statements", "own", "expected"),
    [
        ([allow(ROOT)], [READ], ("holds", "statement 1 grants it for every key")),
        ([allow(ROOT, **BY_ID)], [READ], REFUSED),
        ([allow(ROOT)], [OWN_POLICY], ("fails", "neither a policy of the caller nor the resource's own allows s3:GetObject")),
        (
            [allow(ROOT, **BY_ID)],
            [OWN_POLICY],
            ("fails", "neither a policy of the caller nor the resource's own allows s3:GetObject"),
        ),
        ([{**allow(ROOT), "Resource": "*"}], [READ], ("fails", "IAM refuses the trust policy of aws_iam_role.access: ")),
    ],
)
def test_what_a_role_may_do_hangs_on_who_assumes_it(
    statements: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]], expected: tuple[str, str]
) -> None:
    found = verdict(trust(ROOT, {EXTERNAL: ("other",)}), role(*statements, own=own), need=AccessNeed)
    assert told(found)[0] == expected[0]
    assert told(found)[1].startswith(expected[1])


@pytest.mark.parametrize(
    ("condition", "unguarded"),
    [
        ({}, True),
        (BY_ID, False),
        ({"StringLike": {EXTERNAL: "acme*"}}, False),
        ({"StringLike": {EXTERNAL: "*"}}, True),
        ({"StringEqualsIfExists": {EXTERNAL: "acme"}}, True),
        ({"Null": {EXTERNAL: "false"}}, True),
        ({"StringNotEquals": {EXTERNAL: "x"}}, True),
        ({"StringEquals": {EXTERNAL: "{{unresolved:var.external_id}}"}}, None),
    ],
)
def test_a_required_test_is_one_that_keeps_others_out(condition: Mapping[str, Any], unguarded: bool | None) -> None:
    given = trust(ROOT, {EXTERNAL: ("acme",)}, required=(EXTERNAL,))
    found = verdict(given, role(allow(ROOT, **condition)))
    assert isinstance(found.cause, TrustCause)
    assert [key for key, _ in found.cause.unguarded] == ([EXTERNAL] if unguarded else [])
    assert found.status.value == ("unknown" if unguarded is None else "holds")


def test_what_is_unguarded_is_told_beside_another_fault() -> None:
    given = trust(MASTER, {EXTERNAL: ("acme",)}, required=(EXTERNAL,), itself=True)
    found = verdict(given, role(allow(MASTER)))
    assert found.status.value == "fails"
    assert isinstance(found.cause, TrustCause)
    assert [key for key, _ in found.cause.unguarded] == [EXTERNAL]


def test_an_external_id_that_is_known_never_flips_a_decided_verdict() -> None:
    operators = ("StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "StringNotEqualsIfExists", "Null")
    tests = [
        {operator: {EXTERNAL: value}}
        for operator in operators
        for value in (("true", "false") if operator == "Null" else ("acme", "*", "a*", "{{unresolved:var.id}}"))
    ]
    decided = 0
    for test, effect in itertools.product(tests, ("Allow", "Deny")):
        statements = (allow(ROOT), allow(ROOT, "sts:AssumeRole", "Deny", **test)) if effect == "Deny" else (allow(ROOT, **test),)
        whole = verdict(trust(ROOT, {EXTERNAL: ()}), role(*statements)).status.value
        open_ = verdict(trust(ROOT), role(*statements)).status.value
        for known in ("acme", "other", ""):
            narrow = verdict(trust(ROOT, {EXTERNAL: (known,)}), role(*statements)).status.value
            assert whole in ("unknown", narrow), (test, effect, known)
            assert open_ in ("unknown", narrow), (test, effect, known)
            decided += whole != "unknown"
    assert decided == 18
