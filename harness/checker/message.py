"""The test e-mail."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

_TEXT = """\
This is a test e-mail. It was sent to make sure that e-mail can be sent from this mailbox.
Nothing needs to be done.
"""


class TestEmail:
    """A small message that can be recognised where it arrives (RFC 5322)."""

    __test__ = False  # not a test, whatever pytest makes of the name

    def __init__(self, sender: str, recipient: str) -> None:
        self.sender = sender
        self.recipient = recipient
        # Unpredictable, so that finding it proves that this very message was delivered.
        self.message_id = f"<{secrets.token_hex(16)}@badinbox.invalid>"

    @property
    def international(self) -> bool:
        """It needs SMTPUTF8 (RFC 6531)."""
        return not (self.sender + self.recipient).isascii()

    def __bytes__(self) -> bytes:
        message = EmailMessage(policy=SMTPUTF8 if self.international else SMTP)
        message["From"] = self.sender
        message["To"] = self.recipient
        message["Subject"] = "Test e-mail from badinbox"
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody is to answer it
        message.set_content(_TEXT)
        return bytes(message)
