"""A life at a mailbox of `serve`: its product says states over the API, and steps are clicked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.serving.conftest import GMAIL, Play, World, checked
from tests.harness.serving.lives import HEADER, ID, NAME, lives


async def begin(world: World, folder: Path, text: str | None = None) -> dict[str, Any]:
    """Stand the mailbox of the life up."""
    [scenario] = lives(folder, text) if text else lives(folder)
    await world.stand.start(scenario)
    return await one(world)


async def one(world: World) -> dict[str, Any]:
    view: dict[str, Any] = (await world.unix.get(f"/v1/mailboxes/{NAME}")).json()
    return view


async def say(world: World, state: str, **more: Any) -> dict[str, Any]:
    answer = await world.unix.post(f"/v1/mailboxes/{NAME}/states", json={"state": state, **more})
    assert answer.status_code == 200, answer.text
    life: dict[str, Any] = answer.json()
    return life


async def next_step(world: World) -> dict[str, Any]:
    answer = await world.unix.post(f"/v1/mailboxes/{NAME}/next-step")
    assert answer.status_code == 200, answer.text
    life: dict[str, Any] = answer.json()
    return life


async def until_it_is_broken(world: World) -> dict[str, Any]:
    """The product connects, shows the message, and meets the wrong password."""
    await checked((await one(world))["settings"])
    life = await say(world, "connected")
    assert life["awaits"] == "seen: all" and len(life["unseen"]) == 1
    life = await say(world, "message", message_id=life["unseen"][0])
    assert life["awaits"] == "says: unauthorized" and life["unseen"] == []
    answer = await checked((await one(world))["settings"])
    assert getattr(answer, "error", "") == "unauthorized"
    return await say(world, "failing", error="unauthorized", message="Wrong password")


def test_a_life_from_its_beginning_to_its_verdict(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        view = await begin(world, tmp_path)
        assert view["id"] == ID and view["life"]["awaits"] == "until: connected"
        assert view["life"]["step"] == 1 and view["life"]["steps"] == 10
        before = view["settings"]["password"]
        life = await until_it_is_broken(world)
        assert life["awaits"] == "wait-s: 600" and life["left_s"] > 590
        assert life["next"] == "remedy: confirm-address-and-password"
        [sent] = life["orders"]
        assert sent["order"]["send"]["message_id"] == "<badinbox-life-1@crm.example.test>"
        life = await next_step(world)
        assert life["awaits"] == "says: connected" and not life["over"]
        assert life["orders"][1]["order"]["settings"]["password"] != before
        answer = await checked((await one(world))["settings"])
        assert getattr(answer, "error", "") == "connected"
        life = await say(world, "connected")
        assert life["over"] and life["awaits"] == "" and life["verdict"]["verdict"] == "passed"
        assert "time line" in life["verdict"]["explained"]
        assert [each["state"] for each in life["events"] if each["kind"] == "said"] == [
            *("connected", "message", "failing", "connected"),
        ]

    play(story)


def test_the_feed_tells_states_steps_and_orders(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        await until_it_is_broken(world)
        await next_step(world)
        answer = await world.unix.get(
            "/v1/events", params={"after": 0, "kind": "state,life-step,order", "mailbox": ID}
        )
        told = [(each["kind"], each["about"]) for each in answer.json()["events"]]
        assert told[:2] == [("life-step", "1 until: connected"), ("state", "connected")]
        assert ("state", "failing: unauthorized") in told
        assert ("order", "settings") in told
        assert ("life-step", "9 remedy: confirm-address-and-password") in told

    play(story)


def test_who_says_connected_and_is_not_is_not_believed(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        life = await say(world, "connected")
        assert life["awaits"] == "until: connected"
        life = await next_step(world)
        assert life["over"] and life["verdict"]["verdict"] == "not-exercised"
        [event] = [each for each in life["events"] if each["kind"] == "step"]
        assert event["state"] == "unmet"

    play(story)


def test_given_up_what_is_awaited_was_not_so(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        await checked((await one(world))["settings"])
        life = await say(world, "connected")
        await say(world, "message", message_id=life["unseen"][0])
        life = await next_step(world)
        assert life["verdict"]["verdict"] == "unnoticed"
        assert life["verdict"]["why"] == "never said that anything fails: unauthorized"

    play(story)


WATCHED = f"""\
{HEADER}title: It stays connected
reproduces: connected
source: RFC 9051
life:
  - until: connected
  - stays: connected
    for-s: 500
