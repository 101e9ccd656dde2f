"""`badinbox reproduce`: from a ticket, a log, a reply or an error message to a scenario of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from harness.cli.shared import completion
from harness.cli.shared.options import Stream, language_option, output_file
from harness.cli.shared.printing import refusals_in, say, say_json
from harness.files.problems import BadInput
from harness.taxonomy import STAGES

if TYPE_CHECKING:
    from harness.reproducing.failure import Failure, Hint
    from harness.reproducing.making.choice import Making
    from harness.reproducing.material import Material
    from harness.reproducing.reproduced import Reproduced
    from harness.reproducing.windows import Window
    from harness.taxonomy import AnyProtocol, Stage

_TELLING: Final = re.compile(r"error|fail|refus|denied|reject|invalid|imap|smtp", re.IGNORECASE)
"""What a line has that may tell of a failure."""


@click.command()
@click.argument("log", required=False, type=Stream(), metavar="LOG")
@click.option("--error", metavar="TEXT", help="Without a log: the documented error, or its title.")
@click.option(
    "--provider",
    metavar="NAME",
    help="Whose server it is: a dialect, or what people call the provider.",
    shell_complete=completion.dialects,
)
@click.option(
    "--output",
    type=output_file,
    metavar="FILE",
    help="The scenario file to write. Left out: reproduced-STAGE-CAUSE.yaml in this folder.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--protocol", type=click.Choice(["imap", "smtp", "oauth"]), help="Where LOG does not tell."
)
@click.option(
    "--stage",
    type=click.Choice(list(STAGES)),
    metavar="STAGE",
    help="Where it failed, such as smtp-login, if you know.",
)
@click.option("--all", "every", is_flag=True, help="Tell of every failure, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@language_option()
def reproduce_command(
    log: BinaryIO | None,
    error: str | None,
    provider: str | None,
    protocol: AnyProtocol | None,
    stage: Stage | None,
    every: bool,
    **how: Any,
) -> None:
    """Make a scenario of what a LOG shows; `-` is standard input.

    It reads dialogues and debug output of clients, logs of servers, replies, error messages, and
    the titles of the documented errors. The last failure counts. `badinbox schema reproduced` is
    the schema of `--json`.
    """
    from harness.reproducing.failure import Hint

    if stage and protocol and STAGES[stage].protocol != protocol:
        raise click.UsageError(f"{stage} is no stage of {protocol.upper()}")
    hint = Hint(STAGES[stage].protocol if stage else protocol, stage)
    with refusals_in(how["lang"]):
        provider = _provider(provider)
        if log is not None and error is None:
            _reproduce_log(log, provider, hint, {**how, "every": every})
        elif error is not None and log is None:
            from harness.reproducing.making.choice import of_title

            _tell(of_title(error, provider, "a documented error"), how)
        else:
            raise click.UsageError("give a LOG, or --error TEXT with --provider NAME")


def _provider(name: str | None) -> str | None:
    """The dialect that is meant."""
    from fakeservers.dialects.dialect import dialect_names
    from fakeservers.dialects.providers import provider_named
    from harness.files.problems import did_you_mean

    if name is None or name in dialect_names():
        return name
    if (found := provider_named(name)) is None:
        hint = did_you_mean(name, dialect_names())
        raise BadInput([f"no dialect is called {name!r}{hint}"])
    return found


def _reproduce_log(log: BinaryIO, provider: str | None, hint: Hint, how: dict[str, Any]) -> None:
    from harness.reproducing.making.choice import of_failure, of_title
    from harness.taxonomy import error_titled

    read = _read(log, hint, every=how["every"])
    if isinstance(read, str):
        _tell(of_title(read, provider, "a ticket"), how)
        return
    failures, material = read
    if how["every"]:
        told = [of_failure(each, material, provider).told for each in failures]
        if (titled := error_titled(material.text)) and titled not in {each.error for each in told}:
            told.append(of_title(titled, provider, "a ticket").told)
        _show(told, how)
    else:
        _tell(of_failure(failures[-1], material, provider), how)


def _read(log: BinaryIO, hint: Hint, *, every: bool) -> tuple[list[Failure], Material] | str:
    """The failures of the last part of a log that has any, and all that was read around them; or a
    text with the title of an error."""
    from harness.reproducing.failure import find_failures
    from harness.reproducing.material import lines_of, read
    from harness.taxonomy import error_titled

    material = None
    for part in _parts(log):
        if part.data.strip():
            material = read(lines_of(part.data), part.lines_before)
            if failures := find_failures(material, hint, every=every):
                return failures, material
    if material is None:
        raise BadInput([f"{log.name}: there is nothing in it"])
    if error_titled(material.text):
        return material.text
    raise BadInput([f"{log.name}: {_nothing(material)}"])


def _parts(log: BinaryIO) -> Iterator[Window]:
    from harness.reproducing.windows import windows

    try:
        yield from windows(log)
    except OSError as error:
        raise BadInput([f"{log.name}: cannot be read: {error.strerror}"]) from None


def _nothing(material: Material) -> str:
    """What was looked for, what came nearest, and what to paste instead; in one line."""
    from harness.reproducing.placeholders import ours_in, with_placeholders
    from harness.texts.escaping import visible

    told = (
        "no failure of IMAP or SMTP is found in it: no server's refusal (a reply code, NO, BAD, "
        "BYE), no words of a runtime on names, ports, TLS or certificates, no title of an error"
    )
    near = [n for n, line in enumerate(material.text.split("\n"), 1) if _TELLING.search(line)]
    if near:
        ours = ours_in(material.dialogues, material.whole)
        line = with_placeholders(material.text.split("\n")[near[-1] - 1].strip(), ours)
        line = line.replace("{{", "{").replace("}}", "}")  # it is no template here
        number = material.lines_before + near[-1]
        told += f"; line {number} comes nearest: {visible(line):.120}"
    return f"{told}; paste the client's debug output, from the greeting to the refusal"


def _tell(choice: Making, how: dict[str, Any]) -> None:
    """Write the scenario, where there is one, and say what was found."""
    from harness.reproducing.making.file import write_scenario

    told, made = choice.told, choice.scenario
    if made is not None:
        file = how["output"] or Path(f"reproduced-{made.data['stage']}-{made.data['cause']}.yaml")
        if file.is_file() and not how["force"]:
            _show([told], how, written=False)
            other = "--output FILE writes another one, --force over it"
            raise BadInput([f"{file} is there already, and stays as it is; {other}"])
        near = [f"Nearest in the catalogue: {each.id}." for each in told.nearest[:1]]
        write_scenario(file, made, near)
        known = {"scenario": str(file), "taken_over": made.taken, "assumed": made.unknown}
        told = told.model_copy(update=known)
    _show([told], how)


def _show(told: list[Reproduced], how: dict[str, Any], *, written: bool = True) -> None:
    """One, or with `--all` every one in the order of the log. `written`: with its scenario."""
    from harness.cli.reproduce_output import reproduced_lines

    every = how.get("every", False)
    if how["as_json"]:
        data: Any = [each.model_dump(mode="json") for each in told]
        say_json(data if every else data[0], 1)
        return
    lines = partial(reproduced_lines, language=how["lang"], written=written and not every)
    say("\n\n".join("\n".join(lines(each)) for each in told))
