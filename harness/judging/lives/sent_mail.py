"""What became of the e-mails that a connector was told to send, and what it said of them. Pure.

An e-mail is known by its Message-ID, and, as each has words of its own, by these: under another
Message-ID it is the same one. Encodings, parts of HTML, a signature or a prefix change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from typing import Final

from harness.contract.staying import MessageSent, ToSend
from harness.judging.lives.diary import LifeSight, bare

SENT: Final = "sent-told-wrongly"
"""The violation of who says so."""
_OF_HEADERS: Final = 64 * 1024
_OF_TEXT: Final = 1024 * 1024
"""So many bytes of an e-mail are looked through for its words."""


def told_wrongly(sight: LifeSight) -> bool:
    """Whether it said `sent` of what no server had taken by then, or that nobody had told it to
    send, or twice of the same."""
    told: set[str] = set()
    for heard in sight.diary.heard:
        if not isinstance(heard.state, MessageSent):
            continue
        id_ = bare(heard.state.message_id)
        taken = any(
            bare(each.message_id) == id_ and each.at_s <= heard.at_s for each in sight.accepted
        )
        if id_ in told or not taken or id_ not in map(bare, sight.diary.to_send):
            return True
        told.add(id_)
    return False


def not_said(sight: LifeSight, ids: list[str]) -> list[str]:
    """Those of them of which it has not said that they are sent."""
    said = set(map(bare, sight.diary.told(MessageSent)))
    return [each for each in ids if bare(each) not in said]


def sent_again(sight: LifeSight) -> list[str]:
    """The Message-IDs of those that came to their recipient under another one as well."""
    ids = {bare(each) for each in sight.diary.to_send}
    others = [each for each in map(_read, sight.arrived) if each[0] not in ids]
    arrived = set(map(bare, sight.in_store))
    return [
        each.message_id
        for each in sight.diary.written
        if bare(each.message_id) in arrived
        and any(_is(each.subject, subject) or _is(each.text, text) for _, subject, text in others)
    ]


def mutilated(sight: LifeSight) -> Iterator[str]:
    """What is lacking in those that arrived, each with its Message-ID."""
    arrived = {id_: (subject, text) for id_, subject, text in map(_read, sight.arrived)}
    for wanted in sight.diary.written:
        subject, text = arrived.get(bare(wanted.message_id), (wanted.subject, wanted.text))
        if not _is(wanted.subject, subject):
            yield f"{wanted.message_id} without its subject"
        if not _is(wanted.text, text):
            yield f"{wanted.message_id} without its text"


def numbered(number: int, to: str) -> ToSend:
    """The e-mail that is to be sent next, with words that no other of its life has."""
    return ToSend(
        to=to,
        message_id=f"<badinbox-life-{number}@crm.example.test>",
        subject=f"badinbox, e-mail {number} of this life",
        text=f"A reply. It is reply {number} of this life.",
    )


def _is(wanted: str, there: str) -> bool:
    return " ".join(wanted.split()) in " ".join(there.split())


@lru_cache(maxsize=64)
def _read(content: bytes) -> tuple[str, str, str]:
    """The Message-ID, the subject and the text of an e-mail; never raises."""
    message = message_from_bytes(content[: _OF_HEADERS + _OF_TEXT], policy=default)
    assert isinstance(message, EmailMessage)
    try:
        subject = str(message["Subject"] or "")
        id_ = bare(str(message["Message-ID"] or ""))
    except (ValueError, IndexError, AttributeError):  # malformed headers upset the parser
        subject = id_ = ""
    return id_, subject, "\n".join(_texts(message))


def _texts(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            try:
                yield str(part.get_content())
            except (LookupError, ValueError):  # a charset that there is not
                yield str(part.get_payload())
