from __future__ import annotations

from typing import Any

import pytest

from auditor.foundation.value import (
    ALWAYS,
    NULL,
    Choice,
    JsonText,
    Known,
    ListValue,
    MapValue,
    Symbol,
    Template,
    Unknown,
    Value,
    When,
)
from auditor.sources.terraform.aws.policy_document import policy_of
from auditor.sources.terraform.values.resource_instance import EvaluatedBlocks
from tests.terraform.built import Built, at, block, symbol, value

ADDRESS = "data.aws_iam_policy_document.d"
COND = symbol("var.on")
ON = When().and_(COND)


def policy(**given: Any) -> MapValue:
    return policy_of(block(1, **given), ADDRESS)


def statements(**given: Any) -> ListValue:
    found = policy(**given).entries["Statement"]
    assert isinstance(found, ListValue)
    return found


def statement(**given: Any) -> MapValue:
    (found,) = statements(statement=[block(5, **given)]).items
    assert isinstance(found, MapValue)
    return found


def document(*entries: dict[str, Any], version: str = "2012-10-17") -> JsonText:
    return JsonText(value({"Version": version, "Statement": list(entries)}))


def test_the_smallest_document() -> None:
    assert policy() == value({"Version": "2012-10-17", "Statement": []})


def test_every_argument() -> None:
    made = policy(
        version="2008-10-17",
        policy_id="p",
        statement=[
            block(
                sid="Read",
                effect="Deny",
                actions=["s3:GetObject", "s3:PutObject"],
                resources=["arn:aws:s3:::b/*"],
                principals=[block(type="AWS", identifiers=["123456789012"])],
                condition=[block(test="Bool", variable="aws:SecureTransport", values=["false"])],
            ),
            block(not_actions=["s3:Put*"], not_resources=["x"], not_principals=[block(type="Service", identifiers=["a", "b"])]),
        ],
    )
    assert made == value(
        {
            "Version": "2008-10-17",
            "Id": "p",
            "Statement": [
                {
                    "Sid": "Read",
                    "Effect": "Deny",
                    "Principal": {"AWS": ["123456789012"]},
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": ["arn:aws:s3:::b/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
                },
                {"Effect": "Allow", "NotPrincipal": {"Service": ["a", "b"]}, "NotAction": ["s3:Put*"], "NotResource": ["x"]},
            ],
        }
    )


def test_places() -> None:
    made = statement(sid="S", actions=["a"], principals=[block(9, type="AWS", identifiers=["x"])])
    assert made.location == at(5)
    assert made.key_locations == {"Sid": at(6), "Action": at(7), "Principal": at(9)}
    assert made.entries["Effect"].location == at(5)
    principal = made.entries["Principal"]
    assert isinstance(principal, MapValue)
    assert principal.location == at(9)
    assert principal.key_locations == {"AWS": at(9)}


def test_empty_lists_are_not_written() -> None:
    assert statement(actions=[], not_actions=["a"], resources=None) == value({"Effect": "Allow", "NotAction": ["a"]})


def test_numbers_and_bools_become_text() -> None:
    made = statement(condition=[block(test="Bool", variable="v", values=[True, 1])])
    assert made.entries["Condition"] == value({"Bool": {"v": ["true", "1"]}})


def test_everyone() -> None:
    def principal(*blocks: Built) -> Value:
        return statement(principals=list(blocks)).entries["Principal"]

    assert principal(block(type="*", identifiers=["*"])) == Known("*")
    assert principal(block(type="AWS", identifiers=["*"])) == value({"AWS": ["*"]})
    assert principal(block(type="*", identifiers=["*", "x"])) == value({"*": ["*", "x"]})
    both = principal(block(type="*", identifiers=["*"]), block(type="AWS", identifiers=["x"]))
    assert both == value({"*": ["*"], "AWS": ["x"]})


def test_principals_of_one_type_are_joined() -> None:
    made = statement(
        principals=[
            block(type="AWS", identifiers=["x"]),
            block(type="Service", identifiers=["s"]),
            block(type="AWS", identifiers=["y"]),
        ]
    )
    assert made.entries["Principal"] == value({"AWS": ["x", "y"], "Service": ["s"]})


def test_conditions_of_one_test_and_variable_are_joined() -> None:
    made = statement(
        condition=[
            block(test="StringEquals", variable="v", values=["x"]),
            block(test="StringEquals", variable="w", values=["z"]),
            block(test="StringEquals", variable="v", values=["y"]),
            block(test="Bool", variable="v", values=["true"]),
        ]
    )
    assert made.entries["Condition"] == value({"StringEquals": {"v": ["x", "y"], "w": ["z"]}, "Bool": {"v": ["true"]}})


