"""mutt with mutt_oauth2.py, which it comes with: a token that has expired is renewed, and what is
said where it cannot be.

The script is as Debian packages it, but for what is configured by editing it: the endpoint, and the
application, for which its README has one do so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.runner.background import Background
from tests.clients.test_mutt import configuration
from tests.clients.world import ACCOUNT, BCC, RUN_S, World, outgoing

SCRIPT = Path("/usr/share/doc/mutt/examples/mutt_oauth2.py")
PROVIDERS = {
    "gmail": ("google", "https://accounts.google.com/o/oauth2/token"),
    "outlook": ("microsoft", "https://login.microsoftonline.com/common/oauth2/v2.0/token"),
}
"""By dialect: the name of the provider in the script, and where it asks for tokens."""
MECHANISMS = {"gmail": "oauthbearer", "outlook": "xoauth2"}
"""mutt asks SMTP for whichever is named first, whether it is offered or not."""
STAND_IN = "#!/bin/sh\nexec cat\n"
"""For gpg, with which the script keeps its file of tokens."""


@dataclass
class Product:
    """The script, set up for a mailbox."""

    world: World
    command: str
    """As mutt runs it, and anybody else: it prints an access token."""
    token_file: Path

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", self.command], capture_output=True, text=True, timeout=RUN_S, check=False
        )

    def asked(self) -> list[tuple[str | None, bool, str]]:
        """What the authorization server saw: which refresh token, whether a voided one, the end."""
        requests = self.world.mailbox.evidence.token_requests
        return [(each.refresh_token, each.voided, each.outcome) for each in requests]


@pytest.fixture(params=sorted(PROVIDERS))
def product(
    request: pytest.FixtureRequest,
    background: Background,
    tmp_path: Path,
    absent: Callable[[str], NoReturn],
) -> Iterator[Product]:
    """Its access token has expired an hour ago."""
    if not SCRIPT.is_file():
        absent("mutt's examples are not installed")
    dialect = request.param
    service = {"security": "implicit-tls", "dialect": dialect}
    services = {name: {"protocol": name, **service} for name in ("imap", "smtp", "oauth")}
    services["oauth"] |= {"issuing": {"rotates": True}}
    spec = MailboxSpec.model_validate({"services": services})
    with background.hold(open_mailbox(spec)) as mailbox:
        world = World(mailbox, background, "implicit-tls", tmp_path)
        yield set_up(world, dialect)


def set_up(world: World, dialect: str) -> Product:
    (provider, endpoint), oauth = PROVIDERS[dialect], world.mailbox.services["oauth"]
    ours = f"https://127.0.0.1:{oauth.port}{oauth.dialect.side('oauth').token_path}"
    application = world.mailbox.spec.oauth_client
    text = edited(endpoint, ours, application.id, application.secret)
    script = world.write("mutt_oauth2.py", text)
    gpg = Path(world.write("gpg", STAND_IN))
    gpg.chmod(0o700)
    expired = {
        "registration": provider,
        "authflow": "localhostauthcode",
        "email": ACCOUNT.address,
        "access_token": f"{ACCOUNT.token}.expired",
        "access_token_expiration": (datetime.now() - timedelta(hours=1)).isoformat(),
        "refresh_token": ACCOUNT.refresh_token,
    }
    token_file = Path(world.write("tokens", json.dumps(expired)))
    places = f"SSL_CERT_FILE={world.ca_file} no_proxy=127.0.0.1 PATH={world.folder}:$PATH"
    return Product(world, f"{places} {sys.executable} {script} {token_file}", token_file)


def edited(endpoint: str, ours: str, client_id: str, secret: str) -> str:
    """The script with our endpoint and application in its settings, and nothing else changed."""
    text = SCRIPT.read_text("utf-8")
    assert endpoint in text
    text = text.replace(endpoint, ours)
    text = text.replace("'client_id': '',", f"'client_id': {client_id!r},")
    return text.replace("'client_secret': '',", f"'client_secret': {secret!r},")


def test_an_expired_token_is_renewed(product: Product) -> None:
    done = product.run()
    assert done.returncode == 0, done
    token = done.stdout.strip()
    accounts = product.world.mailbox.accounts
    assert accounts.check(ACCOUNT.login, token, kind="token")[0] == "token"
    assert product.run().stdout == done.stdout, "it has not expired yet"
    assert product.asked() == [("valid", False, "issued")]
    kept = json.loads(product.token_file.read_text("utf-8"))
    assert kept["refresh_token"] != ACCOUNT.refresh_token, "the new one is kept"


def test_a_revoked_consent_is_told(product: Product) -> None:
    said = json.loads(product.token_file.read_text("utf-8"))
    said["refresh_token"] += ".revoked"
    product.token_file.write_text(json.dumps(said))
    done = product.run()
    assert done.returncode == 1
    first, error, *_, last = done.stdout.splitlines()
    assert (first, error) == ("400 Bad Request", "invalid_grant")
    assert last == 'Perhaps refresh token invalid. Try running once with "--authorize"'
    assert any(word in done.stdout for word in ("expired or revoked", "AADSTS50173"))
    assert product.asked() == [("revoked", False, "refused")]


def test_mutt_sends_and_keeps_a_copy(tool: Callable[[str], str], product: Product) -> None:
    world = product.world
    rc = configuration(world, MECHANISMS[world.mailbox.spec.services["smtp"].dialect or ""])
    refresh = world.write("refresh", f"#!/bin/sh\nexec env {product.command}\n")
    Path(refresh).chmod(0o700)
    with Path(rc).open("a") as more:
        more.write(f'set imap_oauth_refresh_command="{refresh}"\n')
        more.write(f'set smtp_oauth_refresh_command="{refresh}"\n')
    body = outgoing().get_content().encode()
    world.run(tool("mutt"), "-n", "-F", rc, "-s", "hi", "--", BCC, stdin=body)
    world.assert_logged_in_once(service="smtp")
    world.assert_logged_in_once(service="imap")
    assert {each.password for each in world.mailbox.evidence.logins} == {"token"}
    world.assert_sent()
    assert product.asked() == [("valid", False, "issued")]
