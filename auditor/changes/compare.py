"""From what the user names to what a change does."""

from __future__ import annotations

import os
from collections.abc import Sequence

from auditor.changes.asked import Wishes
from auditor.changes.change import Change, compared
from auditor.changes.documents import PolicyDocument, read_policy_document
from auditor.changes.policies import PolicyChange
from auditor.changes.sides import sides, sides_of_plan
from auditor.comparison.access import PolicyKind
from auditor.comparison.access import compare as compare_policies
from auditor.foundation.border import border_of
from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.text import Texts
from auditor.sources.options import SourceOptions
from auditor.sources.terraform.plan.reader import parse_plan


def compare(
    old: str | None,
    new: str | None,
    wishes: Wishes,
    options: SourceOptions,
    kind: str | None = None,
    within: Sequence[str] = (),
) -> Change:
    """What happens between two sides.

    Args:
        old: a path or git revision; None for the commit where the branch left the main one.
        new: likewise; None for the work tree, or for what a plan makes of the state before it, when `old` is a plan.
        wishes: whose verdicts are compared.
        options: how sources are read.
        kind: what two policy documents are attached to, where their shape does not tell.
        within: the paths to which a comparison with a git revision is narrowed.

    Raises:
        AuditError: a side cannot be had.
    """
    if old is not None and new is not None and os.path.isfile(old) and os.path.isfile(new):
        found = _documents(old, new, kind)
        if found is not None:
            return found
    if old is not None and new is None and _is_plan(old):
        return compared(*sides_of_plan(old, wishes, options))
    return compared(*sides(old, new, wishes, options, within))


def _is_plan(path: str) -> bool:
    text = Texts(border=border_of((), files=(path,))).read(path) if os.path.isfile(path) else None
    return isinstance(text, str) and not isinstance(parse_plan(text, path), InputError)


def _documents(old: str, new: str, kind: str | None) -> Change | None:
    """Two policy documents, compared; None where the files are something else."""
    texts = Texts(border=border_of((), files=(old, new)))
    before, after = (read_policy_document(path, texts) for path in (old, new))
    if isinstance(before, InputError) and isinstance(after, InputError) and kind is None:
        return None
    for one in (before, after):
        if isinstance(one, InputError):
            raise AuditError(f"{one.location}: {one.message}")
    assert isinstance(before, PolicyDocument)  # noqa: S101 - what is not raises above
    assert isinstance(after, PolicyDocument)  # noqa: S101 - likewise
    attached = PolicyKind(kind) if kind else _kind(before, after)
    difference = compare_policies(before.policy, after.policy, attached)
    change = PolicyChange(new, attached, before.policy.location, after.policy.location, difference)
    return Change(old, new, access=(change,))


def _kind(before: PolicyDocument, after: PolicyDocument) -> PolicyKind:
    kinds = {one.kind for one in (before, after) if one.kind is not None}
    if len(kinds) != 1:
        raise AuditError(f"{before.path} and {after.path} do not show what they are attached to alike: give it with --kind")
    return kinds.pop()
