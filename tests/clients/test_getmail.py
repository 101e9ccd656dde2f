"""getmail with the helper that it comes with, both unmodified: mail is fetched with a token, which
is renewed where it has expired, and what is said where that cannot be."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.runner.background import Background
from tests.clients.world import ACCOUNT, WELCOMES, World

CONFIGURATION = """\
[retriever]
type = SimpleIMAPSSLRetriever
server = {world.host}
port = {world.imap}
username = {user}
use_xoauth2 = true
password_command = ("{helper}", "{token_file}")
ca_certs = {world.ca_file}
[destination]
type = MDA_external
path = {tee}
arguments = ("-a", "{folder}/mail")
allow_root_commands = true
[options]
read_all = true
"""


@dataclass
class Getmail:
    """Set up for a mailbox."""

    world: World
    programs: Path
    token_file: Path

    def fetches(self, *, fails: bool = False) -> str:
        """What it prints."""
        home, certificates = self.world.folder, self.world.ca_file
        return self.world.run(
            "env", f"SSL_CERT_FILE={certificates}", "no_proxy=localhost,127.0.0.1",
            str(self.programs / "getmail"), "--getmaildir", str(home), "--rcfile", "getmailrc",
            fails=fails,
        )  # fmt: skip

    def asked(self) -> list[tuple[str | None, bool, str]]:
        """What the authorization server saw: which refresh token, whether a voided one, the end."""
        requests = self.world.mailbox.evidence.token_requests
        return [(each.refresh_token, each.voided, each.outcome) for each in requests]

    @property
    def kept(self) -> dict[str, str]:
        """What the helper holds."""
        return dict(json.loads(self.token_file.read_text("utf-8")))


@pytest.fixture(params=["gmail", "outlook"])
def getmail(
    request: pytest.FixtureRequest,
    background: Background,
    tmp_path: Path,
    absent: Callable[[str], NoReturn],
) -> Iterator[Getmail]:
    """Its access token has expired an hour ago."""
    programs = Path(sys.executable).parent
    if not (programs / "getmail").is_file():
        absent("getmail6 is not installed")
    service = {"security": "implicit-tls", "dialect": request.param}
    services = {name: {"protocol": name, **service} for name in ("imap", "smtp", "oauth")}
    services["oauth"] |= {"issuing": {"rotates": True}}
    spec = MailboxSpec.model_validate({"services": services})
    with background.hold(open_mailbox(spec)) as mailbox:
        world = World(mailbox, background, "implicit-tls", tmp_path)
        yield set_up(world, programs)


def set_up(world: World, programs: Path) -> Getmail:
    oauth, application = world.mailbox.services["oauth"], world.mailbox.spec.oauth_client
    held = {
        "user": ACCOUNT.address,
        "client_id": application.id,
        "client_secret": application.secret,
        "token_uri": f"https://127.0.0.1:{oauth.port}{oauth.dialect.side('oauth').token_path}",
        "access_token": f"{ACCOUNT.token}.expired",
        "expires_at": time.time() - 3600,
        "refresh_token": ACCOUNT.refresh_token,
    }
    token_file = Path(world.write("tokens.json", json.dumps(held)))
    text = CONFIGURATION.format(
        world=world,
        user=ACCOUNT.login,
        helper=programs / "getmail-gmail-xoauth-tokens",
        token_file=token_file,
        folder=world.folder,
        tee=shutil.which("tee"),
    )
    world.write("getmailrc", text)
    return Getmail(world, programs, token_file)


def test_mail_is_fetched_with_a_token_that_was_renewed(getmail: Getmail) -> None:
    getmail.fetches()
    assert getmail.asked() == [("valid", False, "issued")]
    assert [each.password for each in getmail.world.mailbox.evidence.logins] == ["token"]
    came = (getmail.world.folder / "mail").read_text("utf-8")
    assert [subject for subject in WELCOMES if f"Subject: {subject}" in came] == [*WELCOMES]
    assert getmail.kept["refresh_token"] != ACCOUNT.refresh_token, "the new one is kept"
    getmail.fetches()
    assert len(getmail.asked()) == 1, "it has not expired yet"


def test_a_revoked_consent_is_told(getmail: Getmail) -> None:
    held = {**getmail.kept, "refresh_token": f"{ACCOUNT.refresh_token}.revoked"}
    getmail.token_file.write_text(json.dumps(held))
    said = getmail.fetches(fails=True)
    assert "External program error" in said
    assert getmail.asked() == [("revoked", False, "refused")]
    assert getmail.world.mailbox.evidence.logins == []


def test_a_token_that_imap_refuses_is_not_renewed(getmail: Getmail) -> None:
    """Its helper goes by the clock alone."""
    held = {
        **getmail.kept,
        "access_token": f"{ACCOUNT.token}.revoked",
        "expires_at": time.time() + 3600,
    }
    getmail.token_file.write_text(json.dumps(held))
    said = getmail.fetches(fails=True)
    assert "credential/login error" in said
    assert getmail.asked() == []
