"""docs/staying.md: its tables are complete, its connectors live."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest

from fakeservers.actions.close import Close
from fakeservers.mailbox import open_mailbox
from harness.connectors.connector import request, settings_schema
from harness.contract.answer import NoAnswer
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import (
    STATE_NAMES,
    Failing,
    MessageSeen,
    Order,
    Pace,
    read_state,
    state_schema,
)
from harness.runner.trial import settings_of
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select

from ..conftest import SETTINGS
from .conftest import Life, connecting

SECTION = (Path(__file__).parents[4] / "docs/staying.md").read_text("utf-8")
RUNTIMES = {"python": ("stay.py", sys.executable), "js": ("stay.js", "node")}
WORKING = builtin_path() / "connected" / "working.yaml"
LETTER = b"Message-ID: <%s@example.test>\r\nSubject: hello\r\n\r\nHello.\r\n"


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    return [code for name, code in found if name == language]


def table(head: str) -> dict[str, str]:
    """The rows below this head: the code in the first cell, and the rest."""
    rows = SECTION.split(f"\n| {head}")[1].split("\n\n")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", rows, re.MULTILINE))


def test_every_state_order_and_pace_is_told() -> None:
    assert tuple(table("`state` |")) == STATE_NAMES
    assert set(table("order |")) == Order.model_fields.keys() - {"check"}
    told = {name: row.split(" | ") for name, row in table("`pace` |").items()}
    fields = Pace.model_fields.items()
    assert told == {name: [str(field.default), field.description] for name, field in fields}


def test_the_examples_are_valid() -> None:
    [keys] = map(json.loads, blocks("json"))
    assert Pace.model_validate(keys["pace"]) == Pace()
    jsonschema.validate(json.loads(request(SETTINGS, "1", **keys)), settings_schema())
    [dialogue] = blocks("")
    said = [json.loads(line[2:]) for line in dialogue.splitlines() if line.startswith("<")]
    for each in said:
        jsonschema.validate(each, state_schema())
        assert not isinstance(read_state(each, "1"), str)
    assert {each["state"] for each in said} == {"connected", "message", "failing", "stopped"}


def test_one_callable_may_do_both() -> None:
    [code] = blocks("py")
    names: dict[str, Callable[..., object]] = {
        "check": lambda settings: "checked",
        "stay": lambda settings, pace, orders: "stays",
    }
    exec(code, names)
    assert names["connector"](SETTINGS) == "checked"
    assert names["connector"](SETTINGS, pace=Pace(), orders=[]) == "stays"


async def lived(connector: str) -> None:
    """A life: mail comes, the connection is lost and mail with it, the password is changed."""
    [scenario] = select(collect([WORKING]), ["connected/working[implicit-tls]"])
    async with connecting(connector) as staying, open_mailbox(scenario.mailbox_spec()) as mailbox:
        life = Life()
        settings = settings_of(scenario, None, mailbox)
        life.stay = await staying.stay(settings, Pace(poll_s=0.05, retry_first_s=0.05), life.heard)
        inbox = mailbox.accounts.all[0]
        assert (await life.state()).state == "connected"
        inbox.deliver(LETTER % b"1")
        inbox.deliver(LETTER % b"2")
        assert [await seen(life), await seen(life)] == ["<1@example.test>", "<2@example.test>"]

        assert mailbox.strike([Close()]) == 1
        inbox.deliver(LETTER % b"3")
        lost = await life.state()
        assert isinstance(lost, Failing) and lost.retry_at_s == 0.05
        assert (await life.state()).state == "connected"
        assert await seen(life) == "<3@example.test>"

        spec = scenario.mailbox_spec()
        account = spec.account.model_copy(update={"password": "another"})
        mailbox.change(spec.model_copy(update={"account": account}))
        mailbox.strike([Close()])
        assert isinstance(await life.state(), Failing)
        refused = await life.state()
        assert isinstance(refused, Failing) and refused.error == "unauthorized"
        assert refused.retry_at_s is None

        typed = ConnectionSettings(**settings.model_dump() | {"password": "another"})
        await life.stay.tell(Order(settings=typed))
        assert (await life.state()).state == "connected"
        await life.stay.tell(Order(settings=typed))
        assert (await life.state()).state == "connected"
        output = await life.stay.end(60.0)
        assert (output.exit_code, output.stderr, output.lapses) == (0, "", set())
        last = life.said[-1]
        assert not isinstance(last, NoAnswer) and last.state == "stopped"


async def seen(life: Life) -> str:
    state = await life.state()
    assert isinstance(state, MessageSeen), state
    return state.message_id


@pytest.mark.parametrize("language", RUNTIMES)
def test_the_smallest_connectors_live(
    language: str, tmp_path: Path, absent: Callable[[str], NoReturn]
) -> None:
    name, program = RUNTIMES[language]
    if shutil.which(program) is None:
        absent(f"{program} is not installed")
    [code] = blocks(language)
    (tmp_path / name).write_text(code, encoding="utf-8")
    asyncio.run(lived(f"{program} {tmp_path / name}"))
