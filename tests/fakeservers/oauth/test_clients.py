"""OAuth clients that others have written get tokens, and are refused them in their own words."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakeservers.oauth.conftest import WAIT_S, Server

Standing = Callable[..., Server]
Clients = Callable[[Server, str], str]
"""What asks a server for an access token with this refresh token; raises what the client does."""


def authlib(server: Server, refresh_token: str) -> str:
    from authlib.integrations.httpx_client import OAuth2Client

    known = server.spec.oauth_client
    with OAuth2Client(known.id, known.secret, verify=server.context(), trust_env=False) as client:
        token = client.refresh_token(server.token_url, refresh_token=refresh_token)
    return str(token["access_token"])


def requests_oauthlib(server: Server, refresh_token: str) -> str:
    from requests_oauthlib import OAuth2Session

    session = OAuth2Session(server.spec.oauth_client.id)
    session.trust_env = False
    token = session.refresh_token(
        server.token_url, refresh_token, verify=server.mailbox.ca_file, **server.client
    )
    return str(token["access_token"])


def google_auth(server: Server, refresh_token: str) -> str:
    import requests
    from google.auth.transport.requests import Request
    from google.oauth2.credentials import Credentials

    session = requests.Session()
    session.trust_env, session.verify = False, server.mailbox.ca_file
    credentials = Credentials(
        None, refresh_token=refresh_token, token_uri=server.token_url, **server.client
    )
    credentials.refresh(Request(session))
    assert credentials.valid
    return str(credentials.token)


def msal(server: Server, refresh_token: str) -> str:
    application = _msal(server)
    scopes = [scope for scope in _scopes(server) if scope != "offline_access"]
    return _of_msal(application.acquire_token_by_refresh_token(refresh_token, scopes))


def _msal(server: Server) -> Any:
    """It finds out where tokens are by itself."""
    import requests
    from msal import ConfidentialClientApplication

    session = requests.Session()
    session.trust_env, session.verify = False, server.mailbox.ca_file
    known = server.spec.oauth_client
    return ConfidentialClientApplication(
        known.id,
        client_credential=known.secret,
        authority=f"{server.url}/example.test",
        validate_authority=False,
        instance_discovery=False,
        http_client=session,
    )


def _of_msal(result: dict[str, Any]) -> str:
    if "error" in result:
        raise ValueError(f"{result['error']}: {result['error_description']}")
    return str(result["access_token"])


def _scopes(server: Server) -> list[str]:
    return server.mailbox.services["oauth"].dialect.side("oauth").scopes


CLIENTS: dict[str, Clients] = {
    "Authlib": authlib,
    "requests-oauthlib": requests_oauthlib,
    "google-auth": google_auth,
    "MSAL": msal,
}


def accepted(server: Server, token: str) -> bool:
    account = server.spec.account.login
    return server.mailbox.accounts.check(account, token, kind="token")[0] == "token"


@pytest.mark.parametrize("tokens", ["opaque", "jwt"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_token_is_had(standing: Standing, client: str, tokens: str) -> None:
    server = standing(dialect="outlook", issuing={"tokens": tokens, "rotates": True})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        assert accepted(server, CLIENTS[client](server, server.spec.account.refresh_token))
    assert server.mailbox.evidence.token_requests[-1].client == "right"


@pytest.mark.parametrize("dialect", ["plain", "outlook", "gmail"])
@pytest.mark.parametrize("client", CLIENTS)
def test_why_not_is_told(standing: Standing, client: str, dialect: str) -> None:
    server = standing(dialect="outlook") if client == "MSAL" else standing(dialect=dialect)
    words = {"plain": "revoked", "outlook": "AADSTS50173", "gmail": "expired or revoked"}
    said = words["outlook" if client == "MSAL" else dialect]
    with warnings.catch_warnings(), pytest.raises(Exception, match=said):
        warnings.simplefilter("ignore")
        CLIENTS[client](server, f"{server.spec.account.refresh_token}.revoked")


def test_msal_for_an_application_itself(standing: Standing) -> None:
    server = standing(dialect="outlook", issuing={"tokens": "jwt"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tenant `common`
        scope = "https://outlook.office365.com/.default"
        result = _msal(server).acquire_token_for_client([scope])
    assert accepted(server, _of_msal(result))


@pytest.fixture
def simple_oauth2(
    tool: Callable[[str], str], node_package: Callable[[str], str]
) -> Callable[[Server, str], dict[str, Any]]:
    """What the client for Node has of a server, for this refresh token."""

    def run(server: Server, refresh_token: str) -> dict[str, Any]:
        node, module = tool("node"), node_package("simple-oauth2")
        script = str(Path(__file__).with_name("simple_oauth2.js"))
        path = server.token_url.removeprefix(server.url)
        known = server.spec.oauth_client
        task = {
            "module": module,
            "client": {"id": known.id, "secret": known.secret},
            "auth": {"tokenHost": server.url, "tokenPath": path},
            "refreshToken": refresh_token,
        }
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": server.mailbox.ca_file}
        done = subprocess.run(
            [node, script, json.dumps(task)],
            capture_output=True, text=True, env=environment, timeout=6 * WAIT_S, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    return run


def test_simple_oauth2(
    standing: Standing, simple_oauth2: Callable[[Server, str], dict[str, Any]]
) -> None:
    server = standing()
    token = server.spec.account.refresh_token
    assert accepted(server, simple_oauth2(server, token)["access_token"])
    refused = simple_oauth2(server, f"{token}.revoked")
    assert refused["status"] == 400 and refused["payload"]["error"] == "invalid_grant"
