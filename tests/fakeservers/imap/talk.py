"""Raw IMAP dialogues with a real mailbox, for the tests here."""

import asyncio
import base64
import contextlib
import ssl

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec

USER = "anna@example.test"
PASSWORD = "Tr0ub4dor&3-inbox"
TOKEN = "ya29.badinbox-access-token-0001"


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode())


def spec(*rules, account=None, dialect="plain", **service):
    imap = {"protocol": "imap", "security": "cleartext", "rules": list(rules), **service}
    found = {"dialect": dialect, "services": {"imap": imap}}
    return MailboxSpec.model_validate(found | ({"account": account} if account else {}))


class Client:
    """A client that says exactly what it is told to."""

    def __init__(self, reader, writer, mailbox):
        self.reader, self.writer, self.mailbox = reader, writer, mailbox

    async def line(self):
        """The next line of the server; `b""` at the end."""
        return (await asyncio.wait_for(self.reader.readline(), 10)).removesuffix(b"\r\n")

    def send(self, data):
        self.writer.write(data)

    async def until(self, start):
        """Lines up to the one that starts so, or the end of the connection."""
        lines = []
        while not lines or not lines[-1].startswith(start):
            raw = await asyncio.wait_for(self.reader.readline(), 10)
            lines.append(raw.removesuffix(b"\r\n"))
            if not raw:
                break
        return lines

    async def ask(self, command, *more):
        """Send a command (tag `t`) and, after each `+`, the next of `more`; all lines of it."""
        self.send(b"t " + command + b"\r\n")
        waiting = list(more)
        lines = []
        while not lines or not (lines[-1].startswith(b"t ") or lines[-1] == b""):
            lines.append(await self.line())
            if lines[-1].startswith(b"+ ") and waiting:
                self.send(waiting.pop(0) + b"\r\n")
        return lines

    async def last(self, command, *more):
        return (await self.ask(command, *more))[-1]

    async def start_tls(self, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        await self.writer.start_tls(context, server_hostname="127.0.0.1")

    async def log_in(self):
        assert (await self.last(b"LOGIN %b %b" % (USER.encode(), PASSWORD.encode()))).startswith(
            b"t OK"
        )

    async def rest(self):
        """All that comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), 10)


@contextlib.asynccontextmanager
async def connected(mailbox):
    service = mailbox.services["imap"]
    reader, writer = await asyncio.open_connection(service.host, service.port, limit=2**20)
    try:
        yield Client(reader, writer, mailbox)
    finally:
        writer.close()


def talk(dialogue, mailbox_spec=None, *, faults=()):
    """Run `await dialogue(client)` after the greeting; its result. No fault may have happened."""

    async def run():
        async with open_mailbox(mailbox_spec or spec()) as mailbox:
            async with connected(mailbox) as client:
                await client.line()
                answer = await dialogue(client)
            await mailbox.settle(5)
            assert mailbox.evidence.faults == list(faults)
        return answer

    return asyncio.run(run())


def shown(client):
    """Everything in the transcript of the first connection, as one text."""
    return "\n".join(entry.text for entry in client.mailbox.evidence.connections[0].lines())


def selected(*commands, setup=b"SELECT INBOX", dialect="plain", messages=()):
    """The lines that answer the commands, after a log-in and a SELECT of an INBOX with the messages
    that every account has, and more."""

    async def dialogue(client):
        for message in messages:
            client.mailbox.accounts.account.deliver(message)
        await client.log_in()
        await client.ask(setup)
        return [line for command in commands for line in await client.ask(command)]

    return talk(dialogue, spec(dialect=dialect))


def untagged(*commands, **how):
    """Only the untagged ones, without their star; every command must be OK."""
    lines = selected(*commands, **{"dialect": "dovecot", **how})
    assert all(line.startswith((b"* ", b"t OK ")) for line in lines), lines
    return [line.removeprefix(b"* ").decode() for line in lines if line.startswith(b"* ")]


def tagged(*commands, **how):
    """The beginnings of the tagged ones, such as `OK`, up to the first word that is no code."""
    lines = selected(*commands, **{"dialect": "dovecot", **how})
    return [line.decode().split(" ")[1] for line in lines if line.startswith(b"t ")]
