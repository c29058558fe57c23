"""What people paste leads to the page about it: errors of S3, KMS, IAM, browsers and tools, however they were copied."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from auditor.cli import main
from auditor.guides import symptoms
from auditor.guides.messages import _MARKS, LONGEST, _plain, recognized
from auditor.rule import all_rules

USER = "User: arn:aws:sts::258327614892:assumed-role/external_s3/darwin is not authorized to perform:"
OBJECT = 'on resource: "arn:aws:s3:::acme-images/in/a.png"'
KEY = "on resource: arn:aws:kms:eu-west-1:111122223333:key/1234abcd"
CHROME = (
    "Access to fetch at 'https://b.s3.amazonaws.com/k' from origin 'https://darwin.v7labs.com' has been blocked by CORS policy:"
)
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://b.s3.amazonaws.com/k."
)
BOTO = "botocore.exceptions.ClientError: An error occurred"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


def xml(code: str, message: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        "<RequestId>4442587FB7D0A2F9</RequestId><HostId>kms/403+404=</HostId></Error>"
    )


PASTED = [
    # stacks of CloudFormation
    ('Resource handler returned message: "The bucket policy already exists on bucket acme-images."', "duplicate-configuration"),
    (
        'CREATE_FAILED: ImagesPolicy (AWS::S3::BucketPolicy)\nResource handler returned message: "Bucket Policy Already Exists"',
        "duplicate-configuration",
    ),
    # Chrome
    (f"{CHROME} No 'Access-Control-Allow-Origin' header is present on the requested resource.", "cors"),
    (f"{CHROME} No ‘Access-Control-Allow-Origin’ header\n    is present on the requested resource.".upper(), "cors"),
    ("No 'Access-Control-Allow-Origin' header is present on the requested resource.", "cors"),
    ("no access-control-\n  allow-origin header is\n  present on the requested resource", "cors"),
    (f"{CHROME} Response to preflight request doesn't pass access control check: It does not have HTTP ok status.", "cors"),
    ("Response to preflight request doesn't pass access control check", "cors"),
    ("Request header field x-amz-date is not allowed by Access-Control-Allow-Headers in preflight response.", "cors"),
    ("Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.", "cors"),
    ("The 'Access-Control-Allow-Origin' header has a value 'https://a.example' that is not equal to the supplied origin.", "cors"),
    (
        f"{CHROME} …\nb.s3.amazonaws.com/k:1  Failed to load resource: net::ERR_FAILED\nGET https://b.s3.amazonaws.com/k 403 (Forbidden)",
        "cors 403",
    ),
    (
        "content.js:12 2026-11-27T03:12:01.123Z Access to XMLHttpRequest at 'u' from origin 'o' has been blocked by\n CORS policy",
        "cors",
    ),
    # Firefox
    (f"{FIREFOX} (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.", "cors 403"),
    (f"{FIREFOX} (Reason: CORS header 'Access-Control-Allow-Origin' missing).", "cors"),
    (f"{FIREFOX} (Reason: CORS request did not succeed). Status code: (null).", "cors"),
    ("(Reason: CORS preflight channel did not succeed)", "cors"),
    ("Reason: CORS header “Access-Control-Allow-Origin” does not match “https://x.example”", "cors"),
    ("Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’", "cors"),
    ("Reason: CORS header ‘Origin’ cannot be added", "cors"),
    ("Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’", "cors"),
    ("reason: cors request external redirect not allowed", "cors"),
    # Safari
    ("Origin https://darwin.v7labs.com is not allowed by Access-Control-Allow-Origin. Status code: 200", "cors"),
    ("[Error] Origin https://darwin.v7labs.com is not allowed by Access-Control-Allow-Origin. Status code: 403", "cors 403"),
    ("XMLHttpRequest cannot load https://b.s3.amazonaws.com/k due to access control checks.", "cors"),
    ("Preflight response is not successful. Status code: 403", "cors 403"),
    # S3 about CORS
    (xml("AccessForbidden", "CORSResponse: This CORS request is not allowed. This is usually because …"), "cors"),
    (xml("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."), "cors"),
    (
        "InvalidRequest: Found unsupported HTTP method in CORS config. Unsupported method is OPTIONS\n\tstatus code: 400, request id: X",
        "cors-rejected-by-s3",
    ),
    ('AllowedOrigin "*example*.com" can not have more than one wildcard.', "cors-rejected-by-s3"),
    (
        "api error MalformedXML: The XML you provided was not well-formed\nwith aws_s3_bucket_cors_configuration.images,",
        "cors-rejected-by-s3",
    ),
    # names with dots
    ("GET https://a.b.s3.amazonaws.com/k net::ERR_CERT_COMMON_NAME_INVALID", "bucket-requirement-unmet"),
    ("Error code: SSL_ERROR_BAD_CERT_DOMAIN", "bucket-requirement-unmet"),
    (
        "curl: (60) SSL: no alternative certificate subject name matches target host name 'a.b.s3.amazonaws.com'",
        "bucket-requirement-unmet",
    ),
    (
        "hostname 'a.b.s3.amazonaws.com' doesn't match either of '*.s3.amazonaws.com', 's3.amazonaws.com'",
        "bucket-requirement-unmet",
    ),
    # KMS, before S3
    (f"{BOTO} (AccessDenied) when calling the PutObject operation: {USER} kms:GenerateDataKey {KEY}", "kms 403"),
    (
        f"ERROR (AccessDenied) when calling the PutObject operation: {USER} kms:GenerateDataKey {KEY} because no identity-based policy allows",
        "kms 403",
    ),
    (f"{USER} kms:Decrypt {KEY} with an explicit deny in a resource-based policy", "kms access-denied-by-statement 403"),
    (f"{USER} KMS:DECRYPT {KEY} because no resource-based policy allows the kms:Decrypt action", "kms 403"),
    (
        xml(
            "AccessDenied",
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
        ),
        "kms 403",
    ),
    ("An error occurred (AccessDeniedException) when calling the Decrypt operation: no", "kms"),
    ("KMS.DisabledException", "kms-key-disabled kms"),
    (xml("KMS.DisabledException", "arn:aws:kms:eu-west-1:1:key/x is disabled."), "kms-key-disabled kms"),
    ("kms.kmsinvalidstateexception: arn:aws:kms:eu-west-1:1:key/x is pending deletion.", "kms-key-disabled kms"),
    ("DisabledException: key is disabled", "kms-key-disabled kms"),
    ("(KMS.InvalidKeyUsageException) when calling the PutObject operation", "kms-key-unusable kms"),
    ("(KMS.NotFoundException) when calling the GetObject operation: Key 'arn:aws:kms:x' does not exist", "kms"),
    # a need by itself
    ("s3:GetObject", "403"),
    ("s3:ListBucket", "403"),
    ("cors:PUT", "cors"),
    ("kms:Decrypt", "kms"),
    ("bucket:name", "bucket-requirement-unmet"),
    ("bucket:region", "bucket-requirement-unmet"),
    ("bucket:encryption", "bucket-requirement-unmet"),
    ("bucket:versioning", "bucket-requirement-unmet"),
    ("bucket:acceleration", "bucket-requirement-unmet"),
    ("bucket:no-retention", "bucket-requirement-unmet"),
    ("bucket:no-archive", "objects-archived"),
    ("bucket:no-requester-pays", "requester-pays"),
    ("sts:AssumeRole", "role-trust-missing"),
    ("sts:TagSession", "role-trust-missing"),
    # ACLs, Block Public Access, policies that are not stored
    ("AccessControlListNotSupported", "acl-on-enforced-bucket ownership"),
    (xml("AccessControlListNotSupported", "The bucket does not allow ACLs"), "acl-on-enforced-bucket ownership"),
    ("│ Error: the bucket does\n│ not allow ACLs\n╵", "acl-on-enforced-bucket ownership"),
    (
        "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        "acl-on-enforced-bucket ownership",
    ),
    (
        f"{USER} s3:PutBucketPolicy {OBJECT} because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        "access-blocked-as-public 403",
    ),
    ("MalformedPolicy", "policy-refused-by-aws"),
    ("MalformedPolicy: Policy has invalid resource\n\tstatus code: 400", "policy-refused-by-aws 400"),
    ("Error putting S3 policy: MalformedPolicy: Policy has invalid action", "unknown-action policy-refused-by-aws"),
    (
        "api error MalformedPolicy: Action does not apply to any resource(s) in statement",
        "action-resource-mismatch policy-refused-by-aws",
    ),
    ("Invalid principal\n  in policy (Service: S3, Status Code: 400)", "policy-refused-by-aws"),
    ("Conditions do not apply to combination of actions and resources in statement", "policy-refused-by-aws"),
    ("MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy", "policy-refused-by-aws"),
    ("missing required field Principal", "policy-refused-by-aws"),
    # S3, explicit before implicit
    ("AccessDenied", "403"),
    ("access denied", "403"),
    (
        "upload failed: a.png to s3://b/a.png An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        "403",
    ),
    (xml("AccessDenied", "Access Denied"), "403"),
    ("&lt;Code&gt;AccessDenied&lt;/Code&gt;", "403"),
    ('{\\"Code\\":\\"AccessDenied\\",\\"Message\\":\\"Access\\nDenied\\"}', "403"),
    ("\x1b[31m2026-11-27 03:12:01,123 ERROR\x1b[0m Access\n2026-11-27 03:12:01,124 Denied", "403"),
    (f"{USER} s3:GetObject {OBJECT} with an explicit deny in a resource-based policy", "access-denied-by-statement 403"),
    ("explicit deny in a resource-based policy", "access-denied-by-statement 403"),
    ("with an EXPLICIT\n deny in a   resource-\nbased policy", "access-denied-by-statement 403"),
    (f"{USER} s3:GetObject {OBJECT} with an explicit deny in a service control policy", "403"),
    (f"{USER} s3:GetObject {OBJECT} because no resource-based policy allows the s3:GetObject action", "access-grant-missing 403"),
    (f"{USER} s3:GetObject {OBJECT} because no identity-based policy allows the s3:GetObject action", "403"),
    (f"{USER} sts:AssumeRole on resource: arn:aws:iam::1:role/r", "role-trust-missing 403"),
    ("(AccessDenied) when calling the AssumeRole operation", "role-trust-missing 403"),
    ("(InvalidObjectState) when calling the GetObject operation", "objects-archived"),
    ("The operation is not valid for the object's storage class", "objects-archived"),
    ("NoSuchKey", "403"),
    (xml("NoSuchKey", "The specified key does not exist."), "403"),
    ("The specified bucket does not exist", "403"),
    ("SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided.", "403"),
    (xml("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."), "403"),
    (xml("AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-west-1'"), "403"),
    (xml("AccessDenied", "Request has expired"), "403"),
    ("GET https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Signature=0 403 (Forbidden)", "403"),
    ("An error occurred (403) when calling the HeadObject operation: Forbidden", "403"),
    ("An error occurred (404) when calling the HeadObject operation: Not Found", "403"),
    ("requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://b.s3.amazonaws.com/k", "403"),
    ('fatal error: An error occurred (404) when calling the HeadObject operation: Key "k" does not exist', "403"),
    (
        "operation error S3: HeadObject, https response error StatusCode: 404, RequestID: X, HostID: Y, api error NotFound: Not Found",
        "403",
    ),
    ("NoSuchKey (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: X)", "403"),
    ("HTTP/1.1 404 Not Found\r\nx-amz-request-id: A\r\nServer: AmazonS3", "403"),
    ("curl: (22) The requested URL returned error: 403", "403"),
    ("urllib.error.HTTPError: HTTP Error 403: Forbidden", "403"),
    ("net::ERR_ABORTED 403 (Forbidden)", "403"),
    # V7
    ("http 401", "401"),
    ("requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://darwin.v7labs.com/api/v2/teams/t", "401"),
    ("HTTP/2 401\nserver: Cowboy", "401"),
    ("POST https://darwin.v7labs.com/api/v2/teams/t/items/register_existing 404 (Not Found)", "404"),
    ("400 Bad Request", "400"),
    ('{"blocked_items": [{"name": "a.png"}], "items": []}', "400"),
    ("AxiosError: Request failed with status code 400", "400"),
    # several in one paste
    (f"{xml('NoSuchKey', 'no')}\n{CHROME}\n{xml('KMS.DisabledException', 'no')}", "kms-key-disabled kms cors 403"),
]

OTHERS = [
    "",
    "   \n",
    "TypeError: Failed to fetch",
    "NetworkError when attempting to fetch resource.",
    "Access denied for user 'root'@'localhost' (using password: YES)",
    "User: arn:aws:iam::1:user/u is not authorized to perform: ec2:DescribeInstances with an explicit deny in a resource-based policy",
    "(AccessDenied) when calling the ListRoles operation: User: u is not authorized to perform: iam:ListRoles on resource: x",
    "bash: ./run.sh: Permission denied",
    "An error occurred (400) when calling the HeadObject operation: Bad Request",
    "PUT https://b.s3.amazonaws.com/k 400 (Bad Request)",
    "GET https://b.s3.amazonaws.com/k 401 (Unauthorized)",
    "Error: Invalid for_each argument",
    "HTTP/1.1 200 OK\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: GET, PUT",
    "(SlowDown) when calling the PutObject operation: Please reduce your request rate.",
    "downloaded 403 files and 404 directories, 401 of them empty",
    "arn:aws:s3:::acme-images/400/403/404.png",
    "the policy has a Deny for s3:GetObject",
    "acl-enabled",
    "NoSuchKeyboard",
    "Policy Unknown thing (Service: S3, Status Code: 400, Request ID: X)",
    "operation error S3: PutObject, https response error StatusCode: 400, RequestID: X",
    "net::ERR_NAME_NOT_RESOLVED",
    "<HostId>kms/AccessDeniedX+403=</HostId>",
]


@pytest.mark.parametrize(("message", "topics"), PASTED, ids=range(len(PASTED)))
def test_a_message_leads_to_the_pages_about_it(message: str, topics: str) -> None:
    found = recognized(message)
    assert found is not None
    assert " ".join(found.topics) == topics


@pytest.mark.parametrize(("topic", "stdin"), [("-", ""), ("-", "\n"), ("", None), (" ", None)])
def test_an_empty_message_is_said_to_be_empty(topic: str, stdin: str | None) -> None:
    ran = run("explain", topic, stdin=stdin)
    assert (ran.exit_code, ran.stderr) == (2, "error: the message is empty\n")


@pytest.mark.parametrize("message", OTHERS, ids=range(len(OTHERS)))
def test_what_is_about_something_else_is_not_recognized(message: str) -> None:
    assert recognized(message) is None


def test_every_mark_leads_to_a_page() -> None:
    assert {mark.topic for mark in _MARKS} <= {*symptoms(), *(rule.id for rule in all_rules())}


def test_every_mark_is_the_reason_for_a_message_of_the_table() -> None:
    assert [mark for mark in _MARKS if not any(mark.words(_plain(message)) for message, _ in PASTED)] == []


def test_explain_shows_the_page_and_names_the_others() -> None:
    message = f"(AccessDenied) when calling the PutObject operation: {USER} kms:GenerateDataKey {KEY}"
    shown = run("explain", message)
    assert (
        shown.stdout == "The message says 'kms:GenerateDataKey'. See also: auditor explain 403\n\n" + run("explain", "kms").stdout
    )
    assert run("explain", "-", stdin=f"{message}\n").stdout == shown.stdout
    rule = run("explain", "MalformedPolicy").stdout
    assert rule == "The message says 'MalformedPolicy'.\n\n" + run("explain", "policy-refused-by-aws").stdout


def test_explain_takes_a_name_from_standard_input() -> None:
    assert run("explain", "-", stdin="403\n").stdout == run("explain", "403").stdout


def test_a_long_message_that_is_not_recognized_is_named_in_short() -> None:
    wrong = run("explain", "word " * 100)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr == (
        "error: there is no rule or symptom 'word word word word word word word word…word word word word word word word word'; "
        "'auditor rules' lists rules; known symptoms: 400, 401, 403, 404, cors, kms, misplaced, ownership, slow\n"
    )


def test_of_a_long_paste_the_end_is_read() -> None:
    log = "x" * LONGEST
    assert recognized(f"AccessDenied {log}") is None
    assert recognized(f"{log} AccessDenied") is not None
    shown = run("explain", "-", stdin=f"{log} AccessDenied\n")
    assert shown.stdout.startswith("The message says 'AccessDenied'.")
    assert shown.stderr == "note: of the 200,013 characters of the message, only the last 200,000 are read\n"
