"""Documents that are almost one of those that are read: what they look like, why they are not one, and what to write instead.

One table holds the ways in which people miss a form (`_SLIPS`); each says what is wrong and gives the document as it should be written, and
what they give together must be a document that `shape` recognises. So nothing is called a near miss that its own correction does not make
right.

Sources: the forms that S3 takes are those of `shape`; the forms of others: Google Cloud, "CORS configuration examples"; Cloudflare R2 API
Reference, "Put Bucket CORS Policy"; Azure Resource Manager, `Microsoft.Storage/storageAccounts/blobServices`, `CorsRule`; AWS CloudFormation
Template Reference, `AWS::S3::Bucket`; Amazon S3 API Reference, PutBucketCors (the elements in XML).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from auditor.foundation.json_text import plain_json
from auditor.lazy.classes import dataclass
from auditor.policy.services.bucket_arn import meant

_Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that is wrong with a document.

    Attributes:
        because: what is wrong, as the rest of "it looks like a bucket policy, but …"; empty where nothing is.
        corrected: the document without it.
        place: the keys that lead to it; the whole document where there are none.
        cure: what to do, where that says more than the whole corrected document.
        perhaps: whether other things than documents of buckets look like this, too.
    """

    because: str
    corrected: Any
    place: _Steps = ()
    cure: str = ""
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What a document is almost.

    Attributes:
        corrected: the document as it should be written.
        because: everything that is wrong with it.
        cure: what to write.
        place: of the first thing that is wrong.
        certain: whether it must be meant for this tool.
    """

    corrected: Any
    because: str
    cure: str
    place: _Steps
    certain: bool


_LONGEST = 600
_MOST_SLIPS = 4


def near_miss(plain: Any, is_document: Callable[[Any], bool], *, names_only: bool = False) -> NearMiss | None:
    """What a document is almost, None when nothing that is known to go wrong makes it one of those that are read.

    Args:
        plain: the parsed JSON.
        is_document: whether parsed JSON is a document that is read.
        names_only: whether only the names of its keys are looked at.
    """
    finds = (_misnamed,) if names_only else _SLIPS
    slips: list[Slip] = []
    current = plain
    for _ in range(_MOST_SLIPS):
        slip = next((slip for find in finds for slip in find(current)), None)
        if slip is None:
            return None
        slips.append(slip)
        current = slip.corrected
        if is_document(current):
            wrong = [one for one in slips if one.because]
            return NearMiss(
                current,
                " and ".join(one.because for one in wrong),
                wrong[0].cure if len(wrong) == 1 and wrong[0].cure else f"write {_written(current)}",
                slips[0].place,
                not any(one.perhaps for one in slips),
            )
    return None


def _written(document: Any) -> str:
    text = json.dumps(document, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# Names. The canonical name of every key of the documents that are read, by what it is called in other places.

_RENAMED = {
    **{
        name.lower(): name
        for name in (
            "Version", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
            "Condition", "CORSRules", "AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders", "MaxAgeSeconds",
            "OwnershipControls", "Rules", "ObjectOwnership", "ServerSideEncryptionConfiguration", "ApplyServerSideEncryptionByDefault",
            "SSEAlgorithm", "KMSMasterKeyID", "BucketKeyEnabled", "PublicAccessBlockConfiguration", "BlockPublicAcls", "IgnorePublicAcls",
            "BlockPublicPolicy", "RestrictPublicBuckets", "KeyMetadata", "KeyId", "KeyState", "KeyUsage", "KeySpec", "KeyManager",
        )
    },
    # CloudFormation.
    "exposedheaders": "ExposeHeaders",
    "maxage": "MaxAgeSeconds",
    "serversideencryptionbydefault": "ApplyServerSideEncryptionByDefault",
    # The API in XML, and Azure.
    "corsrule": "CORSRules",
    "allowedorigin": "AllowedOrigins",
    "allowedmethod": "AllowedMethods",
    "allowedheader": "AllowedHeaders",
    "exposeheader": "ExposeHeaders",
    "maxageinseconds": "MaxAgeSeconds",
    # Plurals, as Terraform has them.
    "statements": "Statement",
    "principals": "Principal",
    "actions": "Action",
    "resources": "Resource",
    "conditions": "Condition",
}  # fmt: skip
_LISTS = frozenset({"AllowedOrigins", "AllowedMethods", "AllowedHeaders", "ExposeHeaders", "CORSRules"})
# What stands below these is not named by AWS.
_OPAQUE = frozenset({"Principal", "NotPrincipal", "Condition"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_POLICY = frozenset({"Version", "Id", "Statement"})
_DEEPEST = 6


def _plain_name(key: str) -> str:
    return re.sub(r"[_-]", "", key.lower())


def _canonical(key: str, above: _Steps) -> str:
    name = _plain_name(key)
    if name == "id":
        return "ID" if above else "Id"  # of a CORS rule, of a policy
    return _RENAMED.get(name, key)


def _misnamed(plain: Any) -> Iterator[Slip]:
    """Keys in lower case, in snake case, in the plural, or under the name that they have elsewhere."""
    renamed: dict[str, str] = {}
    places: list[_Steps] = []

    def again(value: Any, steps: _Steps) -> Any:
        if len(steps) > _DEEPEST:
            return value
        if isinstance(value, list):
            return [again(item, (*steps, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for key, entry in value.items():
            name = _canonical(key, steps)
            if name != key and name not in value:
                renamed.setdefault(key, name)
                places.append((*steps, key))
            else:
                name = key
            inner = entry if name in _OPAQUE else again(entry, (*steps, key))
            found[name] = [inner] if name in _LISTS and name != key and not isinstance(inner, list) else inner
        return found

    corrected = again(plain, ())
    if renamed:
        of_app = isinstance(plain, dict) and "AllowedOrigins" in corrected
        names = _enumerated([f"'{name}' is written '{key}'" for key, name in renamed.items()])
        yield Slip(names, corrected, places[0], perhaps=of_app)


def _enumerated(words: Sequence[str]) -> str:
    most = 6
    shown = [*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# What stands inside something else, or lacks what belongs around it.

_AROUND = frozenset(
    {
        "corsconfiguration", "corsconfig", "cors", "bucketpolicy", "policydocument", "policy", "keypolicy", "resourcepolicy",
        "bucketencryption", "publicaccessblock",
    }
)  # fmt: skip
# What the operations that put a document are given beside it. Source: Amazon S3 API Reference, PutBucketPolicy, PutBucketCors.
_BESIDE = frozenset({"bucket", "bucketname", "checksumalgorithm", "contentmd5", "expectedbucketowner", "keyid", "policyname"})


def _wrapped(plain: Any) -> Iterator[Slip]:
    """A document inside a key that it does not have, such as the one of CloudFormation or of the operation that puts it."""
    if not isinstance(plain, dict):
        return
    inner = [key for key in plain if _plain_name(key) not in _BESIDE]
    if len(inner) == 1 and _plain_name(inner[0]) in _AROUND:
        content = plain[inner[0]]
        if isinstance(content, str):
            content = _parsed(content)
        if isinstance(content, dict | list | str):
            # The command line prints a policy inside 'Policy': that is right. What is still a text is quoted twice.
            because = "" if inner == ["Policy"] == [*plain] else f"it stands inside '{inner[0]}'"
            yield Slip(because, content, (inner[0],), perhaps=inner[0].lower() == "cors")


def _parsed(text: str) -> Any:
    try:
        return plain_json(text)
    except ValueError:
        return None


def _quoted(plain: Any) -> Iterator[Slip]:
    if isinstance(plain, str) and isinstance(inner := _parsed(plain), dict | list):
        yield Slip("it is JSON inside a JSON string", inner)


def _nested(plain: Any) -> Iterator[Slip]:
    """A list around the list of rules, or of statements."""
    for place, rules in ((), plain), (("CORSRules",), _at(plain, ("CORSRules",))):
        if isinstance(rules, list) and rules and all(isinstance(one, list) for one in rules):
            inner = [rule for one in rules for rule in one]
            yield Slip("its list stands inside another list", _with(plain, place, inner), (*place, 0))


def _bare(plain: Any) -> Iterator[Slip]:
    """One part of a document without what belongs around it."""
    if isinstance(plain, list) and plain and all(isinstance(one, dict) and {"Effect", "Action"} <= one.keys() for one in plain):
        yield Slip("it is a list of statements without the policy around it", {"Version": "2012-10-17", "Statement": plain})
    if isinstance(plain, list) and len(plain) == 1 and isinstance(plain[0], dict) and "ObjectOwnership" in plain[0]:
        yield Slip("it is the list of rules alone", {"OwnershipControls": {"Rules": plain}})
    if not isinstance(plain, dict):
        return
    keys = set(plain)
    if {"AllowedOrigins", "AllowedMethods"} <= keys:
        yield Slip("it is one rule without the list around it", [plain])
    if {"Effect", "Principal"} <= keys <= _STATEMENT:
        yield Slip("it is one statement without the policy around it", {"Version": "2012-10-17", "Statement": [plain]})
    if keys == {"ObjectOwnership"}:
        yield Slip("it is one rule without what stands around it", {"OwnershipControls": {"Rules": [plain]}})
    if "ApplyServerSideEncryptionByDefault" in keys and keys <= {"ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"}:
        yield Slip("it is one rule without what stands around it", {"ServerSideEncryptionConfiguration": {"Rules": [plain]}})
    if {"KeyId", "KeyState"} <= keys:
        yield Slip("it is the metadata of a key without what stands around it", {"KeyMetadata": plain})
    if "SSEAlgorithm" in keys and keys <= {"SSEAlgorithm", "KMSMasterKeyID", "BucketKeyEnabled"}:
        yield Slip("it is the inside of a rule alone", {"ServerSideEncryptionConfiguration": {"Rules": [_encryption_rule(plain)]}})


def _encryption_rule(plain: Mapping[str, Any]) -> dict[str, Any]:
    default = {key: value for key, value in plain.items() if key != "BucketKeyEnabled"}
    return {"ApplyServerSideEncryptionByDefault": default} | {key: plain[key] for key in plain if key == "BucketKeyEnabled"}


def _without_rules(plain: Any) -> Iterator[Slip]:
    """`OwnershipControls` and its like, whose rules do not stand in `Rules`."""
    for wrapper, field in (
        ("OwnershipControls", "ObjectOwnership"),
        ("ServerSideEncryptionConfiguration", "ApplyServerSideEncryptionByDefault"),
    ):
        inner = plain.get(wrapper) if isinstance(plain, dict) and len(plain) == 1 else None
        rules = [inner] if isinstance(inner, dict) and field in inner else inner if isinstance(inner, list) else None
        if rules is not None:
            yield Slip(f"the rule stands directly in '{wrapper}', not in its 'Rules'", {wrapper: {"Rules": rules}}, (wrapper,))


def _one_rule(plain: Any) -> Iterator[Slip]:
    rules = plain.get("CORSRules") if isinstance(plain, dict) else None
    if isinstance(rules, dict) and {"AllowedOrigins", "AllowedMethods"} & rules.keys():
        yield Slip("'CORSRules' is one rule, not a list of rules", {**plain, "CORSRules": [rules]}, ("CORSRules",))


def _texts(plain: Any) -> Iterator[Slip]:
    """Texts where a rule has lists; several values are told from one another by commas."""
    place: _Steps = ("CORSRules",) if isinstance(plain, dict) else ()
    rules = _at(plain, place) if place else plain
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        return
    found = [(number, key) for number, rule in enumerate(rules) for key in rule if key in _LISTS and isinstance(rule[key], str)]
    if found:
        corrected = [
            {key: [one.strip() for one in value.split(",")] if (number, key) in found else value for key, value in rule.items()}
            for number, rule in enumerate(rules)
        ]
        fields = [f"'{key}'" for key in dict.fromkeys(key for _, key in found)]
        because = "are texts, not lists" if len(fields) > 1 else "is a text, not a list"
        yield Slip(f"{_enumerated(fields)} {because}", _with(plain, place, corrected), (*place, *found[0]))


# The forms of other stores. What each calls its fields, in the order in which S3 has them.


@dataclass(frozen=True, slots=True)
class _Store:
    """How another store writes the CORS rules of a bucket.

    Attributes:
        name: its name.
        origins: where the origins of a rule stand.
        methods: likewise.
        others: where a rule has what else S3 takes.
        known: all keys of a rule.
    """

    name: str
    origins: _Steps
    methods: _Steps
    others: Mapping[str, _Steps]
    known: frozenset[str]


_STORES = (
    _Store(
        "Google Cloud Storage",
        ("origin",),
        ("method",),
        {"AllowedHeaders": ("responseHeader",), "ExposeHeaders": ("responseHeader",), "MaxAgeSeconds": ("maxAgeSeconds",)},
        frozenset({"origin", "method", "responseHeader", "maxAgeSeconds"}),
    ),
    _Store(
        "Cloudflare R2",
        ("allowed", "origins"),
        ("allowed", "methods"),
        {"AllowedHeaders": ("allowed", "headers"), "ExposeHeaders": ("exposeHeaders",), "MaxAgeSeconds": ("maxAgeSeconds",)},
        frozenset({"id", "allowed", "exposeHeaders", "maxAgeSeconds"}),
    ),
)
_RULES_IN = ("rules", "cors", "CORSRules", "corsRules")


def _of_another_store(plain: Any) -> Iterator[Slip]:
    """The CORS configuration of another object store."""
    rules = plain
    if isinstance(plain, dict) and len(plain) == 1:
        rules = next((plain[key] for key in _RULES_IN if key in plain), plain)
    rules = [rules] if isinstance(rules, dict) else rules
    if not isinstance(rules, list) or not rules:
        return
    for store in _STORES:
        if all(isinstance(rule, dict) and rule.keys() <= store.known and _at(rule, store.methods) for rule in rules):
            translated = [_translated(rule, store) for rule in rules]
            because = (
                f"it has the form of {store.name} ('{'.'.join(map(str, store.origins))}', '{'.'.join(map(str, store.methods))}')"
            )
            # The right place for it may be that store.
            yield Slip(because, translated, perhaps=not (isinstance(plain, dict) and "CORSRules" in plain))


def _at(rule: Any, steps: _Steps) -> Any:
    for step in steps:
        rule = rule.get(step) if isinstance(rule, dict) else None
    return rule


def _translated(rule: Mapping[str, Any], store: _Store) -> dict[str, Any]:
    found = {"AllowedOrigins": _at(rule, store.origins) or [], "AllowedMethods": _at(rule, store.methods)}
    return found | {name: value for name, steps in store.others.items() if (value := _at(rule, steps)) is not None}


# What a policy has that no policy has.


def _beside_statements(plain: Any) -> Iterator[Slip]:
    """Keys beside `Statement` that are not elements of a policy."""
    if not isinstance(plain, dict) or "Statement" not in plain or not _has_statements(plain["Statement"]):
        return
    for key in plain:
        if key in _POLICY:
            continue
        corrected = {name: value for name, value in plain.items() if name != key}
        statements = plain["Statement"] if isinstance(plain["Statement"], list) else [plain["Statement"]]
        if key in _STATEMENT and len(statements) == 1 and isinstance(statements[0], dict) and key not in statements[0]:
            corrected["Statement"] = [statements[0] | {key: plain[key]}]
            yield Slip(f"'{key}' stands beside 'Statement', and belongs in a statement", corrected, (key,))
        else:
            cure = f"move '{key}' into the statements that it is for" if key in _STATEMENT else f"remove '{key}'"
            yield Slip(f"'{key}' is not an element of a policy (those are Version, Id and Statement)", corrected, (key,), cure)


def _has_statements(written: Any) -> bool:
    statements = written if isinstance(written, list) else [written]
    return bool(statements) and all(isinstance(one, dict) and "Effect" in one for one in statements)


def _arns(plain: Any) -> Iterator[Slip]:
    """Resources that are almost the ARN of a bucket or of objects."""
    written = plain.get("Statement") if isinstance(plain, dict) else None
    statements = written if isinstance(written, list) else [written]
    for number, statement in enumerate(statements):
        if not isinstance(statement, dict) or not _is_of_s3(statement):
            continue
        for name in ("Resource", "NotResource"):
            values = statement.get(name)
            for index, resource in enumerate(values if isinstance(values, list) else [values]):
                right = meant(resource) if isinstance(resource, str) else None
                if right is None:
                    continue
                into: _Steps = (number,) if isinstance(written, list) else ()
                place = ("Statement", *into, name, *((index,) if isinstance(values, list) else ()))
                because = f"'{resource}' is not the ARN of a bucket or of its objects"
                yield Slip(because, _with(plain, place, right), place, f"write '{right}'")


def _is_of_s3(statement: Mapping[str, Any]) -> bool:
    return "s3:" in json.dumps([statement.get(name) for name in ("Action", "NotAction", "Resource", "NotResource")]).lower()


def _with(plain: Any, place: _Steps, value: Any) -> Any:
    """A document with another value at a place."""
    if not place:
        return value
    step, *rest = place
    changed: Any = list(plain) if isinstance(plain, list) else dict(plain)
    changed[step] = _with(plain[step], tuple(rest), value)
    return changed


_SLIPS: tuple[Callable[[Any], Iterator[Slip]], ...] = (
    _quoted,
    _nested,
    _of_another_store,
    _wrapped,
    _misnamed,
    _one_rule,
    _texts,
    _bare,
    _without_rules,
    _beside_statements,
    _arns,
)
