"""Real clients send an e-mail, in each kind of security that they know."""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import aiosmtplib
import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import Account, MailboxSpec

Security = Literal["implicit-tls", "starttls", "cleartext"]
SECURITIES: list[Security] = ["implicit-tls", "starttls", "cleartext"]
ACCOUNT, BCC = Account(), MailboxSpec().bcc
RUN_S = 30.0


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ACCOUNT.address, BCC.address, "hi"
    mail["Message-ID"] = "<1@client.test>"
    mail.set_content(".dot first\ncafé\n")
    return mail


def mailbox_spec(security: Security, **service: Any) -> MailboxSpec:
    smtp = {"protocol": "smtp", "security": security, **service}
    return MailboxSpec.model_validate({"services": {"smtp": smtp}})


def assert_sent(mailbox: Mailbox, mechanism: str) -> None:
    assert mailbox.evidence.faults == []
    assert [attempt.mechanism for attempt in mailbox.evidence.logins] == [mechanism]
    assert [sent.recipients for sent in mailbox.evidence.messages] == [(BCC.address,)]
    delivered = mailbox.accounts.bcc.inbox.messages[-1].content
    assert b"\r\nSubject: hi\r\n" in delivered and b"\r\n.dot first" in delivered


def with_smtplib(mailbox: Mailbox, security: Security, mechanism: str) -> None:
    service = mailbox.services["smtp"]
    context = ssl.create_default_context(cafile=mailbox.ca_file)
    connection: smtplib.SMTP
    if security == "implicit-tls":
        connection = smtplib.SMTP_SSL(service.host, service.port, context=context, timeout=RUN_S)
    else:
        connection = smtplib.SMTP(service.host, service.port, timeout=RUN_S)
    with connection:
        if security == "starttls":
            connection.starttls(context=context)
        connection.ehlo()
        connection.user, connection.password = ACCOUNT.login, ACCOUNT.password
        if mechanism == "XOAUTH2":
            token = f"user={ACCOUNT.login}\x01auth=Bearer {ACCOUNT.token}\x01\x01"
            connection.auth("XOAUTH2", lambda challenge=None: token)
        else:
            respond = getattr(connection, f"auth_{mechanism.lower().replace('-', '_')}")
            connection.auth(mechanism, respond)
        assert connection.send_message(message()) == {}


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_smtplib(security: Security, mechanism: str) -> None:
    async def run() -> None:
        async with open_mailbox(mailbox_spec(security)) as mailbox:
            await asyncio.to_thread(with_smtplib, mailbox, security, mechanism)
            assert_sent(mailbox, mechanism)

    asyncio.run(run())


@pytest.mark.parametrize("security", SECURITIES)
def test_aiosmtplib(security: Security) -> None:
    async def run() -> None:
        async with open_mailbox(mailbox_spec(security, mechanisms=["PLAIN"])) as mailbox:
            service = mailbox.services["smtp"]
            await aiosmtplib.send(
                message(),
                hostname=service.host,
                port=service.port,
                username=ACCOUNT.login,
                password=ACCOUNT.password,
                use_tls=security == "implicit-tls",
                start_tls=security == "starttls",
                cert_bundle=mailbox.ca_file,
                timeout=RUN_S,
            )
            assert_sent(mailbox, "PLAIN")

    asyncio.run(run())


async def command(*words: str, stdin: bytes = b"") -> str:
    """Run a program; what it printed. Fails where it did."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(RUN_S):
        output, _ = await process.communicate(stdin)
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"])
def test_curl(curl: str, security: Security, mechanism: str) -> None:
    async def run() -> None:
        async with open_mailbox(mailbox_spec(security, mechanisms=[mechanism])) as mailbox:
            service = mailbox.services["smtp"]
            scheme = "smtps" if security == "implicit-tls" else "smtp"
            login = ["--user", f"{ACCOUNT.login}:{ACCOUNT.password}"]
            if mechanism in ("XOAUTH2", "OAUTHBEARER"):
                login = ["--user", ACCOUNT.login, "--oauth2-bearer", ACCOUNT.token]
            await command(
                curl,
                *("--silent", "--show-error", "--cacert", mailbox.ca_file),
                *(["--ssl-reqd"] if security == "starttls" else []),
                *login,
                *("--mail-from", ACCOUNT.address, "--mail-rcpt", BCC.address),
                *("--upload-file", "-", "--crlf"),
                f"{scheme}://{service.host}:{service.port}/client.test",
                stdin=message().as_bytes(),
            )
            assert_sent(mailbox, mechanism)

    asyncio.run(run())


NODEMAILER = """
const [options, message] = process.argv.slice(1).map(JSON.parse);
require(options.module).createTransport(options).sendMail(message)
  .catch(error => { console.log(error); process.exitCode = 1; });
"""


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "XOAUTH2"])
def test_nodemailer(node: str, node_modules: Path, security: Security, mechanism: str) -> None:
    async def run() -> None:
        async with open_mailbox(mailbox_spec(security, mechanisms=[mechanism])) as mailbox:
            service = mailbox.services["smtp"]
            secret = {"type": "OAuth2", "accessToken": ACCOUNT.token}
            if mechanism == "PLAIN":
                secret = {"pass": ACCOUNT.password}
            options = {
                "module": str(node_modules / "nodemailer"),
                "host": service.host,
                "port": service.port,
                "secure": security == "implicit-tls",
                "requireTLS": security == "starttls",
                "tls": {"ca": Path(mailbox.ca_file).read_text()},
                "auth": {"user": ACCOUNT.login, **secret},
            }
            envelope = {"from": ACCOUNT.address, "to": [BCC.address]}
            mail = {"envelope": envelope, "raw": message().as_bytes().decode()}
            await command(node, "-e", NODEMAILER, json.dumps(options), json.dumps(mail))
            assert_sent(mailbox, mechanism)

    asyncio.run(run())
