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


Node = Callable[[str, str, Server, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def node_client(tool: Callable[[str], str], node_package: Callable[[str], str]) -> Node:
    """What a client for Node, by its package and our script, has of a server for a task."""

    def run(package: str, script: str, server: Server, task: dict[str, Any]) -> dict[str, Any]:
        node, module = tool("node"), node_package(package)
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": server.mailbox.ca_file}
        done = subprocess.run(
            [node, str(Path(__file__).with_name(script)), json.dumps({"module": module, **task})],
            capture_output=True, text=True, env=environment, timeout=6 * WAIT_S, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    return run


def test_simple_oauth2(standing: Standing, node_client: Node) -> None:
    server = standing()
    known = server.spec.oauth_client
    path = server.token_url.removeprefix(server.url)
    task = {
        "client": {"id": known.id, "secret": known.secret},
        "auth": {"tokenHost": server.url, "tokenPath": path},
    }

    def renewed(refresh_token: str) -> dict[str, Any]:
        wanted = {**task, "refreshToken": refresh_token}
        return node_client("simple-oauth2", "simple_oauth2.js", server, wanted)

    token = server.spec.account.refresh_token
    assert accepted(server, renewed(token)["access_token"])
    refused = renewed(f"{token}.revoked")
    assert refused["status"] == 400 and refused["payload"]["error"] == "invalid_grant"


@pytest.mark.parametrize("tokens", ["opaque", "jwt"])
def test_msal_for_node(standing: Standing, node_client: Node, tokens: str) -> None:
    """It finds out where tokens are by itself, of a tenant or of any."""
    server = standing(dialect="outlook", issuing={"tokens": tokens, "rotates": True})
    known, token = server.spec.oauth_client, server.spec.account.refresh_token
    scopes = [scope for scope in _scopes(server) if scope != "offline_access"]

    def asked(tenant: str, **more: Any) -> dict[str, Any]:
        authority = f"{server.url}/{tenant}"
        client = {"clientId": known.id, "clientSecret": known.secret, "authority": authority}
        task = {"client": client, "scopes": scopes, **more}
        return node_client("@azure/msal-node", "msal_node.js", server, task)

    assert accepted(server, asked("example.test", refreshToken=token)["token"])
    refused = asked("common", refreshToken=f"{token}.revoked")
    assert refused["error"] == "invalid_grant" and "AADSTS50173" in refused["text"]
    own = asked("example.test", scopes=["https://outlook.office365.com/.default"])
    assert accepted(server, own["token"])
    assert [each.client for each in server.mailbox.evidence.token_requests] == ["right"] * 3
