"""A request as a whole: its slugs, how many items it has, and which version of the request it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditor.finding import Severity, Symptom
from auditor.platforms.v7_darwin.requests.scope import RequestScope, shown
from auditor.platforms.v7_darwin.rules._sources import DARWIN_PY, IMPORTS, REGISTERING, TROUBLESHOOTING
from auditor.rule import declared

MAXIMUM_ITEMS = 500
"""Source: https://docs.v7labs.com/docs/external-storage-troubleshooting"""
RECOMMENDED_ITEMS = 100
"""Source: https://docs.v7labs.com/reference/imports"""

SLUG = declared(
    "registration-slug",
    """A dataset or storage that is not given by its slug.

    A slug is the name in lower case with hyphens for spaces: not the name as the platform displays it, and for the storage not the name of
    the bucket. With anything else the platform answers that it cannot find the dataset or the storage.

    Write the slug. Whether a well-formed slug exists, only the platform can tell.
    """,
    Severity.ERROR,
    (Symptom.NOT_FOUND,),
    (TROUBLESHOOTING, DARWIN_PY),
)

_slug = re.compile(r"[a-z0-9._-]+").fullmatch


def check_slugs(scope: RequestScope, envelope: Mapping[str, Any]) -> None:
    """Reports slugs that cannot be any."""
    for name in ("dataset_slug", "storage_slug"):
        slug = envelope.get(name)
        if not isinstance(slug, str) or not slug or _slug(slug):
            continue
        right = re.sub(r"\s+", "-", slug.rpartition("/")[2].strip().lower())
        message = (
            f"'{name}' is {shown(slug)}, which is not a valid slug: a slug has lower-case letters, and hyphens for spaces. "
            "The platform answers that it cannot find it (404)."
        )
        fix = f"Write {shown(right)}." if _slug(right) else "Copy the slug from the platform."
        scope.report(SLUG, message, (name,), fix, like=name)


ITEM_LIMIT = declared(
    "registration-item-limit",
    """More than 500 items in one request.

    The troubleshooting page names 500 as the maximum for one request.

    Send several requests; `--split 100` writes them.
    """,
    Severity.ERROR,
    (Symptom.BAD_REQUEST,),
    (TROUBLESHOOTING, IMPORTS),
)
ITEM_LIMIT_RECOMMENDED = declared(
    "registration-item-limit-recommended",
    """More than 100 items in one request.

    The API reference says at most 100 items in a request (and 100 requests a minute), the troubleshooting page says 500. The lower number is
    the safe one.

    Send several requests; `--split 100` writes them.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (TROUBLESHOOTING, IMPORTS),
)


def check_count(scope: RequestScope, count: int) -> None:
    """Reports a request with more items than one request may have, or should."""
    fix = f"Write requests of at most {RECOMMENDED_ITEMS} items with --split {RECOMMENDED_ITEMS}."
    if count > MAXIMUM_ITEMS:
        message = (
            f"{scope.label} has {count:,} items; at most {MAXIMUM_ITEMS} are allowed, or {RECOMMENDED_ITEMS} by the API reference."
        )
        scope.report(ITEM_LIMIT, message, ("items",), fix, key=True)
    elif count > RECOMMENDED_ITEMS:
        message = (
            f"{scope.label} has {count:,} items; the platform's API reference says at most {RECOMMENDED_ITEMS} in one request, "
            f"its troubleshooting page {MAXIMUM_ITEMS}."
        )
        scope.report(ITEM_LIMIT_RECOMMENDED, message, ("items",), fix, key=True)


LEGACY_ENDPOINT = declared(
    "registration-legacy-endpoint",
    """A whole request of the deprecated version 1.

    It goes to `PUT /api/teams/TEAM/datasets/DATASET/data`. It is checked against the schema of that version, and nothing else is reported
    about it.

    Move to `POST /api/v2/teams/TEAM/items/register_existing`.
    """,
    Severity.WARNING,
    (Symptom.BAD_REQUEST,),
    (REGISTERING, DARWIN_PY),
)


def report_legacy(scope: RequestScope) -> None:
    """Reports that a request is of version 1."""
    message = (
        f"{scope.label} is of the deprecated version 1 (PUT /api/teams/TEAM/datasets/DATASET/data). "
        "Version 2 takes 'dataset_slug' and 'storage_slug', and items with 'name' and 'storage_key'."
    )
    scope.report(LEGACY_ENDPOINT, message, ("storage_name",), "Write it as version 2.", key=True)
