"""What is seen of a connector before lives: whether it stays, tells of mail, idles, sends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from badinbox import load_scenarios
from harness.checker import check
from harness.connectors import Connector, connector_named
from harness.connectors.inprocess import InProcess
from harness.connectors.staying import Heard, Stay
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import MessageSeen, Pace, State
from harness.judging.applicability import inapplicable
from harness.runner.runner import Runner
from harness.runner.staying_look import StayingLook, staying_look
from harness.scenario.model import Scenario
from harness.texts import preflight_line
from tests.harness.runner.life import liars
from tests.harness.runner.life.liars import Alters, Lying

ANY_LIFE = load_scenarios("life/nothing-happens")
LIVES = [
    *ANY_LIFE,
    *load_scenarios("life/service-moved[starttls]"),
    *load_scenarios("life/smtp-starttls-gone"),
    *load_scenarios("life/token-limits"),
]


class OfTlsAndPasswords(Lying):
    """Whatever the customer typed, it speaks TLS at once, and has only a password to log in by."""

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        imap = settings.imap.model_copy(update={"security": "implicit-tls"})
        smtp = settings.smtp.model_copy(update={"security": "implicit-tls"})
        known = {"imap": imap, "smtp": smtp, "authentication": "password", "oauth2": None}
        return await super().stay(settings.model_copy(update=known), pace, heard)


def silent_on_mail() -> Alters:
    def alter(state: State) -> Iterator[State]:
        if not isinstance(state, MessageSeen):
            yield state

    return alter


def looked(
    connector: Connector,
    declared: Capabilities | None = None,
    unseen: Sequence[Scenario] = ANY_LIFE,
) -> StayingLook:
    async def look() -> StayingLook:
        async with Runner(connector, does=EVERYTHING) as runner:
            runner.terms = replace(runner.terms, pace=0.3)
            return await staying_look(runner, declared or Capabilities(), unseen)

    return asyncio.run(look())


def test_one_that_does_everything() -> None:
    found = looked(Lying(liars.honest))
    does = found.does
    assert (does.stays, does.fetches, does.idles, does.sends) == (True, True, True, True)
    assert found.line == "stays connected"


@pytest.mark.parametrize(
    ("connector", "lacks", "line"),
    [
        (Lying(silent_on_mail), "fetches", "stays connected, tells of no mail"),
        (Lying(liars.honest, deaf=True), "sends", "stays connected"),
    ],
)
def test_what_others_do_not(connector: Connector, lacks: str, line: str) -> None:
    found = looked(connector)
    assert not getattr(found.does, lacks)
    assert (found.does.stays, found.line) == (True, line)


@pytest.mark.parametrize(
    ("deaf", "lacks"),
    [
        (False, "no STARTTLS, no tokens (OAuth)"),
        (True, "no STARTTLS on IMAP, no tokens (OAuth)"),  # sends nothing: not seen of SMTP
    ],
)
def test_what_is_typed_in_lives_and_it_does_not_know(deaf: bool, lacks: str) -> None:
    found = looked(OfTlsAndPasswords(liars.honest, deaf=deaf), unseen=LIVES)
    assert found.line == f"stays connected, {lacks}"
    asked = [each.id for each in LIVES if not inapplicable(each, None, found.does)]
    assert asked == [each.id for each in ANY_LIFE]


def test_what_is_typed_in_lives_and_it_knows() -> None:
    found = looked(Lying(liars.honest), unseen=LIVES)
    assert found.line == "stays connected, takes tokens (OAuth)"
    assert not any(inapplicable(each, None, found.does) for each in LIVES)


def test_what_was_declared_of_that_counts() -> None:
    declared = Capabilities(imap_security=("implicit-tls",), tokens=False)
    found = looked(Lying(liars.honest), declared, LIVES)
    assert found.line == "stays connected, no STARTTLS on IMAP, no cleartext on IMAP"
    assert not found.does.tokens


def test_one_that_knows_nothing_of_staying() -> None:
    found = looked(InProcess(check))
    assert not found.does.stays
    assert found.line.startswith("does not stay connected: ")


@pytest.mark.parametrize(
    "program", ["import sys; sys.stdin.read()", "import time; time.sleep(900)"]
)
def test_one_that_is_silent_is_not_waited_for(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that reads its input to the end, as for a check, and one that does nothing at all."""
    monkeypatch.setattr("harness.runner.life.first_sign.QUIET_S", 0.5)
    connector = connector_named(f'{sys.executable} -c "{program}"')
    found = looked(connector)
    assert not found.does.stays
    assert found.line == (
        "does not stay connected: said nothing and connected nowhere for 0.5 s; "
        "does it wait for the end of its input?"
    )
    assert "attend-il la fin" in preflight_line(f"preflight: {found.line}", "fr")


def test_what_is_declared_is_not_looked_at() -> None:
    everything = Capabilities(stays=True, fetches=True, idles=False)
    never = InProcess(check)  # would be found not to stay
    assert looked(never, everything, ()).line == "stays connected, no IDLE"
    said = looked(never, Capabilities(stays=False))
    assert said.line == "does not stay connected: as declared"
