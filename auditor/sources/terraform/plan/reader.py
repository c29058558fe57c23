"""A plan, or the state before it, as declarations."""

from __future__ import annotations

import functools
import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from auditor.foundation.errors import InputError
from auditor.foundation.json_text import parse_json_file, plain_json
from auditor.foundation.location import Location, starts_of
from auditor.foundation.value import NULL, Known, Symbol, Unknown, alternatives
from auditor.lazy.expressions import regex
from auditor.model import Attachment, Declarations, GrantDeclaration, Kind, Opaque, Storage
from auditor.sources.options import Assignment
from auditor.sources.terraform.aws.provider import Provider
from auditor.sources.terraform.aws.resource_type import TerraformType
from auditor.sources.terraform.plan.addresses import module_of
from auditor.sources.terraform.plan.beside import Beside
from auditor.sources.terraform.plan.body import Place, PlanBody
from auditor.sources.terraform.plan.deletions import Deletions, deleted_keys
from auditor.sources.terraform.plan.document import Json, Plan, accounts, entries
from auditor.sources.terraform.plan.provisioners import provisioned
from auditor.sources.terraform.plan.read_back import without_policies_read_back, without_read_back
from auditor.sources.terraform.plan.recognition import is_plan
from auditor.sources.terraform.plan.references import PlanReferences, Site
from auditor.sources.terraform.values.resource_instance import Deployment, Instance

if TYPE_CHECKING:
    from auditor.foundation.text import Texts

_ADDRESS = regex(r'"address"\s*:\s*("(?:[^"\\]|\\.)*+")')
_Part = TypeVar("_Part", Attachment, GrantDeclaration)
_NO_PLAN = "is not a plan in JSON"
# What AWS checks when it is put.
_DOCUMENTS = (Kind.POLICY, Kind.KEY_POLICY)


def parse_plan(text: str, path: str) -> Plan | InputError:
    """The plan in a text, which may begin with a byte order mark; an error when it is not one."""
    try:
        document = plain_json(text)
    except ValueError:
        # Source: github.com/hashicorp/setup-terraform, README, `terraform_wrapper`: it prints each command before the output.
        if text.startswith("[command]"):
            told = "begins with the command, as the wrapper of hashicorp/setup-terraform prints it: set 'terraform_wrapper: false' there"
            return InputError(Location(path), told)
        _, errors = parse_json_file(text, path)
        return InputError(errors[0].location, f"is not valid JSON: {errors[0].message}")
    return Plan(document) if is_plan(document) else InputError(Location(path), _NO_PLAN)


def assigned(text: str) -> Iterator[Assignment]:
    """The values that a plan gives to variables, as on the command line; a sensitive one is not read."""
    plan = Plan(plain_json(text))
    for name, one in entries(plan.document.get("variables")).items():
        value = entries(one).get("value")
        if value is not None and not plan.is_sensitive_variable(name):
            yield Assignment(name, value if isinstance(value, str) else json.dumps(value))


def read_plan(
    text: str,
    path: str,
    provider: Provider,
    texts: Texts | None = None,
    deployment: Deployment | None = None,
    *,
    named: bool = True,
) -> Declarations:
    """What a plan declares.

    Args:
        text: the JSON.
        path: the file, as the user would name it.
        provider: what is known of the types of resources.
        texts: where the configuration beside the plan is read from; None when it is not to be looked for.
        deployment: what the user says of it.
        named: whether the user named the file; in a walk, other JSON that holds plans, as tests of policies do, is passed over.

    Returns:
        The declarations, with an error instead when the text is not a plan. Places are those of the configuration where it lies beside the
        plan, else those of the plan.
    """
    plan = parse_plan(text, path)
    if isinstance(plan, InputError):
        in_passing = plan.message == _NO_PLAN and not named
        return Declarations(path, "terraform", errors=() if in_passing else (plan,))
    beside = Beside(path, plan, texts, provider) if texts else None
    return _Reading(plan, text, path, provider, beside, deployment).declarations()


def read_state_before(text: str, path: str, provider: Provider, deployment: Deployment | None = None) -> Declarations:
    """What was there before the apply of a plan."""
    plan = parse_plan(text, path)
    if isinstance(plan, InputError):
        return Declarations(path, "terraform", errors=(plan,))
    before = Plan({name: plan.document.get(name) for name in ("format_version", "configuration", "variables", "prior_state")})
    return _Reading(before, text, path, provider, None, deployment).declarations()


