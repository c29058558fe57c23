"""Requests that are too large, written as several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.platforms.v7_darwin.requests.document import decode, read


def split(text: str, size: int, *, dataset_slug: str = "", storage_slug: str = "") -> Iterator[dict[str, Any]]:
    """The same items in requests of at most `size` items; each has the other members of the request that its items come from.

    Args:
        text: a request, a list of requests, a list of items, or JSON Lines of either.
        size: the greatest number of items of a request.
        dataset_slug: of the requests for bare items.
        storage_slug: likewise.

    Raises:
        ValueError: `size` is below 1, bare items come without slugs, or something is not a request.
        NotJson: the text is not JSON.
    """
    if size < 1:
        raise ValueError("a request has at least one item")
    text = text.removeprefix("\ufeff")
    for request in read(text):
        envelope = request.envelope
        if request.bare:
            if not dataset_slug or not storage_slug:
                raise ValueError("bare items need --dataset-slug and --storage-slug")
            envelope = {"dataset_slug": dataset_slug, "storage_slug": storage_slug}
        if not isinstance(envelope, dict) or request.items is None:
            raise ValueError("something is not a registration request: it has no list of items")
        for first in range(0, len(request.items), size):
            yield {**envelope, "items": [decode(text, offset)[0] for offset in request.items[first : first + size]]}
