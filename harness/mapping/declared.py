"""What a team says of its connector, from wherever it is said: the command line, a connector file,
`[tool.badinbox]` in pyproject.toml. What is said nearer to the run counts."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from harness.contract.capabilities import Capabilities
from harness.files.problems import BadInput, KeyPath, Problem, key_path
from harness.judging.policy import USUAL, Policy, policy_of
from harness.mapping import Mapping, load_mapping

TABLE: Final = "tool.badinbox"
Model = TypeVar("Model", bound=BaseModel)


class ProjectTable(Mapping):
    """`[tool.badinbox]`: what a connector file has, or where it is; and whether manners count."""

    mapping: str = ""
    strict: bool = False


@dataclass(frozen=True)
class Declared:
    """`does`: no more than what was declared. `meanings`: None where there are no rules."""

    connector: str = "builtin"
    does: Capabilities = field(default_factory=Capabilities)
    policy: Policy = USUAL
    meanings: Mapping | None = None
    pace: float = 1.0
    """How many times slower than usual its lives go."""


def declared(
    folder: Path,
    *,
    connector: str | None = None,
    mapping: Path | None = None,
    policy: Path | None = None,
    does: Iterable[str] = (),
    strict: bool = False,
    pace: float | None = None,
) -> Declared:
    """Put it together. `folder`: where pyproject.toml may be. `connector`, `mapping`, `policy`,
    `does` (each KEY=VALUE), `strict` and `pace` are those of the command line. Raises BadInput."""
    table = _table(folder / "pyproject.toml")
    mapping = mapping or (folder / table.mapping if table.mapping else None)
    file = load_mapping(mapping) if mapping else Mapping.model_construct()
    decisions = {**table.policy, **file.policy}
    if policy:
        decisions |= load_mapping(policy).policy
    meanings = next((each for each in (file, table) if each.rules), None)
    own = file.connector or table.connector or "builtin"
    return Declared(
        own if connector is None else connector,
        _typed(does).over(file.does.over(table.does)),
        policy_of(decisions, strict=strict or table.strict),
        meanings,
        pace or file.pace or table.pace or 1.0,
    )


def _typed(pairs: Iterable[str]) -> Capabilities:
    """Capabilities from `sends=false`, `services=imap`, `imap-security=implicit-tls,starttls`."""
    said: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise BadInput([f"--does {pair!r}: expected KEY=VALUE, such as sends=false"])
        said[key.replace("_", "-")] = value.split(",") if "," in value else value
    return _read(said, Capabilities, "--does", "")


def _table(file: Path) -> ProjectTable:
    try:
        whole = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        whole = {}  # none, or none of ours to complain of
    if written := whole.get("tool", {}).get("badinbox"):
        return _read(written, ProjectTable, str(file), TABLE)
    return ProjectTable.model_construct()


def _read(data: Any, model: type[Model], where: str, below: str) -> Model:
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        from harness.files.explanations import explained  # only now: most have no mistake

        problems = [
            Problem(where, 0, ".".join(filter(None, (below, key_path(_written(path))))), message)
            for path, message in explained(error, model)
        ]
        raise BadInput(sorted(problems)) from None


def _written(path: KeyPath) -> KeyPath:
    """The part of a path that stands in what was written: a decision is told its own name."""
    return path[:-1] if path[-1:] == ("violation",) else path
