"""`badinbox report`: what a product said of a mailbox that `badinbox serve` holds, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli import NOT_PASSED, OUR_FAULT, PASSED
from harness.cli.shared import completion
from harness.cli.shared.connector_options import declared_in, terms_options
from harness.cli.shared.printing import say
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.mapping.declared import Declared
    from harness.serving.api.client import Json


@click.command()
@click.argument("mailbox", metavar="ID", shell_complete=completion.ids)
@click.argument("code")
@click.option("--message", metavar="TEXT", help="What it told its user.")
@click.option("--stage", metavar="STAGE", help="Where it said that it failed.")
@click.option("--cause", metavar="CAUSE", help="The finer reason that it gave.")
@terms_options
@click.option("--socket", metavar="FILE", default="", help="Of which `serve`, where several run.")
def report_command(mailbox: str, code: str, socket: str, **more: Any) -> int:
    """Report what the product under test said of a mailbox that `serve` holds; get the verdict.

    CODE is a documented error or its title, `connected`, or the product's own code. The evidence is
    what was seen since the mailbox was stood up, or reset, or checked by badinbox itself, which is
    not the product. What the product does, and what its violations matter, is said as for `run`.
    """
    terms, given = declared_in(more)
    said = {name: value for name, value in given.items() if value is not None}
    said |= _as_data(terms)
    verdict = _verdict(socket, mailbox, code if terms.meanings else _titled(code), said)
    say(verdict["explained"])
    if verdict["verdict"] == "harness-error":
        return OUR_FAULT
    return PASSED if verdict["verdict"] == "passed" else NOT_PASSED


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


def _verdict(socket: str, mailbox: str, code: str, said: dict[str, Any]) -> Json:
    from harness.serving.api.client import ApiError, Client

    try:
        with Client(socket) as client:
            return client.verdict(mailbox, code, **said)
    except ApiError as error:
        raise BadInput([str(error)]) from None
