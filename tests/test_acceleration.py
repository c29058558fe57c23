"""Transfer acceleration is shown by `inspect` in every language that writes it, and asked for by nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.foundation.text import Texts
from auditor.link import link
from auditor.model import Kind
from auditor.render.parts.values import written
from auditor.sources.options import Options
from auditor.sources.read import read

BUCKET = 'resource "aws_s3_bucket" "images" {\n  bucket = "acme-images"\nINSIDE}\n'
TERRAFORM = BUCKET.replace("INSIDE", "") + (
    'resource "aws_s3_bucket_accelerate_configuration" "images" {\n  bucket = aws_s3_bucket.images.id\n  status = "Enabled"\n}\n'
)
TEMPLATE = "Resources:\n  Images:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccelerateConfiguration: {AccelerationStatus: Enabled}\n"


def acceleration(directory: Path, name: str, text: str) -> list[str]:
    (directory / name).write_text(text)
    roots, errors = read((str(directory),), Options(), Texts())
    assert errors == []
    (bucket,) = link(roots)
    return [written(one.attachment.content) for one in bucket.slot(Kind.ACCELERATION).linked]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", TERRAFORM),
        ("main.tf", BUCKET.replace("INSIDE", '  acceleration_status = "Enabled"\n')),
        ("template.yaml", TEMPLATE),
    ],
)
def test_transfer_acceleration_is_read(name: str, text: str, tmp_path: Path) -> None:
    assert acceleration(tmp_path, name, text) == ["{AccelerationStatus: Enabled}"]


def test_a_bucket_without_transfer_acceleration_has_none(tmp_path: Path) -> None:
    assert acceleration(tmp_path, "main.tf", BUCKET.replace("INSIDE", "")) == []


def test_a_document_of_the_live_bucket_never_tells(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-images/*"}]}'
    )
    roots, _ = read((str(tmp_path),), Options(), Texts())
    (bucket,) = link(roots)
    (symbol,) = bucket.slot(Kind.ACCELERATION).perhaps
    assert (symbol.reason, symbol.hint) == ("no document holds the transfer acceleration of acme-images", "")