class _Reading:
    """One reading of a plan."""

    def __init__(
        self, plan: Plan, text: str, path: str, provider: Provider, beside: Beside | None, deployment: Deployment | None
    ) -> None:
        self.plan, self.text, self.path, self.provider, self.beside = plan, text, path, provider, beside
        self.deployment = deployment or Deployment()
        self.resources = [one for one in plan.will_be() if not self._is_left(one)]
        self.accounts = accounts(plan, self.resources)
        self.instances: dict[str, Instance] = {}
        self.references = PlanReferences(plan, self.instances, provider)
        for one in self.resources:
            instance = self._instance(one)
            self.instances[instance.address] = instance

    def declarations(self) -> Declarations:
        """What the plan declares."""
        found = without_policies_read_back(
            self.provider.declarations(self.path, self.instances.values()), self.plan, self.resources
        )
        left_out = self._left_out()
        attachments = without_read_back(found.attachments, self.plan, self.resources, self.provider.left, left_out)
        attachments = tuple(self._in_plan(one) for one in attachments)
        buckets = tuple(replace(one, new=one.new or (one.managed and self.plan.is_made(one.address))) for one in found.buckets)
        forgotten = frozenset(address for address in self.plan.changes if self.plan.stays(address))
        moved = tuple(self.plan.moved())
        opaque = (*found.opaque, *provisioned(self.plan, self.resources, self.instances))
        grants = tuple(self._by(one) for one in found.grants)
        keys = (*found.keys, *deleted_keys(self.plan, self.resources, lambda one: self._place(one).header))
        found = replace(
            found,
            buckets=buckets,
            keys=keys,
            attachments=attachments,
            grants=grants,
            opaque=opaque,
            forgotten=forgotten,
            moved=moved,
        )
        found = Deletions(self.plan, self.resources, self.provider.left).applied(found)
        if left_out is None:
            return found
        given = tuple(Known(one.address, None, one.address) for one in (*found.buckets, *found.keys, *found.identities))
        return replace(found, opaque=(*found.opaque, Opaque(self.path, Location(self.path), symbol=left_out, given=given)))

    def _in_plan(self, attachment: Attachment) -> Attachment:
        """An attachment with what the plan says of it: that its document is stored already, and that its target is known only after apply."""
        stored = attachment.kind in _DOCUMENTS and self.plan.keeps(attachment.address, "policy")
        of_plan = any(isinstance(target, Unknown) for _, target in alternatives(attachment.target))
        storage = Storage.STORED if stored else attachment.storage
        return self._by(replace(attachment, storage=storage, of_plan=of_plan))

    def _by(self, part: _Part) -> _Part:
        """A part with the account and Region that apply it, unless it is there already: then AWS has taken it."""
        return part if self.plan.is_made(part.address) else replace(part, account=NULL, region=NULL)

    def _is_left(self, resource: Json) -> bool:
        """Whether a bucket, key or role is no longer managed; what is configured of one is, for what it configured stays."""
        return self.plan.is_forgotten(str(resource.get("address"))) and self._type(resource).owner

    def _left_out(self) -> Symbol | None:
        """What may be there besides what the plan shows, None where it shows everything."""
        why = self.plan.left_out
        return Symbol(f"what {self.path} leaves out", *why, Location(self.path)) if why else None

    def _type(self, resource: Json) -> TerraformType:
        mode = "data" if resource.get("mode") == "data" else "resource"
        return self.provider.type_of(mode, str(resource.get("type")))

    def _instance(self, resource: Json) -> Instance:
        address = str(resource.get("address"))
        written = self.plan.configured(resource)
        source = self.beside.instances.get(address) if self.beside else None
        change = self.plan.change_of(address)
        body = PlanBody(
            self.references,
            self._type(resource),
            Site(address, module_of(address)[0], resource.get("index")),
            address,
            entries(resource.get("values")),
            entries(change.get("after_unknown")),
            entries(change.get("after_sensitive")) or entries(resource.get("sensitive_values")),
            entries(written.get("expressions")) if written else None,
            self._place(resource),
            source.body if source else None,
        )
        mode = "data" if resource.get("mode") == "data" else "resource"
        kind, name = str(resource.get("type")), str(resource.get("name"))
        provider = self._provider(self.plan.provider_key(resource))
        return Instance(mode, kind, name, address, body, provider, deployment=self.deployment)

    def _provider(self, key: str) -> PlanBody | None:
        """The configuration of a provider. Its key is `aws`, `aws.west` or `module.a:aws.west`."""
        settings = entries(entries(self.plan.configuration.get("provider_config")).get(key))
        values: dict[str, Any] = {}
        for name, expression in entries(settings.get("expressions")).items():
            value = self.plan.constant(expression)
            if value is not None:
                values[name] = value
        if key in self.accounts:
            values["allowed_account_ids"] = [self.accounts[key]]
        if not values and key == "aws":
            return None
        module, _, own = key.rpartition(":")
        title = f"{module}.provider.{own}" if module else f"provider.{own}"
        site = Site(title, module, None)
        return PlanBody(None, TerraformType(""), site, title, values, {}, {}, {}, Place(Location(self.path)))

    def _place(self, resource: Json) -> Place:
        found = self.beside.place(resource) if self.beside else None
        if found is not None:
            return found
        address = str(resource.get("address"))
        forms = (json.dumps(address), json.dumps(address, ensure_ascii=False))
        start, end = min((self._addresses[form] for form in forms if form in self._addresses), default=(-1, -1))
        if start < 0:
            return Place(Location(self.path))
        line = bisect_right(self._line_starts, start)
        column = start - self._line_starts[line - 1] + 1
        return Place(Location(self.path, line, column, line, column + end - start))

    @functools.cached_property
    def _addresses(self) -> Mapping[str, tuple[int, int]]:
        """Where the text has each address for the first time, with its key, by how it is written."""
        found: dict[str, tuple[int, int]] = {}
        for match in _ADDRESS.finditer(self.text):
            found.setdefault(match[1], match.span())
        return found

    @functools.cached_property
    def _line_starts(self) -> Sequence[int]:
        return array("I", starts_of(self.text))
