"""What is wrong with the actions and resources of a key policy.

Sources: AWS KMS Developer Guide, "Creating a key policy" (Resource is "*"); IAM User Guide, "IAM JSON policy elements: Action" (an action is
prefixed by its service).
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.foundation.value import Known, text_parts
from auditor.policy.refusals.reading import WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw


def resource_is_star(statement: WrittenStatement) -> Iterator[Fault]:
    """A Resource other than `*`."""
    fix = f"Write '*' as the Resource of statement {statement.title}."
    for item in statement.entries("Resource").items:
        if item.text != Known("*"):
            clause = f"has the Resource '{item.written}', and in a key policy it is '*'"
            depends = (
                () if any(isinstance(part, str) and part != "*" for part in text_parts(item.text)) else first_symbol(item.text)
            )
            yield statement.fault(
                Flaw.RESOURCE_NOT_STAR, "Resource", clause, fix, item.location, item.written, item.when, depends=depends
            )  # fmt: skip
    for when, branch in statement.branches("NotResource"):
        clause = "has a NotResource, and in a key policy the Resource is '*'"
        place = branch.location or statement.place("NotResource")
        yield statement.fault(Flaw.RESOURCE_NOT_STAR, "NotResource", clause, fix, place, when=when)


def actions_have_a_service(statement: WrittenStatement) -> Iterator[Fault]:
    """Actions without a service."""
    for name in ("Action", "NotAction"):
        for item in statement.entries(name).items if name in statement.value.entries else ():
            written = "".join(part for part in text_parts(item.text) if isinstance(part, str))
            if written != "*" and ":" not in written and item.text != Known(""):
                clause, fix = f"lists '{item.written}', which is not of the form of an action", f"Write 'kms:{item.written}'."
                depends = first_symbol(item.text)
                yield statement.fault(Flaw.ACTION_FORM, name, clause, fix, item.location, item.written, item.when, depends=depends)
