"""Asking a connector, and seeing that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import select

from harness.connectors import Connector, connector_named
from harness.contract.answer import Answer
from harness.contract.settings import ConnectionSettings, ServerSettings, TrustStore

SETTINGS = ConnectionSettings(
    email="anna@example.test",
    password='a "quoted" \\ pässword',
    imap=ServerSettings(host="127.0.0.1", port=1),
    smtp=ServerSettings(host="127.0.0.1", port=2),
    ca_file="/tmp/ca.pem",
    trust_store=TrustStore(file="/tmp/ca.p12", password="changeit"),
)


async def asked(connector: Connector, times: int = 1, deadline_s: float = 30.0) -> list[Answer]:
    """What it answers, one check after the other."""
    try:
        await connector.start()
        return [await connector.check(SETTINGS, deadline_s) for _ in range(times)]
    finally:
        await connector.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others


def answers(name: str, times: int = 1, deadline_s: float = 30.0) -> list[Answer]:
    return asyncio.run(asked(connector_named(name), times, deadline_s))


def gone(pid: int) -> bool:
    """Whether the process has ended; an orphan that init has not collected yet has, too."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 60)[0])
    finally:
        os.close(process)
