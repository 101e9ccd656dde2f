"""What is under test: connectors, by the form of their name on the command line.

A connector is given `ConnectionSettings` and nothing else. It answers with a `Report`, or with a
`NoAnswer` that says why there is none. Connectors know settings and answers only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.connectors import command, http, inprocess, python
from harness.connectors.connector import Connector, UnknownConnector
from harness.connectors.python import ENTRY_POINTS

__all__ = ["ENTRY_POINTS", "Connector", "UnknownConnector", "connector_named"]

FORMS: Final[tuple[Callable[[str], Connector | None], ...]] = (
    inprocess.connector,
    http.connector,
    python.connector,
    command.connector,
)
"""What makes a connector of a name; None: the name has another form. The first to do so decides."""
_RUNTIMES: Final = {
    ".py": "python", ".js": "node", ".mjs": "node", ".cjs": "node",
    ".rb": "ruby", ".pl": "perl", ".php": "php", ".sh": "sh", ".java": "java",
}  # fmt: skip
_TOLD: Final = (
    ": expected `builtin`, `module:callable`, a command, `jsonl:` and a command, an http:// "
    "address, or a name that an installed package registers"
)


def connector_named(name: str) -> Connector:
    """The connector called `name`.

    - `builtin`: the built-in checker.
    - `module:callable`, or a name of the entry-point group `badinbox.connectors`: Python.
    - `http://127.0.0.1:9000/check`: POST.
    - `node check.js`: a command, a process for each check; `jsonl:node check.js`: one that stays.

    Raises `UnknownConnector` when the name has none of these forms, or there is no such program.
    """
    for connector in FORMS:
        if (found := connector(name)) is not None:
            return found
    raise UnknownConnector(f"unknown connector {name!r}{_begun(name) or _TOLD}")


def _begun(name: str) -> str:
    """What starts a file of that name."""
    runtime = _RUNTIMES.get(Path(name).suffix)
    return f"; did you mean '{runtime} {name}'?" if runtime and Path(name).is_file() else ""
