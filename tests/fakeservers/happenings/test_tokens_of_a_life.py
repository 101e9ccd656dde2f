"""Tokens expire or are revoked while somebody is logged in by one; a new consent mends it."""

import asyncio
import base64
import json
import ssl
import urllib.parse

import pytest
from staying import USER, connected, living

from fakeservers.spec import Issuing, MailboxSpec
from fakeservers.tokens import access_token, refresh_token

FORMS = {"opaque": {}, "jwt": {"tokens": "jwt"}, "rotating": {"rotates": True}}


def spec(form="opaque"):
    services = {
        "imap": {"protocol": "imap", "mechanisms": ["XOAUTH2"]},
        "oauth": {"protocol": "oauth", "issuing": FORMS[form]},
    }
    return MailboxSpec.model_validate({"services": services})


def held(mailbox, form, number=1):
    """What the customer's product holds after that consent: an access and a refresh token."""
    account = mailbox.spec.account
    issuing = Issuing.model_validate(FORMS[form])
    access = access_token(account, issuing, "valid", number)
    return access, refresh_token(account, "valid", number)


async def log_in(client, token):
    said = base64.b64encode(f"user={USER}\x01auth=Bearer {token}\x01\x01".encode())
    client.send(b"t AUTHENTICATE XOAUTH2 " + said)
    line = await client.line()
    if line.startswith(b"+ "):
        client.send(b"")
        line = (await client.until(b"t "))[-1]
    return line.split()[1]


async def opens(mailbox, token):
    """Whether it does, and what it was taken for."""
    async with connected(mailbox) as client:
        answer = await log_in(client, token)
    return answer == b"OK", mailbox.evidence.logins[-1].password


async def refreshed(mailbox, token):
    """The answer of the token endpoint."""
    client, running = mailbox.spec.oauth_client, mailbox.services["oauth"]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": client.id,
        "client_secret": client.secret,
    }
    body = urllib.parse.urlencode(form).encode()
    path = running.dialect.side("oauth").token_path
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    context = ssl.create_default_context(cafile=mailbox.ca_file)
    reader, writer = await asyncio.open_connection(running.host, running.port, ssl=context)
    writer.write(head.encode() + body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("form", FORMS)
def test_all_access_tokens_expire_and_a_fresh_one_is_good(form):
    async def story(mailbox):
        access, refresh = held(mailbox, form)
        first = await refreshed(mailbox, refresh)
        async with connected(mailbox) as stays:
            assert await log_in(stays, access) == b"OK"
            mailbox.expire_tokens()
            assert [await opens(mailbox, each) for each in (access, first["access_token"])] == [
                (False, "token-expired")
            ] * 2
            second = await refreshed(mailbox, first.get("refresh_token", refresh))
            assert await opens(mailbox, second["access_token"]) == (True, "token")
            return (await stays.ask(b"NOOP"))[-1], mailbox.inside()

    assert living(story, spec(form)) == (b"t OK NOOP completed", 1)


@pytest.mark.parametrize("form", FORMS)
def test_refresh_tokens_expire_too_until_there_is_another_consent(form):
    async def story(mailbox):
        access, refresh = held(mailbox, form)
        mailbox.expire_tokens(refresh=True)
        assert await opens(mailbox, access) == (False, "token-expired")
        assert (await refreshed(mailbox, refresh))["error"] == "invalid_grant"
        assert mailbox.evidence.token_requests[-1].refresh_token == "expired"
        new, again = held(mailbox, form, mailbox.consent_again())
        assert await opens(mailbox, new) == (True, "token")
        assert "access_token" in await refreshed(mailbox, again)

    living(story, spec(form))


@pytest.mark.parametrize("form", FORMS)
def test_a_consent_that_is_withdrawn_takes_all_tokens_until_there_is_another(form):
    async def story(mailbox):
        access, refresh = held(mailbox, form)
        issued = (await refreshed(mailbox, refresh)) if form != "rotating" else {}
        mailbox.revoke_tokens()
        for token in filter(None, (access, issued.get("access_token"))):
            assert await opens(mailbox, token) == (False, "token-revoked")
        assert (await refreshed(mailbox, refresh))["error"] == "invalid_grant"
        assert mailbox.evidence.token_requests[-1].refresh_token == "revoked"

        new, again = held(mailbox, form, mailbox.consent_again())
        assert await opens(mailbox, new) == (True, "token")
        fresh = await refreshed(mailbox, again)
        assert await opens(mailbox, fresh["access_token"]) == (True, "token")
        # What was withdrawn stays so.
        assert await opens(mailbox, access) == (False, "token-revoked")
        assert (await refreshed(mailbox, refresh))["error"] == "invalid_grant"

    living(story, spec(form))


@pytest.mark.parametrize("form", FORMS)
def test_who_consents_again_keeps_what_there_was_and_it_may_expire_and_be_revoked(form):
    async def story(mailbox):
        numbers = [1, mailbox.consent_again(), mailbox.consent_again()]
        assert len(set(numbers)) == 3
        tokens = [held(mailbox, form, number)[0] for number in numbers]
        assert [await opens(mailbox, each) for each in tokens] == [(True, "token")] * 3
        mailbox.expire_tokens()
        assert [await opens(mailbox, each) for each in tokens] == [(False, "token-expired")] * 3
        mailbox.revoke_tokens()
        assert [await opens(mailbox, each) for each in tokens] == [(False, "token-revoked")] * 3
        new = held(mailbox, form, mailbox.consent_again())[0]
        assert await opens(mailbox, new) == (True, "token")

    living(story, spec(form))


def test_a_rotation_that_was_betrayed_is_made_good_by_a_new_consent():
    """Who uses a refresh token that is used up loses all (RFC 9700, 4.14.2)."""

    async def story(mailbox):
        _, refresh = held(mailbox, "rotating")
        await refreshed(mailbox, refresh)
        assert (await refreshed(mailbox, refresh))["error"] == "invalid_grant"
        access, again = held(mailbox, "rotating", mailbox.consent_again())
        assert (await refreshed(mailbox, refresh))["error"] == "invalid_grant"
        assert await opens(mailbox, access) == (True, "token")
        assert "access_token" in await refreshed(mailbox, again)

    living(story, spec("rotating"))
