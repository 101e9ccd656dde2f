"""Servers with which all is well, oddly: each of their rules is met by the checker, or by a client
that asks for more than it does; and the inbox opens all the same."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from fakeservers.mailbox import open_mailbox
from harness.checker import check
from harness.runner.background import Background
from harness.runner.trial import settings_of
from harness.scenario.catalogue import checked
from harness.scenario.model import Scenario
from tests.catalogue import whole_catalogue
from tests.clients.test_imapflow import options
from tests.clients.world import ACCOUNT, WELCOMES, World

ODD = [
    each
    for each in checked(whole_catalogue())
    if each.reproduces == "connected"
    and any(service.rules for service in each.facts.all_services().values())
]
CURIOUS = (
    "connected/extras-refused",
    "connected/odd-imap[literal-in-list]",
    "connected/odd-imap[news",
    "connected/throttled",
)
"""What IMAPClient meets: the checker asks for nothing that it does not need."""
GIVES_UP = ("connected/extras-refused[LIST-NO]", "connected/extras-refused[LIST-BAD]")
"""Where imapflow 2 keeps the customer out: it lists the INBOX before it opens it."""
OPENS = str(Path(__file__).with_name("imapflow_opens.js"))


@pytest.fixture
def stand(background: Background, tmp_path: Path) -> Iterator[Callable[[Scenario], World]]:
    """Stands the mailbox of a scenario up until the end of the test."""
    with ExitStack() as stack:

        def stand_one(scenario: Scenario) -> World:
            manager = open_mailbox(scenario.mailbox_spec())
            mailbox = stack.enter_context(background.hold(manager))
            return World(mailbox, background, scenario.facts.imap.security, tmp_path)

        yield stand_one


def asks_for_much(world: World) -> int:
    """How many messages IMAPClient finds in the INBOX, after all that it may be refused."""
    client = IMAPClient(world.host, world.imap, ssl_context=world.context())
    client.login(ACCOUNT.login, ACCOUNT.password)
    for ask in (
        lambda: client.id_({"name": "anna"}),
        lambda: client.enable("CONDSTORE"),
        client.namespace,
        client.list_folders,
        client.list_sub_folders,
        client.noop,
        client.capabilities,
        lambda: client.append("Drafts", b"Subject: x\r\n\r\nx\r\n"),
    ):
        with contextlib.suppress(IMAPClientError):
            ask()
    found = client.select_folder("INBOX")
    client.logout()
    exists: int = found[b"EXISTS"]
    return exists


def unmet(scenario: Scenario, world: World) -> list[str]:
    """The rules of the scenario that have not fired."""
    world.background.submit(world.mailbox.settle(5)).result()
    assert world.mailbox.evidence.faults == []
    services = scenario.facts.all_services().items()
    rules = [f"{name}.rules[{n}]" for name, each in services for n, _ in enumerate(each.rules)]
    return [rule for rule in rules if rule not in world.mailbox.evidence.fired]


@pytest.mark.parametrize("scenario", ODD, ids=lambda scenario: scenario.id)
def test_every_rule_is_met_by_somebody(
    stand: Callable[[Scenario], World], scenario: Scenario
) -> None:
    world = stand(scenario)
    if scenario.id.startswith(CURIOUS):
        assert asks_for_much(world) == len(WELCOMES)
    else:
        settings = settings_of(scenario, None, world.mailbox).model_copy(update={"timeout_s": 60.0})
        assert check(settings).error == "connected"
    assert unmet(scenario, world) == []


@pytest.mark.parametrize(
    "scenario", [each for each in ODD if each.facts.imap.rules], ids=lambda scenario: scenario.id
)
def test_imapflow_opens_the_inbox(
    tool: Callable[[str], str],
    node_package: Callable[[str], str],
    stand: Callable[[Scenario], World],
    scenario: Scenario,
) -> None:
    world = stand(scenario)
    task = {
        "module": node_package("imapflow"),
        "options": options(world, {"pass": ACCOUNT.password}),
    }
    gives_up = scenario.id in GIVES_UP
    said = world.run(tool("node"), OPENS, json.dumps(task), fails=gives_up)
    assert said == f"{len(WELCOMES)}\n" or (gives_up and "LIST not permitted" in said)
