"""A mailbox that works, seen from a client's side and from the servers'."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from fakeservers.evidence import LoginAttempt
from fakeservers.mailbox import Mailbox
from fakeservers.spec import Account, MailboxSpec
from fakeservers.store import Folder
from harness.runner.background import Background

Security = Literal["implicit-tls", "starttls", "cleartext"]
SECURITIES: tuple[Security, ...] = ("implicit-tls", "starttls", "cleartext")
DIALECTS = ("courier", "cpanel", "gmail", "outlook", "yahoo", "zimbra")
"""Servers that differ in what they offer: mechanisms, extensions, manners."""

ACCOUNT = Account()
BCC = MailboxSpec().bcc.address
MESSAGE = b"Subject: from a client\r\n\r\nhello\r\n"
WELCOMES = ("Welcome to your mailbox", "Set up your mail program")
"""The subjects of the two messages in the INBOX of a new account."""
RUN_S = 30.0
"""No client takes longer, however busy the machine is."""

_REFUSED = re.compile(r"(?:\S+ )?((?:NO|BAD)\b.*|[45]\d\d[ -].*)")
"""A line with which a server refuses something, and what it says, the tag apart."""


def mailbox_spec(
    security: Security, content: Mapping[str, Any] | None = None, **service: Any
) -> MailboxSpec:
    """A mailbox with both services in this kind of security, and this in it, if it is not as
    usual."""
    services = {
        name: {"protocol": name, "security": security, **service} for name in ("imap", "smtp")
    }
    return MailboxSpec.model_validate({"services": services, "mailbox": content or {}})


@dataclass
class World:
    """One running mailbox; `folder` is the client's home and is empty."""

    mailbox: Mailbox
    background: Background
    security: Security
    folder: Path
    host: str = "localhost"
    """mbsync and fetchmail know the names in a certificate, not the addresses."""

    @property
    def ca_file(self) -> str:
        return self.mailbox.ca_file

    @property
    def implicit(self) -> bool:
        """Whether the client begins with TLS."""
        return self.security == "implicit-tls"

    @property
    def starttls(self) -> bool:
        return self.security == "starttls"

    @property
    def imap(self) -> int:
        """The port of IMAP."""
        return self.mailbox.services["imap"].port

    @property
    def smtp(self) -> int:
        """The port of SMTP."""
        return self.mailbox.services["smtp"].port

    def context(self) -> ssl.SSLContext:
        """For clients in Python: trusts the mailbox's authority, checks names."""
        return ssl.create_default_context(cafile=self.ca_file)

    def write(self, name: str, text: str) -> str:
        """Write a file of the client's configuration; its path. msmtp and fetchmail insist that
        nobody else may read it."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return str(path)

    def run(self, *words: str, stdin: bytes = b"", fails: bool = False) -> str:
        """Run a client in its home, in English; what it printed. Its exit code must say whether it
        succeeded, or that it failed where it `fails`."""
        done = subprocess.run(
            words,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            timeout=RUN_S,
            check=False,
        )
        output = done.stdout.decode()
        told = f"exit code {done.returncode}\n{output}\n{self.dialogue()}"
        assert (done.returncode != 0) == fails, told
        return output

    def path(self, name: str) -> str:
        """A folder's name as the server has it: some keep all of them under INBOX (RFC 2342)."""
        prefix: str = self.mailbox.accounts.account.naming.prefix
        return name if name == "INBOX" else prefix + name

    @property
    def delimiter(self) -> str:
        """What stands between a folder and the one above it."""
        delimiter: str = self.mailbox.accounts.account.naming.delimiter
        return delimiter

    def mail(self, name: str) -> Folder:
        """A folder of the account."""
        folder = self.mailbox.accounts.account.folder(self.path(name))
        assert folder is not None, f"no folder {name}"
        return folder

    def deliver(self, message: bytes) -> None:
        """Have a message arrive in the INBOX now."""

        async def arrive() -> None:
            self.mailbox.accounts.account.deliver(message)

        self.background.submit(arrive()).result()

    def settled_logins(self, *, refused: Sequence[str] = ()) -> list[LoginAttempt]:
        """Wait for the clients to leave; who logged in, or tried to. The servers refused nothing
        but, in these words, this; and no fault of ours came up."""
        self.background.submit(self.mailbox.settle(5)).result()
        assert self.mailbox.evidence.faults == []
        said = (
            _REFUSED.fullmatch(entry.text)
            for transcript in self.mailbox.evidence.connections
            for entry in transcript.lines()
            if entry.direction == "S"
        )
        assert [match[1] for match in said if match] == list(refused), self.dialogue()
        return self.mailbox.evidence.logins

    def assert_logged_in(self, *mechanisms: str, service: str) -> None:
        """The clients are gone; these log-ins succeeded at the service, encrypted or not as the
        security says, and nothing was refused."""
        encrypted = self.security != "cleartext"
        seen = [
            (each.mechanism, each.tls, each.outcome, each.password)
            for each in self.settled_logins()
            if each.service == service
        ]
        kinds = {"XOAUTH2": "token", "OAUTHBEARER": "token"}
        assert seen == [
            (mechanism, encrypted, "accepted", kinds.get(mechanism, "account"))
            for mechanism in mechanisms
        ], self.dialogue()

    def assert_logged_in_once(self, *, service: str) -> None:
        """The client is gone; it logged in at the service, at its first attempt."""
        logins = [each for each in self.settled_logins() if each.service == service]
        assert [each.outcome for each in logins] == ["accepted"], self.dialogue()

    def assert_told_nothing(self) -> None:
        """The client connected, and left before it said anything but that it wants TLS."""
        assert self.settled_logins() == []
        (first, *_) = self.mailbox.evidence.connections
        assert not [entry.text for entry in first.lines() if entry.direction == "C" and entry.tls]

    def assert_sent(self) -> None:
        """`outgoing()` was sent, once, and has arrived as it is."""
        assert [sent.recipients for sent in self.mailbox.evidence.messages] == [(BCC,)]
        delivered = self.mailbox.accounts.bcc.inbox.messages[-1].content
        assert b"\r\nSubject: hi\r\n" in delivered, delivered
        assert b"\r\n.dot first\r\n" in delivered, delivered
        assert delivered.endswith(b"the last line\r\n"), delivered

    def dialogue(self) -> str:
        """All that was said, for the report of a failure."""
        return "\n".join(
            f"{transcript.service} {transcript.number} {entry.direction}: {entry.text}"
            for transcript in self.mailbox.evidence.connections
            for entry in transcript.lines()
        )


def outgoing() -> EmailMessage:
    """An e-mail to the BCC address whose body needs dot-stuffing and is not all ASCII."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ACCOUNT.address, BCC, "hi"
    mail["Message-ID"] = "<1@client.test>"
    mail.set_content(".dot first\ncafé\nthe last line\n")
    return mail
