"""A connector behind HTTP: each check is one POST of the settings, answered with JSON; one that is
to stay reports to an address of ours."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from harness.connectors.connector import (
    LONGEST_ANSWER,
    Asked,
    UnknownConnector,
    read_text,
    request,
    too_late,
)
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.hearing import Lives
from harness.contract.answer import Answer, NoAnswer
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Pace

if TYPE_CHECKING:
    import httpx

    from harness.connectors.staying.report_address import ReportAddresses

_RESTART_LOOK_S: Final = 0.2
_RESTART_LOOKS: Final = 25
HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json"}


def connector(name: str) -> Http | None:
    """`http://127.0.0.1:9000/check`."""
    return Http(name) if name.startswith(("http://", "https://")) else None


class Http:
    """POSTs to one address on this machine. No redirect is followed."""

    def __init__(self, url: str) -> None:
        """Raises `UnknownConnector` for an address that is not loopback, or is none."""
        if not _is_loopback(url):
            raise UnknownConnector(f"connector {url!r}: expected an address of this machine")
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._checks = itertools.count(1)
        self._entrance = asyncio.Lock()
        self._inside = 0
        self._left = asyncio.Event()
        self._patience = _RESTART_LOOKS
        self._lives = Lives()
        self._addresses: ReportAddresses | None = None

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
        return (await self.ask(settings, deadline_s)).answer

    async def ask(
        self, settings: ConnectionSettings, deadline_s: float, *, fresh: bool = False
    ) -> Asked:
        """`fresh`: when it listens again, and alone, as whoever ends it takes others with it."""
        async with self._entrance:
            if fresh:
                await self._wait_until_alone()
                await self._wait_until_listening()
                return Asked(await self._answer(settings, deadline_s))
            self._inside += 1
        try:
            answer = await self._answer(settings, deadline_s)
        finally:
            self._inside -= 1
            self._left.set()
        return Asked(answer)

    async def _wait_until_alone(self) -> None:
        while self._inside:
            self._left.clear()
            await self._left.wait()

    async def _wait_until_listening(self) -> None:
        """For a while, as whoever watches over it may start it anew."""
        url = urlsplit(self._url)
        port = url.port or (443 if url.scheme == "https" else 80)
        for _ in range(self._patience):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(url.hostname, port)
                writer.close()
                return
            await asyncio.sleep(_RESTART_LOOK_S)
        self._patience = 1  # it is gone for good

    async def _answer(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        check = str(next(self._checks))
        text = await self._post(request(settings, check), deadline_s)
        return text if isinstance(text, NoAnswer) else read_text(text, check)

    async def _post(self, body: bytes, deadline_s: float) -> bytes | NoAnswer:
        """What it answers to a body, or why it does not. Never raises."""
        import httpx

        try:
            async with asyncio.timeout(deadline_s):
                return await self._posted(body)
        except TimeoutError:
            return NoAnswer("timed-out", too_late(deadline_s))
        except httpx.ConnectError as error:
            why = f"nothing listens at {self._url} ({error}): is it started?"
            return NoAnswer("crashed", why, suspect=True)
        except httpx.HTTPError as error:
            why = f"{self._url}: {type(error).__name__}: {error}"
            return NoAnswer("crashed", why, suspect=True)

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """The settings and each order are a POST, answered within the time-out of the settings."""
        from harness.connectors.staying.by_posts import stay_by_posts  # only now: with its server
        from harness.connectors.staying.report_address import ReportAddresses

        self._addresses = self._addresses or ReportAddresses()
        post = partial(self._post, deadline_s=settings.timeout_s)
        life = str(next(self._checks))
        begun = stay_by_posts(post, self._addresses, settings, pace, life, heard)
        return self._lives.begun(await begun)

    async def close(self) -> None:
        await self._lives.close()
        if self._addresses is not None:
            await self._addresses.close()
        if self._client is not None:
            await self._client.aclose()

    async def _posted(self, body: bytes) -> bytes | NoAnswer:
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
        return text


def _status(response: httpx.Response) -> str:
    where = response.headers.get("Location")
    to = f" to {where:.200}; a redirect is not followed" if where else ""
    return f"it answered with status {response.status_code} {response.reason_phrase}{to}"


def _is_loopback(url: str) -> bool:
    """Whether it is an address of this machine; not where its host or port is none."""
    try:
        host, _ = urlsplit(url).hostname or "", urlsplit(url).port
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
