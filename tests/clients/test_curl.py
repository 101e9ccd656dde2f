"""curl: one command for each request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.world import ACCOUNT, BCC, MESSAGE, WELCOMES, Security, World, outgoing

MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]


def request(
    curl: str,
    world: World,
    protocol: str,
    path: str,
    *more: str,
    stdin: bytes = b"",
    fails: bool = False,
) -> str:
    scheme = f"{protocol}s" if world.implicit else protocol
    port = world.mailbox.services[protocol].port
    return world.run(
        curl,
        *("--silent", "--show-error", "--max-time", "10", "--cacert", world.ca_file),
        *(["--ssl-reqd"] if world.starttls else []),
        *more,
        f"{scheme}://{world.host}:{port}/{path}",
        stdin=stdin,
        fails=fails,
    )


def credentials(mechanism: str) -> list[str]:
    if mechanism in ("XOAUTH2", "OAUTHBEARER"):
        return ["--user", ACCOUNT.login, "--oauth2-bearer", ACCOUNT.token]
    return ["--user", f"{ACCOUNT.login}:{ACCOUNT.password}"]


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_an_impostor_is_told_nothing(
    tool: Callable[[str], str], impostor: World, protocol: str
) -> None:
    request(tool("curl"), impostor, protocol, "", *credentials("PLAIN"), fails=True)
    impostor.assert_told_nothing()


def test_imap(tool: Callable[[str], str], world: World) -> None:
    def imap(path: str, *more: str) -> str:
        login = [*credentials("PLAIN"), "--login-options", "AUTH=PLAIN"]
        return request(curl, world, "imap", path, *login, *more)

    curl = tool("curl")
    listed = imap("")
    assert [f'"{name}"' in listed for name in ("INBOX", "Sent", "Trash")] == [True] * 3
    assert f"Subject: {WELCOMES[0]}\r\n" in imap("INBOX;MAILINDEX=1")
    imap("Sent", "--upload-file", world.write("mail", MESSAGE.decode()))
    assert [each.content for each in world.mail("Sent").messages] == [MESSAGE]
    assert imap("INBOX?SUBJECT%20program").strip() == "* SEARCH 2"
    assert f"Subject: {WELCOMES[1]}\r\n" in imap("INBOX;UID=2;SECTION=HEADER.FIELDS%20(SUBJECT)")
    imap("INBOX", "--request", "STORE 2 +Flags \\Deleted")
    assert [sorted(each.flags) for each in world.mail("INBOX").messages] == [
        ["\\Seen"],
        ["\\Deleted", "\\Seen"],
    ]
    assert "STATUS" in imap("", "--request", "STATUS INBOX (MESSAGES UNSEEN)")
    world.assert_logged_in(*["PLAIN"] * 7, service="imap")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_imap_log_in(
    tool: Callable[[str], str], open_world: Callable[..., World], mechanism: str
) -> None:
    world = open_world("implicit-tls", mechanisms=[mechanism])
    listed = request(tool("curl"), world, "imap", "", *credentials(mechanism))
    assert '"INBOX"' in listed
    world.assert_logged_in(mechanism, service="imap")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_send(
    tool: Callable[[str], str],
    open_world: Callable[..., World],
    security: Security,
    mechanism: str,
) -> None:
    world = open_world(security, mechanisms=[mechanism])
    request(
        tool("curl"),
        world,
        "smtp",
        "client.test",
        *credentials(mechanism),
        *("--mail-from", ACCOUNT.address, "--mail-rcpt", BCC, "--upload-file", "-", "--crlf"),
        stdin=outgoing().as_bytes(),
    )
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    curl, login = tool("curl"), credentials("PLAIN")
    fetched = request(curl, elsewhere, "imap", "INBOX;UID=1", *login)
    assert f"Subject: {WELCOMES[0]}\r\n" in fetched
    envelope = ["--mail-from", ACCOUNT.address, "--mail-rcpt", BCC]
    upload = ["--upload-file", "-", "--crlf"]
    mail = outgoing().as_bytes()
    request(curl, elsewhere, "smtp", "client.test", *login, *envelope, *upload, stdin=mail)
    elsewhere.assert_logged_in_once(service="imap")
    elsewhere.assert_logged_in_once(service="smtp")
    elsewhere.assert_sent()
