"""A session with an editor: what is open goes to the project, what the project answers is shown.

The project works in one thread of its own, so that nobody waits for it who asks for what is known already; what it answers to a state of the
files that has changed since is dropped. Documents are sent whole: how a part of a text is counted is nothing to get wrong in a proof.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from auditor.console import told
from auditor.fixing.apply import fix
from auditor.foundation.border import is_possible
from auditor.foundation.errors import AuditError
from auditor.foundation.path_pattern import is_within
from auditor.foundation.text import Texts
from auditor.foundation.version import __version__
from auditor.lazy.classes import dataclass
from auditor.lsp.actions import FIX_ALL, FIX_ALL_TITLE, Editing, fixing, rewritten
from auditor.lsp.diagnostics import DiagnosticWriter, Shown
from auditor.lsp.hover import Spot
from auditor.lsp.places import EditorPlaces, overlap
from auditor.lsp.project import Audited, Project, texts_of
from auditor.lsp.protocol import Protocol

QUIET = 0.03
"""How long nothing is typed, in seconds, before the files are audited."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer as the editor has it: with its places, and its diagnostics."""

    answer: Audited
    places: EditorPlaces
    shown: tuple[Shown, ...]


@dataclass(slots=True)
class _State:
    """What is open, what is known, and what is to be audited.

    Attributes:
        top: the folder, as the editor calls it; None where there is none, and every file is named in full.
        known: the answers of the latest audit.
        published: the files that have diagnostics in the editor, by their addresses.
        changed: what has changed since; None where anything may have.
        turn: counts the changes.
        told: what was said once already.
        waiting: the audit that is to come.
        auditing: held by the audit that is under way.
    """

    top: str | None = None
    known: tuple[_Known, ...] = ()
    published: set[str] = field(default_factory=set)
    changed: set[str] | None = field(default_factory=set)
    turn: int = 0
    told: set[str] = field(default_factory=set)
    waiting: asyncio.Task[None] | None = None
    auditing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Session(LanguageServer):
    """One editor, and the files that it has open."""

    def __init__(self) -> None:
        whole = lsp.TextDocumentSyncKind.Full
        super().__init__("auditor", __version__, text_document_sync_kind=whole, protocol_cls=Protocol)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        self._project = Project()
        self._state = _State()

    @property
    def is_over(self) -> bool:
        """Whether the editor has said that it leaves."""
        return isinstance(self.protocol, Protocol) and self.protocol.is_over

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002 - as pygls calls it
        """Tells the editor of an error that no request waits for."""
        self._tell(f"error: {error!r}")

    def begin(self, top: str | None) -> None:
        """Works in a folder: everything is named as it would be there."""
        if top is not None and os.path.isdir(top):
            os.chdir(top)
            self._state.top = top

    def touched(self, address: str, *, elsewhere: bool = False) -> None:
        """Audits again, after a moment without changes.

        Args:
            address: of the file that changed.
            elsewhere: whether files that are not open, or settings, may have changed too.
        """
        state = self._state
        path = self._path(address)
        if path is None:
            return
        state.turn += 1
        if elsewhere or state.changed is None:
            state.changed = None
        else:
            state.changed.add(path)
        if state.waiting is not None:
            state.waiting.cancel()
        state.waiting = asyncio.get_running_loop().create_task(self._audit(state.turn))

    async def _audit(self, turn: int) -> None:
        await asyncio.sleep(QUIET)
        state = self._state
        async with state.auditing:  # what changes meanwhile waits here, where the next change takes its place
            buffers, changed = self._buffers(), state.changed
            state.changed = set()
            state.waiting = None  # from here on nothing stops it: what it learns is kept for the next one
            try:
                answers = await asyncio.get_running_loop().run_in_executor(self._worker, self._project.answers, buffers, changed)
                if turn == state.turn:
                    self._publish(answers)
            except Exception as error:  # noqa: BLE001 - whatever it is, the server goes on and says so
                state.changed = None
                self._tell(f"internal error ({error!r}); please report this")

    def _publish(self, answers: tuple[Audited, ...]) -> None:
        state = self._state
        known: list[_Known] = []
        by_file: dict[str, list[lsp.Diagnostic]] = {address: [] for address in (*state.published, *self._versions())}
        for answer in answers:
            try:
                places = self._places(answer.texts)
                shown = tuple(DiagnosticWriter(places, self.client_capabilities).written(answer))
                of_file = [(places.address(one.path), one.diagnostic) for one in shown]
            except Exception as error:  # noqa: BLE001 - whatever it is, the other answers are shown
                self._tell(f"internal error ({error!r}); please report this")
                continue
            known.append(_Known(answer, places, shown))
            for address, diagnostic in of_file:
                by_file.setdefault(address, []).append(diagnostic)
            if answer.trouble and answer.trouble not in state.told:
                state.told.add(answer.trouble)
                self._tell(answer.trouble)
        for address, diagnostics in by_file.items():
            version = self._versions().get(address)
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(address, diagnostics, version))
        state.known = tuple(known)
        state.published = {address for address, diagnostics in by_file.items() if diagnostics}

    def _tell(self, text: str) -> None:
        for line in text.split("\n"):
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, told(line)))

    def _path(self, address: str) -> str | None:
        """A file as somebody in the folder would name it; None for what is not a file and cannot be one."""
        full = to_fs_path(address)
        if not full or not is_possible(full):
            return None
        top = self._state.top
        return full if top is None or not is_within(full, top) else os.path.relpath(full, top).replace(os.sep, "/")

    def _places(self, texts: Texts) -> EditorPlaces:
        documents = ((self._path(document.uri), document.uri) for document in self.workspace.text_documents.values())
        addresses = {os.path.realpath(path): address for path, address in documents if path is not None}
        return EditorPlaces(texts, self.workspace.position_codec, addresses)

    def _buffers(self) -> dict[str, bytes]:
        documents = self.workspace.text_documents.values()
        found = ((self._path(document.uri), document.source) for document in documents)
        return {
            path: source.encode("utf-8", "surrogatepass")
            for path, source in found
            if path is not None and not os.path.isdir(path)  # all that is below would be read
        }

    def _versions(self) -> Mapping[str, int | None]:
        return {document.uri: document.version for document in self.workspace.text_documents.values()}

    def spots(self, address: str, position: lsp.Position) -> Iterator[tuple[Spot, EditorPlaces]]:
        """What is known of a position in a file."""
        for known in self._state.known:
            for path in self._paths(known, address):
                yield Spot(known.answer, known.places, path, position), known.places

    @staticmethod
    def _paths(known: _Known, address: str) -> Iterator[str]:
        """What a run calls the file of an address."""
        yield from (path for path in known.answer.texts.paths if known.places.address(path) == address)

    def fixes(self, params: lsp.CodeActionParams) -> Iterator[lsp.CodeAction]:
        """The fixes of what is shown in a range, and the one that makes all that are safe."""
        only = [one.value if isinstance(one, lsp.CodeActionKind) else one for one in params.context.only or [""]]
        address = params.text_document.uri
        editing = Editing.of(self.client_capabilities, self._versions())
        buffers = self._buffers()
        mine = [(known, one) for known in self._state.known for one in known.shown if known.places.address(one.path) == address]
        if any(_is_asked(lsp.CodeActionKind.QuickFix.value, kind) for kind in only):
            for known, one in mine:
                if one.finding is not None and overlap(one.diagnostic.range, params.range):
                    texts = known.answer.texts
                    now = texts_of(buffers, border=texts.disk.border)
                    yield from fixing(one.finding.fixes, one.diagnostic, texts, now, known.places, editing)
        if any(_is_asked(FIX_ALL, kind) for kind in only) and any(known.answer.request for known, _ in mine):
            yield lsp.CodeAction(FIX_ALL_TITLE, FIX_ALL, data=address)

    async def all_fixed(self, address: str) -> lsp.WorkspaceEdit:
        """What makes all fixes that are safe, each of them tried first, as `auditor check --fix` does."""
        path, buffers = self._path(address), self._buffers()
        changes: dict[str, list[lsp.TextEdit]] = {}
        for known in self._state.known:
            request = known.answer.request
            if path not in known.answer.documents or request is None:
                continue
            texts = texts_of(buffers)
            try:
                fixed = await asyncio.get_running_loop().run_in_executor(self._worker, fix, request, texts)
            except AuditError as error:
                self._tell(str(error))
                continue
            changes |= rewritten(fixed.files, texts, self._places(texts))
        return Editing.of(self.client_capabilities, self._versions()).edit(changes)


def _is_asked(kind: str, asked: str) -> bool:
    """Whether a kind of action is one that is asked for, or below it."""
    return not asked or f"{kind}.".startswith(f"{asked}.")
