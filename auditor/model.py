"""What the sources found, in the terms of the AWS API, and how it belongs together.

Sources (Terraform, CloudFormation, raw documents) end here: each yields `Declarations`; `auditor.link` joins them once, for all languages,
into `Bucket`s and `Key`s. Nothing right of this module knows a file format.

The content of every attachment has the shape of the AWS API (and so of CloudFormation), whatever it was written in:

====================  ===================================================================================================
kind                  content
====================  ===================================================================================================
POLICY, KEY_POLICY    the policy document: a MapValue, JsonText, or text that holds JSON
CORS                  ListValue of MapValue: AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders, MaxAgeSeconds, ID
OWNERSHIP             text: the ObjectOwnership value
ENCRYPTION            MapValue: SSEAlgorithm, KMSMasterKeyID, BucketKeyEnabled
PUBLIC_ACCESS_BLOCK   MapValue: BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets (booleans); that of the account
                      likewise
ACL                   MapValue: ACL (canned name) or Grants (ListValue of MapValue: Grantee, Permission)
ACCELERATION          MapValue: AccelerationStatus
VERSIONING            MapValue: Status
REQUEST_PAYMENT       MapValue: Payer
OBJECT_LOCK           MapValue: ObjectLockEnabled, DefaultRetention (MapValue: Mode, Days, Years)
LIFECYCLE             ListValue of MapValue: ID, Status, Filter, Transitions (ListValue of MapValue: Days, Date, StorageClass),
                      Expiration (MapValue: Days, Date, ExpiredObjectDeleteMarker)
INTELLIGENT_TIERING   ListValue of MapValue: Id, Status, Filter, Tierings (ListValue of MapValue: AccessTier, Days)
====================  ===================================================================================================

A Filter is flat, without the API's And: MapValue: Prefix, Tags (ListValue of MapValue: Key, Value), ObjectSizeGreaterThan,
ObjectSizeLessThan (bytes). A prefix that is written beside it is in it.

An argument that is not written is missing from the map (or null).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import ClassVar, Self

from auditor.aws.cors_fields import API, CorsFields
from auditor.aws.partitions import partition_of
from auditor.foundation.equality import Lookup, known_by, same_text
from auditor.foundation.errors import InputError
from auditor.foundation.location import Location
from auditor.foundation.value import (
    ALWAYS,
    NULL,
    MapValue,
    Symbol,
    Text,
    Truth,
    Value,
    When,
    is_null,
    is_text,
    origin_of,
    text_of,
    text_parts,
)
from auditor.lazy.classes import dataclass


class Owner(enum.Enum):
    """What configuration belongs to; the value is what people call it."""

    BUCKET = "bucket"
    KEY = "key"
    ROLE = "role"
    ACCOUNT = "account"


class Kind(enum.Enum):
    """What an attachment configures; the value is what people call it.

    Attributes:
        owner: what it belongs to.
        label: what it is called where its owner is evident.
        several: whether a bucket may have several of them at once; of any other kind it has one.
    """

    owner: Owner
    label: str
    several: bool

    POLICY = ("bucket policy", Owner.BUCKET, "policy")
    CORS = ("CORS configuration", Owner.BUCKET, "CORS")
    OWNERSHIP = ("ownership controls", Owner.BUCKET, "ownership")
    ENCRYPTION = ("default encryption", Owner.BUCKET, "encryption")
    PUBLIC_ACCESS_BLOCK = ("public access block", Owner.BUCKET, "public access")
    ACL = ("bucket ACL", Owner.BUCKET, "ACL")
    ACCELERATION = ("transfer acceleration", Owner.BUCKET, "acceleration")
    VERSIONING = ("versioning", Owner.BUCKET, "versioning")
    REQUEST_PAYMENT = ("request payment", Owner.BUCKET, "payment")
    OBJECT_LOCK = ("object lock configuration", Owner.BUCKET, "object lock")
    LIFECYCLE = ("lifecycle configuration", Owner.BUCKET, "lifecycle")
    INTELLIGENT_TIERING = ("intelligent-tiering configuration", Owner.BUCKET, "tiering", True)
    KEY_POLICY = ("key policy", Owner.KEY, "key policy")
    KEY_GRANT = ("key grant", Owner.KEY, "grant")
    ROLE_POLICY = ("role policy", Owner.ROLE, "policy")
    ACCOUNT_PUBLIC_ACCESS_BLOCK = ("public access block of the account", Owner.ACCOUNT, "account")

    def __new__(cls, name: str, owner: Owner, label: str, several: bool = False) -> Self:
        """A kind whose value is its name."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.owner = owner
        kind.label = label
        kind.several = several
        return kind

    __hash__ = object.__hash__  # the slots of every bucket are looked up by it


