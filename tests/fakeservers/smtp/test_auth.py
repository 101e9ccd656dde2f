"""AUTH: what is offered, what is accepted, how strict it is, and that no secret is shown."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import Account, MailboxSpec

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

ACCOUNT = Account()
HELLO = ("EHLO client.test", "250")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def plain(secret: str) -> str:
    return b64(f"\0{ACCOUNT.login}\0{secret}")


def xoauth2(token: str) -> str:
    return b64(f"user={ACCOUNT.login}\x01auth=Bearer {token}\x01\x01")


def oauthbearer(token: str) -> str:
    return b64(f"n,a={ACCOUNT.login},\x01host=h\x01auth=Bearer {token}\x01\x01")


GOOD, BAD = plain(ACCOUNT.password), plain("wrong secret")

EXCHANGES: dict[str, list[tuple[str | bytes, str]]] = {
    "PLAIN at once": [(f"AUTH PLAIN {GOOD}", "235"), ("AUTH PLAIN", "503")],
    "PLAIN in two steps": [("AUTH PLAIN", "334 "), (GOOD, "235")],
    "any case": [(f"auth plain {GOOD}", "235")],
    "an app password": [(f"AUTH PLAIN {plain(ACCOUNT.app_password)}", "235")],
    "a wrong password": [(f"AUTH PLAIN {BAD}", "535"), (f"AUTH PLAIN {GOOD}", "235")],
    "LOGIN": [
        ("AUTH LOGIN", "334 VXNlcm5hbWU6"),
        (b64(ACCOUNT.login), "334 UGFzc3dvcmQ6"),
        (b64(ACCOUNT.password), "235"),
    ],
    "LOGIN with the name at once": [
        (f"AUTH LOGIN {b64(ACCOUNT.login)}", "334 UGFzc3dvcmQ6"),
        (b64("wrong secret"), "535"),
    ],
    "XOAUTH2": [(f"AUTH XOAUTH2 {xoauth2(ACCOUNT.token)}", "235")],
    "XOAUTH2 in two steps": [("AUTH XOAUTH2", "334 "), (xoauth2(ACCOUNT.token), "235")],
    "XOAUTH2 refused": [(f"AUTH XOAUTH2 {xoauth2('old')}", "334 ey"), ("", "535"), ("NOOP", "250")],
    "XOAUTH2 refused, cancelled": [(f"AUTH XOAUTH2 {xoauth2('old')}", "334 ey"), ("*", "535")],
    "OAUTHBEARER": [(f"AUTH OAUTHBEARER {oauthbearer(ACCOUNT.token)}", "235")],
    "OAUTHBEARER refused": [
        (f"AUTH OAUTHBEARER {oauthbearer('old')}", "334 ey"),
        ("AQ==", "535"),
    ],
    "a token of 8 kB": [(f"AUTH XOAUTH2 {xoauth2('t' * 8000)}", "334 ey"), ("", "535")],
    "a token of 8 kB, later": [
        ("AUTH XOAUTH2", "334"),
        (xoauth2("t" * 8000), "334 ey"),
        ("", "535"),
    ],
    "a token of 64 kB": [(f"AUTH XOAUTH2 {xoauth2('t' * 65536)}", "500"), ("NOOP", "250")],
    "a token of 64 kB, later": [
        ("AUTH OAUTHBEARER", "334"),
        (oauthbearer("t" * 65536), "500"),
        ("NOOP", "250"),
    ],
    "a token without its end": [
        (f"AUTH XOAUTH2 {b64(f'user={ACCOUNT.login}{chr(1)}auth=Bearer x')}", "501"),
        (f"AUTH OAUTHBEARER {b64('n,,auth=Bearer x')}", "501"),
        ("NOOP", "250"),
    ],
    "two tokens": [
        (f"AUTH XOAUTH2 {xoauth2('a' + chr(1) + 'auth=Bearer b')}", "501"),
        (f"AUTH OAUTHBEARER {oauthbearer('a b')}", "501"),
        ("NOOP", "250"),
    ],
    "a token that is not in base64": [
        ("AUTH XOAUTH2 user=x", "501"),
        ("AUTH OAUTHBEARER n,a=x", "501"),
        ("NOOP", "250"),
    ],
    "a token that nobody has signed": [
        (f"AUTH XOAUTH2 {xoauth2('eyJhbGciOiJub25lIn0.eyJqdGkiOiIifQ.')}", "334 ey"),
        ("", "535"),
    ],
    "too long": [(f"AUTH PLAIN {'A' * 12289}", "500"), ("NOOP", "250")],
    "too long, later": [("AUTH PLAIN", "334"), ("A" * 20000, "500"), ("NOOP", "250")],
    "cancelled": [("AUTH PLAIN", "334 "), ("*", "501"), ("AUTH LOGIN", "334"), ("*", "501")],
    "an empty initial response": [("AUTH PLAIN =", "501"), ("NOOP", "250")],
    "no base64": [
        ("AUTH PLAIN !!!", "501"),
        ("AUTH PLAIN AAA", "501"),
        ("AUTH PLAIN", "334"),
        ("AHVz*ZXI=", "501"),
        ("NOOP", "250"),
    ],
    "not UTF-8": [(f"AUTH PLAIN {base64.b64encode(bytes([0, 255, 0, 255])).decode()}", "501")],
    "too few parts": [(f"AUTH PLAIN {b64('anna')}", "501")],
    "unknown mechanism": [("AUTH GSSAPI", "504"), ("AUTH FOO AAAA", "504")],
    "no mechanism": [("AUTH", "501")],
    "too many words": [(f"AUTH PLAIN {BAD} {BAD}", "501")],
    "CRAM-MD5 wants no initial response": [(f"AUTH CRAM-MD5 {GOOD}", "501")],
    "an answer to no question": [("AUTH FOO", "504"), (b64("wrong secret"), "500")],
}


@pytest.mark.parametrize("lines", EXCHANGES.values(), ids=EXCHANGES)
def test_exchanges(smtp: Smtp, lines: list[tuple[str | bytes, str]]) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, *lines)
        shown = "\n".join(line.text for line in mailbox.evidence.connections[0].lines())
        secrets = [ACCOUNT.password, ACCOUNT.app_password, ACCOUNT.token, "wrong secret", GOOD, BAD]
        assert not any(form in shown for text in secrets for form in (text, b64(text)))
        assert "AAAA" not in shown

    asyncio.run(run())


def test_cram_md5(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            await client.reply()
            await client.expect(HELLO)
            challenge = base64.b64decode((await client.say("AUTH CRAM-MD5"))[4:])
            digest = hmac.new(ACCOUNT.password.encode(), challenge, "md5").hexdigest()
            assert (await client.say(b64(f"{ACCOUNT.login} {digest}"))).startswith("235")
            [attempt] = mailbox.evidence.logins
            assert (attempt.mechanism, attempt.outcome) == ("CRAM-MD5", "accepted")

    asyncio.run(run())


def test_responses_sent_ahead_are_not_shown_live(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp() as (mailbox, client):
            shown: list[str] = []
            transcript = mailbox.evidence.connections[0]
            transcript.on_entry = lambda _, entry: shown.append(entry.text)
            await client.reply()
            await client.expect(HELLO)
            secret = b64("wrong secret")
            await client.send(f"AUTH LOGIN\r\n{b64('anna')}\r\n{secret}\r\nNOOP\r\n".encode())
            codes = [(await client.reply())[:3] for _ in range(4)]
            assert codes == ["334", "334", "535", "250"]
            assert "AUTH LOGIN" in shown and "NOOP" in shown
            assert secret not in "".join(shown)

    asyncio.run(run())


OFFERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "the service's": ({"mechanisms": ["XOAUTH2"]}, "250 AUTH XOAUTH2", "504"),
    "none": ({"mechanisms": []}, "250 ENHANCEDSTATUSCODES", "503"),
    "what nobody has": ({"mechanisms": ["GSSAPI"]}, "250 AUTH GSSAPI", "504"),
    "none before TLS": ({"security": "starttls"}, "250 STARTTLS", "530"),
}


@pytest.mark.parametrize(("service", "offer", "code"), OFFERS.values(), ids=OFFERS)
def test_what_is_not_offered_is_refused(
    smtp: Smtp, service: dict[str, Any], offer: str, code: str
) -> None:
    async def run() -> None:
        async with smtp(service) as (mailbox, client):
            await client.reply()
            assert (await client.say("EHLO client.test")).splitlines()[-1] == offer
            await client.expect((f"AUTH PLAIN {GOOD}", code), ("AUTH GSSAPI", "5"))
            assert not any(login.outcome == "accepted" for login in mailbox.evidence.logins)

    asyncio.run(run())


def test_a_password_sent_before_tls_is_refused_and_recorded(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp({"security": "starttls"}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (f"AUTH PLAIN {GOOD}", "530"), ("AUTH PLAIN", "530"))
            [attempt] = mailbox.evidence.logins
            assert (attempt.tls, attempt.outcome) == (False, "refused")
            assert attempt.password == "account"

    asyncio.run(run())


def test_nobody_who_watches_live_sees_a_secret_that_was_sent_ahead() -> None:
    live: list[str] = []

    async def run() -> None:
        services = {"smtp": {"protocol": "smtp", "security": "cleartext"}}
        spec = MailboxSpec.model_validate({"services": services})
        async with open_mailbox(spec, on_entry=lambda _, entry: live.append(entry.text)) as mailbox:
            port = mailbox.services["smtp"].port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            lines = [
                "EHLO c",
                "NOOP",
                "AUTH PLAIN AGEAaHVudGVyMg==",
                "AUTH LOGIN",
                "YQ==",
                "aHVudA==",
            ]
            writer.write("\r\n".join([*lines, "QUIT", ""]).encode())
            await reader.read()
            writer.close()

    asyncio.run(run())
    shown = "\n".join(live)
    assert "AGEAaHV" not in shown and "aHVudA" not in shown and "hunter2" not in shown
    assert "AUTH PLAIN ***" in shown and "QUIT" in shown
