"""Error messages, as people paste them, and the page that explains each.

Sources of the wordings:

    S3       S3 API Reference, "Error responses"; S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3"
    KMS      KMS API Reference, errors of Decrypt and GenerateDataKey, which S3 passes on with `KMS.` before them
    IAM      IAM User Guide, "Troubleshoot access denied error messages"
    refusals the wordings that `auditor.policy.refusals` speaks of
    Firefox  MDN, "CORS errors", one page for each reason
    Chrome   services/network/public/cpp/cors, third_party/blink/renderer/platform/loader/cors
    stacks   aws-cloudformation/cloudformation-coverage-roadmap, issue 1068; brefphp/bref, issue 1620: what the handler of AWS::S3::BucketPolicy says
    TLS      S3 User Guide, "Virtual hosting of general purpose buckets": the wildcard certificate matches only buckets without dots
    Safari   Source/WebCore/loader/CrossOriginAccessControl.cpp and ThreadableLoader.cpp
    V7       https://docs.v7labs.com/docs/external-storage-troubleshooting
"""

from __future__ import annotations

import re

from auditor.lazy.classes import dataclass


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a message is about.

    Attributes:
        words: the words of the message that say so, without its quotes.
        topics: what `auditor explain` has on it, symptoms and rules; the most specific first, each once.
    """

    words: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    """Wordings that are about one thing.

    Attributes:
        topic: the symptom or rule whose page explains it.
        wordings: regular expressions, any of which is enough.
        only: what the message has to have beside, if anything.
        unless: what it must not have, if anything.
    """

    topic: str
    wordings: tuple[str, ...]
    only: str = ""
    unless: str = ""

    def words(self, message: str) -> str:
        """The words of a message that are one of the wordings; empty when there are none, or the message is about something else."""
        if not _search(self.only, message) or (self.unless and _search(self.unless, message)):
            return ""
        match = _search("|".join(self.wordings), message)
        return match[0] if match else ""


def _search(pattern: str, message: str) -> re.Match[str] | None:
    return re.search(pattern, message, re.IGNORECASE)


def _status(code: int, phrase: str) -> tuple[str, ...]:
    """The forms in which servers, browsers, curl, boto3 and requests write an HTTP status."""
    return (
        rf"\b{code} \(?(?:{phrase}|client error)\b",
        rf"\b{phrase} \({code}\)",
        rf"\bstatus(?: ?code)?(?: of |[ :=]+){code}\b",
        rf"\b(?:HTTP(?:/[\d.]+)?|error:?) {code}\b",
        rf"\({code}\) when calling\b",
    )


LONGEST = 200_000
"""How many characters of a message are read, the last ones: what went wrong stands at the end of a log."""

_STORAGE = r"\bamazonaws\.com|\bAmazonS3\b|\bs3[:;,]|\bx-amz-|\bHost ?ID\b|\bRequest ?ID:|\bwhen calling the\b"
"""What stands in an answer of S3 or in what its clients make of it, and not in an answer of the platform."""

_OTHER_SERVICE = r"\bnot authorized to perform:? (?!s3|kms|sts)\w"
_ACLS_DISABLED = (r"\bAccessControlListNotSupported\b", r"\bbucket does not allow ACLs", r"\bInvalidBucketAclWithObjectOwnership\b")

_MARKS = (
    # a need by itself, as a report names it; those of KMS and of trust are told from messages
    _Mark("403", (r"^s3:[a-z]+$",)),
    _Mark("cors", (r"^cors:[a-z]+$",)),
    _Mark("objects-archived", (r"^bucket:no-archive$",)),
    _Mark("requester-pays", (r"^bucket:no-requester-pays$",)),
    _Mark("bucket-requirement-unmet", (r"^bucket:(?:acceleration|encryption|name|no-retention|region|versioning)$",)),
    _Mark("role-trust-missing", (r"^sts:TagSession$",)),
    # KMS speaks through S3, so it comes before S3
    _Mark("kms-key-disabled", (r"\b(?:KMS\.)?DisabledException\b", r"\b(?:KMS\.)?KMSInvalidStateException\b")),
    _Mark("kms-key-unusable", (r"\b(?:KMS\.)?InvalidKeyUsageException\b",)),
    _Mark(
        "kms",
        (
            r"\bkms:[a-z]{3,}\b",
            r"\bKMS\.\w+Exception\b",
            r"\b(?:Disabled|KMSInvalidState|InvalidKeyUsage)Exception\b",
            r"\bcalling the (?:Decrypt|GenerateDataKey) operation",
            r"\bciphertext refers to a customer master key",
        ),
    ),
    # the browser, and S3 as it answers a preflight or refuses a configuration
    _Mark(
        "cors-rejected-by-s3",
        (r"\bunsupported HTTP method in CORS config", r"\bAllowed(?:Origin|Header) \S+ can not have more than one wildcard"),
    ),
    _Mark("cors-rejected-by-s3", (r"\bMalformedXML\b",), only=r"cors"),
    _Mark(
        "cors",
        (
            r"\bblocked by CORS policy",
            r"\bCross-Origin Request Blocked",
            r"\bCORS (?:error|disabled|preflight channel did not succeed|request (?:did not succeed|not http|external redirect not allowed))",
            r"\bCORS header (?:Access-Control-Allow-\w+|Origin cannot be added)",
            r"\ballowed by Access-Control-Allow-\w+",
            r"\bAccess-Control-Allow-\w+ header (?:is present|in the response|has a value|contains)",
            r"\bdue to access control checks",
            r"\bPreflight response is not successful",
            r"\bResponse to preflight request doesn.?t pass access control check",
            r"\bCORSResponse\b",
            r"\bCORS is not enabled for this bucket",
            r"\bThis CORS request is not allowed",
        ),
    ),
    # the certificate of S3, which stands for no name with dots
    _Mark(
        "bucket-requirement-unmet",
        (
            r"\bERR_CERT_COMMON_NAME_INVALID\b",
            r"\bSSL_ERROR_BAD_CERT_DOMAIN\b",
            r"\bno alternative certificate subject name matches target host name",
            r"\bhostname \S+ doesnt match (?:either of )?\*\.s3",
        ),
    ),
    # what AWS refuses to store
    _Mark("acl-on-enforced-bucket", _ACLS_DISABLED),
    _Mark("ownership", _ACLS_DISABLED),
    _Mark("duplicate-configuration", (r"\bbucket policy already exists",)),
    _Mark("access-blocked-as-public", (r"\bBlockPublicPolicy\b", r"\bRestrictPublicBuckets\b")),
    _Mark("action-resource-mismatch", (r"\bAction does not apply to any resource",)),
    _Mark("unknown-action", (r"\bPolicy has invalid action",)),
    _Mark(
        "policy-refused-by-aws",
        (
            r"\bMalformedPolicy(?:Document)?(?:Exception)?\b",
            r"\bPolicy has (?:an )?invalid (?:action|resource|condition key)",
            r"\bInvalid principal in policy",
            r"\bConditions do not apply to combination of actions",
            r"\bnew key policy will not allow you to update the key policy",
            r"\bMissing required field (?:Principal|Effect|Action|Resource|Statement)\b",
        ),
    ),
    # why a request is denied, explicit before implicit
    _Mark("objects-archived", (r"\bInvalidObjectState\b", r"\bnot valid for the objects (?:storage class|access tier)")),
    _Mark("role-trust-missing", (r"\bsts:AssumeRole\b", r"\bcalling the AssumeRole operation")),
    _Mark("access-denied-by-statement", (r"\bexplicit deny in a resource-based policy",), unless=_OTHER_SERVICE),
    _Mark("access-grant-missing", (r"\bno resource-based policy allows the s3:\w+",)),
    _Mark("403", (r"\bNoSuch(?:Key|Bucket|Version)\b", r"\bspecified (?:key|bucket|version) does not exist")),
    _Mark("403", (r"\bSignatureDoesNotMatch\b", r"\bRequestTimeTooSkewed\b", r"\bInvalidAccessKeyId\b", r"\bExpiredToken\b")),
    _Mark(
        "403", (r"\bPermanentRedirect\b", r"\bTemporaryRedirect\b", r"\bAuthorizationHeaderMalformed\b", r"\bRequest has expired")
    ),
    _Mark("403", _status(404, "Not Found"), only=_STORAGE),
    _Mark(
        "403",
        (
            r"\bAccessDenied\b",
            r"\bAccess Denied\b(?! for)",
            r"\bAllAccessDisabled\b",
            r"\bexplicit deny in an?\b",
            r"\bnot authorized to perform\b",
            *_status(403, "Forbidden"),
        ),
        unless=_OTHER_SERVICE,
    ),
    # what the platform answers to a registration
    _Mark("400", (r"\bblocked_items\b", r"\bALREADY_EXISTS\b")),
    _Mark("401", _status(401, "Unauthorized"), unless=_STORAGE),
    _Mark("404", _status(404, "Not Found"), unless=_STORAGE),
    _Mark("400", _status(400, "Bad Request"), unless=_STORAGE),
)
"""How a message is recognized, and the page about it; the more specific mark stands first."""

_QUOTES = r"""\\?["'`\u2018-\u201f\u00ab\u00bb]|&(?:apos|quot|#0?39|#34|#x2[27]);|\\u00(?:22|27)|\x1b\[[0-9;]*m"""
_BETWEEN = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|[\u2502\u2575\u2577]|\\[nrt]"


def recognized(message: str) -> Recognized | None:
    """What a message is about; None when it has no wording that is known.

    Args:
        message: as it was copied from a console, a log, a browser or a body of XML or JSON, with whatever stands around it. Case, quotes,
            broken lines, times and the frames of Terraform make no difference. No more than the last `LONGEST` characters are read.
    """
    plain = _plain(message[-LONGEST:])
    found = [(words, mark.topic) for mark in _MARKS if (words := mark.words(plain))]
    return Recognized(found[0][0], tuple(dict.fromkeys(topic for _, topic in found))) if found else None


def _plain(message: str) -> str:
    """The message in one line, without quotes, times and frames; a line that was broken after a hyphen is joined."""
    words = re.sub(_BETWEEN, " ", re.sub(_QUOTES, "", message)).split()
    return re.sub(r"(?<=\w-) (?=\w)", "", " ".join(words))
