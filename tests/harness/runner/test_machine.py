"""A machine whose system can do less than Linux with IPv6: the features are taken away."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from fakeservers.wire import listeners
from harness.checker import check
from harness.connectors import connector_named
from harness.connectors.inprocess import InProcess
from harness.runner.events import CaseResult
from harness.runner.machine import has_address
from harness.runner.preflight import Preflight, preflight
from harness.runner.runner import Runner
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select

HERE = ("127.0.0.1", "0.0.0.0", "")
LINUX_ONLY = (listeners._SO_MEMINFO, listeners._SO_ATTACH_FILTER)


class PoorSocket(socket.socket):
    """It has one address, and no option that Linux alone has."""

    def bind(self, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in HERE:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        super().bind(address)

    def getsockopt(self, level: int, option: int, *more: Any) -> Any:
        _refuse(option)
        return super().getsockopt(level, option, *more)

    def setsockopt(self, level: int, option: int, *more: Any) -> None:
        _refuse(option)
        super().setsockopt(level, option, *more)


def _refuse(option: int) -> None:
    if option in LINUX_ONLY:
        raise OSError(errno.ENOPROTOOPT, os.strerror(errno.ENOPROTOOPT))


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(socket, "socket", PoorSocket)
    for name in ("TCP_INFO", "AF_NETLINK"):
        monkeypatch.delattr(socket, name)
    has_address.cache_clear()
    yield
    has_address.cache_clear()


def run(*selectors: str) -> dict[str, CaseResult]:
    """What the built-in checker meets, by id."""

    async def results() -> dict[str, CaseResult]:
        scenarios = select(collect([builtin_path()]), selectors)
        async with Runner(connector_named("builtin"), timeout_s=5) as runner:
            return {
                result.id: result
                async for event in runner.run(scenarios, "fault")
                for result in getattr(event, "results", ())
            }

    return asyncio.run(results())


@pytest.mark.parametrize(
    ("selector", "lack"),
    [
        ("connected/ipv6", "this machine has no address ::1"),
        ("connected/first-address-dead[imap-refused]", "this machine has no address ::1"),
        ("unauthorized/address-not-listed-smtp", "this machine has no address 127.0.0.2"),
        (
            "imap-settings-incorrect/firewall-drops",
            "this system has no port that swallows packets",
        ),
        ("life/idle-dies-at-twice", "this system lets no connection fall silent"),
    ],
)
@pytest.mark.usefixtures("poor")
def test_what_cannot_be_reproduced_is_named_with_the_reason(selector: str, lack: str) -> None:
    found = run(selector)
    assert found
    for result in found.values():
        assert result.judgement.verdict == "not-applicable"
        assert result.judgement.why == f"not reproducible here: {lack}"


@pytest.mark.usefixtures("poor")
def test_the_rest_is_run() -> None:
    rest = (
        "connected/working",
        "imap-settings-incorrect/port-refused",
        "imap-settings-incorrect/silent-server",
        "unauthorized/bad-password-smtp[plain]",
    )
    verdicts = {name: result.judgement.verdict for name, result in run(*rest).items()}
    assert len(verdicts) > len(rest) and set(verdicts.values()) == {"passed"}, verdicts


@pytest.mark.usefixtures("poor")
def test_a_connector_is_not_blamed_for_it_at_the_preflight() -> None:
    async def seen() -> Preflight:
        async with Runner(InProcess(check)) as runner:
            return await preflight(runner)

    found = asyncio.run(seen())
    assert found.stopped is None, found


def test_linux_can_do_all_of_it() -> None:
    assert listeners.can_listen_at("127.0.0.2")
    assert listeners.can_swallow() and listeners.has_filters()
