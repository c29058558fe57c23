"""A YAML file of the user's: text that fits a JSON Schema, with the place of everything that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from auditor.foundation.errors import InputError, did_you_mean, failure
from auditor.foundation.location import Location

_KINDS = {"object": "a mapping", "array": "a list", "string": "text"}


class YamlFile:
    """A YAML file that has been read, and where its values stand.

    Args:
        source: the text.
        path: what it is called in messages.
        noun: what it is ("the contract").
        schema: gives its JSON Schema; None where the file is known to fit it: loading jsonschema, which would cost more than all the rest of a
            run, is then saved.
        aliases: whether a part may stand for another one: what is not trusted could grow without bound.
        document: what it says, where that is known: then the text is read when somebody asks for a place.

    Raises:
        AuditError: it is not YAML, has a key twice, or breaks the schema; one located problem for each fault.
    """

    def __init__(
        self,
        source: str,
        path: str,
        noun: str,
        schema: Callable[[], Mapping[str, Any]] | None,
        *,
        aliases: bool = True,
        document: Any = None,
    ) -> None:
        self.path, self._noun, self._source = path, noun, source
        self._composed: tuple[Any, ...] = ()
        self.document = self._read(aliases=aliases) if document is None else document
        if schema is not None:
            problems = [*_repeated(self._root, path, set()), *self._against(schema())]
            if problems:
                raise failure(*sorted(dict.fromkeys(problems)))

    def _read(self, *, aliases: bool) -> Any:
        """The document; its nodes are kept."""
        from auditor.lazy.pyyaml import yaml

        source, path, noun = self._source, self.path, self._noun
        # every value is text: nothing is to become a date, a number or a truth value
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            alias = None if aliases else next((one for one in yaml.parse(source, loader) if isinstance(one, yaml.AliasEvent)), None)
            if alias is not None:
                raise failure(InputError(_place(alias, path), f"{noun} must not use aliases"))
            reader = loader(source)
            root = reader.get_single_node()
            self._composed = (root,)
            return None if root is None else reader.construct_document(root)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            place = Location(path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1) if mark else Location(path)
            raise failure(InputError(place, f"{noun} is not YAML: {error.problem}")) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise failure(InputError(Location(path), f"{noun} is not YAML: {error}")) from error
        except (TypeError, ValueError) as error:  # a mapping as the key of a mapping
            raise failure(InputError(Location(path), f"{noun} is not a mapping of names: {error}")) from error

    @property
    def _root(self) -> Any:
        """The node of the document; None where it is empty."""
        if not self._composed:
            self._read(aliases=True)
        return self._composed[0]

    def place(self, *steps: str | int) -> Location:
        """Where the value at a path stands, or the nearest one around it that is written."""
        node = self._root
        for step in steps:
            below = _child(node, step)
            if below is None:
                break
            node = below
        return _place(node, self.path)

    def key(self, *steps: str | int) -> Location:
        """Where the key of the value at a path stands."""
        *above, name = steps
        key = _key(_node(self._root, above), str(name))
        return _place(key, self.path) if key else self.place(*above)

    def _against(self, frame: Mapping[str, Any]) -> Iterator[InputError]:
        import jsonschema

        for error in jsonschema.Draft202012Validator(frame, format_checker=jsonschema.FormatChecker(["regex"])).iter_errors(
            self.document
        ):
            steps = list(error.absolute_path)
            where = "/".join(map(str, steps)) or self._noun
            place = self.place(*steps)
            if error.validator == "additionalProperties":
                known = tuple(error.schema.get("properties", frame["properties"]))
                for name in error.instance:
                    if name not in known:
                        key = _key(_node(self._root, steps), name)
                        help_ = did_you_mean(name, known) or f"; known keys: {', '.join(known)}"
                        yield InputError(_place(key, self.path) if key else place, f"{where}: unknown key '{name}'{help_}")
            else:
                yield InputError(place, f"{where}: {_explained(error)}")


def _explained(error: Any) -> str:
    """What is wrong, without the words of JSON Schema and Python."""
    match error.validator:
        case "type":
            return f"must be {_KINDS[error.validator_value]}"
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"the key '{missing[0]}' is missing"
        case "minItems" | "minLength":
            return "must not be empty"
        case "enum" if not isinstance(error.instance, str):
            return f"must be {_KINDS['string']}"
        case "enum":
            known = tuple(error.validator_value)
            return f"'{error.instance}' is none of {', '.join(known)}{did_you_mean(error.instance, known)}"
        case "pattern" if "examples" in error.schema:
            known = tuple(error.schema["examples"])
            return f"'{error.instance}' is not of the form {', '.join(known)}{did_you_mean(error.instance, known)}"
        case "pattern":
            return f"'{error.instance}' does not match {error.validator_value}"
        case "format":
            return f"'{error.instance}' is not a valid regular expression"
        case _:
            return str(error.message)


def _repeated(node: Any, path: str, seen: set[int]) -> Iterator[InputError]:
    """Keys that stand twice in one mapping: the second would silently win."""
    if node is None or id(node) in seen or isinstance(node.value, str):
        return
    seen.add(id(node))
    if not node.value or not isinstance(node.value[0], tuple):
        for child in node.value:
            yield from _repeated(child, path, seen)
        return
    names: set[str] = set()
    for key, value in node.value:
        if isinstance(key.value, str):
            if key.value in names:
                yield InputError(_place(key, path), f"the key '{key.value}' stands here twice")
            names.add(key.value)
        yield from _repeated(value, path, seen)


def _node(node: Any, steps: list[str | int]) -> Any:
    for step in steps:
        node = _child(node, step)
    return node


def _child(node: Any, step: str | int) -> Any:
    if node is None or isinstance(node.value, str):
        return None
    if isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    return next((value for key, value in node.value if key.value == step), None)


def _key(node: Any, name: str) -> Any:
    if node is None or isinstance(node.value, str):
        return None
    return next((key for key, _ in node.value if key.value == name), None)


def _place(node: Any, path: str) -> Location:
    """The region of a node: all of a scalar, the beginning of anything else."""
    if node is None:
        return Location(path)
    start, end = node.start_mark, node.end_mark
    if not isinstance(getattr(node, "value", None), str) or end.line != start.line:
        end = start
    return Location(path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
