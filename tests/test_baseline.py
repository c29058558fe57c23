"""A baseline: what it holds, what it hides, what it says of what is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.finding import Finding
from auditor.model import Move

BUCKET = 'resource "aws_s3_bucket" "{}" {{\n  bucket = "acme-{}"\n}}\n'
CORS = """
resource "aws_s3_bucket_cors_configuration" "{0}" {{
  bucket = aws_s3_bucket.{0}.id
  cors_rule {{
    allowed_methods = {1}
    allowed_origins = ["https://darwin.v7labs.com"]
    allowed_headers = ["*"]
  }}
}}
"""
GRANT = "access-grant-missing/{}/{}/s3:GetObject s3:PutObject"
REFUSED = "cors-request-refused/{}/{}/{}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "main.tf", code("images"))
    return tmp_path


def code(name: str, methods: str = '["GET"]') -> str:
    return BUCKET.format(name, name) + CORS.format(name, methods)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--format", "json", "--baseline", "known.json", *arguments], catch_exceptions=False)


def told(result: Result) -> tuple[int, list[str], str]:
    """Exit code, fingerprints of the findings but for their roots, and the note on the baseline."""
    report = json.loads(result.stdout)
    (note,) = (note.removeprefix("baseline known.json: ") for note in report["notes"] if note.startswith("baseline "))
    return result.exit_code, [finding["fingerprint"].rpartition("/")[0] for finding in report["findings"]], note


def entries() -> dict[str, tuple[str, str, int]]:
    document = json.loads(Path("known.json").read_text(encoding="utf-8"))
    assert document["version"] == 1
    return {one["fingerprint"]: (one["contract"], one["root"], one["count"]) for one in document["findings"]}


def update(*arguments: str) -> str:
    code_, findings, note = told(check("--update-baseline", *arguments))
    assert (code_, findings) == (0, [])
    return note


def test_what_is_known_does_not_count(here: Path) -> None:
    assert update() == "updated, 2 findings"
    assert entries() == {
        GRANT.format("main.tf", "aws_s3_bucket.images"): ("v7-darwin", ".", 1),
        REFUSED.format("main.tf", "aws_s3_bucket.images", "cors:PUT"): ("v7-darwin", ".", 1),
    }
    result = check()
    assert told(result) == (0, [], "2 known findings not counted")
    assert json.loads(result.stdout)["summary"]["known"] == 2
    # lines do not matter, nor where it is started
    write(here / "main.tf", "\n\n# a comment\n" + code("images"))
    assert told(check()) == (0, [], "2 known findings not counted")


def test_a_new_finding_counts_and_one_that_is_gone_is_told(here: Path) -> None:
    update()
    write(here / "main.tf", code("images", '["PUT"]'))
    expected = (
        1,
        [REFUSED.format("main.tf", "aws_s3_bucket.images", "cors:GET")],
        "1 known finding not counted; 1 gone (--update-baseline removes it)",
    )
    assert told(check()) == expected
    assert update() == "updated, 2 findings, 1 gone"
    assert REFUSED.format("main.tf", "aws_s3_bucket.images", "cors:GET") in entries()


def test_it_is_written_sorted_and_the_same_twice(here: Path) -> None:
    write(here / "a.tf", code("zebra") + code("ant"))
    update("--all-buckets")
    text = Path("known.json").read_text(encoding="utf-8")
    assert [*entries()] == sorted(entries())
    update("--all-buckets")
    assert Path("known.json").read_text(encoding="utf-8") == text


def test_a_run_on_a_part_says_nothing_of_the_rest(here: Path) -> None:
    write(here / "main.tf", code("images") + code("scans"))
    update("--all-buckets")
    before = entries()
    assert told(check("--bucket", "aws_s3_bucket.images")) == (0, [], "2 known findings not counted")
    assert told(check("--all-buckets", "--select", "cors-request-refused")) == (0, [], "2 known findings not counted")
    assert update("--bucket", "aws_s3_bucket.images") == "updated, 4 findings"
    assert entries() == before
    write(here / "main.tf", code("images"))
    assert told(check("--all-buckets")) == (0, [], "2 known findings not counted; 2 gone (--update-baseline removes them)")


def test_what_is_known_under_one_contract_is_new_under_another(here: Path) -> None:
    update()
    write(
        here / "mine.yaml",
        'id: mine\ntitle: V7 Darwin\norigin: {url: "https://darwin.v7labs.com"}\nneeds:\n  - {id: "cors:PUT", why: w, headers: [x-mine]}\n',
    )
    fingerprint = REFUSED.format("main.tf", "aws_s3_bucket.images", "cors:PUT")
    assert told(check("--contract", "mine.yaml")) == (1, [fingerprint], "no known findings")


def test_what_is_known_in_one_root_is_new_in_another(here: Path) -> None:
    write(here / "modules/m/main.tf", code("images"))
    (here / ".git").mkdir()
    (here / "main.tf").unlink()
    call = 'module "m" {\n  source = "../modules/m"\n}\n'
    write(here / "dev/main.tf", call)
    update()
    write(here / "prod/main.tf", call)
    new = [
        GRANT.format("modules%2Fm%2Fmain.tf", "module.m.aws_s3_bucket.images"),
        REFUSED.format("modules%2Fm%2Fmain.tf", "module.m.aws_s3_bucket.images", "cors:PUT"),
    ]
    assert told(check("prod")) == (1, new, "no known findings")
    assert told(check("dev")) == (0, [], "2 known findings not counted")


def test_more_findings_of_one_entry_than_are_known_are_all_told(here: Path) -> None:
    malformed = "# auditor: ignore[acls]\n"
    write(here / "main.tf", code("images") + malformed)
    update("--select", "suppression-malformed")
    assert [count for *_, count in entries().values()] == [1]
    assert told(check("--select", "suppression-malformed"))[:2] == (0, [])
    write(here / "main.tf", code("images") + malformed + "\n" + malformed)
    code_, findings, note = told(check("--select", "suppression-malformed"))
    assert (code_, len(findings), note) == (1, 2, "no known findings")


def test_what_moved_keeps_its_entries(here: Path) -> None:
    update()
    write(here / "main.tf", 'module "m" {\n  source = "./m"\n  for_each = toset(["eu"])\n}\n')
    write(here / "m/main.tf", code("images"))
    code_, findings, note = told(check())
    assert (code_, len(findings), note) == (1, 2, "no known findings; 2 gone (--update-baseline removes them)")
    with (here / "main.tf").open("a", encoding="utf-8") as file:
        file.write(
            'moved {\n  from = aws_s3_bucket.images\n  to   = aws_s3_bucket.pictures\n}\nmoved {\n  from = aws_s3_bucket.pictures\n  to   = module.m["eu"].aws_s3_bucket.images\n}\n'
        )
    assert told(check()) == (0, [], "2 known findings not counted")
    assert update() == "updated, 2 findings"
    assert GRANT.format("m%2Fmain.tf", 'module.m["eu"].aws_s3_bucket.images') in entries()


@pytest.mark.parametrize(
    ("former", "present", "address", "expected"),
    [
        ("aws_s3_bucket.a", "aws_s3_bucket.b", "aws_s3_bucket.a", "aws_s3_bucket.b"),
        ("aws_s3_bucket.a", "aws_s3_bucket.b", 'aws_s3_bucket.a["x"]', 'aws_s3_bucket.b["x"]'),
        ("aws_s3_bucket.a", "aws_s3_bucket.b", "aws_s3_bucket.ab", "aws_s3_bucket.ab"),
        ("aws_s3_bucket.a", "aws_s3_bucket.a[0]", "aws_s3_bucket.a", "aws_s3_bucket.a[0]"),
        ("aws_s3_bucket.a", "aws_s3_bucket.a[0]", "aws_s3_bucket.a[1]", "aws_s3_bucket.a[1]"),
        ("module.a", "module.b.module.a", "module.a[0].aws_s3_bucket.x", "module.b.module.a[0].aws_s3_bucket.x"),
        ('module.a["x"]', "module.b", 'module.a["x"].aws_s3_bucket.x', "module.b.aws_s3_bucket.x"),
    ],
)
def test_a_move_is_followed_by_what_it_is_about_alone(former: str, present: str, address: str, expected: str) -> None:
    assert Move(former, present).follow(address) == expected


def test_what_a_plan_says_of_former_addresses_counts_too(here: Path) -> None:
    bucket = {"mode": "managed", "type": "aws_s3_bucket", "name": "images", "provider_name": "registry.terraform.io/hashicorp/aws"}
    change = {"change": {"actions": ["no-op"], "before": {}, "after": {"bucket": "acme"}, "after_unknown": {}}}

    def plan(address: str, **moved: str) -> str:
        one = {**bucket, "address": address, "values": {"bucket": "acme"}}
        changes = [{**bucket, "address": address, **moved, **change}]
        return json.dumps(
            {
                "format_version": "1.2",
                "terraform_version": "1.9.0",
                "planned_values": {"root_module": {"resources": [one]}},
                "resource_changes": changes,
                "configuration": {},
            }
        )

    write(here / "plan.json", plan("aws_s3_bucket.images"))
    update("plan.json")
    write(here / "plan.json", plan("aws_s3_bucket.images[0]"))
    assert told(check("plan.json"))[0] == 1
    write(here / "plan.json", plan("aws_s3_bucket.images[0]", previous_address="aws_s3_bucket.images"))
    assert told(check("plan.json"))[:2] == (0, [])


def test_an_incomplete_audit_writes_nothing_and_an_error_is_never_known(here: Path) -> None:
    write(here / "broken.tf", "resource {")
    result = check("--update-baseline")
    assert told(result)[0] == 2
    assert told(result)[2] == "not updated, since the audit is incomplete"
    assert not (here / "known.json").exists()
    write(here / "known.json", '{"version": 1, "findings": []}')
    assert "input-error" in {finding["rule"] for finding in json.loads(check().stdout)["findings"]}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "known.json:1:1: the baseline ends where a JSON value is expected"),
        ("<<<<<<<", "known.json:1:1: the baseline has '<' where a JSON value is expected"),
        ("[]", "known.json:1:1: this is not a baseline: it has no 'version' and 'findings'; --update-baseline writes one"),
        (
            '{"version": 2, "findings": []}',
            "known.json:1:13: the version of the baseline is 2, and this version of auditor reads 1",
        ),
        ('{"version": 1, "findings": {}}', "known.json:1:28: 'findings' must be a list"),
        ('{"version": 1,\n "findings": [1]}', "known.json:2:15: 'fingerprint' must be text"),
        (
            '{"version": 1, "findings": [{"fingerprints": 1}]}',
            "known.json:1:29: unknown key 'fingerprints'; did you mean 'fingerprint'?",
        ),
        (
            '{"version": 1, "findings": [{"fingerprint": "a/b", "contract": "", "root": "", "count": 1}]}',
            "known.json:1:29: 'a/b' is not a valid fingerprint",
        ),
        (
            '{"version": 1, "findings": [{"fingerprint": "a/b/c/d", "contract": "", "root": "", "count": 0}]}',
            "known.json:1:29: 'count' must be at least 1",
        ),
        (
            '{"version": 1, "findings": [{"fingerprint": "a/b/c/d", "contract": "", "root": "", "count": true}]}',
            "known.json:1:29: 'count' must be a number",
        ),
    ],
)
def test_a_damaged_file_is_an_error_at_its_place(here: Path, text: str, error: str) -> None:
    write(here / "known.json", text)
    for arguments in ((), ("--update-baseline",)):
        result = check(*arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {error}\n")


def test_a_file_that_is_not_there_is_an_error_unless_it_is_to_be_written(here: Path) -> None:
    result = check()
    assert (result.exit_code, result.stderr) == (
        2,
        "error: known.json:1:1: there is no such baseline: --update-baseline writes it\n",
    )
    result = CliRunner().invoke(main, ["check", "--update-baseline", str(here)])
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: --update-baseline needs --baseline FILE\n")


def test_a_fingerprint_has_its_parts() -> None:
    parts = ("a-rule", "a/b%2F.tf", 'module.x["a/b"].c', "")
    assert Finding.parted(Finding.joined(parts)) == parts
    assert Finding.parted("a/b/c") is None
