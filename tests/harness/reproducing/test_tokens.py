"""What token endpoints and client libraries say of tokens is found, and no token is shown."""

from __future__ import annotations

import base64
import json

import pytest

from harness.cli import main
from harness.contract.masking import Masking
from harness.reproducing.credentials import secrets_elsewhere, token_secrets
from harness.reproducing.failure import find_failure
from harness.reproducing.material import lines_of, read
from harness.reproducing.placeholders import Ours
from harness.reproducing.reproduced import reproduced

ACCESS = "ya29.a0AfB_byC-secret_secret"
REFRESH = "1//0gSecret-secret_secret"
SECRET = "GOCSPX-0secret_secret-0"
CODE = "4/0AfJohXm-secret_secret0"
JWT = "eyJhbGciOiJub25lIn0.eyJ1cG4iOiJhbm5hIn0.c2lnbmF0dXJl"
PLAIN = "xK8q~pWq7secret"
"""A client secret of Microsoft, which looks like nothing."""


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{ACCESS}", "refresh_token": "{REFRESH}", "id_token": "{JWT}"}}',
        f'{{"access_token":"{PLAIN}"}}',
        json.dumps(f'{{"refresh_token": "{PLAIN}"}}'),
        f"{{'client_secret': '{PLAIN}', 'refresh_token': '{REFRESH}'}}",
        f':client_secret=>"{PLAIN}"',
        f"grant_type=refresh_token&refresh_token={PLAIN}&client_id=x",
        "refresh_token=1%2F%2F0gSecret-secret_secret&client_secret=a%2Bsecret%2Fx&scope=x",
        '{"refresh_token":"1\\/\\/0gSecret-secret_secret"}',
        f"GET /callback?code={CODE}&state=x HTTP/1.1",
        "https://app.example.test/cb?code=0.AXoAsecretsecretsecretsecret&session_state=1",
        f"code: '{CODE}'",
        f"Authorization: Bearer {PLAIN}{PLAIN}",
        f"Authorization: Basic {b64('client:' + PLAIN)}",
        f"the header was {JWT}.",
        f"refreshing {REFRESH} of anna",
        f"auth: {b64(f'user=anna{chr(1)}auth=Bearer {PLAIN}{chr(1)}{chr(1)}')}",
        f"n {b64(f'n,a=anna,{chr(1)}auth=Bearer {PLAIN}{chr(1)}{chr(1)}')}",
        "token 1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef",
        "client_assertion=" + JWT,
    ],
)
def test_no_token_stays_in_a_text(text):
    shown = Masking(token_secrets(text)).text(text)
    for piece in (
        ACCESS,
        REFRESH,
        SECRET,
        CODE,
        JWT,
        PLAIN,
        "secret_secret",
        "0123456789abcdef",
        "secretsecret",
        "c2lnbmF0dXJl",
        "%2Bsecret",
    ):
        assert piece not in shown, shown
    assert b64(PLAIN)[4:-6] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 The access token belongs to another user",
        "Token has been expired or revoked.",
        "error: 'invalid_grant', code: 'EAUTH', command: 'AUTH XOAUTH2', responseCode: 535",
        "token endpoint https://oauth2.googleapis.com/token could not be reached",
        '{"error":"invalid_client","error_description":"The client secret keys are expired"}',
        '{"token_type":"Bearer","expires_in":3599}',
        "Bearer token",
        "code: 401 Unauthorized",
    ],
)
def test_words_about_tokens_are_no_tokens(text):
    assert set(secrets_elsewhere(text)) == set()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "google.auth.exceptions.RefreshError: ('invalid_grant: Token has been revoked.', {})",
            "token-revoked",
        ),
        (
            "{'error': 'invalid_grant', 'error_description': 'AADSTS65001', 'x': [65001]}",
            "consent-missing",
        ),
        (
            "oauthlib.oauth2.rfc6749.errors.InvalidClientError: (invalid_client) Unauthorized",
            "oauth-client-refused",
        ),
        (
            'HTTP/1.1 503 No\nRetry-After: 30\n\n{\n "error": "temporarily_unavailable"\n}',
            "token-endpoint-unavailable",
        ),
        (
            'HTTP/1.1 400 No\n{\n"error": "invalid_grant",\n"suberror": "consent_required"\n}\nbye',
            "consent-missing",
        ),
        (
            "AADSTS7000222: The client secret keys for app 'x' are expired.\n    at f (a.js:1)",
            "oauth-client-refused",
        ),
        ("Error: Can't create new access token for user", "unspecified"),
        (
            'oauth2: cannot fetch token: 400 Bad Request\nResponse: {"error":"invalid_grant"}',
            "token-revoked",
        ),
    ],
)
def test_what_a_library_says_of_a_token_is_understood(text, cause):
    failure = find_failure(read(lines_of(text.encode())))
    assert failure is not None
    assert (failure.stage, failure.diagnosis.cause) == ("oauth-token", cause)
    assert not failure.diagnosis.ask_password


