"""Clients of raw IMAP and SMTP that stay connected, over TLS or not, for the tests here."""

import asyncio
import contextlib
import ssl

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec

USER = "anna@example.test"
PASSWORD = "Tr0ub4dor&3-inbox"
ANSWER_S = 10
"""The longest wait for what takes no time."""


def spec(security="implicit-tls", rules=(), dialect="plain", **facts):
    """An IMAP service and one of SMTP; the rules and what else there is of settings is IMAP's."""
    account = {name: facts.pop(name) for name in ("account", "state") if name in facts}
    imap = {"protocol": "imap", "security": security, "rules": list(rules), **facts}
    smtp = {"protocol": "smtp", "security": security}
    services = {"imap": imap, "smtp": smtp}
    return MailboxSpec.model_validate({"dialect": dialect, "services": services, **account})


class Client:
    """Says what it is told to."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.greeting = b""

    async def line(self):
        """The next line of the server; `b""` at the end."""
        return (await asyncio.wait_for(self.reader.readline(), ANSWER_S)).removesuffix(b"\r\n")

    async def rest(self):
        """All that comes until the end; None where it is reset."""
        try:
            return await asyncio.wait_for(self.reader.read(), ANSWER_S)
        except ConnectionResetError:
            return None

    def send(self, line):
        self.writer.write(line + b"\r\n")

    async def ask(self, command):
        """Send a command (tag `t`); all lines to its end."""
        self.send(b"t " + command)
        return await self.until(b"t ")

    async def until(self, start):
        """Lines up to the one that begins so, or the end."""
        lines = []
        while not lines or not lines[-1].startswith(start):
            raw = await asyncio.wait_for(self.reader.readline(), ANSWER_S)
            lines.append(raw.removesuffix(b"\r\n"))
            if not raw:
                break
        return lines

    async def log_in(self, password=PASSWORD):
        return (await self.ask(b"LOGIN %b %b" % (USER.encode(), password.encode())))[-1]

    async def select(self):
        await self.log_in()
        return await self.ask(b"SELECT INBOX")

    async def idle(self):
        """Be in IDLE, with INBOX selected."""
        await self.select()
        self.send(b"t IDLE")
        assert (await self.line()).startswith(b"+ ")


@contextlib.asynccontextmanager
async def connected(mailbox, service="imap"):
    """A client that has been greeted."""
    running = mailbox.services[service]
    tls = None
    if mailbox.spec.services[service].security == "implicit-tls":
        tls = ssl.create_default_context(cafile=mailbox.ca_file)
    reader, writer = await asyncio.open_connection(running.host, running.port, ssl=tls)
    client = Client(reader, writer)
    client.greeting = await client.line()
    try:
        yield client
    finally:
        writer.transport.abort()


def living(story, mailbox_spec=None, **told):
    """What becomes of `story(mailbox)`; that the fakes themselves did not fail is seen to."""

    async def run():
        async with open_mailbox(mailbox_spec or spec(), **told) as mailbox:
            found = await story(mailbox)
            assert mailbox.evidence.faults == []
            return found

    return asyncio.run(run())
