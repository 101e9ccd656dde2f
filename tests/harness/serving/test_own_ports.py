"""Ports that are fixed beforehand for what is chosen by no name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from harness.files.problems import BadInput
from harness.scenario.model import Scenario
from harness.serving.own_ports import OwnPorts
from harness.serving.placing import Placement
from harness.serving.refusals import Conflict
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from tests.free_ports import free_ports

REFUSED = "imap-settings-incorrect/port-refused[implicit-tls]"
TOKENS = "connected/tokens[gmail]"
DEAD = "connected/first-address-dead[imap-refused]"
RESTARTS = "life/server-restarts[refused]"


def play(count: int, story: Callable[[Stand, range], Awaitable[None]]) -> None:
    async def whole(ports: range) -> None:
        async with Stand(own_ports=OwnPorts(ports[0], ports[-1])) as stand:
            await story(stand, ports)

    asyncio.run(whole(free_ports(count)))


async def found(*ids: str) -> list[Scenario]:
    library = Library()
    return [await library.find(each) for each in ids]


def test_every_service_is_at_one_of_them() -> None:
    async def story(stand: Stand, ports: range) -> None:
        standing = [await stand.start(each) for each in await found(REFUSED, TOKENS)]
        at = [each.port for one in standing for each in one.mailbox.services.values()]
        assert at == list(ports)
        refused, tokens = standing
        assert (await tokens.check()).passed
        await refused.apply("confirm-server-and-port")
        assert refused.settings.imap.port in ports
        assert (await refused.check()).passed

    play(6, story)


def test_none_is_left_until_a_mailbox_is_stopped() -> None:
    async def story(stand: Stand, ports: range) -> None:
        refused, tokens = await found(REFUSED, TOKENS)
        standing = await stand.start(tokens)
        with pytest.raises(Conflict) as none_left:
            await stand.start(refused)
        assert f"all ports of {ports[0]}-{ports[-1]} are in use" in str(none_left.value)
        assert "sont pris" in none_left.value.said("fr")
        assert len(stand) == 1
        await stand.stop(standing)
        started = await stand.start(refused)
        assert {each.port for each in started.mailbox.services.values()} == {*ports}

    play(3, story)


def test_ports_that_are_wanted_otherwise_are_left_alone() -> None:
    async def story(stand: Stand, ports: range) -> None:
        [working] = await found("connected/working[implicit-tls]")
        wanted = free_ports(2)[1]
        standing = await stand.start(working, Placement(ports={"imap": wanted}, host="localhost"))
        assert (standing.settings.imap.port, standing.settings.smtp.port) == (wanted, ports[0])
        assert standing.settings.smtp.host == "localhost"

    play(1, story)


def test_two_addresses_of_one_service_have_one_port() -> None:
    async def story(stand: Stand, ports: range) -> None:
        [dead] = await found(DEAD)
        standing = await stand.start(dead)
        assert {each.port for each in standing.mailbox.services.values()} <= {*ports}
        assert (await standing.check()).passed

    play(4, story)


def test_a_life_whose_server_restarts_comes_back_there() -> None:
    async def story(stand: Stand, ports: range) -> None:
        [restarts] = await found(RESTARTS)
        standing = await stand.start(restarts)
        before = {each.port for each in standing.mailbox.services.values()}
        await standing.begin_anew()
        assert {each.port for each in standing.mailbox.services.values()} == before <= {*ports}

    play(4, story)


def test_a_port_of_somebody_else_is_told() -> None:
    ports = free_ports(3)
    with socket.create_server(("127.0.0.1", ports[1])):
        OwnPorts(ports[2], ports[2]).check()
        with pytest.raises(BadInput, match=f"cannot listen on 127.0.0.1 port {ports[1]}: in use"):
            OwnPorts(ports[0], ports[2]).check()
