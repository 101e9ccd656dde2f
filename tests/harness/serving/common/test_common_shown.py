"""The common ports over the API and on the page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from harness.serving.scenario_library import Library
from harness.serving.server import control_api
from tests.common.through import Common, opened
from tests.harness.serving.common.test_guests import logged_in
from tests.harness.serving.conftest import Play, World

GMAIL = "unauthorized/bad-password-imap[gmail]"
EXPIRED = "unauthorized-untrusted-certificate/expired[imap-starttls]"
REFUSED = "imap-settings-incorrect/port-refused[implicit-tls]"


def play(folder: Path, story: Callable[[Common, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with opened() as common:
            path = folder / "api.sock"
            async with control_api(common.stand, Library(), path=path):
                transport = httpx.AsyncHTTPTransport(uds=str(path))
                base = "http://badinbox"
                async with httpx.AsyncClient(transport=transport, base_url=base, timeout=60) as api:
                    await story(common, api)

    asyncio.run(whole())


def test_the_api_tells_the_ports_and_what_is_typed(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        view = (await api.get("/v1/common", params={"text": "bad-password-imap gmail"})).json()
        ports = {f"{each['protocol']}-{each['security']}": each["port"] for each in view["ports"]}
        assert ports == {name: each.port for name, each in common.ports.services.items()}
        [typed] = view["scenarios"]
        assert (typed["id"], typed["way"]) == (GMAIL, "user-name")
        assert typed["user_names"] == ["unauthorized.bad-password-imap.gmail@badinbox.test"]
        assert typed["password"] == "not-the-password-7"

    play(tmp_path, story)


def test_a_mailbox_for_a_tester_is_driven_as_any_other(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        body = {"scenario": GMAIL, "common": True, "tester": "anna"}
        view = (await api.post("/v1/mailboxes", json=body)).json()
        assert view["id"] == f"{GMAIL}+anna"
        assert view["settings"]["imap"]["port"] == common.ports.services["imap-implicit-tls"].port
        verdict = (await api.post(f"/v1/mailboxes/{view['name']}/check")).json()
        assert (verdict["verdict"], verdict["expected_error"]) == ("passed", "unauthorized")
        again = (await api.post("/v1/mailboxes", json=body)).json()
        assert again["name"] == view["name"]
        refused = await api.post("/v1/mailboxes", json={**body, "tester": "an/na"})
        assert refused.status_code == 422

    play(tmp_path, story)


def test_what_needs_ports_of_its_own_is_told_so(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        answer = await api.post("/v1/mailboxes", json={"scenario": REFUSED, "common": True})
        assert answer.status_code == 422
        assert answer.json()["detail"] == f"{REFUSED} needs ports of its own: the port is refused"
        asked = {"scenario": REFUSED, "common": True}
        answer = await api.post("/v1/mailboxes", json=asked, headers={"accept-language": "fr"})
        assert answer.json()["detail"].endswith(": le port refuse les connexions")

    play(tmp_path, story)


def test_without_common_ports_there_are_none(play: Play) -> None:
    async def story(world: World) -> None:
        answer = await world.unix.get("/v1/common")
        assert answer.status_code == 404
        assert "badinbox serve --any" in answer.json()["detail"]
        assert "common-title" not in (await world.tcp.get("/")).text

    play(story)


def test_the_page_lists_names_to_type(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        async def found(text: str, language: str = "en") -> str:
            headers = {"hx-request": "true", "accept-language": language}
            return (await api.get("/", params={"text": text}, headers=headers)).text

        page = await found(GMAIL)
        assert "<code>unauthorized.bad-password-imap.gmail@badinbox.test</code>" in page
        assert "<code>not-the-password-7</code>" in page
        assert f"127.0.0.1:{common.ports.services['smtp-starttls'].port}" in page
        page = await found(EXPIRED, "fr")
        host = "unauthorized-untrusted-certificate.expired.imap-starttls.localhost"
        assert f"<code>{host}</code>" in page
        assert "Un serveur pour tous les scénarios" in page
        assert "It needs ports of its own (the port is refused)" in await found(REFUSED)
        own = "Il lui faut ses propres ports (le port refuse les connexions)"
        assert own in await found(REFUSED, "fr")

    play(tmp_path, story)


def test_the_page_stands_a_mailbox_up_where_it_is_reached(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        for scenario_id in (EXPIRED, REFUSED):
            answer = await api.post("/start", data={"scenario": scenario_id})
            assert answer.status_code == 303
        [reached, own] = common.stand
        assert reached.settings.imap.port == common.ports.services["imap-starttls"].port
        assert reached.settings.imap.host.endswith(".localhost")
        assert own.settings.imap.port not in {each.port for each in common.ports.services.values()}
        assert (await reached.check()).passed

    play(tmp_path, story)


def test_names_are_those_of_whoever_tests(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        async def found(scenario: str, tester: str) -> str:
            asked = {"text": scenario, "tester": tester}
            return (await api.get("/", params=asked, headers={"hx-request": "true"})).text

        page = await found(GMAIL, "Anna ")
        assert "<code>unauthorized.bad-password-imap.gmail+anna@badinbox.test</code>" in page
        assert 'name="tester" value="anna"' in page
        assert "anna.unauthorized-untrusted-certificate.expired" in await found(EXPIRED, "anna")
        page = await found(GMAIL, "an/na")
        assert "gmail@badinbox.test" in page and 'name="tester" value=""' in page
        answer = await api.post("/start", data={"scenario": GMAIL, "tester": "anna"})
        assert answer.headers["location"].startswith("/s/unauthorized-bad-password-imap--gmail")
        [standing] = common.stand
        assert standing.id == f"{GMAIL}+anna"
        assert f'href="/s/{standing.name}"' in await found(GMAIL, "anna")
        assert f'value="{GMAIL}" aria-label="Stand up' in await found(GMAIL, "bob")

    play(tmp_path, story)


def test_names_that_let_nobody_in_are_shown(tmp_path: Path) -> None:
    async def story(common: Common, api: httpx.AsyncClient) -> None:
        assert "let nobody in" not in (await api.get("/refused")).text
        for typed in ("bad-pasword-imap.gmail", "<b>x</b>", "bad-pasword-imap.gmail"):
            await logged_in(common, typed)
        listed = (await api.get("/v1/common", params={"text": GMAIL})).json()["refused"]
        assert [(each["name"], each["protocol"], each["times"]) for each in listed] == [
            ("bad-pasword-imap.gmail", "imap", 2),
            ("<b>x</b>", "imap", 1),
        ]
        assert listed[0]["why"].endswith("did you mean unauthorized.bad-password-imap.gmail?")
        for page in ((await api.get("/refused")).text, (await api.get("/")).text):
            assert "did you mean unauthorized.bad-password-imap.gmail?" in page
            assert "&lt;b&gt;x&lt;/b&gt;" in page and "<b>x" not in page
        french = (await api.get("/refused", headers={"accept-language": "fr"})).text
        assert "aucun scénario ne s&#39;appelle &#39;bad-pasword-imap.gmail&#39;" in french
        assert "vouliez-vous dire unauthorized.bad-password-imap.gmail\xa0?" in french
        assert "no scenario" not in french and "did you mean" not in french
        for number in range(25):
            await logged_in(common, f"nobody-{number}")
        listed = (await api.get("/v1/common", params={"text": GMAIL})).json()["refused"]
        assert [each["name"] for each in listed] == [f"nobody-{n}" for n in range(24, 4, -1)]

    play(tmp_path, story)