"""


def test_what_is_watched_for_a_while_was_so_until_it_is_ended(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path, WATCHED)
        await checked((await one(world))["settings"])
        assert (await say(world, "connected"))["awaits"].startswith("stays: connected")
        life = await next_step(world)
        assert life["over"] and life["verdict"]["verdict"] == "passed"

    play(story)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", f"{NAME}/reset"), ("DELETE", f"{NAME}/states")]
)
def test_it_begins_anew_on_the_same_ports(
    play: Play, tmp_path: Path, method: str, path: str
) -> None:
    async def story(world: World) -> None:
        before = await begin(world, tmp_path)
        await until_it_is_broken(world)
        answer = await world.unix.request(method, f"/v1/mailboxes/{path}")
        after = answer.json()
        assert after["services"] == before["services"]
        assert after["settings"]["password"] == before["settings"]["password"]
        life = (await one(world))["life"]
        assert life["step"] == 1 and life["orders"] == [] and not life["over"]
        assert [each["kind"] for each in life["events"]] == ["step"]
        await until_it_is_broken(world)

    play(story)


def test_a_mapping_says_what_its_codes_mean(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        await checked((await one(world))["settings"])
        life = await say(world, "connected")
        await say(world, "message", message_id=life["unseen"][0])
        await checked((await one(world))["settings"])
        rules = {"rules": [{"code": "E42", "means": "unauthorized"}]}
        life = await say(world, "failing", error="E42", mapping=rules)
        assert life["awaits"] == "wait-s: 600"

    play(story)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"state": "conected"}, "said a state that does not exist: 'conected'"),
        ({"state": "failing"}, "said a state that cannot be read: failing.error"),
        ({"state": "message"}, "said a state that cannot be read: message.message_id"),
        ({"state": "failing", "error": "connected"}, "expected an error, as it fails"),
        ({"state": "failing", "error": "x", "retry_at_s": -1}, "retry_at_s"),
        ({"stat": "connected"}, "state"),
        ({"state": "connected", "colour": "red"}, "colour"),
    ],
)
def test_a_state_that_is_none_is_refused_and_the_life_goes_on(
    play: Play, tmp_path: Path, body: dict[str, Any], problem: str
) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        answer = await world.unix.post(f"/v1/mailboxes/{NAME}/states", json=body)
        assert answer.status_code == 422 and problem in answer.json()["detail"], answer.text
        assert "\n" not in answer.json()["detail"]
        assert (await one(world))["life"]["awaits"] == "until: connected"

    play(story)


def test_what_is_not_for_lives_and_what_is_for_lives_alone(play: Play, tmp_path: Path) -> None:
    async def refused(answer: httpx.Response, status: int, word: str) -> None:
        assert answer.status_code == status and word in answer.json()["detail"], answer.text

    async def story(world: World) -> None:
        await begin(world, tmp_path)
        await world.start(GMAIL)
        at = f"/v1/mailboxes/{NAME}"
        client = world.unix
        said = {"error": "unauthorized"}
        advice = {"advice": "confirm-address-and-password"}
        await refused(await client.post(f"{at}/verdict", json=said), 422, "has a life")
        await refused(await client.post(f"{at}/check"), 422, "has a life")
        await refused(await client.put(f"{at}/remedy", json=advice), 422, "has a life")
        other = f"/v1/mailboxes/{GMAIL}"
        state = {"state": "connected"}
        await refused(await client.post(f"{other}/states", json=state), 422, "no life")
        await refused(await client.post(f"{other}/next-step"), 422, "no life")
        assert (await client.get(other)).json()["life"] is None
        await next_step(world)  # gives up: it is over
        await refused(await client.post(f"{at}/states", json=state), 409, "is over")
        await refused(await client.post(f"{at}/next-step"), 409, "is over")

    play(story)


def test_no_secret_is_in_what_a_life_shows(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        view = await begin(world, tmp_path)
        secret = view["settings"]["password"]
        await checked(view["settings"])
        life = await say(world, "failing", error=f"no {secret}", message=f"no {secret}")
        assert secret not in json.dumps(life["events"])
        answer = await world.unix.get("/v1/events", params={"after": 0, "kind": "state"})
        assert secret not in answer.text and "no ***" in answer.text

    play(story)


def test_a_mailbox_with_a_life_is_stopped_in_the_middle(play: Play, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await begin(world, tmp_path)
        await until_it_is_broken(world)
        assert (await world.unix.delete(f"/v1/mailboxes/{NAME}")).status_code == 200
        assert (await world.unix.get(f"/v1/mailboxes/{NAME}")).status_code == 404

    play(story)