OF_BUCKET = tuple(kind for kind in Kind if kind.owner is Owner.BUCKET)
"""What is configured of a bucket."""


class Storage(enum.Enum):
    """Whether AWS has taken a document.

    TO_BE_PUT: code will have it put. PERHAPS: a document on its own, which may be a draft or what was read back. STORED: read back from AWS,
    and so in force, whatever AWS would say of it today.
    """

    TO_BE_PUT = "to be put"
    PERHAPS = "perhaps stored"
    STORED = "stored"


class IdentityKind(enum.Enum):
    """What an IAM identity is; the value is what people call it."""

    ROLE = "role"
    USER = "user"
    GROUP = "group"


class PolicyOwner(enum.Enum):
    """Who keeps a policy of an identity: the identity itself (inline), the account (customer managed), or AWS."""

    INLINE = "inline"
    ACCOUNT = "account"
    AWS = "AWS"


@dataclass(frozen=True, slots=True)
class Declared:
    """What every declaration has.

    Attributes:
        address: as its language prints it (`module.data.aws_s3_bucket.images["eu"]`, `ImagesBucket`).
        location: its header in the source (`resource "aws_s3_bucket" "images"`), the logical id in CloudFormation.
        when: the unresolved conditions under which it exists at all.
        calls: the module calls (or nested stacks) that lead to it, outermost first.
    """

    address: str
    location: Location
    when: When = ALWAYS
    calls: tuple[Location, ...] = ()


def _partition_of(region: Text) -> str:
    """The partition of a Region, as far as its code is resolved."""
    start = next(iter(text_parts(region)), "") if is_text(region) else ""
    return partition_of(start if isinstance(start, str) else "")


@dataclass(frozen=True, slots=True)
class BucketDeclaration(Declared):
    """A bucket.

    Attributes:
        name: its name; when the provider assigns it, an `Unknown` whose symbol has the domain BUCKET.
        region: its region code, or an `Unknown` of domain REGION.
        account: its account id, or an `Unknown` of domain ACCOUNT.
        directory: whether it is a directory bucket (S3 Express).
        managed: False when the code only refers to it (a data source, a parameter, a policy on its own), so that its other
            configuration may lie elsewhere.
        new: whether it certainly has the defaults of new buckets: a plan makes it, or no bucket of its kind is older. Source: Amazon S3 User
            Guide, "Default settings for new S3 buckets".
        unblocked: whether it has no public access block where none is configured, whatever a new bucket has: it is told as it is, or a plan
            deletes the one that it had.
        begins: what a name that is completed at deployment certainly begins with.
        lockable: whether it is made with Object Lock, true or false; null where that is not written, and it is not.
        maker: what makes it, where that could not be evaluated (a module that is not available locally).
        condition: the name of the condition of a template under which it is there, resolved or not; empty where none is written.
    """

    name: Text = NULL
    region: Text = NULL
    account: Text = NULL
    directory: bool = False
    managed: bool = True
    new: bool = False
    unblocked: bool = False
    begins: str = ""
    lockable: Value = NULL
    maker: Symbol | None = None
    condition: str = ""

    @property
    def partition(self) -> str:
        """Its partition: by its Region where that is resolved, else the commercial one."""
        return _partition_of(self.region)

    @property
    def arn(self) -> Text:
        """Its ARN."""
        return self.arn_of()

    def arn_of(self, *behind: str | Symbol) -> Text:
        """Its ARN with something behind it ("/*")."""
        return text_of((f"arn:{self.partition}:s3:::", *text_parts(self.name), *behind))


