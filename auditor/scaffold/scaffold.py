"""A scaffold, from what is asked to text that is proven."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from auditor.contract import Contract, PartyKind
from auditor.contract.load import known_parameters, read
from auditor.diagnosis import grants
from auditor.fixes import Input, OwnAccount, Reference
from auditor.fixes.references import parameter, variable
from auditor.foundation.errors import AuditError
from auditor.lazy.classes import dataclass
from auditor.needs.bucket_region import RegionNeed
from auditor.proofs.grant import GrantNeed
from auditor.scaffold import cloudformation, documents, proof, terraform
from auditor.scaffold.design import Design, design
from auditor.scaffold.names import ScaffoldNames
from auditor.scaffold.parameters import Filled, filled
from auditor.sources.options import Assignment, SourceOptions


@dataclass(frozen=True, slots=True)
class _Form:
    """A language that scaffolds are written in.

    Attributes:
        language: as the model calls it.
        file: a name for what is audited.
        audited: the text that is audited.
    """

    language: str
    file: str
    audited: Callable[[Design], str]


_FORMS: Mapping[str, _Form] = {
    "terraform": _Form("terraform", "main.tf", terraform.write),
    "cloudformation-yaml": _Form("cloudformation", "template.yaml", cloudformation.write_yaml),
    "cloudformation-json": _Form("cloudformation", "template.json", cloudformation.write_json),
    "json": _Form("json", "template.json", lambda made: cloudformation.write_json(documents.as_printed(made))),
}
LANGUAGES = tuple(_FORMS)
"""The languages that scaffolds are written in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        contract: the id of a contract, or the path of one.
        given: values of its parameters.
        language: one of `LANGUAGES`.
        bucket: the name of the bucket; empty where AWS or Terraform is to make one up.
        account: the id of the account, where that is known; else empty.
        region: likewise the Region.
        kms: whether the default encryption is to have a key of its own.
    """

    contract: str
    given: Mapping[str, str] = dataclasses.field(default_factory=dict)
    language: str = LANGUAGES[0]
    bucket: str = ""
    account: str = ""
    region: str = ""
    kms: bool = False


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What came of it.

    Attributes:
        text: the code, or the script.
        notes: what whoever deploys it must know.
    """

    text: str
    notes: tuple[str, ...] = ()


def scaffold(wanted: Wanted) -> Scaffold:
    """The smallest configuration with which a contract holds.

    Raises:
        AuditError: the contract cannot be used, a value is missing, or the contract would not hold: then each reason is a line.
    """
    form, file = _FORMS[wanted.language], read(wanted.contract)
    known_parameters(wanted.given, (file,))
    values = filled(file, wanted.given)
    called = ScaffoldNames(form.language, file.document["id"], wanted.bucket, wanted.account, wanted.region)
    made, contract = design(values, called, kms=wanted.kms)
    region, notes = _region(wanted.region, contract)
    if form.language == "json":
        _check_known(made, region)
    if form.language == "cloudformation":
        _check_names(made)
    found = proof.report(form.file, form.audited(made), contract, _options(made, values, region))
    faults = tuple(dict.fromkeys(proof.faults(found)))
    if faults:
        raise AuditError("\n".join((f"no configuration was found with which {contract.title} can work:", *faults)))
    text = documents.write(made, region) if form.language == "json" else form.audited(made)
    return Scaffold(text, (*notes, *_open_services(contract), *_principal(made, contract)))


def _check_known(made: Design, region: str) -> None:
    """Whether documents, which take no input, can have every value.

    Raises:
        AuditError: they cannot.
    """
    missing = [f"--with {name}=… ({description})" for name, description in made.inputs.items()]
    missing += [] if made.names.bucket else ["--name NAME (the name of the bucket)"]
    missing += [] if region else ["--region REGION (where the bucket is to be)"]
    own = made.identity.declaration if made.identity else None
    named = any(isinstance(part, OwnAccount) or (isinstance(part, Reference) and part.declared == own) for part in made.parts())
    missing += ["--account ID (the account of the bucket)"] if named and not made.names.account else []
    if missing:
        raise AuditError("\n".join(("JSON documents take no input, so these values must be given:", *missing)))


def _check_names(made: Design) -> None:
    """Whether no parameter of a template is called as a resource of it is.

    Source: AWS CloudFormation User Guide, "Parameters": a name is unique among all logical names of a template.

    Raises:
        AuditError: one is.
    """
    sections = [section for section in cloudformation.template(made).values() if isinstance(section, Mapping)]
    for name in sorted(set(sections[0]).intersection(*sections[1:]) if len(sections) > 1 else ()):
        raise AuditError(f"'{name}' would be a parameter and a resource of one template: rename the parameter of the contract")


def _open_services(contract: Contract) -> Iterator[str]:
    """The services that are let in for whomever they make requests, since nothing is known that tells the customer's."""
    for party in dict.fromkeys(need.party for need in contract.needs_of(GrantNeed)):
        if party.kind is PartyKind.SERVICE and not grants.deputy_tests(party):
            yield grants.unlimited(party)


def _region(given: str, contract: Contract) -> tuple[str, tuple[str, ...]]:
    """The Region that the bucket is taken to be in, and what is to be said about it; empty for any."""
    needed = [need.regions for need in contract.needs_of(RegionNeed)]
    if given or not needed:
        return given, ()
    return needed[0][0], (f"deploy it in {' or '.join(needed[0])}: {contract.title} works with no other Region",)


def _principal(made: Design, contract: Contract) -> tuple[str, ...]:
    """What an audit of the code has to be told: which user of it the contract is about."""
    address = made.identity.declaration.address if made.identity and made.names.language != "json" else None
    named = (name for name, value in contract.parameters.items() if value == address)
    return tuple(f"to audit it: auditor check --contract {contract.id} --with {name}={address}" for name in named)


def _options(made: Design, values: Filled, region: str) -> SourceOptions:
    """How the code is read: with an example for each input."""
    inputs = {Input(name): values.values[name] for name in made.inputs}
    terraform_ = made.names.language == "terraform"
    return SourceOptions(
        assignments=tuple(Assignment(variable(name), value) for name, value in inputs.items()) if terraform_ else (),
        parameters={} if terraform_ else {parameter(name): value for name, value in inputs.items()},
        region=region or None,
        account=made.names.account or None,
    )
