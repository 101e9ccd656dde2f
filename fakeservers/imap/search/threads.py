"""Threads of messages, and how THREAD tells them (RFC 5256, section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Node:
    """A message in a thread; without a number it is one that is not there, but others refer to."""

    number: int | None = None
    sent: Any = None
    subject: str = ""
    uid: int = 0
    answers: bool = False
    """Whether the subject is that of a reply or of something forwarded."""
    parent: Node | None = field(default=None, repr=False)
    children: list[Node] = field(default_factory=list, repr=False)

    @property
    def message(self) -> Node:
        """Itself, or the first message under it."""
        return self if self.number is not None or not self.children else self.children[0]

    def is_under(self, other: Node) -> bool:
        """Whether it is the other, or somewhere below it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is not None

    def move_under(self, parent: Node) -> None:
        """Become a child of this one; its own children come along."""
        self.leave_parent()
        self.parent = parent
        parent.children.append(self)

    def leave_parent(self) -> None:
        """Become a thread of its own."""
        if self.parent:
            self.parent.children.remove(self)
        self.parent = None

    def adopt(self, children: list[Node]) -> None:
        """Have these children and no others."""
        self.children = children
        for child in children:
            child.parent = self

    def disband(self) -> list[Node]:
        """Let go of the children, which are returned."""
        children, self.children = self.children, []
        for child in children:
            child.parent = None
        return children


def written(roots: list[Node], *, by_uid: bool) -> bytes:
    """The threads as the response THREAD has them."""
    told = bytearray()
    waiting: list[Node | None] = list(reversed(roots))  # None closes a bracket
    while waiting:
        node = waiting.pop()
        if node is None:
            told += b")"
            continue
        told += b"("
        numbers = [node] if node.number is not None else []
        while numbers and len(node.children) == 1:
            node = node.children[0]
            numbers.append(node)
        told += b" ".join(b"%d" % ((n.uid if by_uid else n.number) or 0) for n in numbers)
        if numbers and node.children:
            told += b" "
        waiting += [None, *reversed(node.children)]
    return bytes(told)
