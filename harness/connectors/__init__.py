"""What is under test: connectors, by the form of their name on the command line.

A connector is given `ConnectionSettings` and nothing else. It answers with a `Report`, or with a
`NoAnswer` that says why there is none. Connectors know settings and answers only.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

from harness.connectors.connector import ENTRY_POINTS, Connector, UnknownConnector

__all__ = ["ENTRY_POINTS", "Connector", "UnknownConnector", "connector_named"]

FORMS: Final = ("inprocess", "http", "python", "command")
"""The modules of this room whose `connector` makes one of a name; None: the name has another form.
The first to do so decides; those behind it are not imported."""
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
    for form in FORMS:
        module = import_module(f"{__name__}.{form}")
        found: Connector | None = module.connector(name)
        if found is not None:
            return found
    raise UnknownConnector(f"unknown connector {name!r}{_begun(name) or _TOLD}")


def _begun(name: str) -> str:
    """What starts a file of that name."""
    runtime = _RUNTIMES.get(Path(name).suffix)
    return f"; did you mean '{runtime} {name}'?" if runtime and Path(name).is_file() else ""
