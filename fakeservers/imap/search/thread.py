"""THREAD (RFC 5256): by ORDEREDSUBJECT, or by REFERENCES."""

from __future__ import annotations

from fakeservers.imap.reader import Command
from fakeservers.imap.references import by_references
from fakeservers.imap.results import Found
from fakeservers.imap.searching import charset_is_known, criteria_of, matching
from fakeservers.imap.session import Session
from fakeservers.imap.sort import sent_or_received, subject_of
from fakeservers.imap.syntax import BadArguments
from fakeservers.imap.threads import Node, written


def _by_subject(found: Found) -> list[Node]:
    """ORDEREDSUBJECT: the earliest message of a subject, and under it the others."""
    nodes = [
        Node(number, sent_or_received(message), subject_of(message)[0], message.uid)
        for number, message in found
    ]
    roots: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda node: node.sent):
        if node.subject in roots:
            node.move_under(roots[node.subject])
        else:
            roots[node.subject] = node
    return list(roots.values())


_ALGORITHMS = {"ORDEREDSUBJECT": _by_subject, "REFERENCES": by_references}


async def thread(session: Session, command: Command) -> None:
    arguments = command.arguments()
    name = arguments.atom().upper()
    if name not in _ALGORITHMS or not session.offers(f"THREAD={name}"):
        raise BadArguments("unknown algorithm")
    arguments.space()
    if not await charset_is_known(session, command, arguments):
        return
    criteria = await criteria_of(session, command, arguments)
    threads = _ALGORITHMS[name](matching(session, criteria))
    told = written(threads, by_uid=command.by_uid)
    await session.tell([b"THREAD" + (b" " + told if told else b"")])
    await session.answer("ok", command)
