"""How the sources are to be read: what the user gives beside the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """How the sources are to be read.

    Attributes:
        variables: Terraform variables given with `--var`, as text.
        var_files: Terraform variable files given with `--var-file`, in order.
        environment: `TF_VAR_…` of the environment, by variable name.
        parameters: CloudFormation parameters given with `--parameter`.
        parameter_files: parameter files of the AWS command line.
        region: the region of everything whose region the code does not resolve.
        workspace: the Terraform workspace, None when it is unknown.
        changed: the paths are the files of a change: what cannot be audited among them is passed over, as it is in a walk, and a Terraform
            file that is gone stands for its module all the same.
        roles: whether IAM roles and their policies are to be read as well.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    parameter_files: tuple[str, ...] = ()
    region: str | None = None
    workspace: str | None = None
    changed: bool = False
    roles: bool = False
