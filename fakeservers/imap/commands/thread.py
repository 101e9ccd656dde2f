"""THREAD (RFC 5256): by ORDEREDSUBJECT, or by REFERENCES, in the six steps of its section 3."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fakeservers.imap.commands.searching import (
    Found,
    matching,
    read_charset,
    sent_or_received,
    subject_of,
)
from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import Peer
from fakeservers.store import StoredMessage

_ID = re.compile(rb"<([^<>\s]+@[^<>\s]+)>")


@dataclass(eq=False)
class ThreadNode:
    """A message in a thread; without a number it is one that is not there, but others refer to."""

    number: int | None = None
    sent: Any = None
    subject: str = ""
    uid: int = 0
    answers: bool = False
    """Whether the subject is that of a reply or of something forwarded."""
    parent: ThreadNode | None = field(default=None, repr=False)
    children: list[ThreadNode] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, number: int, message: StoredMessage) -> ThreadNode:
        subject, answers = subject_of(message)
        return cls(number, sent_or_received(message), subject, message.uid, answers)

    @property
    def message(self) -> ThreadNode:
        """Itself, or the first message under it."""
        return self if self.number is not None or not self.children else self.children[0]

    def is_under(self, other: ThreadNode) -> bool:
        """Whether it is the other, or somewhere below it."""
        node: ThreadNode | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is not None

    def move_under(self, parent: ThreadNode) -> None:
        """Become a child of this one; its own children come along."""
        self.leave_parent()
        self.parent = parent
        parent.children.append(self)

    def leave_parent(self) -> None:
        """Become a thread of its own."""
        if self.parent:
            self.parent.children.remove(self)
        self.parent = None

    def adopt(self, children: list[ThreadNode]) -> None:
        """Have these children and no others."""
        self.children = children
        for child in children:
            child.parent = self

    def disband(self) -> list[ThreadNode]:
        """Let go of the children, which are returned."""
        children, self.children = self.children, []
        for child in children:
            child.parent = None
        return children


async def thread(peer: Peer, command: TaggedCommand) -> None:
    arguments = command.arguments()
    name = arguments.atom().upper()
    if name not in _ALGORITHMS or not peer.offered(f"THREAD={name}"):
        raise BadArguments("unknown algorithm")
    arguments.space()
    read_charset(arguments)
    found, _ = await matching(peer, command, arguments)
    told = _written(_ALGORITHMS[name](found), by_uid=command.by_uid)
    await peer.tell([b"THREAD" + (b" " + told if told else b"")])
    await peer.answer("ok", command, str(len(found)))


def _written(roots: list[ThreadNode], *, by_uid: bool) -> bytes:
    """The threads as the response THREAD has them."""
    told = bytearray()
    waiting: list[ThreadNode | None] = list(reversed(roots))  # None closes a bracket
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


def _by_subject(found: Found) -> list[ThreadNode]:
    """ORDEREDSUBJECT: the earliest message of a subject, and under it the others."""
    nodes = [ThreadNode.of(number, message) for number, message in found]
    roots: dict[str, ThreadNode] = {}
    for node in sorted(nodes, key=lambda node: node.sent):
        if node.subject in roots:
            node.move_under(roots[node.subject])
        else:
            roots[node.subject] = node
    return list(roots.values())


def _by_references(found: Found) -> list[ThreadNode]:
    nodes = _linked(found)
    roots = _sorted(nodes, _roots(nodes))
    return _sorted(nodes, _merged(roots))


def _sorted(nodes: list[ThreadNode], roots: list[ThreadNode]) -> list[ThreadNode]:
    """Steps 4 and 6: the roots by when they, or what is first under them, were sent; and so all
    that is under them."""
    present = (node for node in nodes if node.number is not None)
    for node in (*present, *roots):
        node.children.sort(key=_sent)
    return sorted(roots, key=_sent)


def _sent(node: ThreadNode) -> Any:
    return node.message.sent


def _linked(found: Found) -> list[ThreadNode]:
    """Step 1: every message under the last one it refers to, those it refers to under each other.
    Of two messages with one id, the second counts as having none."""
    by_id: dict[bytes, ThreadNode] = {}
    nodes: list[ThreadNode] = []
    linked: list[tuple[ThreadNode, list[bytes]]] = []
    for number, message in found:
        node = ThreadNode.of(number, message)
        own = _ids(message, "message-id")[:1]
        if own and own[0] not in by_id:
            by_id[own[0]] = node
        nodes.append(node)
        linked.append((node, _ids(message, "references") or _ids(message, "in-reply-to")[:1]))
    for node, references in linked:
        chain = [by_id.setdefault(reference, ThreadNode()) for reference in references]
        for parent, child in itertools.pairwise(chain):
            if child.parent is None and not parent.is_under(child):
                child.move_under(parent)
        node.leave_parent()
        if chain and not chain[-1].is_under(node):
            node.move_under(chain[-1])
    return [*nodes, *(node for node in by_id.values() if node.number is None)]


def _present(nodes: Iterable[ThreadNode]) -> list[ThreadNode]:
    """The nodes; in place of one that is not there, those under it."""
    found: list[ThreadNode] = []
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        if node.number is not None:
            found.append(node)
        else:
            waiting += reversed(node.children)
    return found


def _roots(nodes: list[ThreadNode]) -> list[ThreadNode]:
    """Steps 2 and 3: what is not there stays only where it holds several threads together."""
    roots: list[ThreadNode] = []
    for node in nodes:
        if node.number is not None or node.parent is None:
            node.adopt(_present(node.children))
        if node.parent is None and (node.number is not None or len(node.children) > 1):
            roots.append(node)
        elif node.parent is None:
            roots += node.disband()
    return roots


def _merged(roots: list[ThreadNode]) -> list[ThreadNode]:
    """Step 5: threads with the same base subject become one."""
    first: dict[str, ThreadNode] = {}
    for root in roots:
        subject = root.message.subject
        known = first.get(subject)
        if known is None or _stands_higher(root, known):
            first[subject] = root
    kept: list[ThreadNode] = []
    for root in roots:
        subject = root.message.subject
        other = first[subject]
        if not subject or other is root:
            kept.append(root)
        elif other.number is None:
            for node in root.disband() if root.number is None else [root]:
                node.move_under(other)
        elif root.message.answers and not other.message.answers:
            root.move_under(other)
        else:
            both = ThreadNode()
            kept[kept.index(other) : kept.index(other) + 1] = [both]
            other.move_under(both)
            root.move_under(both)
            first[subject] = both
    return kept


def _stands_higher(root: ThreadNode, known: ThreadNode) -> bool:
    """Whether this one is to hold the threads of its subject, and not the one known so far."""
    if (root.number is None) != (known.number is None):
        return root.number is None
    return known.message.answers and not root.message.answers


def _ids(message: StoredMessage, field: str) -> list[bytes]:
    return _ID.findall(parsed(message).value(field) or b"")


_ALGORITHMS = {"ORDEREDSUBJECT": _by_subject, "REFERENCES": _by_references}
