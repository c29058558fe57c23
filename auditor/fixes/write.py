"""From a fix to a patch: the lines for people, and the edits of the files, in the language and style of the code."""

from __future__ import annotations

import dataclasses
import itertools
import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.aws.cors_fields import API, CLOUDFORMATION
from auditor.finding import Certainty, Edit, Patch
from auditor.fixes import cloudformation, hcl, place
from auditor.fixes.fix import (
    AddCondition,
    AddElement,
    AddField,
    AddRule,
    AddStatement,
    Append,
    Attach,
    Change,
    Code,
    Content,
    Fix,
    GiveArguments,
    Part,
    Reference,
    Remove,
    RemoveConditions,
    Replace,
    place_of,
    referred,
    reworded,
)
from auditor.fixes.hcl import Blocks, Hcl
from auditor.fixes.json_syntax import Colons, Json, JsonBlocks
from auditor.fixes.references import CALLER, PLACEHOLDERS, instance, label, logical_id, own_label, terraform
from auditor.fixes.source import SourceFile
from auditor.fixes.writer import Writer
from auditor.fixes.xml_syntax import Xml
from auditor.fixes.yaml_syntax import Yaml, shared_parts
from auditor.foundation.equality import same_text
from auditor.foundation.glob import Wild, literal, matches
from auditor.foundation.location import Location
from auditor.foundation.repository import maker_of
from auditor.foundation.text import TERRAFORM_SUFFIXES, TERRAGRUNT_SUFFIX, Texts
from auditor.foundation.value import ALWAYS, JsonText, Symbol, Text, Truth, text_of, text_parts
from auditor.lazy.classes import dataclass
from auditor.lazy.expressions import regex
from auditor.lazy.modules import module
from auditor.model import Attachment, Bucket, BucketDeclaration, Declared, Kind
from auditor.policy import Statement

if TYPE_CHECKING:
    from auditor.fixes import declared as in_code
    from auditor.fixes import elements, terraform_json
    from auditor.fixes.declared import InDirectory
else:
    in_code = module("auditor.fixes.declared")
    elements = module("auditor.fixes.elements")
    terraform_json = module("auditor.fixes.terraform_json")


_POLICY, _CORS_CONFIGURATION, _KEY_POLICY = "aws_s3_bucket_policy", "aws_s3_bucket_cors_configuration", "aws_kms_key_policy"
_MOST_LINES = 20
_HEADER = regex(r'^(?:resource|data) "', re.MULTILINE)
_REPEATED = regex(r"^[ \t]+(?:count|for_each)[ \t]*=", re.MULTILINE)
_INTERPOLATION = regex(r"\$\{([^{}]*)\}")
_NAME = regex(r'(?:var|local|data|module|aws_\w+)\.[\w-]+(?:\.[\w-]+|\["[\w-]+"\]|\[\d+\])*')
_PLACEHOLDER = regex(rf"\b(?:{'|'.join(PLACEHOLDERS)})\b")


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of a change.

    Attributes:
        lines: what is to be there.
        edits: its edits; None where a person has to make it.
        taken: what has the name already that the lines have.
    """

    lines: Sequence[str]
    edits: Sequence[Edit] | None
    taken: str = ""


def write(fix: Fix, bucket: Bucket, texts: Texts, apart: Collection[Kind] = (), callers: Collection[Location] = ()) -> Patch:
    """The patch of a fix; total.

    Args:
        fix: it.
        bucket: whose problem it fixes.
        texts: the files, for their style.
        apart: the kinds of configuration that the bucket is given alone, and not every instance of its resource.
        callers: the calls by which others use the code of the bucket.
    """
    desk = _Desk(bucket, texts, apart, callers)
    changes = [desk.spelled(change) for change in fix.changes]
    made = [desk.make(change) for change in changes]
    text = "\n".join(line for one in made for line in one.lines)
    edits: tuple[Edit, ...] = ()
    if made and all(one.edits for one in made) and not _PLACEHOLDER.search(text):
        edits = _together([edit for one in made for edit in one.edits or ()])
    if any(map(desk.is_looped, changes)) or any(
        not desk.is_in_scope(declared, edit.location) for change in changes for declared in referred(change) for edit in edits
    ):
        edits = ()
    places = [edit.location for edit in edits] or [*filter(None, map(place_of, changes))]
    read = any(place.language_at(where.path, bucket.language) != bucket.language for where in places)
    shared = read or _is_shared(edits, bucket) or not all(map(desk.is_its_own, changes))
    certainty = Certainty.NEEDS_REVIEW if shared else fix.certainty
    makers = filter(None, (maker_of(where.path) for where in (*places, bucket.declaration.location)))
    held = next(map(_of_source, makers), "") or desk.anchored(changes, edits) or "".join(map(desk.perhaps_another, changes))
    if held or any(map(desk.is_generated, places)):
        edits = ()
    taken = held + "".join(
        f"; {one.taken} is declared already, but attaches none to this {change.kind.owner.value}"
        for change, one in zip(changes, made, strict=True)
        if one.taken and isinstance(change, Attach)
    )
    return Patch(f"{fix.title}{taken}", text, edits, certainty)


def _of_source(maker: str) -> str:
    """How a title ends where a file is made of a source: what is changed in the file is lost the next time."""
    return f", in the source of which {maker} makes this file"


def _is_shared(edits: Sequence[Edit], bucket: Bucket) -> bool:
    """Whether what is edited may belong to others too: the code of a module or nested stack, which others may call."""
    if bucket.language != "terraform" or not edits:
        return bool(bucket.declaration.calls)
    return not all(_is_of_root(edit.location, bucket) for edit in edits)


def _is_of_root(where: Location, bucket: Bucket) -> bool:
    """Whether a place of Terraform is in the root module of a bucket, which nobody calls; a root that was planned is called by its plan."""
    declared = bucket.declaration
    root = bucket.root if declared.calls else posixpath.dirname(declared.location.path) or "."
    return (posixpath.dirname(where.path) or ".") == root


def _added_to(change: Change) -> Attachment | None:
    """What a change adds a statement or rule to; None where it adds none, or to a policy of a role."""
    return change.attachment if isinstance(change, AddStatement | AddRule) else None


def _is_inline(declared: Declared) -> bool:
    """Whether something is declared by a template inside other code, where neither language of the two can be added to."""
    return bool(declared.calls) and declared.calls[-1].path == declared.location.path


def _together(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits in the order of their places; none when one lies over another."""
    ordered = tuple(sorted(dict.fromkeys(edits), key=lambda edit: edit.location))
    for one, other in itertools.pairwise(ordered):
        same_file = one.location.path == other.location.path
        if same_file and (other.location.line, other.location.column) < (one.location.end_line, one.location.end_column):
            return ()
    return ordered


