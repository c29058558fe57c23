"""How the sources are to be read: what the user gives beside the code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace

from auditor.foundation.border import Border, border_of
from auditor.foundation.location import Location
from auditor.foundation.path_pattern import PathPattern
from auditor.lazy.classes import dataclass

RolesIf = Callable[[Iterable[str]], bool]
"""Whether IAM roles and their policies are to be read, by the files that some code is made of."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `--var name=value`, or one `--var-file`.

    Attributes:
        name: of the variable; empty for a file.
        value: the text after the sign, or the path of the file.
        location: where it is written; None for the command line.
    """

    name: str
    value: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """What is given for a part of the sources alone; what is given for all of them wins.

    Attributes:
        pattern: of the roots that it is for.
        parameters: each with where it is written.
        assignments, parameter_files, region, account, workspace: as those of `SourceOptions`.
        places: where each of these is written, by its key.
    """

    pattern: PathPattern
    assignments: tuple[Assignment, ...] = ()
    parameters: Mapping[str, tuple[str, Location]] = field(default_factory=dict)
    parameter_files: tuple[str, ...] = ()
    region: str | None = None
    account: str | None = None
    workspace: str | None = None
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceOptions:
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
        roles_alone: whether roles count also where they are beside no bucket, since one may be asked for by its address, or compared.
        before: whether a plan is to be read as what was there before its apply.
        compared: whether it is one side of a comparison: then what each file of variables gives counts also for a variable that has no default.
        local: what is given for some roots alone; a later one wins.
        left_out: the roots that are not to be audited.
        shared: the files whose change reaches everything.
        also_read: directories beyond the tree that is audited, absolute, that may be read all the same; only a person opens them.
        jobs: how many processes share the work; nothing that is read or proven depends on it.
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
    roles_alone: bool = True
    before: bool = False
    compared: bool = False
    local: tuple[Local, ...] = ()
    left_out: tuple[PathPattern, ...] = ()
    shared: tuple[str, ...] = ()
    also_read: tuple[str, ...] = ()
    jobs: int = 1

    def border(self, paths: Iterable[str]) -> Border:
        """What may be read when some paths are audited: the trees around them, what is opened beside those, and the files of values."""
        files = [one.value for one in self.assignments if not one.name]
        for local in self.local:
            files += [one.value for one in local.assignments if not one.name]
            files += local.parameter_files
        return border_of(paths, self.also_read, (*files, *self.parameter_files))

    def at(self, root: str) -> SourceOptions:
        """The options of one root, nothing in them local any more."""
        if not self.local:
            return self
        merged = replace(self, local=())
        for local in reversed([one for one in self.local if one.pattern.covers(root)]):
            merged = replace(
                merged,
                assignments=(*local.assignments, *merged.assignments),
                parameters={**{name: value for name, (value, _) in local.parameters.items()}, **merged.parameters},
                parameter_files=(*local.parameter_files, *merged.parameter_files),
                region=merged.region or local.region,
                account=merged.account or local.account,
                workspace=merged.workspace or local.workspace,
            )
        return merged

    def excluding(self, path: str) -> PathPattern | None:
        """The pattern by which a root or a file is left out; None when it is not."""
        return next((pattern for pattern in self.left_out if pattern.covers(path)), None)
