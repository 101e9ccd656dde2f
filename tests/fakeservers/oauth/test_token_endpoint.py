"""Who is given a token, who is refused one and how, and what is noted of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from fakeservers.oauth.http_request import MOST_BODY_BYTES
from fakeservers.spec import Account, OAuthClient
from tests.fakeservers.oauth.conftest import Server

Standing = Callable[..., Server]
KNOWN, ACCOUNT = OAuthClient(), Account()
CLIENT = {"client_id": KNOWN.id, "client_secret": KNOWN.secret}
REFRESH = {"grant_type": "refresh_token", "refresh_token": ACCOUNT.refresh_token}


def basic(name: str, secret: str) -> dict[str, str]:
    told = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {told}"}


def test_a_refresh_token_is_worth_an_access_token(standing: Standing) -> None:
    server = standing()
    answer = server.post()
    body = answer.json()
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    accounts = server.mailbox.accounts
    assert accounts.check(ACCOUNT.login, body["access_token"], kind="token")[0] == "token"
    [noted] = server.mailbox.evidence.token_requests
    assert (noted.grant, noted.refresh_token, noted.client, noted.outcome, noted.tls) == (
        "refresh_token", "valid", "right", "issued", True
    )  # fmt: skip
    [transcript] = server.mailbox.evidence.connections
    assert [step.event for step in transcript.steps][-1] == "token-request"


@pytest.mark.parametrize("way", ["body", "Basic"])
@pytest.mark.parametrize(
    ("name", "secret", "kind"),
    [
        (KNOWN.id, KNOWN.secret, "right"),
        (KNOWN.id, "x", "wrong-secret"),
        (KNOWN.id, "", "wrong-secret"),
        ("x", KNOWN.secret, "unknown"),
    ],
)
def test_who_asks(standing: Standing, way: str, name: str, secret: str, kind: str) -> None:
    server = standing()
    if way == "body":
        answer = server.post({**REFRESH, "client_id": name, "client_secret": secret})
    else:
        answer = server.post(REFRESH, headers=basic(name, secret))
    assert server.mailbox.evidence.token_requests[0].client == kind
    if kind == "right":
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401 and answer.json()["error"] == "invalid_client"
        assert answer.headers["www-authenticate"].startswith("Basic ")


FORMS: dict[str, tuple[dict[str, str], str]] = {
    "no grant": (CLIENT, "invalid_request"),
    "nothing": ({}, "invalid_request"),
    "another grant": ({**CLIENT, "grant_type": "password"}, "unsupported_grant_type"),
    "no refresh token": ({**CLIENT, "grant_type": "refresh_token"}, "invalid_request"),
    "another scope": ({**CLIENT, **REFRESH, "scope": "https://x.test/"}, "invalid_scope"),
    "no client": (REFRESH, "invalid_client"),
    **{
        f"{kind} refresh token": (
            {**CLIENT, **REFRESH, "refresh_token": f"{ACCOUNT.refresh_token}.{kind}"},
            "invalid_grant",
        )
        for kind in ("expired", "revoked", "nonsense")
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_refused(standing: Standing, form: str) -> None:
    server = standing()
    fields, error = FORMS[form]
    answer = server.post(fields)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error"] == error
    assert server.mailbox.evidence.token_requests[0].outcome == "refused"


REQUESTS: dict[str, dict[str, Any]] = {
    "JSON": {"json": {**CLIENT, **REFRESH}, "data": None},
    "no type": {"content": b"grant_type=refresh_token", "data": None},
    "twice": {"content": b"grant_type=a&grant_type=b", "data": None},
    "two clients": {"data": {**CLIENT, **REFRESH}, "headers": basic("x", "y")},
    "no Basic": {"data": REFRESH, "headers": {"Authorization": "Bearer x"}},
    "broken Basic": {"data": REFRESH, "headers": {"Authorization": "Basic %%%"}},
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_that_no_form_is(standing: Standing, request_: str) -> None:
    answer = standing().post(**REQUESTS[request_])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["scope", "for-another-user"])
@pytest.mark.parametrize("tokens", ["opaque", "jwt"])
def test_what_the_consent_is_the_access_token_is(
    standing: Standing, kind: str, tokens: str
) -> None:
    server = standing(issuing={"tokens": tokens})
    form = {**server.refresh, "refresh_token": f"{ACCOUNT.refresh_token}.{kind}"}
    token = server.post(form).json()["access_token"]
    given, owner = server.mailbox.accounts.check(ACCOUNT.login, token, kind="token")
    assert (given, owner) == (f"token-{kind}", None)


def test_for_an_application_itself(standing: Standing) -> None:
    server = standing(dialect="outlook", issuing={"tokens": "jwt"})
    scope = "https://outlook.office365.com/.default"
    answer = server.post({**CLIENT, "grant_type": "client_credentials", "scope": scope})
    assert answer.json()["token_type"] == "Bearer" and "refresh_token" not in answer.json()


def test_a_public_client_has_no_secret(standing: Standing) -> None:
    server = standing(mailbox={"oauth-client": {"secret": ""}})
    named = {"client_id": KNOWN.id}
    assert server.post({**REFRESH, **named}).status_code == 200
    refused = server.post({"grant_type": "client_credentials", **named})
    assert refused.json()["error"] == "unauthorized_client"


def test_rotated_tokens_are_good_for_one_use(standing: Standing) -> None:
    server = standing(issuing={"rotates": True})
    first = server.post().json()
    second = server.post({**server.refresh, "refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert server.post().json()["error"] == "invalid_grant"
    noted = server.mailbox.evidence.token_requests
    assert [each.voided for each in noted] == [False, False, True]
    last = {**server.refresh, "refresh_token": second.json()["refresh_token"]}
    assert server.post(last).json()["error"] == "invalid_grant", "all are revoked now"


def test_a_rule_answers_in_the_words_of_the_dialect(standing: Standing) -> None:
    when = {"event": "token-request", "refresh-token": "valid", "client": "right"}
    rule = {"when": when, "then": {"reply": "token-revoked-4"}, "times": 1}
    server = standing(dialect="outlook", rules=[rule])
    answer = server.post()
    assert answer.status_code == 400 and answer.json()["error_codes"] == [50076]
    assert answer.json()["error_description"].startswith("AADSTS50076: ")
    assert server.post().status_code == 200
    noted = server.mailbox.evidence.token_requests
    assert [each.outcome for each in noted] == ["answered", "issued"]


def test_too_large(standing: Standing) -> None:
    server = standing(security="cleartext")
    answer = server.post(content=b"x" * 10_000_000, data=None)
    assert answer.status_code == 413
    chunks = (b"x" * 65536 for _ in range(MOST_BODY_BYTES // 65536 + 2))
    assert server.post(content=chunks, data=None).status_code == 413
    assert server.post(headers={"X-Long": "y" * 100_000}).status_code == 431


@pytest.mark.parametrize("tokens", ["x" * 65536, "eyJ" + "x" * 65536, "eyJhbGciOiJub25lIn0.e30."])
def test_tokens_that_nobody_issued(standing: Standing, tokens: str) -> None:
    server = standing(issuing={"tokens": "jwt"})
    server.post()  # there is a key now
    answer = server.post({**server.refresh, "refresh_token": tokens})
    assert answer.json()["error"] == "invalid_grant"
    assert server.mailbox.accounts.tokens.password_kind(tokens) == "wrong"


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        ({"json": {"error": "x", "at": "{client}"}}, "application/json", b'"at": "badinbox-'),
        ({"form": {"error": "a b"}}, "application/x-www-form-urlencoded", b"error=a+b"),
        ({"html": "<p>{{}}"}, "text/html", b"<p>{}"),
        ({"text": "no", "headers": {"Content-Type": "image/x"}}, "image/x", b"no"),
        ({"headers": {"Location": "/x"}}, None, b""),
    ],
)
def test_a_rule_answers_in_words_of_its_own(
    standing: Standing, body: dict[str, Any], kind: str | None, content: bytes
) -> None:
    rule = {"when": {"event": "token-request"}, "then": {"http": {"status": 418, **body}}}
    answer = standing(rules=[rule]).post()
    assert answer.status_code == 418 and answer.reason_phrase == "I'm a Teapot"
    assert content in answer.content
    assert (answer.headers.get("Content-Type") or "none").startswith(kind or "none")
    assert answer.headers.get("Location") == body.get("headers", {}).get("Location")


def test_an_answer_that_is_huge(standing: Standing) -> None:
    answer = {"status": 200, "json": {"error": "x"}, "padding-bytes": 10_000_000}
    rule = {"when": {"event": "token-request"}, "then": {"http": answer}}
    server = standing(rules=[rule])
    came = server.post()
    assert len(came.content) == 10_000_014 and came.json() == {"error": "x"}
    assert server.mailbox.evidence.connections[-1].memory < 1_000_000
