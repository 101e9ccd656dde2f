"""What else is asked of an authorization server, and what is no question at all."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.fakeservers.oauth.conftest import WAIT_S, Server

Standing = Callable[..., Server]


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/common",
        "/.well-known/openid-configuration",
        "/common/v2.0/.well-known/openid-configuration",
    ],
)
def test_it_tells_where_everything_is(standing: Standing, path: str) -> None:
    server = standing(dialect="outlook")
    told = server.get(path).json()
    assert told["issuer"] == server.url
    assert told["token_endpoint"] == server.url + "/common/oauth2/v2.0/token"
    assert told["grant_types_supported"] == ["refresh_token", "client_credentials"]


def test_tokens_can_be_checked(standing: Standing) -> None:
    server = standing(issuing={"tokens": "jwt", "expires-in-s": 60})
    keys = KeySet.import_key_set(server.get("/keys").json())
    token = server.post().json()["access_token"]
    read = jwt.decode(token, keys, algorithms=["RS256"])
    claims = read.claims
    assert read.header["typ"] == "at+jwt" and claims["exp"] - claims["iat"] == 60
    assert claims["upn"] == claims["sub"] == server.spec.account.address
    assert claims["appid"] == server.spec.oauth_client.id


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/token", 405, "POST"),
        ("PUT", "/token", 405, "POST"),
        ("POST", "/keys", 405, "GET"),
        ("GET", "/", 404, None),
        ("POST", "/elsewhere", 404, None),
        ("GET", "/token/", 404, None),
    ],
)
def test_wrong_questions(
    standing: Standing, method: str, path: str, status: int, allowed: str | None
) -> None:
    server = standing()
    with server.http() as client:
        answer = client.request(method, server.url + path)
    assert answer.status_code == status and answer.headers.get("allow") == allowed


def said(server: Server, *pieces: bytes) -> bytes:
    """All that it answers to these bytes, sent one after the other."""
    with socket.create_connection(("127.0.0.1", server.port), WAIT_S) as sock:
        for piece in pieces:
            sock.sendall(piece)
        answer = b""
        while data := sock.recv(65536):
            answer += data
    return answer


@pytest.mark.parametrize(
    "request_",
    [
        b"a1 LOGIN anna secret\r\n\r\n",
        b"EHLO x\r\n\r\n",
        b"\0\1\2\3\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nno field\r\n\r\n",
        b"POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n",
        b"POST /token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http(standing: Standing, request_: bytes) -> None:
    server = standing(security="cleartext")
    answer = said(server, request_)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
    assert b"secret" not in str(server.mailbox.evidence.connections[0].lines()).encode()


def test_a_slow_request_is_read_to_its_end(standing: Standing) -> None:
    server = standing(security="cleartext")
    body = httpx.QueryParams(server.refresh)
    head = f"POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: {len(str(body))}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    whole = f"{head}{form}{body}".encode()
    assert said(server, *(whole[at : at + 1] for at in range(len(whole)))).startswith(
        b"HTTP/1.1 200"
    )


def test_a_client_that_expects_a_word_first(standing: Standing) -> None:
    server = standing(security="cleartext")
    head = b"POST /token HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), WAIT_S) as sock:
        sock.sendall(head)
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"x")
        assert sock.recv(1000).startswith(b"HTTP/1.1 400 ")


FAULTS = {
    "untrusted": ({"certificate": "self-signed"}, httpx.ConnectError),
    "expired": ({"certificate": "expired"}, httpx.ConnectError),
    "another name": ({"certificate": "hostname-mismatch"}, httpx.ConnectError),
    "no version": ({"tls": {"versions": ["1.0"]}}, httpx.ConnectError),
    "refused": ({"listen": "refused"}, httpx.ConnectError),
    "reset": ({"rules": [{"when": {"event": "connect"}, "then": "reset"}]}, httpx.TransportError),
    "closed": ({"rules": [{"when": {"event": "token-request"}, "then": "close"}]}, httpx.ReadError),
}
for _name, _then in {
    "reset when asked": ["reset"],
    "cut off": [{"drop-after": 40}],
    "cut off in the body": [{"drop-after": 250}],
}.items():
    _rule = {"when": {"event": "token-request"}, "then": _then}
    FAULTS[_name] = ({"rules": [_rule]}, httpx.TransportError)


# Where the reset comes before `ssl` has looked at its socket, Python leaves that open.
@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_wire_goes_wrong_as_elsewhere(standing: Standing, fault: str) -> None:
    service, error = FAULTS[fault]
    server = standing(**service)
    with pytest.raises((error, httpx.RemoteProtocolError)):
        server.post()


@pytest.mark.parametrize("then", [["hang"], [{"truncate": 30}]])
def test_it_falls_silent(standing: Standing, then: list[object]) -> None:
    server = standing(rules=[{"when": {"event": "token-request"}, "then": then}])
    with pytest.raises(httpx.ReadTimeout):
        server.post(timeout=0.5)
    assert server.mailbox.evidence.fired == ["oauth.rules[0]"]


def test_an_answer_in_slices_is_whole(standing: Standing) -> None:
    slices = {"slice": {"bytes": 7, "pause-s": 0}}
    server = standing(rules=[{"when": {"event": "token-request"}, "then": slices}])
    assert server.post().json()["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/common/oauth2/v2.0/token", 200),
        ("/example.test/oauth2/v2.0/token", 200),
        ("/oauth2/v2.0/token", 404),
        ("/common/oauth2/token", 404),
    ],
)
def test_a_tenant_has_its_own_token_endpoint(standing: Standing, path: str, status: int) -> None:
    server = standing(dialect="outlook")
    with server.http() as client:
        assert client.post(server.url + path, data=server.refresh).status_code == status