@dataclass(frozen=True, slots=True)
class Attachment(Declared):
    """Configuration that belongs to a bucket or key.

    Attributes:
        kind: what it configures.
        target: the reference to its bucket (name, id or ARN) or key (id, ARN, alias), as evaluated; its `origin` is the address of the
            resource that it was read from.
        content: in the shape that the module's documentation tells.
        content_location: the argument that holds the content.
        inline: whether it is written inside its bucket or key (`target` is then its address in `origin`).
        storage: whether AWS has taken it.
        of_plan: whether its target is known only after the apply of a plan: where it may be one that the plan lists, no other one is meant.
        unchecked: for a key policy, whether the lock-out check is bypassed (BypassPolicyLockoutSafetyCheck); null where that is not written.
        account: the account that applies it; null where nothing says so, or it is written inside what it belongs to.
        cors_fields: what its language calls the fields of a CORS rule.
        region: the Region that it is applied in; likewise.
    """

    kind: Kind = Kind.POLICY
    target: Value = NULL
    content: Value = NULL
    content_location: Location | None = None
    inline: bool = False
    storage: Storage = Storage.TO_BE_PUT
    of_plan: bool = False
    unchecked: Value = NULL
    account: Text = NULL
    cors_fields: CorsFields = field(default_factory=lambda: API)
    region: Text = NULL

    @property
    def written_as(self) -> tuple[Kind, str, Location]:
        """What another process makes of it has this in common with it, and nothing else has."""
        return self.kind, self.address, self.location


@dataclass(frozen=True, slots=True)
class KeyDeclaration(Declared):
    """A KMS key.

    Attributes:
        key_id: its id, an `Unknown` of domain KEY unless the code resolves it.
        arn: its ARN.
        managed: False when the code only refers to it.
        spec: the KeySpec of the AWS API; null where that is not written, and it is SYMMETRIC_DEFAULT.
        usage: the KeyUsage of the AWS API; null where that is not written, and it is ENCRYPT_DECRYPT.
        state: the KeyState of the AWS API; null where that is not written, and it is Enabled.
        origin: the Origin of the AWS API; null where nothing says so.
        multi_region: the MultiRegion of the AWS API; null where nothing says so.
        multi_region_type: the MultiRegionKeyType of the AWS API, which a key that is multi-Region has; null where nothing says so.
    """

    key_id: Text = NULL
    arn: Text = NULL
    region: Text = NULL
    account: Text = NULL
    managed: bool = True
    spec: Value = NULL
    usage: Value = NULL
    state: Value = NULL
    origin: Value = NULL
    multi_region: Value = NULL
    multi_region_type: Value = NULL

    @property
    def partition(self) -> str:
        """Its partition: by its Region where that is resolved, else the commercial one."""
        return _partition_of(self.region)


@dataclass(frozen=True, slots=True)
class AliasDeclaration(Declared):
    """A KMS alias: `name` (with `alias/`) stands for the key that `target` (id or ARN) refers to, in `region` of `account` (null: not told)."""

    name: Text = NULL
    target: Value = NULL
    region: Text = NULL
    account: Text = NULL


@dataclass(frozen=True, slots=True)
class GrantDeclaration(Declared):
    """A KMS grant: `grantee` may do `operations` (ListValue of names such as `Decrypt`) with the key that `target` refers to.

    Its `account` and `region` are those that it is made in; null where nothing says so.
    """

    target: Value = NULL
    grantee: Text = NULL
    operations: Value = NULL
    constraints: Value = NULL
    account: Text = NULL
    region: Text = NULL


@dataclass(frozen=True, slots=True)
class IdentityDeclaration(Declared):
    """An IAM role, user or group.

    Attributes:
        kind: which of them.
        name: its name.
        arn: its ARN.
        trust_policy: the document that says who may assume it; null for a user or group.
        boundary: the document of its permissions boundary, null when it has none.
        account: its account id, or an `Unknown` of domain ACCOUNT.
        unique_id: the id that AWS gives it; null where nothing says it.
        storage: whether AWS has taken its trust policy.
    """

    kind: IdentityKind = IdentityKind.ROLE
    name: Text = NULL
    arn: Text = NULL
    trust_policy: Value = NULL
    boundary: Value = NULL
    account: Text = NULL
    unique_id: Text = NULL
    storage: Storage = Storage.TO_BE_PUT


