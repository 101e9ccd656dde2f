"""The control API from outside: mailboxes that come and go, rules, events, verdicts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
from typing import Any

import pytest
from openapi_spec_validator import validate

from harness.checker import check
from harness.contract.settings import ConnectionSettings
from harness.serving.api.operations import OPERATIONS
from tests.harness.serving.conftest import GMAIL, NAME, WORKING, Play, World, checked

LOGIN_RULE = {
    "when": {"event": "login"},
    "then": {"text": "{tag} NO [UNAVAILABLE] Try again later"},
    "times": 1,
}


def test_scenarios_are_listed_by_what_is_asked_for(play: Play) -> None:
    async def story(world: World) -> None:
        everything = (await world.unix.get("/v1/scenarios")).json()["scenarios"]
        wanted = {"dialect": "gmail", "cause": "app-password-required", "text": "APP"}
        some = (await world.unix.get("/v1/scenarios", params=wanted)).json()["scenarios"]
        assert 0 < len(some) < len(everything)
        assert all(each["dialect"] == "gmail" for each in some)
        assert GMAIL in [each["id"] for each in some]
        detail = (await world.unix.get(f"/v1/scenarios/{GMAIL}")).json()
        assert detail["name"] == NAME and detail["file"].startswith("# yaml-language-server")

    play(story)


def test_a_mailbox_starts_is_met_and_stops(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)
        assert (await checked(view["settings"])).error == "connected"
        path = f"/v1/mailboxes/{view['name']}"
        connections = (await world.tcp.get(f"{path}/transcripts")).json()["connections"]
        assert [each["protocol"] for each in connections] == ["imap", "smtp"]
        password = view["secrets"]["password"]
        assert password == view["settings"]["password"]
        messages = (await world.tcp.get(f"{path}/messages")).json()["messages"]
        bcc = [each for each in messages if each["account"] == view["settings"]["bcc_address"]]
        assert len(bcc) == 3  # two to welcome, and the test e-mail
        shown = (await world.tcp.get(f"{path}/transcripts")).text + str(messages)
        assert password not in shown
        assert (await world.unix.delete(path)).status_code == 200
        assert (await checked(view["settings"])).error == "imap-settings-incorrect"
        assert (await world.unix.get(path)).status_code == 404

    play(story)


def test_the_authority_can_be_trusted(play: Play) -> None:
    async def story(world: World) -> None:
        pem = await world.tcp.get("/v1/ca.pem")
        ssl.create_default_context(cadata=pem.text)
        store = await world.tcp.get("/v1/ca.p12")
        assert store.content and store.headers["x-badinbox-password"]

    play(story)


def test_a_remedy_is_followed_and_taken_back(play: Play) -> None:
    async def story(world: World) -> None:
        before = await world.start(GMAIL)
        path = f"/v1/mailboxes/{NAME}"
        [advice] = before["remedies"]
        after = (await world.unix.put(f"{path}/remedy", json={"advice": advice})).json()
        assert after["remedy"] == advice and after["services"] == before["services"]
        assert (await checked(after["settings"])).error == "connected"
        back = (await world.unix.put(f"{path}/remedy", json={"advice": None})).json()
        assert back["settings"] == before["settings"]
        assert (await checked(back["settings"])).error == "unauthorized-app-password-required"
        wrong = await world.unix.put(f"{path}/remedy", json={"advice": "use-app-pasword"})
        assert wrong.status_code == 422 and "did you mean" in wrong.json()["detail"]

    play(story)


def test_one_scenario_takes_the_place_of_another(play: Play) -> None:
    async def story(world: World) -> None:
        before = await world.start(WORKING)
        after = await world.start(GMAIL, replaces=before["name"])
        assert after["services"] == before["services"]
        [only] = (await world.unix.get("/v1/mailboxes")).json()["mailboxes"]
        assert only["id"] == GMAIL
        assert (await checked(after["settings"])).error == "unauthorized-app-password-required"

    play(story)


def test_rules_are_added_fire_and_are_taken_out(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)
        path = f"/v1/mailboxes/{view['name']}/rules"
        added = await world.unix.post(path, json={"rule": LOGIN_RULE})
        assert added.status_code == 201
        [rule] = added.json()["rules"]
        assert rule["label"] == "imap.added[0]" and rule["fired"] == 0
        assert (await checked(view["settings"])).cause == "temporary-failure"
        [rule] = (await world.unix.get(path)).json()["rules"]
        assert rule["fired"] == 1
        assert (await checked(view["settings"])).error == "connected"  # once only
        await world.unix.post(f"/v1/mailboxes/{view['name']}/reset")
        assert (await checked(view["settings"])).cause == "temporary-failure"
        assert (await world.unix.delete(f"{path}/imap.added[0]")).json() == {"rules": []}
        assert (await world.unix.delete(f"{path}/imap.added[0]")).status_code == 404
        assert (await checked(view["settings"])).error == "connected"

    play(story)


def test_a_rule_is_changed(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)
        path = f"/v1/mailboxes/{view['name']}/rules"
        await world.unix.post(path, json={"rule": LOGIN_RULE})
        other = {**LOGIN_RULE, "then": {"text": "{tag} NO [LIMIT] Too many connections"}}
        changed = await world.unix.put(f"{path}/imap.added[0]", json=other)
        assert changed.status_code == 200, changed.text
        assert (await checked(view["settings"])).cause == "too-many-connections"
        assert (await world.unix.put(f"{path}/imap.rules[0]", json=other)).status_code == 404

    play(story)


@pytest.mark.parametrize(
    ("then", "last"),
    [
        ([{"text": "* BYE Going down"}, "close"], b""),
        ([{"text": "* OK Still here"}], b"a OK"),
        (["reset"], b""),
    ],
)
def test_something_happens_now_at_an_open_connection(
    play: Play, then: list[Any], last: bytes
) -> None:
    async def story(world: World) -> None:
        view = await world.start("connected/working[cleartext]")
        imap = view["services"]["imap"]
        reader, writer = await asyncio.open_connection(imap["host"], imap["port"])
        assert (await reader.readline()).startswith(b"* OK")
        path = f"/v1/mailboxes/{view['name']}/fire"
        none = await world.unix.post(path, json={"then": then, "service": "smtp"})
        assert none.json() == {"connections": 0}
        assert (await world.unix.post(path, json={"then": then})).json() == {"connections": 1}
        if then != ["reset"]:
            assert await reader.readline() == f"{then[0]['text']}\r\n".encode()
        with contextlib.suppress(ConnectionError):
            writer.write(b"a NOOP\r\n")
            assert (await reader.readline()).startswith(last)
            assert last or reader.at_eof()
        writer.close()
        ended = {"kind": "closed", "after": view["event"], "timeout_s": 20}
        assert (await world.unix.get("/v1/events", params=ended)).json()["events"]

    play(story)


def test_nothing_that_happens_now_waits_for_the_client(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start("connected/working[cleartext]")
        path = f"/v1/mailboxes/{view['name']}/fire"
        answer = await world.unix.post(path, json={"then": [{"challenge": "x"}]})
        assert answer.status_code == 422 and "part of a command" in answer.text

    play(story)


def test_an_event_is_waited_for(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(GMAIL)
        wanted = {"after": view["event"], "kind": "fired,message", "mailbox": NAME}
        waiting = asyncio.create_task(world.tcp.get("/v1/events", params=wanted))
        await checked(view["settings"])
        found = (await waiting).json()
        [fired] = found["events"]
        assert fired["kind"] == "fired" and fired["about"] == "imap.rules[0]"
        again = {**wanted, "after": found["last"], "timeout_s": 0.01}
        assert (await world.tcp.get("/v1/events", params=again)).json()["events"] == []
        kinds = await world.tcp.get("/v1/events", params={"after": view["event"]})
        told = [each["kind"] for each in kinds.json()["events"] if each["kind"] != "line"]
        assert told == ["connection", "fired", "login", "closed"]

    play(story)


def test_events_are_followed_as_a_stream(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)
        wanted = {"after": view["event"]}
        accept = {"accept": "text/event-stream"}
        async with world.tcp.stream("GET", "/v1/events", params=wanted, headers=accept) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            await anext(lines)  # it is being followed
            await checked(view["settings"])
            async for line in lines:
                if line == "event: message":
                    break

    play(story)


def test_a_report_is_judged_by_what_was_seen(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(GMAIL)
        path = f"/v1/mailboxes/{NAME}"

        async def verdict(**said: Any) -> Any:
            answer = await world.unix.post(f"{path}/verdict", json=said)
            assert answer.status_code == 200, answer.text
            return answer.json()

        right = view["reproduces"]
        assert (await verdict(error=right))["verdict"] == "not-exercised"
        await checked(view["settings"])
        assert (await verdict(error=right))["verdict"] == "passed"
        assert (await verdict(error="unauthorized"))["verdict"] == "wrong"
        assert (await verdict(error="connected"))["verdict"] == "missed"
        assert (await verdict(error="E42"))["verdict"] == "unclear"
        mapping = {"rules": [{"code": "E42", "means": right}]}
        assert (await verdict(error="E42", mapping=mapping))["verdict"] == "passed"
        told = await verdict(error=right, message=f"tried {view['settings']['password']}")
        assert told["verdict"] == "misbehaved" and told["violations"] == ["secret-in-answer"]
        assert view["settings"]["password"] not in str(told)
        await world.unix.post(f"{path}/reset")
        assert (await verdict(error=right))["verdict"] == "not-exercised"

    play(story)


def test_the_checker_checks_it(play: Play) -> None:
    async def story(world: World) -> None:
        await world.start(GMAIL)
        for _ in range(2):
            result = (await world.unix.post(f"/v1/mailboxes/{NAME}/check")).json()
            assert result["verdict"] == "passed" and result["diagnosis"]["stage"] == "imap-login"

    play(story)


@pytest.mark.parametrize(("scenario", "said"), [(WORKING, "connected"), (GMAIL, "")])
def test_our_own_checker_is_not_the_product(play: Play, scenario: str, said: str) -> None:
    async def story(world: World) -> None:
        view = await world.start(scenario)
        path = f"/v1/mailboxes/{view['name']}"
        error = {"error": said or view["reproduces"]}
        for do in (None, "check", "check"):
            if do:
                assert (await world.unix.post(f"{path}/{do}")).json()["verdict"] == "passed"
                seen = (await world.unix.get(f"{path}/transcripts")).json()["connections"]
                assert seen, "what it did is shown all the same"
            told = (await world.unix.post(f"{path}/verdict", json=error)).json()
            assert told["verdict"] == "not-exercised", told
        await checked(view["settings"])
        told = (await world.unix.post(f"{path}/verdict", json=error)).json()
        assert told["verdict"] == "passed"

    play(story)


def test_what_the_product_does_and_a_policy_count(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)

        async def verdict(**terms: Any) -> Any:
            said = {"error": "connected", **terms}
            path = f"/v1/mailboxes/{view['name']}/verdict"
            return (await world.unix.post(path, json=said)).json()["verdict"]

        await asyncio.to_thread(
            check, ConnectionSettings.model_validate(view["settings"]), send=False
        )
        assert await verdict() != "passed"
        assert await verdict(does={"sends": False}) == "passed"
        assert await verdict(mapping={"does": {"sends": False}}) == "passed"

    play(story)


def test_the_document_is_valid_and_names_every_operation(play: Play) -> None:
    async def story(world: World) -> None:
        document = (await world.tcp.get("/v1/openapi.json")).json()
        validate(document)
        assert document["openapi"].startswith("3.1")
        assert '"ge":' not in json.dumps(document)  # but `minimum`
        operations = {
            one["operationId"] for path in document["paths"].values() for one in path.values()
        }
        assert {"start_mailbox", "wait_for_events", "judge_report"} <= operations

    play(story)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"scenario": WORKING, "colour": "red"}, 422, "colour"),
        ({"scenario": "connected/wroking"}, 404, "did you mean"),
        ({"scenario": "../../etc/passwd"}, 404, "no scenario"),
        ({}, 422, "scenario"),
        ([], 422, "valid dictionary"),
        ({"scenario": WORKING, "bind": "0.0.0.0"}, 422, "loopback"),
        ({"scenario": WORKING, "imap_port": 70000}, 422, "65535"),
        ({"scenario": WORKING, "imap_port": True}, 422, "valid integer"),
        ({"scenario": WORKING, "replaces": "nobody"}, 404, "nobody"),
    ],
)
def test_a_bad_request_is_refused_in_one_sentence(
    play: Play, body: Any, status: int, words: str
) -> None:
    async def story(world: World) -> None:
        answer = await world.unix.post("/v1/mailboxes", json=body)
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code == problem["status"] == status, problem
        assert words in problem["detail"] and "\n" not in problem["detail"]
        assert len(world.stand) == 0

    play(story)


def test_what_is_no_json_too_long_or_nowhere_is_refused(play: Play) -> None:
    async def story(world: World) -> None:
        post, get = world.unix.post, world.unix.get
        statuses = [
            (await post("/v1/mailboxes", content=b"{")).status_code,
            (await post("/v1/mailboxes", content=b"[" * 100_000)).status_code,
            (await post("/v1/mailboxes", content=b'"' + b"x" * 2_000_000)).status_code,
            (await get("/v1/nothing")).status_code,
            (await world.unix.patch("/v1/mailboxes")).status_code,
            (await get("/v1/events", params={"timeout_s": 1e9})).status_code,
            (await get("/v1/events", params={"colour": "red"})).status_code,
        ]
        assert statuses == [400, 400, 413, 404, 405, 422, 422]

    play(story)


def test_what_a_path_does_not_know_is_told_with_what_it_does(play: Play) -> None:
    there: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        there.setdefault(operation.path, set()).add(operation.method)

    async def story(world: World) -> None:
        for path, methods in there.items():
            answer = await world.unix.request("PATCH", re.sub(r"\{.*?\}", "x", path))
            assert answer.status_code == 405
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == methods

    play(story)


def test_a_port_that_is_taken_and_a_mailbox_that_stands_already(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(WORKING)
        port = view["services"]["imap"]["port"]
        taken = await world.unix.post("/v1/mailboxes", json={"scenario": GMAIL, "imap_port": port})
        assert taken.status_code == 422 and "in use" in taken.json()["detail"]
        again = await world.unix.post("/v1/mailboxes", json={"scenario": WORKING})
        assert again.status_code == 409 and "stands already" in again.json()["detail"]
        assert len(world.stand) == 1

    play(story)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind(play: Play, accept: str) -> None:
    async def story(world: World) -> None:
        _reader, writer = await asyncio.open_unix_connection(world.api.socket)
        request = f"GET /v1/events HTTP/1.1\r\nHost: badinbox\r\nAccept: {accept}\r\n\r\n"
        writer.write(request.encode())
        while not world.stand.feed.waiting:
            await asyncio.sleep(0)
        writer.close()
        while world.stand.feed.waiting:
            await asyncio.sleep(0)

    play(story)
