"""What several commands share: their options, and which scenarios they are about."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from harness.cli.shared import completion
from harness.texts import LANGUAGES

if TYPE_CHECKING:
    from harness.contract.capabilities import Capabilities
    from harness.files.problems import BadInput
    from harness.scenario.model import Scenario


class SecurityChoice(click.Choice[str]):
    """The ids, and the words of mail programs for them, such as `SSL/TLS`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from fakeservers.security import security_named  # only now: it brings pydantic

        return super().convert(security_named(value), param, ctx)


InputFile: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Stream(click.ParamType[BinaryIO]):
    """Something to be read line by line or in parts; `-` is standard input."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> BinaryIO:
        from harness.files.whole_file import open_input

        if value == "-":
            return sys.stdin.buffer
        opened = open_input(Path(value))
        if ctx:
            ctx.call_on_close(opened.close)
        return opened


class Authorities(click.Path):
    """A PEM file with certificates."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        import ssl

        from harness.files.whole_file import read_bytes

        file = Path(str(super().convert(value, param, ctx)))
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
                cadata=read_bytes(file).decode("ascii", "replace")
            )
        except (ValueError, ssl.SSLError):
            self.fail(f"{file} holds no certificates", param, ctx)
        return file


_DAY_S: Final = 86_400


class SecondsRange(click.FloatRange):
    """So many seconds, less than a day: `nan` is in no range, and no clock waits for `inf`."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not seconds < _DAY_S:
            self.fail(f"{value!r} is no number of seconds below {_DAY_S:g}", param, ctx)
        return seconds


CA_FILE: Final = Authorities(exists=True, dir_okay=False, path_type=Path)
SECURITY: Final = SecurityChoice(["implicit-tls", "starttls", "cleartext"])
SECONDS: Final = SecondsRange(0, min_open=True)
ANY_PORT: Final = click.IntRange(0, 65535)
"""0: any free one."""


def language_option(what: str = "what is printed") -> Callable[..., Any]:
    """`--lang`, the same wherever it is. `what`: that has a language there."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        default=LANGUAGES[0],
        show_default=True,
        help=f"Language of {what}.",
    )


scenarios_option = click.option(
    "--scenarios",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="A folder or file of scenarios, instead of the catalogue that comes with badinbox.",
)
_selectors_argument = click.argument(
    "selectors", nargs=-1, metavar="[SELECTOR]...", shell_complete=completion.selectors
)
_sample_option = click.option(
    "--sample", is_flag=True, help="Some 75 that stand for all: each cause once. Begin with these."
)
_words_option = click.option(
    "-k",
    "words",
    metavar="EXPR",
    help="Only those with these words in id or title: 'gmail and not (quota or full)'.",
)
jobs_option = click.option("--jobs", type=click.IntRange(1, 64), default=16, show_default=True)
timeout_option = click.option(
    "--timeout",
    type=SECONDS,
    default=120.0,
    show_default=True,
    metavar="S",
    help="Seconds that one check may take; more than the time-outs that libraries have, 60 and 90.",
)


def pace_factor(value: str) -> float:
    """How many times slower than usual a life goes."""
    from harness.contract.staying import slower

    try:
        return slower(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def port_range(value: str) -> tuple[int, int]:
    """The first and the last of some ports."""
    first, dash, last = value.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise click.BadParameter(f"{value!r} is no range of ports, such as 9100-9199")
    if not 0 < int(first) <= int(last) <= 65535:
        raise click.BadParameter(f"{value!r} is no range of ports: from 1 to 65535, lowest first")
    return int(first), int(last)


@dataclass(frozen=True)
class Choice:
    """Which scenarios a command is about, as its user said."""

    selectors: tuple[str, ...]
    scenarios: Path | None
    sample: bool
    words: str | None

    def read(
        self,
        part: tuple[int, int] | None = None,
        does: Capabilities | None = None,
        passed_over: list[BadInput] | None = None,
    ) -> list[Scenario]:
        """The scenarios themselves, or the I-th of N parts. Raises BadInput as `chosen` does, and
        for what is no `-k`."""
        from harness.scenario.catalogue import chosen

        found = chosen(self.selectors, self.scenarios, passed_over)
        if self.words is not None:
            from harness.scenario.choosing.keywords import matching

            found = matching(found, self.words)
        if self.sample:
            from harness.judging.applicability import inapplicable
            from harness.scenario.sample import sample

            apply = [each for each in found if does and not inapplicable(each, None, does)]
            found = sample(apply or found)
        if part is not None:
            from harness.scenario.catalogue import shard

            found = shard(found, *part)
        return found


NOTHING_SAID: Final = Choice((), None, sample=False, words=None)


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The selectors and options by which scenarios are chosen; the function is given a `choice`."""

    @wraps(function)
    def command(
        *,
        selectors: tuple[str, ...],
        scenarios: Path | None,
        sample: bool,
        words: str | None,
        **rest: Any,
    ) -> Any:
        return function(choice=Choice(selectors, scenarios, sample, words), **rest)

    for option in (scenarios_option, _words_option, _sample_option, _selectors_argument):
        command = option(command)
    return command


def output_file(value: str | Path) -> Path:
    """A file to be written at the end: its folder is looked at now, before the work is done."""
    file = Path(value)
    if file.is_dir():
        raise click.BadParameter(f"{file} is a folder")
    if file.exists() and not file.is_file():
        return file  # such as /dev/stdout
    if not os.access(Path(os.path.realpath(file)).parent, os.W_OK | os.X_OK):
        raise click.BadParameter(f"the folder {file.parent} does not exist or is not writable")
    return file
