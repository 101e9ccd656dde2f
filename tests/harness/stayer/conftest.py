"""Mailboxes that live, and the stayer in a thread beside them: tests wait for what it says."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from fakeservers.happenings.links import HowCut
from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import Rule
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, State, ToSend
from harness.scenario.loading import load
from harness.stayer import stay
from tests.harness.conftest import HEADER, WORKING

PATIENCE_S = 20.0
"""After so long a test fails that waits for what never comes."""
PACE = Pace(poll_s=0.05, idle_s=0.3, retry_first_s=0.02, retry_longest_s=0.2)


class Life:
    """A mailbox, and the stayer that is connected to it. ``said``: all that it has said."""

    def __init__(self, mailbox: Mailbox, settings: ConnectionSettings) -> None:
        self.mailbox = mailbox
        self.settings = settings
        self.said: list[State] = []
        self._orders: queue.Queue[Order] = queue.Queue()
        self._news: asyncio.Queue[State] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def say(state: State) -> None:
            loop.call_soon_threadsafe(self._news.put_nowait, state)

        self._work = asyncio.create_task(asyncio.to_thread(stay, settings, PACE, say, self._orders))

    async def next(self) -> State:
        """What it says next."""
        state = await asyncio.wait_for(self._news.get(), PATIENCE_S)
        self.said.append(state)
        return state

    async def until(self, name: str, **having: Any) -> State:
        """The next state of that name which has this, whatever is said before."""
        while True:
            state = await self.next()
            if state.state == name and all(getattr(state, k) == v for k, v in having.items()):
                return state

    async def happens(self, true: Callable[[], bool]) -> None:
        """Wait for something that the mailbox sees, and that nobody says."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.005)

    def deliver(self, message_id: str) -> None:
        """A message comes in."""
        message = EmailMessage()
        message["Message-ID"] = message_id
        message.set_content("Hello.")
        self.mailbox.accounts.account.deliver(message.as_bytes().replace(b"\n", b"\r\n"))

    def typed(self, **settings: Any) -> None:
        """The customer types something anew."""
        self.settings = self.settings.model_copy(update=settings)
        self._orders.put(Order(settings=self.settings))

    def send(self, message_id: str, to: str = "bcc@crm.example.test") -> None:
        """Somebody writes a message."""
        self._orders.put(Order(send=ToSend(to=to, message_id=message_id)))

    def cut(self, how: HowCut = "fin") -> None:
        """All connections die, of which there is one at least."""
        assert self.mailbox.cut(how)

    def change(self, **facts: Any) -> None:
        """Other facts hold from now on."""
        self.mailbox.change(self.mailbox.spec.model_copy(update=facts))

    def change_account(self, **facts: Any) -> None:
        """The same, of the account."""
        self.change(account=self.mailbox.spec.account.model_copy(update=facts))

    @property
    def logins(self) -> list[tuple[str, str]]:
        """Service and outcome of each."""
        return [(each.service, each.outcome) for each in self.mailbox.evidence.logins]

    async def stop(self) -> None:
        """It is told to stop, and does."""
        if self._work.done():
            return
        self._orders.put(Order(stop=True))
        await self.until("stopped")
        await asyncio.wait_for(self._work, PATIENCE_S)


@asynccontextmanager
async def living(
    folder: Path, text: str, rules: Mapping[str, Sequence[Any]], timeout_s: float
) -> AsyncIterator[Life]:
    """The stayer at the mailbox of a scenario that works, but for what the text says, and for these
    rules of its services: they may be about what is to come."""
    file = folder / "life.yaml"
    file.write_text(HEADER + WORKING + text)
    [scenario] = load(file)
    spec = scenario.mailbox_spec()
    services = dict(spec.services)
    for name, given in rules.items():
        listed = [Rule.model_validate(each) for each in given]
        services[name] = services[name].model_copy(update={"rules": listed})
    async with open_mailbox(spec.model_copy(update={"services": services})) as mailbox:
        addresses = {name: (each.host, each.port) for name, each in mailbox.services.items()}
        settings = scenario.settings(addresses, ca_file=mailbox.ca_file)
        life = Life(mailbox, settings.model_copy(update={"timeout_s": timeout_s}))
        try:
            yield life
        finally:
            await life.stop()
            await mailbox.settle(5)
        assert mailbox.evidence.faults == []


Story = Callable[[Life], Coroutine[Any, Any, None]]


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., None]:
    """A function that lets a story happen at a mailbox."""

    def told(
        story: Story,
        text: str = "",
        *,
        rules: Mapping[str, Sequence[Any]] | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        async def happen() -> None:
            async with living(tmp_path, text, rules or {}, timeout_s) as life:
                await story(life)

        asyncio.run(happen())

    return told