def _parts(spelling: str) -> tuple[Part, ...]:
    """A text of Terraform as its parts; none where it names what is not in the whole module, as the variables of a `for` or a `dynamic` are."""
    pieces = _INTERPOLATION.split(spelling)
    if not all(_NAME.fullmatch(piece) for piece in pieces[1::2]) or any("${" in piece or "%{" in piece for piece in pieces[::2]):
        return ()
    return tuple(Code(piece) if at % 2 else piece for at, piece in enumerate(pieces) if piece)


def _naming(caller: str, lines: Sequence[str]) -> list[str]:
    """Lines with the data source for the account that Terraform acts in by its name."""
    return [line.replace(CALLER, f"{CALLER.removesuffix('current.')}{caller}.") for line in lines]


def _in_partition(arn: Text, partition: str) -> Text:
    """An ARN of S3 whose partition is unresolved, in a partition."""
    match [*text_parts(arn)]:
        case ["arn:", Symbol(), str(rest), *others] if rest.startswith(":s3:::"):
            return text_of((f"arn:{partition}{rest}", *others))
    return arn


def _is_spelled(written: str, text: Text) -> bool:
    """Whether what stands in a file that is read is a string in which a text is spelled, with interpolations for some of it."""
    first, *others = _INTERPOLATION.split(written)[::2]
    pattern = itertools.chain(literal(first), *((Wild.MANY, *literal(piece)) for piece in others))
    spelled = "".join("\0" if isinstance(part, Symbol) else part for part in text_parts(text))
    return matches(tuple(pattern), f'"{spelled}"')


def _with_own_sid(content: Mapping[str, Content], statements: Sequence[Statement]) -> Mapping[str, Content]:
    """A statement with a Sid that none of some others has. Source: IAM User Guide, "AWS JSON policy elements: Sid": it is unique in a policy."""
    sid, taken = content.get("Sid"), {statement.sid for statement in statements}
    if sid not in taken:
        return content
    return {**content, "Sid": next(other for number in itertools.count(2) if (other := f"{sid}{number}") not in taken)}


