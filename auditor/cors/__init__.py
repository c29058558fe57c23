"""S3's CORS matching and the browser's half of it.

Sources:
    Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration", "Troubleshooting CORS"
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html): rules are tried in order, and the first that
        matches the origin, the method and every requested header decides; at most one `*` in an origin or header.
    Amazon S3 API Reference, PutBucketCors and CORSRule: the methods, required fields and limits.
    Recordings of real S3 (LocalStack, tests/aws/services/s3/test_s3_cors.snapshot.json): the answers,
        `Access-Control-Allow-Origin: *` without credentials, requested headers compared without case, an actual request that no
        rule matches served without CORS headers.
    Fetch (https://fetch.spec.whatwg.org/#http-cors-protocol): preflights, safelists, credentials, readable response headers.

Data flows forward: `configuration` (parsed once, with what the code leaves unresolved) and `request` → `matching` (texts with holes as
`expression`s over atoms) → `exchange` (one case; `auditor.needs.cors` goes through all of them).
"""

from auditor.cors.configuration import CorsConfiguration, CorsFlaw, CorsRule, Defect, Field, Rest, parse_cors
from auditor.cors.exchange import Ending, Exchange, Fit, Stage
from auditor.cors.origin import as_browsers_send, origin_fault
from auditor.cors.pattern import origin_matches
from auditor.cors.request import BrowserRequest

__all__ = [
    "BrowserRequest",
    "CorsConfiguration",
    "CorsFlaw",
    "CorsRule",
    "Defect",
    "Ending",
    "Exchange",
    "Field",
    "Fit",
    "Rest",
    "Stage",
    "as_browsers_send",
    "origin_fault",
    "origin_matches",
    "parse_cors",
]
