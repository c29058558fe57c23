"""Keys that are written twice, and items of the same name."""

from __future__ import annotations

from typing import Any

from auditor.finding import Related, Severity, Symptom
from auditor.foundation.location import Location
from auditor.platforms.v7_darwin.requests.document import Path, Repeated, json_pointer
from auditor.platforms.v7_darwin.requests.scope import ItemScope, RequestScope, capital, shown
from auditor.platforms.v7_darwin.rules._sources import TROUBLESHOOTING
from auditor.rule import declared

REPEATED_KEY = declared(
    "registration-repeated-key",
    """A key that is written more than once in one object.

    JSON does not say what that means; most readers take the last value and forget the others, so a part of the request is lost silently.

    Write the key once.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    ("https://www.rfc-editor.org/rfc/rfc8259#section-4",),
)

_DEEPEST = 8


def check_repeated_in_request(scope: RequestScope, envelope: dict[str, Any]) -> None:
    """Reports keys that the request itself has more than once."""
    for name in envelope.names if isinstance(envelope, Repeated) else ():
        scope.report(REPEATED_KEY, _more_than_once(scope.label, name), (name,), f"Write {shown(name)} once.", key=True)


def check_repeated_in_item(scope: ItemScope, value: Any, path: Path = ()) -> None:
    """Reports keys that an object of the item has more than once."""
    if len(path) > _DEEPEST:
        return
    if type(value) is Repeated:
        for name in value.names:
            message = _more_than_once(capital(scope.who(path)), name)
            scope.report(REPEATED_KEY, message, (*path, name), f"Write {shown(name)} once.", key=True)
    if isinstance(value, dict):
        for name, member in value.items():
            if type(member) in {dict, list, Repeated}:
                check_repeated_in_item(scope, member, (*path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            if type(element) in {dict, list, Repeated}:
                check_repeated_in_item(scope, element, (*path, index))


def _more_than_once(who: str, name: str) -> str:
    return f"{who} has the key {shown(name)} more than once; only the last one counts, if the platform takes it at all."


DUPLICATE_NAME = declared(
    "registration-duplicate-name",
    """Two items of one name in one folder of a dataset.

    The name of an item is unique in its folder. The platform registers the first and blocks the other: the answer is 200, with the item under
    `blocked_items`, so a script that looks at the status alone does not notice. Requests of the same dataset are compared with each other, also
    across the files of one run.

    Give one of them another name or another `path`. Which items the dataset already has, only the platform can tell.
    """,
    Severity.ERROR,
    (Symptom.BAD_REQUEST,),
    (TROUBLESHOOTING,),
)


class SeenNames:
    """The names of the items that a run has seen, by dataset."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, tuple[str, int, Path]]] = {}

    def check(self, item: ItemScope, request: int) -> None:
        """Reports an item whose name and folder another item has.

        Args:
            item: the item.
            request: the number of its request in the run: without a dataset, names are compared within their own request only.
        """
        name = item.name
        if not name:
            return
        folder = item.folder.strip("/")
        dataset = item.parent.dataset
        names = self._seen.setdefault(f"#{request}" if dataset is None else f"={dataset}", {})
        file = item.parent.file
        path, offset, pointer = names.setdefault(f"{folder}\0{name}", (file.path, item.offset, item.pointer))
        if (path, offset) == (file.path, item.offset):
            return
        elsewhere = (
            f"{path} has at {json_pointer(pointer) or 'an earlier line'}"
            if path != file.path
            else f"{json_pointer(pointer) or 'an earlier line'} has"
        )
        message = (
            f"{capital(item.who())} has the name and folder ({shown('/' + folder)}) that {elsewhere}; "
            "a name is unique in its folder, so the platform blocks this item."
        )
        place = file.location(offset, offset + 1) if path == file.path else Location(path)
        related = (Related(place, "the item with the same name and folder"),)
        member = "filename" if item.parent.legacy else "name"
        item.report(DUPLICATE_NAME, message, (member,), "Give it another name, or another 'path'.", related=related)
