"""What a token that can be read says of itself: a hint at what is wrong with it."""

import base64
import json
from datetime import UTC, datetime

import pytest

from harness.checker.oauth.token_claims import claims_of
from harness.checker.second_look import narrowed, probe
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, OAuth2Settings, ServerSettings

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAMES = ("anna", "anna@example.test")


def jwt(payload):
    parts = [{"alg": "none"}, payload]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"signature"]).decode()


def told(payload, protocol="imap"):
    found = claims_of(jwt(payload), NAMES, protocol, NOW)
    return {claim.outcome: claim.cause for claim in found}


@pytest.mark.parametrize(
    ("payload", "outcome", "cause"),
    [
        ({"exp": NOW.timestamp() - 1}, "token-expired-at", "token-expired"),
        ({"exp": NOW.timestamp() + 1}, "token-valid-until", None),
        ({"upn": "ben@example.test"}, "token-of-another-user", "token-for-another-user"),
        ({"preferred_username": "Anna@example.test"}, "token-of-this-user", None),
        ({"upn": "anna"}, "token-of-this-user", None),
        ({"aud": "https://graph.microsoft.com/"}, "token-for-another-service", "token-scope"),
        ({"aud": ["https://outlook.office.com"]}, "token-for-service", None),
        ({"scp": "IMAP.AccessAsUser.All offline_access"}, "token-scopes", None),
        ({"scope": "User.Read SMTP.Send"}, "token-without-scope", "token-scope"),
        ({"roles": ["IMAP.AccessAsApp"]}, "token-scopes", None),
    ],
)
def test_what_fits_and_what_does_not(payload, outcome, cause):
    assert told(payload) == {outcome: cause}


def test_each_protocol_has_its_scope():
    assert told({"scp": "SMTP.Send"}, "smtp") == {"token-scopes": None}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ya29.opaque",
        "a.b.c",
        "a.%%%.c",
        "eyJ.W10.x",
        jwt([1]),
        jwt("x"),
        "..",
        "\u20ac.\u20ac.\u20ac",
        "e." + base64.b64encode(b"[" * 100_000).decode() + ".x",
        jwt({"exp": True, "aud": 7, "upn": None, "scp": [1]}),
        jwt({"exp": 1e300}),
        jwt({"exp": "soon"}),
    ],
)
def test_what_cannot_be_read_says_nothing(token):
    assert claims_of(token, NAMES, "imap", NOW) == []


def test_the_second_look_speaks_for_one_of_the_candidates():
    token = jwt({"exp": 1, "upn": "anna@example.test", "scp": "IMAP.AccessAsUser.All"})
    server = ServerSettings(host="127.0.0.1", port=1)
    oauth2 = OAuth2Settings(
        access_token=token, token_endpoint="https://127.0.0.1:1/", client_id="x"
    )
    settings = ConnectionSettings(
        email="anna@example.test", authentication="oauth2", oauth2=oauth2, imap=server, smtp=server
    )
    diagnosis = Diagnosis(
        error="unauthorized",
        stage="imap-login",
        cause="unspecified",
        candidates=["unspecified", "token-expired", "token-scope"],
    )
    probes = probe(settings, diagnosis)
    assert [found.name for found in probes] == ["token"] * 3
    assert narrowed(diagnosis, probes) == ["token-expired"]
    assert token not in repr(probes)
