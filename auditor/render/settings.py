"""What settings say of one path, and where each of it is written."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.location import Location
from auditor.render.parts.options import RenderOptions
from auditor.render.parts.terminal import Paint, clean, pad, width_of
from auditor.settings.types import SettingsFile, WantedContract
from auditor.sources.options import Local

_Line = tuple[str, str, Location]


def render(path: str, file: SettingsFile | None, looked: str, options: RenderOptions) -> str:
    """What applies to a path, one thing a line, with its place.

    Args:
        path: the root, as the user named it.
        file: the settings file that speaks for it; None when there is none.
        looked: where the search for one ended.
        options: how to show it.
    """
    if file is None:
        return f"no .auditor.yaml applies to {clean(path)} (none from there up to {clean(looked)})\n"
    paint = Paint(options.color)
    lines = [(label, clean(text), f"{place.path}:{place.line}") for label, text, place in _lines(path, file)]
    labels = max((width_of(label) for label, *_ in lines), default=0)
    texts = min(60, max((width_of(text) for _, text, _ in lines), default=0))
    shown = [f"{paint.bold(clean(path))}  {paint.dim(clean(file.path))}"]
    shown += [f"  {paint.cyan(pad(label, labels))}  {pad(text, texts)}  {paint.dim(clean(place))}" for label, text, place in lines]
    return "\n".join(shown) + "\n"


def _lines(path: str, file: SettingsFile) -> Iterator[_Line]:
    for pattern in file.exclude:
        if pattern.covers(path):
            yield "excluded", f"by {pattern.text}", pattern.location
    for wanted in file.contracts:
        yield "contract", _contract(wanted), wanted.location
    # of what is given twice, the later one is in force
    given = {key: line for local in file.local if local.pattern.covers(path) for key, line in _given(local)}
    yield from given.values()
    for rule, setting in file.rules.items():
        yield "rule", f"{rule}: {setting.severity.value if setting.severity else 'off'}", setting.location
    for name, place in file.assume.items():
        yield "assumption", name, place


def _contract(wanted: WantedContract) -> str:
    given = ", ".join(f"{name}: {value}" for name, value in wanted.parameters.items())
    buckets = ", ".join(wanted.buckets) or (f"{wanted.which} buckets" if wanted.which else "")
    return wanted.name + (f" ({given})" if given else "") + (f" for {buckets}" if buckets else "")


def _given(local: Local) -> Iterator[tuple[tuple[str, str], _Line]]:
    """What is given for the roots of one pattern, by what a later pattern would replace."""
    place = local.pattern.location
    for one in local.assignments:
        line = ("var", f"{one.name}={one.value}") if one.name else ("var file", one.value)
        yield (line[0], one.name or one.value), (*line, one.location or place)
    for name in local.parameter_files:
        yield ("parameter file", name), ("parameter file", name, local.places.get("parameter-files", place))
    for name, (value, at) in local.parameters.items():
        yield ("parameter", name), ("parameter", f"{name}={value}", at)
    for label, told in (("workspace", local.workspace), ("account", local.account), ("region", local.region)):
        if told is not None:
            yield (label, ""), (label, told, local.places.get(label, place))
