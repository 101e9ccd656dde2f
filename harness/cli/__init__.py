"""The command line. A command's module is imported when it is asked for, and what the command needs
when it runs.

Exit codes, in order of precedence: 3 a fault of ours, 2 bad usage or bad scenario, 1 something did
not pass, 0. Ended by a signal: 128 and its number, so 130 for Ctrl-C.
"""

from __future__ import annotations

import errno
import importlib
import os
from collections.abc import Sequence
from typing import Final

import click

from harness.files.problems import BadInput, did_you_mean

PASSED: Final = 0
NOT_PASSED: Final = 1
BAD_INPUT: Final = 2
OUR_FAULT: Final = 3
INTERRUPTED: Final = 130
EXIT_CODES: Final = {
    PASSED: "All passed, or connected.",
    NOT_PASSED: "A case did not pass, or a failure was diagnosed.",
    BAD_INPUT: "Bad usage, or a file with a mistake.",
    OUR_FAULT: "A fault of badinbox itself.",
    INTERRUPTED: "Ended by Ctrl-C; by signal N: 128 and N.",
}
"""What they mean, for people."""

_SHOWN: Final = 60
"""In letters: of a name that is too long."""
GROUPS: Final = {
    "Test a connector": {
        "run": "run_command",
        "judge": "judge_command",
        "mapping": "mapping_command",
        "compare": "compare_command",
        "list": "list_command",
        "show": "writing.show_command",
    },
    "Try a product by hand, or from tests in any language": {
        "serve": "serve.serve_command",
        "report": "serve.report_command",
        "ca": "serve.ca_command",
    },
    "Answer a customer": {
        "check": "check_command",
        "explain": "explain_command",
        "reproduce": "reproduce_command",
    },
    "Write scenarios": {
        "validate": "writing.validate_command",
        "schema": "writing.schema_command",
        "record": "record_command",
    },
}
"""By what they are used for, the module of this room that defines each as `<name>_command`. A new
command is a line here."""
COMMANDS: Final = {name: module for group in GROUPS.values() for name, module in group.items()}

VARIABLE_OF_COMPLETION: Final = "_BADINBOX_COMPLETE"
_MARGIN: Final = 6
EXAMPLES: Final = (
    ("badinbox run --sample --connector 'node check.js'", "what your connector says, in a minute"),
    ("badinbox mapping init --sample --connector 'node check.js'", "its codes, as a first mapping"),
    (
        "badinbox run --connector ./check --baseline known.yaml --junit out.xml",
        "in a build",
    ),
    ("badinbox serve --open", "a bad mailbox to type into a product"),
    ("badinbox check --email anna@example.com", "a real mailbox"),
    ("badinbox explain 'a1 NO [ALERT] Application-specific password required'", "a server's words"),
)


class _Commands(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from harness.cli.shared.help import write_examples

        width = formatter.width - max(map(len, COMMANDS)) - _MARGIN
        for title, names in GROUPS.items():
            found = [(name, command) for name in names if (command := self.get_command(ctx, name))]
            with formatter.section(title):
                formatter.write_dl([(name, each.get_short_help_str(width)) for name, each in found])
        write_examples(EXAMPLES, formatter)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(
                f"no such command {args[0]!r}{did_you_mean(args[0], COMMANDS)}", ctx
            )
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        print(f"badinbox {ctx.obj or ''}".rstrip())  # ours, and soon said
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    *("--version",),
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print the version and exit.",
)
def cli() -> None:
    """badssl.com for mailbox connections: fake mailboxes that fail on demand, and a judge."""


def main(arguments: Sequence[str] | None = None, *, version: str = "") -> int:
    """Run the command line; returns the exit code. Never a traceback, unless BADINBOX_DEBUG=1.

    `version`: what `--version` prints.
    """
    from harness.cli.shared.ending import ending

    if VARIABLE_OF_COMPLETION in os.environ:  # a shell asks what it can offer
        importlib.import_module("harness.cli.shared.completion")
    with ending() as end:
        return end.exit_code(_code(arguments, version))


def _code(arguments: Sequence[str] | None, version: str) -> int:
    try:
        result = cli.main(arguments, prog_name="badinbox", standalone_mode=False, obj=version)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return BAD_INPUT
    except click.ClickException as error:
        _complain(_command_path(error), error.format_message())
        return BAD_INPUT
    except BadInput as error:
        for problem in error.problems:
            _complain("badinbox", str(problem))
        return BAD_INPUT
    except Exception as error:
        return _of_dialect(error) or _of_long_name(error) or _our_fault(error)
    return result if isinstance(result, int) else PASSED


def _command_path(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if isinstance(context, click.Context) else "badinbox"


def _complain(who: str, what: str) -> None:
    from harness.cli.shared.printing import say

    say(f"{who}: {' '.join(what.split())}", err=True)


def _of_dialect(error: Exception) -> int:
    """What is wrong with a dialect's file, wherever it was met; 0: it is something else."""
    from fakeservers.dialects.dialect import BadDialect
    from harness.scenario.dialect_files import validate_dialect

    if not isinstance(error, BadDialect):
        return PASSED
    try:
        validate_dialect(error.file)
    except BadInput as bad:
        for problem in bad.problems:
            _complain("badinbox", str(problem))
        return BAD_INPUT
    return PASSED


def _of_long_name(error: Exception) -> int:
    """A name that somebody gave and no file can have, wherever it was met; 0: it is something
    else."""
    if not isinstance(error, OSError) or error.errno != errno.ENAMETOOLONG:
        return PASSED
    _complain("badinbox", f"longer than a file's name may be: {str(error.filename)[:_SHOWN]}...")
    return BAD_INPUT


def _our_fault(error: Exception) -> int:
    if os.environ.get("BADINBOX_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    _complain(
        "badinbox",
        f"a fault of badinbox itself: {type(error).__name__}: {error} "
        "(BADINBOX_DEBUG=1 shows where; please report it)",
    )
    return OUR_FAULT
