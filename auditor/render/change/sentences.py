"""What a change does, in sentences: the same ones in every format for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.changes.change import BucketCors, Change, Direction, SettingChange, VerdictChange, gains_access, is_public, is_told
from auditor.changes.configuration import ConfigurationChange
from auditor.changes.policies import PolicyChange
from auditor.changes.settings import CorsChange, Setting
from auditor.comparison.access import GainCertainty, PolicyKind, Relation
from auditor.comparison.search import FoundRequest
from auditor.finding import Severity
from auditor.foundation.errors import enumerated
from auditor.foundation.location import Location
from auditor.lazy.classes import dataclass
from auditor.render.parts.values import conditions, written
from auditor.render.parts.wording import counted

_POLICY = {
    PolicyKind.BUCKET: "bucket policy",
    PolicyKind.KEY: "key policy",
    PolicyKind.IDENTITY: "policies",
    PolicyKind.TRUST: "trust policy",
}
_DOES = {
    Relation.WIDER: "allows more",
    Relation.NARROWER: "allows less",
    Relation.INCOMPARABLE: "allows more and less",
    Relation.UNKNOWN: "may allow something else",
    Relation.EQUAL: "would allow more",
}
_MAY = {
    (GainCertainty.POSSIBLE, GainCertainty.NEVER): "may allow more",
    (GainCertainty.NEVER, GainCertainty.POSSIBLE): "may allow less",
    (GainCertainty.CERTAIN, GainCertainty.POSSIBLE): "allows more, and may allow less",
    (GainCertainty.POSSIBLE, GainCertainty.CERTAIN): "allows less, and may allow more",
}
"""What a policy does of which not everything is decided: what is gained, what is lost."""


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One thing that changed.

    Attributes:
        severity: an error for what got worse, a warning for access gained, else a note.
        title: what changed, in a few words.
        lines: the details, a sentence each.
        location: where, None for what is gone.
        subject: the address of the bucket, key or role; empty for the audit itself.
    """

    severity: Severity
    title: str
    lines: tuple[str, ...]
    location: Location | None
    subject: str = ""


def summary(change: Change) -> str:
    """What the change does, in one sentence."""
    if change.is_empty and (change.errors or change.old_errors):
        return f"As far as {change.old} and {change.new} were read, they allow the same, and every verdict is what it was."
    if change.is_empty:
        return f"{change.old} and {change.new} allow the same, and every verdict is what it was."
    worse = sum(one.direction is Direction.WORSE for one in change.verdicts)
    better = sum(one.direction is Direction.BETTER for one in change.verdicts)
    blocked = sum(bool(one.blocked) for one in change.access)
    parts = [
        *([f"{counted(worse, 'verdict')} got worse"] if worse else []),
        *([f"{counted(better, 'verdict')} got better"] if better else []),
        *_counted_access(change),
        *([f"{counted(blocked, 'policy', 'policies')} would allow more without Block Public Access"] if blocked else []),
        *([f"CORS changed on {counted(len(change.cors), 'bucket')}"] if change.cors else []),
        *([f"{counted(len(change.settings), 'setting')} changed"] if change.settings else []),
        *(["the audit itself changed"] if change.configuration else []),
    ]
    new = sum(one.direction in (Direction.NEW, Direction.GONE) for one in change.verdicts)
    return (", ".join(parts) or f"{counted(new, 'verdict')} of new or removed buckets") + "."


def _counted_access(change: Change) -> Iterator[str]:
    """How many policies allow more, may allow more, and likewise less."""
    for verb, found in (
        ("more", [one.difference.gain for one in change.access]),
        ("less", [one.difference.loss for one in change.access]),
    ):
        certain, possible = found.count(GainCertainty.CERTAIN), found.count(GainCertainty.POSSIBLE)
        if certain:
            yield f"{counted(certain, 'policy', 'policies')} allow{'s' if certain == 1 else ''} {verb}"
        if possible:
            yield f"{counted(possible, 'policy', 'policies')} may allow {verb}"


def entries(change: Change) -> Iterator[ChangeEntry]:
    """Everything that changed: what may make the audit find less first, then public access, what got worse, access, the rest."""
    access = list(filter(is_told, change.access))
    yield from (_configuration(one) for one in change.configuration if one.weakens)
    yield from (_access(one) for one in access if is_public(one))
    yield from (
        _verdict(one, accepted=change.is_accepted(one))
        for one in change.verdicts
        if one.direction in (Direction.WORSE, Direction.BETTER)
    )
    yield from (_access(one) for one in access if not is_public(one))
    yield from map(_cors, change.cors)
    yield from map(_setting, change.settings)
    yield from _new_and_gone(change.verdicts)
    yield from (_configuration(one) for one in change.configuration if not one.weakens)


_LABELS = {
    "rule": "the rule",
    "exclude": "the exclusion of",
    "assume": "the assumption",
    "contract": "the contract",
    "contract-file": "the contract file",
    "values": "the set of values for",
    "comment": "the comment",
    "mark": "the comment",
    "baseline": "the baseline",
    "baseline-entry": "the baseline entry",
}


def _configuration(one: ConfigurationChange) -> ChangeEntry:
    what = f"{_LABELS[one.kind]} '{'auditor: ' if one.kind in ('comment', 'mark') else ''}{one.name}'"
    if one.old is None and one.new is None:
        title = f"the audit itself: {what} changed"
    elif one.kind == "rule":
        title = f"the audit itself: {what} was {one.old or 'as by default'} and is {one.new or 'as by default'}"
    elif one.old is None or one.new is None:
        title = f"the audit itself: {what} was {'added' if one.old is None else 'removed'}"
    else:
        title = f"the audit itself: {what} was '{one.old}' and is '{one.new}'"
    lines = (f"it has {one.new}",) if one.kind == "baseline" else ()
    return ChangeEntry(Severity.WARNING if one.weakens else Severity.NOTE, title, lines, one.location)


