"""email-oauth2-proxy, unmodified, before a client that knows passwords only: it renews a token that
has expired, and says what it wants where the consent was revoked."""

from __future__ import annotations

import base64
import imaplib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import MailboxSpec
from harness.runner.background import Background
from tests.clients.world import ACCOUNT, RUN_S

CONFIGURATION = """\
[IMAP-{port}]
local_address = 127.0.0.1
server_address = localhost
server_port = {imap}
[{user}]
permission_url = https://127.0.0.1/authorize
token_url = {token_url}
redirect_uri = http://localhost
oauth2_scope = https://mail.google.com/
client_id = {client_id}
client_secret = {client_secret}
token_salt = {salt}
token_iterations = {iterations}
access_token = {access_token}
access_token_expiry = {expired}
refresh_token = {refresh_token}
last_activity = {expired}
"""
ITERATIONS = 1_200_000
"""As many as the proxy wants; with fewer, it would write its file anew."""
LOCAL_PASSWORD = "local"
"""With which the client logs in to the proxy, which keeps its tokens by it."""


@pytest.fixture
def mailbox(background: Background, absent: Callable[[str], NoReturn]) -> Iterator[Mailbox]:
    if importlib.util.find_spec("emailproxy") is None:
        absent("emailproxy is not installed")
    service = {"security": "implicit-tls", "dialect": "gmail"}
    services = {name: {"protocol": name, **service} for name in ("imap", "oauth")}
    spec = MailboxSpec.model_validate({"services": services})
    with background.hold(open_mailbox(spec)) as standing:
        yield standing


def kept(token: str, salt: bytes) -> str:
    """A token as the proxy keeps it."""
    key = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ITERATIONS)
    fernet = Fernet(base64.urlsafe_b64encode(key.derive(LOCAL_PASSWORD.encode())))
    return fernet.encrypt(token.encode()).decode()


def configuration(mailbox: Mailbox, port: int, refresh_token: str) -> str:
    """Of an account whose access token has expired an hour ago."""
    oauth, client = mailbox.services["oauth"], mailbox.spec.oauth_client
    salt = os.urandom(16)
    return CONFIGURATION.format(
        port=port,
        imap=mailbox.services["imap"].port,
        user=ACCOUNT.address,
        token_url=f"https://127.0.0.1:{oauth.port}{oauth.dialect.side('oauth').token_path}",
        client_id=client.id,
        client_secret=client.secret,
        salt=base64.b64encode(salt).decode(),
        iterations=ITERATIONS,
        access_token=kept(f"{ACCOUNT.token}.expired", salt),
        refresh_token=kept(refresh_token, salt),
        expired=int(time.time()) - 3600,
    )


@contextmanager
def proxy(mailbox: Mailbox, folder: Path, refresh_token: str) -> Iterator[imaplib.IMAP4]:
    """A client that is connected through the proxy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = folder / "emailproxy.config"
    file.write_text(configuration(mailbox, port, refresh_token))
    words = ["-u", "-m", "emailproxy", "--no-gui", "--external-auth", "--config-file", str(file)]
    env = {**os.environ, "SSL_CERT_FILE": mailbox.ca_file, "no_proxy": "127.0.0.1"}
    with (
        (folder / "output").open("wb") as rest,
        subprocess.Popen(
            [sys.executable, *words],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=rest,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            assert any(b"listening for" in line for line in process.stdout), "it has ended"
            with imaplib.IMAP4("127.0.0.1", port, timeout=RUN_S) as client:
                yield client
        finally:
            process.terminate()


def test_an_expired_token_is_renewed(mailbox: Mailbox, tmp_path: Path) -> None:
    with proxy(mailbox, tmp_path, ACCOUNT.refresh_token) as client:
        client.login(ACCOUNT.address, LOCAL_PASSWORD)
        assert client.select() == ("OK", [b"2"])
    (login,) = mailbox.evidence.logins
    assert (login.mechanism, login.password, login.outcome) == ("XOAUTH2", "token", "accepted")
    (asked,) = mailbox.evidence.token_requests
    assert (asked.refresh_token, asked.outcome) == ("valid", "issued")


def test_a_revoked_consent_is_told(mailbox: Mailbox, tmp_path: Path) -> None:
    """It asks a second time with the same refresh token, and then for a new consent."""
    with (
        proxy(mailbox, tmp_path, f"{ACCOUNT.refresh_token}.revoked") as client,
        pytest.raises(imaplib.IMAP4.error, match="authorisation request failed"),
    ):
        client.login(ACCOUNT.address, LOCAL_PASSWORD)
    assert mailbox.evidence.logins == []
    asked = [(each.refresh_token, each.outcome) for each in mailbox.evidence.token_requests]
    assert asked == [("revoked", "refused")] * 2
