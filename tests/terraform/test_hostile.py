"""Hostile input ends in an error or in something unknown, soon, and never in a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.contract.load import load
from auditor.foundation.border import border_of
from auditor.foundation.location import Location
from auditor.foundation.text import Texts
from auditor.foundation.value import ALWAYS, Known, MapValue, Value, symbols_in
from auditor.pipeline import Request, audit
from auditor.report import Report
from auditor.sources.options import SourceOptions
from auditor.sources.resource_types import TERRAFORM
from auditor.sources.terraform.modules import module
from auditor.sources.terraform.modules.directory import Library
from auditor.sources.terraform.modules.expansion import by_each
from auditor.sources.terraform.modules.module import Root
from tests.terraform.trees import root, tree

pytestmark = pytest.mark.hostile

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = local.x\n}\n'


def audited(directory: Path) -> Report:
    return audit(Request((str(directory),), (load("v7-darwin", {}),), every_bucket=True), Texts())


def name_of_bucket(directory: Path, text: str) -> Value:
    """The value of `local.x`, once the whole tree has been audited."""
    tree(directory, {"main.tf": text, "bucket.tf": BUCKET})
    report = audited(directory)
    assert {error.message for error in report.errors} <= {"nested too deeply to be parsed"}
    assert len({verdict.subject.address for verdict in report.verdicts}) == 1
    return Root(
        str(directory), SourceOptions(), Library(Texts(border=border_of((str(directory),)))), TERRAFORM.attribute_of
    ).module.local("x")


def doubled(first: str, step: str) -> str:
    """Sixty local values, each of which holds the one before twice."""
    steps = "".join(f"  x{at + 1} = {step.replace('X', f'local.x{at}')}\n" for at in range(60))
    return f'variable "v" {{}}\nlocals {{\n  x0 = {first}\n{steps}  x = local.x60\n}}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(doubled('"aaaaaaaaaa"', '"${X}${X}"'), "the text is too long to be evaluated", id="text"),
        pytest.param(doubled("var.v", '"${X}${X}"'), "the text is too long to be evaluated", id="holes"),
        pytest.param(doubled("var.v", 'join("", [X, X])'), "the text is too long to be evaluated", id="join"),
        pytest.param(doubled('"aaaaaaaaaa"', 'join("", [X, X])'), "the text is too long to be evaluated", id="join of text"),
        pytest.param(doubled("var.v", 'format("%s%s", X, X)'), "the text is too long to be evaluated", id="format"),
        pytest.param(doubled('["a"]', "concat(X, X)"), "there are too many items to be evaluated", id="list"),
        pytest.param(doubled('["a"]', "[X, X]"), "local.x60 is too large to be evaluated", id="nesting"),
    ],
)
def test_what_doubles_without_end_stays_open(tmp_path: Path, text: str, reason: str) -> None:
    value = name_of_bucket(tmp_path, text)
    (symbol,) = set(symbols_in(value))
    assert symbol.reason == reason


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("[" * 400 + "]" * 400, id="brackets"),
        pytest.param("(" * 3000 + "1" + ")" * 3000, id="parentheses"),
        pytest.param("1" + " + 1" * 3000, id="operators"),
        pytest.param("true" + " && true" * 3000, id="conjunctions"),
        pytest.param("true ? 1 : " * 1500 + "1", id="conditionals"),
        pytest.param("lower(" * 1500 + '"a"' + ")" * 1500, id="calls"),
        pytest.param("local.y" + ".a" * 3000, id="attributes"),
        pytest.param("range(1e12)", id="range"),
        pytest.param("range(0, 1e9, 0.001)", id="small steps"),
        pytest.param("setproduct(" + ", ".join(["range(100)"] * 6) + ")", id="product"),
        pytest.param("pow(9999999, 9999999)", id="power"),
        pytest.param("1e999999999", id="exponent"),
        pytest.param('format("%999999999s", "a")', id="width"),
        pytest.param(f'regex("(a+)+$", "{"a" * 60}b")', id="nested repetition"),
        pytest.param(f'replace("{"a" * 40}b", "/(a|a)*c/", "x")', id="repeated alternatives"),
        pytest.param(f'jsondecode("{"[" * 2000}{"]" * 2000}")', id="JSON"),
        pytest.param("(" * 200_000 + "1" + ")" * 200_000, id="more parentheses"),
        pytest.param("1" + " + 1" * 20_000, id="more operators"),
        pytest.param("local.y" + "[0]" * 20_000, id="indexes"),
        pytest.param("local.y" + "[*]" * 20_000, id="splats"),
        pytest.param("[" + "<<A\nx\nA\n," * 10_000 + "]", id="heredocs"),
        pytest.param("!" * 20_000 + "true", id="negations"),
        pytest.param("9" * 5_000, id="digits"),
        pytest.param('"' + "%{ if true ~}" * 500 + "x" + "%{ endif ~}" * 500 + '"', id="directives"),
    ],
)
def test_an_expression_without_measure_is_evaluated_or_open(tmp_path: Path, expression: str) -> None:
    name_of_bucket(tmp_path, f"locals {{\n  y = {{}}\n  x = {expression}\n}}\n")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('locals {\n  x = "' + '"${' * 1000 + "1" + '}"' * 1000 + '"\n}\n', 2, "nested too deeply to be parsed"),
        ("x" * 1_000_000, 1, "expected a block or an attribute here"),
        ("locals {\n  x = <<EOT\nno end", 2, "the heredoc 'EOT' is never closed"),
        ('locals {\n  x = "' + "${" * 2000 + "\n", 2, "nested too deeply to be parsed"),
        ('locals {\n  x = "' + "${" * 20 + "\n", 2, "'{' is never closed"),
        ("locals {\n  x = local.y\n  y = [local.x]\n}\n", 2, "local.x depends on itself: local.x → local.y → local.x"),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_place(tmp_path: Path, text: str, line: int, message: str) -> None:
    tree(tmp_path, {"main.tf": text, "bucket.tf": BUCKET})
    (error,) = audited(tmp_path).errors
    assert (error.location.line, error.message) == (line, message)


def blocks(directory: Path, text: str) -> int:
    """How many blocks a root of one file has, once it has been audited."""
    tree(directory, {"main.tf": text + BUCKET})
    audited(directory)
    source = Library(Texts(border=border_of((str(directory),)))).source(str(directory))
    return sum(len(found) for kind in source.definitions.values() for found in kind.values())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("a {\n" * 20_000, 0, id="braces that are never closed"),
        pytest.param("# auditor: ignore[acls-enabled]\n" * 10_000, 1, id="comments"),
        pytest.param("/* " * 20_000 + "*/\n", 1, id="openings of comments"),
        pytest.param("a = /*\n" * 5_000, 1, id="comments that are never closed"),
        pytest.param("a {\n  b = <<E\n}\n" * 5_000, 0, id="heredocs that are never closed"),
        pytest.param('a {\n  b = "\n}\n' * 5_000, 0, id="strings that are never closed"),
        pytest.param("a {\n  b = [\n}\n" * 5_000, 0, id="brackets of two kinds"),
        pytest.param("b {}\n" * 20_000, 20_001, id="blocks"),
        pytest.param('b "' + "\\n" * 200_000 + '" {\n}\n', 2, id="escapes"),
        pytest.param("c {\n" + "  d = {}\n" * 50_000 + "}\n", 2, id="braces"),
    ],
)
def test_a_file_without_measure_is_scanned_in_no_time(tmp_path: Path, text: str, count: int) -> None:
    assert blocks(tmp_path, text) == count


def test_what_is_evaluated_too_deeply_is_not_blamed_on_a_block(tmp_path: Path) -> None:
    steps = "".join(f"locals {{\n  x{at + 1} = lower(local.x{at})\n}}\n" for at in range(400))
    found = root(tmp_path, {"main.tf": f'locals {{\n  x0 = "a"\n}}\n{steps}'})
    (symbol,) = symbols_in(found.module.local("x400"))
    assert symbol.reason == "it is nested too deeply to be evaluated"
    assert found.errors == ()


def test_instances_without_end_are_open(tmp_path: Path) -> None:
    files = {
        "main.tf": 'resource "aws_s3_bucket" "a" {\n  for_each = toset([for i in range(1000000) : tostring(i)])\n}\n'
        'resource "aws_s3_bucket" "b" {\n  count = 1e9\n}\n'
    }
    found = root(tmp_path, files)
    instances = list(found.instances(frozenset({"aws_s3_bucket"})))
    assert [instance.address for instance in instances] == ["aws_s3_bucket.a[each.key]", "aws_s3_bucket.b[count.index]"]
    a, b = instances
    assert a.when.literals  # `range` fails, and Terraform says so
    assert not b.when.literals


def test_one_stands_for_many_instances_of_equal_keys(tmp_path: Path) -> None:
    each = "for_each = local.names"
    files = {
        "main.tf": 'locals {\n  names = toset(flatten([for a in range(50) : [for b in range(50) : "n${a}-${b}"]]))\n}\n'
        f'resource "aws_s3_bucket" "a" {{\n  {each}\n  bucket = "acme-${{each.key}}"\n}}\n'
        f'resource "aws_s3_bucket_ownership_controls" "a" {{\n  {each}\n  bucket = aws_s3_bucket.a[each.key].id\n'
        '  rule {\n    object_ownership = "BucketOwnerEnforced"\n  }\n}\n'
    }
    tree(tmp_path, files)
    verdicts = {verdict.need.id: verdict for verdict in audited(tmp_path).verdicts}
    assert {verdict.subject.address for verdict in verdicts.values()} == {"aws_s3_bucket.a[each.key]"}
    assert {need: verdict.status.value for need, verdict in verdicts.items() if need in ("ownership", "bucket:name")} == {
        "ownership": "holds",
        "bucket:name": "holds",
    }


def test_one_that_stands_for_many_is_another_one_for_other_values() -> None:
    def keys(start: str) -> MapValue:
        return MapValue({str(number): Known(f"{start}-{number}") for number in range(2001)}, Location("main.tf"))

    def key(collection: MapValue) -> Value:
        (member,) = by_each(collection, "aws_s3_bucket.a").members
        assert (member.suffix, member.when) == ("[each.key]", ALWAYS)
        return member.names["each"].entries["key"]  # type: ignore[union-attr]  # a map

    assert key(keys("x")) == key(keys("x")) != key(keys("y"))


def test_many_instances_of_many_modules_are_looked_at_as_one_of_each_module(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  count  = 113\n}\n',
        "m/main.tf": 'resource "aws_s3_bucket" "a" {\n  count = 113\n}\nresource "aws_s3_bucket" "b" {\n  count = 2\n}\n',
    }
    found = root(tmp_path, files)
    addresses = [instance.address for instance in found.instances(frozenset({"aws_s3_bucket"}))]
    assert addresses[:3] == [f"module.m[0].aws_s3_bucket.{name}" for name in ("a[count.index]", "b[0]", "b[1]")]
    assert len(addresses) == 113 * 3
    assert found.errors == ()


def test_modules_without_end_are_an_error(tmp_path: Path) -> None:
    calls = lambda at: "".join(f'module "{name}" {{\n  source = "../m{at + 1}"\n}}\n' for name in "abcd")  # noqa: E731 said once
    files = {f"m{at}/main.tf": calls(at) for at in range(12)}
    found = root(tmp_path, {**files, "m12/main.tf": 'resource "aws_s3_bucket" "b" {}\n'}, below="m0")
    list(found.instances(frozenset({"aws_s3_bucket"})))
    assert {error.message for error in found.errors} == {
        "there are too many instances of resources and modules to be looked into",
    }


def test_what_was_looked_into_before_there_was_too_much_is_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_INSTANCES", 3)
    tree(tmp_path, {f"{name}.tf": f'resource "aws_s3_bucket" "{name}" {{\n  bucket = "acme-{name}"\n}}\n' for name in "abcde"})
    report = audited(tmp_path)
    named = {one.subject.address: one.status.value for one in report.verdicts if one.need.id == "bucket:name"}
    assert named == dict.fromkeys(("aws_s3_bucket.a", "aws_s3_bucket.b", "aws_s3_bucket.c"), "holds")
    assert [(one.location.path.rpartition("/")[2], one.message) for one in report.errors] == [
        (f"{name}.tf", "there are too many instances of resources and modules to be looked into") for name in "de"
    ]
    assert [note for note in report.notes if "make no bucket" in note] == []


def test_a_device_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path, {"main.tf": 'locals {\n  x = file("zero")\n}\n' + BUCKET})
    os.symlink("/dev/zero", tmp_path / "zero")
    os.mkfifo(tmp_path / "zero.tf")
    report = audited(tmp_path)
    assert [error.message for error in report.errors] == ["cannot be read: it is not a regular file"]


def test_a_loop_of_links_is_an_error_and_a_link_out_of_the_tree_is_open(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    tree(tmp_path / "in", {"main.tf": 'locals {\n  x = "${file("link")}${file("../secret")}${file("loop.txt")}"\n}\n' + BUCKET})
    os.symlink("../secret", tmp_path / "in/link")
    os.symlink("loop.txt", tmp_path / "in/loop.txt")
    os.symlink("loop.tf", tmp_path / "in/loop.tf")
    report = audited(tmp_path / "in")
    assert [error.message for error in report.errors] == ["cannot be read: Too many levels of symbolic links"]
    assert "secret" not in str([verdict.subject for verdict in report.verdicts]).replace("../secret", "")


MANY = ", ".join(f'"s3:Get{at}*"' for at in range(1000))
ACME = BUCKET.replace("local.x", '"acme"')


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        pytest.param(f'Action = "s3:*", Resource = "arn:aws:s3:::acme/*a{"?" * 400}"', "unknown", id="classes without end"),
        pytest.param(f'Action = [{MANY}], Resource = "*"', "fails", id="actions without end"),
    ],
)
def test_a_statement_without_measure_is_decided_or_unknown(tmp_path: Path, statement: str, status: str) -> None:
    role = "arn:aws:iam::258327614892:role/external_s3"
    allow = f'Effect = "Allow", Principal = {{ AWS = "{role}" }}, Action = "s3:*", Resource = "arn:aws:s3:::acme/*"'
    deny = f'Effect = "Deny", Principal = "*", {statement}'
    policy = f"policy = jsonencode({{ Statement = [{{ {allow} }}, {{ {deny} }}] }})"
    tree(tmp_path, {"main.tf": f'{ACME}resource "aws_s3_bucket_policy" "p" {{\n  bucket = "acme"\n  {policy}\n}}\n'})
    assert {verdict.status.value for verdict in audited(tmp_path).verdicts if verdict.need.id == "s3:GetObject"} == {status}


def test_many_statements_of_unresolved_sids_are_merged_in_bounded_time(tmp_path: Path) -> None:
    statement = '  statement {\n    sid       = "A${var.%s}"\n    actions   = ["s3:ListBucket"]\n    resources = ["*"]\n  }\n'
    names = [f"n{number}" for number in range(40)]
    documents = [
        f'data "aws_iam_policy_document" "d{at}" {{\n{"".join(statement % name for name in names[at : at + 4])}}}\n'
        for at in range(0, 40, 4)
    ]
    merged = ", ".join(f"data.aws_iam_policy_document.d{at}.json" for at in range(0, 40, 4))
    code = "".join(f'variable "{name}" {{}}\n' for name in names) + "".join(documents)
    code += f'data "aws_iam_policy_document" "all" {{\n  override_policy_documents = [{merged}]\n}}\n' + BUCKET.replace(
        "local.x", '"b"'
    )
    code += 'resource "aws_s3_bucket_policy" "b" {\n  bucket = "b"\n  policy = data.aws_iam_policy_document.all.json\n}\n'
    (tmp_path / "main.tf").write_text(code)
    found = next(one for one in audited(tmp_path).verdicts if one.need.id == "s3:GetObject")
    assert found.status.value == "unknown"
    assert found.reason.startswith("it depends on 4 values or conditions that the code leaves unresolved")
