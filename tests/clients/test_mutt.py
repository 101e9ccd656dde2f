"""mutt: sends and keeps a copy by IMAP; opens a folder and works in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakeservers.dialects.dialect import load_dialect
from tests.clients.terminal import on_a_terminal
from tests.clients.world import ACCOUNT, BCC, MESSAGE, World, outgoing

CONFIGURATION = """\
set my_user="{user}" my_password="{password}"
set imap_user="$my_user" imap_pass="$my_password" smtp_pass="$my_password"
set from="{address}" realname="Anna" use_envelope_from=yes envelope_from_address="{address}"
set folder="{imap}://{host}:{imap_port}/" spoolfile="=INBOX" record="={sent}" postponed="={drafts}"
set smtp_url="{smtp}://{user}@{host}:{smtp_port}/"
set imap_authenticators="{mechanism}" smtp_authenticators="{mechanism}"
set ssl_ca_certificates_file="{ca_file}" certificate_file="" ssl_verify_host=yes
set ssl_starttls={starttls} ssl_force_tls={encrypted}
set header_cache="" message_cachedir="" mail_check=60 timeout=5
set quit=yes delete=yes confirmappend=no confirmcreate=no move=no wait_key=no
set sleep_time=0 mark_old=no
"""


def configuration(world: World, mechanism: str) -> str:
    text = CONFIGURATION.format(
        user=ACCOUNT.login,
        password=ACCOUNT.password,
        address=ACCOUNT.address,
        host=world.host,
        imap="imaps" if world.implicit else "imap",
        smtp="smtps" if world.implicit else "smtp",
        imap_port=world.imap,
        smtp_port=world.smtp,
        sent=world.path("Sent"),
        drafts=world.path("Drafts"),
        mechanism=mechanism,
        ca_file=world.ca_file,
        starttls="yes" if world.starttls else "no",
        encrypted="no" if world.security == "cleartext" else "yes",
    )
    return world.write("muttrc", text)


@pytest.mark.parametrize("mechanism", ["plain", "cram-md5"])
def test_send_and_keep_a_copy(tool: Callable[[str], str], world: World, mechanism: str) -> None:
    rc = configuration(world, mechanism)
    body = outgoing().get_content().encode()
    world.run(tool("mutt"), "-n", "-F", rc, "-s", "hi", "--", BCC, stdin=body)
    world.assert_logged_in(mechanism.upper(), service="smtp")
    world.assert_logged_in(mechanism.upper(), service="imap")
    world.assert_sent()
    (kept,) = world.mail("Sent").messages
    assert kept.flags == {"\\Seen"}
    assert b"\r\nSubject: hi\r\n" in kept.content
    assert kept.content.endswith(b"the last line\r\n")


def test_an_impostor_is_told_nothing(tool: Callable[[str], str], impostor: World) -> None:
    rc = configuration(impostor, "plain")
    impostor.run(tool("mutt"), "-n", "-F", rc, "-s", "hi", "--", BCC, stdin=b"x", fails=True)
    impostor.assert_told_nothing()


KEYS = (
    "<change-folder>?<exit>",  # the folder browser, which lists the folders
    "<first-entry><display-message><exit>",
    "<flag-message>",
    "<first-entry><copy-message>=Archive<enter>",
    "<last-entry><delete-message>",
    "<sync-mailbox>",
    "<quit>",
)


@pytest.mark.parametrize("mechanism", ["plain", "login"])
def test_read(tool: Callable[[str], str], world: World, mechanism: str) -> None:
    world.mail("INBOX").append(MESSAGE)
    keys = "".join(KEYS)
    rc = configuration(world, mechanism)
    on_a_terminal([tool("mutt"), "-n", "-F", rc, "-e", f"push '{keys}'"], world.folder)
    world.assert_logged_in(mechanism.upper(), service="imap")
    first, second = world.mail("INBOX").messages
    assert (first.flags, second.flags) == ({"\\Seen", "\\Flagged"}, set())
    assert [each.content for each in world.mail("Archive").messages] == [first.content]
    assert "LIST" in world.dialogue()


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    rc = configuration(elsewhere, "")
    body = outgoing().get_content().encode()
    elsewhere.run(tool("mutt"), "-n", "-F", rc, "-s", "hi", "--", BCC, stdin=body)
    elsewhere.assert_logged_in_once(service="smtp")
    elsewhere.assert_logged_in_once(service="imap")
    elsewhere.assert_sent()
    dialect = load_dialect(elsewhere.mailbox.spec.services["smtp"].dialect or "plain")
    filed_too = dialect.side("smtp").behaviour.files_sent
    assert len(elsewhere.mail("Sent").messages) == 1 + filed_too
