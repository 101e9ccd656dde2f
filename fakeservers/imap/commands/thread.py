"""THREAD (RFC 5256): by ORDEREDSUBJECT, or by REFERENCES, in the six steps of its section 3."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fakeservers.files.patterns import kept_regex
from fakeservers.imap.commands.searching import (
    STEPS_TO_READ,
    Found,
    matching,
    read_charset,
    sent_or_received,
    subject_of,
)
from fakeservers.imap.grammar.arguments import BadArguments
from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import STEPS_PER_MESSAGE, Peer
from fakeservers.store import StoredMessage
from fakeservers.wire.turns import Turns

MOST_REFERENCES = 20
"""How many messages one is taken to refer to: the first that it names, and the last."""
DEEPEST = 500
"""How many messages may be above one another in a thread."""
_ID = kept_regex(rb"<([^<>\s@]++@[^<>\s]++)>")


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
    _children: dict[ThreadNode, None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, number: int, message: StoredMessage) -> ThreadNode:
        subject, answers = subject_of(message)
        return cls(number, sent_or_received(message), subject, message.uid, answers)

    @property
    def children(self) -> list[ThreadNode]:
        """Those directly below it, in order."""
        return list(self._children)

    @property
    def message(self) -> ThreadNode:
        """Itself, or the first message under it."""
        return self if self.number is not None else next(iter(self._children), self)

    def is_under(self, other: ThreadNode) -> bool:
        """Whether it is the other, or somewhere below it; or so deep that it must be taken for it,
        lest a chain of many messages takes the square of their number to link."""
        node: ThreadNode | None = self
        for _ in range(DEEPEST):
            if node is None or node is other:
                break
            node = node.parent
        return node is not None

    def move_under(self, parent: ThreadNode) -> None:
        """Become a child of this one; its own children come along."""
        self.leave_parent()
        self.parent = parent
        parent._children[self] = None

    def leave_parent(self) -> None:
        """Become a thread of its own."""
        if self.parent:
            del self.parent._children[self]
        self.parent = None

    def adopt(self, children: list[ThreadNode]) -> None:
        """Have these children and no others."""
        self._children = dict.fromkeys(children)
        for child in children:
            child.parent = self

    def disband(self) -> list[ThreadNode]:
        """Let go of the children, which are returned."""
        children, self._children = self.children, {}
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
    told = _written(await _ALGORITHMS[name](found, peer.turns), by_uid=command.by_uid)
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
        while numbers and len(children := node.children) == 1:
            node = children[0]
            numbers.append(node)
        told += b" ".join(b"%d" % ((n.uid if by_uid else n.number) or 0) for n in numbers)
        if numbers and node.children:
            told += b" "
        waiting += [None, *reversed(node.children)]
    return bytes(told)


async def _nodes(found: Found, turns: Turns) -> list[ThreadNode]:
    nodes: list[ThreadNode] = []
    for number, message in found:
        await turns.work(STEPS_TO_READ)
        nodes.append(ThreadNode.of(number, message))
    return nodes


async def _by_subject(found: Found, turns: Turns) -> list[ThreadNode]:
    """ORDEREDSUBJECT: the earliest message of a subject, and under it the others."""
    nodes = await _nodes(found, turns)
    roots: dict[str, ThreadNode] = {}
    for node in sorted(nodes, key=lambda node: node.sent):
        if node.subject in roots:
            node.move_under(roots[node.subject])
        else:
            roots[node.subject] = node
    return list(roots.values())


async def _by_references(found: Found, turns: Turns) -> list[ThreadNode]:
    nodes = await _linked(found, turns)
    await turns.work(len(nodes) * STEPS_PER_MESSAGE)
    roots = _sorted(nodes, _roots(nodes))
    await turns.work(len(nodes) * STEPS_PER_MESSAGE)
    return _sorted(nodes, _merged(roots))


def _sorted(nodes: list[ThreadNode], roots: list[ThreadNode]) -> list[ThreadNode]:
    """Steps 4 and 6: the roots by when they, or what is first under them, were sent; and so all
    that is under them."""
    present = (node for node in nodes if node.number is not None)
    for node in (*present, *roots):
        node.adopt(sorted(node.children, key=_sent))
    return sorted(roots, key=_sent)


def _sent(node: ThreadNode) -> Any:
    return node.message.sent


async def _linked(found: Found, turns: Turns) -> list[ThreadNode]:
    """Step 1: every message under the last one it refers to, those it refers to under each other.
    Of two messages with one id, the second counts as having none."""
    by_id: dict[bytes, ThreadNode] = {}
    nodes = await _nodes(found, turns)
    linked: list[tuple[ThreadNode, list[bytes]]] = []
    for node, (_, message) in zip(nodes, found, strict=True):
        await turns.work(STEPS_TO_READ)
        own = _ids(message, "message-id")[:1]
        if own and own[0] not in by_id:
            by_id[own[0]] = node
        linked.append((node, _ids(message, "references") or _ids(message, "in-reply-to")[:1]))
    for node, references in linked:
        await turns.work(STEPS_TO_READ)
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
    places: dict[ThreadNode, int] = {}
    for root in roots:
        subject = root.message.subject
        other = first[subject]
        if not subject or other is root:
            places[root] = len(kept)
            kept.append(root)
        elif other.number is None:
            for node in root.disband() if root.number is None else [root]:
                node.move_under(other)
        elif root.message.answers and not other.message.answers:
            root.move_under(other)
        else:
            both = ThreadNode()
            kept[places[other]] = both
            places[both] = places[other]
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
    found = _ID.findall(parsed(message).value(field) or b"")
    return found if len(found) <= MOST_REFERENCES else [found[0], *found[1 - MOST_REFERENCES :]]


_ALGORITHMS = {"ORDEREDSUBJECT": _by_subject, "REFERENCES": _by_references}
