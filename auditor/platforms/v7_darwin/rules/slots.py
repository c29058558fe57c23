"""The slots of an item, and the layout that arranges them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from auditor.finding import Severity, Symptom
from auditor.platforms.v7_darwin.requests.document import Path
from auditor.platforms.v7_darwin.requests.scope import ItemScope, capital, shown
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, ENABLEMENT
from auditor.rule import declared

DUPLICATE_SLOT = declared(
    "registration-duplicate-slot",
    """Two slots of one name in an item.

    Layouts and annotations refer to slots by name. What the platform does with such an item is not documented, so this is a warning.

    Give each slot a name of its own.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY,),
)


def check_slot_names(scope: ItemScope, slots: list[Any]) -> None:
    """Reports slots with the name of an earlier one."""
    seen: set[str] = set()
    for index, slot in enumerate(slots):
        name = slot.get("slot_name") if isinstance(slot, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            message = f"{capital(scope.who())} has two slots named {shown(name)}; layout and annotations refer to slots by name."
            scope.report(DUPLICATE_SLOT, message, ("slots", index, "slot_name"), "Give each slot a name of its own.")
        seen.add(name)


LAYOUT = declared(
    "registration-layout",
    """A layout that does not match its version or its slots.

    Version 1 has `type` and `slots`, version 2 also `layout_shape`, version 3 has `slots_grid`: rows of cells of slot names. Every name must be
    that of a slot of the item.

    Write the layout as its version requires, with the names of the slots.
    """,
    Severity.ERROR,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY, ENABLEMENT),
)
LAYOUT_COVERAGE = declared(
    "registration-layout-coverage",
    """A layout that leaves a slot out or places one twice.

    A slot that is not placed may not be visible. What the platform does with such a layout is not documented, so this is a warning.

    Place each slot once.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (DARWIN_PY,),
)


def check_layout(scope: ItemScope, item: dict[str, Any]) -> None:
    """Reports a layout that does not fit the slots of its item."""
    layout = item["layout"]
    slots = item.get("slots")
    if not isinstance(layout, dict):
        return
    if slots is None:
        message = f"{capital(scope.who())} has a 'layout' but no 'slots' to arrange, so the platform answers 400 (bad request)."
        fix = "Leave 'layout' out, or write the files as 'slots'."
        scope.report(LAYOUT, message, ("layout",), fix, like="no slots", key=True)
        return
    if not isinstance(slots, list):
        return
    names = [slot.get("slot_name") for slot in slots if isinstance(slot, dict)]
    known = {name for name in names if isinstance(name, str)}
    member = "slots_grid" if layout.get("version") == 3 else "slots"
    placed = [(path, name) for path, name in _texts(layout.get(member), ("layout", member)) if isinstance(name, str) and path[2:]]
    for path, name in placed:
        if name not in known:
            message = (
                f"'layout' of {scope.who()} places {shown(name)}, which is not a slot of the item, "
                "so the platform answers 400 (bad request)."
            )
            fix = f"Use the names of the slots: {', '.join(map(shown, sorted(known)[:8]))}." if known else "Name the slots."
            scope.report(LAYOUT, message, path, fix, like="unknown name")
    if placed:
        _check_coverage(scope, ("layout", member), [name for _, name in placed], names)


def _check_coverage(scope: ItemScope, path: Path, placed: list[str], names: list[Any]) -> None:
    counted = Counter(placed)
    twice = next((name for name, count in counted.items() if count > 1), None)
    left = next((name for name in names if isinstance(name, str) and name not in counted), None)
    if twice is not None:
        message = f"'layout' of {scope.who()} places the slot {shown(twice)} more than once."
        scope.report(LAYOUT_COVERAGE, message, path, "Place each slot once.", like="twice")
    if left is not None:
        message = f"'layout' of {scope.who()} does not place the slot {shown(left)}, so it may not be visible."
        scope.report(LAYOUT_COVERAGE, message, path, f"Place {shown(left)} too.", like="left out")


def _texts(value: Any, path: Path) -> list[tuple[Path, Any]]:
    if isinstance(value, list):
        if len(path) > 5:
            return []
        return [found for index, element in enumerate(value) for found in _texts(element, (*path, index))]
    return [(path, value)]
