"""What a refusal is: a flaw of a document, how certain it is that AWS refuses the whole document for it, and AWS's answer."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.foundation.location import Location
from auditor.foundation.value import ALWAYS, Symbol, When
from auditor.lazy.classes import dataclass


class Api(enum.Enum):
    """The operations that put a document; the value is the name of the operation."""

    BUCKET_POLICY = "PutBucketPolicy"
    KEY_POLICY = "PutKeyPolicy"
    ROLE_POLICY = "PutRolePolicy"
    USER_POLICY = "PutUserPolicy"
    GROUP_POLICY = "PutGroupPolicy"
    MANAGED_POLICY = "CreatePolicy"
    TRUST_POLICY = "UpdateAssumeRolePolicy"

    @property
    def service(self) -> str:
        """Who answers."""
        return {Api.BUCKET_POLICY: "S3", Api.KEY_POLICY: "KMS"}.get(self, "IAM")

    @property
    def code(self) -> str:
        """The error code of a malformed document. Source: the API reference of each operation, "Errors"."""
        codes = {Api.BUCKET_POLICY: "MalformedPolicy", Api.KEY_POLICY: "MalformedPolicyDocumentException"}
        return codes.get(self, "MalformedPolicyDocument")


class Grade(enum.Enum):
    """How certain a refusal is.

    CERTAIN: AWS's answer is on record or documented, and the text alone decides. LIKELY: it is known at second hand.
    DEPENDS: what the code leaves unresolved decides.
    """

    CERTAIN = "certain"
    LIKELY = "likely"
    DEPENDS = "depends"


class Flaw(enum.Enum):
    """What can be wrong with a document; what AWS makes of it differs by operation."""

    NOT_JSON = enum.auto()
    TYPE = enum.auto()
    NULL = enum.auto()
    NULL_ENTRY = enum.auto()
    SCALAR = enum.auto()
    NO_STATEMENT = enum.auto()
    EMPTY_STATEMENT = enum.auto()
    VERSION = enum.auto()
    OLD_VERSION = enum.auto()
    DOCUMENT_ELEMENT = enum.auto()
    SIZE = enum.auto()
    SIZE_PERHAPS = enum.auto()
    SIZE_BEYOND_QUOTA = enum.auto()
    SIZE_TOGETHER = enum.auto()
    CHARACTERS = enum.auto()
    STATEMENT_ELEMENT = enum.auto()
    BOTH_FORMS = enum.auto()
    SID_FORM = enum.auto()
    SID_TWICE = enum.auto()
    NO_EFFECT = enum.auto()
    EFFECT = enum.auto()
    EFFECT_CASE = enum.auto()
    NO_PRINCIPAL = enum.auto()
    PRINCIPAL = enum.auto()
    NOT_PRINCIPAL = enum.auto()
    NOT_PRINCIPAL_ALLOW = enum.auto()
    PRINCIPAL_TEXT = enum.auto()
    PRINCIPAL_STAR = enum.auto()
    PRINCIPAL_EMPTY = enum.auto()
    PRINCIPAL_KEY = enum.auto()
    PRINCIPAL_ID = enum.auto()
    PRINCIPAL_WILDCARD = enum.auto()
    PRINCIPAL_ACCOUNT = enum.auto()
    PRINCIPAL_GROUP = enum.auto()
    PRINCIPAL_FORM = enum.auto()
    PRINCIPAL_KIND = enum.auto()
    PRINCIPAL_SESSION = enum.auto()
    PRINCIPAL_SERVICE = enum.auto()
    PRINCIPAL_PARTITION = enum.auto()
    PRINCIPAL_CANONICAL = enum.auto()
    PRINCIPAL_FEDERATED = enum.auto()
    NO_ACTION = enum.auto()
    EMPTY_ACTION = enum.auto()
    ACTION_FORM = enum.auto()
    ACTION_COLONS = enum.auto()
    ACTION_VENDOR = enum.auto()
    ACTION_OF_KMS = enum.auto()
    ACTION_OF_ANOTHER_SERVICE = enum.auto()
    ACTION_OF_DIRECTORY_BUCKET = enum.auto()
    ACTION_OF_STS = enum.auto()
    UNKNOWN_ACTION = enum.auto()
    NEW_ACTION = enum.auto()
    NO_RESOURCE = enum.auto()
    EMPTY_RESOURCE = enum.auto()
    RESOURCE = enum.auto()
    RESOURCE_STAR = enum.auto()
    RESOURCE_NOT_STAR = enum.auto()
    RESOURCE_FORM = enum.auto()
    RESOURCE_PARTS = enum.auto()
    RESOURCE_PARTITION = enum.auto()
    RESOURCE_VENDOR = enum.auto()
    RESOURCE_REGION = enum.auto()
    RESOURCE_ACCOUNT = enum.auto()
    RESOURCE_NAME = enum.auto()
    RESOURCE_OLD_NAME = enum.auto()
    RESOURCE_OF_ANOTHER_BUCKET = enum.auto()
    RESOURCE_OF_ANY_BUCKET = enum.auto()
    ACTION_WITHOUT_BUCKET = enum.auto()
    ACTION_WITHOUT_OBJECT = enum.auto()
    ACTION_WITHOUT_KIND = enum.auto()
    OPERATOR = enum.auto()
    CONDITION_KEY = enum.auto()
    CONDITION_OF_ANOTHER_ACTION = enum.auto()
    CONDITION_OF_NO_ACTION = enum.auto()
    ADDRESS = enum.auto()
    CONDITION_VALUE = enum.auto()
    CONDITION_NUMBER = enum.auto()
    LOCKOUT = enum.auto()
    ANOTHER_ACCOUNT = enum.auto()


@dataclass(frozen=True, slots=True)
class AwsAnswer:
    """What AWS makes of a flaw: how certain that is, its text (with `{value}`), the source, and the code where it is another one."""

    grade: Grade
    text: str
    source: str
    code: str = ""


Profile = Mapping[Flaw, AwsAnswer]
"""What one operation makes of the flaws; it accepts a document with any other."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A flaw that was found.

    Attributes:
        flaw: it.
        clause: what is wrong, as a clause ("statement 1 has no Principal").
        location: the element.
        fix: what to do, as a sentence.
        value: the text that AWS repeats in its answer.
        element: the element of a statement, empty for the document.
        statement: the statement's number, counted from 0; None for the document.
        title: how to call the statement.
        at: where the statement is written.
        when: the unresolved conditions under which the flaw is there.
        unless: conjunctions of conditions, of which none may hold either.
        depends: what the code leaves unresolved that decides whether the flaw is there; empty when it is.
    """

    flaw: Flaw
    clause: str
    location: Location
    fix: str
    value: str = ""
    element: str = ""
    statement: int | None = None
    title: str = ""
    at: Location | None = None
    when: When = ALWAYS
    unless: tuple[When, ...] = ()
    depends: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRefusal:
    """A flaw for which AWS refuses the whole document, or may.

    Attributes:
        fault: the flaw.
        grade: how certain that is.
        api: the operation that is refused.
        code: of the error.
        text: of the error, empty where it is not known.
        source: of the fact.
    """

    fault: Fault
    grade: Grade
    api: Api
    code: str
    text: str
    source: str

    @property
    def answer(self) -> str:
        """AWS's answer: the code, and the text in quotes."""
        return f'{self.code}: "{self.text}"' if self.text else self.code


def judged(faults: Iterator[Fault], profile: Profile, api: Api) -> Iterator[DocumentRefusal]:
    """What one operation makes of flaws; those that it accepts are left out."""
    for fault in faults:
        said = profile.get(fault.flaw)
        if said is None or fault.when.contradictory or any(not when.literals - fault.when.literals for when in fault.unless):
            continue
        unless = tuple(when for when in fault.unless if not fault.when.also(when).contradictory)
        grade = Grade.DEPENDS if fault.depends else said.grade
        text = said.text.replace("{value}", fault.value)
        yield DocumentRefusal(replace(fault, unless=unless), grade, api, said.code or api.code, text, said.source)
