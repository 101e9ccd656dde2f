"""A connector behind HTTP: each check is one POST of the settings, answered with JSON."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from harness.connectors.connector import LONGEST_ANSWER, UnknownConnector, read_text, request
from harness.contract.answer import Answer, NoAnswer
from harness.contract.settings import ConnectionSettings

if TYPE_CHECKING:
    import httpx

HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json"}


def connector(name: str) -> Http | None:
    """`http://127.0.0.1:9000/check`."""
    return Http(name) if name.startswith(("http://", "https://")) else None


class Http:
    """POSTs to one address on this machine. Nothing is retried, no redirect is followed."""

    def __init__(self, url: str) -> None:
        """Raises `UnknownConnector` for an address that is not loopback."""
        if not _is_loopback(urlsplit(url).hostname or ""):
            raise UnknownConnector(f"connector {url!r}: expected an address of this machine")
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._checks = itertools.count(1)

    async def start(self) -> None:
        """Open the client. Whether somebody listens, the first check tells."""
        import httpx  # only now: it costs 0.1 s

        # The deadline of a check is kept by `check`; proxies of the environment are not for us.
        self._client = httpx.AsyncClient(
            timeout=None,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=None),
        )

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        import httpx

        check = str(next(self._checks))
        try:
            async with asyncio.timeout(deadline_s):
                return await self._post(request(settings, check), check)
        except TimeoutError:
            return NoAnswer("timed-out", f"no answer within {deadline_s:g} s")
        except httpx.HTTPError as error:
            return NoAnswer("crashed", f"{self._url}: {type(error).__name__}: {error}")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, body: bytes, check: str) -> Answer:
        assert self._client is not None
        async with self._client.stream(
            "POST", self._url, content=body, headers=HEADERS
        ) as response:
            if not response.is_success:
                return NoAnswer("crashed", _status(response))
            text = b""
            async for chunk in response.aiter_bytes():
                text += chunk
                if len(text) > LONGEST_ANSWER:
                    return NoAnswer("unclear", f"its answer is longer than {LONGEST_ANSWER} bytes")
        return read_text(text, check)


def _status(response: httpx.Response) -> str:
    where = response.headers.get("Location")
    to = f" to {where:.200}; a redirect is not followed" if where else ""
    return f"it answered with status {response.status_code} {response.reason_phrase}{to}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
