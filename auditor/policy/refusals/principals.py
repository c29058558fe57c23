"""What is wrong with the principals of a statement.

Sources: IAM User Guide, "AWS JSON policy elements: Principal" (forms of principals; a wildcard does not stand for a part of a name or ARN;
groups are not principals), "IAM identifiers" (unique ids); AWS knowledge center, "Invalid principal in policy" for S3; AWS General
Reference, "AWS account identifiers" (canonical user ids: 64 hexadecimal digits, of an origin access identity 96).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.foundation.value import Domain, Known, MapValue, Symbol, Template, Text, Unknown, When, scalar_text, text_parts
from auditor.lazy.expressions import regex
from auditor.policy.document import StatementItem
from auditor.policy.parse import read_items
from auditor.policy.refusals.reading import WrittenStatement, first_symbol
from auditor.policy.refusals.refusal import Fault, Flaw

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACCOUNT = regex(r"\d{12}|\d{4}-\d{4}-\d{4}")
_UNIQUE_ID = regex(r"(AROA|AIDA)[A-Z0-9]+")
_CANONICAL = regex(r"[0-9a-f]{64}([0-9a-f]{32})?")
_SERVICE = regex(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws(\.internal)?|amazonaws\.eu|aws\.dev)")
_RESOURCE = regex(r"root|user/.+|role/.+|federated-user/.+|assumed-role/[^/]+/.+", re.DOTALL)
# Source: IAM API Reference, CreateRole and CreateUser (RoleName, UserName, Path); AWS STS API Reference, AssumeRole (RoleSessionName).
_NAMED = regex(
    r"root|(user|role)/([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}|(federated-user|assumed-role/[A-Za-z0-9_+=,.@-]{1,64})/[A-Za-z0-9_+=,.@-]{1,64}"
)
_FORM = "Write '*', an account of 12 digits, or the ARN of an account, role or user."
# What stands for an unresolved value of which the form is known.
_STAND_INS = {Domain.ACCOUNT: "111122223333", Domain.REGION: "us-east-1"}


def principals(statement: WrittenStatement, home: str) -> Iterator[Fault]:
    """What is wrong with Principal and NotPrincipal in a policy of a partition."""
    for name in ("Principal", "NotPrincipal"):
        for when, branch in statement.branches(name):
            place = branch.location or statement.place(name)
            match branch:
                case Known("*"):
                    yield statement.fault(
                        Flaw.PRINCIPAL_STAR, name, "has the Principal '*'", 'Write {"AWS": "*"}.', place, "*", when
                    )
                case Known(""):
                    yield statement.fault(Flaw.PRINCIPAL_EMPTY, name, f"has an empty {name}", _FORM, place, when=when)
                case Known() | Template() | Unknown():
                    text = scalar_text(branch.value) if isinstance(branch, Known) else ""
                    depends = () if isinstance(branch, Known) or _is_no_star(branch) else first_symbol(branch)
                    clause = f"has the {name} '{text or 'text'}' as bare text"
                    fix = f'Write {{"AWS": "{text}"}}.' if text else 'Write {"AWS": …}.'
                    yield statement.fault(Flaw.PRINCIPAL_TEXT, name, clause, fix, place, text, when, depends=depends)
                case MapValue():
                    yield from _listed(statement, name, branch, when, home)
                case _:
                    clause = f"has a {name} that is neither '*' nor an object"
                    yield statement.fault(Flaw.TYPE, name, clause, 'Write {"AWS": …}.', place, when=when)


def _is_no_star(text: Text) -> bool:
    """Whether a text with holes certainly is not `*`."""
    return any(part.strip("*") for part in text_parts(text) if isinstance(part, str))


def _listed(statement: WrittenStatement, name: str, value: MapValue, when: When, home: str) -> Iterator[Fault]:
    place = value.location or statement.place(name)
    if not value.entries and value.rest is None:
        yield statement.fault(Flaw.PRINCIPAL_EMPTY, name, f"has an empty {name}", _FORM, place, when=when)
    for kind, listed in value.entries.items():
        where = value.key_locations.get(kind, listed.location or place)
        items, rest = read_items(listed, listed.location or where, when)
        if kind not in _KINDS:
            clause = f"has '{kind}' in its {name}, which is not a kind of principal"
            fix = f"Write one of {', '.join(_KINDS)} instead of '{kind}'."
            yield statement.fault(Flaw.PRINCIPAL_KEY, name, clause, fix, where, kind, when)
            continue
        if not rest and all(item.when != when for item in items):
            yield statement.fault(
                Flaw.PRINCIPAL_EMPTY, name, f"has no principal under '{kind}'", _FORM, where, when=when,
                unless=tuple(item.when for item in items),
            )  # fmt: skip
        for item in items:
            if kind == "AWS":
                yield from _aws(statement, name, item, home)
            elif kind == "Service":
                yield from _service(statement, name, item)
            else:
                yield from _other(statement, name, kind, item)
        for _, symbol in rest:
            yield statement.fault(Flaw.PRINCIPAL_FORM, name, f"has a {name} of no valid form", _FORM, where, depends=(symbol,))


def _service(statement: WrittenStatement, name: str, item: StatementItem) -> Iterator[Fault]:
    text = scalar_text(item.text.value) if isinstance(item.text, Known) else ""
    depends = () if isinstance(item.text, Known) else first_symbol(item.text)
    if depends or not _SERVICE.fullmatch(text):
        clause = f"names the service '{item.written}', which is not of the form of a service principal"
        fix = "Write the name of the service principal, which ends in .amazonaws.com."
        yield statement.fault(Flaw.PRINCIPAL_SERVICE, name, clause, fix, item.location, text, item.when, depends=depends)


def _other(statement: WrittenStatement, name: str, kind: str, item: StatementItem) -> Iterator[Fault]:
    if kind == "Federated":
        clause, fix = f"names the identity provider '{item.written}'", "Name the role that its users assume."
        yield statement.fault(Flaw.PRINCIPAL_FEDERATED, name, clause, fix, item.location, item.written, item.when)
    elif not (isinstance(item.text, Known) and _CANONICAL.fullmatch(scalar_text(item.text.value))):
        clause, fix = f"names '{item.written}', which is not a canonical user id", "Write the id, or name the account."
        depends = first_symbol(item.text)
        yield statement.fault(Flaw.PRINCIPAL_CANONICAL, name, clause, fix, item.location, item.written, item.when, depends=depends)


def _aws(statement: WrittenStatement, name: str, item: StatementItem, home: str) -> Iterator[Fault]:
    told = _told(item.text, home)
    if told is None:
        return
    flaw, clause, fix = told
    depends = () if flaw in (Flaw.PRINCIPAL_WILDCARD, Flaw.PRINCIPAL_GROUP) or _resolved(item.text) else first_symbol(item.text)
    yield statement.fault(
        flaw, name, f"names '{item.written}', {clause}", fix, item.location, item.written, item.when, depends=depends
    )


def _resolved(text: Text) -> bool:
    return all(isinstance(part, str) or part.domain in _STAND_INS for part in text_parts(text))


def _told(text: Text, home: str) -> tuple[Flaw, str, str] | None:
    """The flaw of one principal, with what it is and what to do; None when it has none."""
    parts = text_parts(text)
    if not _resolved(text):
        literal = "".join(part for part in parts if isinstance(part, str))
        if isinstance(parts[0], str) and parts[0].startswith("arn:") and "${" not in literal:
            if set(literal) & set("*?"):
                return _WILDCARD
            if ":group/" in literal:
                return _GROUP
        return Flaw.PRINCIPAL_FORM, "which is not of a valid form", _FORM
    return _told_of("".join(part if isinstance(part, str) else _STAND_INS[part.domain] for part in parts), home)


_WILDCARD = (
    Flaw.PRINCIPAL_WILDCARD,
    "with a wildcard in the name of a principal",
    "Name each role or user, or name the account and add a condition on aws:PrincipalArn.",
)
_GROUP = (Flaw.PRINCIPAL_GROUP, "and a group is not a principal", "Name the users, or a role.")


def _told_of(text: str, home: str) -> tuple[Flaw, str, str] | None:
    if text == "*" or "${" in text:
        return None
    parts = text.split(":", 5)
    return _told_of_arn(text, parts, home) if parts[0] == "arn" and len(parts) == 6 else _told_of_id(text)


def _told_of_id(text: str) -> tuple[Flaw, str, str] | None:
    """The flaw of a principal by anything but an ARN."""
    if _ACCOUNT.fullmatch(text) or _CANONICAL.fullmatch(text):
        return None
    if not text:
        return Flaw.PRINCIPAL_EMPTY, "which is empty", _FORM
    if _UNIQUE_ID.fullmatch(text):
        return (
            Flaw.PRINCIPAL_ID,
            "the unique id of a role or user, which stands where one was deleted",
            "Name the role or user by its ARN.",
        )
    if re.fullmatch(r"[\d-]+", text):
        return Flaw.PRINCIPAL_ACCOUNT, "which is not an account of 12 digits", _FORM
    return Flaw.PRINCIPAL_FORM, "which is neither an account nor an ARN", _FORM


def _told_of_arn(text: str, parts: Sequence[str], home: str) -> tuple[Flaw, str, str] | None:
    _, partition, service, region, account, resource = parts
    if set(text) & set("*?"):
        return _WILDCARD
    if service not in ("iam", "sts") or region:
        return Flaw.PRINCIPAL_FORM, "which is not the ARN of an account, role or user", _FORM
    if resource.startswith("group/"):
        return _GROUP
    if not re.fullmatch(r"\d{12}", account) and (account, resource[:5]) != ("cloudfront", "user/"):
        return Flaw.PRINCIPAL_ACCOUNT, "whose account is not one of 12 digits", _FORM
    named = _NAMED.fullmatch(resource)
    if not named and not _RESOURCE.fullmatch(resource):
        return Flaw.PRINCIPAL_KIND, "which is not the ARN of an account, role or user", _FORM
    if account != "cloudfront" and not named:
        return Flaw.PRINCIPAL_FORM, "and nothing can be called that", "Write the ARN as IAM shows it, without blanks."
    if partition != home:
        return Flaw.PRINCIPAL_PARTITION, "which is of another partition", f"Name a principal of the partition {home}."
    if resource.startswith("assumed-role/"):
        return Flaw.PRINCIPAL_SESSION, "which is a session of a role", "Name the role."
    return None


def no_principal(statement: WrittenStatement) -> Iterator[Fault]:
    """Neither Principal nor NotPrincipal."""
    depends: tuple[Symbol, ...] = (statement.value.rest,) if statement.value.rest is not None else ()
    fix = f"Name a principal in statement {statement.title}."
    for when in statement.absent("Principal", "NotPrincipal"):
        yield statement.fault(
            Flaw.NO_PRINCIPAL, "Principal", "has no Principal", fix, statement.location, when=when, depends=depends
        )


def not_principal(statement: WrittenStatement) -> Iterator[Fault]:
    """NotPrincipal, and NotPrincipal in an Allow."""
    for when, branch in statement.branches("NotPrincipal"):
        place = branch.location or statement.place("NotPrincipal")
        fix = f"Write a Principal in statement {statement.title}."
        yield statement.fault(Flaw.NOT_PRINCIPAL, "NotPrincipal", "has a NotPrincipal", fix, place, when=when)
        for within, effect in statement.branches("Effect"):
            both = when.also(within)
            if effect == Known("Allow") or isinstance(effect, Unknown | Template):
                depends = () if isinstance(effect, Known) else first_symbol(effect)
                clause = "has NotPrincipal with the Effect Allow"
                yield statement.fault(Flaw.NOT_PRINCIPAL_ALLOW, "NotPrincipal", clause, fix, place, when=both, depends=depends)


def any_principal(statement: WrittenStatement) -> Iterator[Fault]:
    """A Principal or NotPrincipal at all, for a policy that belongs to one."""
    for name in ("Principal", "NotPrincipal"):
        for when, branch in statement.branches(name):
            fix = f"Remove the {name} from statement {statement.title}."
            place = branch.location or statement.place(name)
            yield statement.fault(Flaw.PRINCIPAL, name, f"has a {name}", fix, place, when=when)
