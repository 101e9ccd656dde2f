"""Events for any number of readers: in order, none twice, none missed, nothing left behind."""

from __future__ import annotations

import asyncio

import pytest

from harness.serving import feed as module
from harness.serving.feed import Feed, FeedEvent


def _any(_: FeedEvent) -> bool:
    return True


def test_a_reader_that_is_busy_misses_nothing() -> None:
    async def story() -> list[int]:
        feed = Feed()
        feed.publish("started", "a")
        numbers = []
        async for batch in feed.follow(0, _any):
            numbers += [event.number for event in batch]
            if len(numbers) < 5:
                feed.publish("reset", "a")  # while the reader looks elsewhere
                feed.publish("reset", "a")
            else:
                feed.close()
        return numbers

    assert asyncio.run(story()) == [1, 2, 3, 4, 5]


def test_all_who_wait_are_told_at_once() -> None:
    async def story() -> None:
        feed = Feed()
        waits = [asyncio.create_task(feed.wait(0, _any, 30)) for _ in range(100)]
        while feed.waiting < 100:
            await asyncio.sleep(0)
        feed.publish("started", "a")
        found = await asyncio.gather(*waits)
        assert {events[0].number for events in found} == {1} and feed.waiting == 0

    asyncio.run(story())


def test_what_does_not_fit_is_waited_past() -> None:
    async def story() -> None:
        feed = Feed()
        wait = asyncio.create_task(feed.wait(0, lambda event: event.kind == "reset", 30))
        for kind in ("started", "line", "reset"):
            feed.publish(kind, "a")
            await asyncio.sleep(0)
        assert [event.number for event in await wait] == [3]

    asyncio.run(story())


def test_old_events_make_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 10)
    feed = Feed()
    for _ in range(95):
        feed.publish("line", "a")
    kept = [event.number for event in feed.since(0, _any)]
    assert 10 <= len(kept) <= 20 and kept[-1] == feed.last == 95
    assert [event.number for event in feed.since(93, _any)] == [94, 95]
    assert feed.since(95, _any) == feed.since(1000, _any) == []
