"""What the server answers to each message of an editor.

Source: Language Server Protocol 3.17, by the names of the messages.
"""

from __future__ import annotations

import logging
import signal
import sys

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from auditor.console import fail, say
from auditor.foundation.errors import AuditError
from auditor.lsp.actions import FIX_ALL
from auditor.lsp.session import Session

_WATCHED = "**/*.{tf,tofu,tfvars,json,yaml,yml,template,tftpl,toml}"


class _Said(logging.Handler):
    """What the library logs, by the way that everything goes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Says a record, without its traceback."""
        say(f"{record.levelname.lower()}: {record.getMessage().partition(chr(10))[0]}")


def serve() -> int:
    """Serves one editor on standard input and output, until it leaves; 0 where it said so before.

    Source: Language Server Protocol 3.17, "Exit Notification", of the exit code.
    """
    if sys.stdin is None or sys.stdout is None:
        fail(AuditError("standard input or output is closed: that is where an editor talks with the server"))
    log = logging.getLogger("pygls")
    log.addHandler(_Said())
    log.setLevel(logging.ERROR)
    log.propagate = False
    for sent in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(sent) is not signal.SIG_IGN:
            signal.signal(sent, signal.SIG_DFL)  # whoever ends the server does not wait for an audit, nor for a message
    session = Session()
    _follow(session)
    _answer(session)
    try:
        session.start_io()
    except (MemoryError, OverflowError, ValueError) as error:
        fail(AuditError(f"standard input: a message that is too long, or not a valid one ({type(error).__name__})"))
    return int(not session.is_over)


def _follow(session: Session) -> None:
    """Follows what happens in the editor."""

    @session.feature(lsp.INITIALIZE)
    def _(params: lsp.InitializeParams) -> None:
        folders = params.workspace_folders or []
        top = folders[0].uri if folders else params.root_uri
        session.begin(to_fs_path(top) if top else None)

    @session.feature(lsp.INITIALIZED)
    async def _(_: lsp.InitializedParams) -> None:
        workspace = session.client_capabilities.workspace
        if workspace and workspace.did_change_watched_files and workspace.did_change_watched_files.dynamic_registration:
            watched = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher(_WATCHED)])
            registration = lsp.Registration("watched", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
            await session.client_register_capability_async(lsp.RegistrationParams([registration]))

    @session.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def _(params: lsp.DidOpenTextDocumentParams) -> None:
        session.touched(params.text_document.uri)

    @session.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def _(params: lsp.DidChangeTextDocumentParams) -> None:
        session.touched(params.text_document.uri)

    @session.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def _(params: lsp.DidCloseTextDocumentParams) -> None:
        session.touched(params.text_document.uri)

    @session.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def _(params: lsp.DidSaveTextDocumentParams) -> None:
        session.touched(params.text_document.uri, elsewhere=True)

    @session.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def _(params: lsp.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            session.touched(change.uri, elsewhere=True)


def _answer(session: Session) -> None:
    """Answers what the editor asks."""

    @session.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(params: lsp.HoverParams) -> lsp.Hover | None:
        return next(
            (hover for spot, _ in session.spots(params.text_document.uri, params.position) if (hover := spot.hover()) is not None),
            None,
        )

    @session.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(params: lsp.DefinitionParams) -> list[lsp.Location]:
        return [
            places.located(target)
            for spot, places in session.spots(params.text_document.uri, params.position)
            for target in spot.targets()
        ]

    kinds = [lsp.CodeActionKind.QuickFix, FIX_ALL]

    @session.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True))
    def _(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return list(session.fixes(params))

    @session.feature(lsp.CODE_ACTION_RESOLVE)
    async def _(action: lsp.CodeAction) -> lsp.CodeAction:
        if action.kind == FIX_ALL and isinstance(action.data, str):
            action.edit = await session.all_fixed(action.data)
        return action
