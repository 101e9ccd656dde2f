"""Pages of HTML from templates: everything put into one is text."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")
"""Also what pages share: `sequence.html.j2`, `shared.css`."""


def new_environment(*folders: Path) -> Environment:
    """Templates of these folders, and the shared ones. Jinja2 escapes all that it is given."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
