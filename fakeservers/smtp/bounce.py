"""The report that comes back where a message was accepted and could not be delivered (RFC 3464)."""

from __future__ import annotations

from email import policy
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid

from fakeservers.store import headers_of

SAID = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
"""What the next server is taken to have said, as Postfix words it (RFC 3463: no such mailbox)."""


def bounce(content: bytes, *, sender: str, recipient: str, hostname: str) -> bytes:
    """The report on one recipient, to be delivered to the sender: for people, for programs, and
    the headers of the message that it is about. Its lines end in CRLF."""
    said = SAID.format(recipient=recipient)
    original = headers_of(content)
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["Return-Path"] = "<>"  # so that no bounce is ever bounced (RFC 5321, section 4.5.5)
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{hostname}>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain=hostname)
    report["Auto-Submitted"] = "auto-replied"  # RFC 3834
    if original["Message-ID"]:
        report["References"] = str(original["Message-ID"]).strip()
    words = f"Your message could not be delivered to <{recipient}>.\n\n{said}\n"
    report.attach(MIMEText(words, "plain", "us-ascii" if words.isascii() else "utf-8"))
    report.attach(_status(recipient, said, hostname))
    report.attach(_headers(original))
    return report.as_bytes(policy=policy.SMTPUTF8)


def _status(recipient: str, said: str, hostname: str) -> Message:
    """message/delivery-status: fields of the message, an empty line, fields of the recipient."""
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    of_message, of_recipient = Message(), Message()
    of_message["Reporting-MTA"] = f"dns; {hostname}"
    of_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    of_recipient["Action"] = "failed"
    of_recipient["Status"] = "5.1.1"
    of_recipient["Diagnostic-Code"] = f"smtp; {said}"
    part.set_payload([of_message, of_recipient])
    return part


def _headers(original: Message) -> Message:
    """text/rfc822-headers (RFC 6522, section 4)."""
    part = Message()
    part["Content-Type"] = "text/rfc822-headers"
    lines = (f"{name}: {value}" for name, value in original.items())
    part.set_payload("\n".join(lines) + "\n")
    return part
