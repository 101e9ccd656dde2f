"""nodemailer, for Node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.world import ACCOUNT, BCC, Security, World, outgoing

SCRIPT = str(Path(__file__).with_name("nodemailer.js"))
MAIL = {
    "envelope": {"from": ACCOUNT.address, "to": [BCC]},
    "raw": outgoing().as_bytes().decode(),
}


@pytest.fixture
def nodemailer(
    tool: Callable[[str], str], node_package: Callable[[str], str]
) -> Callable[..., None]:
    """Runs the script, with this password or token."""

    def run(world: World, auth: dict[str, str], fails: bool = False) -> None:
        node, module = tool("node"), node_package("nodemailer")
        task = {"module": module, "options": options(world, auth), "mail": MAIL}
        world.run(node, SCRIPT, json.dumps(task), fails=fails)

    return run


def options(world: World, auth: dict[str, str]) -> dict[str, Any]:
    return {
        "host": world.host,
        "port": world.smtp,
        "secure": world.implicit,
        "requireTLS": world.starttls,
        "tls": {"ca": Path(world.ca_file).read_text()},
        "auth": {"user": ACCOUNT.login, **auth},
    }


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_send(
    nodemailer: Callable[..., None],
    open_world: Callable[..., World],
    security: Security,
    mechanism: str,
) -> None:
    world = open_world(security, mechanisms=[mechanism])
    auth = {"pass": ACCOUNT.password}
    if mechanism == "XOAUTH2":
        auth = {"type": "OAuth2", "accessToken": ACCOUNT.token}
    nodemailer(world, auth)
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_an_impostor_is_told_nothing(nodemailer: Callable[..., None], impostor: World) -> None:
    nodemailer(impostor, {"pass": ACCOUNT.password}, fails=True)
    impostor.assert_told_nothing()


def test_elsewhere(nodemailer: Callable[..., None], elsewhere: World) -> None:
    nodemailer(elsewhere, {"pass": ACCOUNT.password})
    elsewhere.assert_logged_in_once(service="smtp")
    elsewhere.assert_sent()