def _verdict(one: VerdictChange, *, accepted: bool) -> ChangeEntry:
    assert one.old is not None  # noqa: S101 - only verdicts of both sides are better or worse
    assert one.new is not None  # noqa: S101 - likewise
    worse = one.direction is Direction.WORSE
    lines = (f"now: {one.new.reason}",) if worse else (f"before: {one.old.reason}", f"now: {one.new.reason}")
    return ChangeEntry(
        Severity.NOTE if accepted or not worse else Severity.ERROR,
        f"{one.bucket}: {one.need} was '{one.old.status.value}' and is '{one.new.status.value}' ({one.contract})",
        (*lines, "accepted by a comment, a setting or the baseline") if accepted and worse else lines,
        one.new.location,
        one.bucket,
    )


def _access(one: PolicyChange) -> ChangeEntry:
    difference = one.difference
    lines = [f"{_verb(difference.gain, 'gained')}: {request(found)}" for found in difference.gained]
    lines += [f"{_verb(difference.loss, 'lost')}: {request(found)}" for found in difference.lost]
    if difference.reason:
        lines.append(f"not decided: {difference.reason}")
    lines += [f"kept out by Block Public Access: {request(found)}" for found in one.blocked]
    if (one.old is None) != (one.new is None):
        lines.append(f"{one.resource} is {'new' if one.old is None else 'gone'}")
    if one.same_document and difference.relation is not Relation.EQUAL:
        lines.append("the policy is what it was: Block Public Access or the ACL is not")
    severity = Severity.ERROR if is_public(one) else Severity.WARNING if gains_access(one) else Severity.NOTE
    return ChangeEntry(severity, access_title(one), tuple(lines), one.new or one.old, one.resource)


def _verb(certainty: GainCertainty, verb: str) -> str:
    return verb if certainty is GainCertainty.CERTAIN else f"may be {verb}"


def access_title(one: PolicyChange) -> str:
    """How a policy changed, in a few words."""
    public = "public access: " if is_public(one) else ""
    return f"{public}the {_POLICY[one.kind]} of {one.resource} {_does(one)}"


def _does(one: PolicyChange) -> str:
    difference = one.difference
    text = _DOES[difference.relation]
    if difference.relation is Relation.UNKNOWN:
        text = _MAY.get((difference.gain, difference.loss), text)
    return text.replace("allows ", "allow ") if one.kind is PolicyKind.IDENTITY else text


def request(found: FoundRequest) -> str:
    """A request as a sentence: who, what, on which resource, under which condition."""
    who = "" if found.principal is None else f"{caller(found)} may "
    having = [f"{key} is {_value(value)}" for key, value in found.context.items()]
    where = "" if found.resource == "*" else f" on {found.resource}"
    return (
        f"{who}{found.action}{where}{f' when {enumerated(having)}' if having else ''} (statement {found.because.statement.title})"
    )


def caller(found: FoundRequest) -> str:
    """The caller of a request in words."""
    principal = found.principal
    if principal is None:
        return "whoever has the policy"
    return {"anonymous": "anyone", "service": f"the service {principal.arn}"}.get(principal.type, principal.arn)


def _value(value: str | Sequence[str] | None) -> str:
    return f"'{value}'" if isinstance(value, str) else enumerated([f"'{one}'" for one in value or ()]) or "empty"


def _cors(one: BucketCors) -> ChangeEntry:
    if one.changes is None:
        return ChangeEntry(
            Severity.WARNING,
            f"the CORS configuration of {one.bucket} changed, and is not known whole",
            (),
            one.location,
            one.bucket,
        )
    gained = any(change.gained for change in one.changes)
    lines = tuple(map(_page, one.changes))
    return ChangeEntry(
        Severity.WARNING if gained else Severity.NOTE, f"pages see {one.bucket} differently", lines, one.location, one.bucket
    )


def _page(one: CorsChange) -> str:
    verb = "gained" if one.gained else "lost"
    if not (one.headers or one.exposed):
        return f"{verb}: {one.method} from {one.origin}"
    parts = [f"sending {enumerated(one.headers)}"] if one.headers else []
    parts += [f"reading {enumerated(one.exposed)}"] if one.exposed else []
    return f"{verb}: {enumerated(parts)} with {one.method} from {one.origin}"


def _setting(one: SettingChange) -> ChangeEntry:
    before, after = setting_text(one.old), setting_text(one.new)
    title = f"{one.bucket}: {one.new.kind.value} was {before or 'not configured'} and is {after or 'not configured'}"
    return ChangeEntry(Severity.NOTE, title, (), one.new.location or one.old.location, one.bucket)


def setting_text(setting: Setting) -> str:
    """The value of a setting in one line, empty where it is not configured."""
    return "; ".join(f"{written(value)} {conditions(when)}".strip() for when, value in setting.values)


def _new_and_gone(verdicts: Sequence[VerdictChange]) -> Iterator[ChangeEntry]:
    for direction, verb in ((Direction.NEW, "is new"), (Direction.GONE, "is gone")):
        buckets = dict.fromkeys((one.bucket, one.contract) for one in verdicts if one.direction is direction)
        for bucket, contract in buckets:
            mine = [one for one in verdicts if (one.bucket, one.contract) == (bucket, contract) and one.direction is direction]
            found = [one.new or one.old for one in mine]
            lines = tuple(f"{verdict.need.id} {verdict.status.value}" for verdict in found if verdict)
            place = next((verdict.location for verdict in found if verdict), None)
            yield ChangeEntry(
                Severity.NOTE, f"{bucket} {verb} ({contract})", lines if direction is Direction.NEW else (), place, bucket
            )
