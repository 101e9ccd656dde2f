"""fetchmail: takes the mail out of the mailbox and gives it to a command here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.world import ACCOUNT, WELCOMES, World

TLS = {
    "implicit-tls": "ssl sslproto 'auto'",
    "starttls": "sslproto 'auto'",
    "cleartext": "sslproto ''",
}

CONFIGURATION = """\
poll {host} service {port} protocol imap auth {auth}
user "{user}" password "{password}" {tls} sslcertck sslcertfile {ca_file}
folder {folders} {keep} mda "cat >> {folder}/delivered"
"""


def fetchmail(
    tool: Callable[[str], str],
    world: World,
    *,
    auth: str = "password",
    folders: str = "INBOX",
    keep: str = "no keep",
    fails: bool = False,
) -> str:
    configuration = CONFIGURATION.format(
        host=world.host,
        port=world.imap,
        auth=auth,
        user=ACCOUNT.login,
        password=ACCOUNT.password,
        tls=TLS[world.security],
        ca_file=world.ca_file,
        folders=folders,
        keep=keep,
        folder=world.folder,
    )
    file = world.write("fetchmailrc", configuration)
    pid = str(world.folder / "pid")
    return world.run(
        tool("fetchmail"), "-f", file, "--pidfile", pid, "--nosyslog", "-v", fails=fails
    )


def test_an_impostor_is_told_nothing(tool: Callable[[str], str], impostor: World) -> None:
    fetchmail(tool, impostor, fails=True)
    impostor.assert_told_nothing()


@pytest.mark.parametrize(("auth", "mechanism"), [("password", "LOGIN"), ("cram-md5", "CRAM-MD5")])
def test_mail_is_taken_out(
    tool: Callable[[str], str], world: World, auth: str, mechanism: str
) -> None:
    fetchmail(tool, world, auth=auth)
    world.assert_logged_in(mechanism, service="imap")
    assert world.mail("INBOX").messages == []
    delivered = (world.folder / "delivered").read_text()
    assert [f"Subject: {subject}\n" in delivered for subject in WELCOMES] == [True, True]


def test_mail_is_kept(tool: Callable[[str], str], world: World) -> None:
    """Of two folders; what was fetched is `\\Seen`."""
    world.mail("Archive").append(b"Subject: old\r\n\r\nx\r\n")
    fetchmail(tool, world, folders="INBOX,Archive", keep="keep")
    world.assert_logged_in("LOGIN", service="imap")
    flags = [each.flags for name in ("INBOX", "Archive") for each in world.mail(name).messages]
    assert flags == [{"\\Seen"}] * 3
    assert "Subject: old\n" in (world.folder / "delivered").read_text()


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    fetchmail(tool, elsewhere, auth="any")
    elsewhere.assert_logged_in_once(service="imap")
    assert elsewhere.mail("INBOX").messages == []
