"""`badinbox schema`: the format of a file or a message as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from harness.cli.shared.printing import say_json
from harness.scenario.schemas.formats import FormatName, published

if TYPE_CHECKING:
    from pydantic import BaseModel


@click.command()
@click.argument("name", type=click.Choice(get_args(FormatName)), default="scenario")
def schema_command(name: FormatName) -> None:
    """Print a JSON Schema (2020-12).

    `scenario`, `dialect`, `mapping`, `baseline`: those files. `settings`: what a connector is
    given. `answer`: what it answers. `state`: what it says while it stays connected. `order`: what
    it is told then. `results`: what `run --json` writes. `reproduced`: what `reproduce --json`
    prints.
    """
    say_json(schema_of(name), 1)


def schema_of(name: FormatName) -> dict[str, Any]:
    """The schema of a format, every key of it described."""
    if name in ("scenario", "dialect"):
        from harness.scenario.schemas.schema import dialect_schema, json_schema

        own = dialect_schema() if name == "dialect" else json_schema()
    elif name in ("state", "order"):
        from harness.contract.staying import Order, order_schema, state_schema

        own = state_schema() if name == "state" else _described(order_schema(), Order)
    else:
        own = _of_a_model(name)
    readable: dict[str, Any] = _readable(published(name, own))
    return readable


def _of_a_model(name: FormatName) -> dict[str, Any]:
    if name == "results":
        from harness.reports.json_report import Results, results_schema

        return _described(results_schema(), Results)
    if name == "reproduced":
        from harness.reproducing.reproduced import Reproduced

        return _described(Reproduced.model_json_schema(), Reproduced)
    if name == "settings":
        from harness.connectors.connector import Request, settings_schema

        return _described(settings_schema(), Request)
    if name == "answer":
        from harness.contract.answer import Report

        return Report.model_json_schema()
    if name == "baseline":
        from harness.results.baseline import Baseline

        return _described(Baseline.model_json_schema(), Baseline)
    from harness.mapping import Mapping

    return _described(Mapping.model_json_schema(), Mapping)


def _described(schema: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    from harness.scenario.schemas.descriptions import describe

    describe(schema, model)
    return schema


def _readable(part: Any) -> Any:
    """The same, with what docstrings say for Python said for JSON."""
    if isinstance(part, list):
        return [_readable(each) for each in part]
    if not isinstance(part, dict):
        return part
    readable = {key: _readable(value) for key, value in part.items()}
    if isinstance(about := readable.get("description"), str):
        plain = about.partition(">>>")[0].strip()  # without the examples of Python
        readable["description"] = plain.replace("``", "`").replace("`None`", "`null`")
    return readable
