"""What the YAML files say that come with the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def packaged_yaml(file: Path) -> Any:
    """The whole of such a file."""
    import yaml  # only now: most processes know what they say already

    # The C loader: the pure Python one takes ten times as long.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text("utf-8"), Loader=loader)
