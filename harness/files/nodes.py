"""YAML with the line of every key, read without trusting the file.

Built from the parser's events, because composing a deeply nested text crashes libyaml's binding and
aliases can make a small text huge: depth and size are checked while reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from harness.files.broken_yaml import cause_of
from harness.files.problems import BadInput, KeyPath, Problem, key_path

MAX_NODES: Final = 20_000
"""Values in one file, each alias counted as all that it stands for."""
MAX_DEPTH: Final = 40

_PARSER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final[Any] = Resolver()
_CONSTRUCTOR: Final[Any] = SafeConstructor()
_SCALARS: Final = {"null", "bool", "int", "float"}
_NUMBER: Final = re.compile(r"[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]\d+)?|[-+]?\.(?i:inf|nan)")
"""Numbers as people mean them. What YAML 1.1 takes for one besides (`1:30` for 90, `010` for 8,
`1_000`) is a text, which is refused where a number is due."""
_QUOTE: Final = "a text that begins with {!r} must be in quotes"
_MERGE: Final = "<<"


@dataclass(slots=True)
class Node:
    """A value, the line it starts on, and the nodes below it."""

    line: int
    data: Any
    size: int = 1
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    """Of a mapping. The line of such a node is that of its key."""


def read_yaml(text: str, file: str) -> Node:
    """The one document of `text`; its lines count from 1. Raises BadInput."""
    try:
        return _Reader(text, file).document()
    except yaml.YAMLError as error:
        line, column, message = cause_of(error, text)
        raise BadInput([Problem(file, line, "", message, column)]) from None


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=_PARSER))
        self.anchors: dict[str, Node] = {}
        self.size = 0

    def document(self) -> Node:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self.problem(1, (), "the file is empty")
        root = self.node(next(self.events), ())
        next(self.events)
        extra = next(self.events)
        if not isinstance(extra, yaml.StreamEndEvent):
            raise self.problem(extra.start_mark.line + 1, (), "expected one YAML document only")
        return root

    def problem(self, line: int, path: KeyPath, message: str) -> BadInput:
        return BadInput([Problem(self.file, line, key_path(path), message)])

    def node(self, event: Any, path: KeyPath) -> Node:
        line = event.start_mark.line + 1
        node = self.alias(event, path) if isinstance(event, yaml.AliasEvent) else Node(line, None)
        self.size += node.size
        if self.size > MAX_NODES or len(path) > MAX_DEPTH:
            raise self.problem(line, path[:8], "too many or too deeply nested values")
        if isinstance(event, yaml.AliasEvent):
            return Node(line, node.data, node.size, node.items, node.entries)
        if event.tag is not None:
            message = f"{_QUOTE.format('!')}; tags of YAML are not used here"
            raise self.problem(line, path, message)
        before = self.size
        self.fill(node, event, path)
        node.size += self.size - before
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, path: KeyPath) -> Node:
        if event.anchor not in self.anchors:
            line = event.start_mark.line + 1
            message = f"*{event.anchor} stands for nothing yet; {_QUOTE.format('*')}"
            raise self.problem(line, path, message)
        return self.anchors[event.anchor]

    def fill(self, node: Node, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.ScalarEvent):
            node.data = self.scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            for item in self.until(yaml.SequenceEndEvent):
                node.items.append(self.node(item, (*path, len(node.items))))
            node.data = [item.data for item in node.items]
        else:
            for key in self.until(yaml.MappingEndEvent):
                self.entry(node, key, path)
            self.merge(node, path)
            node.data = {key: value.data for key, value in node.entries.items()}

    def until(self, end: type[Any]) -> Iterator[Any]:
        for event in self.events:
            if isinstance(event, end):
                return
            yield event

    def entry(self, node: Node, event: Any, path: KeyPath) -> None:
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent):
            raise self.problem(line, path, f"a key must be text; {_QUOTE.format('{')}")
        key = event.value
        if key in node.entries:
            first = node.entries[key].line
            entries = "; entries of a list begin with '- '" if path and first != line else ""
            raise self.problem(line, (*path, key), f"written twice; first on line {first}{entries}")
        value = self.node(next(self.events), (*path, key))
        value.line = line
        node.entries[key] = value

    def merge(self, node: Node, path: KeyPath) -> None:
        """`<<` lays the entries of a node below the others, or those of each in a list."""
        merged = node.entries.pop(_MERGE, None)
        if merged is None:
            return
        for source in merged.items or [merged]:
            if not isinstance(source.data, dict):
                raise self.problem(merged.line, (*path, _MERGE), "expected a mapping to merge")
            for key, value in source.entries.items():
                node.entries.setdefault(key, value)

    def scalar(self, event: Any, path: KeyPath) -> Any:
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        kind = tag.rpartition(":")[2]
        number = kind in ("int", "float")
        if kind not in _SCALARS or (number and not _NUMBER.fullmatch(event.value)):
            return event.value
        scalar = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            return _CONSTRUCTOR.construct_object(scalar)
        except ValueError:
            line = event.start_mark.line + 1
            raise self.problem(line, path, f"{event.value[:40]!r} is not a number") from None
