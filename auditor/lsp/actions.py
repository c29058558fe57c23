"""Fixes as code actions: one for each fix of a finding, and one that makes all that are safe.

Source: Language Server Protocol 3.17, "Code Action Request" and "WorkspaceEdit" (change annotations).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from lsprotocol.types import (
    AnnotatedTextEdit,
    ChangeAnnotation,
    ClientCapabilities,
    CodeAction,
    CodeActionKind,
    Diagnostic,
    OptionalVersionedTextDocumentIdentifier,
    Position,
    Range,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from auditor.console import told
from auditor.finding import Certainty, Patch
from auditor.foundation.text import Texts
from auditor.lazy.classes import dataclass
from auditor.lsp.places import EditorPlaces

FIX_ALL = f"{CodeActionKind.SourceFixAll.value}.auditor"
FIX_ALL_TITLE = "Fix all that is safe (auditor)"
_REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Editing:
    """How an editor takes changes of files.

    Attributes:
        versions: of the open files, by their addresses.
        versioned: whether it takes changes with the version of the file that they are for.
        annotated: whether it can ask before it makes a change.
    """

    versions: Mapping[str, int | None]
    versioned: bool
    annotated: bool

    @staticmethod
    def of(able: ClientCapabilities, versions: Mapping[str, int | None]) -> Editing:
        """As the editor said at the beginning."""
        edits = able.workspace.workspace_edit if able.workspace else None
        versioned = bool(edits and edits.document_changes)
        return Editing(versions, versioned, versioned and bool(edits and edits.change_annotation_support))

    def edit(self, changes: Mapping[str, list[TextEdit]], ask: str = "") -> WorkspaceEdit:
        """Changes by the address of the file; with a question, the editor asks first, if it can."""
        if not self.versioned:
            return WorkspaceEdit(changes=dict(changes))
        asks = ask if self.annotated else ""
        documents = [
            TextDocumentEdit(
                OptionalVersionedTextDocumentIdentifier(address, self.versions.get(address)),
                [AnnotatedTextEdit(_REVIEW, edit.range, edit.new_text) if asks else edit for edit in edits],
            )
            for address, edits in changes.items()
        ]
        annotations = {_REVIEW: ChangeAnnotation(asks, needs_confirmation=True, description="Review this fix first.")}
        return WorkspaceEdit(document_changes=list(documents), change_annotations=annotations if asks else None)


def fixing(
    patches: Iterable[Patch], shown: Diagnostic, texts: Texts, now: Texts, places: EditorPlaces, editing: Editing
) -> Iterator[CodeAction]:
    """The fixes of a finding that can be made, the safe ones preferred.

    Args:
        patches: they.
        shown: the diagnostic of the finding.
        texts: what they are fixes of.
        now: the same files as they are by now; a fix of one that changed is left out.
        places: of what was audited.
        editing: how the editor takes changes.
    """
    for patch in patches:
        paths = {edit.location.path for edit in patch.edits}
        if not paths or any(_is_stale(path, texts, now) for path in paths):
            continue
        safe = patch.certainty is Certainty.SAFE
        changes: dict[str, list[TextEdit]] = {}
        for edit in patch.edits:
            ends = "\r\n" if b"\r\n" in texts.read_bytes(edit.location.path) else "\n"
            address = places.address(edit.location.path)
            changes.setdefault(address, []).append(TextEdit(places.range(edit.location), edit.text.replace("\n", ends)))
        title = told(patch.title if safe else f"{patch.title} (review first)")
        yield CodeAction(
            title,
            CodeActionKind.QuickFix,
            [shown],
            is_preferred=safe or None,
            edit=editing.edit(changes, "" if safe else title),
        )


def _is_stale(path: str, texts: Texts, now: Texts) -> bool:
    try:
        return now.read_bytes(path) != texts.read_bytes(path)
    except OSError:
        return True


def rewritten(files: Mapping[str, bytes], texts: Texts, places: EditorPlaces) -> dict[str, list[TextEdit]]:
    """The edits, by address, that make the content of files another one: of the lines that differ."""
    return {
        places.address(path): list(_edits(texts.read_bytes(path), content, places.end(path))) for path, content in files.items()
    }


def _edits(old: bytes, new: bytes, end_of_old: Position) -> Iterator[TextEdit]:
    before, after = (each.decode("utf-8").removeprefix("\ufeff").split("\n") for each in (old, new))
    lines = [[f"{line}\n" for line in text[:-1]] + text[-1:] for text in (before, after)]

    def start_of(line: int) -> Position:
        return Position(line, 0) if line < len(lines[0]) else end_of_old

    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, lines[0], lines[1], autojunk=False).get_opcodes():
        if tag != "equal":
            yield TextEdit(Range(start_of(start), start_of(end)), "".join(lines[1][new_start:new_end]))
