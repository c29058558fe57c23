"""A rule is one module in `rules/`: it maps what was proven to findings.

The module's name, with hyphens, is the rule's id and completes "allow …". Its docstring is its documentation (first line: what it finds;
then why it matters and what to do). It defines:

    SEVERITY: Severity
    SYMPTOMS: tuple[Symptom, ...]
    REFERENCES: tuple[str, ...]                     addresses of the documents it rests on
    SECURITY: Security                              for a rule that is a security matter; may be left out
    def check(subject: Subject) -> Iterator[Problem]

What concerns one platform alone is declared in that platform's folder, a few rules of one idea in a module (`declared`).

A rule sees the model and the verdicts; it knows no language, no file format, no configuration and no output. The engine turns its problems into
findings and stamps id, severity and symptoms.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

from auditor.contract import NOBODY, AnyNeed, Contract, Party
from auditor.finding import Finding, Patch, Related, Severity, Symptom
from auditor.fixes.fix import Fix
from auditor.foundation.border import own, own_modules
from auditor.foundation.location import Location
from auditor.foundation.platforms import import_name, platforms
from auditor.lazy.classes import dataclass
from auditor.lazy.modules import cleandoc
from auditor.model import Bucket
from auditor.verdict import Cause, Status, Verdict

RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "action-on-the-wrong-resource": "action-resource-mismatch",
        "action-that-does-not-exist": "unknown-action",
        "condition-that-is-never-met": "unsatisfiable-condition",
        "configuration-written-twice": "duplicate-configuration",
        "kms-via-service-of-another-region": "kms-via-service-region",
        "policy-demands-acl": "policy-requires-acl",
    }
)
"""The former ids of rules, which stay valid in comments and on the command line, and the ids that they have now."""

AnyCause = TypeVar("AnyCause", bound=Cause)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found: a finding without the rule's stamp.

    Attributes:
        fixes: the smallest changes that fix it, the best first.
        message, location, help, related, subject: as those of `Finding`.
        severity: where it is not that of the rule.
        about: the address of what it is about, where that is not the bucket but something that several buckets may share.
    """

    message: str
    location: Location
    help: str = ""
    related: tuple[Related, ...] = ()
    subject: str = ""
    fixes: tuple[Fix, ...] = ()
    severity: Severity | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule is given: one bucket under one contract, and the needs of one of its principals.

    Attributes:
        contract: the contract.
        bucket: the bucket with what is attached to it.
        verdicts: one for each need of the principal, in the order of the contract.
        party: the principal.
    """

    contract: Contract
    bucket: Bucket
    verdicts: tuple[Verdict, ...]
    party: Party = NOBODY

    def needs(self, kind: type[AnyNeed]) -> tuple[AnyNeed, ...]:
        """The needs of one kind, in order."""
        return tuple(verdict.need for verdict in self.verdicts if isinstance(verdict.need, kind))

    def causes(self, kind: type[AnyCause]) -> Iterator[AnyCause]:
        """The causes of one kind, of all verdicts that have one."""
        return (cause for verdict in self.verdicts if isinstance(cause := verdict.outcome.cause, kind))

    def failing(self, kind: type[AnyCause]) -> Iterator[tuple[Verdict, AnyCause]]:
        """The failing verdicts with a cause of one kind, and that cause."""
        return (
            (verdict, cause)
            for verdict in self.verdicts
            if verdict.status is Status.FAILS and isinstance(cause := verdict.outcome.cause, kind)
        )

    @property
    def instead(self) -> str:
        """What to use where no configuration of the bucket would help; empty where one may."""
        return "Use a general purpose bucket." if self.bucket.declaration.directory else ""


@dataclass(frozen=True, slots=True)
class Security:
    """What makes a finding a security matter.

    Attributes:
        severity: from 0.1 to 10.0, as code scanning counts: over 9.0 critical, from 7.0 high, from 4.0 medium, else low.
        weakness: the number of its weakness in the Common Weakness Enumeration.
    """

    severity: float
    weakness: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data.

    Attributes:
        id: kebab-case, completes "allow …".
        summary: the first line of its documentation.
        documentation: all of it, Markdown.
        severity: how bad a finding of it is.
        symptoms: what the platform shows.
        references: addresses of documents.
        security: None for a rule that is not a security matter.
        check: None for rules whose findings other code makes (input errors, suppressions, a platform's own checks).
    """

    id: str
    summary: str
    documentation: str
    severity: Severity
    symptoms: tuple[Symptom, ...]
    references: tuple[str, ...]
    check: Callable[[Subject], Iterator[Problem]] | None
    security: Security | None = None

    def findings(self, subject: Subject, written: Callable[[Iterable[Fix], Bucket], Iterable[Patch]]) -> Iterator[Finding]:
        """The findings of this rule for one bucket, stamped.

        Args:
            subject: it.
            written: makes patches of the fixes of its problems.
        """
        if self.check is None:
            return
        for problem in self.check(subject):
            patches = tuple(written(problem.fixes, subject.bucket))
            yield self.finding(
                problem, bucket=problem.about or subject.bucket.declaration.address, fixes=patches, root=subject.bucket.root
            )

    def finding(
        self, problem: Problem, bucket: str = "", pointer: str | None = None, fixes: tuple[Patch, ...] = (), root: str = ""
    ) -> Finding:
        """A finding of this rule; `fixes` are those of the problem, written."""
        return Finding(
            rule=self.id,
            severity=problem.severity or self.severity,
            message=problem.message,
            location=problem.location,
            help=problem.help,
            related=problem.related,
            bucket=bucket,
            root=root,
            subject=problem.subject,
            symptoms=self.symptoms,
            pointer=pointer,
            fixes=fixes,
        )