def test_policy_variables() -> None:
    made = statement(
        actions=["&{a}"],
        resources=["arn:aws:s3:::b/&{aws:username}", Template(("&{x}", symbol("var.p")))],
        principals=[block(type="AWS", identifiers=["&{p}"])],
        condition=[block(test="StringLike", variable="v", values=["&{c}/*"])],
    )
    assert made.entries["Action"] == value(["&{a}"])
    assert made.entries["Resource"] == value(["arn:aws:s3:::b/${aws:username}", Template(("${x}", symbol("var.p")))])
    assert made.entries["Principal"] == value({"AWS": ["${p}"]})
    assert made.entries["Condition"] == value({"StringLike": {"v": ["${c}/*"]}})


def test_what_is_open_stays_open() -> None:
    made = statement(
        effect=symbol("var.effect"),
        actions=symbol("var.actions"),
        resources=[symbol("var.resource"), "x"],
        principals=EvaluatedBlocks(((ALWAYS, block(type="AWS", identifiers=["x"])),), symbol("var.more")),
        condition=EvaluatedBlocks((), symbol("var.conditions")),
    )
    assert made.entries["Effect"] == Unknown(symbol("var.effect"))
    assert made.entries["Action"] == Unknown(symbol("var.actions"))
    assert made.entries["Resource"] == value([symbol("var.resource"), "x"])
    assert made.entries["Principal"] == MapValue({"AWS": value(["x"])}, rest=symbol("var.more"))
    assert made.entries["Condition"] == MapValue({}, rest=symbol("var.conditions"))


def test_names_that_are_open() -> None:
    made = statement(
        principals=[block(type=symbol("var.type"), identifiers=["x"])],
        condition=[
            block(test=symbol("var.test"), variable="v", values=["x"]),
            block(test="Bool", variable=symbol("var.key"), values=["true"]),
        ],
    )
    assert made.entries["Principal"] == MapValue({}, rest=symbol("var.type"))
    assert made.entries["Condition"] == MapValue({"Bool": MapValue({}, rest=symbol("var.key"))}, rest=symbol("var.test"))


def test_identifiers_that_are_open() -> None:
    made = statement(
        principals=[
            block(type="AWS", identifiers=symbol("var.x")),
            block(type="AWS", identifiers=Choice(COND, value(["a"]), value(["b"]))),
        ]
    )
    either = (ListValue((Known(name),), rest=symbol("var.x")) for name in "ab")
    assert made.entries["Principal"] == MapValue({"AWS": Choice(COND, *either)})


def test_one_of_two_lists_holds_no_null_that_nobody_wrote() -> None:
    chosen = Choice(COND, value(["a"]), value(["b", "c"]))
    made = statement(
        principals=[block(type="AWS", identifiers=chosen)],
        condition=[block(test="StringEquals", variable="v", values=chosen)],
    )
    assert made.entries["Principal"] == MapValue({"AWS": chosen})
    assert made.entries["Condition"] == MapValue({"StringEquals": MapValue({"v": chosen})})


def test_dynamic_blocks() -> None:
    found = statements(statement=EvaluatedBlocks(((ON, block(sid="A")), (ALWAYS, block(sid="B"))), symbol("var.more")))
    assert found == ListValue(
        (Choice(COND, value({"Sid": "A", "Effect": "Allow"}), NULL), value({"Sid": "B", "Effect": "Allow"})),
        rest=symbol("var.more"),
    )
    made = statement(
        principals=[(ON, block(type="*", identifiers=["*"])), (ON.and_(COND, truth=False), block(type="x", identifiers=[]))]
    )
    assert made.entries["Principal"] == Choice(COND, Known("*"), NULL)
    made = statement(
        condition=[(ON, block(test="Bool", variable="v", values=["true"])), block(test="Bool", variable="w", values=["true"])]
    )
    assert made.entries["Condition"] == Choice(
        COND, value({"Bool": {"v": ["true"], "w": ["true"]}}), value({"Bool": {"w": ["true"]}})
    )


def test_sources_come_first_and_give_way_to_their_sid() -> None:
    found = statements(
        source_policy_documents=[document({"Sid": "A", "Effect": "Deny"}, {"Effect": "Deny"}), document({"Sid": "B"})],
        statement=[block(sid="A"), block(effect="Allow")],
    )
    assert found == value([{"Sid": "A", "Effect": "Allow"}, {"Effect": "Deny"}, {"Sid": "B"}, {"Effect": "Allow"}])


