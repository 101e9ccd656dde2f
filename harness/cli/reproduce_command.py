"""`badinbox reproduce`: from a log, a reply or an error message to a scenario of the failure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from harness.cli.shared import completion
from harness.cli.shared.options import output_file
from harness.files.problems import BadInput

if TYPE_CHECKING:
    from harness.reproducing.failure import Failure
    from harness.reproducing.material import Material
    from harness.reproducing.nearest import Near
    from harness.reproducing.placeholders import Ours
    from harness.reproducing.words import Composed


@click.command()
@click.argument("log", required=False, type=click.File("rb"), metavar="LOG")
@click.option("--error", metavar="ID", help="Without a log: the documented error.")
@click.option(
    "--provider",
    metavar="NAME",
    help="Whose server it is: the name of a dialect.",
    shell_complete=completion.dialects,
)
@click.option(
    "--output",
    type=output_file,
    metavar="FILE",
    help="The scenario file to write. Left out: reproduced-STAGE-CAUSE.yaml in this folder.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def reproduce_command(
    log: BinaryIO | None,
    error: str | None,
    provider: str | None,
    output: Path | None,
    force: bool,
) -> None:
    """Make a scenario of what a LOG shows; `-` is standard input.

    It reads dialogues and debug output of clients, logs of servers, replies and error messages.
    """
    from harness.reproducing.compose import compose
    from harness.reproducing.placeholders import Ours, ours_in

    _check_provider(provider)
    if log is not None and error is None:
        failure, material = _read(log)
        ours, origin = ours_in(material.dialogues, material.text), f"a log ({material.shape})"
    elif error is not None and log is None:
        failure, origin = _looked_up(error, provider)
        ours = Ours()
    else:
        raise click.UsageError("give a LOG, or --error ID with --provider NAME")
    near = _nearest(failure, ours, provider)
    _show(failure, ours, near)
    made = compose(failure, ours, origin, provider)
    _write(made, failure, output, near, force=force)


def _check_provider(provider: str | None) -> None:
    from fakeservers.dialects.dialect import dialect_names
    from harness.files.problems import did_you_mean

    if provider is not None and provider not in dialect_names():
        hint = did_you_mean(provider, dialect_names())
        raise BadInput([f"no dialect is called {provider!r}{hint}"])


def _read(log: BinaryIO) -> tuple[Failure, Material]:
    """The failure, and all that was read around it."""
    from harness.reproducing.failure import find_failure
    from harness.reproducing.material import lines_of, read, windows

    try:
        parts = windows(log)
    except OSError as error:
        raise BadInput([f"{log.name}: cannot be read: {error.strerror}"]) from None
    if not b"".join(parts).strip():
        raise BadInput([f"{log.name}: there is nothing in it"])
    for part in parts:
        material = read(lines_of(part))
        if (failure := find_failure(material)) is not None:
            return failure, material
    raise BadInput([f"{log.name}: no failure of IMAP or SMTP is found in it"])


def _looked_up(error: str, provider: str | None) -> tuple[Failure, str]:
    """The failure of the scenario in the catalogue that the names fit."""
    from harness.reproducing.nearest import looked_up

    return looked_up(error, provider), "the catalogue"


def _nearest(failure: Failure, ours: Ours, provider: str | None) -> list[Near]:
    from harness.reproducing.nearest import dialect_of, nearest
    from harness.reproducing.placeholders import with_placeholders

    dialect = provider or (failure.inferred.dialect if failure.inferred else None)
    lines = [with_placeholders(line, ours) for line in failure.lines]
    texts = [*failure.dialogue.greeting[:1], *lines]
    return nearest(failure.diagnosis, lines, dialect or dialect_of(texts)[0])


def _show(failure: Failure, ours: Ours, near: list[Near]) -> None:
    from harness.reproducing.placeholders import with_placeholders

    diagnosis = failure.diagnosis
    click.echo(f"error    {diagnosis.error}")
    click.echo(f"stage    {failure.stage}")
    click.echo(f"cause    {diagnosis.cause}")
    for line in failure.lines:
        click.echo(f"reply    {with_placeholders(line, ours)}")
    if failure.ended:
        click.echo(f"then     {failure.ended}")
    click.echo("")
    click.echo("nearest scenarios")
    for each in near:
        click.echo(f"  {each.scenario.id}: {'; '.join(each.reasons)}")
    click.echo("")


def _write(
    made: Composed, failure: Failure, output: Path | None, near: list[Near], *, force: bool
) -> None:
    from harness.reproducing.file import write_scenario

    file = output or Path(f"reproduced-{failure.stage}-{failure.diagnosis.cause}.yaml")
    if file.is_file() and not force:
        raise BadInput([f"{file} is there already; --force writes over it"])
    comments = [f"Nearest in the catalogue: {near[0].scenario.id}."] if near else []
    for line in write_scenario(file, made, comments):
        click.echo(line)
