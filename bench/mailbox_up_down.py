"""Standing a mailbox up and down against what the libraries do for the same purpose."""

from __future__ import annotations

import asyncio
import socket

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from bench.clock import Spent, spending
from bench.results import Result, milliseconds
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec, Service
from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority

PAIRS = 31
BLOCK = 20
"""How often a thing is done for one side of a pair."""
PASSWORDS = MailboxSpec()
TOKENS = MailboxSpec(services={**PASSWORDS.services, "oauth": Service(protocol="oauth")})


def measure() -> list[Result]:
    return asyncio.run(_measure())


async def _measure() -> list[Result]:
    port = _free_port()
    await _mailboxes(1)
    await _mailboxes(1, TOKENS)
    await _listeners(1)
    _controllers(port, 1)
    ours: list[Spent] = []
    controllers: list[Spent] = []
    listeners: list[Spent] = []
    with_tokens: list[Spent] = []
    for _ in range(PAIRS):
        ours.append(await _mailboxes(BLOCK))
        controllers.append(_controllers(port, BLOCK))
        listeners.append(await _listeners(BLOCK))
        with_tokens.append(await _mailboxes(BLOCK, TOKENS))
    wall = [spent.wall_s / BLOCK for spent in ours]
    wall_of_controllers = [spent.wall_s / BLOCK for spent in controllers]
    cpu = [spent.cpu_s / BLOCK for spent in ours]
    cpu_of_tokens = [spent.cpu_s / BLOCK for spent in with_tokens]
    cpu_of_listeners = [spent.cpu_s / BLOCK for spent in listeners]
    return [
        Result(
            "mailbox up and down, wall: one aiosmtpd Controller",
            1.0,
            tuple(a / b for a, b in zip(wall, wall_of_controllers, strict=True)),
            _against(wall, wall_of_controllers),
        ),
        Result(
            "mailbox up and down, CPU: two bare TLS listeners",
            2.0,
            tuple(a / b for a, b in zip(cpu, cpu_of_listeners, strict=True)),
            _against(cpu, cpu_of_listeners),
        ),
        Result(
            "mailbox that takes tokens up and down, CPU: one without an authorization server",
            1.5,
            tuple(a / b for a, b in zip(cpu_of_tokens, cpu, strict=True)),
            _against(cpu_of_tokens, cpu),
        ),
    ]


def _against(ours: list[float], theirs: list[float]) -> str:
    return f"{milliseconds('ours', ours)}, {milliseconds('theirs', theirs)}"


def _free_port() -> int:
    """A Controller cannot do with port 0: it connects to itself at the port it was given."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


async def _mailboxes(count: int, spec: MailboxSpec = PASSWORDS) -> Spent:
    with spending() as spent:
        for _ in range(count):
            async with open_mailbox(spec):
                pass
    return spent


def _controllers(port: int, count: int) -> Spent:
    made = [Controller(Sink(), hostname="127.0.0.1", port=port) for _ in range(count)]
    with spending() as spent:
        for controller in made:
            controller.start()
            controller.stop()
    return spent


async def _listeners(count: int) -> Spent:
    async def serve(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        raise AssertionError("nobody connects")

    context = process_authority().context("valid", Tls())
    with spending() as spent:
        for _ in range(count):
            servers = [
                await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) for _ in range(2)
            ]
            for server in servers:
                server.close()
                await server.wait_closed()
    return spent
