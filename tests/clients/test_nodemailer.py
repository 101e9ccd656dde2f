"""nodemailer, for Node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.world import ACCOUNT, BCC, Security, World, outgoing

SCRIPT = str(Path(__file__).with_name("nodemailer.js"))


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_send(
    tool: Callable[[str], str],
    node_package: Callable[[str], str],
    open_world: Callable[..., World],
    security: Security,
    mechanism: str,
) -> None:
    world = open_world(security, mechanisms=[mechanism])
    node, module = tool("node"), node_package("nodemailer")
    secret = {"type": "OAuth2", "accessToken": ACCOUNT.token}
    if mechanism != "XOAUTH2":
        secret = {"pass": ACCOUNT.password}
    options = {
        "host": world.host,
        "port": world.smtp,
        "secure": world.implicit,
        "requireTLS": world.starttls,
        "tls": {"ca": Path(world.ca_file).read_text()},
        "auth": {"user": ACCOUNT.login, **secret},
    }
    envelope = {"from": ACCOUNT.address, "to": [BCC]}
    mail = {"envelope": envelope, "raw": outgoing().as_bytes().decode()}
    task = {"module": module, "options": options, "mail": mail}
    world.run(node, SCRIPT, json.dumps(task))
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()
