"""Reads a YAML file node by node, so that a mistake is told with file, line and field.

Refuses aliases (a file is read as it stands) and keys that stand twice.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import yaml

from appliance.errors import ConfigurationError

_MOST_BYTES = 512 * 1024

Scalar = str | int | float | bool | None


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read here", event.start_mark)
        return super().compose_node(parent, index)


class Node:
    """One value of the file and the field it stands in."""

    def __init__(self, node: yaml.Node, file: Path, field: str) -> None:
        self._node = node
        self._file = file
        self.field = field

    def fail(self, expected: str) -> NoReturn:
        line = self._node.start_mark.line + 1
        raise ConfigurationError(f"{self._file}:{line}: {self.field or 'the file'}: {expected}")

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def entries(self) -> dict[str, "Node"]:
        if not isinstance(self._node, yaml.MappingNode):
            self.fail(f"expected keys and values, found {self._shape()}")
        found: dict[str, Node] = {}
        for key, value in self._node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail("expected plain words as keys")
            field = f"{self.field}.{key.value}" if self.field else key.value
            if key.value in found:
                Node(key, self._file, field).fail("stands here twice")
            found[key.value] = Node(value, self._file, field)
        return found

    def section(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, "Node"]:
        """Entries of which each is known and none that is needed is missing."""
        required, optional = tuple(required), tuple(optional)
        found = self.entries()
        for key, node in found.items():
            if key not in required and key not in optional:
                node.fail(f"unknown; expected one of {', '.join((*required, *optional))}")
        missing = [key for key in required if key not in found]
        if missing:
            self.fail(f"{', '.join(missing)} missing")
        return found

    def only(self, *keys: str) -> "Node":
        """This section with these keys alone, for a reader that knows no others."""
        if not isinstance(self._node, yaml.MappingNode):
            self.fail(f"expected keys and values, found {self._shape()}")
        kept = [(key, value) for key, value in self._node.value if key.value in keys]
        node = yaml.MappingNode(self._node.tag, kept, self._node.start_mark, self._node.end_mark)
        return Node(node, self._file, self.field)

    def items(self) -> list["Node"]:
        if not isinstance(self._node, yaml.SequenceNode):
            self.fail(f"expected a list, found {self._shape()}")
        return [Node(each, self._file, f"{self.field}[{n}]") for n, each in enumerate(self._node.value)]

    def one_or_more(self) -> list["Node"]:
        return self.items() if self.is_list() else [self]

    def scalar(self) -> Scalar:
        if not isinstance(self._node, yaml.ScalarNode):
            self.fail(f"expected a single value, found {self._shape()}")
        value = yaml.constructor.SafeConstructor().construct_object(self._node)
        return value if isinstance(value, str | int | float | bool) or value is None else str(self._node.value)

    def text(self) -> str:
        value = self.scalar()
        if not isinstance(value, str) or not value:
            self.fail(f"expected text, found {value!r}; put it in quotes if it is meant as text")
        return value

    def one_of(self, words: Iterable[str]) -> str:
        words = tuple(words)
        value = self.scalar()
        if not isinstance(value, str) or value not in words:
            self.fail(f"expected one of {', '.join(words)}, found {value!r}")
        return value

    def integer(self, least: int, most: int) -> int:
        value = self.scalar()
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(f"expected a whole number from {least} to {most}, found {value!r}")
        return value

    def seconds(self, most: float) -> float:
        value = self.scalar()
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= most:
            self.fail(f"expected seconds, more than 0 and at most {most:g}, found {value!r}")
        return float(value)

    def boolean(self) -> bool:
        value = self.scalar()
        if not isinstance(value, bool):
            self.fail(f"expected true or false, found {value!r}")
        return value

    def mentions(self, words: str) -> bool:
        """Whether any value below holds these words."""
        if self.is_mapping():
            return any(each.mentions(words) for each in self.entries().values())
        if self.is_list():
            return any(each.mentions(words) for each in self.items())
        return words in str(self.scalar())

    def _shape(self) -> str:
        match self._node:
            case yaml.MappingNode():
                return "keys and values"
            case yaml.SequenceNode():
                return "a list"
            case _:
                return repr(self._node.value)


def load(file: Path) -> Node:
    """The root of a file; ConfigurationError if it cannot be read or is not YAML."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise ConfigurationError(f"{file}: larger than {_MOST_BYTES // 1024} KiB")
    try:
        root = yaml.compose(content.decode("utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8 (byte {error.start})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{file}{line}: not YAML: {getattr(error, 'problem', error)}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{file}: nested too deep") from error
    if root is None:
        raise ConfigurationError(f"{file}: empty")
    return Node(root, file, "")
