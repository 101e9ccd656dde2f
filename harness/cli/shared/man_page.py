"""The man page and the completions of shells, as they are installed below `share/`: made from the
commands. `python -m harness.cli.shared.man_page [bash|zsh|fish]` prints one.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Final

import click
from click.shell_completion import ShellComplete, get_completion_class

from harness.cli import EXAMPLES, EXIT_CODES, GROUPS, VARIABLE_OF_COMPLETION, cli
from harness.cli.shared.completion import Bash

PROGRAM: Final = "badinbox"


def man_page() -> str:
    """All commands in one page, in the macros of man(7)."""
    top = click.Context(cli, info_name=PROGRAM, **cli.context_settings)
    about = inspect.cleandoc(cli.help or "")
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" {PROGRAM} "User Commands"',
        *(".nh", ".ad l"),  # what can be typed stays whole
        *(".SH NAME", f"{PROGRAM} \\- {_escaped(about)}"),
        *(".SH SYNOPSIS", f".B {PROGRAM}", _escaped("COMMAND [OPTIONS] [ARGS]...")),
    ]
    for title, names in GROUPS.items():
        lines.append(f".SH {_escaped(title.upper())}")
        for name in names:
            command = cli.get_command(top, name)
            assert command
            lines += _command(command, top, name)
    lines.append(".SH EXIT STATUS")
    for code, meaning in EXIT_CODES.items():
        lines += _item(str(code), meaning)
    lines.append(".SH EXAMPLES")
    for typed, purpose in EXAMPLES:
        lines += _item(purpose, typed)
    return "\n".join(lines) + "\n"


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    """What its help says, and that of its own commands."""
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (f".SS {_escaped(usage)}", *_paragraphs(command.help or ""))
    for param in command.get_params(context):
        if record := param.get_help_record(context):
            yield from _item(*record)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found
            yield from _command(found, context, inner)


def _paragraphs(text: str) -> Iterable[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield from (".PP", _escaped(" ".join(paragraph.split())))


def _item(term: str, meaning: str) -> Iterator[str]:
    yield from (".TP", f".B {_escaped(term)}")
    yield _escaped(" ".join(meaning.split())) if meaning else ".br"


def _escaped(text: str) -> str:
    r"""As text for roff, which reads `\`, and `.` at the beginning of a line, as its own."""
    plain = text
    for each, written in (
        ("\\", "\\e"),
        ("-", "\\-"),
        ("'", "\\(aq"),
        ("`", "\\(ga"),
        ("|", "|\\:"),
    ):
        plain = plain.replace(each, written)  # `\:`: a line may end here
    return f"\\&{plain}" if plain.startswith(".") else plain


def completion_script(shell: str) -> str:
    """What a shell reads once, to ask badinbox from then on whenever TAB is pressed."""
    kind = Bash if shell == "bash" else get_completion_class(shell)
    assert kind
    speaker = kind(cli, {}, PROGRAM, VARIABLE_OF_COMPLETION)
    return ShellComplete.source(speaker).strip() + "\n"  # bash's asks which bash is here


if __name__ == "__main__":
    sys.stdout.write(completion_script(sys.argv[1]) if sys.argv[1:] else man_page())
