"""Who may drive the control API over TCP: who knows the token, and no page from elsewhere.

A name that is made to point at this machine (DNS rebinding) shows in `Host`, a page from elsewhere
in `Origin` or `Sec-Fetch-Site`. The Unix socket needs none of this: only its owner can open it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import Headers, QueryParams
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.serving.api.responses import problem
from harness.serving.language import cookie, language_of
from harness.texts import load_page_texts

_LOOPBACK: Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\]):(\d+)")


RefusedPage = Callable[[int, str, str], Response]
"""For a person: by status, sentence and language."""


READY: Final = "/ready"
"""Where whoever starts `serve`, such as a container's health check, learns that all stands."""
_OPEN: Final = ("/static/", "/language")
"""What the page that refuses needs; nothing there is secret, or changes a mailbox."""


class Guard:
    """Lets through what may pass, to `app`. A person is refused with a page, a program with a
    problem."""

    def __init__(self, app: ASGIApp, token: str, port: int, page: RefusedPage) -> None:
        self._app = app
        self._page = page
        self._token = token
        self._port = port
        self._cookie = f"badinbox-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(headers) or self._entry(scope, headers)
        if scope["path"] != READY and not scope["path"].startswith(_OPEN):
            refusal = refusal or self._without_token(headers)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        matched = _LOOPBACK.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if matched is None or int(matched[2]) != self._port:
            return self._refused(headers, 421, "host")
        if headers.get("origin", f"http://{hosts[0]}") != f"http://{hosts[0]}":
            return self._refused(headers, 403, "origin")
        return None

    def _entry(self, scope: Scope, headers: Headers) -> Response | None:
        """The address that `serve` prints has the token: a browser is given it as a cookie."""
        given = QueryParams(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or scope["path"].startswith("/v1") or "token" not in given:
            return None
        if not self._is_token(given["token"]):
            return self._refused(headers, 401, "not-the-token")
        rest = urlencode([pair for pair in given.multi_items() if pair[0] != "token"])
        path = "/" + scope["path"].lstrip("/")
        response = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return response

    def _without_token(self, headers: Headers) -> Response | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(given.strip()):
            return None
        if self._is_token(cookie(headers, self._cookie)):
            if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
                return None
            return self._refused(headers, 403, "site")
        response = self._refused(headers, 401, "no-token")
        response.headers["www-authenticate"] = 'Bearer realm="badinbox"'
        return response

    def _refused(self, headers: Headers, status: int, why: str) -> Response:
        language = language_of(headers)
        sentence = load_page_texts(language)["problems"][why]
        if "text/html" in headers.get("accept", ""):
            return self._page(status, sentence, language)
        return problem(status, sentence)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())