class _Desk:
    """Where the changes of one fix are written.

    Args:
        bucket: whose problem they fix.
        texts: the files.
        apart: see `write`.
        callers: likewise.
    """

    def __init__(self, bucket: Bucket, texts: Texts, apart: Collection[Kind], callers: Collection[Location]) -> None:
        self._bucket, self._apart, self._callers = bucket, apart, callers
        self._language = bucket.language
        self._texts = texts
        self._sources: dict[str, SourceFile | None] = {}
        # Whether the block of the bucket holds its policy, which cannot refer to the bucket then.
        self._is_holder = bucket.language == "terraform" and any(one.attachment.inline for one in bucket.slot(Kind.POLICY).linked)

    def make(self, change: Change) -> _Made:
        if self._is_holder:
            change = reworded(change, self._written_out)
        match change:
            case Replace(where) | Append(where) | Remove(where) | AddField(where) | AddRule(_, _, where) if xml := self._in_xml(
                where
            ):
                return _Made(*elements.changed(xml, change, where, self._language))
            case Replace():
                return self._replace(change)
            case Append(where, entries, _):
                return self._append(where, entries)
            case Remove(where):
                source = self._source(where)
                edit = place.removed(source, where) if source else None
                return _Made((), [edit] if edit else None)
            case AddElement(statement, name, content):
                return self._add_entry(statement.location, name, content)
            case AddCondition():
                return self._add_condition(change)
            case RemoveConditions(statement):
                return self._remove_conditions(statement)
            case AddStatement():
                return self._for_its_instance(self._add_statement(change), change.attachment)
            case AddRule():
                return self._for_its_instance(self._add_rule(change), change.attachment)
            case AddField(rule, name, content):
                return self._add_entry(rule, self._field(name, self._writer(rule)), content)
            case GiveArguments():
                return self._give_arguments(change)
            case Attach():
                made = self._attach(change)
                in_terragrunt = change.target.location.path.endswith(TERRAGRUNT_SUFFIX)  # which declares nothing
                return _Made(made.lines, None) if in_terragrunt or _is_inline(change.target) else made

    def _written_out(self, reference: Reference) -> tuple[Part, ...]:
        """What a policy says of the bucket that holds it: a block of Terraform cannot refer to itself."""
        return (dataclasses.replace(reference, written_out=reference.declared is self._bucket.declaration),)

    def anchored(self, changes: Sequence[Change], edits: Sequence[Edit]) -> str:
        """What else an anchor of YAML would have changes made to, as the end of a title; empty where they touch nothing that is shared."""
        places = [(place, "") for place in map(place_of, changes) if place]
        for where, text in [*places, *((edit.location, edit.text) for edit in edits)] if self._language == "cloudformation" else ():
            source = self._source(where)
            if source is None or place.syntax_of(source.path, source.text, self._language) is not Yaml:
                continue
            for part in shared_parts(source.text):
                if place.is_inside(source, (part.start, part.end), where, text):
                    lines = [str(line) for at, line in part.uses if at != part.start]
                    listed = ", ".join(lines[:_MOST_LINES]) + (
                        f" and {more:,} more" if (more := len(lines) - _MOST_LINES) > 0 else ""
                    )
                    return f"; by the anchor '{part.anchor}' that changes {'line' if len(lines) == 1 else 'lines'} {listed} too"
        return ""

    def is_generated(self, where: Location) -> bool:
        """Whether Terragrunt writes what has a place: all of it has that of the block which says so."""
        source = self._source(where) if where.path.endswith(TERRAGRUNT_SUFFIX) else None
        return source is not None and source.at(where).startswith("generate")

    def is_its_own(self, change: Change) -> bool:
        """Whether what a change touches is certainly written in the statement that it is for."""
        if isinstance(change, AddStatement) and change.policy and change.policy.statements:
            return not self._is_so(place.is_named, change.policy.statements[-1].location)
        if not isinstance(change, Replace | Append) or change.within is None:
            return True
        source = self._source(change.within)
        if source is None or change.within.path != change.place.path:
            return False
        if self._is_so(place.is_named, change.within) or self._is_so(place.is_repeated, change.within):
            return False
        if self._directive(change.within) == "for":
            return False
        start, end = source.start(change.within), source.end(change.within)
        if source.at(change.within) == "statement":
            opening = source.opening(start)
            end = (source.closing(opening) if opening is not None else None) or start
        return start <= source.start(change.place) and source.end(change.place) <= end

    def _is_so(self, test: Callable[[SourceFile, Location], bool], statement: Location) -> bool:
        """Whether a statement of Terraform passes a test of how it is written."""
        source = self._source(statement)
        return source is not None and isinstance(self._writer(statement), Hcl | Colons) and test(source, statement)

    def _directive(self, where: Location) -> str:
        """The directive of a template in which something of Terraform is written: see `place.directive`."""
        source = self._source(where) if self._language == "terraform" else None
        return place.directive(source, where) if source is not None else ""

    def perhaps_another(self, change: Change) -> str:
        """That what is to be added to may belong to something else, as a clause; empty where it certainly belongs here."""
        attachment = _added_to(change)
        if attachment is None:
            return ""
        own = (one.attachment for slot in self._bucket.slots.values() for one in slot.linked if not one.certain)
        if not self._bucket.estate.doubts(attachment) and all(one.written_as != attachment.written_as for one in own):
            return ""
        return f"; {attachment.address} may be of another {attachment.kind.owner.value}"

    def is_in_scope(self, declared: Declared, where: Location) -> bool:
        """Whether code at a place can name something that is declared elsewhere: in Terraform in its directory, else in its file.

        A resource inside a module is named in its own directory only; one with other module calls before it is in another instance of it.
        """
        if place.language_at(where.path, self._language) == "json":
            return True  # documents name everything by its ARN
        here, there = where.path, declared.location.path
        if self._language == "terraform":
            return declared.calls == self._bucket.declaration.calls and here.rpartition("/")[0] == there.rpartition("/")[0]
        return here == there

    def is_looped(self, change: Change) -> bool:
        """Whether a change is made where a loop of a template makes several resources of what is written once: each gets it then."""
        attachment = _added_to(change)
        return self._is_of_loop(self._bucket.declaration) or (
            attachment is not None and not attachment.inline and self._is_of_loop(attachment)
        )

    def _is_of_loop(self, declared: Declared) -> bool:
        """Whether a resource of a template is not written under its own logical id."""
        source, local = self._source(declared.location), logical_id(declared)
        if self._language != "cloudformation" or source is None or not local:
            return False
        return source.at(declared.location).strip("\"'") != local

    # -------------------------------------------------------------------------------------------------- what is there

    def _source(self, where: Location) -> SourceFile | None:
        if where.path not in self._sources:
            try:
                self._sources[where.path] = SourceFile.of(where.path, self._texts.read_bytes(where.path))
            except (OSError, ValueError):  # ValueError: a name that no file can have
                self._sources[where.path] = None
        return self._sources[where.path]

    def _writer(self, where: Location | None = None) -> Writer:
        """The writer for a place, or for code of the bucket's own file that is not there yet."""
        where = where or self._bucket.declaration.location
        source = self._source(where)
        if source is None:
            return place.syntax_of(where.path, "", self._language)(self._language)
        if where == self._bucket.declaration.location:
            return place.syntax_of(source.path, source.text, self._language)(self._language)
        return place.writer_at(source, where, self._language)

    def _in_xml(self, where: Location) -> SourceFile | None:
        """The file of a place, where it is XML."""
        source = self._source(where)
        return source if source and place.syntax_of(source.path, source.text, self._language) is Xml else None

    def _policy_writer(self, attachment: Attachment | None) -> Writer:
        """The writer for a policy of which no statement shows how it is written."""
        if self._language == "terraform" and attachment is not None:
            content = attachment.content
            if place.syntax_of(attachment.location.path, "", self._language) is JsonBlocks:
                return JsonBlocks(self._language)
            if not isinstance(content, JsonText):
                return Json(self._language)
            return Blocks(self._language) if "aws_iam_policy_document" in (content.origin or "") else Hcl(self._language)
        return self._writer(attachment.location if attachment else None)

    def _field(self, name: str, writer: Writer) -> str:
        """What a field is called in the language: in Terraform, one of a CORS rule has no other name than the argument."""
        if self._language == "cloudformation":
            return CLOUDFORMATION.get(name, name)
        return hcl.ARGUMENTS.get(name, name) if isinstance(writer, Hcl) and name in API else name

    # ------------------------------------------------------------------------------------------------------- elements

    def _replace(self, change: Replace) -> _Made:
        source, writer = self._source(change.place), self._writer(change.place)
        where = place.value_at(source, change.place) if source else change.place
        lines = writer.value(change.content)
        shown = writer.entry(self._field(change.name, writer), change.content) if change.name else lines
        if source and isinstance(writer, Blocks) and (edit := place.block_replaced(source, where, shown)):
            return _Made(shown, [edit])
        items = [writer.value(item)[0] for item in change.content] if isinstance(change.content, tuple) else []
        edit = (place.relisted(source, where, items) or place.replaced(source, where, lines, writer)) if source else None
        return _Made(shown, [edit] if edit else None)

    def _append(self, where: Location, entries: Sequence[Content]) -> _Made:
        source, writer = self._source(where), self._writer(where)
        where = place.value_at(source, where) if source else where
        items = [writer.value(entry) for entry in entries]
        edit = place.appended(source, where, items, writer) if source else None
        shown = place.added_lines(source, where, edit) if source and edit else []
        return _Made(shown or [line for item in items for line in item], [edit] if edit else None)

    def _add_entry(self, where: Location, name: str, content: Content) -> _Made:
        source, writer = self._source(where), self._writer(where)
        lines = writer.entry(name, content)
        edit = place.element_added(source, where, lines, writer) if source else None
        return _Made(lines, [edit] if edit else None)

    def _add_condition(self, change: AddCondition) -> _Made:
        statement = change.statement
        writer = self._writer(statement.location)
        test: Mapping[str, Content] = {change.operator: {change.key: change.value}}
        if isinstance(writer, Blocks) or not (statement.conditions or statement.unknown_conditions):
            return self._add_entry(statement.location, "Condition", test)
        if isinstance(writer, JsonBlocks):
            return _Made(writer.entry("Condition", test), None)
        lines = writer.entry("Condition", test)
        taken = any(one.operator.lower() == change.operator.lower() for one in statement.conditions)
        if taken or statement.unknown_conditions or statement.condition_location is None:
            return _Made(lines, None)
        inner = self._add_entry(statement.condition_location, change.operator, {change.key: change.value})
        return _Made(lines, inner.edits)

    def _remove_conditions(self, statement: Statement) -> _Made:
        source = self._source(statement.location)
        tests = [condition.location for condition in statement.conditions]
        edits = place.conditions_removed(source, statement.condition_location, tests) if source else None
        return _Made((), None if statement.unknown_conditions else edits)

    # ------------------------------------------------------------------------------------------------ whole statements

    def _for_its_instance(self, made: _Made, attachment: Attachment | None) -> _Made:
        """What is written into a resource with one instance for each instance of the bucket names the bucket of its own."""
        named = instance(self._bucket.declaration) if self._language == "terraform" else None
        own = instance(attachment) if attachment is not None else None
        if named is None or own is None or own[0].partition("[")[1:] != named[0].partition("[")[1:]:
            return made
        edits = [dataclasses.replace(edit, text=edit.text.replace(named[0], named[2])) for edit in made.edits or ()]
        inside = all(self._is_repeated(edit.location) for edit in edits)
        return _Made([line.replace(named[0], named[2]) for line in made.lines], (edits or None) if inside else None, made.taken)

    def _is_repeated(self, where: Location) -> bool:
        """Whether a place is in a block with `count` or `for_each`."""
        source = self._source(where)
        offset = source.start(where) if source else 0
        header = source.last_match(_HEADER, offset) if source else None
        if source is None or header is None:
            return False
        opening = source.opening(header)
        closing = source.closing(opening) if opening is not None else None
        return closing is not None and offset < closing and _REPEATED.search(source.text, header, closing) is not None

    def _add_statement(self, change: AddStatement) -> _Made:
        statements = change.policy.statements if change.policy else ()
        change = dataclasses.replace(change, content=_with_own_sid(change.content, statements))
        certain = [one for one in statements if one.when == ALWAYS and not self._directive(one.location)]
        last = (certain or statements)[-1].location if statements else None
        if last is None and change.policy is not None and change.policy.empty is not None:
            return self._first_statement(change.policy.empty, change.content)
        source = self._source(last) if last else None
        writer = self._writer(last) if last else self._policy_writer(change.attachment)
        if isinstance(writer, Blocks):
            lines = writer.block("statement", change.content)
        elif isinstance(writer, Yaml):
            flow = source is not None and last is not None and source.at(last).startswith("{")
            lines = [writer.flow(change.content)] if flow else writer.item(change.content)
        else:
            lines = writer.mapping(change.content)
        if source is not None and any(CALLER in line for line in lines):
            name = self._caller("", source)
            if not name:  # what would have to be declared is not beside the statement
                return _Made(lines, None)
            lines = _naming(name, lines)
        edit = self._beside(source, last, lines, writer) if source and last else None
        if source is None or last is None or edit is None or (self._language == "cloudformation" and not certain):
            return _Made(lines, None)
        if self._directive(last):  # what is added there is there only when it says so, or once for each item
            return _Made(lines, None)
        if last.line == last.end_line:
            return _Made(lines, [edit, *place.apart(source, last, writer)])
        inserted = not source.at(edit.location)
        return _Made(lines, [edit, *(place.further_in(source, last, writer) if inserted else [])])

    def spelled(self, change: Change) -> Change:
        """A change that names the bucket as code at its place can: as a statement beside spells it, or by its text, where it is declared elsewhere."""
        where = place_of(change)
        beside = change.policy.statements if isinstance(change, AddStatement) and change.policy else ()
        return reworded(change, lambda reference: self._as_spelled(reference, beside, where)) if where else change

    def _as_spelled(self, reference: Reference, beside: Sequence[Statement], where: Location) -> tuple[Part, ...]:
        declared = self._bucket.declaration
        if reference.declared is not declared or reference.attribute != "arn":
            return (reference,)
        is_of_root = _is_of_root(where, self._bucket)
        for item in (item for statement in beside for item in statement.resources.items):
            source = self._source(item.location)
            if source is None or (self._is_code_in_scope(declared, item.location) and not self._is_holder):
                continue
            text = item.text if is_of_root else _in_partition(item.text, declared.partition)
            written = source.at(item.location)
            is_read = place.language_at(source.path, self._language) != self._language
            for tail in ("", "/*"):
                if not written.strip('"').endswith(tail) or same_text(text, declared.arn_of(tail)) is not Truth.TRUE:
                    continue
                if is_read and not _is_spelled(written, item.text):
                    continue
                spelling = written.strip('"').removesuffix(tail)
                if parts := (spelling,) if is_read else _parts(spelling if written != spelling + tail else f"${{{spelling}}}"):
                    return parts
        if self._language != "terraform" or self.is_in_scope(declared, where):
            return (reference,)
        if not is_of_root:
            return (f"arn:{declared.partition}:s3:::NAME",)  # of a module, which others may call for another bucket
        return (dataclasses.replace(reference, written_out=True),)

    def _is_code_in_scope(self, declared: Declared, where: Location) -> bool:
        """Whether what stands at a place names something declared as well as a reference to it does, and not only by a text that is read."""
        if place.language_at(where.path, self._language) != self._language:
            return False
        return self._language != "terraform" or self.is_in_scope(declared, where)

    def _beside(self, source: SourceFile, last: Location, lines: Sequence[str], writer: Writer) -> Edit | None:
        """The edit that puts a statement after the last one of a policy."""
        if isinstance(writer, Hcl | Colons) and (edit := place.beside_choice(source, last, lines)):
            return edit
        edit = place.beside(source, last, lines, writer)
        if edit is None and isinstance(writer, Json) and self._language != "cloudformation":
            return place.into_text(source, last, " ".join(line.strip() for line in lines))
        return edit

    def _first_statement(self, where: Location, content: Mapping[str, Content]) -> _Made:
        """The first statement of a list that is empty, or of a data source that has none."""
        source, writer = self._source(where), self._writer(where)
        if source is not None and isinstance(writer, JsonBlocks) and source.at(where).startswith('"'):
            lines = writer.mapping(content)
            edit = place.first_of_document(source, where, lines, writer)
            return _Made(lines, [edit] if edit else None)
        if source is not None and source.at(where).startswith("data "):
            lines = Blocks(self._language).block("statement", content)
            edit = place.into_block(source, source.start(where), lines)
            return _Made(lines, [edit] if edit else None)
        if isinstance(writer, Blocks):
            writer = Hcl(self._language)  # the name of a list of statements is not that of an argument
        lines = writer.item(content) if isinstance(writer, Yaml) else writer.mapping(content)
        edit = place.first_item(source, where, lines, writer) if source else None
        return _Made(lines, [edit, *place.apart(source, where, writer)] if source and edit else None)

    def _add_rule(self, change: AddRule) -> _Made:
        where = change.rules
        source = self._source(where)
        if source and source.at(change.last).startswith(("cors_rule", "dynamic ")):
            lines = Blocks(self._language).block("cors_rule", change.content)
            edit = place.beside(source, change.last, lines, Blocks(self._language))
            return _Made(lines, [edit] if edit else None)
        writer = self._writer(where)
        if isinstance(writer, JsonBlocks):
            lines = writer.mapping(change.content)
            edit = place.beside(source, change.last, lines, writer) if source else None
            return _Made(lines, [edit] if edit else None)
        content = cloudformation.cors_rule(change.content) if self._language == "cloudformation" else change.content
        if isinstance(writer, Hcl) and not (source and source.at(where).startswith("[")):
            return _Made(Blocks(self._language).block("cors_rule", change.content), None)
        lines = writer.item(content) if isinstance(writer, Yaml) else writer.mapping(content)
        in_flow = isinstance(writer, Yaml) and source is not None and source.at(where).startswith("[")
        item = [writer.flow(content)] if in_flow else writer.value(content, nested=False)
        edit = place.appended(source, where, [item], writer) if source else None
        return _Made(item if in_flow else lines, [edit] if edit else None)

    def _give_arguments(self, change: GiveArguments) -> _Made:
        source = self._source(change.call)
        if source is not None and place.syntax_of(source.path, source.text, self._language) is JsonBlocks:
            tree = {"module": {source.at(change.call).strip('"'): change.arguments}}
            in_json = Json(self._language)  # with the names that the module has
            return _Made(in_json.mapping(change.arguments), place.declared(source, tree, in_json))
        writer = Hcl(self._language)
        lines = hcl.aligned([writer.entry(*argument) for argument in change.arguments.items()])
        takes = source is not None and source.at(change.call).startswith(
            ("module", "inputs")
        )  # or a unit of Terragrunt writes no inputs
        edit = place.into_block(source, source.start(change.call), lines, apart=True) if source and takes else None
        return _Made(lines, [edit] if edit else None)

    # ------------------------------------------------------------------------------------------------ new configuration

    def _attach(self, change: Attach) -> _Made:
        match self._language:
            case "terraform":
                return self._attach_in_terraform(change)
            case "cloudformation":
                return self._attach_in_template(change)
        return _Made(Json(self._language).value(change.content, nested=False), None)

    def _attach_in_terraform(self, change: Attach) -> _Made:
        target, content = change.target, change.content
        source, writer = self._source(target.location), Hcl(self._language)
        if source is not None and place.syntax_of(source.path, source.text, self._language) is JsonBlocks:
            return self._attach_in_json(change, source)
        bucket = [f"bucket = {writer.text((Reference(target, 'id'),))}"]
        if source is not None and self._is_in_region(source, target):
            bucket.append(f"region = {terraform(Reference(target, 'region'))}")
        name, repeated = label(target), instance(target)
        if repeated is not None and change.kind in self._apart:
            name, repeated = own_label(target), None
        if change.kind is Kind.KEY_POLICY and isinstance(content, Mapping):
            lines = hcl.jsonencode(writer, "policy", content)
            if source is not None and (other := self._other(source, _KEY_POLICY, target)):
                return _Made(lines, None, f"{_KEY_POLICY}.{other}")
            return self._with_caller(source, lines, target.location)
        inner: tuple[str, ...] = ()
        if change.kind is Kind.POLICY and isinstance(content, Mapping):
            kind = _POLICY
            arguments = [bucket, hcl.jsonencode(writer, "policy", content)]
        else:
            kind, arguments = _CORS_CONFIGURATION, [bucket]
            rules = content if isinstance(content, tuple) else ()
            blocks = [Blocks(self._language).block("cors_rule", rule) for rule in rules if isinstance(rule, Mapping)]
            inner = tuple(line for block in blocks for line in block)
            if source is not None and self._is_before_resources(target):
                alone = change.kind in self._apart or not source.at(target.location).startswith("resource ")
                edit = None if alone else place.into_block(source, source.start(target.location), inner)
                return _Made(inner, [edit] if edit else None)
        if repeated is not None:  # one for each bucket
            one, every, own = repeated
            arguments.insert(0, [f"count = length({every})" if own.endswith("[count.index]") else f"for_each = {every}"])
            arguments, inner = (
                [[line.replace(one, own) for line in lines] for lines in arguments],
                tuple(line.replace(one, own) for line in inner),
            )
        if source is not None and (of := self._provider(source, target.location)):
            arguments.insert(0 if repeated is None else 1, [f"provider = {of}"])
        lines = hcl.resource(kind, name, arguments, inner)
        if source is None:
            return _Made(lines, None)
        if f'resource "{kind}" "{name}"' in self._beside_it(source).headers:
            return _Made(lines, None, f"{kind}.{name}")
        if other := self._other(source, kind, target) if label(target) == name else "":
            return _Made(lines, None, f"{kind}.{other}")
        return _Made(lines, [place.after_block(source, source.start(target.location), lines)])

    def _attach_in_json(self, change: Attach, source: SourceFile) -> _Made:
        """The same in the syntax of Terraform that is JSON."""
        asked, in_region = self._provider(source, change.target.location), self._is_in_region(source, change.target)
        beside = self._beside_it(source)
        attached = terraform_json.attached(change, source, beside.headers, asked, beside.callers, in_region=in_region)
        kind = {Kind.POLICY: _POLICY, Kind.CORS: _CORS_CONFIGURATION}.get(change.kind, _KEY_POLICY)
        if attached[1] and (other := self._other(source, kind, change.target)):
            return _Made(attached[0], None, f"{kind}.{other}")
        return _Made(*attached)

    def _other(self, source: SourceFile, kind: str, target: Declared) -> str:
        """The label of a resource of a type in the directory of a file that names a bucket or key, though it gives it nothing; empty without one."""
        named, reference = instance(target), terraform(Reference(target, "id")).rpartition(".")[0]
        whole = named[1] if named else reference
        return self._beside_it(source).configuration_of(kind, whole) if whole else ""

    def _with_caller(self, source: SourceFile | None, lines: list[str], target: Location) -> _Made:
        """Lines in a block, with the data source that they name where the directory has none that asks the same provider."""
        if source is None:
            return _Made(lines, None)
        asked, there = self._provider(source, target), dict(self._beside_it(source).callers)
        found = self._caller(asked, source)
        name = found or next(one for one in ("current", "platform", "own_account") if one not in there)
        lines = _naming(name, lines)
        edit = place.into_block(source, source.start(target), lines)
        edits = [edit] if edit else None
        if edits and not found and any(f".{name}.account_id" in line for line in lines):
            end = len(source.text.rstrip("\n"))
            arguments = [[f"provider = {asked}"]] if asked else []
            declared = hcl.block(f'data "aws_caller_identity" "{name}"', arguments)
            edits.append(source.edit(end, end, "\n\n" + ("\n".join(declared) if arguments else f"{declared[0]}}}")))
        return _Made(lines, edits)

    def _caller(self, asked: str, source: SourceFile) -> str:
        """The name of the data source for the account of a provider in the directory of a file; empty where there is none."""
        return next((name for name, of in sorted(self._beside_it(source).callers) if of == asked), "")

    def _provider(self, source: SourceFile, header: Location) -> str:
        """The provider that a resource says it is of; empty for the default one."""
        return in_code.provider(self._block(source, header))

    def _is_in_region(self, source: SourceFile, target: Declared) -> bool:
        """Whether a bucket is in the Region that it says itself, which what is put beside it has to say too."""
        says = in_code.names_region(self._block(source, target.location)) and not self._is_before_resources(target)
        return says and bool(terraform(Reference(target, "region")))

    def _block(self, source: SourceFile, header: Location) -> str:
        """A block from its opening brace on; empty where it has none."""
        opening = source.opening(source.start(header))
        closing = source.closing(opening) if opening is not None else None
        return "" if closing is None else source.text[opening : closing + 1]

    def _is_before_resources(self, target: Declared) -> bool:
        """Whether a module around something, or a lock file there, wants a provider that has no resource for CORS rules, for whoever calls it."""
        around = dict.fromkeys(place.path for place in (target.location, *target.calls, *self._callers))
        locks = dict.fromkeys(posixpath.join(posixpath.dirname(path), ".terraform.lock.hcl") for path in around)
        sources, of_roots = ([*filter(None, map(self._source, map(Location, paths)))] for paths in (around, locks))
        return any(self._beside_it(one).is_before_resources for one in sources) or any(
            in_code.is_before_resources(lock.text.encode(), in_json=False) for lock in of_roots
        )

    def _beside_it(self, source: SourceFile) -> InDirectory:
        """What the directory of a file declares, as far as its files were read."""
        from auditor.fixes.declared import Directories, InDirectory

        paths, kept = self._texts.beside(source.path), self._texts.shared(Directories).found
        read, found = kept.get(posixpath.dirname(source.path), (0, None))
        if found is None or read != len(paths):
            code = [path for path in paths if path.endswith(TERRAFORM_SUFFIXES)]
            found = InDirectory((self._texts.read_bytes(path), path.endswith(".json")) for path in code)
            kept[posixpath.dirname(source.path)] = len(paths), found
        return found

    def _attach_in_template(self, change: Attach) -> _Made:
        target, content = change.target, change.content
        source, writer, of = self._source(target.location), self._writer(), logical_id(target)
        if change.kind is Kind.POLICY:
            condition = target.condition if isinstance(target, BucketDeclaration) else ""
            name = f"{of or 'Bucket'}Policy"
            lines = writer.entry(name, cloudformation.bucket_policy(Reference(target, "id"), content, condition))
            if source is None:
                return _Made(lines, None)
            taken = name if source.has_key(name) else next(cloudformation.policies_of(source, of), "") if of else ""
            edit = None if taken else place.resource_added(source, target.location, lines, writer)
            return _Made(lines, [edit] if edit else None, taken and f"{taken}{place.condition_of(source, taken)}")
        if change.kind is Kind.CORS:
            name, content = "CorsConfiguration", cloudformation.cors_configuration(content if isinstance(content, tuple) else ())
        else:
            name = "KeyPolicy"
        lines = writer.entry(name, content)
        if source is not None and place.has_property(source, target.location, name):
            return _Made(lines, None, f"{name} of {of}")
        flow = " ".join(line.strip() for line in Json(self._language).entry(name, content))
        edit = place.property_added(source, target.location, lines, writer, flow) if source else None
        return _Made(lines, [edit] if edit else None)
