"""`badinbox report`: what a product said of a mailbox that `badinbox serve` holds, judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import NOT_PASSED, OUR_FAULT, PASSED
from harness.cli.shared import completion
from harness.cli.shared.options import InputFile
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.serving.api.client import Json


@click.command()
@click.argument("mailbox", metavar="ID", shell_complete=completion.ids)
@click.argument("code")
@click.option("--message", metavar="TEXT", help="What it told its user.")
@click.option("--stage", metavar="STAGE", help="Where it said that it failed.")
@click.option("--cause", metavar="CAUSE", help="The finer reason that it gave.")
@click.option(
    "--mapping",
    "mapping_file",
    type=InputFile,
    metavar="FILE",
    help="What the product's own codes and messages mean.",
)
@click.option("--socket", metavar="FILE", default="", help="Of which `serve`, where several run.")
def report_command(
    mailbox: str, code: str, mapping_file: Path | None, socket: str, **more: Any
) -> int:
    """Report what the product under test said of a mailbox that `serve` holds; get the verdict.

    CODE is a documented error, `connected`, or the product's own code. The evidence is what was
    seen since the mailbox was stood up, or reset.
    """
    said = {name: value for name, value in more.items() if value is not None}
    if mapping_file:
        from harness.mapping import load_mapping

        mapping = load_mapping(mapping_file)
        said["mapping"] = mapping.model_dump(mode="json", by_alias=True, exclude_none=True)
    verdict = _verdict(socket, mailbox, code, said)
    click.echo(verdict["explained"])
    if verdict["verdict"] == "harness-error":
        return OUR_FAULT
    return PASSED if verdict["verdict"] == "passed" else NOT_PASSED


def _verdict(socket: str, mailbox: str, code: str, said: dict[str, Any]) -> Json:
    from harness.serving.api.client import ApiError, Client

    try:
        with Client(socket) as client:
            return client.verdict(mailbox, code, **said)
    except ApiError as error:
        raise BadInput([str(error)]) from None
