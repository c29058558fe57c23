"""Buckets and contracts built by hand."""

from __future__ import annotations

from typing import Any

from auditor.contract import Contract, Party
from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Known, ListValue, MapValue, Symbol, Text, Value, When
from auditor.model import Attachment, Bucket, BucketDeclaration, Kind, Linked, Slot
from auditor.needs.cors import CorsNeed
from auditor.pipeline import prove
from auditor.rule import Subject
from tests.policy.cors_case import value_of

ORIGIN = "https://darwin.v7labs.com"
HEADERS = ("content-type", "x-amz-content-sha256", "x-amz-date")
READ = CorsNeed("cors:GET", "The browser loads the object.", method="GET", origin=ORIGIN)
WRITE = CorsNeed("cors:PUT", "The browser uploads.", method="PUT", headers=HEADERS, origin=ORIGIN)
DARWIN = Contract(
    "v7-darwin",
    "V7 Darwin",
    (Party("arn:aws:iam::258327614892:role/external_s3", outside=True),),
    (ORIGIN,),
    (READ, WRITE),
)

BUCKET = Location("main.tf", 1, 1, 1, 33)


def line(number: int, column: int = 5) -> Location:
    return Location("main.tf", number, column, number, column + 9)


def placed(data: Any, start: int) -> Value:
    """CORS rules with a place for each part: rule n begins at `start` + 10 n, its fields follow line by line."""
    rules: list[Value] = []
    for number, rule in enumerate(data):
        entries: dict[str, Value] = {}
        for offset, (name, items) in enumerate(rule.items()):
            where = start + 10 * number + 1 + offset
            if not isinstance(items, list):
                entries[name] = value_of(items)
                continue
            texts = []
            for place, item in enumerate(items):
                text = value_of(item)
                texts.append(type(text)(*_parts(text), location=line(where, 20 + 10 * place)))
            entries[name] = ListValue(tuple(texts), line(where))
        rules.append(MapValue(entries, line(start + 10 * number, 3)))
    return ListValue(tuple(rules), line(start - 1, 1))


def _parts(text: Any) -> tuple[Any, ...]:
    return (text.value,) if isinstance(text, Known) else (text.parts,) if hasattr(text, "parts") else (text.symbol,)


def bucket(
    *contents: Any,
    when: When = ALWAYS,
    perhaps: tuple[Symbol, ...] = (),
    managed: bool = True,
    directory: bool = False,
    address: str = "aws_s3_bucket.images",
    name: Text = Known("images"),  # noqa: B008 - frozen
    language: str = "terraform",
) -> Bucket:
    """A bucket with a CORS configuration for each content: a list of rules, or a value as it is."""
    linked = []
    for number, content in enumerate(contents):
        start = 100 * (number + 1)
        value = placed(content, start + 2) if isinstance(content, list) else content
        attachment = Attachment(
            f"aws_s3_bucket_cors_configuration.c{number}",
            line(start, 1),
            kind=Kind.CORS,
            content=value,
            content_location=line(start + 1, 1),
        )
        linked.append(Linked(attachment, when))
    declaration = BucketDeclaration(address, BUCKET, name=name, managed=managed, directory=directory)
    return Bucket(declaration, ".", language, {Kind.CORS: Slot(tuple(linked), perhaps)})


def subject(of: Bucket, contract: Contract = DARWIN) -> Subject:
    return Subject(contract, of, tuple(prove(of, need, contract) for need in contract.needs))
