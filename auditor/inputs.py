"""How every audit begins: the sources are read, their buckets linked, and the consumers that the code itself declares looked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.contract import Contract
from auditor.contract.known import words_of_trust
from auditor.foundation.errors import InputError
from auditor.foundation.text import Texts
from auditor.link import link
from auditor.model import Bucket, Declarations, Directive
from auditor.selection import check_principal, may_be_in_code
from auditor.sources.options import Options
from auditor.sources.reach import Reached
from auditor.sources.read import read

# In every trust policy stands what it allows: sts:AssumeRole, or an action that begins so.
_ASSUMES = "AssumeRole"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read.

    Attributes:
        roots: what each root module, template or folder of documents declares.
        buckets: of all roots, with what belongs to them.
        directives: the comments that speak to the tool.
        errors: what could not be read.
    """

    roots: tuple[Declarations, ...]
    buckets: tuple[Bucket, ...]
    directives: tuple[Directive, ...]
    errors: tuple[InputError, ...]


def read_inputs(
    paths: Sequence[str], contracts: Sequence[Contract], options: Options, texts: Texts, *, auto: bool = False
) -> Inputs:
    """What the sources under the paths declare; roles are read only when the principal of a contract may be one of them.

    Args:
        paths: files and directories.
        contracts: the consumers.
        options: how the sources are read.
        texts: where files are read from.
        auto: whether the platforms that the code mentions are consumers too.

    Raises:
        AuditError: a path does not exist, or the code has no role of the name that a contract's principal is.
    """
    roles = any(map(may_be_in_code, contracts))
    inputs = linked_inputs(paths, dataclasses.replace(options, roles=roles), texts)
    if auto and not roles and texts.say(_ASSUMES, words_of_trust()):
        inputs = linked_inputs(paths, dataclasses.replace(options, roles=True), texts)
    for contract in contracts:
        check_principal(contract, inputs.roots)
    return inputs


def linked_inputs(paths: Sequence[str], options: Options, texts: Texts, reach: Reached | None = None) -> Inputs:
    """What the sources under the paths declare, whatever any contract asks of it.

    Args:
        paths: files and directories.
        options: how the sources are read.
        texts: where files are read from.
        reach: what of it is read, where that is known already.

    Raises:
        AuditError: a path does not exist.
    """
    roots, errors = read(tuple(paths), options, texts, reach)
    directives = tuple(directive for root in roots for directive in root.directives)
    return Inputs(tuple(roots), tuple(link(roots)), directives, tuple(errors))
