"""What is under test: connectors, by the form of their name on the command line.

A connector is given `ConnectionSettings` and nothing else. It answers with a `Report`, or with a
`NoAnswer` that says why there is none. Connectors know settings and answers only.
"""

from __future__ import annotations

from harness.connectors.base import Connector, UnknownConnector

__all__ = ["Connector", "UnknownConnector", "connector_named"]

ENTRY_POINTS = "badinbox.connectors"
"""The entry-point group in which other packages give names to their callables."""
_FORMS = (
    "`builtin`, `module:callable`, a command, `jsonl:` and a command, an http:// address, "
    "or a name that an installed package registers"
)


def connector_named(name: str) -> Connector:
    """The connector called `name`.

    - `builtin`: the built-in checker.
    - `module:callable`, or a name of the entry-point group `badinbox.connectors`: Python.
    - `http://127.0.0.1:9000/check`: POST.
    - `node check.js`: a command, a process for each check; `jsonl:node check.js`: one that stays.

    Raises `UnknownConnector` when the name has none of these forms, or there is no such program.
    """
    if name == "builtin":
        from harness.checker import check
        from harness.connectors.inprocess import InProcess

        return InProcess(check)
    if name.startswith(("http://", "https://")):
        from harness.connectors.http import Http

        return Http(name)
    if target := _callable(name):
        from harness.connectors.python import PythonCallable

        return PythonCallable(target)
    from harness.connectors.command import LINES_PREFIX, Lines, OneShot, is_command

    if name.startswith(LINES_PREFIX):
        return Lines(name.removeprefix(LINES_PREFIX))
    if is_command(name):
        return OneShot(name)
    raise UnknownConnector(f"unknown connector {name!r}: expected {_FORMS}")


def _callable(name: str) -> str | None:
    """The `module:callable` that a name is or stands for."""
    module, _, function = name.partition(":")
    if all(part.isidentifier() for part in [*module.split("."), *function.split(".")]):
        return None if module == "jsonl" else name
    if ":" in name or " " in name or "/" in name:
        return None
    from importlib.metadata import entry_points

    found = entry_points(group=ENTRY_POINTS, name=name)
    return next((each.value for each in found), None)