@dataclass(frozen=True, slots=True)
class IdentityPolicyDeclaration(Declared):
    """A policy attached to an identity of a kind: `identity` is its name or ARN, `document` the policy, `owner` who keeps it.

    `called` is the name of an inline policy or the ARN of a managed one; null where nobody gives it one. `storage` says whether AWS has taken it.
    `account` is where it is attached, null where nothing says so.
    """

    kind: IdentityKind = IdentityKind.ROLE
    identity: Value = NULL
    document: Value = NULL
    owner: PolicyOwner = PolicyOwner.INLINE
    called: Value = NULL
    storage: Storage = Storage.TO_BE_PUT
    account: Text = NULL


class OrganizationPolicyKind(enum.Enum):
    """The kinds of policies of an organization that authorize; the value is what people call them."""

    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"


@dataclass(frozen=True, slots=True)
class OrganizationPolicyDeclaration(Declared):
    """A policy of an organization that holds for the account of the buckets and keys."""

    kind: OrganizationPolicyKind = OrganizationPolicyKind.RESOURCE_CONTROL
    document: Value = NULL


@dataclass(frozen=True, slots=True)
class MembershipDeclaration(Declared):
    """The membership of a user in a group, each by its name."""

    user: Value = NULL
    group: Value = NULL


class ExclusiveList(enum.Enum):
    """The lists of IAM that a resource may write exclusively; the value is what people call them."""

    INLINE_POLICIES = "inline policies"
    MANAGED_POLICIES = "managed policies"
    HOLDERS = "attachments"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class ExclusiveDeclaration(Declared):
    """The claim of a resource to write a list exclusively: what others add to it is removed when this one is applied again.

    Attributes:
        list: which.
        kind: of the identity whose policies they are; of the holders of a policy, those that are meant.
        subject: whose list it is: the identity, the ARN of the policy that is held, or the group.
        listed: what is in it, each with the unresolved conditions under which it is: names, ARNs, or users.
        argument: what holds the list.
    """

    list: ExclusiveList = ExclusiveList.INLINE_POLICIES
    kind: IdentityKind = IdentityKind.ROLE
    subject: Value = NULL
    listed: tuple[tuple[When, Value], ...] = ()
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Opaque(Declared):
    """Something that could not be evaluated and may attach configuration to whatever it is given (a module that is not available locally).

    Attributes:
        symbol: says why and what would resolve it.
        given: the values handed to it.
        kinds: what it can configure; None when anything.
        unread: whether it is code of the root that could not be read: it may be about anything of the root, and what it says may be what is
            in force, whatever else is written.
        overrides: whether it certainly writes what it can configure of whatever it is given, so that this may be in force whatever else is
            written.
    """

    symbol: Symbol = field(default_factory=lambda: Symbol("?", "not evaluated"))
    given: tuple[Value, ...] = ()
    kinds: frozenset[Kind] | None = None
    unread: bool = False
    overrides: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Something that the code says it moved: the address that it had, and the one that it has now.

    A resource or a module call without a key stands for all its instances, unless the other address has one.
    """

    former: str
    present: str

    def follow(self, address: str) -> str:
        """The address that something has now which had this one before; the same when it was not moved."""
        ends = (".",) if self.present.endswith("]") and not self.former.endswith("]") else (".", "[")
        rest = address.removeprefix(self.former)
        return f"{self.present}{rest}" if rest != address and (not rest or rest.startswith(ends)) else address


def present_address(address: str, moves: Iterable[Move]) -> str:
    """The present address of something, after all moves, each made once."""
    pending = list(moves)
    while move := next((one for one in pending if one.follow(address) != address), None):
        pending.remove(move)
        address = move.follow(address)
    return address


@dataclass(frozen=True, slots=True)
class Declarations:
    """All that one root (a root module, a template with its nested stacks, a set of raw documents) declares.

    Attributes:
        root: the directory or file, as the user would name it.
        language: "terraform", "cloudformation" or "json": the language of fix hints.
        account_public_access_blocks: attachments of kind ACCOUNT_PUBLIC_ACCESS_BLOCK.
        errors: what could not be read.
        directives: the comments that speak to the tool.
        inputs: the names of the variables or parameters that it takes.
        not_read: the sources of module calls (the addresses of nested stacks' templates) that are not available locally, one for each.
        is_unit: whether it is a unit of Terragrunt.
        forgotten: the addresses of what stays in force and that the code no longer manages.
        empty: the declarations of buckets that make none with the values at hand (`count` or `for_each` is empty), by address.
        moved: what the code says it moved.
        absent: the addresses of roles and users whose condition does not hold with the values at hand.
    """

    root: str
    language: str
    buckets: tuple[BucketDeclaration, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    account_public_access_blocks: tuple[Attachment, ...] = ()
    keys: tuple[KeyDeclaration, ...] = ()
    aliases: tuple[AliasDeclaration, ...] = ()
    grants: tuple[GrantDeclaration, ...] = ()
    identities: tuple[IdentityDeclaration, ...] = ()
    identity_policies: tuple[IdentityPolicyDeclaration, ...] = ()
    memberships: tuple[MembershipDeclaration, ...] = ()
    exclusive: tuple[ExclusiveDeclaration, ...] = ()
    organization_policies: tuple[OrganizationPolicyDeclaration, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    errors: tuple[InputError, ...] = ()
    directives: tuple[Directive, ...] = ()
    inputs: frozenset[str] = frozenset()
    not_read: tuple[str, ...] = ()
    is_unit: bool = False
    forgotten: frozenset[str] = frozenset()
    empty: tuple[str, ...] = ()
    moved: tuple[Move, ...] = ()
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment (or CloudFormation Metadata entry) that speaks to the tool.

    Attributes:
        text: what follows `auditor:`, stripped (`contract=v7-darwin`, `ignore[rule-id] until=2027-03-01 -- reason`).
        location: the comment.
        applies_to: the lines that it governs: its own line, and when it stands alone, the block or line below it.
    """

    text: str
    location: Location
    applies_to: Location


@dataclass(frozen=True, slots=True)
class Linked:
    """An attachment that belongs, or may belong, to a bucket or key.

    Attributes:
        attachment: it.
        when: the unresolved conditions under which it exists and belongs there.
        certain: whether it belongs there wherever it exists.
    """

    attachment: Attachment
    when: When = ALWAYS
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """Everything of one kind that is, or may be, attached to one bucket or key.

    Attributes:
        linked: what the code attaches, certain ones first.
        perhaps: reasons why something may be attached where nothing else certainly is (a module that is not available locally is handed the bucket).
        unread: reasons why something else may be attached, whatever is (a block that could not be read).
    """

    linked: tuple[Linked, ...] = ()
    perhaps: tuple[Symbol, ...] = ()
    unread: tuple[Symbol, ...] = ()

    @property
    def more(self) -> tuple[Symbol, ...]:
        """Every reason why something more may be attached."""
        return (*self.unread, *self.perhaps)


EMPTY_SLOT = Slot()


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that the code declares, with what belongs to it: what a verdict can be about.

    Attributes:
        declaration: it.
        root: the root it was found in.
        language: of that root.
        NOUN: what such a thing is called.
        PLURAL: what several of them are called.
    """

    NOUN: ClassVar[str] = "resource"
    PLURAL: ClassVar[str] = "resources"

    declaration: Declared
    root: str
    language: str

    @property
    def address(self) -> str:
        """As its language prints it."""
        return self.declaration.address

    @property
    def location(self) -> Location:
        """Its header in the source."""
        return self.declaration.location

    @property
    def calls(self) -> tuple[Location, ...]:
        """The module calls (or nested stacks) that lead to it, outermost first."""
        return self.declaration.calls


@dataclass(frozen=True, slots=True)
class Key(Resource):
    """A KMS key with what belongs to it.

    Attributes:
        policy: its key policy; an empty slot means the default policy.
        grants: those given for it, each with the unresolved conditions under which it exists and is for this key.
    """

    NOUN: ClassVar[str] = "key"
    PLURAL: ClassVar[str] = "keys"

    declaration: KeyDeclaration
    policy: Slot = EMPTY_SLOT
    grants: tuple[tuple[When, GrantDeclaration], ...] = ()


@dataclass(frozen=True, slots=True)
class IamIdentity(Resource):
    """An IAM role or user with what belongs to it.

    Attributes:
        policies: those attached to it or to a group of a user, each with the unresolved conditions under which it exists and belongs
            there.
        perhaps: reasons why more may be attached (a module that is not available locally is handed the role).
    """

    NOUN: ClassVar[str] = "identity"
    PLURAL: ClassVar[str] = "identities"

    declaration: IdentityDeclaration
    policies: tuple[tuple[When, IdentityPolicyDeclaration], ...] = ()
    perhaps: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Estate:
    """What one root declares beside its buckets.

    Attributes:
        keys: the KMS keys.
        aliases: the KMS aliases.
        account_public_access_block: what holds for the whole account.
        identities: the IAM roles and users; none when no contract is for one of the code.
        organization_policies: what the organization forbids in their account, as far as it is known.
    """

    keys: tuple[Key, ...] = ()
    aliases: tuple[AliasDeclaration, ...] = ()
    account_public_access_block: Slot = EMPTY_SLOT
    identities: tuple[IamIdentity, ...] = ()
    organization_policies: tuple[OrganizationPolicyDeclaration, ...] = ()
    _keys: Lookup[Key] = field(init=False, repr=False, compare=False)
    _aliases: Lookup[AliasDeclaration] = field(init=False, repr=False, compare=False)
    _doubted: frozenset[tuple[Kind, str, Location]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Makes keys and aliases known by their addresses and by what certainly means them."""
        keys = Lookup(self.keys, lambda key: (key.address, known_by(key.declaration.arn), known_by(key.declaration.key_id)))
        object.__setattr__(self, "_keys", keys)
        object.__setattr__(self, "_aliases", Lookup(self.aliases, lambda alias: (alias.address, known_by(alias.name))))
        linked = [one for key in self.keys for one in key.policy.linked]
        certain, doubted = ({one.attachment.written_as for one in linked if one.certain is so} for so in (True, False))
        # Another key that a policy perhaps belongs to, beside the one that it certainly does, is the same one by another name.
        object.__setattr__(self, "_doubted", frozenset(doubted - certain))

    def doubts(self, attachment: Attachment) -> bool:
        """Whether something that is attached to a key perhaps belongs to another one instead."""
        return attachment.written_as in self._doubted

    def keys_at(self, addresses: Iterable[str | None]) -> tuple[Key, ...]:
        """The keys with some addresses."""
        return self._keys.of(*addresses)

    def keys_meant(self, reference: Value) -> tuple[Key, ...]:
        """The keys that a reference by id or ARN certainly means."""
        return self._keys.of(origin_of(reference), *((known_by(reference),) if is_text(reference) else ()))

    def aliases_meant(self, reference: Text) -> tuple[AliasDeclaration, ...]:
        """The aliases that a reference by name certainly means."""
        return self._aliases.of(origin_of(reference), known_by(reference))


@dataclass(frozen=True, slots=True)
class Bucket(Resource):
    """A bucket with what belongs to it: a subject of the audit.

    Attributes:
        slots: what is attached, by kind; a kind that is missing has an empty slot.
        estate: what its root declares beside it.
        declared_in: the other root that declares it, where this one only refers to it; empty where none certainly does.
    """

    NOUN: ClassVar[str] = "bucket"
    PLURAL: ClassVar[str] = "buckets"

    declaration: BucketDeclaration
    slots: Mapping[Kind, Slot] = field(default_factory=dict)
    estate: Estate = field(default_factory=Estate)
    declared_in: str = ""

    def slot(self, kind: Kind) -> Slot:
        """What is attached of one kind."""
        return self.slots.get(kind, EMPTY_SLOT)

    @property
    def account_public_access_block(self) -> Slot:
        """What holds for the whole account that it is in. A block that names no account is of that one; a block of another one is left out."""
        slot = self.estate.account_public_access_block
        if not slot.linked:
            return slot
        found = []
        for linked in slot.linked:
            block = linked.attachment
            same = Truth.UNKNOWN
            if is_text(block.target):
                same = Truth.TRUE if is_null(block.target) else same_text(block.target, self.declaration.account)
            name = f"{block.address} belongs to the account of {self.address}"
            reason = "the code does not resolve whether the two accounts are one"
            doubt = Symbol(name, reason, "give the account with --account", block.location)
            if same is not Truth.FALSE:
                found.append(linked if same is Truth.TRUE else replace(linked, when=linked.when.and_(doubt)))
        return replace(slot, linked=tuple(sorted(found, key=lambda one: one.when != ALWAYS)))

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of the code that its default encryption is given by what was read from them."""
        contents = [linked.attachment.content for linked in self.slot(Kind.ENCRYPTION).linked]
        named = {origin_of(one.entries.get("KMSMasterKeyID")) for one in contents if isinstance(one, MapValue)}
        return self.estate.keys_at(named)
