"""What Amazon S3 adds to the evaluation of policies: Block Public Access, who owns an object, and ACLs that S3 refuses.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects and disabling ACLs";
Service Authorization Reference, "Condition keys for Amazon S3".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from auditor.foundation.cases import Atom
from auditor.foundation.value import Known, Symbol, Truth, Unknown, all_of, alternatives, negate
from auditor.policy.decision import DenyKind, Refusal
from auditor.policy.document import Policy
from auditor.policy.evaluation.asked import FoundInCases
from auditor.policy.evaluation.condition import Free, Values
from auditor.policy.evaluation.partial_case import PartialCase
from auditor.policy.evaluation.service import Service
from auditor.policy.question import ABSENT, PRESENT, Caller, CallerKind, ContextValue, OneOf
from auditor.policy.services.actions import lacks_condition_key, works_across_accounts

# Only a request through an access point or with credentials of S3 Access Grants has these; one to the bucket has none of them.
# Source: Service Authorization Reference, "Condition keys for Amazon S3".
_OF_ACCESS_POINTS = ("s3:dataaccesspoint", "s3:accesspoint", "s3:accessgrantsinstance")
_ACL_ACTIONS = ("s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl")
_OWNER_ACL = "bucket-owner-full-control"
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_ACL = "s3:x-amz-acl"
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")


class S3(Service):
    """A bucket or object that is asked for."""

    @classmethod
    def presence(cls, key: str, action: str, caller: Caller) -> ContextValue:
        """What a request has of a context key (in lower case)."""
        if key == "s3:signatureversion":
            return Known("AWS4-HMAC-SHA256")
        if key == "s3:tlsversion":
            # Source: AWS Security Blog, "TLS 1.2 to become the minimum TLS protocol level for all AWS API endpoints".
            return OneOf(("1.2", "1.3"))
        if key in ("s3:authtype", "s3:resourceaccount"):
            return PRESENT
        if lacks_condition_key(action, key) or key.startswith(_OF_ACCESS_POINTS):
            return ABSENT
        return super().presence(key, action, caller)

    def values_of(self, key: str) -> Sequence[str]:
        """The ACLs that S3 may refuse."""
        return (_OWNER_ACL, *PUBLIC_ACLS) if key == _ACL else ()

    def deployed(self, policy: Policy, case: PartialCase) -> tuple[Truth, Truth]:
        """Whether Block Public Access lets the bucket policy be stored, and whether it cuts its grants to other accounts off."""
        mark = len(case.pending)
        blocked = case.flag(self.environment.block_public_policy)
        restricted = case.flag(self.environment.restrict_public_buckets)
        if blocked is Truth.FALSE and restricted is Truth.FALSE:
            return Truth.TRUE, Truth.FALSE
        from auditor.policy.services.public import is_public

        known: FoundInCases[Truth] = case.choices.once(("public", self.naming.key), FoundInCases)
        public = is_public(policy, case, self.naming.is_everyone, known)
        stored, cut_off = negate(all_of((blocked, public))), all_of((restricted, public))
        case.forget(mark, (stored, cut_off))
        return stored, cut_off

    def conditions(
        self, case: PartialCase, tested: Callable[[str], bool], value: Callable[[str], Values], cut_off: Truth
    ) -> Iterator[tuple[Truth, Refusal]]:
        """What S3 refuses whatever the policies allow."""
        caller, action = self.question.caller, self.question.action
        if not self.same_account and caller.is_iam and not works_across_accounts(action):
            yield Truth.FALSE, Refusal(DenyKind.NOT_IAM, f"{action} is only for the account that owns the resource")
        if action.lower() in _ACL_ACTIONS or tested(_ACL):
            for truth, reason in self._acl_refused(case, value):
                yield negate(truth), Refusal(DenyKind.NOT_IAM, reason)
        reason = "ACLs are on, and the bucket policy does not reach objects that another account wrote"
        yield self._reaches_object(case), Refusal(DenyKind.NOT_IAM, reason)
        if not self.same_account and caller.kind is not CallerKind.SERVICE:
            reason = "the policy has a public statement, and RestrictPublicBuckets then cuts off every other account"
            yield negate(cut_off), Refusal(DenyKind.BLOCK_PUBLIC_ACCESS, reason)

    def _ownership(self, case: PartialCase) -> str | None:
        """The bucket's Object Ownership in a case: its text, empty when none is written, None when that is unknown."""
        for when, branch in alternatives(self.environment.object_ownership):
            holds = case.when(when)
            if holds is Truth.UNKNOWN:
                return None
            if holds is Truth.FALSE:
                continue
            if isinstance(branch, Known):
                return "" if branch.value is None else str(branch.value)
            if isinstance(branch, Unknown):
                name = branch.symbol.name
                labels = tuple(f"{name} is {setting}" for setting in _OWNERSHIPS)
                return case.option(Atom(("ownership", name), _OWNERSHIPS, branch.symbol, labels))
        return ""

    def _reaches_object(self, case: PartialCase) -> Truth:
        """Whether a grant on the bucket reaches the object: with ACLs on, not one that another account wrote."""
        if not self.question.action.lower().startswith(("s3:getobject", "s3:deleteobject", "s3:restoreobject")):
            return Truth.TRUE
        mark = len(case.pending)
        foreign = self._others_write(case)
        if foreign is Truth.FALSE:
            case.forget(mark, (foreign,))
            return Truth.TRUE
        ownership = self._ownership(case)
        if ownership is not None and ownership not in ("ObjectWriter", "BucketOwnerPreferred"):
            case.forget(mark, ())
            return Truth.TRUE
        if ownership is None or foreign is Truth.UNKNOWN:
            return Truth.UNKNOWN
        reason = f"with {ownership} an object belongs to the account that wrote it"
        symbol = Symbol("who owns the objects", reason, "set BucketOwnerEnforced")
        labels = ("the bucket's owner owns every object", "another account owns an object")
        return case.truth(Atom(("owner",), (True, False), symbol, labels))

    def _others_write(self, case: PartialCase) -> Truth:
        """Whether someone of neither the bucket's nor the caller's account may write objects."""
        policy = self.environment.resource_policy
        if self.environment.foreign_writers or policy is None:
            return Truth.of(self.environment.foreign_writers)
        from auditor.policy.services.writers import others_write

        accounts = (self.environment.resource_account, self.question.caller.account)
        known: FoundInCases[Truth] = case.choices.once(("writers", self.naming.key, accounts), FoundInCases)
        return others_write(policy, accounts, self.naming, case, known)

    def _sets_acl(self, case: PartialCase) -> Truth:
        """Whether the permission to set an ACL is used for another one than that which S3 takes with every upload.

        Source: Amazon S3 User Guide, "Controlling ownership of objects": with ACLs off an upload may carry bucket-owner-full-control, for which
        S3 asks for s3:PutObjectAcl; a request that sets another ACL fails.
        """
        if self.question.context.get(_ACL) == Known(_OWNER_ACL):
            return Truth.FALSE
        symbol = Symbol("the ACL that is set", "the contract does not say which ACL is set, and with which request")
        labels = ("it sets an ACL of its own", f"it is an upload with the ACL {_OWNER_ACL}")
        return case.truth(Atom(("sets acl",), (True, False), symbol, labels))

    def _acl_refused(self, case: PartialCase, value: Callable[[str], Values]) -> Iterator[tuple[Truth, str]]:
        """Whether S3 refuses the request for its ACL header, with why.

        Source: Amazon S3 User Guide, "Controlling ownership of objects": with ACLs off S3 takes none but bucket-owner-full-control; "Blocking
        public access": BlockPublicAcls refuses public ones.
        """
        action = self.question.action.lower()
        if action not in ("s3:putobject", *_ACL_ACTIONS):
            return
        ownership = self._ownership(case)
        off = Truth.UNKNOWN if ownership is None else Truth.of(ownership == "BucketOwnerEnforced")
        if action in _ACL_ACTIONS and off is not Truth.FALSE:
            reason = "ACLs are turned off, and S3 refuses to set one"
            yield off if action == "s3:putbucketacl" else all_of((off, self._sets_acl(case))), reason
        header = value(_ACL)
        if header is None:
            return
        other, public = Truth.UNKNOWN, Truth.UNKNOWN
        if isinstance(header, str):
            other, public = Truth.of(header != _OWNER_ACL), Truth.of(header in PUBLIC_ACLS)
        elif isinstance(header, Free):
            symbol = Symbol(_ACL, f"what {_ACL} is in a request is not known from code")
            other = public = case.truth(Atom(("refused acl",), (False, True), symbol, ("S3 takes the ACL", "S3 refuses the ACL")))
        who = "the request has" if _ACL in self.question.context else "the policy demands"
        yield all_of((off, other)), f"{who} an ACL that S3 refuses, since ACLs are turned off"
        yield all_of((case.flag(self.environment.block_public_acls), public)), "BlockPublicAcls refuses a public ACL"