def test_overrides_take_the_place_of_their_sid() -> None:
    found = statements(
        statement=[block(sid="A"), block(sid="B")],
        override_policy_documents=[
            document({"Sid": "B", "Effect": "Deny"}, {"Sid": "C"}),
            document({"Sid": "C", "Effect": "Deny"}),
        ],
    )
    assert found == value([{"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Deny"}, {"Sid": "C", "Effect": "Deny"}])


def test_documents_as_text_and_legacy_arguments() -> None:
    found = policy(
        version="2008-10-17",
        source_json='{"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "A"}}',
        source_policy_documents=["", None],
        override_json=document({"Sid": "A", "Effect": "Deny"}),
    )
    assert found == value({"Version": "2012-10-17", "Id": "x", "Statement": [{"Sid": "A", "Effect": "Deny"}]})


def test_a_source_that_is_there_under_a_condition() -> None:
    found = statements(source_policy_documents=[Choice(COND, document({"Sid": "A"}), Known(""))], statement=[block(sid="B")])
    assert found == ListValue((Choice(COND, value({"Sid": "A"}), NULL), value({"Sid": "B", "Effect": "Allow"})))


def test_an_override_that_is_there_under_a_condition() -> None:
    found = statements(
        statement=[block(sid="A")], override_policy_documents=[Choice(COND, document({"Sid": "A", "Effect": "Deny"}), NULL)]
    )
    assert found == ListValue((Choice(COND, value({"Sid": "A", "Effect": "Deny"}), value({"Sid": "A", "Effect": "Allow"})),))


def test_a_source_that_is_not_known_leaves_the_own_statements_certain() -> None:
    found = statements(source_policy_documents=[symbol("var.policy")], statement=[block(sid="A")])
    assert found == ListValue((value({"Sid": "A", "Effect": "Allow"}),), rest=symbol("var.policy"))
    assert policy(source_policy_documents=symbol("var.policies")).entries["Version"] == Known("2012-10-17")
    assert policy(source_policy_documents=symbol("var.x"), version="2008-10-17").entries["Version"] == Unknown(symbol("var.x"))


def test_an_override_that_is_not_known_may_replace_what_has_a_sid() -> None:
    found = statements(override_policy_documents=[symbol("var.policy")], statement=[block(sid="A"), block(effect="Deny")])
    keeps = Symbol(f'{ADDRESS} keeps its statement "A"', "")
    assert found == ListValue(
        (Choice(keeps, value({"Sid": "A", "Effect": "Allow"}), NULL), value({"Effect": "Deny"})), rest=symbol("var.policy")
    )


def test_a_sid_that_is_open_may_be_the_same() -> None:
    found = statements(
        source_policy_documents=[document({"Sid": "A", "Effect": "Deny"})], statement=[block(sid=symbol("var.sid"), effect="Allow")]
    )
    same = Symbol('"A" == var.sid', "")
    own = value({"Sid": symbol("var.sid"), "Effect": "Allow"})
    assert found == ListValue((Choice(same, own, value({"Sid": "A", "Effect": "Deny"})), Choice(same, NULL, own)))


def test_a_document_that_is_no_json() -> None:
    found = statements(source_policy_documents=["nonsense"])
    assert found.items == ()
    assert found.rest is not None
    assert found.rest.reason == "a policy document that is to be merged is not JSON"


def test_too_many_conditions() -> None:
    blocks = [(When().and_(symbol(f"var.c{number}")), block(type="AWS", identifiers=[str(number)])) for number in range(5)]
    made = statement(principals=blocks).entries["Principal"]
    assert isinstance(made, Unknown)
    assert made.symbol.reason == "it depends on too many conditions at once"


@pytest.mark.parametrize(
    "arguments",
    [
        {"statement": [block(sid="A"), block(sid="B"), block(sid="A", effect="Deny")]},
        {"source_policy_documents": [document({"Sid": "A"}), document({"Sid": "A", "Effect": "Deny"})]},
    ],
)
def test_a_sid_that_terraform_refuses_to_repeat_leaves_the_statements_unknown(arguments: dict[str, Any]) -> None:
    found = policy(**arguments).entries["Statement"]
    assert isinstance(found, Unknown)
    assert found.symbol.reason == "two statements have the sid 'A', which Terraform refuses"


def test_sids_of_overrides_may_repeat_and_so_may_empty_ones() -> None:
    overriding = [document({"Sid": "A"}), document({"Sid": "A", "Effect": "Deny"})]
    assert len(statements(override_policy_documents=overriding, statement=[block(), block(sid="")]).items) == 3
