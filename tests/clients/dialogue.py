"""A client that says what a script of a test says, for clients that cannot be run here."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from types import TracebackType
from typing import Self

from tests.clients.world import ACCOUNT, BCC, RUN_S, World, outgoing

PLAIN = b64encode(f"\0{ACCOUNT.login}\0{ACCOUNT.password}".encode()).decode()
"""What SASL PLAIN sends (RFC 4616)."""
MAIL = outgoing().as_bytes().decode().replace("\n", "\r\n")
"""`outgoing()`, as it is counted for SIZE."""


class Dialogue:
    """One connection, in TLS from the beginning where the world says so; closed with the block."""

    def __init__(self, world: World, port: int) -> None:
        self._world = world
        self._sock = socket.create_connection((world.host, port), RUN_S)
        if world.implicit:
            self._sock = world.context().wrap_socket(self._sock, server_hostname=world.host)
        self._file = self._sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._sock.close()

    def send(self, line: str) -> None:
        self._sock.sendall(line.encode() + b"\r\n")

    def line(self) -> str:
        """The next line, with the literals in it (RFC 3501, section 4.3)."""
        line = self._file.readline()
        while found := re.search(rb"\{(\d+)\}\r\n$", line):
            line += self._file.read(int(found[1])) + self._file.readline()
        return line.decode().removesuffix("\r\n")

    def begin_tls(self) -> None:
        self._file.close()
        context = self._world.context()
        self._sock = context.wrap_socket(self._sock, server_hostname=self._world.host)
        self._file = self._sock.makefile("rb")


class Imap(Dialogue):
    """Commands are numbered, as Thunderbird numbers them."""

    def __init__(self, world: World) -> None:
        super().__init__(world, world.imap)
        self._number = 0
        self._capabilities = ""
        self._note(self.line())

    def _note(self, line: str) -> None:
        if found := re.search(r"CAPABILITY ([^]]*)", line):
            self._capabilities = found[1]

    def offers(self, name: str) -> bool:
        return name in self._capabilities.split()

    @property
    def knows_capabilities(self) -> bool:
        return bool(self._capabilities)

    def begin(self, command: str) -> str:
        """Send a command; the first line that comes."""
        self._number += 1
        self.send(f"{self._number} {command}")
        return self.line()

    def end(self, line: str) -> list[str]:
        """The lines from this one to the tagged one, which must be an OK."""
        lines = [line]
        while not lines[-1].startswith(f"{self._number} "):
            lines.append(self.line())
        for each in lines:
            if each.startswith(("* CAPABILITY ", f"{self._number} ")):
                self._note(each)
        assert lines[-1].startswith(f"{self._number} OK"), self._world.dialogue()
        return lines

    def say(self, command: str, *continuations: str) -> list[str]:
        """Send a command and, at each `+`, the next of the continuations."""
        line = self.begin(command)
        for each in continuations:
            assert line.startswith("+"), self._world.dialogue()
            self.send(each)
            line = self.line()
        return self.end(line)


class Smtp(Dialogue):
    """Commands and their replies. Begins with EHLO, and STARTTLS where the world says so."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, world.smtp)
        self.reply("220")
        self.extensions = self.say(f"EHLO {name}", "250")
        if world.starttls:
            self.say("STARTTLS", "220")
            self.begin_tls()
            self.extensions = self.say(f"EHLO {name}", "250")

    def parameters(self, wanted: dict[str, str]) -> str:
        """Of the parameters for MAIL, by the extension they need, those that are offered."""
        offered = {line[4:].split()[0] for line in self.extensions}
        return "".join(f" {value}" for name, value in wanted.items() if name in offered)

    @property
    def mechanisms(self) -> list[str]:
        """What AUTH is offered with."""
        found = (line[4:].split() for line in self.extensions)
        return next((words[1:] for words in found if words[0] == "AUTH"), [])

    def reply(self, code: str) -> list[str]:
        """The lines of a reply, which must have this code."""
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        assert lines[-1].startswith(code), self._world.dialogue()
        return lines

    def say(self, line: str, code: str) -> list[str]:
        self.send(line)
        return self.reply(code)

    def log_in_with_login(self) -> None:
        """AUTH LOGIN, each half when it is asked for."""
        self.say("AUTH LOGIN", "334")
        self.say(b64encode(ACCOUNT.login.encode()).decode(), "334")
        self.say(b64encode(ACCOUNT.password.encode()).decode(), "235")

    def send_mail(self, space: str = "", parameters: str = "") -> None:
        """From MAIL to QUIT; `space` is what stands between colon and address."""
        self.say(f"MAIL FROM:{space}<{ACCOUNT.address}>{parameters}", "250")
        self.say(f"RCPT TO:{space}<{BCC}>", "250")
        self.say("DATA", "354")
        stuffed = MAIL.replace("\r\n.", "\r\n..")
        self.say(f"{stuffed}.", "250")
        self.say("QUIT", "221")
