"""What the page of a mailbox shows before its script runs, or where none does."""

from __future__ import annotations

import re

from tests.harness.serving.conftest import GMAIL, NAME, Play, World, checked


def test_the_page_is_true_before_it_is_live(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(GMAIL)
        empty = (await world.tcp.get(f"/s/{NAME}")).text
        assert re.search(r'<p id="none" class="dim">', empty) and "data-key=" not in empty
        assert '<ol class="steps"' not in empty
        await checked(view["settings"])
        seen = (await world.tcp.get(f"/s/{NAME}")).text
        assert re.search(r'<p id="none" class="dim" hidden>', seen)
        assert re.findall(r'data-key="([^"]+)"', seen) == ["imap-0"]
        assert "Application-specific password required" in seen
        await world.tcp.post(f"/s/{NAME}/check")
        assert '<ol class="steps"' in (await world.tcp.get(f"/s/{NAME}")).text

    play(story)


def test_received_is_what_came_in_since_it_stands(play: Play) -> None:
    """Not the mail that a mailbox begins with."""

    async def story(world: World) -> None:
        view = await world.start("connected/working[implicit-tls]")
        page = f"/s/{view['name']}"
        assert "None." in (await world.tcp.get(f"{page}/messages")).text
        assert (await world.tcp.post(f"{page}/check")).status_code == 200
        came = (await world.tcp.get(f"{page}/messages")).text
        assert came.count("<details>") == 1

    play(story)
