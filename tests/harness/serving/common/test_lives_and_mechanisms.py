"""What else is had at the common ports: lives, by the user name; and mechanisms that not every
server has, by the host name, as they are offered before any user name is told."""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path
from typing import Any

import httpx

from harness.scenario.model import Scenario
from harness.serving.common.how import how
from harness.serving.scenario_library import Library
from harness.serving.server import control_api
from tests.common.through import Common, opened
from tests.harness.serving.common.test_guests import Client, logged_in
from tests.harness.serving.conftest import checked
from tests.harness.serving.lives import ID, lives


async def live(common: Common, api: httpx.AsyncClient, password: str) -> dict[str, Any]:
    """A life that begins with a log-in, and is lived to its end by who says what it is."""
    said = await logged_in(common, "life.changed+anna@x.test", password)
    assert said.startswith("a1 OK"), said
    [standing] = common.stand
    assert standing.id == f"{ID}+anna"
    at = f"/v1/mailboxes/{standing.name}"

    async def settings() -> dict[str, Any]:
        found: dict[str, Any] = (await api.get(at)).json()["settings"]
        return found

    async def say(state: str, **more: Any) -> dict[str, Any]:
        answer = await api.post(f"{at}/states", json={"state": state, **more})
        assert answer.status_code == 200, answer.text
        life: dict[str, Any] = answer.json()
        return life

    assert (await checked(await settings())).error == "connected"
    [message] = (await say("connected"))["unseen"]
    assert (await say("message", message_id=message))["awaits"] == "says: unauthorized"
    assert (await checked(await settings())).error == "unauthorized"
    await say("failing", error="unauthorized", message="Wrong password")
    assert (await api.post(f"{at}/next-step")).status_code == 200
    assert (await checked(await settings())).error == "connected"
    return await say("connected")


def test_a_life_is_chosen_by_its_user_name_and_lived_there(tmp_path: Path) -> None:
    async def whole(scenarios: list[Scenario]) -> None:
        async with opened(scenarios) as common:
            path = tmp_path / "api.sock"
            async with control_api(common.stand, Library(others=scenarios), path=path):
                transport = httpx.AsyncHTTPTransport(uds=str(path))
                async with httpx.AsyncClient(
                    transport=transport, base_url="http://badinbox", timeout=60
                ) as api:
                    life = await live(common, api, how(scenarios[0]).password)
        assert life["over"] and life["verdict"]["verdict"] == "passed", life["verdict"]
        assert common.refused == []

    asyncio.run(whole(lives(tmp_path)))


async def by_token(common: Common, username: str, token: str, host: str) -> str:
    """What is said to who logs in by OAUTHBEARER (RFC 7628, 3.1) at this host name."""
    tls = ssl.create_default_context(cafile=common.stand.authority.ca_file)
    port = common.ports.services["imap-implicit-tls"].port
    ends = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=host)
    client = Client(*ends)
    await client.line()
    said = f"n,a={username},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"
    told = base64.b64encode(said.encode()).decode()
    answer = await client.ask(f"a1 AUTHENTICATE OAUTHBEARER {told}")
    await client.close()
    return answer[:5]


def test_a_mechanism_that_not_all_have_is_offered_by_host_name() -> None:
    async def whole() -> None:
        async with opened() as common:
            scenario = await common.guests.scenario("connected.tokens.gmail")
            standing = await common.guests.guest(scenario)
            held = standing.settings.oauth2
            assert held
            said = [
                await by_token(common, standing.settings.login, held.access_token or "", host)
                for host in ("localhost", "connected.tokens.gmail.localhost")
            ]
            assert said == ["a1 NO", "a1 OK"]
            [login] = standing.mailbox.evidence.logins
            assert (login.mechanism, login.outcome) == ("OAUTHBEARER", "accepted")

    asyncio.run(whole())
