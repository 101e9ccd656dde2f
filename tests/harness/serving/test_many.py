"""The whole catalogue at once: addresses, names, the table, the limits."""

from __future__ import annotations

import asyncio
import csv
import io
import ipaddress
import json
import ssl

import pytest

from harness.scenario.model import Scenario
from harness.serving import placing, stand
from harness.serving.placing import Placement, host_name, label, own_places
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from harness.serving.table import FORMATS
from tests.catalogue import whole_catalogue
from tests.harness.serving.conftest import GMAIL, WORKING, Play, World, checked


@pytest.fixture(scope="module")
def catalogue() -> list[Scenario]:
    return whole_catalogue()


def test_every_scenario_has_a_host_name_of_its_own(catalogue: list[Scenario]) -> None:
    names = [label(scenario.id) for scenario in catalogue]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 63 and not name.endswith("-") for name in names)
    assert host_name(GMAIL) == "unauthorized-app-password-required-gmail-imap.badinbox.test"


def test_the_whole_catalogue_stands_and_is_met_by_address(catalogue: list[Scenario]) -> None:
    async def story() -> None:
        listeners = sum(len(each.facts.all_services()) for each in catalogue)
        stand.allow_files(listeners)
        async with Stand() as holding:
            for scenario, place in zip(catalogue, own_places(catalogue, {}), strict=True):
                await holding.start(scenario, place)
            assert len(holding) == len(catalogue) > 900
            typed = [each.settings for each in holding]
            own = {settings.imap.host for settings in typed}
            assert len(own) > 0.98 * len(catalogue), "but for those about an address"
            hosts = ("localhost", "::1")
            placed = [s.smtp for s in typed if not {s.imap.host, s.smtp.host} & {*hosts}]
            assert len(placed) > 0.97 * len(catalogue), "but for names and IPv6"
            assert len({server.port for server in placed}) <= 3, "the same everywhere"
            for scenario_id in (GMAIL, WORKING):
                standing = holding.get(scenario_id)
                answer = await checked(standing.settings.model_dump())
                assert answer.error == standing.scenario.reproduces

    asyncio.run(story())


def test_the_certificate_is_valid_for_the_name_and_the_address(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING, bind="127.9.9.9")
        assert (await checked(view["settings"])).error == "connected"
        trusting = ssl.create_default_context(cafile=view["settings"]["ca_file"])
        reader, writer = await asyncio.open_connection(
            *("127.9.9.9", view["services"]["imap"]["port"]),
            ssl=trusting,
            server_hostname=view["host_name"],
        )
        assert (await reader.readline()).startswith(b"* OK")
        writer.close()

    play(story)


def test_a_name_in_place_of_the_address_is_nothing_that_a_remedy_changed(play: Play) -> None:
    async def story(world: World) -> None:
        scenario = await Library().find(GMAIL)
        await world.stand.start(scenario, Placement(host="localhost"))
        shown = (await world.tcp.get(f"/s/{label(GMAIL)}/settings")).text
        assert "localhost" in shown and 'class="changed"' not in shown

    play(story)


def test_the_table_in_every_format(play: Play, catalogue: list[Scenario]) -> None:
    async def story(world: World) -> None:
        some = [each for each in catalogue if each.id in (GMAIL, WORKING)]
        for scenario, place in zip(some, own_places(some, {"imap": 9995}), strict=True):
            await world.stand.start(scenario, place)
        texts = {}
        for name in FORMATS:
            answer = await world.tcp.get("/v1/table", params={"format": name})
            texts[name] = answer.text
        rows = json.loads(texts["json"])
        assert [row["id"] for row in rows] == [WORKING, GMAIL]
        assert rows[0]["imap"].endswith(":9995 implicit-tls")
        assert [row["id"] for row in csv.DictReader(io.StringIO(texts["csv"]))] == [WORKING, GMAIL]
        address, name = texts["hosts"].splitlines()[1].split(" ")
        assert ipaddress.ip_address(address).is_loopback and name == host_name(GMAIL)
        assert texts["md"].count("\n") == 4 and texts["txt"].count("\n") == 3

    play(story)


def test_without_such_addresses_each_has_ports_of_its_own(
    catalogue: list[Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "can_listen_at", lambda address, port: False)
    assert {place.bind for place in own_places(catalogue, {})} == {None}


def test_ports_that_are_not_permitted_are_9000_higher(
    catalogue: list[Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "can_listen_at", lambda address, port: port > 1023)
    assert {place.standard for place in own_places(catalogue[:3], {})} == {9000}


def test_there_is_a_limit(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand, "MOST_MAILBOXES", 1)

    async def story(world: World) -> None:
        await world.start(WORKING)
        answers = [
            await world.unix.post("/v1/mailboxes", json={"scenario": GMAIL}) for _ in range(3)
        ]
        assert {answer.status_code for answer in answers} == {409}
        assert "no more than 1 mailboxes" in answers[0].json()["detail"]
        assert len(world.stand) == 1

    play(story)
