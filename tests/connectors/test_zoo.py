"""Real libraries as connectors: what results.md says of them still holds, case by case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

import pytest

from examples.connectors.table import RIGHT, heading, tokens_of
from examples.connectors.zoo import CONNECTORS, HERE, ROOT, Animal
from harness.connectors import connector_named
from harness.contract.capabilities import Capabilities
from harness.judging.expectation import fault_expectation
from harness.runner.events import CaseResult, RunFinished
from harness.runner.runner import Runner
from harness.scenario.catalogue import select
from harness.scenario.model import Scenario
from tests.catalogue import whole_catalogue

SAMPLE = [
    "connected/working[implicit-tls]",
    "connected/working[starttls]",
    "connected/working[cleartext]",
    "connected/awkward-passwords[quote]",
    "imap-settings-incorrect/port-refused[implicit-tls]",
    "imap-settings-incorrect/port-refused[starttls]",
    "imap-settings-incorrect/host-not-found",
    "imap-settings-incorrect/tls-to-plain-port[cleartext]",
    "imap-settings-incorrect/starttls-not-offered",
    "imap-settings-incorrect/starttls-refused[plain]",
    "imap-settings-incorrect/tls-too-old[implicit-tls-1.0]",
    "imap-authentication-error/no-reason[courier]",
    "imap-authentication-error/imap-disabled[plain]",
    "imap-authentication-error/temporary-failure[dovecot]",
    "imap-confirmation-error/mailbox-unavailable",
    "imap-confirmation-error/greeting-refused",
    "unauthorized/bad-password-imap[gmail]",
    "unauthorized/bad-password-imap[dovecot]",
    "unauthorized/bad-password-smtp[plain]",
    "unauthorized-app-password-required/gmail-imap",
    "unauthorized-app-password-required/account-password-smtp[gmail]",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls]",
    "unauthorized-untrusted-certificate/expired[smtp-starttls]",
    "unauthorized-untrusted-certificate/self-signed[imap-starttls]",
    "unauthorized-untrusted-certificate/hostname-mismatch[smtp-implicit-tls]",
    "smtp-settings-incorrect/port-refused[implicit-tls]",
    "smtp-settings-incorrect/greeting-refused",
    "smtp-settings-incorrect/tls-to-plain-port[starttls]",
    "test-email-failed/sender-not-allowed-at-mail",
    "test-email-failed/recipient-rejected[postfix]",
    "test-email-failed/message-rejected[gmail]",
]
"""None of them waits for a time-out."""
TOKENS = [
    "connected/tokens[gmail]",
    "connected/tokens[outlook]",
    "connected/tokens-renewed[absent]",
    "connected/tokens-renewed[expiry-told]",
    "unauthorized/refresh-token[gmail-revoked]",
    "unauthorized/refresh-token[outlook-revoked]",
    "unauthorized/token-smtp-revoked[plain]",
    "unauthorized-untrusted-certificate/token-endpoint[expired]",
    "imap-authentication-error/token-endpoint-unreachable[refused]",
    "imap-authentication-error/oauth-client-refused[gmail-unknown]",
]
"""What all of them name that take tokens."""
PAGE = (HERE / "results.md").read_text("utf-8")


def partly_right(animal: Animal) -> dict[tuple[str, str, str], str]:
    """The cells of a connector in the table by stage and cause; what is not in it is all right."""
    lines = PAGE.split("\n## By stage and cause\n")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    column = rows[0].index(heading(animal))
    cells, error = {}, ""
    for row in rows[2:]:
        error = row[0].strip("`") or error
        cells[error, row[1], row[2]] = row[column]
    return cells


def always_right(animal: Animal) -> list[Scenario]:
    """Those of the sample whose row says that it names all of that kind."""
    cells = partly_right(animal)

    def all_right(scenario: Scenario) -> bool:
        expected = fault_expectation(scenario)
        row = (str(expected.error), expected.stage or "", expected.cause or "")
        return "**" not in cells.get(row, "all")

    return list(filter(all_right, select(whole_catalogue(), SAMPLE)))


def results_of(animal: Animal, scenarios: list[Scenario]) -> tuple[CaseResult, ...]:
    async def run() -> tuple[CaseResult, ...]:
        async with Runner(
            connector_named(animal.connector), jobs=2, does=Capabilities(tokens=True)
        ) as runner:
            async for event in runner.run(scenarios, "fault"):
                if isinstance(event, RunFinished):
                    return event.results
        raise AssertionError("a run ends with RunFinished")

    return asyncio.run(run())


def take_tokens() -> list[Animal]:
    """Those in the table of the scenarios with tokens."""
    head = next(line for line in tokens_of(PAGE).splitlines() if line.startswith("| documented"))
    return [animal for animal in CONNECTORS if heading(animal) in head]


def test_who_takes_tokens_is_in_the_table() -> None:
    assert len(take_tokens()) >= 5


@pytest.mark.parametrize("animal", take_tokens(), ids=lambda animal: animal.name)
def test_it_takes_tokens(
    animal: Animal, absent: Callable[[str], NoReturn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    if not animal.present():
        absent(f"{animal.title}: its runtime or its libraries are not here")
    results = results_of(animal, list(select(whole_catalogue(), TOKENS)))
    assert len(results) == len(TOKENS)
    wrong = {each.id: each.judgement.why for each in results if each.judgement.verdict not in RIGHT}
    assert wrong == {}


@pytest.mark.parametrize("animal", CONNECTORS, ids=lambda animal: animal.name)
def test_it_names_what_the_table_says(
    animal: Animal, absent: Callable[[str], NoReturn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    held = always_right(animal)
    assert len(held) > len(SAMPLE) / 3, "the sample says next to nothing of it"
    if not animal.present():
        absent(f"{animal.title}: its runtime or its libraries are not here")
    results = results_of(animal, held)
    wrong = {each.id: each.judgement.why for each in results if each.judgement.verdict not in RIGHT}
    assert wrong == {}
