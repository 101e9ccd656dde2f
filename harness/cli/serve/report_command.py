"""`badinbox report`: what a product said of a mailbox that `badinbox serve` holds, judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli import NOT_PASSED, OUR_FAULT, PASSED
from harness.cli.shared import completion
from harness.cli.shared.connector_options import declared_in, terms_options
from harness.cli.shared.printing import say
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.mapping.declared import Declared
    from harness.serving.api.client import Client, Json


@click.command()
@click.argument("mailbox", metavar="ID", shell_complete=completion.ids)
@click.argument("code", required=False)
@click.option(
    "--state",
    type=click.Choice(["connected", "failing", "message", "sent", "stopped"]),
    help="At a mailbox with a life: what the product shows now.",
)
@click.option("--error", metavar="CODE", help="Of `--state failing`: as CODE.")
@click.option("--message-id", metavar="ID", help="Of `--state message` and `sent`: which.")
@click.option("--message", metavar="TEXT", help="What it told its user.")
@click.option("--stage", metavar="STAGE", help="Where it said that it failed.")
@click.option("--cause", metavar="CAUSE", help="The finer reason that it gave.")
@terms_options
@click.option("--socket", metavar="FILE", default="", help="Of which `serve`, where several run.")
def report_command(
    mailbox: str, code: str | None, state: str | None, error: str | None, socket: str, **more: Any
) -> int:
    """Report what the product under test said of a mailbox that `serve` holds; get the verdict.

    CODE is a documented error or its title, `connected`, or the product's own code. The evidence is
    what was seen since the mailbox was stood up, or reset, or checked by badinbox itself, which is
    not the product. What the product does, and what its violations matter, is said as for `run`.

    At a mailbox with a life, `--state` says what the product shows now, each time that it changes;
    the verdict comes with the last step. Without CODE and `--state` it is waited for.
    """
    terms, given = declared_in(more)
    said = {name: value for name, value in given.items() if value is not None}
    with _asked(socket) as client:
        if code is not None:
            _only_of_lives(state=state, error=error, message_id=said.get("message_id"))
            said |= _as_data(terms)
            verdict: Json | None = client.verdict(mailbox, _code(code, terms), **said)
        else:
            if error is not None:
                said["error"] = _code(error, terms)
            _of_state(state, said)
            verdict = _of_life(client, mailbox, state, said | _as_data(terms))
    if verdict is None:
        return PASSED
    say(verdict["explained"])
    if verdict["verdict"] == "harness-error":
        return OUR_FAULT
    return PASSED if verdict["verdict"] == "passed" else NOT_PASSED


def _code(code: str, terms: Declared) -> str:
    return code if terms.meanings else _titled(code)


def _only_of_lives(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} is for a mailbox with a life, without CODE")


_BELONGS: Final = {"error": ("failing",), "message_id": ("message", "sent")}


def _of_state(state: str | None, said: dict[str, Any]) -> None:
    """Raises UsageError where what was given does not belong to the state."""
    for name, states in _BELONGS.items():
        option = f"--{name.replace('_', '-')}"
        if name in said and state not in states:
            raise click.UsageError(f"{option} is for --state {' and '.join(states)}")
        if name not in said and state in states:
            raise click.UsageError(f"--state {state} needs {option}")


def _of_life(client: Client, mailbox: str, state: str | None, said: dict[str, Any]) -> Json | None:
    """The verdict, where the life is over with that; where nothing is said, it is waited for."""
    seen = client.one(mailbox)
    if not seen["life"]:
        raise click.UsageError(f"CODE is missing: {mailbox} has no life")
    life = client.say(mailbox, state, **said) if state else seen["life"]
    if not life["over"]:
        where = f"step {life['step']} of {life['steps']}: {life['awaits']}"
        say(where if state else f"waits for the end; {where}", err=state is None)
    after = seen["event"]
    while not (life["over"] or state):
        told = client.wait("verdict,stopped", mailbox=seen["id"], after=after)
        if any(each["kind"] == "stopped" for each in told):
            raise BadInput([f"{mailbox} was stopped before its life was over"])
        life = client.one(mailbox)["life"]
    verdict: Json | None = life["verdict"]
    return verdict


@contextmanager
def _asked(socket: str) -> Iterator[Client]:
    """A client of the `serve` that runs. What is refused is bad input."""
    from harness.serving.api.client import ApiError, Client

    try:
        with Client(socket) as client:
            yield client
    except ApiError as error:
        raise BadInput([str(error)]) from None


def _titled(code: str) -> str:
    """The documented error whose title it is."""
    from harness.taxonomy import DOCUMENTED_ERRORS, error_titled

    return code if code in DOCUMENTED_ERRORS else error_titled(code) or code


def _as_data(terms: Declared) -> dict[str, Any]:
    """As the API takes them."""
    policy = terms.policy
    levels = policy.levels.items()
    data: dict[str, Any] = {
        "does": terms.does.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "policy": {
            name: {"level": level, "reason": policy.reasons.get(name, "")} for name, level in levels
        },
        "strict": policy.strict,
    }
    if terms.meanings:
        data["mapping"] = terms.meanings.model_dump(mode="json", by_alias=True, exclude_none=True)
        data["mapping"] = {"rules": data["mapping"]["rules"]}
    return data
