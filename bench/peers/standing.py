"""A process that is badinbox alone, or aiosmtpd's Controller or smtpdfix alone, as a test suite
would start it; its ports are printed as JSON, and it ends with its standard input.

    python bench/peers/standing.py badinbox
    python bench/peers/standing.py aiosmtpd CERTIFICATE

It imports nothing of `bench`: peers have interpreters of their own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import sys
from collections.abc import Callable
from typing import Any

USER, PASSWORD = "anna@example.test", "Tr0ub4dor&3-inbox"


def _badinbox(_certificate: str) -> None:
    """Each way to secure a connection, at ports of its own; the transcript is always on."""
    from fakeservers.mailbox import open_mailbox
    from fakeservers.spec import MailboxSpec, Service

    async def serve() -> None:
        services = {
            f"{protocol} {security}": Service(protocol=protocol, security=security)
            for protocol in ("imap", "smtp")
            for security in ("implicit-tls", "cleartext")
        }
        async with open_mailbox(MailboxSpec(services=services)) as mailbox:
            _tell({name: each.port for name, each in mailbox.services.items()})
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(serve())


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def _aiosmtpd(certificate: str) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Message
    from aiosmtpd.smtp import AuthResult

    class Keeping(Message):
        """Keeps what it is sent, as whoever looks at it in a test does."""

        kept: list[Any] = []

        def handle_message(self, message: Any) -> None:
            self.kept.append(message)

    def judge(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, told: Any
    ) -> AuthResult:
        right = (told.login, told.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)

    def controller(port: int, context: ssl.SSLContext | None) -> Controller:
        return Controller(
            Keeping(), hostname="127.0.0.1", port=port, ssl_context=context,
            authenticator=judge, auth_require_tls=False,
        )  # fmt: skip

    _controllers(controller, certificate)


def _smtpdfix(certificate: str) -> None:
    from smtpdfix import AuthController, Config

    class Judge:
        def validate(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

        def verify(self, username: str) -> bool:
            return username == USER

        def get_password(self, username: str) -> str | None:
            return PASSWORD if username == USER else None

    def controller(port: int, context: ssl.SSLContext | None) -> Any:
        config = Config()
        config.auth_require_tls, config.use_ssl = False, context is not None
        config.ssl_certs_path = certificate
        return AuthController(
            hostname="127.0.0.1",
            port=port,
            ssl_context=context,
            config=config,
            authenticator=Judge(),
        )

    _controllers(controller, certificate)


def _controllers(make: Callable[[int, ssl.SSLContext | None], Any], certificate: str) -> None:
    logging.disable()  # each session would print that what aiosmtpd calls is deprecated
    ports = {"smtp cleartext": _free_port(), "smtp implicit-tls": _free_port()}
    started = [
        make(ports["smtp cleartext"], None),
        make(ports["smtp implicit-tls"], _context(certificate)),
    ]
    for each in started:
        each.start()
    _tell(ports)
    sys.stdin.read()
    os._exit(0)


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _tell(ports: dict[str, int]) -> None:
    print(json.dumps(ports), flush=True)


SERVERS = {"badinbox": _badinbox, "aiosmtpd": _aiosmtpd, "smtpdfix": _smtpdfix}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")
