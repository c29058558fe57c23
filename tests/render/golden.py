"""The golden files of the renderers: `python -m tests.render.golden` writes them anew; read the difference before committing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from auditor.foundation.value import ALWAYS, NULL, Domain, JsonText, Known, ListValue, MapValue, Symbol, Template, Unknown
from auditor.foundation.version import __version__
from auditor.model import Attachment, Bucket, BucketDeclaration, Estate, Key, KeyDeclaration, Kind, Linked, Slot
from auditor.render import RenderOptions, buckets, page, render
from tests.render.builder import ARCHIVE, ERROR, PATH, RULES, at, empty, sample

FOLDER = Path(__file__).parents[2] / "fixtures" / "render"

PAGE = """\
An origin that no browser sends.

A browser sends the scheme, the host and a port that is not the default one, *nothing else*: `https://app.example`, never
`https://app.example/`. See [the specification](https://fetch.spec.whatwg.org/#origin-header).

## What to do

1. Take the slash away.
2. Deploy, and **empty the cache** of the browser, because it keeps the answers to preflight
   requests for as long as MaxAgeSeconds says.

- one
  - two

```hcl
cors_rule {
\tallowed_origins = ["https://app.example"]
}
```
"""

ENABLED = Symbol("var.cors_enabled", "var.cors_enabled has no default", "give it with --var cors_enabled=…", at(PATH, 3))
BUCKET_ARN = Template(("arn:aws:s3:::", Symbol("aws_s3_bucket.images.id", "assigned at deployment", domain=Domain.BUCKET), "/*"))
KEY = Key(
    KeyDeclaration(
        "aws_kms_key.images", at(PATH, 40), key_id=Unknown(Symbol("aws_kms_key.images.key_id", "assigned", domain=Domain.KEY))
    ),
    "infra/prod",
    "terraform",
)


def inspected() -> Bucket:
    """A bucket with something of every kind."""

    def attach(kind: Kind, line: int, content: object, name: str = "", *, inline: bool = False) -> Slot:
        attachment = Attachment(
            name or f"aws_s3_bucket_{kind.name.lower()}.images", at(PATH, line), kind=kind, content=content, inline=inline
        )  # type: ignore[arg-type]
        when = ALWAYS.and_(ENABLED) if kind is Kind.CORS else ALWAYS
        return Slot((Linked(attachment, when),))

    statement = MapValue(
        {
            "Sid": Known("Read"),
            "Effect": Known("Allow"),
            "Principal": MapValue(
                {"AWS": Unknown(Symbol("var.role_arn", "var.role_arn has no default", "give it with --var role_arn=…"))}
            ),
            "Action": ListValue((Known("s3:GetObject"), Known("s3:PutObject"))),
            "Resource": BUCKET_ARN,
            "Condition": NULL,
        }
    )
    cors = MapValue(
        {
            "AllowedMethods": ListValue((Known("GET"), Known("PUT"))),
            "AllowedOrigins": ListValue((Known("https://darwin.v7labs.com"),)),
        }
    )
    more = Symbol("module.guard", "module 'guard' is not available locally and is handed the bucket", "run terraform init")
    encryption = MapValue(
        {
            "SSEAlgorithm": Known("aws:kms"),
            "KMSMasterKeyID": Unknown(Symbol("k", "assigned", domain=Domain.KEY), origin="aws_kms_key.images"),
        }
    )
    return Bucket(
        BucketDeclaration(
            "aws_s3_bucket.images",
            at(PATH, 1),
            name=Known("acme-images"),
            region=Unknown(Symbol("region", "no region is given", domain=Domain.REGION)),
        ),
        "infra/prod",
        "terraform",
        {
            Kind.POLICY: attach(Kind.POLICY, 5, JsonText(MapValue({"Statement": ListValue((statement,))}))),
            Kind.CORS: attach(Kind.CORS, 17, ListValue((cors,))),
            Kind.OWNERSHIP: Slot(perhaps=(more,)),
            Kind.ENCRYPTION: attach(Kind.ENCRYPTION, 1, encryption, inline=True),
            Kind.PUBLIC_ACCESS_BLOCK: attach(
                Kind.PUBLIC_ACCESS_BLOCK, 30, MapValue({"BlockPublicPolicy": Known(True), "IgnorePublicAcls": Known(False)})
            ),
        },
        Estate(keys=(KEY,)),
    )


def outputs() -> dict[str, Callable[[], str]]:
    """The text of each golden file, by its name."""

    def of(name: str, **options: object) -> Callable[[], str]:
        return lambda: render(name, sample(), RenderOptions(repository_root=".", **options))  # type: ignore[arg-type]

    return {
        "human.txt": of("human"),
        "human-color.txt": of("human", color=True),
        "human-explain.txt": of("human", explain=True),
        "human-narrow.txt": of("human", width=60),
        "human-empty.txt": lambda: render("human", empty(notes=("read 1 root, found 0 buckets",)), RenderOptions()),
        "concise.txt": of("concise"),
        "concise-strict.txt": of("concise", strict=True),
        "report.json": of("json"),
        "report.sarif": of("sarif"),
        "github.txt": of("github"),
        "summary.md": of("markdown"),
        "junit.xml": of("junit"),
        "gitlab.json": of("gitlab"),
        "buckets.txt": lambda: buckets.render((inspected(), ARCHIVE), (ERROR,), RenderOptions()),
        "buckets.json": lambda: buckets.render_json((inspected(), ARCHIVE), (ERROR,), RenderOptions()),
        "page.txt": lambda: page.render_rule(
            next(one for one in RULES if one.id == "cors-request-refused"), RenderOptions(width=80)
        ),
        "page-color.txt": lambda: page.render(PAGE, RenderOptions(width=80, color=True)),
    }


def neutral(text: str) -> str:
    """The text without the version of the tool, which changes with every release."""
    return text.replace(f'"{__version__}"', '"VERSION"')


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in outputs().items():
        (FOLDER / name).write_text(neutral(text()), encoding="utf-8", newline="\n")
