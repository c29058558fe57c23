"""What each operation makes of the flaws: which it refuses, how certain that is, its answer, and the source of that.

An operation accepts a document with a flaw that stands not in its table: S3 takes a Sid twice, IAM takes actions that do not exist. What the
tables call likely is known at second hand: from programs that were written after AWS's answers, or from a documented rule without a recorded
answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.policy.refusals.refusal import Api, AwsAnswer, Flaw, Grade, Profile

_CERTAIN, _LIKELY = Grade.CERTAIN, Grade.LIKELY

_GRAMMAR = 'IAM User Guide, "Grammar of the IAM JSON policy language"'
_CHECKS = 'IAM User Guide, "Access Analyzer policy check reference"'
_PRINCIPALS = 'IAM User Guide, "AWS JSON policy elements: Principal"'
_KNOWLEDGE = 'AWS knowledge center, "Invalid principal in policy" of S3 bucket policies'
_TABLE = 'Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"'
_S3_RECORDED = "recorded answers of PutBucketPolicy, 2026"
_S3_REPORTED = "error messages in public reports of deployments"
_S3_AFTER = "behaviour that S3-compatible servers took over from S3"
_INVALID_PRINCIPAL = "Invalid principal in policy"
_SYNTAX = "Invalid policy syntax."
_ACTION = "Policy has invalid action"
_RESOURCE = "Policy has invalid resource"

# Whether null and unquoted scalars are taken is on record nowhere; the grammar has texts and lists of texts in their place.
_ODD = dict.fromkeys(
    (Flaw.NULL, Flaw.NULL_ENTRY, Flaw.SCALAR), AwsAnswer(_LIKELY, "", f'{_GRAMMAR}; {_CHECKS}, "Data type mismatch"')
)
WRITTEN_AS_TEXT = frozenset(_ODD)
"""What CloudFormation does not send: a property that is null is not there, and a scalar of a document is text."""

_BUCKET: Profile = {
    **_ODD,
    Flaw.NOT_JSON: AwsAnswer(_CERTAIN, "Policies must be valid JSON and the first byte must be '{'", _S3_RECORDED),
    Flaw.TYPE: AwsAnswer(_LIKELY, _SYNTAX, f'{_CHECKS}, "Data type mismatch"'),
    Flaw.NO_STATEMENT: AwsAnswer(_CERTAIN, "Missing required field Statement", _S3_RECORDED),
    Flaw.EMPTY_STATEMENT: AwsAnswer(_LIKELY, "Could not parse the policy: Statement is empty!", _S3_AFTER),
    Flaw.VERSION: AwsAnswer(_CERTAIN, "The policy must contain a valid version string", _S3_RECORDED),
    Flaw.DOCUMENT_ELEMENT: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Invalid policy element"'),
    Flaw.SIZE: AwsAnswer(_CERTAIN, "Normalized policy document exceeds the maximum allowed size of 20480 bytes", _S3_RECORDED),
    Flaw.SIZE_PERHAPS: AwsAnswer(
        _LIKELY, "Normalized policy document exceeds the maximum allowed size of 20480 bytes", _S3_RECORDED
    ),
    Flaw.STATEMENT_ELEMENT: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Invalid policy element"'),
    Flaw.BOTH_FORMS: AwsAnswer(_LIKELY, _SYNTAX, f'{_CHECKS}, "Unsupported element combination"'),
    Flaw.NO_EFFECT: AwsAnswer(_LIKELY, "Missing required field Effect", _GRAMMAR),
    Flaw.EFFECT: AwsAnswer(_LIKELY, "Invalid effect: {value}", _S3_AFTER),
    Flaw.EFFECT_CASE: AwsAnswer(_LIKELY, "Invalid effect: {value}", _S3_AFTER),
    Flaw.NO_PRINCIPAL: AwsAnswer(_CERTAIN, "Missing required field Principal", _S3_REPORTED),
    Flaw.NOT_PRINCIPAL_ALLOW: AwsAnswer(_CERTAIN, "", 'IAM User Guide, "AWS JSON policy elements: NotPrincipal"'),
    Flaw.PRINCIPAL_TEXT: AwsAnswer(_CERTAIN, _SYNTAX, _S3_REPORTED),
    Flaw.PRINCIPAL_EMPTY: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, _S3_AFTER),
    Flaw.PRINCIPAL_KEY: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, f'{_CHECKS}, "Invalid principal key"'),
    Flaw.PRINCIPAL_ID: AwsAnswer(_CERTAIN, _INVALID_PRINCIPAL, _KNOWLEDGE),
    Flaw.PRINCIPAL_WILDCARD: AwsAnswer(_CERTAIN, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_ACCOUNT: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_GROUP: AwsAnswer(_CERTAIN, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_FORM: AwsAnswer(_CERTAIN, _INVALID_PRINCIPAL, f'{_CHECKS}, "Invalid principal format"'),
    Flaw.PRINCIPAL_KIND: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_SERVICE: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, f'{_CHECKS}, "Invalid service principal format"'),
    Flaw.PRINCIPAL_PARTITION: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_CANONICAL: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_FEDERATED: AwsAnswer(_LIKELY, _INVALID_PRINCIPAL, f'{_CHECKS}, "Federated principal not supported"'),
    Flaw.NO_ACTION: AwsAnswer(_CERTAIN, "Missing required field Action", _GRAMMAR),
    Flaw.EMPTY_ACTION: AwsAnswer(_LIKELY, _ACTION, _S3_AFTER),
    Flaw.ACTION_FORM: AwsAnswer(_LIKELY, _ACTION, _S3_AFTER),
    Flaw.ACTION_OF_KMS: AwsAnswer(_CERTAIN, _ACTION, f'{_CHECKS}, "Unsupported action in policy"'),
    Flaw.ACTION_OF_ANOTHER_SERVICE: AwsAnswer(_CERTAIN, _ACTION, f'{_CHECKS}, "Unsupported action in policy"'),
    Flaw.UNKNOWN_ACTION: AwsAnswer(_CERTAIN, _ACTION, _S3_REPORTED),
    Flaw.NEW_ACTION: AwsAnswer(_LIKELY, _ACTION, _S3_REPORTED),
    Flaw.NO_RESOURCE: AwsAnswer(_LIKELY, "Missing required field Resource", _GRAMMAR),
    Flaw.EMPTY_RESOURCE: AwsAnswer(_LIKELY, _RESOURCE, _S3_AFTER),
    Flaw.RESOURCE_STAR: AwsAnswer(_CERTAIN, _RESOURCE, _S3_REPORTED),
    Flaw.RESOURCE_FORM: AwsAnswer(_LIKELY, _RESOURCE, f'{_CHECKS}, "Unsupported resource ARN in policy"'),
    Flaw.RESOURCE_PARTITION: AwsAnswer(_LIKELY, _RESOURCE, f'{_CHECKS}, "Invalid partition"'),
    Flaw.RESOURCE_NAME: AwsAnswer(_CERTAIN, _RESOURCE, _S3_REPORTED),
    Flaw.RESOURCE_OLD_NAME: AwsAnswer(_LIKELY, _RESOURCE, 'Amazon S3 User Guide, "Bucket naming rules"'),
    Flaw.RESOURCE_OF_ANOTHER_BUCKET: AwsAnswer(_CERTAIN, _RESOURCE, _S3_REPORTED),
    Flaw.RESOURCE_OF_ANY_BUCKET: AwsAnswer(
        _LIKELY, _RESOURCE, 'Amazon S3 Developer Guide, "Special information for Amazon S3 policies"'
    ),
    Flaw.ACTION_WITHOUT_BUCKET: AwsAnswer(_CERTAIN, "Action does not apply to any resource(s) in statement", _S3_REPORTED),
    Flaw.ACTION_WITHOUT_OBJECT: AwsAnswer(_CERTAIN, "Action does not apply to any resource(s) in statement", _S3_REPORTED),
    Flaw.ACTION_WITHOUT_KIND: AwsAnswer(_LIKELY, "Action does not apply to any resource(s) in statement", _TABLE),
    Flaw.OPERATOR: AwsAnswer(_LIKELY, "Invalid Condition type : {value}", _S3_AFTER),
    Flaw.CONDITION_KEY: AwsAnswer(_LIKELY, "Policy has an invalid condition key", _S3_AFTER),
    Flaw.CONDITION_OF_ANOTHER_ACTION: AwsAnswer(
        _CERTAIN, "Conditions do not apply to combination of actions and resources in statement", f"{_TABLE}; {_S3_REPORTED}"
    ),
    Flaw.CONDITION_OF_NO_ACTION: AwsAnswer(
        _LIKELY, "Conditions do not apply to combination of actions and resources in statement", _TABLE
    ),
    Flaw.ADDRESS: AwsAnswer(_LIKELY, "Invalid IP address in Conditions", _S3_AFTER),
    Flaw.ANOTHER_ACCOUNT: AwsAnswer(_CERTAIN, "", "Amazon S3 API Reference, PutBucketPolicy", "MethodNotAllowed"),
}

# What the policy of a directory bucket is checked for beside its shape and its principals.
DIRECTORY: Profile = {
    **{flaw: said for flaw, said in _BUCKET.items() if not flaw.name.startswith(("ACTION", "RESOURCE", "CONDITION"))},
    Flaw.ACTION_OF_DIRECTORY_BUCKET: AwsAnswer(
        _CERTAIN, _ACTION, "Amazon S3 API Reference, PutBucketPolicy: directory buckets take only s3express:CreateSession"
    ),
}

_KMS = "AWS KMS API Reference, PutKeyPolicy"
_KEY_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
_SINCE_AUGUST_2025 = "AWS notice: from 18 August 2025 KMS refuses statements without a valid Action and Resource element"

_KEY: Profile = {
    **_ODD,
    Flaw.NOT_JSON: AwsAnswer(_CERTAIN, "", _KMS),
    Flaw.TYPE: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Data type mismatch"'),
    Flaw.NO_STATEMENT: AwsAnswer(_LIKELY, "", _GRAMMAR),
    Flaw.EMPTY_STATEMENT: AwsAnswer(_LIKELY, "", _KMS),
    Flaw.VERSION: AwsAnswer(_LIKELY, "", 'IAM User Guide, "IAM JSON policy elements: Version"'),
    Flaw.DOCUMENT_ELEMENT: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Invalid policy element"'),
    Flaw.SIZE: AwsAnswer(_CERTAIN, "", 'AWS KMS Developer Guide, "Resource quotas": 32 KB', "LimitExceededException"),
    Flaw.SIZE_PERHAPS: AwsAnswer(_LIKELY, "", 'AWS KMS Developer Guide, "Resource quotas": 32 KB', "LimitExceededException"),
    Flaw.CHARACTERS: AwsAnswer(
        _CERTAIN,
        "Value at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
        f"{_KMS}, Policy",
        "ValidationException",
    ),
    Flaw.STATEMENT_ELEMENT: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Invalid policy element"'),
    Flaw.BOTH_FORMS: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Unsupported element combination"'),
    Flaw.NO_EFFECT: AwsAnswer(_LIKELY, "", _GRAMMAR),
    Flaw.EFFECT: AwsAnswer(_LIKELY, "", _GRAMMAR),
    Flaw.EFFECT_CASE: AwsAnswer(_LIKELY, "", _GRAMMAR),
    Flaw.NO_PRINCIPAL: AwsAnswer(_CERTAIN, "Policy contains a statement with no principal.", _KMS),
    Flaw.NOT_PRINCIPAL_ALLOW: AwsAnswer(_LIKELY, "", 'IAM User Guide, "AWS JSON policy elements: NotPrincipal"'),
    Flaw.PRINCIPAL_TEXT: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, f'{_CHECKS}, "Invalid principal format"'),
    Flaw.PRINCIPAL_EMPTY: AwsAnswer(_LIKELY, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_KEY: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, f'{_CHECKS}, "Invalid principal key"'),
    Flaw.PRINCIPAL_ID: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, f"{_KMS}: principals must exist"),
    Flaw.PRINCIPAL_WILDCARD: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_ACCOUNT: AwsAnswer(_LIKELY, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_GROUP: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_FORM: AwsAnswer(_CERTAIN, _KEY_PRINCIPAL, f'{_CHECKS}, "Invalid principal format"'),
    Flaw.PRINCIPAL_KIND: AwsAnswer(_LIKELY, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_SERVICE: AwsAnswer(_LIKELY, _KEY_PRINCIPAL, f'{_CHECKS}, "Invalid service principal format"'),
    Flaw.PRINCIPAL_PARTITION: AwsAnswer(_LIKELY, _KEY_PRINCIPAL, _PRINCIPALS),
    Flaw.NO_ACTION: AwsAnswer(_CERTAIN, "Missing required field Action", _SINCE_AUGUST_2025),
    Flaw.EMPTY_ACTION: AwsAnswer(_LIKELY, "", _SINCE_AUGUST_2025),
    Flaw.ACTION_FORM: AwsAnswer(_LIKELY, "", _SINCE_AUGUST_2025),
    Flaw.NO_RESOURCE: AwsAnswer(_CERTAIN, "Missing required field Resource", _SINCE_AUGUST_2025),
    Flaw.EMPTY_RESOURCE: AwsAnswer(_LIKELY, "", _SINCE_AUGUST_2025),
    Flaw.RESOURCE_NOT_STAR: AwsAnswer(_LIKELY, "", _SINCE_AUGUST_2025),
    Flaw.OPERATOR: AwsAnswer(_LIKELY, "", f'{_CHECKS}, "Invalid condition operator"'),
    Flaw.LOCKOUT: AwsAnswer(_CERTAIN, "The new key policy will not allow you to update the key policy in the future.", _KMS),
    Flaw.ANOTHER_ACCOUNT: AwsAnswer(_CERTAIN, "", f"{_KMS}, Cross-account use", "AccessDeniedException"),
}

_IAM_RECORDED = "recorded answers of the IAM API, 2019 and 2026"
_IAM_SYNTAX = "Syntax errors in policy."
_LEGACY = "The policy failed legacy parsing"

_IDENTITY: Profile = {
    # IAM is reported to store a list with null in it.
    **{flaw: answer for flaw, answer in _ODD.items() if flaw is not Flaw.NULL_ENTRY},
    **dict.fromkeys(
        (
            Flaw.NOT_JSON, Flaw.TYPE, Flaw.NO_STATEMENT, Flaw.EMPTY_STATEMENT, Flaw.VERSION, Flaw.DOCUMENT_ELEMENT, Flaw.STATEMENT_ELEMENT,
            Flaw.BOTH_FORMS, Flaw.NO_EFFECT, Flaw.EFFECT, Flaw.OPERATOR,
        ),
        AwsAnswer(_CERTAIN, _IAM_SYNTAX, _IAM_RECORDED),
    ),
    Flaw.EFFECT_CASE: AwsAnswer(_CERTAIN, _LEGACY, _IAM_RECORDED),
    Flaw.NO_ACTION: AwsAnswer(_CERTAIN, "Policy statement must contain actions.", _IAM_RECORDED),
    Flaw.EMPTY_ACTION: AwsAnswer(_CERTAIN, "Policy statement must contain actions.", _IAM_RECORDED),
    Flaw.NO_RESOURCE: AwsAnswer(_CERTAIN, "Policy statement must contain resources.", _IAM_RECORDED),
    Flaw.EMPTY_RESOURCE: AwsAnswer(_CERTAIN, "Policy statement must contain resources.", _IAM_RECORDED),
    Flaw.PRINCIPAL: AwsAnswer(_CERTAIN, "Policy document should not specify a principal.", _IAM_RECORDED),
    Flaw.SID_FORM: AwsAnswer(
        _CERTAIN,
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        _IAM_RECORDED,
    ),
    Flaw.SID_TWICE: AwsAnswer(_CERTAIN, "Statement IDs (SID) in a single policy must be unique.", _IAM_RECORDED),
    Flaw.ACTION_FORM: AwsAnswer(_CERTAIN, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", _IAM_RECORDED),
    Flaw.ACTION_COLONS: AwsAnswer(_CERTAIN, "Actions/Condition can contain only one colon.", _IAM_RECORDED),
    Flaw.ACTION_VENDOR: AwsAnswer(_CERTAIN, "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.", _IAM_RECORDED),
    Flaw.RESOURCE_FORM: AwsAnswer(_CERTAIN, 'Resource {value} must be in ARN format or "*".', _IAM_RECORDED),
    Flaw.RESOURCE_PARTS: AwsAnswer(_CERTAIN, _LEGACY, _IAM_RECORDED),
    Flaw.RESOURCE_PARTITION: AwsAnswer(_CERTAIN, "{value}", _IAM_RECORDED),
    Flaw.RESOURCE_VENDOR: AwsAnswer(_CERTAIN, "Resource vendor must be fully qualified and cannot contain regexes.", _IAM_RECORDED),
    Flaw.RESOURCE_REGION: AwsAnswer(_CERTAIN, "Resource {value} can not contain region information.", _IAM_RECORDED),
    Flaw.RESOURCE_ACCOUNT: AwsAnswer(_CERTAIN, "Resource {value} cannot contain an account id.", _IAM_RECORDED),
    Flaw.CONDITION_VALUE: AwsAnswer(_CERTAIN, _LEGACY, _IAM_RECORDED),
    Flaw.CONDITION_NUMBER: AwsAnswer(_LIKELY, _LEGACY, f'{_CHECKS}, "Invalid condition data type"'),
}  # fmt: skip

MOST_BYTES: Mapping[Api, int] = {
    Api.ROLE_POLICY: 10_240,
    Api.USER_POLICY: 2_048,
    Api.GROUP_POLICY: 5_120,
    Api.MANAGED_POLICY: 6_144,
}
"""How many bytes without white space a managed policy may have, and all inline policies of one role, user or group together."""


def _inline(api: Api) -> Profile:
    """What IAM makes of an inline policy."""
    text, source = f"Maximum policy size of {MOST_BYTES[api]} bytes exceeded", 'IAM User Guide, "IAM and AWS STS quotas"'
    sizes = ((Flaw.SIZE, _CERTAIN), (Flaw.SIZE_PERHAPS, _LIKELY), (Flaw.SIZE_TOGETHER, _LIKELY))
    return {**_IDENTITY, **{flaw: AwsAnswer(grade, text, source, "LimitExceeded") for flaw, grade in sizes}}


_MANAGED: Profile = {
    **_IDENTITY,
    Flaw.OLD_VERSION: AwsAnswer(_CERTAIN, "Policy document must be version 2012-10-17 or greater.", _IAM_RECORDED),
    **{
        flaw: AwsAnswer(
            grade, "Cannot exceed quota for PolicySize: 6144", 'IAM User Guide, "IAM and AWS STS quotas"', "LimitExceeded"
        )
        for flaw, grade in ((Flaw.SIZE, _CERTAIN), (Flaw.SIZE_PERHAPS, _LIKELY))
    },
}

_TRUST_PRINCIPAL = 'Invalid principal in policy: "AWS":"{value}"'
_TRUST: Profile = {
    **{
        flaw: said
        for flaw, said in _IDENTITY.items()
        if not flaw.name.startswith(("RESOURCE", "ACTION", "PRINCIPAL", "NO_RESOURCE", "EMPTY_RESOURCE"))
    },
    Flaw.RESOURCE: AwsAnswer(_CERTAIN, "Has prohibited field {value}.", _IAM_RECORDED),
    Flaw.PRINCIPAL_STAR: AwsAnswer(_CERTAIN, 'AssumeRolepolicy contained an invalid principal: "STAR":"*"', _IAM_RECORDED),
    Flaw.PRINCIPAL_TEXT: AwsAnswer(_CERTAIN, "", _IAM_RECORDED),
    Flaw.PRINCIPAL_KEY: AwsAnswer(_CERTAIN, "", f'{_CHECKS}, "Invalid principal key"'),
    Flaw.PRINCIPAL_SERVICE: AwsAnswer(_CERTAIN, 'Invalid principal in policy: "SERVICE":"{value}"', _IAM_RECORDED),
    **dict.fromkeys(
        (
            Flaw.PRINCIPAL_ID, Flaw.PRINCIPAL_WILDCARD, Flaw.PRINCIPAL_ACCOUNT, Flaw.PRINCIPAL_GROUP, Flaw.PRINCIPAL_FORM,
            Flaw.PRINCIPAL_SESSION,
        ),
        AwsAnswer(_CERTAIN, _TRUST_PRINCIPAL, _IAM_RECORDED),
    ),
    Flaw.PRINCIPAL_EMPTY: AwsAnswer(_LIKELY, "", _PRINCIPALS),
    Flaw.PRINCIPAL_KIND: AwsAnswer(_LIKELY, _TRUST_PRINCIPAL, _PRINCIPALS),
    Flaw.PRINCIPAL_PARTITION: AwsAnswer(_LIKELY, _TRUST_PRINCIPAL, _PRINCIPALS),
    Flaw.NO_PRINCIPAL: AwsAnswer(_LIKELY, "", _GRAMMAR),
    Flaw.NOT_PRINCIPAL: AwsAnswer(_LIKELY, "", 'IAM User Guide, "AWS JSON policy elements: NotPrincipal"'),
    Flaw.ACTION_OF_STS: AwsAnswer(_CERTAIN, "AssumeRole policy may only specify STS AssumeRole actions.", _IAM_RECORDED),
    **{
        flaw: AwsAnswer(grade, text, 'IAM User Guide, "IAM and AWS STS quotas"', "LimitExceeded")
        for flaw, grade, text in (
            (Flaw.SIZE, _CERTAIN, "Cannot exceed quota for ACLSizePerRole: 4096"),
            (Flaw.SIZE_PERHAPS, _LIKELY, "Cannot exceed quota for ACLSizePerRole: 4096"),
            (Flaw.SIZE_BEYOND_QUOTA, _LIKELY, "Cannot exceed quota for ACLSizePerRole: 2048"),
        )
    },
}  # fmt: skip

STORED_ALL_THE_SAME: Mapping[Api, frozenset[Flaw]] = {
    Api.BUCKET_POLICY: frozenset({Flaw.PRINCIPAL_ID}),
    Api.KEY_POLICY: frozenset(
        {Flaw.PRINCIPAL_ID, Flaw.LOCKOUT, *(flaw for flaw, said in _KEY.items() if said.source == _SINCE_AUGUST_2025)}
    ),
}
"""Flaws that a stored document can have: its principal was deleted since, KMS took it before August 2025, or without its lock-out check."""

PROFILES: Mapping[Api, Profile] = {
    Api.BUCKET_POLICY: _BUCKET,
    Api.KEY_POLICY: _KEY,
    **{api: _inline(api) for api in (Api.ROLE_POLICY, Api.USER_POLICY, Api.GROUP_POLICY)},
    Api.MANAGED_POLICY: _MANAGED,
    Api.TRUST_POLICY: _TRUST,
}
