"""swaks, the Swiss Army Knife for SMTP: log-in mechanisms and ways of TLS."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.world import ACCOUNT, BCC, World, outgoing

TLS = {"implicit-tls": ["--tls-on-connect"], "starttls": ["--tls"], "cleartext": []}

MAIL = outgoing().as_bytes().decode().removesuffix("\n")
"""swaks adds the last line's end."""


def swaks(tool: Callable[[str], str], world: World, *more: str, fails: bool = False) -> str:
    trust = ["--tls-verify", "--tls-ca-path", world.ca_file]
    return world.run(
        tool("swaks"),
        *("--server", world.host, "--port", str(world.smtp), "--helo", "client.test"),
        *([*TLS[world.security], *trust] if TLS[world.security] else ()),
        *more,
        fails=fails,
    )


def test_an_impostor_is_told_nothing(
    tool: Callable[[str], str], open_world: Callable[..., World]
) -> None:
    """This one asks for the authority only: Debian's swaks does not look at the name."""
    impostor = open_world(certificate="unknown-authority")
    login = ["--auth", "PLAIN", "--auth-user", ACCOUNT.login, "--auth-password", ACCOUNT.password]
    swaks(tool, impostor, "--quit-after", "AUTH", *login, fails=True)
    impostor.assert_told_nothing()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_send(tool: Callable[[str], str], world: World, mechanism: str) -> None:
    swaks(
        tool,
        world,
        *("--auth", mechanism, "--auth-user", ACCOUNT.login, "--auth-password", ACCOUNT.password),
        *("--from", ACCOUNT.address, "--to", BCC),
        *("--data", world.write("mail", MAIL)),
    )
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_send_in_one_go(tool: Callable[[str], str], world: World) -> None:
    """Several commands in one packet, where the server says PIPELINING."""
    swaks(
        tool,
        world,
        *("--pipeline", "--auth", "PLAIN"),
        *("--auth-user", ACCOUNT.login, "--auth-password", ACCOUNT.password),
        *("--from", ACCOUNT.address, "--to", BCC),
        *("--data", world.write("mail", MAIL)),
    )
    world.assert_logged_in("PLAIN", service="smtp")
    world.assert_sent()


def test_log_in_and_leave(tool: Callable[[str], str], world: World) -> None:
    swaks(
        tool,
        world,
        *("--quit-after", "AUTH", "--auth", "PLAIN"),
        *("--auth-user", ACCOUNT.login, "--auth-password", ACCOUNT.password),
    )
    world.assert_logged_in("PLAIN", service="smtp")
    assert world.mailbox.evidence.messages == []


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    swaks(
        tool,
        elsewhere,
        *("--auth", "--auth-user", ACCOUNT.login, "--auth-password", ACCOUNT.password),
        *("--from", ACCOUNT.address, "--to", BCC),
        *("--data", elsewhere.write("mail", MAIL)),
    )
    elsewhere.assert_logged_in_once(service="smtp")
    elsewhere.assert_sent()
