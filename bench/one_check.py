"""One check of a working mailbox against the same check of the bare library engines."""

from __future__ import annotations

from unittest.mock import patch

from bench.bare import open_engines
from bench.clock import spending
from bench.results import Result, milliseconds
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority
from harness.checker import check
from harness.checker.client_connection import ClientConnection
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.runner.background import Background

PAIRS = 151


def measure() -> list[Result]:
    spec = MailboxSpec()
    context = process_authority().context("valid", Tls())
    background = Background()
    try:
        with (
            # When all is said the checker waits for the server to close, and asyncio's TLS for
            # the client: neither side of the comparison is to wait for that.
            patch.object(ClientConnection, "finish", ClientConnection.close),
            background.hold(open_mailbox(spec)) as mailbox,
            background.hold(open_engines(spec.account, context)) as engines,
        ):
            ports = [service.port for service in mailbox.services.values()]
            ours = _settings(spec, ports)
            theirs = _settings(spec, [engines.imap_port, engines.smtp_port])
            if _commands(ours) != _commands(theirs):
                raise RuntimeError(f"two dialogues: {_commands(ours)}, {_commands(theirs)}")
            times = [(_seconds(ours), _seconds(theirs)) for _ in range(PAIRS)]
            assert len(engines.messages) == len(mailbox.evidence.messages) == PAIRS + 1
    finally:
        background.close()
    against = (milliseconds("ours", (a for a, _ in times)), milliseconds("theirs", _theirs(times)))
    return [
        Result(
            "one check, wall: the bare engines",
            1.3,
            tuple(ours_s / theirs_s for ours_s, theirs_s in times),
            ", ".join(against),
        )
    ]


def _theirs(times: list[tuple[float, float]]) -> list[float]:
    return [seconds for _, seconds in times]


def _settings(spec: MailboxSpec, ports: list[int]) -> ConnectionSettings:
    imap, smtp = (ServerSettings(host="127.0.0.1", port=port) for port in ports)
    return ConnectionSettings(
        email=spec.account.address,
        password=spec.account.password,
        imap=imap,
        smtp=smtp,
        bcc_address=spec.bcc.address,
        ca_file=process_authority().ca_file,
    )


def _seconds(settings: ConnectionSettings) -> float:
    with spending() as spent:
        diagnosis = check(settings)
    if diagnosis.error != "connected" or diagnosis.warnings:
        raise RuntimeError(f"the check of a working mailbox said {diagnosis}")
    return spent.wall_s


def _commands(settings: ConnectionSettings) -> list[bytes]:
    """The commands of a check, without tags: both sides must have to do the same."""
    said: list[bytes] = []
    send = ClientConnection.sendall

    def recorded(connection: ClientConnection, data: bytes) -> None:
        said.append(data)
        send(connection, data)

    with patch.object(ClientConnection, "sendall", recorded):
        _seconds(settings)
    words = (data.split(b" ", 2) for data in said)
    return [b" ".join(part[1:] if part[0].isalnum() else part[:1]) for part in words]
