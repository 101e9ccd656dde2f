"""The authorization server's endpoints: one request on each connection, and its answer."""

from __future__ import annotations

import json
from typing import Any, Final, get_args

from fakeservers.conversation import HOSTNAME, Conversation
from fakeservers.oauth.http_request import HttpRequest, Unacceptable, read_request
from fakeservers.oauth.token_endpoint import answer_token_request
from fakeservers.script import Event
from fakeservers.security import GrantType

_METADATA: Final = "/.well-known/oauth-authorization-server"
"""RFC 8414, section 3: what stands behind it is the tenant's."""
_OPENID: Final = "/.well-known/openid-configuration"
"""OpenID Connect Discovery 1.0, section 4: what stands before it is the tenant's."""
_KEYS: Final = "/keys"
_ANY_TENANT: Final = "/common/"
"""How the paths of Microsoft begin, of whatever tenant somebody is."""


async def serve(conversation: Conversation) -> None:
    """Answer one request, and close."""
    try:
        request = await read_request(conversation.connection)
    except Unacceptable as unacceptable:
        if not await conversation.happens(Event("no-command")):
            await conversation.reply(unacceptable.reply)
    else:
        await _answer(conversation, request)
    await conversation.connection.close()


async def _answer(conversation: Conversation, request: HttpRequest) -> None:
    wanted = conversation.dialect.side("oauth").token_path
    allowed = "POST" if _without_tenant(request.path, wanted) == wanted else "GET"
    if allowed == request.method == "POST":
        await answer_token_request(conversation, request)
        return
    conversation.came_to(Event("command", command=request.method))
    document = _document(conversation, request)
    if allowed == "GET" and document is None:
        await conversation.reply("not-found")
    elif request.method != allowed:
        await conversation.reply("method-not-allowed", text=allowed)
    else:
        await conversation.reply("document", text=json.dumps(document))


def _without_tenant(path: str, wanted: str) -> str:
    """The path with the tenant that stands for all, where that is how the wanted one begins."""
    begins = wanted.startswith(_ANY_TENANT)
    return _ANY_TENANT + path[1:].partition("/")[2] if begins else path


def _document(conversation: Conversation, request: HttpRequest) -> dict[str, Any] | None:
    """What can be read at a path; None: nothing."""
    path = request.path
    if path == _KEYS:
        from fakeservers.tokens.jwt import public_keys  # its library takes long to import

        return public_keys()
    if path.startswith(_METADATA) or path.endswith(_OPENID):
        return _metadata(conversation, request.headers.get("host", HOSTNAME))
    return None


def _metadata(conversation: Conversation, host: str) -> dict[str, Any]:
    """RFC 8414, section 2, and what OpenID Connect Discovery 1.0 (3) requires besides. `host`: as
    the client calls this server."""
    side = conversation.dialect.side("oauth")
    base = f"{'https' if conversation.connection.tls_active else 'http'}://{host}"
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}{side.token_path}",
        "jwks_uri": f"{base}{_KEYS}",
        "scopes_supported": side.scopes,
        "response_types_supported": ["code"],
        "grant_types_supported": list(get_args(GrantType)),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
