"""How every audit begins: the sources are read, their buckets linked, and the consumers that the code itself declares looked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeVar

from auditor.contract import Contract
from auditor.contract.known import words_of_trust
from auditor.foundation.errors import AuditError, InputError
from auditor.foundation.path_pattern import PathPattern
from auditor.foundation.text import TERRAFORM_SUFFIXES, Saying, Texts
from auditor.lazy.classes import dataclass
from auditor.link import link
from auditor.model import Bucket, Declarations, Directive
from auditor.selection import may_be_in_code
from auditor.sources.failsafe import internal
from auditor.sources.options import RolesIf, SourceOptions
from auditor.sources.read import read_sources
from auditor.sources.walk import Reached

_Made = TypeVar("_Made")

# In every trust policy stands what it allows: sts:AssumeRole, or an action that begins so.
_ASSUMES = "AssumeRole"

# What a role of Terraform has its trust policy in, and how the functions end that read a file.
_TRUST_POLICY, _READS = "assume_role_policy", "file("


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read.

    Attributes:
        roots: what each root module, template or folder of documents declares.
        buckets: of all roots, with what belongs to them.
        directives: the comments that speak to the tool.
        errors: what could not be read.
        left_out: the roots that are not to be audited, each with the pattern that says so.
        unread: the files of frameworks, those that others shadow, and those of variables that no root is near, which are not read.
    """

    roots: tuple[Declarations, ...]
    buckets: tuple[Bucket, ...]
    directives: tuple[Directive, ...]
    errors: tuple[InputError, ...]
    left_out: Mapping[str, PathPattern] = field(default_factory=dict)
    unread: Sequence[str] = ()

    def within(self, roots: Collection[str]) -> Inputs:
        """The same of some roots only."""
        return dataclasses.replace(
            self,
            roots=tuple(root for root in self.roots if root.root in roots),
            buckets=tuple(bucket for bucket in self.buckets if bucket.root in roots),
        )


def read_inputs(
    paths: Sequence[str],
    contracts: Sequence[Contract],
    options: SourceOptions,
    texts: Texts,
    *,
    auto: bool = False,
    reach: Reached | None = None,
) -> Inputs:
    """What the sources under the paths declare; roles are read only when the principal of a contract may be one of them.

    Args:
        paths: files and directories.
        contracts: the consumers.
        options: how the sources are read.
        texts: where files are read from.
        auto: whether the platforms that the code mentions are consumers too.
        reach: what of the paths is read, where that is known already.

    Raises:
        AuditError: a value is given on the command line for a variable or parameter that nothing declares.
    """
    asked = dataclasses.replace(options, roles=any(map(may_be_in_code, contracts)))
    return linked_inputs(paths, asked, texts, reach, _trusting(texts) if auto else None)


def _trusting(texts: Texts) -> RolesIf:
    """Whether some files may have a trust policy that names somebody of a contract, or one of them reads it from a file that is not code."""
    assumed, named = Saying(texts, "roles", lambda: (_ASSUMES,)), Saying(texts, "trust", words_of_trust)
    declared, reading = Saying(texts, "trust policies", lambda: (_TRUST_POLICY,)), Saying(texts, "reading", lambda: (_READS,))

    def may_name(paths: Iterable[str]) -> bool:
        files = tuple(paths)
        if assumed.any_of(files) and named.any_of(files):
            return True
        code = (one for one in files if one.endswith(TERRAFORM_SUFFIXES))
        return any(declared.any_of((one,)) and reading.any_of((one,)) for one in code)

    return may_name


def linked_inputs(
    paths: Sequence[str],
    options: SourceOptions,
    texts: Texts,
    reach: Reached | None = None,
    roles_if: RolesIf | None = None,
) -> Inputs:
    """What the sources under the paths declare, whatever any contract asks of it.

    Args:
        paths: files and directories.
        options: how the sources are read.
        texts: where files are read from.
        reach: what of it is read, where that is known already.
        roles_if: whether roles are read too, by the files.

    Raises:
        AuditError: a value is given on the command line for a variable or parameter that nothing declares.
    """
    sources = read_sources(tuple(paths), options, texts, reach, roles_if)
    errors = [*sources.errors]
    buckets = link(sources.roots, lambda root, error: errors.append(internal(root, error, "linking")))
    directives = tuple(directive for root in sources.roots for directive in root.directives)
    return Inputs(sources.roots, buckets, directives, tuple(errors), sources.left_out, sources.unread)


def of_sound_roots(work: Callable[[Inputs], _Made], inputs: Inputs) -> _Made:
    """What is made of what was read; where the program breaks down on some roots, of the others and an error of each of these.

    Args:
        work: what is done with all that was read, as often as it takes to find the roots on which it breaks down.
        inputs: what was read.

    Raises:
        AuditError: as `work` raises it.
        Exception: whatever `work` raises where no root alone is at fault.
    """
    try:
        return work(inputs)
    except AuditError:
        raise
    except Exception:
        found = dict(_at_fault(work, inputs))
        if not found:
            raise
        errors = tuple(internal(root, error, "auditing") for root, error in found.items())
    sound = inputs.within({root.root for root in inputs.roots}.difference(found))
    return work(dataclasses.replace(sound, errors=(*inputs.errors, *errors)))


def _at_fault(work: Callable[[Inputs], _Made], inputs: Inputs) -> Iterator[tuple[str, Exception]]:
    """The roots on which some work breaks down, each with how, found by halving."""
    names = [*dict.fromkeys(root.root for root in inputs.roots)]
    try:
        work(inputs)
    except AuditError:
        pass  # what was asked for may lie in the other half
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        if len(names) == 1:
            yield names[0], error
    else:
        return
    if len(names) > 1:
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            yield from _at_fault(work, inputs.within(set(half)))
