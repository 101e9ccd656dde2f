"""Who may drive the API over TCP: the token, the names in Host and Origin, the cookie."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from tests.harness.serving.conftest import WORKING, Play, World


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": ""}, 401),
        ({"authorization": "Basic dXNlcjpwYXNz"}, 401),
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:{port}"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
        ({"host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"host": "localhost:{port}"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:{port}"}, 403),
        ({"origin": "http://127.0.0.1:{port}"}, 200),
    ],
)
def test_a_request_over_tcp(play: Play, headers: dict[str, str], status: int) -> None:
    async def story(world: World) -> None:
        port = world.api.url.rpartition(":")[2]
        sent = {name: value.replace("{port}", port) for name, value in headers.items()}
        answer = await world.tcp.get("/v1/mailboxes", headers=sent)
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.headers["content-type"] == "application/problem+json"

    play(story)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/ready", {}, 200),
        ("/ready", {"host": "evil.example:{port}"}, 421),
        ("/ready", {"origin": "https://evil.example"}, 403),
        ("/ready/", {}, 401),
        ("/readyv1/mailboxes", {}, 401),
        ("/ready/../v1/mailboxes", {}, 401),
    ],
)
def test_whether_all_stands_is_told_without_a_token(
    play: Play, path: str, headers: dict[str, str], status: int
) -> None:
    async def story(world: World) -> None:
        del world.tcp.headers["authorization"]
        port = world.api.url.rpartition(":")[2]
        sent = {name: value.replace("{port}", port) for name, value in headers.items()}
        answer = await world.tcp.get(path, headers=sent)
        assert answer.status_code == status, answer.text
        assert status != 200 or answer.text == "ready\n"

    play(story)


def test_a_foreign_page_changes_nothing(play: Play) -> None:
    async def story(world: World) -> None:
        foreign = {"origin": "https://evil.example"}
        body = {"scenario": WORKING}
        answer = await world.tcp.post("/v1/mailboxes", json=body, headers=foreign)
        assert answer.status_code == 403 and len(world.stand) == 0

    play(story)


def test_a_browser_is_given_a_cookie_which_pages_of_other_sites_cannot_use(play: Play) -> None:
    async def story(world: World) -> None:
        browser = world.tcp
        del browser.headers["authorization"]
        assert (await browser.get("/v1/mailboxes")).status_code == 401
        assert (await browser.get("/", params={"token": "wrong"})).status_code == 401
        entered = await browser.get(world.api.page)
        assert entered.status_code == 303 and entered.headers["location"] == "/"
        flags = entered.headers["set-cookie"].lower()
        assert "httponly" in flags and "samesite=strict" in flags
        assert (await browser.get("/v1/mailboxes")).status_code == 200
        for site, status in (("same-origin", 200), ("same-site", 403), ("cross-site", 403)):
            answer = await browser.get("/v1/mailboxes", headers={"sec-fetch-site": site})
            assert answer.status_code == status

    play(story)


def test_the_entry_leads_nowhere_else(play: Play) -> None:
    async def story(world: World) -> None:
        query = {"token": world.api.token, "scenario": "a/b"}
        entered = await world.tcp.get(f"{world.api.url}//evil.example/x", params=query)
        assert entered.headers["location"] == "/evil.example/x?scenario=a%2Fb"

    play(story)


def test_the_unix_socket_is_for_its_owner_alone(play: Play) -> None:
    async def story(world: World) -> None:
        path = Path(world.api.socket)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (await world.unix.get("/v1/mailboxes")).status_code == 200

    play(story)


def test_tcp_is_loopback_only(play: Play) -> None:
    async def story(world: World) -> None:
        port = int(world.api.url.rpartition(":")[2])
        with socket.socket() as other:  # free on every other address of this machine
            other.bind(("127.0.0.2", port))

    play(story)
