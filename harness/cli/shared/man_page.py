"""The man page and the completions of shells, as they are installed below `share/`: made from the
commands. `python -m harness.cli.shared.man_page [bash|zsh|fish]` prints one.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Final

from click.shell_completion import ShellComplete, get_completion_class

from harness.cli import EXAMPLES, EXIT_CODES, GROUPS, VARIABLE_OF_COMPLETION, cli
from harness.cli.shared.completion import Bash
from harness.cli.shared.help import CommandHelp, help_of_all

PROGRAM: Final = "badinbox"


def man_page() -> str:
    """All commands in one page, in the macros of man(7)."""
    about = inspect.cleandoc(cli.help or "")
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" {PROGRAM} "User Commands"',
        *(".nh", ".ad l"),  # what can be typed stays whole
        *(".SH NAME", f"{PROGRAM} \\- {_escaped(about)}"),
        *(".SH SYNOPSIS", f".B {PROGRAM}", _escaped("COMMAND [OPTIONS] [ARGS]...")),
    ]
    for title, commands in help_of_all(cli, PROGRAM, GROUPS):
        lines.append(f".SH {_escaped(title.upper())}")
        for each in commands:
            lines += _command(each)
    lines.append(".SH EXIT STATUS")
    for code, meaning in EXIT_CODES.items():
        lines += _item(str(code), meaning)
    lines.append(".SH EXAMPLES")
    for typed, purpose in EXAMPLES:
        lines += _item(purpose, typed)
    return "\n".join(lines) + "\n"


def _command(told: CommandHelp) -> Iterator[str]:
    yield f".SS {_escaped(told.usage)}"
    for paragraph in told.paragraphs:
        yield from (".PP", _escaped(" ".join(paragraph.split())))
    for term, meaning in told.options:
        yield from _item(term, meaning)


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
