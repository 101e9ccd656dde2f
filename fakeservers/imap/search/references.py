"""Threads by REFERENCES (RFC 5256, section 3): its six steps."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any

from fakeservers.imap.fetch_items import parsed
from fakeservers.imap.results import Found
from fakeservers.imap.sort import sent_or_received, subject_of
from fakeservers.imap.threads import Node
from fakeservers.store import StoredMessage

_ID = re.compile(rb"<([^<>\s]+@[^<>\s]+)>")


def by_references(found: Found) -> list[Node]:
    nodes = _linked(found)
    roots = _sorted(nodes, _roots(nodes))
    return _sorted(nodes, _merged(roots))


def _sorted(nodes: list[Node], roots: list[Node]) -> list[Node]:
    """Steps 4 and 6: the roots by when they, or what is first under them, were sent; and so all
    that is under them."""
    present = (node for node in nodes if node.number is not None)
    for node in (*present, *roots):
        node.children.sort(key=_sent)
    return sorted(roots, key=_sent)


def _sent(node: Node) -> Any:
    return node.message.sent


def _linked(found: Found) -> list[Node]:
    """Step 1: every message under the last one it refers to, those it refers to under each other.
    Of two messages with one id, the second counts as having none."""
    by_id: dict[bytes, Node] = {}
    nodes: list[Node] = []
    linked: list[tuple[Node, list[bytes]]] = []
    for number, message in found:
        subject, answers = subject_of(message)
        node = Node(number, sent_or_received(message), subject, message.uid, answers)
        own = _ids(message, "message-id")[:1]
        if own and own[0] not in by_id:
            by_id[own[0]] = node
        nodes.append(node)
        linked.append((node, _ids(message, "references") or _ids(message, "in-reply-to")[:1]))
    for node, references in linked:
        chain = [by_id.setdefault(reference, Node()) for reference in references]
        for parent, child in itertools.pairwise(chain):
            if child.parent is None and not parent.is_under(child):
                child.move_under(parent)
        node.leave_parent()
        if chain and not chain[-1].is_under(node):
            node.move_under(chain[-1])
    return [*nodes, *(node for node in by_id.values() if node.number is None)]


def _present(nodes: Iterable[Node]) -> list[Node]:
    """The nodes; in place of one that is not there, those under it."""
    found: list[Node] = []
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        if node.number is not None:
            found.append(node)
        else:
            waiting += reversed(node.children)
    return found


def _roots(nodes: list[Node]) -> list[Node]:
    """Steps 2 and 3: what is not there stays only where it holds several threads together."""
    roots: list[Node] = []
    for node in nodes:
        if node.number is not None or node.parent is None:
            node.adopt(_present(node.children))
        if node.parent is None and (node.number is not None or len(node.children) > 1):
            roots.append(node)
        elif node.parent is None:
            roots += node.disband()
    return roots


def _merged(roots: list[Node]) -> list[Node]:
    """Step 5: threads with the same base subject become one."""
    first: dict[str, Node] = {}
    for root in roots:
        subject = root.message.subject
        known = first.get(subject)
        if known is None or _stands_higher(root, known):
            first[subject] = root
    kept: list[Node] = []
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
            both = Node()
            kept[kept.index(other) : kept.index(other) + 1] = [both]
            other.move_under(both)
            root.move_under(both)
            first[subject] = both
    return kept


def _stands_higher(root: Node, known: Node) -> bool:
    """Whether this one is to hold the threads of its subject, and not the one known so far."""
    if (root.number is None) != (known.number is None):
        return root.number is None
    return known.message.answers and not root.message.answers


def _ids(message: StoredMessage, field: str) -> list[bytes]:
    return _ID.findall(parsed(message).value(field) or b"")