def declared(
    id_: str, documentation: str, severity: Severity, symptoms: tuple[Symptom, ...] = (), references: tuple[str, ...] = ()
) -> Rule:
    """A rule without a `check`: the code that makes its findings stands below its declaration, in the same module.

    Args:
        id_: kebab-case, completes "allow …".
        documentation: as the docstring of a module in `rules/`.
        severity: see `Rule`.
        symptoms: see `Rule`.
        references: see `Rule`.
    """
    documentation = cleandoc(documentation)
    return Rule(id_, documentation.partition("\n")[0], documentation, severity, symptoms, references, None)


def current(rule: str) -> str:
    """The id that a rule has now, by that or a former one."""
    return RENAMED.get(rule, rule)


def general_rules(verdicts: Iterable[Verdict] | None = None) -> tuple[Rule, ...]:
    """The rules in `rules/` (the package `auditor.rules`), sorted by id: no other one checks buckets.

    Args:
        verdicts: where given, only the rules that can find something beside these.
    """
    package = importlib.import_module("auditor.rules")
    names = _modules_of(package) if verdicts is None else _finding_something(package, verdicts)
    return tuple(sorted(map(_general, names), key=lambda rule: rule.id))


def _finding_something(package: Any, verdicts: Iterable[Verdict]) -> Iterator[str]:
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for verdict in verdicts:
        seen[verdict.status is Status.FAILS].update(kind.__name__ for kind in type(verdict.cause).__mro__)
    for name in _modules_of(package):
        failing, any_cause = package.OF_FAILURES.get(name), package.OF_CAUSES.get(name)
        can = failing in seen[True] if failing else not any_cause or any_cause in seen[True] | seen[False]
        if can and name not in package.MADE_ELSEWHERE:
            yield name


def general_rule(id_: str) -> Rule:
    """One of the rules in `rules/`.

    Args:
        id_: its id, which it has now.
    """
    return _general(id_.replace("-", "_"))


@cache
def _general(name: str) -> Rule:
    return _from_module(name, importlib.import_module(f"auditor.rules.{name}"))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule that is installed, sorted by id: the general ones, and those that platforms declare."""
    packages = [importlib.import_module(import_name(folder)) for folder in platforms("rules")]
    modules = [importlib.import_module(f"{package.__name__}.{name}") for package in packages for name in _modules_of(package)]
    found = {value.id: value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return tuple(sorted((*general_rules(), *found.values()), key=lambda rule: rule.id))


class Catalogue(Sequence[Rule]):
    """Every rule that is installed, loaded when somebody looks: an audit needs the general ones."""

    def __len__(self) -> int:
        """How many there are."""
        return len(all_rules())

    def __getitem__(self, index: Any) -> Any:
        """One of them, or several."""
        return all_rules()[index]


def _modules_of(package: ModuleType) -> Iterator[str]:
    """The names of the modules of a package, without the private ones."""
    return (name for name in own_modules(package.__path__) if not name.startswith("_"))


def documented(file: str, function: str = "") -> str:
    """The documentation of a module, or of a function in it, from its text: under `-OO` Python keeps none.

    Args:
        file: of the module.
        function: its name.
    """
    import ast

    found: ast.Module | ast.FunctionDef = ast.parse(own(file))
    if function:
        found = next(node for node in ast.walk(found) if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(found) or ""


def _from_module(name: str, module: ModuleType) -> Rule:
    documentation = (module.__doc__ or documented(str(module.__file__))).strip()  # that of a module has no margin
    return Rule(
        id=name.replace("_", "-"),
        summary=documentation.partition("\n")[0],
        documentation=documentation,
        severity=module.SEVERITY,
        symptoms=module.SYMPTOMS,
        references=module.REFERENCES,
        check=getattr(module, "check", None),
        security=getattr(module, "SECURITY", None),
    )