def test_a_log_in_by_a_token_is_told_from_its_dialogue():
    log = (
        "C: a1 AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHlhMjkuc2VjcmV0AQE=\n"
        "S: a1 NO AUTHENTICATE failed.\n"
    )
    failure = find_failure(read(lines_of(log.encode())))
    assert failure is not None and failure.by_token
    assert failure.diagnosis.candidates[1:3] == ["token-expired", "token-revoked"]


def test_what_a_mail_server_says_is_no_token_endpoints():
    text = "Error: Invalid login: 535 5.7.8 invalid_grant: Username and Password not accepted"
    failure = find_failure(read(lines_of(text.encode())))
    assert failure is not None and failure.stage == "smtp-login"


REFUSED = {"error": "invalid_grant", "error_description": "AADSTS65001: {x} has not consented"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(REFUSED),
        json.dumps(REFUSED, indent=2),
        f"refresh failed: {json.dumps(REFUSED)}",
        json.dumps({"level": "error", "msg": json.dumps(REFUSED)}),
        f"HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{json.dumps(REFUSED)}",
    ],
)
def test_an_answer_of_a_token_endpoint_is_told_as_it_stands_there(text):
    material = read(lines_of(text.encode()))
    failure = find_failure(material)
    assert failure is not None and failure.diagnosis.cause == "consent-missing"
    told = reproduced(failure.diagnosis, [], failure, Ours(), material)
    reply = "\n".join(told.reply)
    assert json.loads(reply[reply.index("{") :]) == REFUSED


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(REFUSED, separators=(",", ":")),
        json.dumps({**REFUSED, "error_description": "AADSTS65001: refus\u00e9"}),
        json.dumps(REFUSED).replace("{", "{ ", 1),
    ],
    ids=["no spaces", "escapes", "a space within"],
)
@pytest.mark.parametrize("around", ["code=400, response=%s", '{"level": 50, "response": %s}'])
def test_an_answer_is_not_written_anew(written, around):
    failure = find_failure(read(lines_of((around % written).encode())))
    assert failure is not None and written in failure.lines[0]


@pytest.mark.parametrize(
    ("head", "error", "secret_kept"),
    [
        ("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic\n\n", "invalid_client", "client"),
        ("refresh failed: ", "invalid_grant", "refresh-token"),
        ("< HTTP/2 503\n< retry-after: 7\n\n", "temporarily_unavailable", None),
    ],
)
def test_an_answer_that_is_whole_becomes_a_scenario(tmp_path, head, error, secret_kept):
    log, made = tmp_path / "log.txt", tmp_path / "made.yaml"
    said = {"error": error, "error_description": f"{{{PLAIN}}} of anna@shop.example: {ACCESS}"}
    log.write_text(f"client_secret={PLAIN}\n{head}{json.dumps(said)}\n")
    assert main(["reproduce", str(log), "--output", str(made)]) == 0
    text = made.read_text()
    assert f"error: {error}" in text and "someone@example.test" in text
    assert not any(secret in text for secret in (PLAIN, ACCESS, "anna", "shop.example"))
    assert (f"{secret_kept}: " in text) == bool(secret_kept)
    assert ("is assumed" in text) == head.startswith("refresh")
    assert main(["run", str(made)]) == 0


BARE = "jakarta.mail.AuthenticationFailedException: AUTHENTICATE failed"
"""What Jakarta Mail says of a refusal, without the server's words."""
FRAME = "\tat org.eclipse.angus.mail.imap.protocol.IMAPProtocol.authoauth2(IMAPProtocol.java:1113)"


@pytest.mark.parametrize(
    ("text", "by_token"),
    [
        (f"mail.imaps.auth.mechanisms=XOAUTH2\n{BARE}", True),
        (f"{BARE}\n{FRAME}", True),
        (f"Caused by: CommandFailedException: A1 NO AUTHENTICATE failed.\n{FRAME}", True),
        (f"DEBUG IMAP: AUTHENTICATE XOAUTH2 command trace suppressed\n{BARE}", True),
        (f"auth: {{ type: 'OAuth2', user: 'anna' }}\n{BARE}", True),
        (f"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2\n{BARE}", False),
        (f"DEBUG IMAP: mechanism XOAUTH2 not disabled\n{BARE}", False),
        (BARE, False),
    ],
)
def test_without_the_servers_words_what_stands_around_tells_of_a_token(text, by_token):
    failure = find_failure(read(lines_of(text.encode())))
    assert failure is not None and failure.stage.endswith("-login")
    assert failure.by_token == by_token and not failure.diagnosis.ask_password
    assert not (by_token and "confirm-address-and-password" in failure.diagnosis.advice)
