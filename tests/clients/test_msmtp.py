"""msmtp: sends what it is given, as sendmail does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.world import ACCOUNT, BCC, World, outgoing

CONFIGURATION = """\
account default
host {host}
port {port}
from {address}
user {user}
password {password}
auth {mechanism}
tls {tls}
tls_starttls {starttls}
tls_trust_file {ca_file}
"""


def configuration(world: World, mechanism: str) -> str:
    text = CONFIGURATION.format(
        host=world.host,
        port=world.smtp,
        address=ACCOUNT.address,
        user=ACCOUNT.login,
        password=ACCOUNT.token if mechanism.endswith(("2", "R")) else ACCOUNT.password,
        mechanism=mechanism.lower(),
        tls="off" if world.security == "cleartext" else "on",
        starttls="on" if world.starttls else "off",
        ca_file=world.ca_file,
    )
    return world.write("msmtprc", text)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"])
def test_send(tool: Callable[[str], str], world: World, mechanism: str) -> None:
    file = configuration(world, mechanism)
    world.run(tool("msmtp"), "--file", file, "--", BCC, stdin=outgoing().as_bytes())
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_an_impostor_is_told_nothing(tool: Callable[[str], str], impostor: World) -> None:
    file = configuration(impostor, "PLAIN")
    impostor.run(tool("msmtp"), "--file", file, "--", BCC, stdin=b"x", fails=True)
    impostor.assert_told_nothing()


def test_what_the_server_says(tool: Callable[[str], str], world: World) -> None:
    """`--serverinfo` reads greeting and EHLO, and the certificate where there is one."""
    words = {"implicit-tls": ("--tls", "--tls-starttls=off"), "starttls": ("--tls",)}
    told = world.run(
        tool("msmtp"),
        *("--serverinfo", f"--host={world.host}", f"--port={world.smtp}"),
        f"--tls-trust-file={world.ca_file}",
        *words.get(world.security, ()),
    )
    assert f"SMTP server at {world.host}" in told
    assert "PIPELINING" in told and "PLAIN" in told
    assert ("CN=localhost" in told) == (world.security != "cleartext")
    world.assert_logged_in(service="smtp")


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    file = configuration(elsewhere, "on")
    elsewhere.run(tool("msmtp"), "--file", file, "--", BCC, stdin=outgoing().as_bytes())
    elsewhere.assert_logged_in_once(service="smtp")
    elsewhere.assert_sent()
