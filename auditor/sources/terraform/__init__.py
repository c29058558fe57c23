"""Terraform and OpenTofu configuration: scanned lazily, parsed where it matters, evaluated without ever raising.

Data flows forward, room by room: `syntax` (text to trees) → `values` and `functions` (what the language can compute) → `modules` (files
to a tree of modules, expressions to values, blocks to instances) → `aws` (instances to declarations). `plan` enters with other bodies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.foundation.text import Texts
from auditor.host.workers import shared_out
from auditor.model import Declarations
from auditor.sources.failsafe import one_root

if TYPE_CHECKING:
    from auditor.foundation.value import Value
    from auditor.sources.options import RolesIf, SourceOptions
    from auditor.sources.terraform.aws.provider import Provider
    from auditor.sources.terraform.modules.directory import Library
    from auditor.sources.terraform.modules.module import Root


def read_modules(
    directories: Mapping[str, bool],
    options: SourceOptions,
    texts: Texts,
    provider: Provider,
    roles_if: RolesIf | None = None,
) -> Iterator[Declarations]:
    """What root modules declare, with the modules that they call.

    Args:
        directories: directories that hold Terraform, each with whether the user named it; one that another one calls and that was not
            named is not a root.
        options: values that the user gives.
        texts: where files are read from.
        provider: what is known of the types of resources.
        roles_if: whether a root's roles are read, by its files, where it is not said that all are.
    """
    from auditor.sources.terraform.modules.terragrunt.units import called_from, holds_root
    from auditor.sources.terraform.modules.written import may_call, size

    library = _library(options, texts, provider)
    directories = {one: named for one, named in directories.items() if holds_root(one, library)}
    callable_from = {directory: may_call(directory, texts) for directory in directories}
    calling = {
        directory for directory, targets in callable_from.items() if targets is None or not directories.keys().isdisjoint(targets)
    }
    named = _named(callable_from, library)
    called = set[str]()
    found: dict[str, Declarations] = {}

    def read(directory: str) -> tuple[Declarations, Collection[str]]:
        calls = called_from(directory, library) if directory in calling else ()
        declared = one_root(directory, "terraform", lambda: _declared(directory, options, library, provider, roles_if))
        if directory not in named and not any(bucket.calls for bucket in declared.buckets):  # whose fix may be at the call
            library.forget(directory)
        return declared, calls

    def read_all(roots: Sequence[str]) -> None:
        for root, (declared, calls) in zip(
            roots, shared_out(read, roots, options.jobs, "reading", lambda root: size(root, texts), texts), strict=True
        ):
            found[root] = declared
            called.update(calls)

    # Who calls whom is told by reading, which is shared out; what no text names is a root whoever calls what.
    read_all(sorted(directory for directory in directories if directories[directory] or directory not in named))
    for directory in calling.difference(found):
        called.update(called_from(directory, library))
    read_all(sorted(directory for directory in directories if directory not in found and directory not in called))
    yield from (found[directory] for directory in sorted(found))


def _library(options: SourceOptions, texts: Texts, provider: Provider) -> Library:
    """A library that tells the outputs of units of Terragrunt; the root of each is made once for that."""
    from auditor.sources.terraform.modules.directory import Library

    library = Library(texts, provider.names)
    roots: dict[str, Root] = {}

    def output(directory: str, name: str) -> Value | None:
        from auditor.link.another_root import naming, value_seen
        from auditor.sources.terraform.modules.module import Root
        from auditor.sources.terraform.modules.terragrunt.units import unit_at

        if unit_at(directory, library) is None:
            return None
        if directory not in roots:
            roots[directory] = Root(directory, options.at(directory), library.of_root(directory), provider.attribute_of)
        run = roots[directory].run
        return value_seen(run.output(name), naming(directory, roots)) if run.source.one("output", name) else None

    library.output = output
    return library


def _named(callable_from: Mapping[str, frozenset[str] | None], library: Library) -> frozenset[str]:
    """The directories that some module may call; where its text does not tell, what it calls.

    Args:
        callable_from: the directories that each may call, None where its text does not tell.
        library: what is read for that.
    """
    from auditor.sources.terraform.modules.terragrunt.units import called_from

    return frozenset().union(*(called_from(one, library) if targets is None else targets for one, targets in callable_from.items()))


def _of_resources(root: Root, options: SourceOptions, provider: Provider, roles_if: RolesIf | None) -> Declarations:
    """What the resources of a root declare, of IAM too where that is asked for."""
    from auditor.sources.terraform.aws.described_modules import completed, described_calls

    def found(*, roles: bool) -> Declarations:
        instances = root.instances(provider.wanted(roles=roles))
        return completed(provider.declarations(root.directory, instances), described_calls(root))

    roles = options.roles or (roles_if is not None and roles_if(root.files_of_modules()))
    declared = found(roles=roles and options.roles_alone)
    beside = roles and not options.roles_alone and (declared.buckets or declared.attachments)
    return found(roles=True) if beside else declared


def _declared(
    directory: str, options: SourceOptions, library: Library, provider: Provider, roles_if: RolesIf | None = None
) -> Declarations:
    """What one root module declares; it does not depend on what other roots there are."""
    from auditor.sources.terraform.aws.foreign import provisioned
    from auditor.sources.terraform.aws.unmanaged import imported, left_behind, with_names_of_imported
    from auditor.sources.terraform.aws.unread import unread
    from auditor.sources.terraform.modules.module import ReadRoots, Root
    from auditor.sources.terraform.modules.moved import moved
    from auditor.sources.terraform.modules.plain import is_plain

    root = Root(directory, options.at(directory), library.of_root(directory), provider.attribute_of)
    declared = with_names_of_imported(root, _of_resources(root, options, provider, roles_if))
    # What is not read matters only where it could be handed a bucket or key of whose configuration something is asked: never one of a key that
    # the code only refers to, while there is no bucket.
    made = declared.buckets or any(key.managed for key in declared.keys)
    asked = made or declared.attachments
    identities = bool(declared.identities)
    calls = root.module_calls() if asked else ()
    # What a call hands on is looked up only for what this root makes: of a bucket elsewhere, only who makes it is.
    opaque = tuple(one for call in calls for one in call.opaque(identities=identities, evaluated=bool(made or identities)))
    declared = dataclasses.replace(
        declared,
        opaque=(
            *declared.opaque,
            *opaque,
            *imported(root, declared),
            *left_behind(root, declared, provider.left),
            *(provisioned(root) if asked else ()),
            *unread(root, provider.left, provider.foreign),
        ),
        not_read=tuple(root.not_on_disk()),
        is_unit=root.module.source.is_unit,
        empty=tuple(address for module in root.modules_with(provider.buckets) for address in module.empty(provider.buckets)),
        errors=(*declared.errors, *root.errors),
        directives=root.directives,
        moved=tuple(moved(root)),
        inputs=frozenset(name for labels in root.run.source.definitions.get("variable", {}) for name in labels),
    )
    kept = library.texts.shared(ReadRoots)
    if any(bucket.calls for bucket in declared.buckets) and len(kept) < ReadRoots.MOST and root.meter.spend(0):
        root.meter.renew()
        kept[directory] = root
    elif is_plain(declared):  # or else it asks its modules for more
        root.release()
    return declared
