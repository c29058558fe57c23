"""An editor with `auditor lsp` behind it: the client of pygls, on standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from pygls.uris import to_fs_path

_T = TypeVar("_T")
MOST = 60.0  # seconds until a test gives up

FULL = lsp.ClientCapabilities(
    general=lsp.GeneralClientCapabilities(position_encodings=[lsp.PositionEncodingKind.Utf16]),
    text_document=lsp.TextDocumentClientCapabilities(
        publish_diagnostics=lsp.PublishDiagnosticsClientCapabilities(
            related_information=True,
            code_description_support=True,
            tag_support=lsp.ClientDiagnosticsTagOptions([lsp.DiagnosticTag.Unnecessary]),
        )
    ),
    workspace=lsp.WorkspaceClientCapabilities(
        workspace_edit=lsp.WorkspaceEditClientCapabilities(
            document_changes=True, change_annotation_support=lsp.ChangeAnnotationsSupportOptions()
        ),
        did_change_watched_files=lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    ),
)


class Editor:
    """An editor in a folder.

    Attributes:
        texts: of the open files, by name.
        diagnostics: the last that came, by name.
        of: the version of the file that they are of.
        logged: what the server logged.
        registered: what the server wants to be told of.
    """

    def __init__(self, folder: Path, able: lsp.ClientCapabilities = FULL) -> None:
        self.folder, self._able = folder, able
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.diagnostics: dict[str, list[lsp.Diagnostic]] = {}
        self.of: dict[str, int | None] = {}
        self.logged: list[str] = []
        self.registered: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._came = asyncio.Event()
        self.client = LanguageClient("test", "1")
        self._listen()

    def _listen(self) -> None:
        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: lsp.PublishDiagnosticsParams) -> None:
            self._take(params)

        @self.client.feature(lsp.WINDOW_LOG_MESSAGE)
        def _(params: lsp.LogMessageParams) -> None:
            self.logged.append(params.message)

        @self.client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def _(params: lsp.RegistrationParams) -> None:
            self.registered += [one.method for one in params.registrations]

    def _take(self, params: lsp.PublishDiagnosticsParams) -> None:
        name = self.name(params.uri)
        self.diagnostics[name], self.of[name] = list(params.diagnostics), params.version
        self._came.set()

    def run(self, what: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(asyncio.wait_for(what, MOST))

    def start(
        self, line: Sequence[str] = (sys.executable, "-m", "auditor", "lsp"), environment: Mapping[str, str] | None = None
    ) -> lsp.InitializeResult:
        async def begin() -> lsp.InitializeResult:
            await self.client.start_io(*line, cwd=self.folder.parent, env=environment)
            folder = lsp.WorkspaceFolder(self.folder.as_uri(), "folder")
            params = lsp.InitializeParams(self._able, process_id=os.getpid(), workspace_folders=[folder])
            result = await self.client.initialize_async(params)
            self.client.initialized(lsp.InitializedParams())
            return result

        return self.run(begin())

    def stop(self) -> int | None:
        """Shuts the server down, as the protocol asks for it; the exit code of its process."""

        async def end() -> int | None:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            await self.client.stop()
            return self.client._server.returncode if self.client._server else None

        code = self.run(end())
        self._loop.close()
        return code

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def name(self, uri: str) -> str:
        return Path(to_fs_path(uri) or "").relative_to(self.folder).as_posix()

    def open(self, name: str) -> None:
        self.texts[name] = (self.folder / name).read_text(encoding="utf-8")
        self.versions[name] = 1
        item = lsp.TextDocumentItem(self.uri(name), "terraform", 1, self.texts[name])
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str) -> None:
        """Makes the text of an open file another one; nothing is saved."""
        self.texts[name] = text
        self.versions[name] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))

    def close(self, name: str) -> None:
        del self.texts[name], self.versions[name]
        identifier = lsp.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(identifier))

    def changed(self, name: str, kind: lsp.FileChangeType) -> None:
        """Tells of a file that changed outside of the editor."""
        event = lsp.FileEvent(self.uri(name), kind)
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))

    def until(self, is_so: Callable[[], bool]) -> None:
        """Waits for diagnostics until something is so."""

        async def wait() -> None:
            while not is_so():
                self._came.clear()
                await self._came.wait()

        self.run(wait())

    def until_told(self, name: str) -> None:
        """Waits for the diagnostics of an open file as it is now."""
        self.until(lambda: self.of.get(name) == self.versions[name])

    def codes(self, name: str) -> list[str]:
        return sorted(str(one.code) for one in self.diagnostics.get(name, []))

    def places(self, name: str) -> dict[str, str]:
        """What stands at each diagnostic of an open file, by its code."""
        return {str(one.code): between(self.texts[name], one.range) for one in self.diagnostics[name]}

    def at(self, name: str, words: str) -> lsp.Position:
        """Where some words begin in an open file."""
        before = self.texts[name][: self.texts[name].index(words)]
        return lsp.Position(before.count("\n"), len(before.rpartition("\n")[2].encode("utf-16-le")) // 2)

    def hover(self, name: str, words: str) -> str:
        at = lsp.HoverParams(lsp.TextDocumentIdentifier(self.uri(name)), self.at(name, words))
        found = self.run(self.client.text_document_hover_async(at))
        return found.contents.value if found and isinstance(found.contents, lsp.MarkupContent) else ""

    def targets(self, name: str, words: str) -> list[str]:
        """Where the definition of what stands at some words leads, as `file:line`, counted from 1."""
        at = lsp.DefinitionParams(lsp.TextDocumentIdentifier(self.uri(name)), self.at(name, words))
        found = self.run(self.client.text_document_definition_async(at))
        places = [one for one in found if isinstance(one, lsp.Location)] if isinstance(found, Sequence) else []
        return [f"{one.uri.rpartition('/')[2]}:{one.range.start.line + 1}" for one in places]

    def actions(self, name: str, region: lsp.Range, only: Iterable[str] | None = None) -> list[lsp.CodeAction]:
        context = lsp.CodeActionContext(self.diagnostics.get(name, []), list(only) if only else None)
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(self.uri(name)), region, context)
        found = self.run(self.client.text_document_code_action_async(params)) or []
        return [one for one in found if isinstance(one, lsp.CodeAction)]

    def make(self, edit: lsp.WorkspaceEdit) -> None:
        """Makes the changes of open files that an action asks for."""
        for document in edit.document_changes or []:
            assert isinstance(document, lsp.TextDocumentEdit)
            name = self.name(document.text_document.uri)
            assert document.text_document.version == self.versions[name]
            self.type(name, edited(self.texts[name], [one for one in document.edits if not isinstance(one, lsp.SnippetTextEdit)]))


def between(text: str, region: lsp.Range) -> str:
    """The text of a region; columns are UTF-16."""
    return text[offset(text, region.start) : offset(text, region.end)]


def offset(text: str, at: lsp.Position) -> int:
    lines = text.split("\n")
    line = lines[at.line].encode("utf-16-le")[: 2 * at.character].decode("utf-16-le")
    return sum(len(one) + 1 for one in lines[: at.line]) + len(line)


def edited(text: str, edits: Iterable[lsp.TextEdit | lsp.AnnotatedTextEdit]) -> str:
    """A text with edits made."""
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        text = text[: offset(text, edit.range.start)] + edit.new_text + text[offset(text, edit.range.end) :]
    return text
