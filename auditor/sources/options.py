"""How the sources are to be read: what the user gives beside the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `--var name=value`, or one `--var-file`.

    Attributes:
        name: of the variable; empty for a file.
        value: the text after the sign, or the path of the file.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Options:
    """How the sources are to be read.

    Attributes:
        assignments: `--var` and `--var-file` in the order of the command line; a later one wins.
        environment: the variables of the environment that Terraform reads, by their names there: `TF_VAR_…` and `TF_WORKSPACE`.
        parameters: CloudFormation parameters given with `--parameter`.
        parameter_files: parameter files of the AWS command line.
        region: the region of everything whose region the code does not resolve.
        account: the account of everything whose account the code does not resolve.
        workspace: the Terraform workspace; where it is None, `TF_WORKSPACE` says which.
        changed: the paths are the files of a change: what cannot be audited among them is passed over, as it is in a walk, and a Terraform
            file that is gone stands for its module all the same.
        roles: whether IAM roles and their policies are to be read as well.
        before: whether a plan is to be read as what was there before its apply.
    """

    assignments: tuple[Assignment, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    parameter_files: tuple[str, ...] = ()
    region: str | None = None
    account: str | None = None
    workspace: str | None = None
    changed: bool = False
    roles: bool = False
    before: bool = False
