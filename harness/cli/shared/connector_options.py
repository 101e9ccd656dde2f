"""What is said of a connector on the command line: which it is, what it does, what counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harness.cli.shared import completion
from harness.cli.shared.options import InputFile

if TYPE_CHECKING:
    from harness.mapping.declared import Declared

_NAMES: Final = ("connector", "mapping", "policy", "does", "strict", "pace")
_WHICH: Final = (
    click.option(
        "--connector",
        shell_complete=completion.connectors,
        show_default="builtin",
        metavar="NAME",
        help="What is tested: `builtin`, a Python callable as `module:callable`, a command such "
        "as `node check.js` (or `jsonl:node check.js` where one process answers many), or http://….",
    ),
    click.option(
        "--does",
        multiple=True,
        metavar="KEY=VALUE",
        help="What the connector does, such as sends=false or services=imap.",
    ),
)
_JUDGED: Final = (
    click.option(
        "--mapping",
        type=InputFile,
        metavar="FILE",
        help="The connector's file: what its own codes and messages mean, what it does, what its "
        "violations matter.",
    ),
    click.option(
        "--policy",
        type=InputFile,
        metavar="FILE",
        help="A file of that kind of which only the policy on violations counts.",
    ),
    click.option("--strict", is_flag=True, help="Bad manners, such as no LOGOUT, are errors, too."),
)


def connector_options(function: Any) -> Any:
    """What is said of the connector; see `declared_in`."""
    for option in reversed(_WHICH):
        function = option(function)
    return judging_options(function)


def terms_options(function: Any) -> Any:
    """On which the answer of a product is judged that is no connector."""
    return _WHICH[-1](judging_options(function))


def judging_options(function: Any) -> Any:
    """Those that change only what is made of an answer."""
    for option in reversed(_JUDGED):
        function = option(function)
    return function


def declared_in(given: dict[str, Any]) -> tuple[Declared, dict[str, Any]]:
    """What is said of the connector in these options, and the rest of them. Raises BadInput."""
    from harness.mapping.declared import declared

    rest = {name: value for name, value in given.items() if name not in _NAMES}
    said = {name: given[name] for name in _NAMES if name in given}
    return declared(Path.cwd(), **said), rest
