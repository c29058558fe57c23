"""The reader of native syntax: text to the typed tree in one pass, with exact places.

One regular expression reads a whole term (a string without interpolation, a name with its attributes, a number), and precedence climbing
does the rest. Whatever it does not know for certain it refuses.

Source: HCL Native Syntax Specification (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md) and hclsyntax/parser.go.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from auditor.foundation.errors import InputError
from auditor.foundation.location import Lines
from auditor.lazy.expressions import regex
from auditor.sources.terraform.syntax import template
from auditor.sources.terraform.syntax.lexicon import (
    BLANK,
    END_OF_LINE,
    END_OF_WORD,
    IDENTIFIER,
    LABEL,
    LINE_COMMENT,
    PLAIN,
    SPACE,
    Rare,
    is_identifier,
)
from auditor.sources.terraform.syntax.refusal import TOO_DEEP, Refused
from auditor.sources.terraform.syntax.tree import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    ForExpression,
    GetAttribute,
    Index,
    Literal,
    ObjectExpression,
    Splat,
    SplatItem,
    TupleExpression,
    Unary,
    Unsupported,
    Variable,
)

# Brackets, calls, conditionals and templates inside each other; configurations that people write have less than thirty.
DEEPEST = 150
_MOST_DIGITS = 300

_LEGACY_INDEX = r"(\d++)(?!\.\d|\.?[eE][-+]?\d)"
_TERM = (
    rf'(?:"({PLAIN})"|({IDENTIFIER}(?:\.{IDENTIFIER})*+)'
    rf'|(\d++(?:\.[eE][-+]?\d++|(?:\.\d++)?(?:[eE][-+]?\d++)?))|([\[{{("!-])|<<(-?)({IDENTIFIER})\r?\n)'
)
_STEP = rf"(?:\.{{blank}}({IDENTIFIER})|(\[)|\.{{blank}}{_LEGACY_INDEX}|(\.){{blank}}\*)"
_SPLAT_STEP = rf"{{blank}}\.{{blank}}(?:({IDENTIFIER})|{_LEGACY_INDEX}|(\*))"
_OPERATOR = r"(\|\||&&|[=!<>]=|[<>+*%?-]|/(?![/*]))?"
_CALL = rf"((?:{{blank}}::{{blank}}{IDENTIFIER})*+){{blank}}\("


class _Grammar:
    """The expressions that read one token after what separates it: where line ends count (`BLANK`), or where they do not (`SPACE`)."""

    def __init__(self, blank: str, ends: str) -> None:
        self.term = re.compile(blank + _TERM).match
        self.step = re.compile(blank + _STEP.replace("{blank}", blank)).match
        self.splat_step = Rare(_SPLAT_STEP.replace("{blank}", blank))
        self.operator = re.compile(blank + _OPERATOR).match
        self.call = Rare(_CALL.replace("{blank}", blank))
        self.full_splat = Rare(rf"{blank}\*{blank}\]")
        self.colon = Rare(rf"{blank}:")
        self.ends = ends


STRICT = _Grammar(BLANK, ",\n)]}")
LOOSE = _Grammar(SPACE, ",)]}")

_FOR = re.compile(rf"{SPACE}for{END_OF_WORD}").match
_FOR_NAMES = Rare(rf"{SPACE}({IDENTIFIER})(?:{SPACE},{SPACE}({IDENTIFIER}))?{SPACE}in{END_OF_WORD}")
_FOR_KEY = Rare(rf"{SPACE}=>")
_FOR_GROUPING = Rare(rf"{SPACE}\.\.\.")
_FOR_CONDITION = Rare(rf"{SPACE}if{END_OF_WORD}")
_CLOSES = {mark: re.compile(rf"{SPACE}\{mark}").match for mark in ")]}"}
_ITEM_NEXT = re.compile(rf"{SPACE}(?:,{SPACE}(\])?|(\]))").match
_ARGUMENT_NEXT = re.compile(rf"{SPACE}(?:,{SPACE}(\))?|(\.\.\.){SPACE}\)|(\)))").match
_ENTRY = re.compile(rf'{SPACE}(?:({IDENTIFIER}){BLANK}(?:=(?![=>])|:(?!:))|"({PLAIN})"{BLANK}(?:=(?![=>])|:(?!:))|(\}}))').match
_ENTRY_SIGN = Rare(rf"{BLANK}(?:=(?![=>])|:(?!:))")
_ENTRY_NEXT = re.compile(rf"{BLANK}(?:,|(\}})|(?:{LINE_COMMENT})?\r?\n)").match
_BODY_ITEM = re.compile(rf"{SPACE}(?:({IDENTIFIER})(?:{BLANK}(=)(?![=>])|((?:{BLANK}{LABEL})*+){BLANK}(\{{))|(\}})|(\Z))").match
_LABELS = regex(rf"/\*(?:[^*]++|\*(?!/))*+\*/|({LABEL})")
_REST_OF_LINE = re.compile(END_OF_LINE).match
_BLOCK_OPENS = re.compile(rf"{BLANK}(?:{LINE_COMMENT})?\r?\n").match
_BLOCK_CLOSES = re.compile(rf"{BLANK}\}}").match
_SINGLE = Rare(rf"{BLANK}({IDENTIFIER}){BLANK}=(?![=>])")
_TO_TOKEN = re.compile(BLANK).match
_TOKEN = re.compile(rf'{IDENTIFIER}|\d+|"(?:[^"\\\n]|\\.)*"|\r?\n|.', re.DOTALL).match

_EMPTY = Body()
_WORDS = {"true": True, "false": False, "null": None}
_LEVELS = {
    "?": 0, "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip


class Reader:
    """Reads from one place of a text; what cannot be read is a `Refused`.

    Args:
        lines: the text with its line table.
        at: the offset to read from.

    Attributes:
        at: the offset after what has been read.
        began: the offset of the first character of the expression that was read last, its parentheses included.
        errors: what is wrong with the text without keeping it from being read.
    """

    __slots__ = ("at", "began", "depth", "errors", "lines", "region", "text")

    def __init__(self, lines: Lines, at: int = 0) -> None:
        self.lines, self.text, self.at, self.began = lines, lines.text, at, at
        self.region = lines.region
        self.errors: list[InputError] = []
        self.depth = 0

    def refuse(self, message: str, start: int | None = None, end: int | None = None) -> NoReturn:
        """Refuses the text for a reason; without a place, at the next token."""
        if start is None:
            start = _end_of(_TO_TOKEN(self.text, self.at), self.at)
            token = _TOKEN(self.text, start)
            end = start + len(token[0].rstrip("\r\n")) if token else start
        raise Refused(start, start + 1 if end is None else end, message)

    def unexpected(self) -> NoReturn:
        """Refuses the next token."""
        start = _end_of(_TO_TOKEN(self.text, self.at), self.at)
        token = _TOKEN(self.text, start)
        shown = token[0].strip("\r\n") if token else ""
        self.refuse(f"unexpected '{shown or 'end of line'}'" if token else "unexpected end of the file")

    def deeper(self) -> None:
        """Takes note of one more level; whoever leaves it takes `depth` back."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(self.at, self.at + 1, TOO_DEEP)

    def at_end(self, end: int) -> bool:
        """Whether nothing but blanks and comments is left up to an offset."""
        return _end_of(_SPACES(self.text, self.at), self.at) >= end

    # Bodies

    def body(self) -> Body:
        """The items up to the closing brace, which is read too."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        text = self.text
        while True:
            match = _BODY_ITEM(text, self.at)
            if match is None:
                self.unexpected()
            kind = match.lastindex
            if kind == 2:
                self.at = match.end()
                self._attribute(match[1], match.start(1), attributes)
                if text[self.at : self.at + 1] == "\n":
                    self.at += 1
                    continue
            elif kind == 4:
                self.at = match.end()
                blocks.append(self._block(match))
            else:
                self.at = match.end()
                if kind != 5:
                    self.unexpected()
                return Body(attributes, tuple(blocks))
            self._end_of_line()

    def _attribute(self, name: str, start: int, attributes: dict[str, Attribute]) -> None:
        if not name.isascii():
            self._check(name, start)
        expression = self.expression(STRICT)
        attribute = Attribute(name, expression, self.region(start, self.at))
        first = attributes.setdefault(name, attribute)
        if first is not attribute:
            self.errors.append(InputError(attribute.location, f"'{name}' is set twice; first in line {first.location.line}"))

    def _end_of_line(self) -> None:
        match = _REST_OF_LINE(self.text, self.at)
        if match is None:
            self.unexpected()
        self.at = match.end()

    def _block(self, head: re.Match[str]) -> Block:
        start = head.start(1)
        if not head[1].isascii():
            self._check(head[1], start)
        header = self.region(start, start + len(head[0][start - head.start() : -1].rstrip()) if not head[3] else head.end(3))
        labels = labels_of(head[3]) if head[3] else ()
        if isinstance(labels, str):
            self.refuse(labels, head.start(3), head.end(3))
        body = self.block_body()
        return Block(head[1], labels, body, header, self.region(start, self.at))

    def block_body(self) -> Body:
        """The inside of a block whose opening brace has been read; its closing brace is read too."""
        self.deeper()
        if match := _BLOCK_OPENS(self.text, self.at):
            self.at = match.end()
            body = self.body()
        elif match := _BLOCK_CLOSES(self.text, self.at):
            self.at = match.end()
            body = _EMPTY
        else:
            match = _SINGLE(self.text, self.at)
            if match is None:
                self.unexpected()
            self.at = match.end()
            attributes: dict[str, Attribute] = {}
            self._attribute(match[1], match.start(1), attributes)
            match = _BLOCK_CLOSES(self.text, self.at)
            if match is None:
                self.unexpected()
            self.at = match.end()
            body = Body(attributes)
        self.depth -= 1
        return body

    def _check(self, names: str, start: int) -> None:
        for name in names.split("."):
            if not is_identifier(name):
                self.refuse(f"'{name}' is not a valid identifier", start, start + len(name))
            start += len(name) + 1

    # Expressions

    def expression(self, grammar: _Grammar, least: int = 0) -> Expression:
        """An expression of operators of a level and above.

        Args:
            grammar: whether line ends count.
            least: the level of the loosest operator that belongs to it.
        """
        left = self.term(grammar)
        text = self.text
        if text[self.at : self.at + 1] in grammar.ends:
            return left
        began = self.began
        while True:
            match = grammar.operator(text, self.at)
            operator = match[1] if match else None
            level = -1 if operator is None else _LEVELS[operator]
            if match is None or operator is None or level < least:
                return left
            self.at = match.end()
            if level:
                right = self.expression(grammar, level + 1)
                left = Binary(operator, left, right, self.region(began, self.at))
            else:
                self.deeper()
                then = self.expression(grammar)
                match = grammar.colon(text, self.at)
                if match is None:
                    self.unexpected()
                self.at = match.end()
                otherwise = self.expression(grammar)
                self.depth -= 1
                left = Conditional(left, then, otherwise, self.region(began, self.at))
            self.began = began

    def inside(self) -> Expression:
        """An expression in brackets, where line ends do not count."""
        return self.expression(LOOSE)

    def term(self, grammar: _Grammar) -> Expression:
        """An operand with its indexes, attributes and splats."""
        match = grammar.term(self.text, self.at)
        if match is None:
            self.unexpected()
        kind = match.lastindex
        self.at = end = match.end()
        found: Expression
        if kind == 1:
            begin = match.start(1) - 1
            content = match[1]
            found = Literal(template.unescape(content) if "\\" in content else content, self.region(begin, end))
        elif kind == 2:
            begin = match.start(2)
            found = self._names(match[2], begin, grammar)
        elif kind == 3:
            begin = match.start(3)
            found = self._number(match[3], begin)
        elif kind == 4:
            begin = match.start(4)
            self.deeper()
            found = self._opened(match[4], begin, grammar)
            self.depth -= 1
        else:
            begin = match.start(5) - 2
            self.deeper()
            found = template.heredoc(self, begin, match[6], trimmed=bool(match[5]))
            self.depth -= 1
        if self.text[self.at : self.at + 1] not in grammar.ends:
            found = self._steps(found, begin, grammar)
        self.began = begin
        return found

    def _names(self, path: str, begin: int, grammar: _Grammar) -> Expression:
        if not path.isascii():
            self._check(path, begin)
        if "." not in path:
            if self.text[self.at : self.at + 1] not in grammar.ends and (match := grammar.call(self.text, self.at)):
                return self._call(path, match, begin)
            if path in _WORDS:
                return Literal(_WORDS[path], self.region(begin, self.at))
            return Variable(path, self.region(begin, self.at))
        first, *names = path.split(".")
        end = begin + len(first)
        found: Expression = (
            Literal(_WORDS[first], self.region(begin, end)) if first in _WORDS else Variable(first, self.region(begin, end))
        )
        for name in names:
            end += 1 + len(name)
            found = GetAttribute(found, name, self.region(begin, end))
        return found

    def _number(self, digits: str, begin: int) -> Expression:
        place = self.region(begin, self.at)
        if digits.isdigit() and len(digits) <= _MOST_DIGITS:
            return Literal(int(digits), place)
        try:
            number = Decimal(digits.replace(".e", "e").replace(".E", "E")[: _MOST_DIGITS + 1])
        except InvalidOperation:  # of an exponent beyond all measure
            number = Decimal(0)
            digits = ""
        if not 0 < len(digits) <= _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
            return Unsupported("a number of this size is not evaluated", place)
        if number == number.to_integral_value():
            return Literal(int(number), place)
        if Decimal(repr(float(number))) != number:
            return Unsupported("a number with so many digits is not evaluated", place)
        return Literal(float(number), place)

    def _steps(self, source: Expression, begin: int, grammar: _Grammar) -> Expression:
        while match := grammar.step(self.text, self.at):
            kind = match.lastindex
            self.at = match.end()
            if kind == 1:
                if not match[1].isascii():
                    self._check(match[1], match.start(1))
                source = GetAttribute(source, match[1], self.region(begin, self.at))
            elif kind == 2:
                if star := grammar.full_splat(self.text, self.at):
                    self.at = star.end()
                    item = SplatItem(self.region(match.start(2), self.at))
                    self.deeper()
                    each = self._steps(item, match.start(2), grammar)
                    self.depth -= 1
                    return Splat(source, each, True, self.region(begin, self.at))
                self.deeper()
                key = self.expression(LOOSE)
                self.close("]")
                self.depth -= 1
                source = Index(source, key, self.region(begin, self.at))
            elif kind == 3:
                source = self._legacy_index(source, match, 3, begin)
            else:
                source = self._attribute_splat(source, match.start(4), begin, grammar)
        return source

    def _legacy_index(self, source: Expression, match: re.Match[str], group: int, begin: int) -> Expression:
        key = self._number(match[group], match.start(group))
        return Index(source, key, self.region(begin, self.at), legacy=True)

    def _attribute_splat(self, source: Expression, dot: int, begin: int, grammar: _Grammar) -> Expression:
        each: Expression = SplatItem(self.region(dot, self.at))
        while match := grammar.splat_step(self.text, self.at):
            self.at = match.end()
            if match.lastindex == 3:
                self.refuse("a splat cannot follow an attribute-only splat; write [*]", match.start(3), match.end(3))
            if match.lastindex == 1:
                if not match[1].isascii():
                    self._check(match[1], match.start(1))
                each = GetAttribute(each, match[1], self.region(dot, self.at))
            else:
                each = self._legacy_index(each, match, 2, dot)
        return Splat(source, each, False, self.region(begin, self.at))

    def close(self, mark: str) -> None:
        """Reads a closing bracket."""
        match = _CLOSES[mark](self.text, self.at)
        if match is None:
            self.at = _end_of(_SPACES(self.text, self.at), self.at)
            self.unexpected()
        self.at = match.end()

    def _call(self, name: str, head: re.Match[str], begin: int) -> Expression:
        if head[1]:
            name = "::".join([name, *re.findall(IDENTIFIER, re.sub(r"/\*.*?\*/|(?:#|//)[^\n]*", "", head[1], flags=re.DOTALL))])
            self._check(name.replace("::", "."), begin)
        self.at = head.end()
        arguments: list[Expression] = []
        expand = False
        self.deeper()
        match = _CLOSES[")"](self.text, self.at)
        while match is None:
            arguments.append(self.expression(LOOSE))
            following = _ARGUMENT_NEXT(self.text, self.at)
            if following is None:
                self.unexpected()
            expand = following.lastindex == 2
            match = following if following.lastindex else None
            self.at = following.end()
        self.at = match.end()
        self.depth -= 1
        return Call(name, tuple(arguments), expand, self.region(begin, self.at))

    def _opened(self, mark: str, begin: int, grammar: _Grammar) -> Expression:
        """What a bracket, a quote or a unary operator, which has been read, begins."""
        if mark == "{":
            return self._object(begin)
        if mark == "[":
            return self._tuple(begin)
        if mark == '"':
            return template.quoted(self, begin)
        if mark == "(":
            inner = self.expression(LOOSE)
            self.close(")")
            return inner
        operand = self.term(grammar)
        return Unary(mark, operand, self.region(begin, self.at))

    def _tuple(self, begin: int) -> Expression:
        if match := _FOR(self.text, self.at):
            return self._for(match, begin, "]")
        items: list[Expression] = []
        if match := _CLOSES["]"](self.text, self.at):
            self.at = match.end()
            return TupleExpression((), self.region(begin, self.at))
        while True:
            items.append(self.expression(LOOSE))
            match = _ITEM_NEXT(self.text, self.at)
            if match is None:
                self.unexpected()
            self.at = match.end()
            if match.lastindex:
                return TupleExpression(tuple(items), self.region(begin, self.at))

    def _object(self, begin: int) -> Expression:
        if match := _FOR(self.text, self.at):
            return self._for(match, begin, "}")
        entries: list[tuple[Expression, Expression]] = []
        text = self.text
        while True:
            match = _ENTRY(text, self.at)
            key: Expression
            if match is None:
                key = self._entry_key()
            else:
                kind = match.lastindex or 0
                self.at = match.end()
                if kind == 3:
                    return ObjectExpression(tuple(entries), self.region(begin, self.at))
                name = match[kind]
                if kind == 1:
                    if not name.isascii():
                        self._check(name, match.start(1))
                    key = Literal(name, self.region(match.start(1), match.end(1)))
                else:
                    key = Literal(
                        template.unescape(name) if "\\" in name else name, self.region(match.start(2) - 1, match.end(2) + 1)
                    )
            entries.append((key, self.expression(STRICT)))
            if text[self.at : self.at + 1] in (",", "\n"):
                self.at += 1
                continue
            match = _ENTRY_NEXT(text, self.at)
            if match is None:
                self.unexpected()
            self.at = match.end()
            if match.lastindex:
                return ObjectExpression(tuple(entries), self.region(begin, self.at))

    def _entry_key(self) -> Expression:
        self.at = _end_of(_SPACES(self.text, self.at), self.at)
        key = self.expression(STRICT)
        match = _ENTRY_SIGN(self.text, self.at)
        if match is None:
            self.unexpected()
        self.at = match.end()
        return key

    def _for(self, match: re.Match[str], begin: int, mark: str) -> Expression:
        self.at = match.end()
        key, value = self.for_names()
        collection = self.expression(LOOSE)
        colon = LOOSE.colon(self.text, self.at)
        if colon is None:
            self.unexpected()
        self.at = colon.end()
        result = self.expression(LOOSE)
        result_key: Expression | None = None
        grouping = False
        if mark == "}":
            arrow = _FOR_KEY(self.text, self.at)
            if arrow is None:
                self.unexpected()
            self.at = arrow.end()
            result_key, result = result, self.expression(LOOSE)
            if dots := _FOR_GROUPING(self.text, self.at):
                grouping = True
                self.at = dots.end()
        condition: Expression | None = None
        if word := _FOR_CONDITION(self.text, self.at):
            self.at = word.end()
            condition = self.expression(LOOSE)
        self.close(mark)
        return ForExpression(key, value, collection, result_key, result, condition, grouping, self.region(begin, self.at))

    def for_names(self) -> tuple[str | None, str]:
        """The names that a `for` binds, the key's first (None where there is none); `in` is read too."""
        match = _FOR_NAMES(self.text, self.at)
        if match is None:
            self.unexpected()
        self._check(match[1], match.start(1))
        if match[2]:
            self._check(match[2], match.start(2))
        self.at = match.end()
        return (match[1], match[2]) if match[2] else (None, match[1])


_SPACES = re.compile(SPACE).match
_SPECIAL = frozenset("\\$%")  # what a label may hold that does not stand for itself


def labels_of(text: str) -> tuple[str, ...] | str:
    """The labels of a header, or why one of them is not valid."""
    labels: list[str] = []
    for match in _LABELS.finditer(text):
        label = match[1]
        if not label:
            continue
        if not label.startswith('"'):
            if not is_identifier(label):
                return f"'{label}' is not a valid identifier"
        elif _SPECIAL.isdisjoint(label):
            label = label[1:-1]
        elif template.has_sequence(label):
            return "a label holds no interpolation"
        elif (escape := template.invalid_escape(label[1:-1])) is not None:
            return f"'{escape}' is not a valid escape"
        else:
            label = template.unescape(label[1:-1])
        labels.append(label)
    return tuple(labels)


def _end_of(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
