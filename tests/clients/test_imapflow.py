"""imapflow, for Node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.world import ACCOUNT, WELCOMES, World

SCRIPT = str(Path(__file__).with_name("imapflow.js"))


@pytest.fixture
def imapflow(tool: Callable[[str], str], node_package: Callable[[str], str]) -> Callable[..., str]:
    """Runs the script, with this password or token; `wrong` is a password to be refused."""

    def run(world: World, auth: dict[str, str], wrong: str = "", fails: bool = False) -> str:
        node, module = tool("node"), node_package("imapflow")
        task = {"module": module, "options": options(world, auth), "wrong": wrong}
        return world.run(node, SCRIPT, json.dumps(task), fails=fails)

    return run


def options(world: World, auth: dict[str, str]) -> dict[str, Any]:
    return {
        "host": world.host,
        "port": world.imap,
        "secure": world.implicit,
        "doSTARTTLS": None if world.implicit else world.starttls,
        "tls": {"ca": Path(world.ca_file).read_text()},
        "auth": {"user": ACCOUNT.login, **auth},
    }


def assert_done(world: World, told: dict[str, Any]) -> None:
    assert told["subjects"] == list(WELCOMES)
    assert (told["found"], told["appended"], told["messages"]) == ([1], 1, 1)
    assert {"\\Sent", "\\Junk", "\\Trash", "\\Drafts", "\\Archive"} <= set(told["special"])
    assert [each.flags for each in world.mail("Sent").messages] == [{"\\Seen"}]
    assert [each.flags for each in world.mail("Archive").messages] == [{"\\Flagged"}]
    assert world.mail("INBOX").messages == world.mail("Projects").messages == []


def test_all_in_turn(imapflow: Callable[..., str], world: World) -> None:
    """And a password that is refused, with a character that wants quoting."""
    told = json.loads(imapflow(world, {"pass": ACCOUNT.password}, wrong='wr"ong'))
    logins = world.settled_logins(refused=["NO [AUTHENTICATIONFAILED] Authentication failed"])
    assert [(each.mechanism, each.tls, each.outcome) for each in logins] == [
        ("PLAIN", world.security != "cleartext", "accepted"),
        ("PLAIN", world.security != "cleartext", "refused"),
    ]
    assert told["refused"] == "AUTHENTICATIONFAILED"
    assert_done(world, told)


def test_with_a_token(imapflow: Callable[..., str], world: World) -> None:
    told = json.loads(imapflow(world, {"accessToken": ACCOUNT.token}))
    world.assert_logged_in("OAUTHBEARER", service="imap")
    assert_done(world, told)


def test_an_impostor_is_told_nothing(imapflow: Callable[..., str], impostor: World) -> None:
    imapflow(impostor, {"pass": ACCOUNT.password}, fails=True)
    impostor.assert_told_nothing()


def test_elsewhere(imapflow: Callable[..., str], elsewhere: World) -> None:
    told = json.loads(imapflow(elsewhere, {"pass": ACCOUNT.password}))
    elsewhere.assert_logged_in_once(service="imap")
    assert told["subjects"] == list(WELCOMES)
    assert elsewhere.mail("INBOX").messages == []
