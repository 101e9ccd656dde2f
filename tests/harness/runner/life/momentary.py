"""What connectors that stay say for a moment: lies, and what is none."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.staying import Connected, Failing, MessageSeen, State
from tests.harness.runner.life.liars import Alters


def asks_at_mail() -> Alters:
    """Whenever a message comes in, it asks for the password, and is connected again."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, MessageSeen):
            yield Failing(error="imap-authentication-error", ask_password=True)
            yield Connected()
        yield state

    return alter


def alarm_at_first() -> Alters:
    """Before it says for the first time that it is connected, the server cannot be reached."""
    told = False

    def alter(state: State) -> Iterator[State]:
        nonlocal told
        if isinstance(state, Connected) and not told:
            told = True
            yield Failing(error="imap-settings-incorrect")
        yield state

    return alter


def alarm_at_mail() -> Alters:
    """For as long as a message takes to come in, INBOX cannot be opened."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, MessageSeen):
            yield Failing(error="imap-confirmation-error")
        yield state
        if isinstance(state, MessageSeen):
            yield Connected()

    return alter


def alarm_once_cured() -> Alters:
    """Once it is connected again, it fails once more, for a moment."""
    failed = False

    def alter(state: State) -> Iterator[State]:
        nonlocal failed
        yield state
        if isinstance(state, Connected) and failed:
            failed = False
            yield Failing(error="imap-settings-incorrect")
            yield Connected()
        failed = failed or isinstance(state, Failing)

    return alter


def does_not_know_at_first() -> Alters:
    """Before it is connected it does not know how things are: no lie."""
    told = False

    def alter(state: State) -> Iterator[State]:
        nonlocal told
        if not told:
            yield Failing(error="unclassified")
        told = True
        yield state

    return alter


def wrong_cause_first() -> Alters:
    """It says the right error, but that the account is locked, and at once what is so."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            yield Failing(error=state.error, stage=state.stage, cause="account-locked")
        yield state

    return alter


def wrong_stage_then() -> Alters:
    """It says what is so, and then that it is about a token, where it has none."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, Failing):
            yield Failing(error=state.error, stage="oauth-token")

    return alter


def learns_its_cause() -> Alters:
    """It says that its link was lost, then what fails, without a cause, then all of it: no lie."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            lost = f"{(state.stage or 'imap')[:4]}-settings-incorrect"
            yield Failing(error=lost, cause="dropped")
            yield Failing(error=state.error, stage=state.stage, cause="unspecified")
        yield state

    return alter


def blames_for_a_moment() -> Alters:
    """Whenever a message comes in, the consent is to be given anew, for a moment."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, MessageSeen):
            yield Failing(error="unauthorized")
            yield Connected()

    return alter
