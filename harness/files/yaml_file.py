"""A YAML file that is one model: read, with the line and key path of every mistake."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from harness.files.mistakes import explained, follow
from harness.files.nodes import read_yaml
from harness.files.problems import BadInput, Problem, key_path

_Model = TypeVar("_Model", bound=BaseModel)


def read_model(file: Path, model: type[_Model]) -> _Model:
    """The file as `model`. Raises BadInput."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise BadInput([f"{file}: not UTF-8"]) from None
    root = read_yaml(text, str(file))
    try:
        return model.model_validate(root.data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = []
        for path, message in explained(error, model):
            node, found = follow(root, path, {})
            missing = message == "required" and path
            written = (*found, path[-1]) if missing else found
            problems.append(Problem(str(file), node.line, key_path(written), message))
        raise BadInput(sorted(problems)) from None
