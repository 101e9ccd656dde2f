"""What is told of a run. Reports know events and verdicts only."""

from __future__ import annotations

from typing import Final

REPORTS: Final = {
    "json": ("json_report", "Write the results as JSON."),
    "junit": ("junit", "Write JUnit XML."),
    "markdown": ("markdown", "Write Markdown."),
    "html": ("html", "Write a page of HTML."),
}
"""The reports that are files, by the option of `badinbox run` that asks for one, with its help.

Each is a module of this room with `report(finished: RunFinished, connector: str) -> bytes`. A new
one is that module and a line here.
"""
TRANSLATED: Final = frozenset({"html", "markdown"})
"""The modules whose `report` takes a `language`, too: what people read."""
