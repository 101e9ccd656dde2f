"""What is under test: connectors, by the form of their name on the command line.

A connector is given `ConnectionSettings` and nothing else, and answers with a `Diagnosis`, or with
a `NoAnswer` that says why there is none. Connectors know settings and diagnosis only.
"""

from __future__ import annotations

from harness.connectors.base import Connector, UnknownConnector

__all__ = ["Connector", "UnknownConnector", "connector_named"]


def connector_named(name: str) -> Connector:
    """The connector called `name`: `builtin`, or a Python callable as `module:callable`.

    Raises `UnknownConnector` when the name has neither form.
    """
    if name == "builtin":
        from harness.checker import check
        from harness.connectors.inprocess import InProcess

        return InProcess(check)
    module, _, function = name.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), *function.split(".")]):
        raise UnknownConnector(
            f"unknown connector {name!r}: expected `builtin` or `module:callable`"
        )
    from harness.connectors.python import PythonCallable

    return PythonCallable(name)
