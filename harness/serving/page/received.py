"""The e-mails in the inboxes of a mailbox, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.reports.explain import shortened
from harness.serving.api.models import MessageView
from harness.serving.api.views import message_views
from harness.serving.standing import Standing

MOST: Final = 30
LONGEST: Final = 20_000
"""Characters of a message that are shown."""


@dataclass(frozen=True)
class Received:
    """One of them; `content` as it is on the wire."""

    account: str
    when: str
    sender: str
    subject: str
    content: str


@dataclass(frozen=True)
class Inbox:
    """The newest messages. `left_out`: how many older ones there are."""

    messages: Sequence[Received]
    left_out: int


def inbox(standing: Standing) -> Inbox:
    """What is in the inboxes now."""
    views = sorted(message_views(standing), key=lambda view: view.received, reverse=True)
    shown = [_received(view) for view in views[:MOST]]
    return Inbox(shown, len(views) - len(shown))


def _received(view: MessageView) -> Received:
    # Here, so that a start does without it.
    from email import message_from_string
    from email.policy import default

    content = view.content
    headers = message_from_string(content[:LONGEST], policy=default)
    content = shortened(content, LONGEST)
    return Received(
        account=view.account,
        when=view.received[11:19],
        sender=str(headers.get("from", "")),
        subject=str(headers.get("subject", "")),
        content=content,
    )
