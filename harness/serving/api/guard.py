"""Who may drive the control API over TCP: who knows the token, and no page from elsewhere.

A name that is made to point at this machine (DNS rebinding) shows in `Host`, a page from elsewhere
in `Origin` or `Sec-Fetch-Site`. The Unix socket needs none of this: only its owner can open it.
"""

from __future__ import annotations

import hmac
import re
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.serving.api.responses import problem

_LOOPBACK: Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\]):(\d+)")


class Guard:
    """Lets through what may pass, to `app`."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._port = port
        self._cookie = f"badinbox-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(headers) or self._entry(scope) or self._without_token(headers)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        matched = _LOOPBACK.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if matched is None or int(matched[2]) != self._port:
            return problem(421, "the Host header names no loopback address with this port")
        if headers.get("origin", f"http://{hosts[0]}") != f"http://{hosts[0]}":
            return problem(403, "a page of another origin may not drive this")
        return None

    def _entry(self, scope: Scope) -> Response | None:
        """The address that `serve` prints has the token: a browser is given it as a cookie."""
        given = QueryParams(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or scope["path"].startswith("/v1") or "token" not in given:
            return None
        if not self._is_token(given["token"]):
            return problem(401, "that is not the token that badinbox serve has printed")
        rest = urlencode([pair for pair in given.multi_items() if pair[0] != "token"])
        path = "/" + scope["path"].lstrip("/")
        response = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return response

    def _without_token(self, headers: Headers) -> Response | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return None
        if self._is_token(self._of_cookie(headers)):
            if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
                return None
            return problem(403, "a page of another site may not drive this")
        response = problem(401, "the token that badinbox serve has printed is required")
        response.headers["www-authenticate"] = 'Bearer realm="badinbox"'
        return response

    def _of_cookie(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found else ""

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())
