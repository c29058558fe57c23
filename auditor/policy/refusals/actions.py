"""What is wrong with the actions of a statement of a bucket policy: their names, and whether its resources fit them.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" (the table `auditor/policy/services/actions.jsonl`);
Amazon S3 User Guide, "Bucket policies" and "Actions for directory buckets"; what S3 answers is told where the flaws are judged.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from auditor.foundation.value import Domain, Known, Symbol, Text, When, text_of, text_parts
from auditor.lazy.expressions import regex
from auditor.lazy.modules import module
from auditor.policy.document import StatementItem
from auditor.policy.refusals.reading import WrittenStatement, first_symbol, plain
from auditor.policy.refusals.refusal import Fault, Flaw
from auditor.policy.services.actions import actions, is_name_of_a_call, matching, nearest, resource_kinds

if TYPE_CHECKING:
    import difflib
else:
    difflib = module("difflib")

_SERVICE = regex(r"[a-z0-9-]+")
_WORD = regex(r"[A-Z][a-z]+|[A-Z]+(?![a-z])")
_ON_BUCKETS = frozenset({"bucket", "object"})


def actions_of_s3(statement: WrittenStatement) -> Iterator[Fault]:
    """Actions that S3 does not have."""
    entries = statement.entries("Action")
    listed = {str(item.text.value).lower() for item in entries.items if isinstance(item.text, Known)}
    for item in entries.items:
        text = plain(item.text)
        flaw = _flaw(text) if text is not None else _flaw_of_open(item.text)
        if flaw is not None:
            depends = () if text is not None or flaw is not Flaw.NEW_ACTION else first_symbol(item.text)
            clause, fix = _told(flaw, item.written, statement.title, listed)
            yield statement.fault(flaw, "Action", clause, fix, item.location, item.written, item.when, depends=depends)
    for symbol in entries.rest:
        clause = "lists an action that S3 does not have"
        yield statement.fault(Flaw.NEW_ACTION, "Action", clause, "Remove it.", depends=(symbol,))


def _flaw(text: str) -> Flaw | None:
    """The flaw of one entry of Action; None when it has none."""
    if text in ("*", ""):
        return None
    service, colon, name = text.partition(":")
    service = service.lower()
    if not colon or ":" in name or not _SERVICE.fullmatch(service) or (service.startswith("s3") and service != "s3"):
        return Flaw.ACTION_FORM
    if service != "s3":
        return Flaw.ACTION_OF_KMS if service == "kms" else Flaw.ACTION_OF_ANOTHER_SERVICE
    if matching(text):
        return None
    if set(name) & set("*?"):
        return Flaw.NEW_ACTION
    return Flaw.UNKNOWN_ACTION if is_name_of_a_call(text) or _is_misspelled(name) else Flaw.NEW_ACTION


def _flaw_of_open(text: Text) -> Flaw | None:
    """The flaw of an entry with holes, as far as its beginning shows one."""
    first = text_parts(text)[0]
    flaw = _flaw(f"{first}*") if isinstance(first, str) and ":" in first else None
    return flaw if flaw in (Flaw.ACTION_OF_KMS, Flaw.ACTION_OF_ANOTHER_SERVICE) else Flaw.NEW_ACTION


@functools.cache
def _is_misspelled(name: str) -> bool:
    """Whether a name has a word that no action of S3 has and that looks like one that they have: then it is not a newer action."""
    known = {word for action in actions() if action.startswith("s3:") for word in _WORD.findall(action)}
    return any(word not in known and difflib.get_close_matches(word, known, 1, 0.75) for word in _WORD.findall(name))


def _told(flaw: Flaw, written: str, title: str, listed: Collection[str]) -> tuple[str, str]:
    """What an entry of Action is, as a clause, and what to do, in the statement of a title that lists some actions."""
    if flaw is Flaw.ACTION_OF_KMS:
        return f"lists '{written}', an action of KMS", "Move the KMS actions to the key policy."
    if flaw is Flaw.ACTION_OF_ANOTHER_SERVICE:
        return f"lists '{written}', an action of another service", f"Remove '{written}' from statement {title}."
    if flaw is Flaw.ACTION_FORM:
        return f"lists '{written}', which is not the form of an action of S3", f"Write 's3:' and one action instead of '{written}'."
    meant = nearest(written)
    if meant is None:
        fix = f"Remove '{written}'."
    elif meant.lower() in listed:
        fix = f"Remove '{written}': '{meant}' decides it, and the statement has it."
    else:
        fix = f"Write '{meant}' instead of '{written}'."
    return f"lists '{written}', which is not an action of S3", fix


def resources_fit(statement: WrittenStatement, bucket: Text) -> Iterator[Fault]:
    """Entries of Action for which none of the resources fits: an action on objects with buckets only, or the other way round.

    Args:
        statement: it.
        bucket: the name of the bucket whose policy it is from.
    """
    listed = statement.entries("Resource")
    if not listed.items and not listed.rest:
        return
    kinds = [(item, _kinds(item.text, bucket)) for item in listed.items]
    for item in statement.entries("Action").items:
        text = plain(item.text)
        named = [name for name in matching(text) if name.startswith("s3:")] if text else []
        if not named:
            continue
        about = frozenset().union(*(actions()[name] for name in named)) & _ON_BUCKETS
        if not about:
            clause, fix = f"lists '{item.written}', which is not an action on a bucket or its objects", f"Remove '{item.written}'."
            yield statement.fault(Flaw.ACTION_WITHOUT_KIND, "Action", clause, fix, item.location, item.written, item.when)
            continue
        fitting = [(resource, certain) for resource, (possible, certain) in kinds if possible & about]
        if any(certain and resource.when == statement.when for resource, certain in fitting):
            continue
        open_ = (*listed.rest, *(symbol for resource, certain in fitting if not certain for symbol in first_symbol(resource.text)))
        unless = tuple(resource.when for resource, certain in fitting if certain)
        others = [item.when.also(resource.when) for resource, (possible, _) in kinds if not possible & about]
        # Without any resource it is the missing Resource that is refused.
        for when in [item.when] if item.when in others else others or ([item.when] if open_ else []):
            yield _unfit(statement, item, about, when, unless, open_)


def _unfit(
    statement: WrittenStatement,
    item: StatementItem,
    about: frozenset[str],
    when: When,
    unless: tuple[When, ...],
    open_: tuple[Symbol, ...],
) -> Fault:
    wanted, end = ("the bucket", "without a slash") if about == {"bucket"} else ("the objects", "with /* at its end")
    return statement.fault(
        Flaw.ACTION_WITHOUT_BUCKET if about == {"bucket"} else Flaw.ACTION_WITHOUT_OBJECT,
        "Resource",
        f"lists '{item.written}', which is about {wanted}, and none of its resources is",
        f"Add the ARN of {wanted} to the resources of statement {statement.title}, {end}, or remove '{item.written}'.",
        item.location,
        item.written,
        when,
        unless,
        open_[:1],
    )


def _kinds(resource: Text, bucket: Text) -> tuple[frozenset[str], bool]:
    """The kinds of resources that a text can be, and whether it certainly is of all of them."""
    name = frozenset(text_parts(bucket))  # which has no slash, whatever is not resolved in it
    named = text_of(
        part if isinstance(part, str) or (part.domain is Domain.ANY and part not in name) else "x" for part in text_parts(resource)
    )
    kinds = resource_kinds(named, Known("\0"))
    if not kinds:
        # Its form is a flaw of its own.
        return _ON_BUCKETS, True
    return kinds, len(kinds) == 1 or isinstance(named, Known)


def actions_of_directory_buckets(statement: WrittenStatement) -> Iterator[Fault]:
    """Actions of general purpose buckets in the policy of a directory bucket."""
    for item in statement.entries("Action").items:
        text = plain(item.text)
        if text is not None and text.lower().startswith("s3:"):
            clause = f"lists '{item.written}', and a directory bucket has only s3express:CreateSession"
            fix = "Write 's3express:CreateSession'."
            yield statement.fault(Flaw.ACTION_OF_DIRECTORY_BUCKET, "Action", clause, fix, item.location, item.written, item.when)
