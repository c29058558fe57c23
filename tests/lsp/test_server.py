"""`auditor lsp` with a real client: one server for all of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest

pytest.importorskip("pygls", reason="the extra 'lsp' is not installed")

from lsprotocol import types as lsp

from tests.lsp.editor import Editor
from tests.own_code import PROJECT

pytestmark = pytest.mark.process

EVERYTHING = lsp.Range(lsp.Position(0, 0), lsp.Position(10_000, 0))


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("code") / "de+mo é"
    shutil.copytree(PROJECT / "fixtures/demo", folder)
    one = Editor(folder)
    one.start()
    yield one
    assert one.stop() == 0
    assert one.logged == []
    assert one.registered == [lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES]


@pytest.fixture
def scans(editor: Editor) -> Iterator[Editor]:
    """The editor with one open file, as it is on disk."""
    editor.open("scans.tf")
    editor.until_told("scans.tf")
    editor.until(lambda: bool(editor.diagnostics.get("videos.tf")))  # the last file of what is told together
    yield editor
    editor.close("scans.tf")
    editor.until(lambda: not any(editor.diagnostics.values()))  # nothing is open, nothing is shown


def test_a_file_that_is_opened_shows_what_is_wrong(scans: Editor) -> None:
    found = {str(one.code): one for one in scans.diagnostics["scans.tf"]}
    assert sorted(found) == [
        "access-denied-by-statement",
        "acls-enabled",
        "cors-impossible-origin",
        "cors-request-refused",
        "kms-grant-missing",
    ]
    denied = found["access-denied-by-statement"]
    assert denied.severity is lsp.DiagnosticSeverity.Error
    assert denied.message == (
        "Statement 'KeepRawScans' denies V7 Darwin s3:PutObject in aws_s3_bucket.scans; the shortest key that it denies is 'raw/'."
    )
    assert denied.code_description == lsp.CodeDescription(
        "https://github.com/auditor-dev/auditor/blob/main/rules/README.md#access-denied-by-statement"
    )
    assert [(one.message, one.location.range.start.line + 1) for one in denied.related_information or ()] == [
        ("bucket", 3),
        ("bucket policy", 50),
    ]
    assert scans.places("scans.tf")["kms-grant-missing"] == '["kms:Encrypt", "kms:Decrypt"]'
    assert found["cors-impossible-origin"].tags == (lsp.DiagnosticTag.Unnecessary,)
    # what the file belongs to is told too, unknown verdicts of one reason together
    assert [str(one.message).splitlines()[0] for one in scans.diagnostics["videos.tf"]][2] == (
        "kms:Decrypt and kms:GenerateDataKey of 'aws_s3_bucket.videos' are unknown: the key 'var.video_key_arn' is not in the code: "
        "var.video_key_arn has no default."
    )
    assert {one.severity for one in scans.diagnostics["videos.tf"]} == {lsp.DiagnosticSeverity.Information}


def test_a_file_with_nothing_wrong_is_told_to_have_nothing(scans: Editor) -> None:
    scans.open("main.tf")
    scans.until_told("main.tf")
    assert scans.diagnostics["main.tf"] == []
    scans.close("main.tf")


def test_what_is_typed_counts_before_it_is_saved(scans: Editor) -> None:
    text = scans.texts["scans.tf"]
    scans.type("scans.tf", text.replace('"/raw/*"', '"/raw/*"').replace("BucketOwnerPreferred", "BucketOwnerEnforced"))
    scans.until_told("scans.tf")
    assert "acls-enabled" not in scans.codes("scans.tf")
    scans.type("scans.tf", text + 'resource "aws_s3_bucket" {\n')
    scans.until_told("scans.tf")
    assert "input-error" in scans.codes("scans.tf")  # a broken file ends nothing
    scans.type("scans.tf", "# 🪣 é\n" + text)
    scans.until_told("scans.tf")
    assert scans.places("scans.tf")["kms-grant-missing"] == '["kms:Encrypt", "kms:Decrypt"]'


def test_columns_are_counted_as_the_editor_counts_them(scans: Editor) -> None:
    scans.type("scans.tf", scans.texts["scans.tf"].replace("Action    = [", "/* 🪣 */ Action = ["))
    scans.until_told("scans.tf")
    assert scans.places("scans.tf")["kms-grant-missing"] == '["kms:Encrypt", "kms:Decrypt"]'


def test_a_hover_says_the_verdicts_and_why(scans: Editor) -> None:
    assert scans.hover("scans.tf", '"scans"').splitlines()[:4] == [
        "**V7 Darwin**, `aws_s3_bucket.scans`: 4 fail, 6 hold",
        "",
        "- ✅ `s3:GetObject` holds: statement `DarwinAccess` grants it for every key.",
        "- ❌ `s3:PutObject` fails: statement `KeepRawScans` denies s3:PutObject. PUT of `raw/` is refused.",
    ]
    assert scans.hover("scans.tf", '"KeepRawScans"').splitlines() == [
        "This decides:",
        "",
        "- ❌ `s3:PutObject of aws_s3_bucket.scans` fails: statement `KeepRawScans` denies s3:PutObject. PUT of `raw/` is refused.",
    ]
    assert scans.hover("scans.tf", "description") == ""


def test_a_definition_leads_to_what_decides_and_back(scans: Editor) -> None:
    assert scans.targets("scans.tf", '"scans"') == ["scans.tf:63", "scans.tf:18", "scans.tf:85", "scans.tf:11"]
    assert scans.targets("scans.tf", '"KeepRawScans"') == ["scans.tf:3"]


def test_a_fix_is_made_and_proven(scans: Editor) -> None:
    offered = scans.actions("scans.tf", EVERYTHING, ["quickfix"])
    assert [(one.title, one.is_preferred) for one in offered] == [
        ("Turn ACLs off (review first)", None),
        ("Add kms:GenerateDataKey to the actions of statement 'DarwinKey'", True),
        ("Exempt V7 Darwin from statement 'KeepRawScans' by a condition (review first)", None),
        ("Write 'https://darwin.v7labs.com' (review first)", None),
        ("Let rule 2 answer V7 Darwin", True),
    ]
    asks = offered[0].edit.change_annotations if offered[0].edit else None
    assert [one.needs_confirmation for one in (asks or {}).values()] == [True]
    safe = offered[1]
    assert safe.edit is not None
    assert not safe.edit.change_annotations
    assert [one.code for one in safe.diagnostics or ()] == ["kms-grant-missing"]
    scans.make(safe.edit)
    scans.until_told("scans.tf")
    assert "kms-grant-missing" not in scans.codes("scans.tf")
    assert "- ✅ `kms:GenerateDataKey` holds: " in scans.hover("scans.tf", '"scans"')


def test_all_that_is_safe_is_fixed_at_once(scans: Editor) -> None:
    text = scans.texts["scans.tf"]
    (offered,) = scans.actions("scans.tf", EVERYTHING, ["source.fixAll"])
    assert (offered.title, offered.kind, offered.edit) == ("Fix all that is safe (auditor)", "source.fixAll.auditor", None)
    edit = scans.run(scans.client.code_action_resolve_async(offered)).edit
    assert edit is not None
    scans.make(edit)
    assert scans.texts["scans.tf"] == text.replace(
        '["kms:Encrypt", "kms:Decrypt"]', '["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]'
    ).replace('["content-type"]', '["*"]')
    scans.until_told("scans.tf")
    assert "kms-grant-missing" not in scans.codes("scans.tf")


def test_a_fix_of_a_text_that_is_another_one_by_now_is_not_offered(scans: Editor) -> None:
    scans.type("scans.tf", "\n" + scans.texts["scans.tf"])
    assert scans.actions("scans.tf", EVERYTHING, ["quickfix"]) == []
    scans.until_told("scans.tf")
    assert len(scans.actions("scans.tf", EVERYTHING, ["quickfix"])) == 5


def test_a_file_that_is_gone_shows_nothing(scans: Editor) -> None:
    assert scans.diagnostics["videos.tf"]
    content = (scans.folder / "videos.tf").read_bytes()
    (scans.folder / "videos.tf").unlink()
    scans.changed("videos.tf", lsp.FileChangeType.Deleted)
    scans.until(lambda: not scans.diagnostics["videos.tf"])
    assert scans.codes("scans.tf")
    (scans.folder / "videos.tf").write_bytes(content)
    scans.changed("videos.tf", lsp.FileChangeType.Created)
    scans.until(lambda: bool(scans.diagnostics["videos.tf"]))


def test_settings_count_and_what_is_wrong_in_them_is_shown(scans: Editor) -> None:
    settings = scans.folder / ".auditor.yaml"
    try:
        settings.write_text("rules:\n  acls-enabled: off\n")
        scans.changed(".auditor.yaml", lsp.FileChangeType.Created)
        scans.until(lambda: "acls-enabled" not in scans.codes("scans.tf"))
        settings.write_text("rules:\n  acls-enable: off\n")
        scans.changed(".auditor.yaml", lsp.FileChangeType.Changed)
        scans.until(lambda: bool(scans.diagnostics.get(".auditor.yaml")))
        (wrong,) = scans.diagnostics[".auditor.yaml"]
        assert (wrong.range.start.line, wrong.message) == (1, "there is no rule 'acls-enable'; did you mean 'acls-enabled'?")
    finally:
        settings.unlink()
        scans.changed(".auditor.yaml", lsp.FileChangeType.Deleted)
        scans.until(lambda: "acls-enabled" in scans.codes("scans.tf") and not scans.diagnostics[".auditor.yaml"])


def test_a_request_that_is_cancelled_is_dropped(scans: Editor) -> None:
    (offered,) = scans.actions("scans.tf", EVERYTHING, ["source.fixAll"])

    async def cancelled() -> str:
        asked = scans.client.protocol.send_request(lsp.CODE_ACTION_RESOLVE, offered, msg_id="mine")
        scans.client.protocol.notify("$/cancelRequest", lsp.CancelParams("mine"))
        try:
            return str(await asyncio.wrap_future(asked))
        except Exception as error:  # noqa: BLE001 - whatever class pygls gives it
            return str(error)

    assert scans.run(cancelled()) == 'Request with id "mine" is canceled'
    assert scans.hover("scans.tf", '"scans"')
