"""A law of the evaluation: what is decided while parameters have no value stays so, whatever values they are given."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

import auditor
from tests.terraform.test_settled import flipped, statuses

pytestmark = pytest.mark.property

THEIRS, OTHER = "arn:aws:iam::258327614892:role/external_s3", "arn:aws:iam::111122223333:role/other"
PARAMETERS = {
    "On": ({"Type": "String", "AllowedValues": ["true", "false"]}, ["true", "false"]),
    "Env": ({"Type": "String"}, ["prod", "dev"]),
    "Role": ({"Type": "String"}, [THEIRS, OTHER]),
    "Roles": ({"Type": "CommaDelimitedList"}, [THEIRS, f"{OTHER},{THEIRS}", f"{THEIRS},{OTHER}"]),
    "Account": ({"Type": "String", "AllowedPattern": "^[0-9]{12}$"}, ["258327614892", "111122223333"]),
    "Name": ({"Type": "String"}, ["role/external_s3", "root"]),
}
NAMES = ["C0", "C1", "C2", "C3"]
SERVICES = ("s3:",)
NOTHING = {"Ref": "AWS::NoValue"}


class Drawn:
    """A template at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.one_of = self.random.choice

    def text(self, depth: int) -> Any:
        """The ARN of a principal."""
        one: list[Any] = [
            THEIRS,
            OTHER,
            {"Ref": "Role"},
            {"Fn::Sub": "arn:aws:iam::${Account}:${Name}"},
            {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "Account"}, ":root"]]},
        ]
        if depth:
            inner, other = self.text(depth - 1), self.text(depth - 1)
            one += [
                {"Fn::If": [self.one_of(NAMES), inner, other]},
                {"Fn::Select": [self.one_of([0, "0"]), self.texts(depth - 1)]},
                {"Fn::Select": [1, [inner, other]]},
                {"Fn::Select": [1, {"Fn::Split": [",", {"Fn::Join": [",", [inner, other]]}]}]},
                {"Fn::Join": ["/", {"Fn::Split": ["/", inner]}]},
                {"Fn::Sub": ["arn:aws:iam::${X}:root", {"X": {"Fn::Select": [4, {"Fn::Split": [":", inner]}]}}]},
                {"Fn::FindInMap": ["Of", {"Ref": "Env"}, "Role", {"DefaultValue": inner}]},
            ]
        return self.one_of(one)

    def texts(self, depth: int) -> Any:
        """A list of them."""
        some: list[Any] = [{"Ref": "Roles"}, [self.text(0), self.text(0)]]
        if depth:
            some += [
                [self.text(depth - 1), {"Fn::If": [self.one_of(NAMES), self.text(depth - 1), NOTHING]}],
                {"Fn::If": [self.one_of(NAMES), self.texts(depth - 1), self.texts(depth - 1)]},
                {"Fn::Split": [",", {"Fn::Join": [",", self.texts(depth - 1)]}]},
            ]
        return self.one_of(some)

    def condition(self, before: list[str]) -> Any:
        """A condition, perhaps of those before it."""
        plain: list[Any] = [
            {"Fn::Equals": [{"Ref": "On"}, "true"]},
            {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
            {"Fn::Equals": [{"Fn::Sub": "${Env}-${On}"}, "dev-true"]},
            {"Fn::Equals": [{"Fn::Select": [0, {"Ref": "Roles"}]}, THEIRS]},
            {"Fn::Equals": [self.text(1), self.text(0)]},
            *({"Condition": name} for name in before),
        ]
        one, other = self.one_of(plain), self.one_of(plain)
        return self.one_of([one, {"Fn::Not": [one]}, {"Fn::And": [one, other]}, {"Fn::Or": [one, other]}])

    def statement(self) -> Any:
        """A statement, perhaps there under a condition only."""
        made: dict[str, Any] = {
            "Effect": self.one_of(["Allow", "Allow", "Deny", {"Fn::If": [self.one_of(NAMES), "Allow", "Deny"]}]),
            "Principal": {"AWS": self.one_of([self.text(2), self.texts(1)])},
            "Action": self.one_of(["s3:*", ["s3:PutObject", {"Fn::If": [self.one_of(NAMES), "s3:GetObject", NOTHING]}]]),
            "Resource": "arn:aws:s3:::acme-a/*",
        }
        if self.random.random() < 0.3:
            key, value = self.one_of([("aws:PrincipalAccount", {"Ref": "Account"}), ("aws:PrincipalArn", self.text(1))])
            made["Condition"] = {self.one_of(["StringEquals", "StringNotEquals"]): {key: value}}
        return self.one_of([made, made, {"Fn::If": [self.one_of(NAMES), made, NOTHING]}])

    def template(self) -> str:
        """A bucket with a policy."""
        document = {"Version": "2012-10-17", "Statement": [self.statement() for _ in range(self.one_of([1, 2, 3]))]}
        policy: dict[str, Any] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": document},
        }
        if self.random.random() < 0.25:
            policy["Condition"] = self.one_of(NAMES)
        whole = {
            "Parameters": {name: declared for name, (declared, _) in PARAMETERS.items()},
            "Mappings": {"Of": {"prod": {"Role": self.one_of([THEIRS, OTHER])}}},
            "Conditions": {name: self.condition(NAMES[:at]) for at, name in enumerate(NAMES)},
            "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-a"}}, "P": policy},
        }
        return json.dumps(whole)


@pytest.mark.parametrize("seed", range(60))
def test_giving_values_to_parameters_flips_nothing_that_is_decided(tmp_path: Path, seed: int) -> None:
    drawn = Drawn(seed)
    (tmp_path / "template.json").write_text(drawn.template(), encoding="utf-8")
    decided = {need: status for need, status in statuses(tmp_path, auditor.Given(), SERVICES).items() if status != "unknown"}
    for _ in range(8 if decided else 0):
        values = {name: drawn.one_of(possible) for name, (_, possible) in PARAMETERS.items()}
        found = statuses(tmp_path, auditor.Given(parameters=values), SERVICES)
        assert flipped(decided, found) == {}, values
