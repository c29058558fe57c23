"""What decides beside policies: KMS grants, who owns an object, and ACLs that S3 refuses.

Source: AWS KMS Developer Guide, "Grants in AWS KMS"; Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.foundation.cases import Atom
from auditor.foundation.value import Known, ListValue, Symbol, Truth, Unknown, Value, all_of, alternatives, any_of, text_parts
from auditor.policy.condition import Free, Values
from auditor.policy.match import Alphabet, Case, match
from auditor.policy.principals import Naming
from auditor.policy.request import Environment, Question

ACL_ACTIONS = ("s3:putobjectacl", "s3:putbucketacl")
OWNER_ACL = "bucket-owner-full-control"
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")


class Surroundings:
    """The parts of an environment that are no policies.

    Args:
        environment: it.
        question: what is asked.
        naming: of the caller.
        alphabet: of the request.
        same_account: whether the caller is in the account that owns the resource.
    """

    def __init__(
        self, environment: Environment, question: Question, naming: Naming, alphabet: Alphabet, *, same_account: bool
    ) -> None:
        self.environment, self.question, self.naming, self.alphabet = environment, question, naming, alphabet
        self.same_account = same_account

    def key_grant(self, case: Case) -> Truth:
        """Whether a KMS grant lets the caller in. Source: AWS KMS Developer Guide, "Grants in AWS KMS"."""
        operation = self.question.action.partition(":")[2].lower()
        found = []
        for grant in self.environment.grants:
            tokens = self.alphabet.tokens(text_parts(grant.grantee), wild=False)
            grantee = any_of(
                match(tokens, text, self.alphabet, case, "grantee")
                for how, text in self.naming.candidates()
                if how != "direct" or text != "*"
            )
            listed = self._lists(grant.operations, operation, case)
            truth = all_of((grantee, listed))
            constrained = not (isinstance(grant.constraints, Known) and grant.constraints.value is None) and not (
                isinstance(grant.constraints, ListValue) and not grant.constraints.items and grant.constraints.rest is None
            )
            if constrained or not self.same_account:
                # Whether a grantee in another account needs a policy there too is not documented clearly.
                symbol = Symbol("a KMS grant", "whether it suffices cannot be told from code", "grant it in the key policy")
                truth = all_of(
                    (
                        truth,
                        case.truth(
                            Atom(("grant", tokens), (True, False), symbol, ("the grant suffices", "the grant does not suffice"))
                        ),
                    )
                )
            found.append(truth)
        return any_of(found)

    def _lists(self, operations: Value, operation: str, case: Case) -> Truth:
        found = []
        for when, branch in alternatives(operations):
            if isinstance(branch, ListValue):
                for item in branch.items:
                    for within, text in alternatives(item, when):
                        if isinstance(text, Known):
                            found.append(all_of((case.when(within), Truth.of(str(text.value).lower() == operation))))
                        elif isinstance(text, Unknown):
                            found.append(
                                all_of(
                                    (
                                        case.when(within),
                                        case.truth(Atom(("operation", text.symbol.name, operation), (True, False), text.symbol)),
                                    )
                                )
                            )
                if branch.rest is not None:
                    found.append(
                        all_of(
                            (
                                case.when(when),
                                case.truth(Atom(("operation", branch.rest.name, operation), (True, False), branch.rest)),
                            )
                        )
                    )
            elif isinstance(branch, Unknown):
                found.append(
                    all_of(
                        (
                            case.when(when),
                            case.truth(Atom(("operation", branch.symbol.name, operation), (True, False), branch.symbol)),
                        )
                    )
                )
        return any_of(found)

    def _ownership(self, case: Case) -> str | None:
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
                symbol = branch.symbol
                names = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
                return case.option(
                    Atom(("ownership", symbol.name), names, symbol, tuple(f"{symbol.name} is {name}" for name in names))
                )
        return ""

    def reaches_object(self, case: Case) -> Truth:
        """Whether a grant on the bucket reaches the object: with ACLs on, not one that another account wrote."""
        action = self.question.action.lower()
        if not action.startswith(("s3:getobject", "s3:deleteobject", "s3:restoreobject")):
            return Truth.TRUE
        ownership = self._ownership(case)
        if ownership is None:
            return Truth.UNKNOWN
        if ownership not in ("ObjectWriter", "BucketOwnerPreferred"):
            return Truth.TRUE
        symbol = Symbol(
            "who owns the objects", f"with {ownership} an object belongs to the account that wrote it", "set BucketOwnerEnforced"
        )
        return case.truth(
            Atom(("owner",), (True, False), symbol, ("the bucket's owner owns every object", "another account owns an object"))
        )

    def acl_refused(self, case: Case, header: Callable[[], Values]) -> Iterator[tuple[Truth, str]]:
        """Whether S3 refuses the request for its ACL header, with why.

        Source: Amazon S3 User Guide, "Controlling ownership of objects": with ACLs off S3 takes none but bucket-owner-full-control; "Blocking
        public access": BlockPublicAcls refuses public ones.
        """
        action = self.question.action.lower()
        if action not in ("s3:putobject", *ACL_ACTIONS):
            return
        ownership = self._ownership(case)
        off = Truth.UNKNOWN if ownership is None else Truth.of(ownership == "BucketOwnerEnforced")
        if action in ACL_ACTIONS:
            yield off, "ACLs are turned off, and S3 refuses to set one"
        value = header()
        if value is None:
            return
        other, public = Truth.UNKNOWN, Truth.UNKNOWN
        if isinstance(value, str):
            other, public = Truth.of(value != OWNER_ACL), Truth.of(value in PUBLIC_ACLS)
        elif isinstance(value, Free):
            symbol = Symbol("s3:x-amz-acl", "what s3:x-amz-acl is in a request is not known from code")
            other = public = case.truth(Atom(("refused acl",), (False, True), symbol, ("S3 takes the ACL", "S3 refuses the ACL")))
        yield all_of((off, other)), "the policy demands an ACL that S3 refuses, since ACLs are turned off"
        yield all_of((case.flag(self.environment.block_public_acls), public)), "BlockPublicAcls refuses a public ACL"
